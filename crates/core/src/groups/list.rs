//! Lists and describes groups.

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::groups::GroupInfo;

use super::GroupAccess;
use super::assignment::{self, AssignedPartitions};
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::patience::Patience;
use crate::model::run_id::RunId;
use crate::run::cancellation::Cancellation;

/// The protocol type of consumers; Kafka Connect has another one.
const CONSUMER: &str = "consumer";

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSummary {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: GroupState,
    /// `consumer`, or what else its members are: `connect`.
    pub protocol_type: String,
    /// How its partitions are assigned: `range`, `cooperative-sticky`; empty without members.
    pub protocol: String,
    /// Its members; `None` if the broker does not describe them, see [`GroupState::Undescribed`].
    pub members: Option<Vec<GroupMember>>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id, which the broker gave it.
    pub id: String,
    /// Its `client.id`.
    pub client_id: String,
    /// Where it connects from.
    pub host: String,
    /// Its partitions, by topic; `None`: it is none of a consumer's, or a rebalance is in progress.
    pub assigned: Option<Vec<AssignedPartitions>>,
}

/// The state of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// Its members have their partitions.
    Stable,
    /// It has no members.
    Empty,
    /// Members join or leave, and partitions are being assigned.
    Rebalancing,
    /// It is listed, but not described in this form: a group of the protocol `consumer` (KIP-848), or one that was just deleted
    /// or may not be seen.
    Undescribed,
}

impl GroupState {
    fn of(name: &str) -> Self {
        match name {
            "Stable" => Self::Stable,
            "Empty" => Self::Empty,
            "PreparingRebalance" | "CompletingRebalance" => Self::Rebalancing,
            _ => Self::Undescribed,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Empty => "empty",
            Self::Rebalancing => "rebalancing",
            Self::Undescribed => "unknown",
        }
    }
}

impl GroupSummary {
    fn of(info: &GroupInfo) -> Self {
        let state = GroupState::of(info.state());
        let is_consumer = info.protocol_type() == CONSUMER;
        let members = info.members().iter().map(|member| GroupMember {
            id: member.id().to_owned(),
            client_id: member.client_id().to_owned(),
            host: member.client_host().trim_start_matches('/').to_owned(),
            assigned: member.assignment().filter(|_| is_consumer).and_then(assignment::partitions),
        });
        let mut members: Vec<GroupMember> = members.collect();
        members.sort_by(|a, b| (&a.client_id, &a.id).cmp(&(&b.client_id, &b.id)));
        Self {
            name: info.name().to_owned(),
            state,
            protocol_type: info.protocol_type().to_owned(),
            protocol: info.protocol().to_owned(),
            members: (state != GroupState::Undescribed).then_some(members),
        }
    }

    /// The member that has a partition.
    pub fn member_of(&self, topic: &str, partition: i32) -> Option<&GroupMember> {
        let has_it = |assigned: &AssignedPartitions| {
            assigned.topic == topic && assigned.partitions.binary_search(&partition).is_ok()
        };
        self.members.as_ref()?.iter().find(|member| member.assigned.iter().flatten().any(has_it))
    }
}

/// Lists groups as often as needed over the same connections.
pub struct GroupLister {
    client: BaseConsumer<ClientEvents>,
    patience: Patience,
}

impl GroupLister {
    /// Connects in the background.
    ///
    /// # Errors
    /// Settings that the client rejects.
    pub fn open(access: &GroupAccess, stop: &Cancellation) -> Result<Self, ClientError> {
        let context = access.context(stop);
        // A client needs a group's name; it joins none.
        let config = access.config(&format!("kafka-image-bench-browser-{}", RunId::new()))?;
        let client = config
            .create_with_context(ClientEvents::new(&context, "groups"))
            .map_err(|source| ClientError::Call { doing: "create the client that lists groups", source })?;
        Ok(Self { client, patience: access.patience(&context) })
    }

    pub(super) fn client(&self) -> &BaseConsumer<ClientEvents> {
        &self.client
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    /// All groups that this user may see, by name.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`], [`ClientError::Denied`].
    pub fn list(&self) -> Result<Vec<GroupSummary>, ClientError> {
        self.described(None)
    }

    /// One group; `None`: there is none of this name.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn describe(&self, group: &str) -> Result<Option<GroupSummary>, ClientError> {
        Ok(self.described(Some(group))?.into_iter().find(|found| found.name == group))
    }

    fn described(&self, group: Option<&str>) -> Result<Vec<GroupSummary>, ClientError> {
        let list = self.patience.retry(|attempt| {
            let list = self.client.fetch_group_list(group, attempt);
            // The client queues errors until it is polled.
            while self.client.poll(std::time::Duration::ZERO).is_some() {}
            let failed = |source| ClientError::Call { doing: "list the consumer groups", source };
            list.map_err(|source| failed(source).or_denied(|| "list the consumer groups".to_owned()))
        })?;
        let mut groups: Vec<GroupSummary> = list.groups().iter().map(GroupSummary::of).collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_member_of_a_partition_is_found() {
        let member = |id: &str, partitions: Vec<i32>| GroupMember {
            id: id.to_owned(),
            client_id: id.to_owned(),
            host: "127.0.0.1".to_owned(),
            assigned: Some(vec![AssignedPartitions { topic: "t".to_owned(), partitions }]),
        };
        let group = GroupSummary {
            name: "g".to_owned(),
            state: GroupState::Stable,
            protocol_type: CONSUMER.to_owned(),
            protocol: "range".to_owned(),
            members: Some(vec![member("a", vec![0, 2]), member("b", vec![1])]),
        };
        let of = |topic: &str, partition| group.member_of(topic, partition).map(|member| member.id.as_str());
        assert_eq!([of("t", 0), of("t", 1), of("t", 2)], [Some("a"), Some("b"), Some("a")]);
        assert_eq!([of("t", 3), of("other", 0)], [None, None]);
    }
}
