//! Where to begin on a partition: at the group's committed offset, if that can still be read.

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;

use super::Shared;
use super::tracker::Tracker;
use crate::kafka::error::ClientError;
use crate::kafka::events::Silent;
use crate::kafka::group_state::bounds_of;
use crate::model::notice::Notice;

const TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);
/// A broker that answers other requests for this long, but not this one, is no longer asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a group begins without a committed offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FirstOffset {
    /// At the first existing record.
    #[default]
    Earliest,
    /// At the end as it was when the run began, by partition: before anything was sent.
    Latest(HashMap<i32, i64>),
    /// Nowhere: the run fails.
    Refused,
}

impl FirstOffset {
    /// According to `auto.offset.reset` of `config`; `ends` are the partitions' ends when the run began.
    pub fn of(config: &ClientConfig, ends: impl FnOnce() -> HashMap<i32, i64>) -> Self {
        match config.get("auto.offset.reset") {
            Some("latest" | "largest" | "end") => Self::Latest(ends()),
            Some("error") => Self::Refused,
            _ => Self::Earliest,
        }
    }

    /// Makes the client itself begin at the start if an offset cannot be read: it would resolve "latest" after records
    /// were sent, and skip all of them.
    pub(super) fn fit_client(&self, config: &mut ClientConfig) {
        if matches!(self, Self::Latest(_)) {
            config.set("auto.offset.reset", "earliest");
        }
    }
}

/// Where to begin on one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    /// `None`: the client decides.
    offset: Option<i64>,
    /// Deleted before they were read.
    lost: Option<Range<i64>>,
    /// The committed offset, if it is beyond the end.
    beyond: Option<i64>,
}

fn start_of(first: &FirstOffset, partition: i32, committed: Option<i64>, bounds: &Range<i64>) -> Start {
    let (low, high) = (bounds.start, bounds.end);
    let at = |offset| Start { offset: Some(offset), lost: None, beyond: None };
    match (committed, first) {
        (Some(committed), _) if (low..=high).contains(&committed) => at(committed),
        (_, FirstOffset::Refused) => Start { offset: None, lost: None, beyond: None },
        (Some(committed), _) if committed < low => Start { lost: Some(committed..low), ..at(low) },
        (Some(committed), _) => Start { beyond: Some(committed), ..at(low) },
        (None, FirstOffset::Earliest) => at(low),
        // A partition that was added since then is read from its start.
        (None, FirstOffset::Latest(ends)) => at(ends.get(&partition).copied().unwrap_or(low).clamp(low, high)),
    }
}

/// Sets the first offset of each of the assigned `partitions`, and reports records that are missing before it.
pub(super) fn choose<C: ConsumerContext>(
    shared: &Shared,
    tracker: &Tracker,
    client: &BaseConsumer<C>,
    partitions: &mut TopicPartitionList,
) {
    let topic = &shared.settings.topic;
    let numbers: Vec<i32> = partitions.elements().iter().map(|element| element.partition()).collect();
    let known = ask(shared, client, &numbers);
    for partition in numbers {
        let Some((committed, bounds)) = known.get(&partition) else {
            tracker.assigned(partition, None, false);
            continue;
        };
        let start = start_of(&shared.settings.first_offset, partition, *committed, bounds);
        if let Some(offset) = start.offset
            && let Err(error) = partitions.set_partition_offset(topic, partition, Offset::Offset(offset))
        {
            tracing::warn!("partition {partition} cannot be begun at {offset}: {error}");
        }
        let is_moved = start.lost.is_some() || start.beyond.is_some();
        if let Some(beyond) = start.beyond {
            report_beyond(shared, partition, beyond, bounds);
        }
        tracker.assigned(partition, start.offset, is_moved);
        if let Some(lost) = start.lost {
            report_lost(shared, partition, lost);
        }
    }
}

type Known = HashMap<i32, (Option<i64>, Range<i64>)>;

/// The committed offsets of the group, and the partitions' first and end offsets. Waits during a downtime.
fn ask<C: ConsumerContext>(shared: &Shared, client: &BaseConsumer<C>, partitions: &[i32]) -> Known {
    let mut up_since = Instant::now();
    while !shared.is_over() {
        let error = match try_ask(shared, client, partitions) {
            Ok(known) if known.len() == partitions.len() => return known,
            // A leader will be elected.
            Ok(_) => KafkaError::OffsetFetch(RDKafkaErrorCode::LeaderNotAvailable),
            Err(error) => error,
        };
        if !shared.context.reachability.is_up() {
            up_since = Instant::now();
        }
        let code = error.rdkafka_error_code();
        if matches!(code, Some(RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed))
            || up_since.elapsed() > PATIENCE
        {
            shared.context.fail(ClientError::Call { doing: "read the group's committed offsets", source: error });
            break;
        }
        tracing::debug!("cannot ask for the offsets yet: {error}");
        shared.stop.wait_timeout(PAUSE);
    }
    Known::new()
}

fn try_ask<C: ConsumerContext>(shared: &Shared, client: &BaseConsumer<C>, partitions: &[i32]) -> KafkaResult<Known> {
    let topic = &shared.settings.topic;
    let mut wanted = TopicPartitionList::with_capacity(partitions.len());
    for &partition in partitions {
        wanted.add_partition(topic, partition);
    }
    let committed = client.committed_offsets(wanted, TIMEOUT)?;
    let committed_of = |partition: i32| match committed.find_partition(topic, partition).map(|found| found.offset()) {
        Some(Offset::Offset(offset)) => Some(offset),
        _ => None,
    };
    let mut bounds = bounds_of(client, topic, partitions, TIMEOUT)?;
    // With read_committed, the end may be before the end of the log.
    let doubtful: Vec<i32> = bounds
        .iter()
        .filter(|(partition, bounds)| committed_of(**partition).is_some_and(|committed| committed > bounds.end))
        .map(|(partition, _)| *partition)
        .collect();
    if !doubtful.is_empty() {
        bounds.extend(whole_bounds(&shared.settings.client, topic, &doubtful)?);
    }
    Ok(bounds.into_iter().map(|(partition, bounds)| (partition, (committed_of(partition), bounds))).collect())
}

/// The ends of the logs, whatever the isolation level.
fn whole_bounds(config: &ClientConfig, topic: &str, partitions: &[i32]) -> KafkaResult<HashMap<i32, Range<i64>>> {
    let mut config = config.clone();
    config.remove("group.instance.id");
    config.set("isolation.level", "read_uncommitted").set("enable.auto.commit", "false");
    let client: BaseConsumer<Silent> = config.create_with_context(Silent)?;
    bounds_of(&client, topic, partitions, TIMEOUT)
}

/// Counts and reports offsets that were deleted before they were read, each once.
pub(super) fn report_lost(shared: &Shared, partition: i32, lost: Range<i64>) {
    let context = &shared.context;
    let (from, last) = (lost.start, lost.end - 1);
    let (all, own) = context.outstanding.lost(partition, lost);
    if all == 0 {
        return;
    }
    (0..own).for_each(|_| context.recorder.lag.finished(partition));
    shared.note_activity();
    context.stop.notify();
    let topic = &shared.settings.topic;
    let records = if all == 1 { "1 record".to_owned() } else { format!("{all} records") };
    context.notify(Notice::warning(format!(
        "Offsets {from} to {last} of {topic} [{partition}] were deleted before the group read them: {records} lost"
    )));
}

fn report_beyond(shared: &Shared, partition: i32, committed: i64, bounds: &Range<i64>) {
    let context = &shared.context;
    context.outstanding.recreated(partition);
    context.recorder.consumer.offset_resets.add_one();
    let (topic, group) = (&shared.settings.topic, shared.settings.client.get("group.id").unwrap_or_default());
    let Range { start, end } = bounds;
    context.notify(Notice::warning(format!(
        "The group {group} had committed offset {committed} of {topic} [{partition}], which ends at {end}: the topic was \
         recreated or truncated. It is read from its start, offset {start}"
    )));
}

/// The client went back to an earlier offset within one assignment: the topic was recreated or truncated while it was
/// read.
pub(super) fn report_went_back(shared: &Shared, partition: i32, expected: i64, offset: i64) {
    let context = &shared.context;
    context.outstanding.recreated(partition);
    context.recorder.consumer.offset_resets.add_one();
    let topic = &shared.settings.topic;
    context.notify(Notice::warning(format!(
        "Offset {expected} of {topic} [{partition}] no longer exists: the topic was recreated or truncated while it \
         was read. It is read again from offset {offset}"
    )));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_begun_where_nothing_is_missed() {
        let latest = FirstOffset::Latest(HashMap::from([(0, 15), (1, 40)]));
        let start = |first: &FirstOffset, partition, committed| start_of(first, partition, committed, &(10..20));
        let at = |offset| Start { offset: Some(offset), lost: None, beyond: None };
        for first in [&FirstOffset::Earliest, &latest] {
            assert_eq!(start(first, 0, Some(10)), at(10));
            assert_eq!(start(first, 0, Some(20)), at(20));
            assert_eq!(start(first, 0, Some(3)), Start { lost: Some(3..10), ..at(10) });
            assert_eq!(start(first, 0, Some(21)), Start { beyond: Some(21), ..at(10) });
        }
        assert_eq!(start(&FirstOffset::Earliest, 0, None), at(10));
        // From the end when the run began; a partition that was added since then from its start.
        assert_eq!([0, 1, 2].map(|partition| start(&latest, partition, None)), [at(15), at(20), at(10)]);
        for committed in [None, Some(3), Some(30)] {
            assert_eq!(start(&FirstOffset::Refused, 0, committed).offset, None);
        }
    }
}
