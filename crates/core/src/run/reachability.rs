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

/// When the broker did not answer, in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Downtimes {
    /// How often.
    pub count: u64,
    /// How long, all of them together.
    pub total: Duration,
}

/// The most distinct messages that are kept.
const WORDS_MAX: usize = 16;

#[derive(Default)]
struct State {
    down_since: Option<Instant>,
    /// Downtimes that are over.
    past: Downtimes,
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

    /// All downtimes so far, the present one included.
    pub fn downtimes(&self) -> Downtimes {
        let state = self.state.lock();
        let Downtimes { count, total } = state.past;
        match state.down_since {
            Some(since) => Downtimes { count: count + 1, total: total + since.elapsed() },
            None => Downtimes { count, total },
        }
    }

    /// Has a message while an alarm is pending.
    pub fn alarmed(&self) -> &Receiver<()> {
        &self.alarmed
    }

    /// The broker has not answered since `since`; returns the last reason that a client reported.
    pub fn set_down(&self, since: Instant) -> String {
        let mut state = self.state.lock();
        state.down_since = Some(since);
        state.reason.clone()
    }

    /// The broker answers again.
    pub fn set_up(&self) {
        {
            let mut state = self.state.lock();
            if let Some(since) = state.down_since.take() {
                state.past.count += 1;
                state.past.total += since.elapsed();
            }
        }
        // Alarms raised during the downtime are outdated.
        while self.alarmed.try_recv().is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downtimes_add_up() {
        let reachability = Reachability::default();
        assert_eq!(reachability.downtimes(), Downtimes::default());
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        reachability.set_down(ago(10));
        let first = reachability.downtimes();
        assert!(first.count == 1 && first.total >= Duration::from_secs(10), "{first:?}");
        reachability.set_up();
        let over = reachability.downtimes();
        assert_eq!((over, over.count), (reachability.downtimes(), 1), "it does not grow while the broker answers");
        reachability.set_down(ago(5));
        let second = reachability.downtimes();
        assert!(second.count == 2 && second.total >= Duration::from_secs(15), "{second:?}");
    }
}
