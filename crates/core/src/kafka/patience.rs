//! Waits for the broker before a run begins: the one place where calls that failed for a temporary reason are retried.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::ClientError;
use super::problem::final_problem;
use crate::model::client_settings::ClientSettings;
use crate::model::notice::Notice;
use crate::run::context::RunContext;
use crate::run::error::{RunError, error_chain};

/// The timeout of the first attempt; it doubles with each further one.
const FIRST_ATTEMPT: Duration = Duration::from_millis(300);
/// The longest timeout of an attempt.
const ATTEMPT_MAX: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// After this long without an answer, the user is informed.
const SILENCE: Duration = Duration::from_millis(800);

/// Retries calls until they are answered, for a limited time.
#[derive(Clone)]
pub struct Patience {
    context: Arc<RunContext>,
    bootstrap_servers: String,
    client: ClientSettings,
    timeout: Duration,
}

impl Patience {
    /// Each call is retried for `timeout`.
    pub fn new(context: &Arc<RunContext>, bootstrap_servers: &str, client: &ClientSettings, timeout: Duration) -> Self {
        Self {
            context: Arc::clone(context),
            bootstrap_servers: bootstrap_servers.to_owned(),
            client: client.clone(),
            timeout,
        }
    }

    /// Calls `ask`, with the time that it may take, until it succeeds, fails permanently, or the time is up.
    ///
    /// # Errors
    /// [`ClientError::Connection`] if the client's messages show a permanent problem, [`ClientError::Unreachable`] when
    /// the time is up, [`RunError::Stopped`], and other errors of `ask`.
    pub fn retry<T>(&self, mut ask: impl FnMut(Duration) -> Result<T, ClientError>) -> Result<T, ClientError> {
        let started = Instant::now();
        let (mut attempt, mut pause, mut is_announced) = (FIRST_ATTEMPT, FIRST_PAUSE, false);
        loop {
            let left = self.timeout.saturating_sub(started.elapsed());
            match ask(attempt.min(left.max(FIRST_ATTEMPT))) {
                Err(error) if error.is_passing() => {
                    tracing::debug!("repeated: {}", error_chain(&error))
                }
                result => return result,
            }
            if self.context.stop.is_requested() {
                return Err(RunError::Stopped.into());
            }
            let words = self.context.reachability.words();
            if let Some(problem) = final_problem(&self.bootstrap_servers, &words, &self.client) {
                return Err(ClientError::Connection(problem));
            }
            let reason = || with_hint(self.context.reachability.last_reason());
            if started.elapsed() >= self.timeout {
                return Err(ClientError::Unreachable {
                    bootstrap_servers: self.bootstrap_servers.clone(),
                    timeout_s: self.timeout.as_secs_f64(),
                    reason: reason(),
                });
            }
            if started.elapsed() >= SILENCE && !std::mem::replace(&mut is_announced, true) {
                let (servers, timeout_s) = (&self.bootstrap_servers, self.timeout.as_secs_f64());
                self.context.notify(Notice::warning(format!(
                    "No broker answers at {servers} yet ({}); trying for {timeout_s} s",
                    reason()
                )));
            }
            if self.context.stop.wait_timeout(pause) {
                return Err(RunError::Stopped.into());
            }
            (attempt, pause) = ((attempt * 2).min(ATTEMPT_MAX), (pause * 2).min(PAUSE_MAX));
        }
    }
}

/// A TLS listener closes the connection of a client without TLS, and reports nothing.
fn with_hint(reason: Option<String>) -> String {
    match reason {
        None => "no answer".to_owned(),
        Some(reason) if reason.contains("closed by peer") => {
            format!("{reason}; does it need TLS? Then set security.protocol with --command-config")
        }
        Some(reason) => reason,
    }
}

#[cfg(test)]
#[path = "patience_tests.rs"]
mod tests;
