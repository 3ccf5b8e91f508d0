//! Errors of Kafka clients.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::problem::ConnectionProblem;
use crate::run::error::{RunEnding, RunError, RunFailure, SettingsError};

/// Why a Kafka client cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client, or this program, rejects a setting.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No broker answered in time.
    #[error("no broker answers at {bootstrap_servers}, tried for {timeout_s} s: {reason}")]
    Unreachable {
        /// The addresses that were tried.
        bootstrap_servers: String,
        /// The timeout in seconds.
        timeout_s: f64,
        /// The client's last message.
        reason: String,
    },
    /// The cluster cannot be used, and trying again would not help.
    #[error("{0}")]
    Connection(ConnectionProblem),
    /// A request that was not answered yet; retried by [`super::patience::Patience`].
    #[error("no answer")]
    NoAnswer,
    /// An ACL of the cluster forbids it.
    #[error("this user may not {what}: {code}; an ACL has to allow it")]
    Denied {
        /// The action and its object.
        what: String,
        /// The broker's error.
        code: RDKafkaErrorCode,
    },
    /// The topic cannot be created or used.
    #[error("the topic {topic} cannot be used: {reason}")]
    Topic {
        /// Its name.
        topic: String,
        /// The broker's error.
        reason: String,
    },
    /// A group did not join, or a record did not arrive, in time.
    #[error("the topic {topic} cannot be used: {reason}")]
    TimedOut {
        /// The topic.
        topic: String,
        /// What did not happen, and within which time.
        reason: String,
    },
    /// A group without offsets has no lag.
    #[error("the consumer group {group} has committed no offsets; name a --topic, or check the --group")]
    NoOffsets {
        /// Its name.
        group: String,
    },
    /// The producer has lost its state and cannot send any more records.
    #[error("the producer failed: {reason}")]
    FatalProducer {
        /// The client's error.
        reason: String,
    },
    /// A call of the Kafka client failed permanently.
    #[error("cannot {doing}")]
    Call {
        /// What was attempted.
        doing: &'static str,
        /// The client's error.
        source: KafkaError,
    },
    /// The run itself ended.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl RunFailure for ClientError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Settings(error) => error.ending(),
            Self::Run(error) => error.ending(),
            _ => RunEnding::Failed,
        }
    }
}

impl ClientError {
    /// Whether the same call can succeed a moment later: the broker is unavailable, or leaders and coordinators are
    /// being elected. Includes failures of TLS and SASL, since a call does not report why it failed.
    pub(crate) fn is_passing(&self) -> bool {
        use RDKafkaErrorCode as Code;
        let Self::Call { source, .. } = self else { return matches!(self, Self::NoAnswer) };
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

    /// Turns an authorization error into [`Self::Denied`]: this user may not do `what`.
    pub(crate) fn or_denied(self, what: impl FnOnce() -> String) -> Self {
        match &self {
            Self::Call { source, .. } => match code_of(source).filter(|code| is_denial(*code)) {
                Some(code) => Self::Denied { what: what(), code },
                None => self,
            },
            _ => self,
        }
    }
}

/// The error code of a call.
fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// Whether it is an authorization error.
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
