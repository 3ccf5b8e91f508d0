//! The feed of a replay: the whole folder in the order of its capture times, each image shortly before it is due.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::Shared;
use crate::configuration::Replay;
use crate::model::notice::Notice;
use crate::pipeline::source::{Candidate, CaptureTime, Timetable};

/// How long before it is due an image is read and encoded.
const LEAD: Duration = Duration::from_millis(500);

/// The images of a replay, each with its time.
pub(super) struct Playback {
    candidates: Vec<Candidate>,
    table: Timetable,
    /// The next one.
    number: u64,
    /// When the first image is due, on the recorder's clock; `None` before sending begins.
    began: Option<Duration>,
}

/// An image of a replay.
pub(super) struct Cue {
    pub(super) candidate: Candidate,
    /// How often the folder was sent before, plus 1.
    pub(super) lap: u32,
    /// When it is due, after the first.
    pub(super) after: Duration,
    /// When it is due, on the recorder's clock.
    pub(super) due: Duration,
}

impl Playback {
    /// Reads the capture times, and reports what the replay will be like. `None`: the stage is stopping.
    pub(super) fn new(shared: &Shared, candidates: Vec<Candidate>, replay: Replay) -> Option<Self> {
        let zone = TimeZone::system();
        let mut captures = Vec::with_capacity(candidates.len());
        for candidate in &candidates {
            if shared.stop.is_requested() {
                return None;
            }
            captures.push(CaptureTime::of_file(&candidate.path, candidate.modified, &zone));
        }
        let table = Timetable::new(&captures, replay);
        if shared.settings.laps.is_none() {
            announce(shared, &candidates, &table);
        }
        Some(Self { candidates, table, number: 0, began: None })
    }

    /// The next image, shortly before it is due; `Break`: there is none, or the stage is stopping.
    pub(super) fn next(&mut self, shared: &Shared) -> ControlFlow<(), Cue> {
        let images = self.candidates.len() as u64;
        let has_one_lap = shared.settings.laps.is_none();
        let Some(entry) = self.table.entry(self.number).filter(|_| !has_one_lap || self.number < images) else {
            return ControlFlow::Break(());
        };
        let began = match self.began {
            Some(began) => began,
            None => {
                shared.over.wait_until(None, || shared.began.get().is_some());
                *self.began.insert(shared.context.recorder.since_start().saturating_add(LEAD))
            }
        };
        let lap = u32::try_from(self.number / images).unwrap_or(u32::MAX).saturating_add(1);
        self.number += 1;
        let due = began.saturating_add(entry.due);
        let left = due.saturating_sub(LEAD).saturating_sub(shared.context.recorder.since_start());
        if shared.stop.is_requested() || (!left.is_zero() && shared.stop.wait_timeout(left)) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(Cue { candidate: self.candidates[entry.image].clone(), lap, after: entry.due, due })
    }
}

/// Before the first image is sent, all are counted.
fn announce(shared: &Shared, candidates: &[Candidate], table: &Timetable) {
    let counters = &shared.context.recorder.producer;
    counters.found.add(candidates.len() as u64);
    counters.found_bytes.add(candidates.iter().map(|one| one.size_bytes).sum());
    counters.scan_finished.store(true, Ordering::Release);
    if candidates.is_empty() {
        return;
    }
    shared.context.notify(Notice::Replay(table.outline.clone()));
    let _ = shared.context.replay.set(table.outline.clone());
}
