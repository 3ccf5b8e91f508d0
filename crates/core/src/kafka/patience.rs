//! How a run waits for its broker before it begins: the one place where calls that failed for a passing reason are made
//! again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::problem::final_problem;
use crate::model::client_settings::ClientSettings;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::run::context::RunContext;

/// The first attempt's time; each further one has twice as much.
const FIRST_ATTEMPT: Duration = Duration::from_millis(300);
/// A call is given up, and made again, after this.
const ATTEMPT_MAX: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// Without an answer for about a second, the person hears of it.
const SILENCE: Duration = Duration::from_millis(800);

/// Makes calls again until they are answered, for a bounded time each.
#[derive(Clone)]
pub struct Patience {
    context: Arc<RunContext>,
    bootstrap_servers: String,
    client: ClientSettings,
    timeout: Duration,
}

impl Patience {
    /// Each call is tried for `timeout`.
    pub fn new(context: &Arc<RunContext>, bootstrap_servers: &str, client: &ClientSettings, timeout: Duration) -> Self {
        Self {
            context: Arc::clone(context),
            bootstrap_servers: bootstrap_servers.to_owned(),
            client: client.clone(),
            timeout,
        }
    }

    /// Calls `ask` with the time that it may take, until it fails for a reason that does not pass, or the time is up.
    ///
    /// # Errors
    /// [`PipelineError::Connection`] where the client's words leave no hope, [`PipelineError::Unreachable`] when the time is
    /// up, [`PipelineError::Stopped`], and what `ask` fails with otherwise.
    pub fn insist<T>(&self, mut ask: impl FnMut(Duration) -> Result<T, PipelineError>) -> Result<T, PipelineError> {
        let started = Instant::now();
        let (mut attempt, mut pause, mut is_told) = (FIRST_ATTEMPT, FIRST_PAUSE, false);
        loop {
            let left = self.timeout.saturating_sub(started.elapsed());
            match ask(attempt.min(left.max(FIRST_ATTEMPT))) {
                Err(error) if error.is_passing() => {
                    tracing::debug!("asked again: {}", crate::run::context::error_chain(&error))
                }
                result => return result,
            }
            if self.context.stop.is_requested() {
                return Err(PipelineError::Stopped);
            }
            let words = self.context.reachability.words();
            if let Some(problem) = final_problem(&self.bootstrap_servers, &words, &self.client) {
                return Err(PipelineError::Connection(problem));
            }
            let reason = || with_hint(self.context.reachability.last_reason());
            if started.elapsed() >= self.timeout {
                return Err(PipelineError::Unreachable {
                    bootstrap_servers: self.bootstrap_servers.clone(),
                    timeout_s: self.timeout.as_secs_f64(),
                    reason: reason(),
                });
            }
            if started.elapsed() >= SILENCE && !std::mem::replace(&mut is_told, true) {
                let (servers, timeout_s) = (&self.bootstrap_servers, self.timeout.as_secs_f64());
                self.context.notify(Notice::warning(format!(
                    "No broker answers at {servers} yet ({}); trying for {timeout_s} s",
                    reason()
                )));
            }
            if self.context.stop.wait_timeout(pause) {
                return Err(PipelineError::Stopped);
            }
            (attempt, pause) = ((attempt * 2).min(ATTEMPT_MAX), (pause * 2).min(PAUSE_MAX));
        }
    }
}

/// A listener with TLS hangs up on a client without, and says nothing.
fn with_hint(reason: Option<String>) -> String {
    match reason {
        None => "no answer".to_owned(),
        Some(reason) if reason.contains("closed by peer") => {
            format!("{reason}; does it want TLS? Then set security.protocol with --command-config")
        }
        Some(reason) => reason,
    }
}

/// What the broker, or the client, says about a call, whatever it is wrapped in.
pub(crate) fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// Whether the cluster's access control is the reason.
pub(crate) fn is_denial(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
    )
}

impl PipelineError {
    /// Whether the same call can succeed a moment later: the broker is away, or about to choose leaders and coordinators.
    /// Failures of TLS and SASL are among them, since a call does not say why it failed.
    pub(crate) fn is_passing(&self) -> bool {
        use RDKafkaErrorCode as Code;
        let Self::Kafka { source, .. } = self else { return matches!(self, Self::NoAnswer) };
        matches!(
            code_of(source),
            Some(
                Code::BrokerTransportFailure
                    | Code::AllBrokersDown
                    | Code::Resolve
                    | Code::Authentication
                    | Code::SSL
                    | Code::OperationTimedOut
                    | Code::TimedOutQueue
                    | Code::RequestTimedOut
                    | Code::NetworkException
                    | Code::WaitingForCoordinator
                    | Code::CoordinatorLoadInProgress
                    | Code::CoordinatorNotAvailable
                    | Code::NotCoordinator
                    | Code::NotController
                    | Code::BrokerNotAvailable
                    | Code::LeaderNotAvailable
                    | Code::NotLeaderForPartition
                    | Code::ReplicaNotAvailable
                    | Code::UnknownTopicOrPartition
            )
        )
    }

    /// The same, as the missing permission that it is, if it is one: this user may not do `what`.
    pub(crate) fn or_denied(self, what: impl FnOnce() -> String) -> Self {
        match &self {
            Self::Kafka { source, .. } => match code_of(source).filter(|code| is_denial(*code)) {
                Some(code) => Self::Denied { what: what(), code },
                None => self,
            },
            _ => self,
        }
    }
}

#[cfg(test)]
#[path = "patience_tests.rs"]
mod tests;
