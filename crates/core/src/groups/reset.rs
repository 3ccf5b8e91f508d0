//! Resets the committed offsets of a group: first a plan that shows by partition what is repeated and what is skipped, then
//! the commit of exactly that plan. Kafka allows it only while the group has no members.

use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::Offset;

use super::GroupAccess;
use super::list::GroupLister;
use crate::kafka::closing;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::group_state::{GroupProbe, PartitionPosition};
use crate::kafka::patience::Patience;
use crate::model::broker_choice::BrokerChoice;
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;
use crate::run::error::SettingsError;

/// There is nothing to leave when it closes.
const CLOSING_PATIENCE: Duration = Duration::from_millis(500);

/// Where a group continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetTo {
    /// At the first record that exists.
    First,
    /// At the end: only at what comes later.
    Last,
    /// At this offset of each partition, or at the nearest that exists.
    Offset(i64),
    /// At the first record that is not older.
    Time(jiff::Timestamp),
}

/// What is reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetRequest {
    /// The consumer group.
    pub group: String,
    /// One topic; `None`: all on which the group has committed.
    pub topic: Option<String>,
    /// One partition of the topics; `None`: all.
    pub partition: Option<i32>,
    /// Where it continues.
    pub to: ResetTo,
}

/// A run of the engine that resets a group, or only finds out what that would do.
#[derive(Clone, Debug, PartialEq)]
pub struct ResetRun {
    /// The broker.
    pub broker: BrokerChoice,
    /// How long each request to the broker is tried.
    pub broker_timeout: Duration,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// What is reset.
    pub request: ResetRequest,
    /// Change nothing.
    pub dry_run: bool,
}

/// What a reset does to a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionReset {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// Where the group continues now; `None`: it has not committed.
    pub committed: Option<i64>,
    /// The first offset that can be read.
    pub low: i64,
    /// The offset that the next record gets.
    pub high: i64,
    /// Where it continues afterwards.
    pub target: i64,
}

/// What happens to records. Numbers are those of offsets: of a topic that is compacted or has transactions at most so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetChange {
    /// So many records that the group has read are read again.
    Repeats(u64),
    /// So many records that wait for the group are never read.
    Skips(u64),
    /// It continues where it would have.
    Nothing,
    /// Where it would have continued is not known here: it has no committed offset, or one beyond the end.
    Unknown,
}

/// A reset that was looked at, and is not done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetPlan {
    /// The consumer group.
    pub group: String,
    /// Its partitions, by topic and number.
    pub partitions: Vec<PartitionReset>,
}

impl PartitionReset {
    /// What happens to its records.
    pub fn change(&self) -> OffsetChange {
        let Some(committed) = self.committed.filter(|committed| *committed <= self.high) else {
            return OffsetChange::Unknown;
        };
        // Deleted records are neither repeated nor skipped.
        let difference = self.target - committed.max(self.low);
        match difference {
            0 => OffsetChange::Nothing,
            less if less < 0 => OffsetChange::Repeats(less.unsigned_abs()),
            more => OffsetChange::Skips(more.unsigned_abs()),
        }
    }
}

impl ResetPlan {
    /// Records that are repeated and records that are skipped, over all partitions.
    pub fn totals(&self) -> (u64, u64) {
        self.partitions.iter().fold((0, 0), |(repeats, skips), one| match one.change() {
            OffsetChange::Repeats(count) => (repeats + count, skips),
            OffsetChange::Skips(count) => (repeats, skips + count),
            OffsetChange::Nothing | OffsetChange::Unknown => (repeats, skips),
        })
    }
}

/// Looks at what `request` would do; changes nothing.
///
/// # Errors
/// A group that does not exist, has members, or has committed nothing; a topic or a partition that does not exist.
pub fn plan_reset(access: &GroupAccess, request: &ResetRequest, stop: &Cancellation) -> Result<ResetPlan, ClientError> {
    let lister = GroupLister::open(access, stop)?;
    check_is_idle(&lister, &request.group)?;
    let context = access.context(stop);
    let (patience, probe) = (access.patience(&context), GroupProbe::new(&context, &access.config(&request.group)?)?);
    let mut topics = match &request.topic {
        Some(topic) => vec![(topic.clone(), partitions_of(&lister, topic)?)],
        None => probe.committed_topics(&patience)?,
    };
    topics.retain(|(_, partitions)| *partitions > 0);
    if topics.is_empty() {
        return Err(ClientError::NoOffsets { group: request.group.clone() });
    }
    let mut partitions = Vec::new();
    for (topic, count) in topics {
        let mut positions = probe.positions_at_start(&patience, &topic, count)?;
        positions.retain(|one| request.partition.is_none_or(|partition| partition == one.partition));
        let targets = targets(&lister, &topic, &positions, request.to)?;
        partitions.extend(positions.into_iter().zip(targets).map(|(position, target)| PartitionReset {
            topic: topic.clone(),
            partition: position.partition,
            committed: position.committed,
            low: position.low,
            high: position.high,
            target,
        }));
    }
    match request.partition.filter(|_| partitions.is_empty()) {
        Some(partition) => Err(SettingsError(format!("the topics have no partition {partition}")).into()),
        None => Ok(ResetPlan { group: request.group.clone(), partitions }),
    }
}

fn check_is_idle(lister: &GroupLister, group: &str) -> Result<(), ClientError> {
    let Some(found) = lister.describe(group)? else {
        return Err(SettingsError(format!("the consumer group {group} does not exist")).into());
    };
    match found.members.map_or(0, |members| members.len()) {
        0 => Ok(()),
        members => Err(has_members(group, Some(members))),
    }
}

fn has_members(group: &str, members: Option<usize>) -> ClientError {
    let members = match members {
        Some(1) => "1 active member".to_owned(),
        Some(members) => format!("{members} active members"),
        None => "active members".to_owned(),
    };
    SettingsError(format!("the consumer group {group} has {members}; stop its consumers before its offsets are reset"))
        .into()
}

fn partitions_of(lister: &GroupLister, topic: &str) -> Result<usize, ClientError> {
    let metadata = lister.patience().retry(|attempt| {
        let metadata = lister.client().fetch_metadata(Some(topic), attempt);
        metadata.map_err(|source| ClientError::Call { doing: "read the topic's metadata", source })
    })?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    let missing = || ClientError::Topic { topic: topic.to_owned(), reason: "it does not exist".to_owned() };
    found.map(|found| found.partitions().len()).ok_or_else(missing)
}

/// Where each partition continues.
fn targets(
    lister: &GroupLister,
    topic: &str,
    positions: &[PartitionPosition],
    to: ResetTo,
) -> Result<Vec<i64>, ClientError> {
    let within = |one: &PartitionPosition, offset: i64| offset.clamp(one.low, one.high.max(one.low));
    let time = match to {
        ResetTo::First => return Ok(positions.iter().map(|one| one.low).collect()),
        ResetTo::Last => return Ok(positions.iter().map(|one| one.high).collect()),
        ResetTo::Offset(offset) => return Ok(positions.iter().map(|one| within(one, offset)).collect()),
        ResetTo::Time(time) => time.as_millisecond().max(0),
    };
    let failed = |source| ClientError::Call { doing: "find the offsets of a time", source };
    let mut wanted = TopicPartitionList::with_capacity(positions.len());
    for one in positions {
        wanted.add_partition_offset(topic, one.partition, Offset::Offset(time)).map_err(failed)?;
    }
    let found = lister
        .patience()
        .retry(|attempt| lister.client().offsets_for_times(wanted.clone(), attempt).map_err(failed))?;
    let offset = |one: &PartitionPosition| match found.find_partition(topic, one.partition).map(|found| found.offset())
    {
        Some(Offset::Offset(offset)) => within(one, offset),
        _ => one.high,
    };
    Ok(positions.iter().map(offset).collect())
}

/// Commits the offsets of `plan`, and reads them back.
///
/// # Errors
/// The group has members by now, this user may not do it, or the broker has not stored an offset.
pub fn apply_reset(access: &GroupAccess, plan: &ResetPlan, stop: &Cancellation) -> Result<(), ClientError> {
    let context = access.context(stop);
    let patience = access.patience(&context);
    let client: BaseConsumer<ClientEvents> = access
        .config(&plan.group)?
        .create_with_context(ClientEvents::new(&context, "reset"))
        .map_err(|source| ClientError::Call { doing: "create the client that commits offsets", source })?;
    let done = commit(&client, &patience, plan);
    closing::close("reset", client, || CLOSING_PATIENCE);
    done
}

fn commit(client: &BaseConsumer<ClientEvents>, patience: &Patience, plan: &ResetPlan) -> Result<(), ClientError> {
    let failed = |source| ClientError::Call { doing: "commit the offsets", source };
    let mut offsets = TopicPartitionList::with_capacity(plan.partitions.len());
    for one in &plan.partitions {
        offsets.add_partition_offset(&one.topic, one.partition, Offset::Offset(one.target)).map_err(failed)?;
    }
    let what = || format!("commit offsets of the consumer group {}", plan.group);
    patience.retry(|_| {
        client.commit(&offsets, CommitMode::Sync).map_err(|source| match source.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::UnknownMemberId
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::RebalanceInProgress,
            ) => has_members(&plan.group, None),
            _ => failed(source).or_denied(what),
        })
    })?;
    let stored = patience.retry(|attempt| {
        let stored = client.committed_offsets(offsets.clone(), attempt);
        stored.map_err(|source| ClientError::Call { doing: "read the offsets back", source }.or_denied(what))
    })?;
    let is_stored = |one: &&PartitionReset| {
        let found = stored.find_partition(&one.topic, one.partition).map(|found| found.offset());
        found == Some(Offset::Offset(one.target))
    };
    match plan.partitions.iter().find(|one| !is_stored(one)) {
        None => Ok(()),
        Some(one) => Err(ClientError::Topic {
            topic: one.topic.clone(),
            reason: format!("the broker has not stored the offset {} of partition {}", one.target, one.partition),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(committed: Option<i64>, target: i64) -> PartitionReset {
        PartitionReset { topic: "t".to_owned(), partition: 0, committed, low: 10, high: 50, target }
    }

    #[test]
    fn repeated_and_skipped_records_are_those_that_exist() {
        for (committed, target, change) in [
            (Some(30), 30, OffsetChange::Nothing),
            (Some(30), 10, OffsetChange::Repeats(20)),
            (Some(30), 50, OffsetChange::Skips(20)),
            // The records before 10 were deleted.
            (Some(3), 10, OffsetChange::Nothing),
            (Some(3), 50, OffsetChange::Skips(40)),
            (Some(60), 10, OffsetChange::Unknown),
            (None, 10, OffsetChange::Unknown),
        ] {
            assert_eq!(reset(committed, target).change(), change, "{committed:?} to {target}");
        }
        let partitions = vec![reset(Some(30), 10), reset(Some(30), 45), reset(Some(50), 40), reset(None, 10)];
        assert_eq!(ResetPlan { group: "g".to_owned(), partitions }.totals(), (30, 15));
    }
}
