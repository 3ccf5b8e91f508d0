//! Consumer groups with several members, over the wire.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::{Duration, Instant};

use bytes::Bytes;
use common::*;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use kafka_protocol::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_delete_request::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic};
use kafka_protocol::messages::sync_group_request::{SyncGroupRequest, SyncGroupRequestAssignment};
use kafka_protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, GroupId, HeartbeatRequest, JoinGroupResponse, ListGroupsRequest,
    OffsetFetchRequest,
};
use kafka_protocol::protocol::StrBytes;

const VERSION: i16 = 7;

/// A broker that takes short session timeouts, so that silence shows soon.
async fn start_patient(initial_delay: Duration) -> Broker {
    let config = BrokerConfig {
        group_initial_rebalance_delay: initial_delay,
        group_min_session_timeout: Duration::from_millis(1),
        ..BrokerConfig::default()
    };
    Broker::start(config).await.unwrap()
}

fn group() -> GroupId {
    GroupId(text("group"))
}

/// A consumer: one connection, one member.
struct Member {
    client: Client,
    id: StrBytes,
    instance: Option<StrBytes>,
    generation: i32,
    session_timeout_ms: i32,
    rebalance_timeout_ms: i32,
    protocols: Vec<&'static str>,
    metadata: Bytes,
}

impl Member {
    async fn new(broker: &Broker) -> Self {
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

    fn join_request(&self) -> JoinGroupRequest {
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
    async fn start_joining(&mut self) -> i32 {
        if self.id.is_empty() && self.instance.is_none() {
            let response = self.client.call(VERSION, &self.join_request()).await;
            assert_eq!(response.error_code, 79);
            assert!(!response.member_id.is_empty());
            self.id = response.member_id;
        }
        let request = self.join_request();
        self.client.send(VERSION, &request).await
    }

    async fn joined(&mut self, correlation_id: i32) -> JoinGroupResponse {
        let response = self.client.receive::<JoinGroupRequest>(VERSION, correlation_id).await;
        self.id = response.member_id.clone();
        self.generation = response.generation_id;
        response
    }

    async fn start_syncing(&mut self, assignments: &[(&StrBytes, &'static str)]) -> i32 {
        let assignments = assignments.iter().map(|&(id, assignment)| (id, Bytes::from(assignment)));
        self.send_sync(assignments.collect()).await
    }

    /// Gives each member its own id for an assignment.
    async fn start_syncing_own(&mut self, members: &[&StrBytes]) -> i32 {
        self.send_sync(members.iter().map(|&id| (id, Bytes::from(id.to_string()))).collect()).await
    }

    async fn send_sync(&mut self, assignments: Vec<(&StrBytes, Bytes)>) -> i32 {
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

    async fn synced(&mut self, correlation_id: i32) -> (i16, Bytes) {
        let response = self.client.receive::<SyncGroupRequest>(5, correlation_id).await;
        (response.error_code, response.assignment)
    }

    async fn heartbeat(&mut self) -> i16 {
        let request = HeartbeatRequest::default()
            .with_group_id(group())
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_group_instance_id(self.instance.clone());
        self.client.call(4, &request).await.error_code
    }

    /// Waits until a heartbeat says that there is a rebalance. A follower that joins again before that is told of the
    /// present generation, and would be missed in the next.
    async fn until_called_back(&mut self) {
        let begun = Instant::now();
        while self.heartbeat().await != 27 {
            assert!(begun.elapsed() < PATIENCE, "there was no rebalance");
        }
    }

    async fn leave(&mut self) -> i16 {
        let member = MemberIdentity::default().with_member_id(self.id.clone());
        let request = LeaveGroupRequest::default().with_group_id(group()).with_members(vec![member]);
        self.client.call(4, &request).await.members[0].error_code
    }

    async fn commit(&mut self, offset: i64) -> i16 {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(offset);
        let topic =
            OffsetCommitRequestTopic::default().with_name(topic_name("images")).with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(self.generation)
            .with_member_id(self.id.clone())
            .with_topics(vec![topic]);
        self.client.call(7, &request).await.topics[0].partitions[0].error_code
    }

    /// Joins and syncs alone.
    async fn be_alone(&mut self) {
        let joining = self.start_joining().await;
        let response = self.joined(joining).await;
        assert_eq!((response.error_code, response.leader, response.members.len()), (0, self.id.clone(), 1));
        let id = self.id.clone();
        let syncing = self.start_syncing(&[(&id, "all")]).await;
        assert_eq!(self.synced(syncing).await, (0, Bytes::from("all")));
    }
}

async fn state_of(client: &mut Client) -> (String, usize) {
    let response = client.call(5, &DescribeGroupsRequest::default().with_groups(vec![group()])).await;
    (response.groups[0].group_state.to_string(), response.groups[0].members.len())
}

/// Waits until the group is in a state.
async fn until_state(client: &mut Client, wanted: &str) {
    let begun = Instant::now();
    while state_of(client).await.0 != wanted {
        assert!(begun.elapsed() < PATIENCE, "the group never became {wanted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_share_a_group_and_one_leaves() {
    let broker = start_patient(Duration::from_millis(500)).await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    observer.create_topic("images", 1, &[]).await;
    let (mut first, mut second) = (Member::new(&broker).await, Member::new(&broker).await);
    // Started together, they are in the first generation together.
    let (joining_first, joining_second) = (first.start_joining().await, second.start_joining().await);
    let (one, two) = (first.joined(joining_first).await, second.joined(joining_second).await);
    assert_eq!((one.error_code, two.error_code, one.generation_id, two.generation_id), (0, 0, 1, 1));
    assert_eq!((one.leader.clone(), one.protocol_name), (two.leader.clone(), Some(text("range"))));
    let (mut leader, mut follower) = if one.leader == first.id { (first, second) } else { (second, first) };
    let members = if one.members.is_empty() { two.members } else { one.members };
    assert_eq!(members.len(), 2);
    assert!(members.iter().all(|member| member.metadata == "wishes"));
    // The follower's assignment comes when the leader brings it.
    assert_eq!(state_of(&mut observer).await.0, "CompletingRebalance");
    let waiting = follower.start_syncing(&[]).await;
    let (leader_id, follower_id) = (leader.id.clone(), follower.id.clone());
    let syncing = leader.start_syncing(&[(&leader_id, "left"), (&follower_id, "right")]).await;
    assert_eq!(leader.synced(syncing).await, (0, Bytes::from("left")));
    assert_eq!(follower.synced(waiting).await, (0, Bytes::from("right")));
    assert_eq!((leader.heartbeat().await, follower.heartbeat().await), (0, 0));
    assert_eq!(state_of(&mut observer).await, ("Stable".to_owned(), 2));
    assert_eq!((leader.commit(3).await, follower.commit(4).await), (0, 0));
    let groups = observer.call(4, &ListGroupsRequest::default()).await.groups;
    assert_eq!((groups.len(), groups[0].group_state.as_str()), (1, "Stable"));
    // The leader leaves: the other is called back and leads.
    assert_eq!(leader.leave().await, 0);
    assert_eq!((leader.heartbeat().await, leader.leave().await), (25, 25));
    assert_eq!(follower.heartbeat().await, 27);
    // It may still commit what it has done.
    assert_eq!(follower.commit(5).await, 0);
    follower.be_alone().await;
    assert_eq!(follower.generation, 2);
    follower.generation = 1;
    assert_eq!((follower.heartbeat().await, follower.commit(9).await), (22, 22));
    let request = DeleteGroupsRequest::default().with_groups_names(vec![group()]);
    assert_eq!(observer.call(2, &request).await.results[0].error_code, 68);
    assert_eq!(follower.leave().await, 0);
    until_state(&mut observer, "Empty").await;
    assert_eq!(observer.call(2, &request).await.results[0].error_code, 0);
    assert_eq!(observer.call(2, &request).await.results[0].error_code, 69);
    until_state(&mut observer, "Dead").await;
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_calls_the_others_back() {
    let broker = start_in_memory().await;
    let (mut first, mut second) = (Member::new(&broker).await, Member::new(&broker).await);
    first.be_alone().await;
    let joining_second = second.start_joining().await;
    // It waits for the first, who hears of it with a heartbeat.
    first.until_called_back().await;
    let joining_first = first.start_joining().await;
    let (one, two) = (first.joined(joining_first).await, second.joined(joining_second).await);
    assert_eq!((one.generation_id, two.generation_id), (2, 2));
    // The leader stays.
    assert_eq!((one.members.len(), two.members.len(), two.leader), (2, 0, first.id.clone()));
    // Whoever waits for an assignment is told when there is another rebalance.
    let waiting = second.start_syncing(&[]).await;
    assert_eq!(first.leave().await, 0);
    assert_eq!(second.synced(waiting).await.0, 27);
    second.be_alone().await;
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_member_is_removed() {
    let broker = start_patient(Duration::ZERO).await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    let (mut silent, mut other) = (Member::new(&broker).await, Member::new(&broker).await);
    silent.session_timeout_ms = 300;
    silent.be_alone().await;
    let begun = Instant::now();
    let joining = other.start_joining().await;
    // The newcomer gets in although the silent one never comes back, long before the rebalance's time is up.
    let response = other.joined(joining).await;
    assert_eq!((response.error_code, response.members.len()), (0, 1));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(silent.heartbeat().await, 25);
    assert_eq!(other.leave().await, 0);
    assert_eq!(state_of(&mut observer).await, ("Empty".to_owned(), 0));
    // A group without members or offsets can be deleted, once.
    let request = DeleteGroupsRequest::default().with_groups_names(vec![group()]);
    assert_eq!(observer.call(2, &request).await.results[0].error_code, 0);
    assert_eq!(observer.call(2, &request).await.results[0].error_code, 69);
    assert_eq!(state_of(&mut observer).await.0, "Dead");
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_does_not_come_back_in_time_is_left_out() {
    let broker = start_in_memory().await;
    let (mut slow, mut other) = (Member::new(&broker).await, Member::new(&broker).await);
    slow.rebalance_timeout_ms = 300;
    other.rebalance_timeout_ms = 300;
    slow.be_alone().await;
    let joining = other.start_joining().await;
    // It is alive, and hears that it should join again, but does not.
    let begun = Instant::now();
    while slow.heartbeat().await != 25 {
        assert!(begun.elapsed() < PATIENCE);
    }
    let response = other.joined(joining).await;
    assert_eq!((response.error_code, response.generation_id, response.members.len()), (0, 2, 1));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_need_a_common_protocol() {
    let broker = start_in_memory().await;
    let (mut first, mut second) = (Member::new(&broker).await, Member::new(&broker).await);
    first.be_alone().await;
    second.protocols = vec!["sticky"];
    assert_eq!(second.client.call(VERSION, &second.join_request()).await.error_code, 23);
    second.protocols = vec![];
    assert_eq!(second.client.call(VERSION, &second.join_request()).await.error_code, 23);
    second.protocols = vec!["sticky", "range"];
    second.id = text("nobody");
    assert_eq!(second.client.call(VERSION, &second.join_request()).await.error_code, 25);
    second.id = text("");
    let joining = second.start_joining().await;
    let again = first.start_joining().await;
    assert_eq!(first.joined(again).await.protocol_name, Some(text("range")));
    assert_eq!(second.joined(joining).await.protocol_name, Some(text("range")));
    let request = first.join_request().with_group_id(GroupId(text("")));
    assert_eq!(first.client.call(VERSION, &request).await.error_code, 24);
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_joining_works() {
    let broker = start_in_memory().await;
    for version in 0..=9 {
        let mut member = Member::new(&broker).await;
        let mut request = member.join_request().with_group_id(GroupId(text(&format!("group-{version}"))));
        if version == 0 {
            request.rebalance_timeout_ms = -1;
        }
        let mut response = member.client.call(version, &request).await;
        if version >= 4 {
            assert_eq!(response.error_code, 79);
            request.member_id = response.member_id;
            response = member.client.call(version, &request).await;
        }
        assert_eq!((response.error_code, response.generation_id, response.members.len()), (0, 1, 1));
        assert_eq!(response.leader, response.member_id);
    }
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_member_that_is_restarted_takes_its_own_place() {
    let broker = start_in_memory().await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    let (mut before, mut after) = (Member::new(&broker).await, Member::new(&broker).await);
    before.instance = Some(text("camera"));
    after.instance = Some(text("camera"));
    before.be_alone().await;
    // Before version 9 the leader's successor is not told that it leads: it would assign anew.
    let joining = after.start_joining().await;
    let response = after.joined(joining).await;
    assert_eq!((response.error_code, response.generation_id, response.members.len()), (0, 1, 0));
    assert_eq!(response.leader, before.id);
    assert_ne!(before.id, after.id);
    let syncing = after.start_syncing(&[]).await;
    assert_eq!(after.synced(syncing).await, (0, Bytes::from("all")));
    assert_eq!(state_of(&mut observer).await, ("Stable".to_owned(), 1));
    assert_eq!((before.heartbeat().await, after.heartbeat().await), (82, 0));
    // From version 9 on it leads, and is told to leave the assignment as it is.
    let mut last = Member::new(&broker).await;
    last.instance = Some(text("camera"));
    let response = last.client.call(9, &last.join_request()).await;
    assert_eq!((response.error_code, response.generation_id, response.members.len()), (0, 1, 1));
    assert_eq!((response.skip_assignment, &response.leader), (true, &response.member_id));
    (last.id, last.generation) = (response.member_id, response.generation_id);
    assert_eq!((after.heartbeat().await, last.heartbeat().await), (82, 0));
    // One that joins as its predecessor is fenced; an administrator removes it by its name alone.
    let joining = after.start_joining().await;
    assert_eq!(after.joined(joining).await.error_code, 82);
    let members = [("", Some("camera")), ("", Some("camera")), ("nobody", None)].map(|(id, instance)| {
        MemberIdentity::default().with_member_id(text(id)).with_group_instance_id(instance.map(text))
    });
    let request = LeaveGroupRequest::default().with_group_id(group()).with_members(members.to_vec());
    let response = observer.call(5, &request).await;
    let codes: Vec<_> = response.members.iter().map(|member| member.error_code).collect();
    assert_eq!((response.error_code, codes), (0, vec![0, 25, 25]));
    assert_eq!(state_of(&mut observer).await, ("Empty".to_owned(), 0));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_offsets_are_found_in_every_version() {
    let broker = start_in_memory().await;
    let mut member = Member::new(&broker).await;
    member.client.create_topic("images", 2, &[]).await;
    // A consumer without a group's members commits as nobody.
    assert_eq!(member.commit(42).await, 0);
    for version in 2..=9 {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(i64::from(version));
        let unknown = OffsetCommitRequestPartition::default().with_partition_index(7);
        let topic = OffsetCommitRequestTopic::default()
            .with_name(topic_name("images"))
            .with_partitions(vec![partition, unknown]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        let response = member.client.call(version, &request).await;
        let codes: Vec<_> = response.topics[0].partitions.iter().map(|partition| partition.error_code).collect();
        assert_eq!(codes, [0, 3]);
    }
    for version in 1..=7 {
        let topic =
            OffsetFetchRequestTopic::default().with_name(topic_name("images")).with_partition_indexes(vec![0, 1]);
        let request = OffsetFetchRequest::default().with_group_id(group()).with_topics(Some(vec![topic]));
        let response = member.client.call(version, &request).await;
        let offsets: Vec<_> =
            response.topics[0].partitions.iter().map(|partition| partition.committed_offset).collect();
        assert_eq!(offsets, [9, -1]);
    }
    let asked = OffsetFetchRequestGroup::default().with_group_id(group()).with_topics(None);
    for version in 8..=9 {
        let request = OffsetFetchRequest::default().with_groups(vec![asked.clone()]);
        let response = member.client.call(version, &request).await;
        let found = &response.groups[0].topics[0].partitions[0];
        assert_eq!((found.committed_offset, found.metadata.as_deref()), (9, Some("")));
    }
    broker.shutdown().await;
}

/// Protocol data of a consumer that subscribes to a topic.
fn subscription(topic: &str) -> Bytes {
    let mut data = vec![0, 1, 0, 0, 0, 1, 0, u8::try_from(topic.len()).unwrap()];
    data.extend_from_slice(topic.as_bytes());
    data.into()
}

async fn delete_offsets(client: &mut Client, topics: &[&str]) -> (i16, Vec<i16>) {
    let topics = topics.iter().map(|name| {
        let partitions = [0, 7].map(|index| OffsetDeleteRequestPartition::default().with_partition_index(index));
        OffsetDeleteRequestTopic::default().with_name(topic_name(name)).with_partitions(partitions.to_vec())
    });
    let request = OffsetDeleteRequest::default().with_group_id(group()).with_topics(topics.collect());
    let response = client.call(0, &request).await;
    let partitions = response.topics.iter().flat_map(|topic| &topic.partitions);
    (response.error_code, partitions.map(|partition| partition.error_code).collect())
}

async fn committed(client: &mut Client) -> Vec<(String, i64)> {
    let request = OffsetFetchRequest::default().with_group_id(group()).with_topics(None);
    let topics = client.call(7, &request).await.topics;
    topics.iter().map(|topic| (topic.name.to_string(), topic.partitions[0].committed_offset)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_deleted_unless_a_member_subscribes_to_their_topic() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_in(folder.path()).await;
    let mut member = Member::new(&broker).await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    for topic in ["images", "other"] {
        observer.create_topic(topic, 1, &[]).await;
    }
    assert_eq!(delete_offsets(&mut observer, &["images"]).await, (69, vec![]));
    for topic in ["images", "other"] {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(3);
        let topic = OffsetCommitRequestTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
        let request = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        assert_eq!(observer.call(8, &request).await.topics[0].partitions[0].error_code, 0);
    }
    member.metadata = subscription("images");
    member.be_alone().await;
    // 86: subscribed, 3: no such partition.
    assert_eq!(delete_offsets(&mut observer, &["images", "other"]).await, (0, vec![86, 3, 0, 3]));
    assert_eq!(committed(&mut observer).await, [("images".to_owned(), 3)]);
    broker.shutdown().await;
    let broker = start_in(folder.path()).await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    assert_eq!(committed(&mut observer).await, [("images".to_owned(), 3)]);
    assert_eq!(delete_offsets(&mut observer, &["images"]).await, (0, vec![0, 3]));
    assert_eq!(committed(&mut observer).await, []);
    // The group is known for a while longer, as one whose last member has left.
    assert_eq!(delete_offsets(&mut observer, &["images"]).await, (0, vec![0, 3]));
    broker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_up_to_eight() {
    let broker = start_in_memory().await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    let mut members: Vec<Member> = Vec::new();
    for count in 1..=8 {
        let mut newcomer = Member::new(&broker).await;
        newcomer.protocols = if count % 2 == 0 { vec!["range", "cooperative"] } else { vec!["range", "eager"] };
        members.push(newcomer);
        gather(&mut members, count).await;
    }
    assert_eq!(state_of(&mut observer).await, ("Stable".to_owned(), 8));
    for gone in 1..8 {
        let mut leaver = members.remove(gone * 5 % members.len());
        assert_eq!(leaver.leave().await, 0);
        gather(&mut members, i32::try_from(8 + gone).unwrap()).await;
        assert_eq!(leaver.heartbeat().await, 25);
    }
    assert_eq!(members[0].leave().await, 0);
    assert_eq!(state_of(&mut observer).await, ("Empty".to_owned(), 0));
    broker.shutdown().await;
}

/// All members join again and share what there is; each gets its own id for an assignment.
async fn gather(members: &mut [Member], generation: i32) {
    let mut joining = Vec::new();
    // The newest first: the others are called back by it.
    for member in members.iter_mut().rev() {
        if member.generation >= 0 {
            member.until_called_back().await;
        }
        joining.push(member.start_joining().await);
    }
    joining.reverse();
    let mut leader = None;
    for (place, member) in members.iter_mut().enumerate() {
        let response = member.joined(joining[place]).await;
        assert_eq!((response.error_code, response.generation_id), (0, generation));
        assert_eq!(response.protocol_name, Some(text("range")));
        if response.leader == response.member_id {
            assert!(leader.replace((place, response.members)).is_none(), "two lead");
        }
    }
    let (leading, listed) = leader.expect("nobody leads");
    assert_eq!(listed.len(), members.len());
    let mut syncing = Vec::new();
    for (place, member) in members.iter_mut().enumerate() {
        let ids: Vec<_> = listed.iter().filter(|_| place == leading).map(|member| &member.member_id).collect();
        syncing.push(member.start_syncing_own(&ids).await);
    }
    for (member, correlation_id) in members.iter_mut().zip(syncing) {
        assert_eq!(member.synced(correlation_id).await, (0, Bytes::from(member.id.to_string())));
        assert_eq!(member.heartbeat().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_range_is_refused() {
    let config = BrokerConfig { group_max_size: 1, ..BrokerConfig::default() };
    let broker = Broker::start(config).await.unwrap();
    let (mut first, mut second) = (Member::new(&broker).await, Member::new(&broker).await);
    for timeout_ms in [-1, 5_999, 1_800_001] {
        let request = first.join_request().with_session_timeout_ms(timeout_ms);
        assert_eq!(first.client.call(VERSION, &request).await.error_code, 26);
    }
    first.be_alone().await;
    assert_eq!(second.client.call(VERSION, &second.join_request()).await.error_code, 81);
    // Who commits as a member must be one, of this generation.
    first.client.create_topic("images", 1, &[]).await;
    assert_eq!((second.commit(1).await, first.commit(1).await), (25, 0));
    second.id = text("nobody");
    assert_eq!(second.commit(1).await, 25);
    let nameless = HeartbeatRequest::default();
    assert_eq!(first.client.call(4, &nameless).await.error_code, 24);
    let request = DescribeGroupsRequest::default().with_groups(vec![GroupId(text("unknown"))]);
    let response = first.client.call(6, &request).await;
    assert_eq!((response.groups[0].error_code, response.groups[0].group_state.as_str()), (69, "Dead"));
    broker.shutdown().await;
}
