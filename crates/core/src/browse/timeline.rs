//! How many records a topic has over time, from the brokers' time indexes: no record is read.
//!
//! A broker answers for a time with the first offset whose record is not older. The records between two times are the
//! difference of two answers, so that a record with an earlier time than those before it counts where it stands.

use super::bounds::{self, Bounds};
use super::client::Reader;
use crate::kafka::error::ClientError;
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;
use crate::run::error::RunError;
use std::time::Duration;

/// The first step from now into the past or the future; each further one is four times as long.
const FIRST_STEP_MILLIS: i64 = 1_000;
const STEPS_MAX: usize = 24;
/// Where the first and the last record are found to, as a part of an interval.
const PRECISION: i64 = 4;

/// Records over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// When the first interval begins: not after the first record, milliseconds since 1970.
    pub start_millis: i64,
    /// How long an interval is.
    pub step_millis: i64,
    /// Records of each interval.
    pub records: Vec<u64>,
}

impl Timeline {
    /// When the interval `index` begins.
    pub fn millis_at(&self, index: usize) -> i64 {
        self.start_millis.saturating_add(self.step_millis.saturating_mul(index as i64))
    }
}

/// The records of `topic`, or of one partition of it, in `intervals` intervals over all the time that they span; `None`
/// where there are no records. About as many requests as intervals, one after the other.
///
/// # Errors
/// As [`super::read`].
pub fn timeline(
    bootstrap_servers: &str,
    client: &ClientSettings,
    topic: &str,
    partition: Option<i32>,
    intervals: usize,
    timeout: Duration,
    stop: &Cancellation,
) -> Result<Option<Timeline>, ClientError> {
    let reader = Reader::open(bootstrap_servers, client, timeout, None, stop)?;
    let partitions = bounds::of_topic(&reader, topic, partition)?;
    let total: u64 = partitions.iter().map(Bounds::records).sum();
    let before = |millis: i64| -> Result<u64, ClientError> {
        if stop.is_requested() {
            return Err(RunError::Stopped.into());
        }
        let found = bounds::at_time(&reader, topic, &partitions, millis)?;
        let records = partitions.iter().zip(found).map(|(one, at)| u64::try_from(at - one.low).unwrap_or(0));
        Ok(records.sum())
    };
    build(total, jiff::Timestamp::now().as_millisecond(), intervals, before)
}

/// `before`: how many records are older than a time.
fn build<E>(
    total: u64,
    now_millis: i64,
    intervals: usize,
    mut before: impl FnMut(i64) -> Result<u64, E>,
) -> Result<Option<Timeline>, E> {
    if total == 0 || intervals == 0 {
        return Ok(None);
    }
    // The first time at which there is a record before it, and at which all are.
    let mut first = surround(now_millis, |millis| before(millis).map(|count| count > 0))?;
    let mut last = surround(now_millis, |millis| before(millis).map(|count| count >= total))?;
    let precision = ((last.1 - first.0) / (intervals as i64 * PRECISION)).max(1);
    narrow(&mut first, precision, |millis| before(millis).map(|count| count > 0))?;
    narrow(&mut last, precision, |millis| before(millis).map(|count| count >= total))?;
    let (start, end) = (first.0, last.1.max(first.0 + 1));
    let step = (end - start).div_euclid(intervals as i64) + i64::from((end - start) % intervals as i64 != 0);
    let mut timeline = Timeline { start_millis: start, step_millis: step.max(1), records: vec![0; intervals] };
    let ends = (before(start)?, before(timeline.millis_at(intervals))?);
    fill(&mut timeline, (0, intervals), ends, &mut before)?;
    Ok(Some(timeline))
}

/// A time at which `holds` is false and a later one at which it is true, found in growing steps from now.
fn surround<E>(now: i64, mut holds: impl FnMut(i64) -> Result<bool, E>) -> Result<(i64, i64), E> {
    let mut step = FIRST_STEP_MILLIS;
    let (mut low, mut high) = (now, now);
    let holds_now = holds(now)?;
    for _ in 0..STEPS_MAX {
        if holds_now {
            (high, low) = (low, (low - step).max(0));
            if low == 0 || !holds(low)? {
                break;
            }
        } else {
            (low, high) = (high, high.saturating_add(step));
            if holds(high)? {
                break;
            }
        }
        step = step.saturating_mul(4);
    }
    Ok((low, high))
}

/// Brings the two ends together until they are at most `precision` apart.
fn narrow<E>(
    (low, high): &mut (i64, i64),
    precision: i64,
    mut holds: impl FnMut(i64) -> Result<bool, E>,
) -> Result<(), E> {
    while *high - *low > precision {
        let middle = *low + (*high - *low) / 2;
        *(if holds(middle)? { &mut *high } else { &mut *low }) = middle;
    }
    Ok(())
}

/// Fills the intervals of `range`; `ends` is how many records are before its begin and before its end. A part without records
/// costs no request.
fn fill<E>(
    timeline: &mut Timeline,
    range: (usize, usize),
    ends: (u64, u64),
    before: &mut impl FnMut(i64) -> Result<u64, E>,
) -> Result<(), E> {
    if ends.1 <= ends.0 {
        return Ok(());
    }
    if range.1 - range.0 == 1 {
        timeline.records[range.0] = ends.1 - ends.0;
        return Ok(());
    }
    let middle = range.0 + (range.1 - range.0) / 2;
    let until_middle = before(timeline.millis_at(middle))?.clamp(ends.0, ends.1);
    fill(timeline, (range.0, middle), (ends.0, until_middle), before)?;
    fill(timeline, (middle, range.1), (until_middle, ends.1), before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_000_000_000;

    fn of(times: &[i64], intervals: usize) -> (Option<Timeline>, usize) {
        let mut requests = 0;
        let built = build(times.len() as u64, NOW, intervals, |millis| {
            requests += 1;
            Ok::<_, std::convert::Infallible>(times.iter().filter(|&&time| time < millis).count() as u64)
        });
        (built.unwrap(), requests)
    }

    #[test]
    fn all_records_are_counted_once_in_their_interval() {
        let times: Vec<i64> = (0..1_000).map(|index| NOW - 3_600_000 + index * 3_000).collect();
        let (timeline, requests) = of(&times, 60);
        let timeline = timeline.unwrap();
        assert_eq!(timeline.records.iter().sum::<u64>(), 1_000);
        assert!(timeline.start_millis <= times[0] && timeline.millis_at(60) > times[999]);
        for (index, &records) in timeline.records.iter().enumerate() {
            let interval = timeline.millis_at(index)..timeline.millis_at(index + 1);
            assert_eq!(records, times.iter().filter(|time| interval.contains(time)).count() as u64, "{index}");
        }
        // The span is not much wider than that of the records.
        assert!(timeline.step_millis * 60 < 3_000_000 * 11 / 10, "{timeline:?}");
        assert!(requests < 150, "{requests}");
    }

    #[test]
    fn a_gap_costs_few_requests_and_one_record_is_enough() {
        let (timeline, requests) = of(&[NOW - 86_400_000 * 365, NOW - 1], 64);
        assert_eq!(timeline.unwrap().records.iter().sum::<u64>(), 2);
        assert!(requests < 100, "{requests}");
        let (timeline, _) = of(&[NOW - 5], 10);
        assert_eq!(timeline.unwrap().records.iter().sum::<u64>(), 1);
        assert_eq!(of(&[], 10).0, None);
    }

    #[test]
    fn times_in_the_future_and_at_the_begin_of_time_are_found() {
        for times in [vec![NOW + 60_000, NOW + 120_000], vec![0, 1], vec![0, NOW + 1_000_000]] {
            let timeline = of(&times, 20).0.unwrap();
            assert_eq!(timeline.records.iter().sum::<u64>(), 2, "{times:?}");
        }
    }
}
