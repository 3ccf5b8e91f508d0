//! Idempotent producers of one partition and their sequence numbers (as Kafka's `ProducerStateManager`).

use std::collections::{HashMap, VecDeque};

use bytes::{Buf, BufMut};
use kafka_protocol::ResponseError;

use super::batch::{BatchHeader, NO_PRODUCER, Refusal};

/// Batches remembered for each producer, Kafka's number: a client has at most five requests in flight.
const REMEMBERED_BATCHES: usize = 5;
/// Producers remembered for each partition; the one unused for longest is dropped first.
const REMEMBERED_PRODUCERS: usize = 2048;
/// A producer unused for this long is dropped (Kafka's `producer.id.expiration.ms`), in milliseconds.
const EXPIRATION_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Producer {
    epoch: i16,
    /// When it last wrote, milliseconds since 1970.
    used_ms: i64,
    batches: VecDeque<Written>,
}

/// A producer, as DescribeProducers returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ActiveProducer {
    /// Its id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i16,
    /// Sequence number of the last record it wrote.
    pub last_sequence: i32,
    /// Latest timestamp of its last batch, in milliseconds since 1970; the time of the write where the batch is
    /// deleted.
    pub last_timestamp: i64,
    /// Offset of the first record of its last batch.
    pub base_offset: i64,
}

/// Whether a batch is new to the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// New: append it.
    Append,
    /// Already stored at this offset: answer with it, append nothing.
    Duplicate(i64),
}

/// The producers' state of one partition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Producers(HashMap<i64, Producer>);

impl Producers {
    /// Judges a batch before it is appended. An unknown producer may begin with any sequence, as in Kafka.
    pub(crate) fn check(&self, batch: &BatchHeader) -> Result<Verdict, Refusal> {
        if batch.producer_id == NO_PRODUCER {
            return Ok(Verdict::Append);
        }
        let Some(known) = self.0.get(&batch.producer_id) else { return Ok(Verdict::Append) };
        if batch.producer_epoch < known.epoch {
            return Err((ResponseError::InvalidProducerEpoch, "a newer epoch of this producer has written"));
        }
        let out_of_order = (ResponseError::OutOfOrderSequenceNumber, "the sequence number is not the next one");
        if batch.producer_epoch > known.epoch {
            return if batch.base_sequence == 0 { Ok(Verdict::Append) } else { Err(out_of_order) };
        }
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        if let Some(same) = known.batches.iter().find(|w| w.first_sequence == first && w.last_sequence == last) {
            return Ok(Verdict::Duplicate(same.base_offset));
        }
        match known.batches.back() {
            Some(previous) if first != next_sequence(previous.last_sequence) => Err(out_of_order),
            _ => Ok(Verdict::Append),
        }
    }

    /// Remembers an appended batch; its base offset is the log's.
    pub(crate) fn record(&mut self, batch: &BatchHeader, now_ms: i64) {
        if batch.producer_id == NO_PRODUCER {
            return;
        }
        if !self.0.contains_key(&batch.producer_id) && self.0.len() >= REMEMBERED_PRODUCERS {
            self.forget_oldest();
        }
        let producer = self.0.entry(batch.producer_id).or_default();
        if producer.epoch != batch.producer_epoch {
            producer.batches.clear();
            producer.epoch = batch.producer_epoch;
        }
        producer.used_ms = now_ms;
        if producer.batches.len() == REMEMBERED_BATCHES {
            producer.batches.pop_front();
        }
        producer.batches.push_back(Written {
            first_sequence: batch.base_sequence,
            last_sequence: batch.last_sequence(),
            base_offset: batch.base_offset,
        });
    }

    /// The producers by id, with the time of their last write in place of their records' timestamps.
    pub(super) fn active(&self) -> Vec<ActiveProducer> {
        let active = self.0.iter().filter_map(|(&id, producer)| {
            let last = producer.batches.back()?;
            Some(ActiveProducer {
                id,
                epoch: producer.epoch,
                last_sequence: last.last_sequence,
                last_timestamp: producer.used_ms,
                base_offset: last.base_offset,
            })
        });
        let mut active: Vec<_> = active.collect();
        active.sort_unstable_by_key(|producer| producer.id);
        active
    }

    fn forget_oldest(&mut self) {
        let mut ages: Vec<_> = self.0.iter().map(|(&id, producer)| (producer.used_ms, id)).collect();
        ages.sort_unstable();
        for (_, id) in ages.into_iter().take(REMEMBERED_PRODUCERS / 8) {
            self.0.remove(&id);
        }
    }

    /// Drops producers that have not written for a day.
    pub(crate) fn expire(&mut self, now_ms: i64) {
        self.0.retain(|_, producer| now_ms.saturating_sub(producer.used_ms) < EXPIRATION_MS);
    }

    /// Appends the state to a checkpoint.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.put_u32(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        for (&id, producer) in &self.0 {
            out.put_i64(id);
            out.put_i16(producer.epoch);
            out.put_i64(producer.used_ms);
            out.put_u8(u8::try_from(producer.batches.len()).unwrap_or(u8::MAX));
            for written in &producer.batches {
                out.put_i32(written.first_sequence);
                out.put_i32(written.last_sequence);
                out.put_i64(written.base_offset);
            }
        }
    }

    /// Reads what [`Self::encode`] wrote; `None` if it is not that.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut producers = HashMap::new();
        for _ in 0..bytes.try_get_u32().ok()? {
            let id = bytes.try_get_i64().ok()?;
            let mut producer = Producer {
                epoch: bytes.try_get_i16().ok()?,
                used_ms: bytes.try_get_i64().ok()?,
                batches: VecDeque::new(),
            };
            for _ in 0..bytes.try_get_u8().ok()? {
                producer.batches.push_back(Written {
                    first_sequence: bytes.try_get_i32().ok()?,
                    last_sequence: bytes.try_get_i32().ok()?,
                    base_offset: bytes.try_get_i64().ok()?,
                });
            }
            producers.insert(id, producer);
        }
        bytes.is_empty().then_some(Self(producers))
    }
}

fn next_sequence(last: i32) -> i32 {
    last.checked_add(1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(epoch: i16, sequence: i32, base_offset: i64) -> BatchHeader {
        BatchHeader {
            base_offset,
            size: 100,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: 0,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence: sequence,
            count: 1,
        }
    }

    #[test]
    fn the_last_five_batches_are_recognised_also_after_encoding() {
        let mut producers = Producers::default();
        for sequence in 0..7 {
            assert_eq!(producers.check(&batch(0, sequence, 0)), Ok(Verdict::Append));
            producers.record(&batch(0, sequence, i64::from(sequence) + 100), 1);
        }
        let mut bytes = Vec::new();
        producers.encode(&mut bytes);
        assert_eq!(Producers::decode(&bytes[..bytes.len() - 1]), None);
        let producers = Producers::decode(&bytes).unwrap();
        assert_eq!(producers.check(&batch(0, 2, 0)), Ok(Verdict::Duplicate(102)));
        assert_eq!(producers.check(&batch(0, 6, 0)), Ok(Verdict::Duplicate(106)));
        assert_eq!(producers.check(&batch(0, 1, 0)).unwrap_err().0, ResponseError::OutOfOrderSequenceNumber);
        assert_eq!(producers.check(&batch(0, 8, 0)).unwrap_err().0, ResponseError::OutOfOrderSequenceNumber);
        assert_eq!(producers.check(&batch(0, 7, 0)), Ok(Verdict::Append));
    }

    #[test]
    fn a_newer_epoch_starts_at_zero_and_fences_the_older() {
        let mut producers = Producers::default();
        assert_eq!(producers.check(&batch(3, 40, 0)), Ok(Verdict::Append));
        producers.record(&batch(3, 40, 0), 1);
        assert_eq!(producers.check(&batch(4, 1, 0)).unwrap_err().0, ResponseError::OutOfOrderSequenceNumber);
        assert_eq!(producers.check(&batch(4, 0, 0)), Ok(Verdict::Append));
        producers.record(&batch(4, 0, 1), 1);
        assert_eq!(producers.check(&batch(3, 41, 0)).unwrap_err().0, ResponseError::InvalidProducerEpoch);
    }
}
