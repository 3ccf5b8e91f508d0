//! Appending records, and producer ids.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_request::ProduceRequest;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, ProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use super::request::{Outcome, Request, RequestError};
use super::text;
use crate::files;
use crate::layout::{Blob, Fixed, Layout, Structs, Text, always, layout, since, until};
use crate::log::{Appended, Refused, any_without_key, batch};
use crate::state::State;
use crate::topics::Topic;

/// First version whose response has error messages.
const FIRST_VERSION_WITH_MESSAGES: i16 = 8;
/// First version that names topics by their ids.
const TOPIC_IDS_SINCE: i16 = 13;

/// Acknowledged by all replicas.
const ACKS_ALL: i16 = -1;

const UNKNOWN: (ResponseError, &str) = (ResponseError::UnknownTopicOrPartition, "no such topic or partition");

pub(super) const PRODUCE: Layout = layout(
    9,
    &[
        always(Text),
        always(Fixed(6)),
        always(Structs(&[until(12, Text), since(13, Fixed(16)), always(Structs(&[always(Fixed(4)), always(Blob)]))])),
    ],
);

pub(super) fn answer(state: &State, request: &mut Request) -> Outcome {
    let asked = request.decode()?;
    request.release();
    match produce(state, asked, request.version).map_err(RequestError::Unacknowledged)? {
        Some(response) => request.encode(&response),
        None => Ok(None),
    }
}

/// Appends batches; `None` if the client requests no acknowledgement.
///
/// # Errors
///
/// A batch was refused, and the client requests no acknowledgement that could report it.
fn produce(state: &State, asked: ProduceRequest, version: i16) -> Result<Option<ProduceResponse>, ResponseError> {
    let refused = if !(-1..=1).contains(&asked.acks) {
        Some((ResponseError::InvalidRequiredAcks, "acks must be 0, 1 or -1 (all)"))
    } else if asked.transactional_id.is_some() {
        Some((ResponseError::TransactionalIdAuthorizationFailed, "this broker has no transactions"))
    } else {
        None
    };
    let append_all = || {
        let mut responses = Vec::with_capacity(asked.topic_data.len());
        for data in asked.topic_data {
            let (topic, unknown) = if version < TOPIC_IDS_SINCE {
                (state.topics.get(&data.name), UNKNOWN)
            } else {
                let unknown = (ResponseError::UnknownTopicId, "no topic has this id");
                (state.topics.get_by_id(data.topic_id.as_u128()), unknown)
            };
            let partitions = data.partition_data.into_iter().map(|partition| {
                let appended = match (refused, &topic) {
                    (Some(refusal), _) => Err(refusal.into()),
                    (None, Some(topic)) => append(state, topic, partition.index, partition.records, asked.acks),
                    (None, None) => Err(unknown.into()),
                };
                outcome(partition.index, appended, version)
            });
            let partitions = partitions.collect();
            let response = TopicProduceResponse::default().with_name(data.name).with_topic_id(data.topic_id);
            responses.push(response.with_partition_responses(partitions));
        }
        responses
    };
    let responses = files::blocking(append_all);
    if asked.acks != 0 {
        return Ok(Some(ProduceResponse::default().with_responses(responses)));
    }
    let mut codes = responses.iter().flat_map(|topic| &topic.partition_responses).map(|partition| partition.error_code);
    codes.find_map(ResponseError::try_from_code).map_or(Ok(None), Err)
}

fn append(state: &State, topic: &Topic, index: i32, records: Option<Bytes>, acks: i16) -> Result<Appended, Refused> {
    if topic.is_internal() {
        return Err((ResponseError::InvalidTopicException, "only the broker writes to this topic").into());
    }
    let partition = topic.partition(index).ok_or(UNKNOWN)?;
    if acks == ACKS_ALL && topic.min_insync_replicas() > 1 {
        let reason = format!(
            "The size of the current ISR is insufficient to satisfy the min.isr requirement of {} for partition \
             {}-{index}: this broker keeps one replica",
            topic.min_insync_replicas(),
            topic.name
        );
        return Err(Refused { error: ResponseError::NotEnoughReplicas, sentence: reason.into() });
    }
    let records = records.unwrap_or_default();
    if records.len() > state.max_message_bytes(topic.max_message_bytes()) as usize {
        return Err((ResponseError::MessageTooLarge, "the record batch exceeds max.message.bytes").into());
    }
    let header = batch::validate(&records)?;
    if topic.cleanup().compacts && any_without_key(&records) {
        let reason = "Compacted topic cannot accept message without key";
        return Err((ResponseError::InvalidRecord, reason).into());
    }
    partition.append(&records, header)
}

fn outcome(index: i32, appended: Result<Appended, Refused>, version: i16) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default().with_index(index).with_log_append_time_ms(-1);
    match appended {
        Ok(appended) => response
            .with_base_offset(appended.base_offset)
            .with_log_append_time_ms(appended.append_time.unwrap_or(-1))
            .with_log_start_offset(appended.start_offset),
        Err(Refused { error, sentence }) => {
            let message = (version >= FIRST_VERSION_WITH_MESSAGES).then(|| text(sentence));
            response.with_error_code(error.code()).with_base_offset(-1).with_error_message(message)
        }
    }
}

pub(super) const INIT_PRODUCER_ID: Layout = layout(2, &[always(Text), always(Fixed(4)), since(3, Fixed(10))]);

/// Gives an idempotent producer its id; a transactional one gets a final error.
pub(super) fn init_producer_id(state: &State, asked: &InitProducerIdRequest) -> InitProducerIdResponse {
    let refused = |error: ResponseError| {
        InitProducerIdResponse::default()
            .with_error_code(error.code())
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    };
    if asked.transactional_id.is_some() {
        return refused(ResponseError::TransactionalIdAuthorizationFailed);
    }
    match files::blocking(|| state.producer_ids.next()) {
        Ok(id) => InitProducerIdResponse::default().with_producer_id(ProducerId(id)).with_producer_epoch(0),
        Err(error) => {
            tracing::error!("cannot write down producer ids: {error}");
            refused(ResponseError::CoordinatorNotAvailable)
        }
    }
}
