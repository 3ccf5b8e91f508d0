//! How far a stream is, from what is known of its end.

use std::time::Duration;

use super::format;
use kafka_image_bench_core::engine::plan::StreamPlan;
use kafka_image_bench_core::metrics::Snapshot;

/// The rate is that of the last so many seconds.
const RECENT_S: f64 = 5.0;
/// Before this nothing is said about the time left.
const FIRST_S: f64 = 1.0;

/// How far a stream is.
#[derive(Debug, PartialEq)]
pub struct StreamProgress {
    /// Images that are saved, or sent where nothing is received.
    pub done: u64,
    /// Of them and those that were refused, the share of all, from 0 to 1; `None` where the end is not known.
    pub share: Option<f32>,
    /// Images in all, where that is known.
    pub total: Option<u64>,
    /// Images per second of the last seconds.
    pub images_per_s: f64,
    /// Time left at this rate.
    pub left: Option<Duration>,
}

impl StreamProgress {
    /// Of a running stream. `expected`: the images that its folder had before the start, if they were counted.
    pub fn of(snapshot: &Snapshot, plan: &StreamPlan, expected: Option<u64>) -> Self {
        let consumes = plan.mode.consumes();
        let done = if consumes { snapshot.saved + snapshot.dead_letters } else { snapshot.acknowledged };
        let total = match plan.count {
            Some(count) => Some(count),
            None if plan.watch || !plan.mode.produces() => None,
            None if snapshot.scan_finished => Some(snapshot.found),
            None => expected.map(|expected| expected.max(snapshot.found)),
        };
        let total = total.filter(|total| *total > 0);
        let handled = done + snapshot.rejected;
        let images_per_s = recent_rate(snapshot, consumes);
        let left = total.filter(|_| done > 0 && images_per_s > 0.0 && snapshot.elapsed.as_secs_f64() > FIRST_S);
        let left = left.map(|total| total.saturating_sub(handled) as f64 / images_per_s);
        Self {
            done,
            share: total.map(|total| (handled as f64 / total as f64).min(1.0) as f32),
            total,
            images_per_s,
            left: left.and_then(|left| Duration::try_from_secs_f64(left).ok()),
        }
    }

    /// `61.2k of 96.0k · 1.46k images/s · 24 s left`.
    pub fn text(&self) -> String {
        let mut text = match self.total {
            Some(total) => format!("{} of {}", format::count(self.done), format::count(total)),
            None => format::counted(self.done, "image", "images"),
        };
        if self.images_per_s > 0.0 {
            text.push_str(&format!(" · {}", format::images_per_s(self.images_per_s)));
        }
        if let Some(left) = self.left {
            text.push_str(&format!(" · {} left", format::duration(left)));
        }
        text
    }
}

/// The mean of the last points, each by the time that it stands for.
fn recent_rate(snapshot: &Snapshot, consumes: bool) -> f64 {
    let since = snapshot.elapsed.as_secs_f64() - RECENT_S;
    let (mut images, mut seconds) = (0.0, 0.0);
    let mut points = snapshot.series.iter().rev().peekable();
    while let Some(point) = points.next() {
        if point.elapsed_s < since {
            break;
        }
        let length_s = point.elapsed_s - points.peek().map_or(0.0, |before| before.elapsed_s);
        images += length_s * if consumes { point.consumer_images_per_s } else { point.producer_images_per_s };
        seconds += length_s;
    }
    if seconds > 0.0 { images / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::engine::plan::Mode;
    use kafka_image_bench_core::metrics::SeriesPoint;

    fn snapshot(saved: u64, found: u64, scan_finished: bool) -> Snapshot {
        let point = |index: u32| SeriesPoint {
            elapsed_s: f64::from(index) / 2.0,
            // Slow at first, then 20 images a second.
            consumer_images_per_s: if index <= 10 { 1.0 } else { 20.0 },
            producer_images_per_s: 40.0,
            ..SeriesPoint::default()
        };
        Snapshot {
            elapsed: Duration::from_secs(10),
            saved,
            found,
            scan_finished,
            acknowledged: saved + 50,
            series: (1..=20).map(point).collect(),
            ..Snapshot::default()
        }
    }

    #[test]
    fn the_time_left_is_at_the_rate_of_the_last_seconds() {
        let (plan, running) = (StreamPlan::default(), snapshot(100, 600, true));
        let progress = StreamProgress::of(&running, &plan, None);
        let rate = progress.images_per_s;
        assert!((18.0..=20.0).contains(&rate), "{rate}");
        assert_eq!((progress.done, progress.total), (100, Some(600)));
        let left_s = progress.left.unwrap().as_secs_f64();
        assert!((left_s - 500.0 / rate).abs() < 0.01);
        assert!(progress.text().starts_with("100 of 600 · "), "{}", progress.text());
        // What was refused is not waited for.
        let refused = StreamProgress::of(&Snapshot { rejected: 500, ..running.clone() }, &plan, None);
        assert_eq!((refused.share, refused.left), (Some(1.0), Some(Duration::ZERO)));
        let sends = StreamPlan { mode: Mode::Produce, ..plan };
        assert_eq!(StreamProgress::of(&running, &sends, None).images_per_s, 40.0);
    }

    #[test]
    fn the_end_is_what_is_known_of_it() {
        let plan = StreamPlan::default();
        let total =
            |snapshot: &Snapshot, plan: &StreamPlan, expected| StreamProgress::of(snapshot, plan, expected).total;
        let scanning = snapshot(100, 300, false);
        assert_eq!(total(&scanning, &plan, None), None);
        assert_eq!(total(&scanning, &plan, Some(900)), Some(900), "the folder was counted before");
        assert_eq!(total(&scanning, &plan, Some(200)), Some(300), "images have come since");
        let watching = StreamPlan { watch: true, ..plan.clone() };
        assert_eq!(total(&snapshot(100, 300, true), &watching, Some(900)), None);
        let consuming = StreamPlan { mode: Mode::Consume, count: Some(400), ..plan };
        assert_eq!(total(&scanning, &consuming, None), Some(400));
        assert_eq!(StreamProgress::of(&Snapshot::default(), &watching, None).text(), "0 images");
    }
}
