//! From a request's bytes to the answer's: which APIs there are, in which versions, and who answers them.

mod alter_configs;
mod broker_settings;
mod cluster;
mod config_resources;
mod configs;
mod fetch;
mod groups;
mod list_offsets;
mod log_dirs;
mod membership;
mod new_groups;
mod offsets;
mod produce;
mod producers;
mod quotas;
mod reassignments;
mod security;
mod topic_partitions;
mod topics;
mod transactions;

use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, ApiKey, ConsumerGroupHeartbeatRequest, DescribeAclsRequest, EndTxnRequest,
    ListPartitionReassignmentsRequest, RequestHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

use crate::log::Part;
use crate::shape;
use crate::state::State;

/// The APIs that are answered, each with its first and last version.
pub(crate) const SUPPORTED: [(ApiKey, i16, i16); 48] = [
    (ApiKey::Produce, 3, 13),
    (ApiKey::Fetch, 4, 17),
    (ApiKey::ListOffsets, 1, 10),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::OffsetCommit, 2, 9),
    (ApiKey::OffsetFetch, 1, 9),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::JoinGroup, 0, 9),
    (ApiKey::Heartbeat, 0, 4),
    (ApiKey::LeaveGroup, 0, 5),
    (ApiKey::SyncGroup, 0, 5),
    (ApiKey::DescribeGroups, 0, 6),
    (ApiKey::ListGroups, 0, 5),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::DeleteRecords, 0, 2),
    (ApiKey::InitProducerId, 0, 5),
    (ApiKey::OffsetForLeaderEpoch, 2, 4),
    (ApiKey::AddPartitionsToTxn, 0, 3),
    (ApiKey::AddOffsetsToTxn, 0, 4),
    (ApiKey::EndTxn, 0, 5),
    (ApiKey::TxnOffsetCommit, 0, 5),
    (ApiKey::DescribeAcls, 1, 3),
    (ApiKey::CreateAcls, 1, 3),
    (ApiKey::DeleteAcls, 1, 3),
    (ApiKey::DescribeConfigs, 1, 4),
    (ApiKey::AlterConfigs, 0, 2),
    (ApiKey::AlterReplicaLogDirs, 1, 2),
    (ApiKey::DescribeLogDirs, 1, 4),
    (ApiKey::CreatePartitions, 0, 3),
    (ApiKey::DeleteGroups, 0, 2),
    (ApiKey::ElectLeaders, 0, 2),
    (ApiKey::IncrementalAlterConfigs, 0, 1),
    (ApiKey::AlterPartitionReassignments, 0, 1),
    (ApiKey::ListPartitionReassignments, 0, 0),
    (ApiKey::OffsetDelete, 0, 0),
    (ApiKey::DescribeClientQuotas, 0, 1),
    (ApiKey::AlterClientQuotas, 0, 1),
    (ApiKey::DescribeUserScramCredentials, 0, 0),
    (ApiKey::AlterUserScramCredentials, 0, 0),
    (ApiKey::DescribeCluster, 0, 2),
    (ApiKey::DescribeProducers, 0, 0),
    (ApiKey::DescribeTransactions, 0, 0),
    (ApiKey::ListTransactions, 0, 2),
    (ApiKey::ConsumerGroupHeartbeat, 0, 1),
    (ApiKey::DescribeTopicPartitions, 0, 0),
    (ApiKey::ListConfigResources, 0, 1),
];

/// Who asks.
#[derive(Debug)]
pub(crate) struct Client {
    /// Where it connects from.
    pub host: String,
}

/// A response, length prefix and all.
#[derive(Debug)]
pub(crate) struct Answer {
    /// In the order of sending.
    pub parts: Vec<Part>,
}

/// A request that cannot be answered; the connection is closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("a request's header is not one")]
    Header,
    #[error("unknown API {0}")]
    UnknownApi(i16),
    #[error("version {1} of {0:?} is not supported")]
    Version(ApiKey, i16),
    #[error("a request of version {1} of {0:?} is malformed")]
    Body(ApiKey, i16),
    /// Who wants no response is told by the end of the connection, as by Kafka, and looks for the topic anew.
    #[error("records that want no acknowledgement were refused: {0}")]
    Unacknowledged(ResponseError),
    #[error("a response to {0:?} cannot be encoded: {1}")]
    Response(ApiKey, String),
}

/// A request's header, and what it takes to answer.
struct Request {
    api: ApiKey,
    version: i16,
    correlation_id: i32,
    client_id: StrBytes,
    body: Bytes,
}

impl Request {
    fn parse(mut frame: Bytes) -> Result<Self, Malformed> {
        let mut start = frame.get(..8).ok_or(Malformed::Header)?;
        let (key, version, correlation_id) = (start.get_i16(), start.get_i16(), start.get_i32());
        let api = ApiKey::try_from(key).map_err(|()| Malformed::UnknownApi(key))?;
        let header_version = api.request_header_version(version);
        if header_version >= 2 {
            // The header's only list, checked for the same reason as those of the body.
            let id_length = frame.get(8..10).map(|mut length| length.get_i16()).ok_or(Malformed::Header)?;
            let tags = frame.get(10 + usize::try_from(id_length).unwrap_or(0)..).ok_or(Malformed::Header)?;
            shape::skip_tags(tags).ok_or(Malformed::Header)?;
        }
        let header = RequestHeader::decode(&mut frame, header_version).map_err(|_| Malformed::Header)?;
        Ok(Self { api, version, correlation_id, client_id: header.client_id.unwrap_or_default(), body: frame })
    }

    fn is_supported(&self) -> bool {
        SUPPORTED.iter().any(|&(api, first, last)| api == self.api && (first..=last).contains(&self.version))
    }

    /// Releases the request's bytes, for its answer may have to wait; returns the client's id.
    fn let_go(&mut self) -> StrBytes {
        self.body = Bytes::new();
        std::mem::take(&mut self.client_id)
    }

    fn decode<T: Decodable>(&mut self) -> Result<T, Malformed> {
        T::decode(&mut self.body, self.version).map_err(|_| Malformed::Body(self.api, self.version))
    }

    fn encode<T: Encodable + HeaderVersion>(&self, response: &T) -> Result<Option<Answer>, Malformed> {
        self.encode_as(response, self.version)
    }

    fn encode_as<T: Encodable + HeaderVersion>(&self, response: &T, version: i16) -> Result<Option<Answer>, Malformed> {
        let mut bytes = BytesMut::new();
        bytes.put_i32(0);
        bytes.put_i32(self.correlation_id);
        if T::header_version(version) >= 1 {
            bytes.put_u8(0); // no tagged fields
        }
        response.encode(&mut bytes, version).map_err(|error| Malformed::Response(self.api, error.to_string()))?;
        let length = i32::try_from(bytes.len() - 4);
        let length = length.map_err(|_| Malformed::Response(self.api, "it is too long".to_owned()))?;
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        Ok(Some(Answer { parts: vec![Part::Bytes(bytes.freeze())] }))
    }
}

/// Answers one request; `None` where the client expects no response.
pub(crate) async fn answer(state: &Arc<State>, client: &Client, frame: Bytes) -> Result<Option<Answer>, Malformed> {
    let mut request = Request::parse(frame)?;
    if !request.is_supported() {
        if request.api == ApiKey::ApiVersions {
            // The one API whose versions a client has to guess.
            return request.encode_as(&cluster::unsupported_api_versions(), 0);
        }
        return Err(Malformed::Version(request.api, request.version));
    }
    if !shape::is_well_formed(request.api, request.version, &request.body) {
        return Err(Malformed::Body(request.api, request.version));
    }
    let version = request.version;
    let r = &mut request;
    match r.api {
        ApiKey::Produce => {
            let asked = r.decode()?;
            r.body = Bytes::new();
            match produce::produce(state, asked, version).map_err(Malformed::Unacknowledged)? {
                Some(response) => r.encode(&response),
                None => Ok(None),
            }
        }
        ApiKey::Fetch => {
            let asked = r.decode()?;
            r.let_go();
            fetch::fetch(state, asked, version, r.correlation_id).await
        }
        ApiKey::ListOffsets => {
            let asked = r.decode()?;
            r.encode(&list_offsets::list_offsets(state, asked, version))
        }
        ApiKey::OffsetForLeaderEpoch => {
            let asked = r.decode()?;
            r.encode(&list_offsets::offset_for_leader_epoch(state, asked))
        }
        ApiKey::DeleteRecords => {
            let asked = r.decode()?;
            r.encode(&topics::delete_records(state, asked))
        }
        ApiKey::Metadata => {
            let asked = r.decode()?;
            r.encode(&cluster::metadata(state, asked, version))
        }
        ApiKey::ApiVersions => r.encode(&cluster::api_versions()),
        ApiKey::DescribeCluster => {
            let asked = r.decode()?;
            r.encode(&cluster::describe_cluster(state, &asked))
        }
        ApiKey::DescribeTopicPartitions => {
            let asked = r.decode()?;
            r.encode(&topic_partitions::describe_topic_partitions(state, asked))
        }
        ApiKey::FindCoordinator => {
            let asked = r.decode()?;
            r.encode(&cluster::find_coordinator(state, asked, version))
        }
        ApiKey::InitProducerId => {
            let asked = r.decode()?;
            r.encode(&produce::init_producer_id(state, &asked))
        }
        ApiKey::CreateTopics => {
            let asked = r.decode()?;
            r.encode(&topics::create_topics(state, asked, version))
        }
        ApiKey::DeleteTopics => {
            let asked = r.decode()?;
            r.encode(&topics::delete_topics(state, asked, version))
        }
        ApiKey::CreatePartitions => {
            let asked = r.decode()?;
            r.encode(&topics::create_partitions(state, asked))
        }
        ApiKey::DescribeConfigs => {
            let asked = r.decode()?;
            r.encode(&configs::describe_configs(state, asked))
        }
        ApiKey::AlterConfigs => {
            let asked = r.decode()?;
            r.encode(&alter_configs::alter_configs(state, asked))
        }
        ApiKey::IncrementalAlterConfigs => {
            let asked = r.decode()?;
            r.encode(&alter_configs::incremental_alter_configs(state, asked))
        }
        ApiKey::ListPartitionReassignments => {
            r.decode::<ListPartitionReassignmentsRequest>()?;
            r.encode(&reassignments::list_partition_reassignments())
        }
        ApiKey::AlterPartitionReassignments => {
            let asked = r.decode()?;
            r.encode(&reassignments::alter_partition_reassignments(state, asked))
        }
        ApiKey::ElectLeaders => {
            let asked = r.decode()?;
            r.encode(&reassignments::elect_leaders(state, asked, version))
        }
        ApiKey::AlterReplicaLogDirs => {
            let asked = r.decode()?;
            r.encode(&reassignments::alter_replica_log_dirs(state, asked))
        }
        ApiKey::DescribeAcls => {
            r.decode::<DescribeAclsRequest>()?;
            r.encode(&security::describe_acls())
        }
        ApiKey::CreateAcls => {
            let asked = r.decode()?;
            r.encode(&security::create_acls(&asked))
        }
        ApiKey::DeleteAcls => {
            let asked = r.decode()?;
            r.encode(&security::delete_acls(&asked))
        }
        ApiKey::DescribeUserScramCredentials => {
            let asked = r.decode()?;
            r.encode(&security::describe_user_scram_credentials(asked))
        }
        ApiKey::AlterUserScramCredentials => {
            let asked = r.decode()?;
            r.encode(&security::alter_user_scram_credentials(asked))
        }
        ApiKey::DescribeClientQuotas => {
            let asked = r.decode()?;
            r.encode(&quotas::describe_client_quotas(&asked))
        }
        ApiKey::AlterClientQuotas => {
            let asked = r.decode()?;
            r.encode(&quotas::alter_client_quotas(asked))
        }
        ApiKey::DescribeProducers => {
            let asked = r.decode()?;
            r.encode(&producers::describe_producers(state, asked))
        }
        ApiKey::ListTransactions => {
            let asked = r.decode()?;
            r.encode(&transactions::list_transactions(asked))
        }
        ApiKey::DescribeTransactions => {
            let asked = r.decode()?;
            r.encode(&transactions::describe_transactions(asked))
        }
        ApiKey::ListConfigResources => {
            let asked = r.decode()?;
            r.encode(&config_resources::list_config_resources(state, &asked, version))
        }
        ApiKey::DescribeLogDirs => {
            let asked = r.decode()?;
            r.encode(&log_dirs::describe_log_dirs(state, asked))
        }
        ApiKey::AddPartitionsToTxn => {
            let asked = r.decode()?;
            r.encode(&transactions::add_partitions_to_txn(asked))
        }
        ApiKey::AddOffsetsToTxn => {
            r.decode::<AddOffsetsToTxnRequest>()?;
            r.encode(&transactions::add_offsets_to_txn())
        }
        ApiKey::EndTxn => {
            r.decode::<EndTxnRequest>()?;
            r.encode(&transactions::end_txn())
        }
        ApiKey::TxnOffsetCommit => {
            let asked = r.decode()?;
            r.encode(&transactions::txn_offset_commit(asked))
        }
        ApiKey::ConsumerGroupHeartbeat => {
            r.decode::<ConsumerGroupHeartbeatRequest>()?;
            r.encode(&new_groups::consumer_group_heartbeat())
        }
        ApiKey::JoinGroup => {
            let asked = r.decode()?;
            let client_id = r.let_go();
            r.encode(&membership::join_group(state, client, client_id, asked, version).await)
        }
        ApiKey::SyncGroup => {
            let asked = r.decode()?;
            r.let_go();
            r.encode(&membership::sync_group(state, asked).await)
        }
        ApiKey::Heartbeat => {
            let asked = r.decode()?;
            r.encode(&membership::heartbeat(state, &asked))
        }
        ApiKey::LeaveGroup => {
            let asked = r.decode()?;
            r.encode(&membership::leave_group(state, asked, version))
        }
        ApiKey::OffsetCommit => {
            let asked = r.decode()?;
            r.encode(&offsets::offset_commit(state, asked, version))
        }
        ApiKey::OffsetFetch => {
            let asked = r.decode()?;
            r.encode(&offsets::offset_fetch(state, asked, version))
        }
        ApiKey::OffsetDelete => {
            let asked = r.decode()?;
            r.encode(&offsets::offset_delete(state, asked))
        }
        ApiKey::ListGroups => {
            let asked = r.decode()?;
            r.encode(&groups::list_groups(state, &asked, version))
        }
        ApiKey::DescribeGroups => {
            let asked = r.decode()?;
            r.encode(&groups::describe_groups(state, asked, version))
        }
        ApiKey::DeleteGroups => {
            let asked = r.decode()?;
            r.encode(&groups::delete_groups(state, asked))
        }
        api => Err(Malformed::Version(api, version)),
    }
}

/// An outcome as the protocol writes it: 0 is success.
fn code<T>(outcome: &Result<T, ResponseError>) -> i16 {
    outcome.as_ref().err().map_or(0, ResponseError::code)
}

fn text(sentence: impl Into<String>) -> StrBytes {
    StrBytes::from_string(sentence.into())
}
