//! Detects and reports downtimes of the broker.
//!
//! librdkafka reports repeatedly that all brokers are down, and never that one is up. Such a report therefore starts a
//! probe: if that is not answered, the downtime is reported once, and probing continues until the broker answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::select;

use super::control::Control;
use super::problem::with_meaning;
use crate::model::notice::Notice;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::error::RunError;
use crate::run::stage::Stage;

const PROBE_TIMEOUT: Duration = Duration::from_millis(1_000);
const PROBE_PAUSE: Duration = Duration::from_millis(300);
/// The client's logs and errors wait in a queue until it is polled.
const SERVE_INTERVAL: Duration = Duration::from_millis(100);
/// A broker that hangs does not close connections, and clients report it only after a minute. So it is probed
/// regularly, several times before it counts as down: a busy broker answers late.
const ROUTINE_INTERVAL: Duration = Duration::from_secs(5);
const ROUTINE_TRIES: usize = 5;

/// Runs `work` while a thread watches whether the broker answers.
pub fn while_watched<T, E: From<RunError>>(
    context: &Arc<RunContext>,
    control: &Arc<Control>,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    // A stopped run still waits for records in flight while the broker answers.
    let mut probe = Stage::outliving(context);
    let (watched, watching, over) = (Arc::clone(context), Arc::clone(control), probe.cancellation().clone());
    probe.spawn("probe", move || -> Result<(), RunError> {
        watch(&watched, &watching, &over);
        Ok(())
    })?;
    work()
}

/// Watches the broker until `over` is requested.
fn watch(context: &RunContext, control: &Control, over: &Cancellation) {
    let reachability = &context.reachability;
    let mut answered_at = Instant::now();
    loop {
        select! {
            recv(over.requested()) -> _ => return,
            recv(reachability.alarmed()) -> _ => match control.answers(PROBE_TIMEOUT) {
                true => answered_at = Instant::now(),
                false => wait_until_up(context, control, Instant::now(), over),
            },
            default(SERVE_INTERVAL) => control.serve(),
        }
        if answered_at.elapsed() >= ROUTINE_INTERVAL {
            let asked_at = Instant::now();
            if !(0..ROUTINE_TRIES).any(|_| over.is_requested() || control.answers(PROBE_TIMEOUT)) {
                reachability.note_reason("no request was answered for 5 s");
                wait_until_up(context, control, asked_at, over);
            }
            answered_at = Instant::now();
        }
    }
}

/// Reports that the broker has been down since `since`, and waits until it answers again.
fn wait_until_up(context: &RunContext, control: &Control, since: Instant, over: &Cancellation) {
    let reason = with_meaning(&context.reachability.set_down(since));
    let now = jiff::Timestamp::now();
    let at = now.checked_sub(jiff::SignedDuration::try_from(since.elapsed()).unwrap_or_default()).unwrap_or(now);
    context.notify(Notice::BrokerDown { at, reason });
    while !over.is_requested() {
        if control.answers(PROBE_TIMEOUT) {
            context.reachability.set_up();
            context.notify(Notice::broker_up(since.elapsed()));
            return;
        }
        over.wait_timeout(PROBE_PAUSE);
    }
}
