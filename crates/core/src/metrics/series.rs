//! A run over time: one point each half second, for charts.

use std::sync::Arc;
use std::time::Duration;

/// Time between two points.
pub const SERIES_INTERVAL: Duration = Duration::from_millis(500);
/// Time between two points at the beginning of a run.
pub const FIRST_INTERVAL: Duration = Duration::from_millis(100);
/// When [`FIRST_INTERVAL`] ends.
pub const FIRST_INTERVALS_UNTIL: Duration = Duration::from_secs(10);
/// Points that share an allocation.
const CHUNK_POINTS: usize = 256;
/// Chunks that are kept at full density: 24 hours.
const CHUNKS_MAX: usize = 675;

/// What was measured in one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesPoint {
    /// End of the interval, in seconds since the run began.
    pub elapsed_s: f64,
    /// Images acknowledged per second in the interval, by its actual length.
    pub producer_images_per_s: f64,
    /// Megabytes (10^6) of image files acknowledged per second in the interval, by its actual length.
    pub producer_mb_per_s: f64,
    /// Images saved (transport benchmark: received) per second in the interval, by its actual length.
    pub consumer_images_per_s: f64,
    /// Megabytes (10^6) of image files saved (transport benchmark: received) per second in the interval, by its actual
    /// length.
    pub consumer_mb_per_s: f64,
    /// Median end-to-end latency of the run's own records that became durable (transport benchmark: were received) in
    /// the interval, in microseconds; `None` if there were none.
    pub p50_micros: Option<u64>,
    /// The 99th percentile of the same.
    pub p99_micros: Option<u64>,
    /// Records of the run that were acknowledged and not yet saved (transport benchmark: received) at the end of the
    /// interval; 0 for runs with one side only.
    pub lag: u64,
    /// The same by partition, for the first 64.
    pub lag_by_partition: Arc<[u64]>,
    /// Whether the broker was answering at the end of the interval, as far as is known.
    pub broker_reachable: bool,
}

/// The points of a run so far. A clone shares all but the last 256.
///
/// Beyond 24 hours the older half is thinned repeatedly to every second point.
#[derive(Clone, Debug, Default)]
pub struct Series {
    sealed: Arc<Vec<Arc<[SeriesPoint]>>>,
    current: Vec<SeriesPoint>,
}

impl Series {
    /// The number of points.
    pub fn len(&self) -> usize {
        self.sealed.len() * CHUNK_POINTS + self.current.len()
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All points, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &SeriesPoint> {
        self.sealed.iter().flat_map(|chunk| chunk.iter()).chain(&self.current)
    }

    /// The latest point.
    pub fn last(&self) -> Option<&SeriesPoint> {
        self.iter().next_back()
    }

    /// Removes the latest point, if that is cheap.
    pub(super) fn pop(&mut self) -> Option<SeriesPoint> {
        self.current.pop()
    }

    pub(super) fn push(&mut self, point: SeriesPoint) {
        self.current.push(point);
        if self.current.len() < CHUNK_POINTS {
            return;
        }
        let chunk = std::mem::take(&mut self.current).into();
        let sealed = Arc::make_mut(&mut self.sealed);
        sealed.push(chunk);
        if sealed.len() > CHUNKS_MAX {
            thin(sealed);
        }
    }
}

impl Extend<SeriesPoint> for Series {
    fn extend<I: IntoIterator<Item = SeriesPoint>>(&mut self, points: I) {
        points.into_iter().for_each(|point| self.push(point));
    }
}

impl FromIterator<SeriesPoint> for Series {
    fn from_iter<I: IntoIterator<Item = SeriesPoint>>(points: I) -> Self {
        let mut series = Self::default();
        series.extend(points);
        series
    }
}

/// Keeps the later one of each two points of the older half.
fn thin(chunks: &mut Vec<Arc<[SeriesPoint]>>) {
    // An even number, so that two chunks make one.
    let old = chunks.len() / 4 * 2;
    let thinned: Vec<Arc<[SeriesPoint]>> = chunks[..old]
        .chunks(2)
        .map(|pair| pair.iter().flat_map(|chunk| chunk.iter()).skip(1).step_by(2).cloned().collect())
        .collect();
    chunks.splice(..old, thinned);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_points(count: usize) -> Series {
        let mut series = Series::default();
        for number in 1..=count {
            series.push(SeriesPoint { elapsed_s: number as f64 / 2.0, ..SeriesPoint::default() });
        }
        series
    }

    fn times(series: &Series) -> Vec<f64> {
        series.iter().map(|point| point.elapsed_s).collect()
    }

    #[test]
    fn all_points_are_there_in_order_from_both_ends() {
        let series = with_points(1_000);
        assert_eq!((series.len(), series.is_empty(), Series::default().is_empty()), (1_000, false, true));
        let times = times(&series);
        assert!(times.is_sorted() && times.len() == 1_000);
        assert_eq!(series.iter().rev().nth(999).map(|point| point.elapsed_s), Some(0.5));
        assert_eq!(series.last().map(|point| point.elapsed_s), Some(500.0));
        // A point that fills a chunk is also the last point.
        assert_eq!(with_points(512).last().map(|point| point.elapsed_s), Some(256.0));
        assert_eq!(Series::default().last(), None);
    }

    #[test]
    fn a_day_is_kept_whole_and_what_is_older_is_thinned() {
        const DAY: usize = 24 * 60 * 60 * 2;
        let day = with_points(DAY);
        assert_eq!(day.len(), DAY);
        let longer = with_points(DAY + 256);
        assert!(longer.len() < DAY * 4 / 5, "{}", longer.len());
        let times = times(&longer);
        assert!(times.is_sorted());
        assert_eq!((times[1] - times[0], times[0]), (1.0, 1.0), "every second point of the older half");
        assert_eq!(times[times.len() - 1] - times[times.len() - 2], 0.5);
        assert_eq!(longer.last().map(|point| point.elapsed_s), Some((DAY + 256) as f64 / 2.0));
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert_eq!(gaps, 1.0, "no part of the day is missing");
        // A week stays within the bound.
        assert!(with_points(7 * DAY).len() <= DAY);
    }

    #[test]
    fn a_clone_keeps_what_it_had() {
        let mut series = with_points(300);
        let before = series.clone();
        (0..1_000).for_each(|_| series.push(SeriesPoint::default()));
        assert_eq!((before.len(), series.len()), (300, 1_300));
    }
}
