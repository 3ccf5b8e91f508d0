//! Records the points of a series during a run.

use std::sync::Arc;
use std::time::Duration;

use super::histogram::{LatencyHistogram, LatencyWindow};
use super::lag_counters::LagCounters;
use super::series::{FIRST_INTERVAL, FIRST_INTERVALS_UNTIL, SERIES_INTERVAL, Series, SeriesPoint};

/// At the end of a run, the remaining part of an interval becomes a point if it is at least this long. A rate over less
/// means nothing, so a shorter one is added to the last point.
const LAST_INTERVAL_MIN: Duration = Duration::from_millis(50);

/// The source of a series: a run, or one of a benchmark's runs.
pub trait Gauges: Send + Sync {
    /// The counts so far; they never decrease.
    fn counts(&self) -> Counts;

    /// The lag counters.
    fn lag(&self) -> &LagCounters;

    /// End-to-end latencies; `None` if none are measured.
    fn latency(&self) -> Option<&LatencyHistogram>;

    /// Images handed to the client.
    fn sent(&self) -> u64;

    /// Latencies from sending to the acknowledgement.
    fn acknowledgement_latency(&self) -> &LatencyHistogram;

    /// Errors that the clients reported.
    fn client_errors(&self) -> u64;
}

/// What was counted since a run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Images acknowledged.
    pub acknowledged: u64,
    /// Bytes of their files.
    pub acknowledged_bytes: u64,
    /// Images saved, or received if that is what is measured.
    pub finished: u64,
    /// Bytes of their files.
    pub finished_bytes: u64,
}

impl Counts {
    fn add_difference(&mut self, now: &Self, before: &Self) {
        self.acknowledged += now.acknowledged.saturating_sub(before.acknowledged);
        self.acknowledged_bytes += now.acknowledged_bytes.saturating_sub(before.acknowledged_bytes);
        self.finished += now.finished.saturating_sub(before.finished);
        self.finished_bytes += now.finished_bytes.saturating_sub(before.finished_bytes);
    }
}

/// Keeps the series of one run.
#[derive(Default)]
pub struct SeriesKeeper {
    series: Series,
    /// The gauges that were read last; each run of a benchmark has its own.
    gauges: Option<Arc<dyn Gauges>>,
    before: Counts,
    /// As of the last point.
    counts: Counts,
    window: LatencyWindow,
    began_at: Duration,
    ended_at: Duration,
    due_at: Option<Duration>,
}

/// 100 ms at first so that short runs show a curve, then 500 ms.
fn interval_at(elapsed: Duration) -> Duration {
    if elapsed < FIRST_INTERVALS_UNTIL { FIRST_INTERVAL } else { SERIES_INTERVAL }
}

impl SeriesKeeper {
    /// The points so far.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Adds a point if one is due. `elapsed`: since the run began.
    pub fn tick(&mut self, elapsed: Duration, gauges: &Arc<dyn Gauges>, broker_reachable: bool) {
        let due_at = *self.due_at.get_or_insert(interval_at(Duration::ZERO));
        if elapsed < due_at {
            return;
        }
        // The next one is due an interval after this one was due, unless the machine slept.
        let interval = interval_at(due_at);
        let next = due_at + interval;
        self.due_at = Some(if next > elapsed { next } else { elapsed + interval });
        self.take(elapsed, gauges, broker_reachable);
    }

    /// Adds the last point, at the end of the run.
    pub fn finish(&mut self, elapsed: Duration, gauges: &Arc<dyn Gauges>, broker_reachable: bool) {
        if elapsed.saturating_sub(self.ended_at) < LAST_INTERVAL_MIN && self.series.pop().is_some() {
            self.add(gauges);
            self.push(elapsed, gauges, broker_reachable);
        } else {
            self.take(elapsed, gauges, broker_reachable);
        }
    }

    fn take(&mut self, elapsed: Duration, gauges: &Arc<dyn Gauges>, broker_reachable: bool) {
        self.began_at = self.ended_at;
        self.counts = Counts::default();
        self.window.clear();
        self.add(gauges);
        self.push(elapsed, gauges, broker_reachable);
    }

    /// Adds what was counted since the last reading.
    fn add(&mut self, gauges: &Arc<dyn Gauges>) {
        if let Some(last) = self.gauges.take_if(|last| !std::ptr::addr_eq(Arc::as_ptr(last), Arc::as_ptr(gauges))) {
            // What the previous run counted after its last point.
            self.read(&*last);
            self.before = Counts::default();
            self.window.forget();
        }
        self.read(&**gauges);
        self.gauges = Some(Arc::clone(gauges));
    }

    fn push(&mut self, elapsed: Duration, gauges: &Arc<dyn Gauges>, broker_reachable: bool) {
        let length_s = elapsed.saturating_sub(self.began_at).as_secs_f64();
        let per_second = |amount: f64| if length_s > 0.0 { amount / length_s } else { 0.0 };
        self.ended_at = elapsed;
        self.series.push(SeriesPoint {
            elapsed_s: elapsed.as_secs_f64(),
            producer_images_per_s: per_second(self.counts.acknowledged as f64),
            producer_mb_per_s: per_second(self.counts.acknowledged_bytes as f64 / 1e6),
            consumer_images_per_s: per_second(self.counts.finished as f64),
            consumer_mb_per_s: per_second(self.counts.finished_bytes as f64 / 1e6),
            p50_micros: self.window.percentile_micros(50),
            p99_micros: self.window.percentile_micros(99),
            lag: gauges.lag().total(),
            lag_by_partition: gauges.lag().by_partition(),
            broker_reachable,
        });
    }

    fn read(&mut self, gauges: &dyn Gauges) {
        let now = gauges.counts();
        self.counts.add_difference(&now, &self.before);
        self.before = now;
        if let Some(latency) = gauges.latency() {
            latency.read_window(&mut self.window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Recorder;
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn save(recorder: &Recorder, count: u64, latency: Duration) {
        for _ in 0..count {
            recorder.producer.acknowledged.add_one();
            recorder.producer.acknowledged_bytes.add(2_000_000);
            recorder.lag.acknowledged(Some(1));
            recorder.consumer.saved.add_one();
            recorder.consumer.saved_bytes.add(1_000_000);
            recorder.consumer.saved_latency.record(latency);
        }
    }

    #[test]
    fn a_point_is_of_its_own_interval() {
        let recorder = Arc::new(Recorder::default());
        recorder.lag.begin(2);
        let gauges: Arc<dyn Gauges> = recorder.clone();
        let mut keeper = SeriesKeeper::default();
        save(&recorder, 100, ms(10));
        keeper.tick(ms(99), &gauges, true);
        assert!(keeper.series().is_empty(), "the interval has not ended");
        // The engine was delayed: the interval was a little longer.
        keeper.tick(ms(125), &gauges, true);
        save(&recorder, 50, ms(900));
        keeper.tick(ms(199), &gauges, false);
        assert_eq!(keeper.series().len(), 1);
        keeper.tick(ms(200), &gauges, false);
        keeper.tick(ms(300), &gauges, true);
        let points: Vec<_> = keeper.series().iter().cloned().collect();
        assert_eq!(points.len(), 3);
        assert_eq!((points[0].elapsed_s, points[0].producer_images_per_s), (0.125, 800.0));
        assert_eq!((points[0].producer_mb_per_s, points[0].consumer_mb_per_s), (1600.0, 800.0));
        assert_eq!(points[1].consumer_images_per_s, 50.0 / 0.075);
        assert_eq!((points[1].lag, &*points[1].lag_by_partition), (150, &[0, 150][..]));
        assert_eq!((points[0].broker_reachable, points[1].broker_reachable), (true, false));
        // Not of all latencies so far, most of which are short.
        let near = |micros: Option<u64>, wanted: f64| (micros.unwrap() as f64 / wanted - 1.0).abs() < 0.001;
        assert!(near(points[0].p99_micros, 10_000.0) && near(points[1].p50_micros, 900_000.0), "{points:?}");
        assert_eq!((points[2].p50_micros, points[2].p99_micros), (None, None));
        assert_eq!(points[2].producer_images_per_s, 0.0);
    }

    #[test]
    fn nothing_is_lost_between_two_runs_of_a_benchmark() {
        let (first, second) = (Arc::new(Recorder::default()), Arc::new(Recorder::default()));
        let gauges: [Arc<dyn Gauges>; 2] = [first.clone(), second.clone()];
        let mut keeper = SeriesKeeper::default();
        save(&first, 10, ms(1));
        keeper.tick(ms(500), &gauges[0], true);
        save(&first, 20, ms(1));
        save(&second, 30, ms(1));
        keeper.tick(ms(1_000), &gauges[1], true);
        save(&second, 5, ms(1));
        keeper.tick(ms(1_500), &gauges[1], true);
        let rates: Vec<f64> = keeper.series().iter().map(|point| point.consumer_images_per_s).collect();
        assert_eq!(rates, [20.0, 100.0, 10.0]);
    }

    #[test]
    fn the_end_of_a_run_is_in_its_last_point() {
        let recorder = Arc::new(Recorder::default());
        let gauges: Arc<dyn Gauges> = recorder.clone();
        let mut short = SeriesKeeper::default();
        save(&recorder, 1, ms(1));
        short.finish(ms(20), &gauges, true);
        assert_eq!(short.series().last().map(|point| point.consumer_images_per_s), Some(50.0));
        let mut keeper = SeriesKeeper::default();
        save(&recorder, 99, ms(1));
        keeper.tick(ms(500), &gauges, true);
        save(&recorder, 100, ms(5));
        // Two milliseconds are too short for an interval: its rate would be the highest by far.
        keeper.finish(ms(502), &gauges, true);
        let points: Vec<_> = keeper.series().iter().collect();
        assert_eq!((points.len(), points[0].consumer_images_per_s), (1, 200.0 / 0.502));
        assert!(
            points[0].p50_micros.is_some_and(|p50| p50 < 1_100) && points[0].p99_micros.is_some_and(|p99| p99 > 4_900)
        );
        save(&recorder, 10, ms(1));
        keeper.finish(ms(602), &gauges, true);
        let last = keeper.series().last().map(|point| point.consumer_images_per_s.round());
        assert_eq!((keeper.series().len(), last), (2, Some(100.0)));
    }
}
