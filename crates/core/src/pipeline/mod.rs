//! The stages, from the folder to the saved file, one way:
//!
//! ```text
//! source -> codec -> producer ==> broker ==> consumer -> codec -> sink
//! ```
//!
//! Every stage has named threads of its own and bounded channels between them. All share a
//! [`crate::run::context::RunContext`]: counters, cancellation, and what the person is told.

pub mod codec;
pub mod consumer;
pub mod outputs;
pub mod producer;
pub mod sink;
pub mod source;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The client, or the program, refuses a setting.
    #[error("{0}")]
    Settings(String),
    /// No broker answered in time.
    #[error("no broker answers at {bootstrap_servers}, tried for {timeout_s} s: {reason}")]
    Unreachable {
        /// Where it was looked for.
        bootstrap_servers: String,
        /// For how long, in seconds.
        timeout_s: f64,
        /// What the client said last.
        reason: String,
    },
    /// The cluster cannot be used, and trying again would not help.
    #[error("{0}")]
    Connection(crate::kafka::problem::ConnectionProblem),
    /// A question that a broker did not answer yet; asked again by [`crate::kafka::patience::Patience`].
    #[error("no answer")]
    NoAnswer,
    /// The cluster's access control forbids it.
    #[error("this user may not {what}: {code}; an ACL has to allow it")]
    Denied {
        /// What was to be done, and with what.
        what: String,
        /// What the broker says.
        code: RDKafkaErrorCode,
    },
    /// The person stopped the run before it began.
    #[error("stopped")]
    Stopped,
    /// The topic cannot be made or used.
    #[error("the topic {topic} cannot be used: {reason}")]
    Topic {
        /// Its name.
        topic: String,
        /// What the broker says.
        reason: String,
    },
    /// A group without offsets has no lag.
    #[error("the consumer group {group} has committed no offsets; name a --topic, or check the --group")]
    NoOffsets {
        /// Its name.
        group: String,
    },
    /// A call to the Kafka client failed for good.
    #[error("cannot {doing}")]
    Kafka {
        /// What was tried.
        doing: &'static str,
        /// What the client says.
        source: KafkaError,
    },
    /// Reading the images failed.
    #[error(transparent)]
    Source(#[from] source::SourceError),
    /// Saving the images failed.
    #[error(transparent)]
    Sink(#[from] sink::SinkError),
    /// Outputs have no place.
    #[error("files cannot be written into the folder; check its permissions, or choose another ({reason}): {}", folder.display())]
    Folder {
        /// Where they were to be.
        folder: std::path::PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The embedded broker does not start.
    #[cfg(feature = "embedded-broker")]
    #[error("the embedded broker does not start")]
    Broker(#[source] embedded_broker::StartError),
    /// The figures of the run cannot be kept.
    #[error("the metrics files cannot be written into the work folder")]
    Metrics(#[source] std::io::Error),
    /// The list of processed files cannot be kept.
    #[error("cannot append to processed_files.txt; make room or check the permissions, then run again")]
    Ledger(#[source] std::io::Error),
    /// The system gave no thread.
    #[error("cannot start the thread {name}")]
    Thread {
        /// Its name.
        name: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A fault of the program itself.
    #[error("a fault in the thread {thread}; its trace stands in the log")]
    Panicked {
        /// Its name.
        thread: String,
    },
}

#[cfg(all(test, unix))]
mod links_tests;
