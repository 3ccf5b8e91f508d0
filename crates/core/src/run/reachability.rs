//! Whether the broker answers, as far as is known, and what the clients report about it.
//!
//! Who finds that out, and announces it, is `kafka/downtime`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

/// Shared by all clients of a run: they raise the alarm, one thread probes.
pub struct Reachability {
    alarm: Sender<()>,
    alarmed: Receiver<()>,
    state: Mutex<State>,
}

/// Different reports that are kept.
const WORDS_MAX: usize = 16;

#[derive(Default)]
struct State {
    down_since: Option<Instant>,
    reason: String,
    words: VecDeque<String>,
}

impl Default for Reachability {
    fn default() -> Self {
        let (alarm, alarmed) = bounded(1);
        Self { alarm, alarmed, state: Mutex::default() }
    }
}

impl Reachability {
    /// A client has lost the broker, for `reason`. Never blocks.
    pub fn raise_alarm(&self, reason: &str) {
        self.note_reason(reason);
        // One alarm waiting is enough.
        let _ = self.alarm.try_send(());
    }

    /// Keeps what a client reports, for the case that the broker turns out to be down.
    pub fn note_reason(&self, reason: &str) {
        let mut state = self.state.lock();
        reason.clone_into(&mut state.reason);
        state.words.retain(|known| known != reason);
        if state.words.len() == WORDS_MAX {
            state.words.pop_front();
        }
        state.words.push_back(reason.to_owned());
    }

    /// The last different reports of the clients, the oldest first.
    pub fn words(&self) -> Vec<String> {
        self.state.lock().words.iter().cloned().collect()
    }

    /// What a client reported last.
    pub fn last_reason(&self) -> Option<String> {
        Some(self.state.lock().reason.clone()).filter(|reason| !reason.is_empty())
    }

    /// How long the broker has been down, if it is.
    pub fn down_for(&self) -> Option<Duration> {
        self.state.lock().down_since.map(|since| since.elapsed())
    }

    /// Whether the broker answers, as far as is known.
    pub fn is_up(&self) -> bool {
        self.state.lock().down_since.is_none()
    }

    /// Full where an alarm waits to be looked into.
    pub fn alarmed(&self) -> &Receiver<()> {
        &self.alarmed
    }

    /// The broker has not answered since `since`; the result is the reason that a client gave last.
    pub fn goes_down(&self, since: Instant) -> String {
        let mut state = self.state.lock();
        state.down_since = Some(since);
        state.reason.clone()
    }

    /// The broker answers again.
    pub fn comes_up(&self) {
        self.state.lock().down_since = None;
        // What was reported while it was down is old news.
        while self.alarmed.try_recv().is_ok() {}
    }
}
