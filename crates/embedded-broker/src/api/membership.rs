//! Members of consumer groups: joining, assignment, heartbeats, leaving.

use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::{JoinGroupResponse, JoinGroupResponseMember};
use kafka_protocol::messages::leave_group_response::{LeaveGroupResponse, MemberResponse};
use kafka_protocol::messages::{
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest, SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::{Client, text};
use crate::group::{Identity, Joined, Joining, copied};
use crate::layout::{Blob, Fixed, Layout, Structs, Text, always, layout, since, until};
use crate::state::State;

/// First version in which a new member gets its id and joins again with it.
const FIRST_VERSION_WITH_MEMBER_ID_REQUIRED: i16 = 4;
/// First version whose response has the protocol type, and whose protocol may be null.
const FIRST_VERSION_WITH_PROTOCOL_TYPE: i16 = 7;
/// First version in which the response can ask a leader to keep the assignment.
const FIRST_VERSION_WITH_SKIP_ASSIGNMENT: i16 = 9;

pub(super) const JOIN_GROUP: Layout = layout(
    6,
    &[
        always(Text),
        always(Fixed(4)),
        since(1, Fixed(4)),
        always(Text),
        since(5, Text),
        always(Text),
        always(Structs(&[always(Text), always(Blob)])),
        since(8, Text),
    ],
);

/// Joins a group; answered when all members have joined.
pub(super) async fn join_group(
    state: &State,
    client: &Client,
    client_id: StrBytes,
    asked: JoinGroupRequest,
    version: i16,
) -> JoinGroupResponse {
    if asked.group_id.is_empty() {
        return join_response(Joined::refused(ResponseError::InvalidGroupId, asked.member_id), version);
    }
    let millis = |count: i32| Duration::from_millis(u64::try_from(count).unwrap_or(0));
    let rebalance_timeout_ms = if version >= 1 { asked.rebalance_timeout_ms } else { asked.session_timeout_ms };
    let about = Joining {
        member_id: asked.member_id,
        instance_id: asked.group_instance_id,
        client_id,
        // As Kafka writes addresses.
        client_host: text(format!("/{}", client.host)),
        session_timeout: millis(asked.session_timeout_ms),
        rebalance_timeout: millis(rebalance_timeout_ms),
        protocol_type: asked.protocol_type,
        protocols: asked.protocols.into_iter().map(|protocol| (protocol.name, protocol.metadata)).collect(),
        can_retry_with_id: version >= FIRST_VERSION_WITH_MEMBER_ID_REQUIRED,
        can_skip_assignment: version >= FIRST_VERSION_WITH_SKIP_ASSIGNMENT,
    };
    let group_id = copied(&asked.group_id);
    drop(asked.group_id);
    join_response(state.groups.join(&group_id, about).await, version)
}

fn join_response(joined: Joined, version: i16) -> JoinGroupResponse {
    let members = joined.members.into_iter().map(|(id, instance, metadata)| {
        JoinGroupResponseMember::default()
            .with_member_id(id)
            .with_group_instance_id(instance.filter(|_| version >= 5))
            .with_metadata(metadata)
    });
    let response = JoinGroupResponse::default()
        .with_generation_id(joined.generation)
        .with_leader(joined.leader)
        .with_member_id(joined.member_id)
        .with_skip_assignment(joined.skip_assignment)
        .with_members(members.collect());
    let with_type = version >= FIRST_VERSION_WITH_PROTOCOL_TYPE;
    match joined.error {
        Some(error) => {
            let response = response.with_error_code(error.code());
            if with_type { response } else { response.with_protocol_name(Some(StrBytes::default())) }
        }
        None => {
            let response = response.with_protocol_name(Some(joined.protocol));
            if with_type { response.with_protocol_type(Some(joined.protocol_type)) } else { response }
        }
    }
}

pub(super) const SYNC_GROUP: Layout = layout(
    4,
    &[
        always(Text),
        always(Fixed(4)),
        always(Text),
        since(3, Text),
        since(5, Text),
        since(5, Text),
        always(Structs(&[always(Text), always(Blob)])),
    ],
);

/// Gets a member's assignment; answered when the leader has sent it.
pub(super) async fn sync_group(state: &State, asked: SyncGroupRequest) -> SyncGroupResponse {
    if asked.group_id.is_empty() {
        return SyncGroupResponse::default().with_error_code(ResponseError::InvalidGroupId.code());
    }
    // Copies, so that the whole request is not kept during the wait.
    let (group_id, member_id) = (copied(&asked.group_id), copied(&asked.member_id));
    let [instance_id, protocol_type, protocol_name] =
        [asked.group_instance_id, asked.protocol_type, asked.protocol_name].map(|text| text.as_ref().map(copied));
    drop((asked.group_id, asked.member_id));
    let who = Identity { member_id: &member_id, instance_id: instance_id.as_ref(), generation: asked.generation_id };
    let protocol = (protocol_type.as_ref(), protocol_name.as_ref());
    let assignments = asked.assignments.into_iter().map(|given| (given.member_id, given.assignment)).collect();
    match state.groups.sync(&group_id, who, protocol, assignments).await {
        Ok((assignment, kind, name)) => SyncGroupResponse::default()
            .with_assignment(assignment)
            .with_protocol_type(Some(kind))
            .with_protocol_name(Some(name)),
        Err(error) => SyncGroupResponse::default().with_error_code(error.code()),
    }
}

pub(super) const HEARTBEAT: Layout = layout(4, &[always(Text), always(Fixed(4)), always(Text), since(3, Text)]);

pub(super) fn heartbeat(state: &State, asked: &HeartbeatRequest) -> HeartbeatResponse {
    if asked.group_id.is_empty() {
        return HeartbeatResponse::default().with_error_code(ResponseError::InvalidGroupId.code());
    }
    let who = Identity {
        member_id: &asked.member_id,
        instance_id: asked.group_instance_id.as_ref(),
        generation: asked.generation_id,
    };
    HeartbeatResponse::default().with_error_code(super::code(&state.groups.heartbeat(&asked.group_id, who)))
}

pub(super) const LEAVE_GROUP: Layout =
    layout(4, &[always(Text), until(2, Text), since(3, Structs(&[always(Text), always(Text), since(5, Text)]))]);

pub(super) fn leave_group(state: &State, asked: LeaveGroupRequest, version: i16) -> LeaveGroupResponse {
    if asked.group_id.is_empty() {
        return LeaveGroupResponse::default().with_error_code(ResponseError::InvalidGroupId.code());
    }
    if version < 3 {
        let left = state.groups.leave(&asked.group_id, &[(asked.member_id, None)]);
        return LeaveGroupResponse::default().with_error_code(left.first().map_or(0, super::code));
    }
    let who: Vec<_> = asked.members.into_iter().map(|member| (member.member_id, member.group_instance_id)).collect();
    let left = state.groups.leave(&asked.group_id, &who);
    let members = who.into_iter().zip(left).map(|((member_id, instance_id), left)| {
        MemberResponse::default()
            .with_member_id(member_id)
            .with_group_instance_id(instance_id)
            .with_error_code(super::code(&left))
    });
    LeaveGroupResponse::default().with_members(members.collect())
}
