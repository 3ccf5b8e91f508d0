//! Whether the broker answers.
//!
//! librdkafka says again and again that all brokers are down, and never that one is up. So its alarm only
//! starts a probe: when that goes unanswered the downtime is announced once, and probing goes on until the
//! broker answers.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use parking_lot::Mutex;

use super::control::Control;
use super::problem::with_meaning;
use crate::model::notice::Notice;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;

const PROBE_TIMEOUT: Duration = Duration::from_millis(1_000);
const PROBE_PAUSE: Duration = Duration::from_millis(300);
/// The client's logs and errors wait in a queue until they are asked for.
const SERVE_INTERVAL: Duration = Duration::from_millis(100);
/// A broker that hangs closes no connection, and the clients wait for a minute before they complain. So it is asked now
/// and then, with patience: one that is busy answers late.
const ROUTINE_INTERVAL: Duration = Duration::from_secs(5);
const ROUTINE_TRIES: usize = 5;

/// Shared by all clients of a run: they raise the alarm, one thread probes.
pub struct Reachability {
    alarm: Sender<()>,
    alarmed: Receiver<()>,
    state: Mutex<State>,
}

/// Different things said that are kept.
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

    /// Keeps what a client says, for the case that the broker turns out to be down.
    pub fn note_reason(&self, reason: &str) {
        let mut state = self.state.lock();
        reason.clone_into(&mut state.reason);
        state.words.retain(|known| known != reason);
        if state.words.len() == WORDS_MAX {
            state.words.pop_front();
        }
        state.words.push_back(reason.to_owned());
    }

    /// The last different things that clients said, the oldest first.
    pub fn words(&self) -> Vec<String> {
        self.state.lock().words.iter().cloned().collect()
    }

    /// What a client said last.
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

    /// Follows the broker until `over` is requested.
    pub fn watch(&self, context: &RunContext, control: &Control, over: &Cancellation) {
        let mut answered_at = Instant::now();
        loop {
            select! {
                recv(over.requested()) -> _ => return,
                recv(self.alarmed) -> _ => match control.answers(PROBE_TIMEOUT) {
                    true => answered_at = Instant::now(),
                    false => self.sit_out(context, control, Instant::now(), over),
                },
                default(SERVE_INTERVAL) => control.serve(),
            }
            if answered_at.elapsed() >= ROUTINE_INTERVAL {
                let asked_at = Instant::now();
                if !(0..ROUTINE_TRIES).any(|_| over.is_requested() || control.answers(PROBE_TIMEOUT)) {
                    self.note_reason("no request was answered for 5 s");
                    self.sit_out(context, control, asked_at, over);
                }
                answered_at = Instant::now();
            }
        }
    }

    fn sit_out(&self, context: &RunContext, control: &Control, since: Instant, over: &Cancellation) {
        let reason = {
            let mut state = self.state.lock();
            state.down_since = Some(since);
            with_meaning(&state.reason)
        };
        let now = jiff::Timestamp::now();
        let at = now.checked_sub(jiff::SignedDuration::try_from(since.elapsed()).unwrap_or_default()).unwrap_or(now);
        context.notify(Notice::BrokerDown { at, reason });
        while !over.is_requested() {
            if control.answers(PROBE_TIMEOUT) {
                self.state.lock().down_since = None;
                // What was said while it was down is old news.
                while self.alarmed.try_recv().is_ok() {}
                context.notify(Notice::broker_up(since.elapsed()));
                return;
            }
            over.wait_timeout(PROBE_PAUSE);
        }
    }
}
