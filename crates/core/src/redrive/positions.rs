//! What of each partition of a dead letter topic was read, and what is done.

use std::collections::BTreeMap;
use std::ops::Range;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::Offset;

use super::sent_offsets::SentOffsets;
use crate::kafka::control::TopicMetadata;
use crate::kafka::error::ClientError;
use crate::kafka::events::ClientEvents;
use crate::kafka::group_state::bounds_of;
use crate::kafka::patience::Patience;
use crate::run::error::SettingsError;

/// The topic and the group that remembers what was sent.
pub(super) struct TopicPlace<'a> {
    pub(super) topic: &'a str,
    pub(super) group: &'a str,
    pub(super) metadata: &'a TopicMetadata,
}

/// The partitions of a dead letter topic.
#[derive(Default)]
pub(super) struct Positions {
    topic: String,
    parts: BTreeMap<i32, Part>,
}

struct Part {
    /// The next offset to read, and the end when the redrive began.
    next: i64,
    end: i64,
    sent: SentOffsets,
    /// Whether more is done than was committed.
    is_ahead: bool,
}

impl Positions {
    /// Asks where the partitions begin and end, and what was sent. `again`: reads also what was sent.
    pub(super) fn find(
        client: &BaseConsumer<ClientEvents>,
        patience: &Patience,
        place: &TopicPlace<'_>,
        again: bool,
    ) -> Result<Self, ClientError> {
        let count = i32::try_from(place.metadata.partitions).unwrap_or(i32::MAX);
        let numbers: Vec<i32> = (0..count).collect();
        let what = || format!("read the topic {} as the consumer group {}", place.topic, place.group);
        let failed = |source| ClientError::Call { doing: "ask which dead letters were sent", source }.or_denied(what);
        let (bounds, committed) = patience.retry(|attempt| {
            let mut wanted = TopicPartitionList::with_capacity(numbers.len());
            wanted.add_partition_range(place.topic, 0, count - 1);
            let bounds = bounds_of(client, place.topic, &numbers, attempt).map_err(failed)?;
            Ok((bounds, client.committed_offsets(wanted, attempt).map_err(failed)?))
        })?;
        let mut positions = Self { topic: place.topic.to_owned(), parts: BTreeMap::new() };
        for number in numbers {
            let Some(bounds) = bounds.get(&number) else {
                let reason = format!("no broker leads its partition {number}");
                return Err(ClientError::Topic { topic: place.topic.to_owned(), reason });
            };
            let committed = committed.find_partition(place.topic, number);
            let sent = match committed.as_ref().map(|found| (found.offset(), found.metadata())) {
                // Beyond the end: the topic was created anew.
                Some((Offset::Offset(offset), note)) if offset <= bounds.end => SentOffsets::read(offset, note),
                _ => SentOffsets::read(bounds.start, ""),
            };
            positions.add(number, bounds.start..bounds.end, sent, again);
        }
        Ok(positions)
    }

    fn add(&mut self, partition: i32, offsets: Range<i64>, mut sent: SentOffsets, again: bool) {
        // What is no longer on the topic is done.
        sent.add(sent.next()..offsets.start);
        let next = if again { offsets.start } else { sent.next() };
        self.parts.insert(partition, Part { next, end: offsets.end, sent, is_ahead: true });
    }

    pub(super) fn all_read(&self) -> bool {
        self.parts.values().all(|part| part.next >= part.end)
    }

    /// The partitions that are not at their end, and what is left to read of each.
    pub(super) fn unread(&self) -> Vec<(i32, Range<i64>)> {
        let open = self.parts.iter().filter(|(_, part)| part.next < part.end);
        open.map(|(&partition, part)| (partition, part.next..part.end)).collect()
    }

    /// Has `client` read what is left.
    pub(super) fn assign(&self, client: &BaseConsumer<ClientEvents>) -> KafkaResult<()> {
        let mut assignment = TopicPartitionList::new();
        for (partition, offsets) in self.unread() {
            assignment.add_partition_offset(&self.topic, partition, Offset::Offset(offsets.start))?;
        }
        client.assign(&assignment)
    }

    /// Nothing is left to read; what was not seen does not count as done.
    pub(super) fn end(&mut self, partition: i32) {
        if let Some(part) = self.parts.get_mut(&partition) {
            part.next = part.end;
        }
    }

    /// Continues at `to`; what is before it cannot be read, and does not count as done.
    pub(super) fn skip_to(&mut self, partition: i32, to: i64) {
        if let Some(part) = self.parts.get_mut(&partition) {
            part.next = to;
        }
    }

    /// A letter was read: whether it was sent before. `None`: it was read already, or was added after the beginning.
    pub(super) fn read(&mut self, partition: i32, offset: i64) -> Option<bool> {
        let part = self.parts.get_mut(&partition).filter(|part| offset >= part.next)?;
        if offset >= part.end {
            part.next = part.end;
            return None;
        }
        if part.next < offset {
            // In between are marks of transactions, and what was compacted: done.
            part.sent.add(part.next..offset);
            part.is_ahead = true;
        }
        part.next = offset + 1;
        Some(part.sent.contains(offset))
    }

    /// The letter was sent, or holds nothing to send.
    pub(super) fn done(&mut self, partition: i32, offset: i64) {
        if let Some(part) = self.parts.get_mut(&partition) {
            part.sent.add(offset..offset + 1);
            part.is_ahead = true;
        }
    }

    /// Whether these letters can be noted as done.
    pub(super) fn check(&self, letters: impl Iterator<Item = (i32, i64)>) -> Result<(), ClientError> {
        let sent = self.parts.iter().map(|(&partition, part)| (partition, part.sent.clone()));
        let mut sent: BTreeMap<i32, SentOffsets> = sent.collect();
        for (partition, offset) in letters {
            if let Some(sent) = sent.get_mut(&partition) {
                sent.add(offset..offset + 1);
            }
        }
        match sent.iter().find(|(_, sent)| sent.note().is_err()) {
            Some((&partition, _)) => Err(self.too_scattered(partition)),
            None => Ok(()),
        }
    }

    /// What is done and was not committed yet.
    pub(super) fn to_commit(&self) -> Result<TopicPartitionList, ClientError> {
        let mut offsets = TopicPartitionList::new();
        for (&partition, part) in self.parts.iter().filter(|(_, part)| part.is_ahead) {
            let note = part.sent.note().map_err(|_| self.too_scattered(partition))?;
            offsets.add_partition(&self.topic, partition).set_metadata(note);
            let set = offsets.set_partition_offset(&self.topic, partition, Offset::Offset(part.sent.next()));
            set.map_err(|source| ClientError::Call { doing: "commit which dead letters were sent", source })?;
        }
        Ok(offsets)
    }

    /// All of it was committed.
    pub(super) fn committed(&mut self) {
        self.parts.values_mut().for_each(|part| part.is_ahead = false);
    }

    fn too_scattered(&self, partition: i32) -> ClientError {
        let reason = format!(
            "the selected letters are too scattered over partition {partition} of {}: Kafka has no room to note which of them \
             were sent; select more of them, or fewer with --count",
            self.topic
        );
        SettingsError(reason).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(offsets: Range<i64>, committed: i64, note: &str, again: bool) -> Positions {
        let mut positions = Positions { topic: "dlq".to_owned(), ..Positions::default() };
        positions.add(0, offsets, SentOffsets::read(committed, note), again);
        positions
    }

    /// The offset and the note that would be committed.
    fn to_commit(positions: &Positions) -> Vec<(Offset, String)> {
        let offsets = positions.to_commit().unwrap();
        offsets.elements().iter().map(|one| (one.offset(), one.metadata().to_owned())).collect()
    }

    #[test]
    fn what_was_sent_is_not_read_again_unless_asked_for() {
        let mut later = positions(0..10, 4, "redriven 2-2", false);
        assert_eq!(later.unread(), [(0, 4..10)]);
        assert_eq!([4, 5, 6].map(|offset| later.read(0, offset)), [Some(false), Some(false), Some(true)]);
        assert_eq!(positions(0..10, 4, "", true).unread(), [(0, 0..10)]);
        // Deleted meanwhile.
        assert_eq!(positions(7..10, 4, "", false).unread(), [(0, 7..10)]);
    }

    #[test]
    fn only_what_is_done_is_committed() {
        let mut positions = positions(0..5, 0, "", false);
        positions.committed();
        assert_eq!(positions.read(0, 0), Some(false));
        assert_eq!(to_commit(&positions), []);
        // There is nothing at 1.
        assert_eq!(positions.read(0, 2), Some(false));
        positions.done(0, 2);
        assert_eq!(to_commit(&positions), [(Offset::Offset(0), "redriven 1-2".to_owned())]);
        positions.done(0, 0);
        assert_eq!(to_commit(&positions), [(Offset::Offset(3), String::new())]);
        // Read already, and added after the beginning.
        assert_eq!((positions.read(0, 1), positions.read(0, 5), positions.all_read()), (None, None, true));
        positions.committed();
        assert_eq!(to_commit(&positions), []);
    }

    #[test]
    fn what_could_not_be_noted_is_refused_before_it_is_sent() {
        let positions = positions(0..9_000, 0, "", false);
        positions.check((0..4_000).map(|number| (0, number))).unwrap();
        let refused = positions.check((1..2_000).map(|number| (0, number * 2))).unwrap_err();
        assert!(refused.to_string().contains("too scattered over partition 0 of dlq"), "{refused}");
    }
}
