//! A consumer: one connection, one member of the group.

use std::time::Instant;

use bytes::Bytes;
use embedded_broker::Broker;
use kafka_protocol::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use kafka_protocol::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::sync_group_request::{SyncGroupRequest, SyncGroupRequestAssignment};
use kafka_protocol::messages::{HeartbeatRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;

use super::{VERSION, group};
use crate::common::*;

/// A consumer: one connection, one member.
pub struct Member {
    pub client: Client,
    pub id: StrBytes,
    pub instance: Option<StrBytes>,
    pub generation: i32,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub protocols: Vec<&'static str>,
    pub metadata: Bytes,
}

impl Member {
    pub async fn new(broker: &Broker) -> Self {
        let client = Client::connect(broker.bootstrap_server()).await;
        let protocols = vec!["range"];
        Self {
            client,
            id: text(""),
            instance: None,
            generation: -1,
            session_timeout_ms: 30_000,
            rebalance_timeout_ms: 30_000,
            protocols,
            metadata: Bytes::from_static(b"wishes"),
        }
    }

    pub fn join_request(&self) -> JoinGroupRequest {
        let protocols = self
            .protocols
            .iter()
            .map(|name| JoinGroupRequestProtocol::default().with_name(text(name)).with_metadata(self.metadata.clone()));
        JoinGroupRequest::default()
            .with_group_id(group())
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone())
            .with_session_timeout_ms(self.session_timeout_ms)
            .with_rebalance_timeout_ms(self.rebalance_timeout_ms)
            .with_protocol_type(text("consumer"))
            .with_protocols(protocols.collect())
    }

    /// Asks to join, with an id; the answer comes when the others have joined too.
    pub async fn start_joining(&mut self) -> i32 {
        if self.id.is_empty() && self.instance.is_none() {
            let response = self.client.call(VERSION, &self.join_request()).await;
            assert_eq!(response.error_code, 79);
            assert!(!response.member_id.is_empty());
            self.id = response.member_id;
        }
        let request = self.join_request();
        self.client.send(VERSION, &request).await
    }

    pub async fn joined(&mut self, correlation_id: i32) -> JoinGroupResponse {
        let response = self.client.receive::<JoinGroupRequest>(VERSION, correlation_id).await;
        self.id = response.member_id.clone();
        self.generation = response.generation_id;
        response
    }

    pub async fn start_syncing(&mut self, assignments: &[(&StrBytes, &'static str)]) -> i32 {
        let assignments = assignments.iter().map(|&(id, assignment)| (id, Bytes::from(assignment)));
        self.send_sync(assignments.collect()).await
    }

    /// Gives each member its own id for an assignment.
    pub async fn start_syncing_own(&mut self, members: &[&StrBytes]) -> i32 {
        self.send_sync(members.iter().map(|&id| (id, Bytes::from(id.to_string()))).collect()).await
    }

    pub async fn send_sync(&mut self, assignments: Vec<(&StrBytes, Bytes)>) -> i32 {
        let assignments = assignments.into_iter().map(|(id, assignment)| {
            SyncGroupRequestAssignment::default().with_member_id(id.clone()).with_assignment(assignment)
        });
        let request = SyncGroupRequest::default()
            .with_group_id(group())
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone())
            .with_protocol_type(Some(text("consumer")))
            .with_protocol_name(Some(text("range")))
            .with_assignments(assignments.collect());
        self.client.send(5, &request).await
    }

    pub async fn synced(&mut self, correlation_id: i32) -> (i16, Bytes) {
        let response = self.client.receive::<SyncGroupRequest>(5, correlation_id).await;
        (response.error_code, response.assignment)
    }

    pub async fn heartbeat(&mut self) -> i16 {
        let request = HeartbeatRequest::default()
            .with_group_id(group())
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone());
        self.client.call(4, &request).await.error_code
    }

    /// Waits until a heartbeat reports a rebalance. A follower that joins again before that gets the present
    /// generation, and would be missing in the next.
    pub async fn until_called_back(&mut self) {
        let begun = Instant::now();
        while self.heartbeat().await != 27 {
            assert!(begun.elapsed() < PATIENCE, "there was no rebalance");
        }
    }

    pub async fn leave(&mut self) -> i16 {
        let member = MemberIdentity::default().with_member_id(self.id.clone());
        let request = LeaveGroupRequest::default().with_group_id(group()).with_members(vec![member]);
        self.client.call(4, &request).await.members[0].error_code
    }

    pub async fn commit(&mut self, offset: i64) -> i16 {
        self.commit_as(7, offset).await
    }

    /// Commits by a version of the request.
    pub async fn commit_as(&mut self, version: i16, offset: i64) -> i16 {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(offset);
        let topic =
            OffsetCommitRequestTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(self.generation)
            .with_member_id(self.id.clone())
            .with_topics(vec![topic]);
        self.client.call(version, &request).await.topics[0].partitions[0].error_code
    }

    /// Joins and syncs alone.
    pub async fn be_alone(&mut self) {
        let joining = self.start_joining().await;
        let response = self.joined(joining).await;
        assert_eq!((response.error_code, response.leader, response.members.len()), (0, self.id.clone(), 1));
        let id = self.id.clone();
        let syncing = self.start_syncing(&[(&id, "all")]).await;
        assert_eq!(self.synced(syncing).await, (0, Bytes::from("all")));
    }
}
