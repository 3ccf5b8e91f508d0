//! Forces what was written to the disk, about a second after it was written. Sleeps while nothing is.

use std::sync::Arc;
use std::time::Duration;

use crate::state::State;

const INTERVAL: Duration = Duration::from_secs(1);

/// Runs until it is dropped.
pub(crate) async fn run(state: Arc<State>) {
    loop {
        state.dirty.notified().await;
        tokio::time::sleep(INTERVAL).await;
        let state = Arc::clone(&state);
        if tokio::task::spawn_blocking(move || state.flush(false)).await.is_err() {
            tracing::error!("forcing data to the disk ended with a panic");
        }
    }
}
