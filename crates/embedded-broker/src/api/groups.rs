//! Listing, describing and deleting consumer groups.

use std::collections::BTreeSet;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_groups_response::{DeletableGroupResult, DeleteGroupsResponse};
use kafka_protocol::messages::describe_groups_response::{
    DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};
use kafka_protocol::messages::list_groups_response::{ListGroupsResponse, ListedGroup};
use kafka_protocol::messages::{DeleteGroupsRequest, DescribeGroupsRequest, GroupId, ListGroupsRequest};
use kafka_protocol::protocol::StrBytes;

use super::text;
use crate::files;
use crate::layout::{Fixed, Layout, Texts, always, layout, since};
use crate::state::State;

/// Kafka's name for groups of this protocol.
const CLASSIC: &str = "classic";
/// A group without members that has committed offsets.
const EMPTY: &str = "Empty";
/// The operations that every client may do on a group: read, delete and describe it, describe and alter its settings.
const OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;
/// First version in which describing an unknown group is an error.
const FIRST_VERSION_WITH_NOT_FOUND: i16 = 6;
/// An unknown group.
const DEAD: &str = "Dead";

pub(super) const LIST_GROUPS: Layout = layout(3, &[since(4, Texts), since(5, Texts)]);

/// Lists the groups that have members or committed offsets.
pub(super) fn list_groups(state: &State, asked: &ListGroupsRequest, version: i16) -> ListGroupsResponse {
    let mut ids: BTreeSet<StrBytes> = state.groups.ids().into_iter().collect();
    ids.extend(state.offsets.groups().into_iter().map(text));
    let is_asked = |filter: &[StrBytes], value: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.as_str().eq_ignore_ascii_case(value))
    };
    let mut groups = Vec::new();
    for id in ids {
        let (group_state, protocol_type) = match state.groups.describe(&id) {
            Some(group) => (group.state, group.protocol_type),
            None => (EMPTY, StrBytes::from_static_str("consumer")),
        };
        if is_asked(&asked.states_filter, group_state) && is_asked(&asked.types_filter, CLASSIC) {
            let listed = ListedGroup::default().with_group_id(GroupId(id)).with_protocol_type(protocol_type);
            let listed = if version >= 4 { listed.with_group_state(text(group_state)) } else { listed };
            groups.push(if version >= 5 { listed.with_group_type(text(CLASSIC)) } else { listed });
        }
    }
    ListGroupsResponse::default().with_groups(groups)
}

pub(super) const DESCRIBE_GROUPS: Layout = layout(5, &[always(Texts), since(3, Fixed(1))]);

/// Describes groups and their members.
pub(super) fn describe_groups(state: &State, asked: DescribeGroupsRequest, version: i16) -> DescribeGroupsResponse {
    let with_operations = asked.include_authorized_operations;
    let groups = asked.groups.into_iter().map(|id| {
        let described = DescribedGroup::default();
        let described = if with_operations { described.with_authorized_operations(OPERATIONS) } else { described };
        match state.groups.describe(&id) {
            Some(group) => {
                let members = group.members.into_iter().map(|member| {
                    DescribedGroupMember::default()
                        .with_member_id(member.member_id)
                        .with_group_instance_id(member.instance_id)
                        .with_client_id(member.client_id)
                        .with_client_host(member.client_host)
                        .with_member_metadata(member.metadata)
                        .with_member_assignment(member.assignment)
                });
                described
                    .with_group_state(text(group.state))
                    .with_protocol_type(group.protocol_type)
                    .with_protocol_data(group.protocol)
                    .with_members(members.collect())
            }
            None if state.offsets.has_group(&id) => {
                described.with_group_state(text(EMPTY)).with_protocol_type(text("consumer"))
            }
            None if version >= FIRST_VERSION_WITH_NOT_FOUND => described
                .with_group_state(text(DEAD))
                .with_error_code(ResponseError::GroupIdNotFound.code())
                .with_error_message(Some(text(format!("Group {} not found.", id.as_str())))),
            None => described.with_group_state(text(DEAD)),
        }
        .with_group_id(id)
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

pub(super) const DELETE_GROUPS: Layout = layout(2, &[always(Texts)]);

/// Deletes groups that have no members.
pub(super) fn delete_groups(state: &State, asked: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let results = asked.groups_names.into_iter().map(|id| {
        let deleted = delete(state, &id);
        DeletableGroupResult::default().with_error_code(super::code(&deleted)).with_group_id(id)
    });
    DeleteGroupsResponse::default().with_results(results.collect())
}

fn delete(state: &State, id: &GroupId) -> Result<(), ResponseError> {
    let was_known = state.groups.forget(id)?;
    match files::blocking(|| state.offsets.forget_group(id)) {
        Ok(had_offsets) if had_offsets || was_known => {
            state.wake_flusher();
            Ok(())
        }
        Ok(_) => Err(ResponseError::GroupIdNotFound),
        Err(error) => {
            tracing::error!("cannot delete a group: {error}");
            Err(ResponseError::CoordinatorNotAvailable)
        }
    }
}
