//! Finds the images: by one walk of the folder, and then, if requested, by watching for new files.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Sender, select};

use super::replay::{Cue, Playback};
use super::seen_names::SeenNames;
use super::{Laps, Shared, Work};
use crate::configuration::Replay;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::source::{self, Candidate, FolderWatch, Found};

const POLL: Duration = Duration::from_millis(100);
/// A file that was written to this recently may not be complete yet.
const FRESH: Duration = Duration::from_secs(2);

pub(super) fn run(shared: &Shared, work: &Sender<Work>) -> Result<(), PipelineError> {
    let result = feed(shared, work);
    shared.tickets.close();
    result
}

fn feed(shared: &Shared, work: &Sender<Work>) -> Result<(), PipelineError> {
    let settings = &shared.settings;
    // Watching begins before the walk, so that a file that arrives meanwhile is found by one of the two.
    let watch = if settings.watch { Some(FolderWatch::start(&settings.input, &settings.exclude)?) } else { None };
    let replay = settings.load_shape.and_then(|shape| shape.replay());
    let mut feed = Feed {
        shared,
        work,
        watch,
        lap: 1,
        count: 0,
        collected: replay.map(|_| Vec::new()),
        handed_on: SeenNames::default(),
        skipped: SeenNames::default(),
    };
    feed.walk()?;
    if let Some(replay) = replay {
        feed.replay(replay);
        shared.context.recorder.producer.scan_finished.store(true, Ordering::Release);
        return Ok(());
    }
    while feed.sends_another_lap() {
        feed.lap += 1;
        feed.walk()?;
    }
    shared.context.recorder.producer.scan_finished.store(true, Ordering::Release);
    feed.follow()
}

struct Feed<'a> {
    shared: &'a Shared,
    work: &'a Sender<Work>,
    watch: Option<FolderWatch>,
    lap: u32,
    count: u64,
    /// The images of a replay, which are sorted before any of them is handed on.
    collected: Option<Vec<Candidate>>,
    // Only for a watched folder, where a file can be seen twice.
    handed_on: SeenNames,
    skipped: SeenNames,
}

impl Feed<'_> {
    fn walk(&mut self) -> Result<(), PipelineError> {
        let shared = self.shared;
        let settings = &shared.settings;
        source::scan(
            &settings.input,
            &settings.exclude,
            settings.selection,
            &|name| is_processed(shared, name),
            &mut |found| self.take_from_walk(found),
        )?;
        Ok(())
    }

    /// What the walk has collected, by capture time.
    fn replay(&mut self, replay: Replay) {
        let shared = self.shared;
        let candidates = self.collected.take().unwrap_or_default();
        let Some(mut playback) = Playback::new(shared, candidates, replay) else { return };
        while let ControlFlow::Continue(Cue { candidate, lap, after, due }) = playback.next(shared) {
            self.lap = lap;
            let is_after_end = matches!(shared.settings.laps, Some(Laps::Elapsed(span)) if after >= span);
            if is_after_end || self.hand_on(candidate, Some(due)).is_break() {
                return;
            }
        }
    }

    /// Whether the folder is to be sent once more.
    fn sends_another_lap(&self) -> bool {
        self.shared.settings.laps.is_some() && self.count > 0 && !self.is_enough()
    }

    fn is_enough(&self) -> bool {
        let shared = self.shared;
        shared.stop.is_requested()
            || match shared.settings.laps {
                None => false,
                Some(Laps::Count(count)) => self.count >= count,
                Some(Laps::Elapsed(span)) => {
                    // By the schedule too: images are read ahead of it, so the clock alone would end the laps too late.
                    let due = shared.settings.load_shape.and_then(|shape| shape.due(self.count));
                    due.is_some_and(|due| due >= span)
                        || shared.began.get().is_some_and(|began| began.elapsed() >= span)
                }
            }
    }

    /// New files, until the run is stopped.
    fn follow(&mut self) -> Result<(), PipelineError> {
        let shared = self.shared;
        let settings = &shared.settings;
        while let Some(watch) = &mut self.watch
            && !shared.stop.is_requested()
        {
            let ready = watch.next_ready(POLL);
            let rescan = watch.take_rescan_needed();
            let examined = ready.and_then(|path| {
                source::examine(&settings.input, &path, settings.selection, &|name| is_processed(shared, name))
            });
            if let Some(found) = examined {
                let _ = self.take(found);
            }
            if rescan {
                self.walk()?;
            }
        }
        Ok(())
    }

    /// In a watched folder, a file that the walk finds may still be being written.
    fn take_from_walk(&mut self, found: Found) -> ControlFlow<()> {
        if let (Some(watch), Found::Image(Candidate { path, modified, .. }) | Found::NotAnImage { path, modified, .. }) =
            (&mut self.watch, &found)
            && modified.and_then(|at| at.elapsed().ok()).is_none_or(|age| age < FRESH)
        {
            watch.defer(path.clone());
            return ControlFlow::Continue(());
        }
        self.take(found)
    }

    fn take(&mut self, found: Found) -> ControlFlow<()> {
        let context = &self.shared.context;
        let counters = &context.recorder.producer;
        let path = match &found {
            Found::Image(_) => None,
            Found::AlreadyProcessed { path }
            | Found::LabelFile { path }
            | Found::NotAnImage { path, .. }
            | Found::ContentMissing { path, .. }
            | Found::Unreadable { path, .. } => Some(path),
        };
        let is_seen_again =
            path.is_some_and(|path| self.watch.is_some() && !self.skipped.insert(path.as_os_str().as_encoded_bytes()));
        match found {
            Found::Image(candidate) => match &mut self.collected {
                Some(collected) => collected.push(candidate),
                None => return self.hand_on(candidate, None),
            },
            _ if is_seen_again => {}
            // Those that are not selected were not necessarily sent.
            Found::AlreadyProcessed { .. } if self.shared.settings.only.is_some() => {}
            Found::AlreadyProcessed { .. } => counters.already_processed.add_one(),
            Found::LabelFile { .. } => counters.label_files.add_one(),
            Found::NotAnImage { path, content, .. } => {
                counters.not_images.add_one();
                context.notify(Notice::NotAnImage { path, content });
            }
            Found::ContentMissing { path, store } => self.reject(&path, store.reason().to_owned()),
            Found::Unreadable { path, error } => self.reject(&path, format!("cannot be read: {error}")),
        }
        if self.shared.stop.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Rejects what cannot be opened as an image.
    fn reject(&self, path: &Path, reason: String) {
        let context = &self.shared.context;
        context.recorder.producer.found.add_one();
        context.recorder.producer.rejected.add_one();
        let name = path.strip_prefix(&self.shared.settings.input).map(source::listed_name);
        let name = name.unwrap_or_else(|_| path.display().to_string());
        context.notify(Notice::Rejected { name, reason });
    }

    fn hand_on(&mut self, mut candidate: Candidate, due: Option<Duration>) -> ControlFlow<()> {
        let shared = self.shared;
        if self.is_enough() {
            return ControlFlow::Break(());
        }
        self.count += 1;
        if self.lap > 1 {
            candidate.listed_name = name_of_lap(&candidate.listed_name, self.lap);
        }
        if self.watch.is_some() && !self.handed_on.insert(candidate.listed_name.as_bytes()) {
            return ControlFlow::Continue(());
        }
        // A replay of one lap has counted all before.
        if due.is_none() || shared.settings.laps.is_some() {
            let counters = &shared.context.recorder.producer;
            counters.found.add_one();
            counters.found_bytes.add(candidate.size_bytes);
        }
        let work = Work { candidate, attempt: 1, ticket: shared.tickets.issue(), due };
        select! {
            send(self.work, work) -> sent => match sent {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            },
            recv(shared.stop.requested()) -> _ => ControlFlow::Break(()),
        }
    }
}

/// The number is added to the file's own name, since folders are not part of saved names.
fn name_of_lap(listed_name: &str, lap: u32) -> String {
    match listed_name.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/lap-{lap}-{name}"),
        None => format!("lap-{lap}-{listed_name}"),
    }
}

fn is_processed(shared: &Shared, listed_name: &str) -> bool {
    match &shared.settings.only {
        Some(only) => !only.contains(listed_name),
        None => !shared.settings.resend && shared.sent_names.contains(listed_name),
    }
}
