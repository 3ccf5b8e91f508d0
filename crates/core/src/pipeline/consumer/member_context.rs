//! Handles a member's partition assignments and revocations.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaRespErr;

use super::Shared;
use super::start;
use super::tracker::Tracker;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::statistics::WayStatistics;

/// How long a rebalance is delayed while records of revoked partitions are being saved.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);
/// Time between two checks whether the assignment was lost meanwhile.
const LOST_INTERVAL: Duration = Duration::from_millis(50);

pub(super) type Client = BaseConsumer<MemberContext>;

pub(super) struct MemberContext {
    pub(super) name: String,
    pub(super) events: ClientEvents,
    pub(super) shared: Arc<Shared>,
    pub(super) tracker: Arc<Tracker>,
    /// The message of the error that is returned next.
    pub(super) last_error: Mutex<Option<String>>,
}

impl MemberContext {
    /// Stores the frontiers in the client, which commits them.
    pub(super) fn store_offsets(&self, client: &Client) {
        for (partition, offset) in self.tracker.take_moved() {
            let mut offsets = TopicPartitionList::with_capacity(1);
            let added = offsets.add_partition_offset(&self.shared.settings.topic, partition, Offset::Offset(offset));
            // Fails for a partition that was lost meanwhile: its next owner receives the records again.
            if let Err(error) = added.and_then(|()| client.store_offsets(&offsets)) {
                tracing::debug!("{}: offset {offset} of partition {partition} is not stored: {error}", self.name);
            }
        }
    }
}

impl MemberContext {
    /// The partitions are given to another member.
    fn give_up(&self, client: &Client, partitions: &TopicPartitionList) {
        tracing::info!("{}: gives up {} partitions", self.name, partitions.count());
        // Other threads continue to save. Records that are not finished in time are saved nevertheless, and received
        // again by the next owner.
        let failed = self.shared.context.failed();
        let deadline = Instant::now() + DRAIN_TIMEOUT;
        // The client does not report that the assignment is lost, so it is checked.
        while !self.tracker.wait_until_drained(LOST_INTERVAL, failed)
            && !failed.is_requested()
            && !client.assignment_lost()
            && Instant::now() < deadline
        {}
        // The client commits stored offsets before it releases the partitions.
        self.store_offsets(client);
        for element in partitions.elements() {
            self.tracker.forget(element.partition());
        }
    }
}

impl ClientContext for MemberContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        *self.last_error.lock() = Some(reason.to_owned());
        self.events.on_error(&error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        if let Some(sink) = &self.shared.settings.statistics {
            sink(statistics);
        }
        let recorder = &self.shared.context.recorder;
        for (partition, offset) in WayStatistics::read(statistics).iter().flat_map(WayStatistics::committed) {
            recorder.stages.committed(partition, offset, recorder.since_start());
        }
    }
}

impl ConsumerContext for MemberContext {
    /// Like the trait's own method, but the first offsets are chosen here.
    fn rebalance(&self, client: &Client, kind: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let is_cooperative = matches!(client.rebalance_protocol(), RebalanceProtocol::Cooperative);
        let done = match kind {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                tracing::info!("{}: assigned {} partitions", self.name, partitions.count());
                start::choose(&self.shared, &self.tracker, client, partitions);
                let done =
                    if is_cooperative { client.incremental_assign(partitions) } else { client.assign(partitions) };
                self.shared.note_activity();
                self.shared.is_assigned.store(true, Ordering::Release);
                self.shared.context.stop.notify();
                done
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                self.give_up(client, partitions);
                if is_cooperative { client.incremental_unassign(partitions) } else { client.unassign() }
            }
            error => {
                tracing::warn!("{}: rebalance failed: {}", self.name, RDKafkaErrorCode::from(error));
                client.unassign()
            }
        };
        if let Err(source) = done {
            self.shared.context.fail(ClientError::Call { doing: "take over the assigned partitions", source });
        }
    }
}
