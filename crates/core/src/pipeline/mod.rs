//! The stages, from the folder to the saved file, in one direction:
//!
//! ```text
//! source -> codec -> producer ==> broker ==> consumer -> codec -> sink
//! ```
//!
//! Every stage has named threads, with bounded channels between them. All share a [`crate::run::context::RunContext`]:
//! counters, cancellation, and notices to the user.

pub mod codec;
pub mod consumer;
pub mod outputs;
pub mod producer;
pub mod sink;
pub mod source;

use std::any::Any;
use std::io;

use crate::kafka::error::ClientError;
use crate::run::error::{RunEnding, RunError, RunFailure, error_chain};
use crate::trace::Trace;

/// Why a run of the pipeline cannot continue.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The Kafka clients.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The run was stopped, or a thread could not be started.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Reading the images failed.
    #[error(transparent)]
    Source(#[from] source::SourceError),
    /// Saving the images failed.
    #[error(transparent)]
    Sink(#[from] sink::SinkError),
    /// A dead letter is not on the dead letter topic, and its offset is not committed.
    #[error(
        "the dead letter of {record} cannot be written to the topic {topic}, so the consumer stops before committing it and \
         nothing is lost; correct that topic, or leave out --dead-letter-topic, and start again ({reason})"
    )]
    DeadLetterTopic {
        /// The dead letter topic.
        topic: String,
        /// Topic, partition and offset of the record.
        record: String,
        /// What the broker or the client reports.
        reason: String,
    },
    /// The list of processed files cannot be kept.
    #[error("cannot append to processed_files.txt; free disk space or check the permissions, then run again")]
    Ledger(#[source] io::Error),
    /// A stage of another layer failed.
    #[error("{0}")]
    Stage(String),
}

impl RunFailure for PipelineError {
    fn ending(&self) -> RunEnding {
        match self {
            Self::Client(error) => error.ending(),
            Self::Run(error) => error.ending(),
            _ => RunEnding::Failed,
        }
    }

    fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Sink(error) => error.trace(),
            _ => None,
        }
    }
}

impl From<Box<dyn RunFailure>> for PipelineError {
    /// Restores the type of a stage's failure.
    fn from(failure: Box<dyn RunFailure>) -> Self {
        let text = error_chain(&*failure);
        let failure: Box<dyn Any> = failure;
        let or_client = |failure: Box<dyn Any>| failure.downcast::<ClientError>().map(|error| Self::Client(*error));
        let or_run = |failure: Box<dyn Any>| failure.downcast::<RunError>().map(|error| Self::Run(*error));
        let pipeline = failure.downcast::<Self>().map(|error| *error);
        pipeline.or_else(or_client).or_else(or_run).unwrap_or(Self::Stage(text))
    }
}

#[cfg(all(test, unix))]
mod links_tests;
