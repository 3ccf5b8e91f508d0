//! The maintenance task of the logs: flushes what is due, and deletes what retention no longer keeps. It sleeps while
//! there is nothing to do.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::state::State;

/// Committed offsets are forced to the disk this long after a commit, and closed segments after they were closed.
const INTERVAL: Duration = Duration::from_secs(1);

/// Runs until `shut` is true; when it returns, no work is in progress.
pub(crate) async fn run(state: Arc<State>, mut shut: watch::Receiver<bool>) {
    let interval = state.config.retention_check_interval;
    let mut retention_due = Instant::now() + interval;
    let mut flush_due: Option<Instant> = None;
    loop {
        tokio::select! {
            () = async { drop(shut.wait_for(|&shut| shut).await) } => return,
            () = state.flusher_notified() => {
                let soon = Instant::now() + INTERVAL;
                let due = in_background(&state, |state| state.topics.flush_due()).await.flatten();
                // Closed segments are due at once, which would mean one flush for each of them under load.
                let due = due.map(Instant::from_std).filter(|&due| due > Instant::now());
                flush_due = [flush_due, due, Some(soon)].into_iter().flatten().min();
            }
            () = sleep_until(flush_due.unwrap_or(retention_due)), if flush_due.is_some() => {
                let next = in_background(&state, |state| state.flush(false)).await.flatten();
                flush_due = next.map(|next| Instant::from_std(next).max(Instant::now() + Duration::from_millis(1)));
            }
            () = sleep_until(retention_due) => {
                in_background(&state, State::retain).await;
                retention_due = Instant::now() + interval;
            }
        }
    }
}

async fn in_background<T: Send + 'static>(
    state: &Arc<State>,
    work: impl FnOnce(&State) -> T + Send + 'static,
) -> Option<T> {
    let state = Arc::clone(state);
    let done = tokio::task::spawn_blocking(move || work(&state)).await;
    if done.is_err() {
        tracing::error!("the maintenance of the logs ended with a panic");
    }
    done.ok()
}
