//! Whether the broker answers, as far as is known, and the clients' messages about it.
//!
//! `kafka/downtime` determines and reports that.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

/// Shared by all clients of a run, which raise alarms; one thread probes.
pub struct Reachability {
    alarm: Sender<()>,
    alarmed: Receiver<()>,
    state: Mutex<State>,
}

/// The most distinct messages that are kept.
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
    /// A client has lost its connections, for `reason`. Never blocks.
    pub fn raise_alarm(&self, reason: &str) {
        self.note_reason(reason);
        // One pending alarm is enough.
        let _ = self.alarm.try_send(());
    }

    /// Keeps a client's message, in case the broker turns out to be down.
    pub fn note_reason(&self, reason: &str) {
        let mut state = self.state.lock();
        reason.clone_into(&mut state.reason);
        state.words.retain(|known| known != reason);
        if state.words.len() == WORDS_MAX {
            state.words.pop_front();
        }
        state.words.push_back(reason.to_owned());
    }

    /// The last distinct messages of the clients, oldest first.
    pub fn words(&self) -> Vec<String> {
        self.state.lock().words.iter().cloned().collect()
    }

    /// The last message of a client.
    pub fn last_reason(&self) -> Option<String> {
        Some(self.state.lock().reason.clone()).filter(|reason| !reason.is_empty())
    }

    /// How long the broker has been down; `None` if it is up.
    pub fn down_for(&self) -> Option<Duration> {
        self.state.lock().down_since.map(|since| since.elapsed())
    }

    /// Whether the broker answers, as far as is known.
    pub fn is_up(&self) -> bool {
        self.state.lock().down_since.is_none()
    }

    /// Has a message while an alarm is pending.
    pub fn alarmed(&self) -> &Receiver<()> {
        &self.alarmed
    }

    /// The broker has not answered since `since`; returns the last reason that a client reported.
    pub fn goes_down(&self, since: Instant) -> String {
        let mut state = self.state.lock();
        state.down_since = Some(since);
        state.reason.clone()
    }

    /// The broker answers again.
    pub fn comes_up(&self) {
        self.state.lock().down_since = None;
        // Alarms raised during the downtime are outdated.
        while self.alarmed.try_recv().is_ok() {}
    }
}
