//! Finds the images: one walk of the folder, then, on request, the files that come.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};

use super::{Shared, Work};
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::source::{self, Candidate, FolderWatch, Found};

const POLL: Duration = Duration::from_millis(100);

pub(super) fn run(shared: &Shared, work: &Sender<Work>, scan_finished: &AtomicBool) -> Result<(), PipelineError> {
    let result = feed(shared, work, scan_finished);
    scan_finished.store(true, Ordering::Release);
    shared.tickets.close();
    result
}

fn feed(shared: &Shared, work: &Sender<Work>, scan_finished: &AtomicBool) -> Result<(), PipelineError> {
    let settings = &shared.settings;
    // Watching begins before the walk: what comes in between is seen by one of the two.
    let mut watch = if settings.watch {
        Some(FolderWatch::start(&settings.input, &settings.exclude)?)
    } else {
        None
    };
    let mut feed = Feed { shared, work, handed_on: HashSet::new() };
    feed.walk()?;
    scan_finished.store(true, Ordering::Release);
    while let Some(watch) = watch.as_mut() {
        if shared.context.stop.is_requested() {
            break;
        }
        if let Some(path) = watch.next_ready(POLL)? {
            let is_processed = |name: &str| feed.is_processed(name);
            if let Some(found) = source::examine(&settings.input, &path, &is_processed) {
                let _ = feed.take(found);
            }
        }
        if watch.try_rescan_needed() {
            feed.walk()?;
        }
    }
    Ok(())
}

struct Feed<'a> {
    shared: &'a Shared,
    work: &'a Sender<Work>,
    // Kept for a watched folder only, where a file can be seen twice.
    handed_on: HashSet<String>,
}

impl Feed<'_> {
    fn is_processed(&self, listed_name: &str) -> bool {
        !self.shared.settings.resend && self.shared.processed.lock().contains(listed_name)
    }

    fn walk(&mut self) -> Result<(), PipelineError> {
        let settings = &self.shared.settings;
        let (shared, resend) = (self.shared, settings.resend);
        let is_processed = |name: &str| !resend && shared.processed.lock().contains(name);
        source::scan(&settings.input, &settings.exclude, &is_processed, &mut |found| self.take(found))?;
        Ok(())
    }

    fn take(&mut self, found: Found) -> ControlFlow<()> {
        let context = &self.shared.context;
        let counters = &context.recorder.producer;
        match found {
            Found::Image(candidate) => return self.hand_on(candidate),
            Found::AlreadyProcessed { .. } => counters.already_processed.add_one(),
            Found::LabelFile { .. } => counters.label_files.add_one(),
            Found::NotAnImage { path } => {
                counters.not_images.add_one();
                context.notify(Notice::NotAnImage { path });
            }
            Found::Unreadable { path, error } => {
                counters.found.add_one();
                counters.rejected.add_one();
                let reason = format!("cannot be read: {error}");
                context.notify(Notice::Rejected { name: path.display().to_string(), reason });
            }
        }
        if context.stop.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn hand_on(&mut self, candidate: Candidate) -> ControlFlow<()> {
        let shared = self.shared;
        if shared.settings.watch && !self.handed_on.insert(candidate.listed_name.clone()) {
            return ControlFlow::Continue(());
        }
        let counters = &shared.context.recorder.producer;
        counters.found.add_one();
        counters.found_bytes.add(candidate.size_bytes);
        let mut work = Work { candidate, attempt: 1, ticket: shared.tickets.issue() };
        loop {
            if shared.context.stop.is_requested() {
                return ControlFlow::Break(());
            }
            match self.work.send_timeout(work, POLL) {
                Ok(()) => return ControlFlow::Continue(()),
                Err(SendTimeoutError::Timeout(again)) => work = again,
                Err(SendTimeoutError::Disconnected(_)) => return ControlFlow::Break(()),
            }
        }
    }
}
