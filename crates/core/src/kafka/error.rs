//! What goes wrong between a client and the brokers.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::problem::ConnectionProblem;
use crate::run::error::{RunEnding, RunError, RunFailure, SettingsError};

/// Why a client cannot do what it is to do.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client, or the program, refuses a setting.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No broker answered in time.
    #[error("no broker answers at {bootstrap_servers}, tried for {timeout_s} s: {reason}")]
    Unreachable {
        /// Where it was looked for.
        bootstrap_servers: String,
        /// For how long, in seconds.
        timeout_s: f64,
        /// What the client reported last.
        reason: String,
    },
    /// The cluster cannot be used, and trying again would not help.
    #[error("{0}")]
    Connection(ConnectionProblem),
    /// A question that a broker has not answered yet; repeated by [`super::patience::Patience`].
    #[error("no answer")]
    NoAnswer,
    /// The cluster's access control forbids it.
    #[error("this user may not {what}: {code}; an ACL has to allow it")]
    Denied {
        /// What was to be done, and with what.
        what: String,
        /// What the broker reports.
        code: RDKafkaErrorCode,
    },
    /// The topic cannot be made or used.
    #[error("the topic {topic} cannot be used: {reason}")]
    Topic {
        /// Its name.
        topic: String,
        /// What the broker reports.
        reason: String,
    },
    /// A group did not join, or a record did not arrive, in time.
    #[error("the topic {topic} cannot be used: {reason}")]
    TimedOut {
        /// The topic that was to be read.
        topic: String,
        /// What did not happen, and in which time.
        reason: String,
    },
    /// A group without offsets has no lag.
    #[error("the consumer group {group} has committed no offsets; name a --topic, or check the --group")]
    NoOffsets {
        /// Its name.
        group: String,
    },
    /// The producer's state is lost, and it can send nothing more.
    #[error("the producer failed: {reason}")]
    FatalProducer {
        /// What the client reports.
        reason: String,
    },
    /// A call to the Kafka client failed for good.
    #[error("cannot {doing}")]
    Call {
        /// What was tried.
        doing: &'static str,
        /// What the client reports.
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
    /// Whether the same call can succeed a moment later: the broker is away, or about to choose leaders and coordinators.
    /// Failures of TLS and SASL are among them, since a call does not report why it failed.
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

    /// The same, as the missing permission that it is, if it is one: this user may not do `what`.
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

/// What the broker, or the client, reports about a call, whatever it is wrapped in.
fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
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
