//! Consumer groups with several members, over the wire.

mod member;
mod offsets;
mod static_members;

use std::time::{Duration, Instant};

use bytes::Bytes;
use embedded_broker::{Broker, BrokerConfig};
use kafka_protocol::messages::{DeleteGroupsRequest, DescribeGroupsRequest, GroupId, ListGroupsRequest};

use crate::common::*;
use member::Member;

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
    // The leader leaves: the other joins again and leads.
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
    // A member that waits for an assignment learns of another rebalance.
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
