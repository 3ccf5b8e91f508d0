//! There are no transactions. Requests for one get an error of the protocol that clients treat as final, rather than a
//! closed connection, after which they would retry for minutes.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::describe_transactions_response::TransactionState;
use kafka_protocol::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_protocol::messages::{
    AddOffsetsToTxnResponse, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, DescribeTransactionsRequest,
    DescribeTransactionsResponse, EndTxnResponse, ListTransactionsRequest, ListTransactionsResponse,
    TxnOffsetCommitRequest, TxnOffsetCommitResponse,
};

use crate::layout::{Fixed, Items, Layout, Numbers, Structs, Text, Texts, always, layout, since};

/// The error of every request about a transaction.
pub(super) const REFUSAL: ResponseError = ResponseError::TransactionalIdAuthorizationFailed;
/// The states of transactions in Kafka.
const STATES: [&str; 8] = [
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "Dead",
    "PrepareEpochFence",
];

pub(super) const LIST_TRANSACTIONS: Layout =
    layout(0, &[always(Texts), always(Items(8)), since(1, Fixed(8)), since(2, Text)]);

/// There are none; states that are unknown in Kafka are returned.
pub(super) fn list_transactions(asked: ListTransactionsRequest) -> ListTransactionsResponse {
    let unknown = asked.state_filters.into_iter().filter(|state| !STATES.contains(&state.as_str()));
    ListTransactionsResponse::default().with_unknown_state_filters(unknown.collect())
}

pub(super) const DESCRIBE_TRANSACTIONS: Layout = layout(0, &[always(Texts)]);

pub(super) fn describe_transactions(asked: DescribeTransactionsRequest) -> DescribeTransactionsResponse {
    let states = asked.transactional_ids.into_iter().map(|id| {
        let error = match id.is_empty() {
            true => ResponseError::InvalidRequest,
            false => ResponseError::TransactionalIdNotFound,
        };
        // Kafka leaves the other fields at zero.
        TransactionState::default().with_error_code(error.code()).with_transactional_id(id)
    });
    DescribeTransactionsResponse::default().with_transaction_states(states.collect())
}

pub(super) const ADD_PARTITIONS_TO_TXN: Layout =
    layout(3, &[always(Text), always(Fixed(10)), always(Structs(&[always(Text), always(Numbers)]))]);

pub(super) fn add_partitions_to_txn(asked: AddPartitionsToTxnRequest) -> AddPartitionsToTxnResponse {
    let topics = asked.v3_and_below_topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|index| {
            AddPartitionsToTxnPartitionResult::default()
                .with_partition_index(index)
                .with_partition_error_code(REFUSAL.code())
        });
        AddPartitionsToTxnTopicResult::default().with_name(topic.name).with_results_by_partition(partitions.collect())
    });
    AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(topics.collect())
}

pub(super) const ADD_OFFSETS_TO_TXN: Layout = layout(3, &[always(Text), always(Fixed(10)), always(Text)]);

pub(super) fn add_offsets_to_txn() -> AddOffsetsToTxnResponse {
    AddOffsetsToTxnResponse::default().with_error_code(REFUSAL.code())
}

pub(super) const END_TXN: Layout = layout(3, &[always(Text), always(Fixed(11))]);

pub(super) fn end_txn() -> EndTxnResponse {
    EndTxnResponse::default().with_error_code(REFUSAL.code())
}

pub(super) const TXN_OFFSET_COMMIT: Layout = layout(
    3,
    &[
        always(Text),
        always(Text),
        always(Fixed(10)),
        since(3, Fixed(4)),
        since(3, Text),
        since(3, Text),
        always(Structs(&[always(Text), always(Structs(&[always(Fixed(12)), since(2, Fixed(4)), always(Text)]))])),
    ],
);

pub(super) fn txn_offset_commit(asked: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let topics = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|partition| {
            TxnOffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(REFUSAL.code())
        });
        TxnOffsetCommitResponseTopic::default().with_name(topic.name).with_partitions(partitions.collect())
    });
    TxnOffsetCommitResponse::default().with_topics(topics.collect())
}
