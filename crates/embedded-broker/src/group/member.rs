//! The members of a group, their requests and the responses.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::memory::{MEMBER_BYTES, copied, copied_bytes};

/// The data of a member that joins.
#[derive(Debug, Clone)]
pub(crate) struct Joining {
    /// Empty in the first join.
    pub member_id: StrBytes,
    /// A name that outlives the member id (static membership).
    pub instance_id: Option<StrBytes>,
    /// Client id and address, for descriptions of the group.
    pub client_id: StrBytes,
    /// Where the member connects from.
    pub client_host: StrBytes,
    /// A member that is silent for longer is removed.
    pub session_timeout: Duration,
    /// How long it may take to join in a rebalance.
    pub rebalance_timeout: Duration,
    /// `consumer` for consumers.
    pub protocol_type: StrBytes,
    /// Assignment strategies in order of preference, with the member's data for each.
    pub protocols: Vec<(StrBytes, Bytes)>,
    /// Whether the client supports the error that assigns member ids (JoinGroup from version 4 on).
    pub can_retry_with_id: bool,
    /// Whether the response can ask a leader to keep the assignment (JoinGroup from version 9 on).
    pub can_skip_assignment: bool,
}

impl Joining {
    /// A copy, so that the group does not keep the whole request.
    pub(super) fn copied(self) -> Self {
        Self {
            member_id: copied(&self.member_id),
            instance_id: self.instance_id.as_ref().map(copied),
            client_id: copied(&self.client_id),
            client_host: copied(&self.client_host),
            protocol_type: copied(&self.protocol_type),
            protocols: self.protocols.iter().map(|(name, data)| (copied(name), copied_bytes(data))).collect(),
            ..self
        }
    }

    /// Its approximate memory.
    pub(super) fn bytes(&self) -> usize {
        let texts = [&self.member_id, &self.client_id, &self.client_host, &self.protocol_type];
        let texts: usize = texts.into_iter().chain(&self.instance_id).map(|text| text.len()).sum();
        let protocols: usize = self.protocols.iter().map(|(name, data)| name.len() + data.len()).sum();
        MEMBER_BYTES + texts + protocols
    }
}

/// The answer to a join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    pub error: Option<ResponseError>,
    pub generation: i32,
    pub protocol_type: StrBytes,
    pub protocol: StrBytes,
    pub leader: StrBytes,
    pub member_id: StrBytes,
    /// For the leader only: member id, instance id and data of each member.
    pub members: Vec<(StrBytes, Option<StrBytes>, Bytes)>,
    /// The leader is to sync without a new assignment.
    pub skip_assignment: bool,
}

impl Joined {
    pub(crate) fn refused(error: ResponseError, member_id: StrBytes) -> Self {
        Self {
            error: Some(error),
            generation: -1,
            protocol_type: StrBytes::default(),
            protocol: StrBytes::default(),
            leader: StrBytes::default(),
            member_id,
            members: Vec::new(),
            skip_assignment: false,
        }
    }
}

/// The answer to a sync: the member's assignment, with the protocol's type and name.
pub(crate) type Synced = Result<(Bytes, StrBytes, StrBytes), ResponseError>;

/// A response, now or later.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    Now(T),
    Later(oneshot::Receiver<T>),
}

/// The member that a request claims to come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub member_id: &'a StrBytes,
    pub instance_id: Option<&'a StrBytes>,
    pub generation: i32,
}

/// A member as its group keeps it.
#[derive(Debug)]
pub(super) struct Member {
    pub about: Joining,
    pub assignment: Bytes,
    /// When it is removed unless it sends something.
    pub expires: Instant,
    /// It has not been through a rebalance yet: it expires even while it waits for the answer to its join.
    pub is_new: bool,
    pub join: Option<oneshot::Sender<Joined>>,
    pub sync: Option<oneshot::Sender<Synced>>,
}

impl Member {
    /// Whether silence counts: a member that waits for a response sends nothing.
    pub(super) fn can_expire(&self) -> bool {
        self.is_new || (self.join.is_none() && self.sync.is_none())
    }

    pub(super) fn is_static(&self) -> bool {
        self.about.instance_id.is_some()
    }

    pub(super) fn supports(&self, protocol: &StrBytes) -> bool {
        self.about.protocols.iter().any(|(name, _)| name == protocol)
    }

    /// The member's data for a protocol.
    pub(super) fn metadata(&self, protocol: &StrBytes) -> Bytes {
        let found = self.about.protocols.iter().find(|(name, _)| name == protocol);
        found.map(|(_, data)| data.clone()).unwrap_or_default()
    }

    pub(super) fn answer_join(&mut self, answer: Joined) {
        if let Some(join) = self.join.take() {
            let _ = join.send(answer);
        }
    }

    /// Returns whether the member waited for it.
    pub(super) fn answer_sync(&mut self, answer: Synced) -> bool {
        let sync = self.sync.take();
        let waited = sync.is_some();
        if let Some(sync) = sync {
            let _ = sync.send(answer);
        }
        waited
    }
}

/// The description of a group.
#[derive(Debug)]
pub(crate) struct Described {
    pub state: &'static str,
    pub protocol_type: StrBytes,
    /// Empty unless the group is stable.
    pub protocol: StrBytes,
    pub members: Vec<DescribedMember>,
}

/// The description of a member.
#[derive(Debug)]
pub(crate) struct DescribedMember {
    pub member_id: StrBytes,
    pub instance_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    /// Empty unless the group is stable, as the assignment.
    pub metadata: Bytes,
    pub assignment: Bytes,
}
