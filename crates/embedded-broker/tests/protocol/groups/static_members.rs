//! Static members.

use bytes::Bytes;
use kafka_protocol::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};

use super::member::Member;
use super::{group, state_of};
use crate::common::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_static_member_that_is_restarted_takes_its_own_place() {
    let broker = start_in_memory().await;
    let mut observer = Client::connect(broker.bootstrap_server()).await;
    let (mut before, mut after) = (Member::new(&broker).await, Member::new(&broker).await);
    before.instance = Some(text("camera"));
    after.instance = Some(text("camera"));
    before.be_alone().await;
    // Before version 9 the response does not name the leader's successor as leader: it would assign anew.
    let joining = after.start_joining().await;
    let response = after.joined(joining).await;
    assert_eq!((response.error_code, response.generation_id, response.members.len()), (0, 1, 0));
    assert_eq!(response.leader, before.id);
    assert_ne!(before.id, after.id);
    let syncing = after.start_syncing(&[]).await;
    assert_eq!(after.synced(syncing).await, (0, Bytes::from("all")));
    assert_eq!(state_of(&mut observer).await, ("Stable".to_owned(), 1));
    assert_eq!((before.heartbeat().await, after.heartbeat().await), (82, 0));
    // From version 9 on it leads, and the response asks it to keep the assignment.
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
