//! When each image of a replay is due.

use std::time::Duration;

use jiff::Timestamp;

use super::CaptureTime;
use crate::configuration::Replay;
use crate::model::replay_outline::{LONG_PAUSE, ReplayOutline};

/// The distance to the next lap where the images have one time.
const LAP_PAUSE: Duration = Duration::from_secs(1);

/// The images of a replay in their order, and when each is due after the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Timetable {
    /// By time; an image is its place in the list of captures.
    entries: Vec<Entry>,
    /// From the first image of a lap to the first of the next.
    lap: Duration,
    /// What the replay will be like.
    pub outline: ReplayOutline,
}

/// An image and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the list of captures.
    pub image: usize,
    /// When it is due, after the start.
    pub due: Duration,
}

impl Timetable {
    /// Images with equal times are due together, in the order of the list. Images without a time are due first.
    pub fn new(captures: &[CaptureTime], replay: Replay) -> Self {
        let mut by_time: Vec<(Option<Timestamp>, usize)> =
            captures.iter().enumerate().map(|(image, capture)| (capture.at(), image)).collect();
        // `None` sorts first.
        by_time.sort_unstable();
        let mut entries = Vec::with_capacity(by_time.len());
        let (mut due, mut before) = (Duration::ZERO, None);
        let (mut longest, mut long_pauses, mut shortened_pauses) = (Duration::ZERO, 0, 0);
        for (at, image) in by_time {
            if let (Some(at), Some(before)) = (at, before) {
                let (pause, is_shortened) = replay.pause(seconds_between(before, at));
                due = due.saturating_add(pause);
                longest = longest.max(pause);
                long_pauses += u64::from(pause > LONG_PAUSE);
                shortened_pauses += u64::from(is_shortened);
            }
            before = at.or(before);
            entries.push(Entry { image, due });
        }
        let count = |is_one: fn(&CaptureTime) -> bool| captures.iter().filter(|capture| is_one(capture)).count() as u64;
        let times = || captures.iter().filter_map(|capture| capture.at());
        let outline = ReplayOutline {
            speed: replay.speed,
            images: captures.len() as u64,
            by_exif: count(|capture| matches!(capture, CaptureTime::Exif(_))),
            by_file_time: count(|capture| matches!(capture, CaptureTime::FileTime(_))),
            without_time: count(|capture| *capture == CaptureTime::Unknown),
            first_captured_at: times().min(),
            last_captured_at: times().max(),
            takes_s: due.as_secs_f64(),
            long_pauses,
            longest_pause_s: longest.as_secs_f64(),
            shortened_pauses,
        };
        Self { lap: lap(due, entries.len()), entries, outline }
    }

    /// The image of this number, counted from 0 over all laps; `None` if there are no images.
    pub fn entry(&self, number: u64) -> Option<Entry> {
        let images = self.entries.len() as u64;
        let (laps, place) = (number.checked_div(images)?, number.checked_rem(images)?);
        let entry = self.entries[usize::try_from(place).ok()?];
        let before = self.lap.saturating_mul(u32::try_from(laps).unwrap_or(u32::MAX));
        Some(Entry { due: entry.due.saturating_add(before), ..entry })
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// The last image is as far from the next lap as two images are on average.
fn lap(last_due: Duration, images: usize) -> Duration {
    let distances = u32::try_from(images.saturating_sub(1)).unwrap_or(u32::MAX);
    match last_due.checked_div(distances) {
        Some(mean) if !mean.is_zero() => last_due.saturating_add(mean),
        _ => last_due.saturating_add(LAP_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_microsecond((seconds * 1e6) as i64).unwrap()
    }

    fn dues(table: &Timetable, numbers: std::ops::Range<u64>) -> Vec<(usize, u64)> {
        numbers.map(|number| table.entry(number).unwrap()).map(|one| (one.image, one.due.as_millis() as u64)).collect()
    }

    #[test]
    fn images_are_due_at_the_distances_of_their_captures() {
        // Not in the order of time; two have the same time, and one has none.
        let captures = [
            CaptureTime::Exif(at(1_060.5)),
            CaptureTime::Unknown,
            CaptureTime::Exif(at(1_000.0)),
            CaptureTime::FileTime(at(1_120.0)),
            CaptureTime::Exif(at(1_060.5)),
        ];
        let table = Timetable::new(&captures, Replay { speed: 2.0, longest_pause_s: None });
        assert_eq!(dues(&table, 0..5), [(1, 0), (2, 0), (0, 30_250), (4, 30_250), (3, 60_000)]);
        let ReplayOutline { images, by_exif, by_file_time, without_time, takes_s, .. } = table.outline;
        assert_eq!((images, by_exif, by_file_time, without_time), (5, 3, 1, 1));
        assert_eq!((takes_s, table.outline.longest_pause_s), (60.0, 30.25));
        assert_eq!(
            (table.outline.first_captured_at, table.outline.last_captured_at),
            (Some(at(1_000.0)), Some(at(1_120.0)))
        );
        // The next lap follows at the mean distance, a quarter of a minute.
        assert_eq!(dues(&table, 5..8), [(1, 75_000), (2, 75_000), (0, 105_250)]);
    }

    #[test]
    fn pauses_are_counted_and_shortened() {
        let captures = [0.0, 700.0, 701.0, 7_000.0].map(|seconds| CaptureTime::Exif(at(seconds)));
        let table = |speed, longest_pause_s| Timetable::new(&captures, Replay { speed, longest_pause_s });
        let whole = table(1.0, None).outline;
        assert_eq!((whole.long_pauses, whole.shortened_pauses, whole.longest_pause_s), (2, 0, 6_299.0));
        let fast = table(10.0, None).outline;
        assert_eq!((fast.long_pauses, fast.longest_pause_s, fast.takes_s), (1, 629.9, 700.0));
        let cut = table(1.0, Some(5.0));
        assert_eq!(dues(&cut, 0..4), [(0, 0), (1, 5_000), (2, 6_000), (3, 11_000)]);
        assert_eq!((cut.outline.long_pauses, cut.outline.shortened_pauses), (0, 2));
    }

    #[test]
    fn laps_have_an_end_where_all_images_have_one_time() {
        let table = Timetable::new(&[CaptureTime::Exif(at(5.0)); 3], Replay { speed: 1.0, longest_pause_s: None });
        assert_eq!(dues(&table, 0..5), [(0, 0), (1, 0), (2, 0), (0, 1_000), (1, 1_000)]);
        let none = Timetable::new(&[], Replay { speed: 1.0, longest_pause_s: None });
        assert_eq!(none.entry(0), None);
        let far = Timetable::new(
            &[CaptureTime::Exif(Timestamp::MIN), CaptureTime::Exif(Timestamp::MAX)],
            Replay { speed: 1e-4, longest_pause_s: None },
        );
        assert!(far.entry(u64::MAX).is_some(), "{far:?}");
    }
}
