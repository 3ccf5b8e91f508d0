//! How far the broker's clock is from the run's.

use std::time::Duration;

/// Bounds the difference between the broker's clock, which stamps records when they are appended, and the run's: a record
/// is not appended before it was sent, and not after it was acknowledged or received.
///
/// Acknowledgements may be read late, on a busy machine by many milliseconds. That makes the bounds wider than needed, but
/// must not make them wrong: so the instant of sending counts only as far back from the acknowledgement as the longest
/// round trip, and only of records whose acknowledgement was read about as fast as that of any other.
///
/// Between the bounds, the broker is assumed to have appended the record whose acknowledgement came first half of the
/// shortest round trip before: a request takes long because of its records, an acknowledgement is small.
#[derive(Clone, Copy, Default)]
pub(super) struct BrokerClock {
    bounds: Option<Bounds>,
    /// The shortest round trip of any request, with records or without, in microseconds.
    shortest: Option<i64>,
}

/// Microseconds that the broker's clock shows more than the run's.
#[derive(Clone, Copy)]
struct Bounds {
    least: i64,
    most: i64,
    /// `least` by acknowledgements alone.
    acknowledged: i64,
    /// When they were last checked, on the run's clock.
    at_micros: i64,
}

/// A record that the broker stamped. Times are since the run began.
#[derive(Clone, Copy)]
pub(super) struct Stamped {
    pub(super) append_millis: i64,
    pub(super) handed_over: Duration,
    pub(super) acknowledged: Duration,
}

/// The broker's stamps are whole milliseconds, rounded down.
const STAMP_MICROS: i64 = 1_000;
/// Two clocks that are kept by NTP may move apart by this much: 20 microseconds a second.
const DRIFT_PPM: i64 = 20;

impl BrokerClock {
    /// Notes the records that were acknowledged since the last call, and the shortest and the longest round trip of all
    /// requests meanwhile.
    pub(super) fn note(&mut self, records: impl Iterator<Item = Stamped>, [shortest, longest]: [Duration; 2]) {
        self.shortest = Some(self.shortest.map_or(micros(shortest), |known| known.min(micros(shortest))));
        let (mut least, mut most, mut now) = (i64::MIN, i64::MAX, i64::MIN);
        for Stamped { append_millis, handed_over, acknowledged } in records {
            let appended = append_millis.saturating_mul(1_000);
            least = least.max(appended - micros(acknowledged));
            most = most.min(appended + STAMP_MICROS - micros(handed_over));
            now = now.max(micros(acknowledged));
        }
        if least == i64::MIN {
            return;
        }
        let known = self.bounds.map(|bounds| bounds.widened(now));
        let bounds = match known {
            Some(known) if least < known.acknowledged - STAMP_MICROS => {
                Bounds { most: known.most.min(most), at_micros: now, ..known }
            }
            Some(known) if least <= known.acknowledged + STAMP_MICROS => {
                let acknowledged = known.acknowledged.max(least);
                let most = known.most.min(most).min(acknowledged + STAMP_MICROS + micros(longest));
                Bounds { least: known.least.max(least), most, acknowledged, at_micros: now }
            }
            // The first ones, or acknowledgements were read late until now.
            _ => {
                let most = most.min(least + STAMP_MICROS + micros(longest));
                Bounds { least, most, acknowledged: least, at_micros: now }
            }
        };
        self.bounds = Some(bounds);
    }

    /// Notes a record that the broker stamped and that was received.
    pub(super) fn note_received(&mut self, append_millis: i64, received: Duration) {
        if let Some(bounds) = &mut self.bounds {
            bounds.least = bounds.least.max(append_millis.saturating_mul(1_000) - micros(received));
        }
    }

    /// When a record was appended, on the run's clock; `None` until the bounds are known.
    pub(super) fn appended(&self, append_millis: i64) -> Option<Duration> {
        let on_run = append_millis.saturating_mul(1_000) + STAMP_MICROS / 2 - self.offset()?;
        Some(Duration::from_micros(u64::try_from(on_run).unwrap_or(0)))
    }

    /// By how much [`Self::appended`] can be wrong, for all records together. If the bounds contradict each other, because
    /// a clock was set, this is by how much.
    pub(super) fn bound(&self) -> Option<Duration> {
        let (Bounds { least, most, .. }, offset) = (self.bounds?, self.offset()?);
        Some(Duration::from_micros(offset.abs_diff(least).max(most.abs_diff(offset))))
    }

    fn offset(&self) -> Option<i64> {
        let Bounds { least, most, acknowledged, .. } = self.bounds?;
        Some((acknowledged + self.shortest.unwrap_or(0) / 2).min(most).max(least))
    }
}

impl Bounds {
    fn widened(self, now_micros: i64) -> Self {
        let drift = (now_micros - self.at_micros).max(0) * DRIFT_PPM / 1_000_000;
        Self {
            least: self.least - drift,
            most: self.most + drift,
            acknowledged: self.acknowledged - drift,
            at_micros: now_micros.max(self.at_micros),
        }
    }
}

fn micros(since_start: Duration) -> i64 {
    i64::try_from(since_start.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH_MICROS: u64 = 1_700_000_000_000_000;

    fn at(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    /// Records that were sent this long before the broker appended them, and whose acknowledgement was read this long
    /// afterwards, on a broker's clock that gains `ppm`.
    fn clock(delays: impl Fn(u64) -> (u64, u64), [shortest, longest]: [u64; 2], ppm: u64) -> (BrokerClock, u64) {
        let (mut clock, mut appended) = (BrokerClock::default(), 0);
        for window in 0..500_u64 {
            let stamped = (0..8).map(|index| {
                let number = window * 8 + index;
                appended = 1_000_000 + number * 17_321;
                let (waits, back) = delays(number);
                Stamped {
                    append_millis: ((EPOCH_MICROS + appended + appended * ppm / 1_000_000) / 1_000) as i64,
                    handed_over: at(appended.saturating_sub(waits)),
                    acknowledged: at(appended + back),
                }
            });
            let stamped: Vec<Stamped> = stamped.collect();
            clock.note(stamped.into_iter(), [at(shortest), at(longest)]);
        }
        (clock, appended)
    }

    fn assert_right(clock: BrokerClock, appended: u64, ppm: u64) {
        let stamp = ((EPOCH_MICROS + appended + appended * ppm / 1_000_000) / 1_000) as i64;
        let found = clock.appended(stamp).unwrap();
        // And half a millisecond, since the stamp is rounded down.
        let bound = clock.bound().unwrap();
        assert!(found.abs_diff(at(appended)) <= bound + at(500), "{found:?} for {appended} ± {bound:?}");
    }

    #[test]
    fn records_narrow_the_bounds_around_the_true_offset() {
        assert!(BrokerClock::default().appended(0).is_none() && BrokerClock::default().bound().is_none());
        let (clock, last) = clock(|number| (300 + number * 37 % 5_000, 200 + number * 53 % 900), [400, 1_100], 0);
        assert!(clock.bound().unwrap() <= at(2_100), "{:?}", clock.bound());
        assert_right(clock, last, 0);
    }

    #[test]
    fn acknowledgements_that_are_read_late_do_no_harm() {
        // Nothing is sent within 20 ms of its hand-over, and half of the acknowledgements are read up to 15 ms late.
        let late = |number: u64| if number.is_multiple_of(2) { number * 7_919 % 15_000 } else { 0 };
        let (clock, last) = clock(|number| (20_000, 300 + late(number)), [500, 700], 0);
        assert!(clock.bound().unwrap() <= at(1_700), "{:?}", clock.bound());
        assert_right(clock, last, 0);
        // Until the run has settled, all of them are.
        let (clock, last) =
            self::clock(|number| (20_000, 300 + 50_000_u64.saturating_sub(number * 500)), [500, 700], 0);
        assert_right(clock, last, 0);
    }

    #[test]
    fn what_is_received_early_bounds_slow_acknowledgements() {
        let (mut clock, last) = clock(|_| (9_000, 40_000), [400, 41_000], 0);
        assert!(clock.bound().unwrap() >= at(40_000), "{:?}", clock.bound());
        clock.note_received(((EPOCH_MICROS + last) / 1_000) as i64, at(last + 600));
        assert!(clock.bound().unwrap() <= at(6_000), "{:?}", clock.bound());
        assert_right(clock, last, 0);
    }

    #[test]
    fn clocks_may_move_apart() {
        let (clock, last) = clock(|number| (9_000, 200 + number * 53 % 900), [400, 1_100], 15);
        assert_right(clock, last, 15);
    }
}
