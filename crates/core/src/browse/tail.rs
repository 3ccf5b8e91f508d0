//! Records as they are added to a topic, without a group.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::Offset;

use super::bounds;
use super::client::{Reader, failed_to_read, judge};
use super::record::browsed;
use super::{BrowsePlan, BrowsedRecord, KeptValues};
use crate::kafka::error::ClientError;
use crate::kafka::inspector::is_unreadable;
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;

/// The most records of a batch; of more that arrive in its time the oldest are left out.
pub const TAIL_BATCH_MAX: usize = 1_000;
/// How long records are gathered.
const BATCH_TIME: Duration = Duration::from_millis(100);
const POLL: Duration = Duration::from_millis(50);

/// The records that arrived in about a tenth of a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TailBatch {
    /// The newest of them, oldest first, at most [`TAIL_BATCH_MAX`]; their values are not kept.
    pub records: Vec<BrowsedRecord>,
    /// How many older ones were left out.
    pub dropped: u64,
}

/// Reports records of the topic and the partition of `plan` that are added from now on, until `stop` is requested. The first
/// batch is empty: from then on nothing is missed. Partitions that are added to the topic meanwhile are not read.
///
/// # Errors
/// As [`super::read`]; a broker that does not answer is waited for.
pub fn tail(
    bootstrap_servers: &str,
    client: &ClientSettings,
    plan: &BrowsePlan,
    stop: &Cancellation,
    mut report: impl FnMut(TailBatch),
) -> Result<(), ClientError> {
    let reader = Reader::open(bootstrap_servers, client, plan.timeout, Some(&plan.topic), stop)?;
    let client = reader.client()?;
    let mut assignment = TopicPartitionList::new();
    for one in bounds::of_topic(&reader, &plan.topic, plan.partition)? {
        let end = Offset::Offset(one.high);
        assignment.add_partition_offset(&plan.topic, one.partition, end).map_err(failed_to_read)?;
    }
    client.assign(&assignment).map_err(failed_to_read)?;
    report(TailBatch::default());
    let mut gathered = Gathered::default();
    while !stop.is_requested() {
        match client.poll(POLL) {
            Some(Ok(message)) => {
                gathered.add(browsed(&message, reader.decoded_bytes_max(), 0, KeptValues::Nothing));
            }
            None | Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(error)) if is_unreadable(&error) => {
                return Err(ClientError::Topic {
                    topic: plan.topic.clone(),
                    reason: "a new record cannot be read; read its newest records to see which one".to_owned(),
                });
            }
            Some(Err(error)) => judge(&plan.topic, error)?,
        }
        if let Some(batch) = gathered.take_due() {
            report(batch);
        }
    }
    Ok(())
}

/// A batch in the making.
#[derive(Default)]
struct Gathered {
    batch: TailBatch,
    since: Option<Instant>,
}

impl Gathered {
    fn add(&mut self, record: BrowsedRecord) {
        self.since.get_or_insert_with(Instant::now);
        self.batch.records.push(record);
        // Seldom, as each time it moves all others.
        if self.batch.records.len() >= 2 * TAIL_BATCH_MAX {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let more = self.batch.records.len().saturating_sub(TAIL_BATCH_MAX);
        self.batch.records.drain(..more);
        self.batch.dropped += more as u64;
    }

    fn take_due(&mut self) -> Option<TailBatch> {
        if self.since.is_none_or(|since| since.elapsed() < BATCH_TIME) {
            return None;
        }
        self.since = None;
        self.drop_oldest();
        Some(std::mem::take(&mut self.batch))
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::unreadable;
    use super::*;

    #[test]
    fn a_batch_keeps_the_newest_and_counts_the_others() {
        let mut gathered = Gathered::default();
        assert_eq!(gathered.take_due(), None);
        let count = 3 * TAIL_BATCH_MAX as i64 + 7;
        for offset in 0..count {
            gathered.add(unreadable(0, offset, ""));
        }
        gathered.since = Instant::now().checked_sub(BATCH_TIME);
        let batch = gathered.take_due().unwrap();
        assert_eq!((batch.records.len(), batch.dropped), (TAIL_BATCH_MAX, 2 * TAIL_BATCH_MAX as u64 + 7));
        assert_eq!(batch.records.last().unwrap().offset, count - 1);
        assert_eq!(gathered.take_due(), None);
    }
}
