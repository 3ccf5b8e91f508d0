//! Settles the fate of every record: listed as processed, sent again, or rejected by name.

use crossbeam_channel::{Receiver, Sender, select};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::send::Delivered;
use super::{Shared, Work};
use crate::kafka::error::is_denial;
use crate::pipeline::PipelineError;

/// The most names in one durable append.
const GROUP_MAX: usize = 4_096;
const ATTEMPTS_MAX: u32 = 4;

/// Ends when the client, and with it the last sender, is dropped.
pub(super) fn run(shared: &Shared, delivered: &Receiver<Delivered>, again: &Sender<Work>) -> Result<(), PipelineError> {
    let mut result = Ok(());
    while let Ok(first) = delivered.recv() {
        let group: Vec<_> = std::iter::once(first).chain(delivered.try_iter().take(GROUP_MAX - 1)).collect();
        let (acknowledged, failed): (Vec<_>, Vec<_>) = group.into_iter().partition(|report| report.outcome.is_ok());
        for report in failed {
            if let Err(error) = report.outcome {
                settle_failed(shared, report.work, &error, again);
            }
        }
        // After a failure nothing more is listed, but the reports are still received, so that the client can end.
        if result.is_ok() {
            result = settle_acknowledged(shared, acknowledged);
            if let Err(error) = &result {
                tracing::error!("{error}");
                shared.context.stop.request();
            }
        }
    }
    result
}

fn settle_acknowledged(shared: &Shared, reports: Vec<Delivered>) -> Result<(), PipelineError> {
    if reports.is_empty() {
        return Ok(());
    }
    let names = reports.iter().map(|report| &*report.work.candidate.listed_name);
    shared.sent_names.acknowledged(names).map_err(PipelineError::Ledger)?;
    let (counters, lag) = (&shared.context.recorder.producer, &shared.context.recorder.lag);
    for report in reports {
        match report.outcome {
            Ok(Some(position)) => {
                lag.acknowledged(Some(position.0));
                if shared.context.outstanding.acknowledged(position) {
                    lag.finished(position.0);
                }
            }
            _ => {
                lag.acknowledged(None);
                shared.context.outstanding.acknowledged_unplaced();
            }
        }
        counters.acknowledged.add_one();
        counters.acknowledged_bytes.add(report.image_bytes);
        counters.acknowledged_value_bytes.add(report.value_bytes);
        drop(report.work.ticket);
    }
    Ok(())
}

fn settle_failed(shared: &Shared, work: Work, error: &KafkaError, again: &Sender<Work>) {
    shared.context.recorder.producer.failed_deliveries.add_one();
    let code = error.rdkafka_error_code();
    let purged = matches!(code, Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight));
    if shared.stop.is_requested() && purged {
        // Not acknowledged and not listed: the next run sends it.
        return;
    }
    if let Some(code) = code.filter(|code| is_denial(*code)) {
        return shared.deny(code);
    }
    let reason = code.map_or_else(|| error.to_string(), |code| code.to_string());
    if is_refusal(code) || work.attempt >= ATTEMPTS_MAX {
        let attempts = work.attempt;
        return shared.reject(work, &format!("{reason} (attempts: {attempts})"));
    }
    tracing::warn!("{} is sent again: {reason}", work.candidate.listed_name);
    shared.context.recorder.producer.retried.add_one();
    let work = Work { attempt: work.attempt + 1, ..work };
    select! {
        // The channel is closed only when the run is ending.
        send(again, work) -> _sent => {}
        recv(shared.stop.requested()) -> _ => {}
    }
}

/// Whether another attempt with the same bytes would fail again.
fn is_refusal(code: Option<RDKafkaErrorCode>) -> bool {
    matches!(
        code,
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidMessageSize
                | RDKafkaErrorCode::InvalidRecord
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::InvalidTopic
                | RDKafkaErrorCode::PolicyViolation
                | RDKafkaErrorCode::UnsupportedCompressionType
        )
    )
}
