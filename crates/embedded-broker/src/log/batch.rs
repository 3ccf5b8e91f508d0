//! The header of a record batch, format v2 (61 bytes, big endian).
//!
//! Base offset (0..8) and leader epoch (12..16) lie outside the CRC, which covers everything from the attributes on.
//! The attributes and the latest timestamp are rewritten if the records get the broker's time.

use bytes::Buf;
use kafka_protocol::ResponseError;

/// Bytes of a batch before its records.
pub(crate) const HEADER_BYTES: usize = 61;
/// Bytes that the length field does not count: base offset and the length itself.
const LENGTH_OVERHEAD: usize = 12;
/// Where the bytes begin that the CRC covers.
const CRC_COVER: usize = 21;
/// Where the attributes and the latest timestamp are.
const ATTRIBUTES: std::ops::Range<usize> = 21..23;
const MAX_TIMESTAMP: std::ops::Range<usize> = 35..43;
/// The time of all records is the latest timestamp, the time at which the batch was appended.
pub(crate) const LOG_APPEND_TIME: i16 = 0x08;
/// No producer id: the batch is not idempotent.
pub(crate) const NO_PRODUCER: i64 = -1;

/// A batch's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// The whole batch in bytes, header included.
    pub size: usize,
    /// Message format version; 2 is the only one stored.
    pub magic: i8,
    /// CRC-32C over everything from the attributes on.
    pub crc: u32,
    /// Compression (bits 0–2), timestamp type (3), transactional (4), control (5).
    pub attributes: i16,
    /// Offset of the last record minus the base offset.
    pub last_offset_delta: i32,
    /// Timestamp of the first record, in milliseconds.
    pub base_timestamp: i64,
    /// Latest timestamp of any record, in milliseconds.
    pub max_timestamp: i64,
    /// Idempotent producer, or [`NO_PRODUCER`].
    pub producer_id: i64,
    /// Epoch of that producer.
    pub producer_epoch: i16,
    /// Sequence number of the first record.
    pub base_sequence: i32,
    /// Number of records.
    pub count: i32,
}

impl BatchHeader {
    /// Reads a header; `None` if bytes are missing or the length cannot be a batch's.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes.get(..HEADER_BYTES)?;
        let base_offset = bytes.get_i64();
        let size = usize::try_from(bytes.get_i32()).ok()? + LENGTH_OVERHEAD;
        let _leader_epoch = bytes.get_i32();
        let header = Self {
            base_offset,
            size,
            magic: bytes.get_i8(),
            crc: bytes.get_u32(),
            attributes: bytes.get_i16(),
            last_offset_delta: bytes.get_i32(),
            base_timestamp: bytes.get_i64(),
            max_timestamp: bytes.get_i64(),
            producer_id: bytes.get_i64(),
            producer_epoch: bytes.get_i16(),
            base_sequence: bytes.get_i32(),
            count: bytes.get_i32(),
        };
        (size >= HEADER_BYTES).then_some(header)
    }

    /// Offset of the last record.
    pub(crate) fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.last_offset_delta))
    }

    /// Offset that follows the batch.
    pub(crate) fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Sequence number of the last record; sequences wrap after `i32::MAX`.
    pub(crate) fn last_sequence(&self) -> i32 {
        let sum = i64::from(self.base_sequence) + i64::from(self.last_offset_delta);
        i32::try_from(sum % (i64::from(i32::MAX) + 1)).unwrap_or(0)
    }

    /// Compression codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    pub(crate) fn compression(&self) -> i16 {
        self.attributes & 0x07
    }

    /// Sets the latest timestamp and the attributes according to the records' time: that of the log with `append_time`,
    /// else that of the producer. `records` is the batch as the producer sent it.
    ///
    /// # Errors
    ///
    /// The producer claims the log's time, and that is to be used.
    pub(crate) fn set_time(&mut self, records: &[u8], append_time: Option<i64>) -> Result<(), Refusal> {
        let claims_append_time = self.attributes & LOG_APPEND_TIME != 0;
        match append_time {
            Some(_) if claims_append_time => {
                let reason = "a producer must not claim that its records have the log's time";
                return Err((ResponseError::InvalidTimestamp, reason));
            }
            Some(now_ms) => {
                self.attributes |= LOG_APPEND_TIME;
                self.max_timestamp = now_ms;
            }
            None if claims_append_time => self.attributes &= !LOG_APPEND_TIME,
            None => return Ok(()),
        }
        let Some(old) = records.get(CRC_COVER..HEADER_BYTES) else { return Ok(()) };
        let mut new = [0; HEADER_BYTES - CRC_COVER];
        new.copy_from_slice(old);
        self.write_time(&mut new, CRC_COVER);
        // The records themselves are not read again: a CRC is linear, so that the difference of the headers is enough.
        let rest = records.len() - HEADER_BYTES;
        let share = |header: &[u8]| crc32c::crc32c_combine(crc32c::crc32c(header), 0, rest);
        self.crc ^= share(old) ^ share(&new);
        Ok(())
    }

    /// Writes the attributes and the latest timestamp into the batch's bytes from `from` on.
    fn write_time(&self, bytes: &mut [u8], from: usize) {
        bytes[ATTRIBUTES.start - from..ATTRIBUTES.end - from].copy_from_slice(&self.attributes.to_be_bytes());
        bytes[MAX_TIMESTAMP.start - from..MAX_TIMESTAMP.end - from].copy_from_slice(&self.max_timestamp.to_be_bytes());
    }

    /// Whether a stored batch is whole: format, counts and CRC. `bytes` is the batch from its first byte on.
    pub(crate) fn is_intact(&self, bytes: &[u8]) -> bool {
        self.magic == 2
            && self.last_offset_delta >= 0
            && bytes.len() == self.size
            && crc32c::crc32c(&bytes[CRC_COVER..]) == self.crc
    }
}

/// Why a producer's batch is refused: Kafka's error and a sentence for the client.
pub(crate) type Refusal = (ResponseError, &'static str);

/// Checks what a producer sent for one partition: exactly one whole, intact batch of format v2.
pub(crate) fn validate(records: &[u8]) -> Result<BatchHeader, Refusal> {
    let header = BatchHeader::parse(records)
        .ok_or((ResponseError::CorruptMessage, "the record batch is shorter than its header"))?;
    if header.magic != 2 {
        return Err((ResponseError::InvalidRecord, "only message format v2 is supported"));
    }
    if header.size > records.len() {
        return Err((ResponseError::CorruptMessage, "the record batch is cut short"));
    }
    if header.size < records.len() {
        return Err((ResponseError::InvalidRecord, "exactly one record batch a partition is expected"));
    }
    if crc32c::crc32c(&records[CRC_COVER..]) != header.crc {
        return Err((ResponseError::CorruptMessage, "the record batch's CRC does not match"));
    }
    if header.count <= 0 || header.last_offset_delta != header.count - 1 {
        return Err((ResponseError::InvalidRecord, "the record count does not match the last offset delta"));
    }
    if header.attributes & 0x30 != 0 {
        return Err((ResponseError::InvalidRecord, "transactional and control batches are not supported"));
    }
    if header.compression() > 4 {
        return Err((ResponseError::UnsupportedCompressionType, "unknown compression codec"));
    }
    if header.producer_id >= 0 && (header.producer_epoch < 0 || header.base_sequence < 0) {
        return Err((ResponseError::InvalidRecord, "an idempotent batch needs an epoch and a sequence"));
    }
    Ok(header)
}

/// The header's bytes as they are stored: what the producer sent, with the offset and the time that the log gave it;
/// leader epoch 0, the only one.
pub(crate) fn stamped_header(records: &[u8], stamp: &BatchHeader) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header.copy_from_slice(&records[..HEADER_BYTES]);
    header[..8].copy_from_slice(&stamp.base_offset.to_be_bytes());
    header[12..16].copy_from_slice(&0_i32.to_be_bytes());
    header[17..21].copy_from_slice(&stamp.crc.to_be_bytes());
    stamp.write_time(&mut header, 0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_header_or_an_impossible_length_is_no_batch() {
        assert_eq!(BatchHeader::parse(&[0; 60]), None);
        let mut header = [0; 61];
        header[8..12].copy_from_slice(&(-5_i32).to_be_bytes());
        assert_eq!(BatchHeader::parse(&header), None);
        header[8..12].copy_from_slice(&48_i32.to_be_bytes());
        assert_eq!(BatchHeader::parse(&header), None);
    }

    #[test]
    fn a_batch_that_gets_the_logs_time_is_intact_and_reads_back_so() {
        use super::super::test_batches::plain;
        for value_bytes in [0, 1, 500, 100_000] {
            let (bytes, mut header) = plain(&[5, 9, 7], value_bytes, None);
            header.base_offset = 70;
            header.set_time(&bytes, Some(1_234_567)).unwrap();
            let stored = [&stamped_header(&bytes, &header)[..], &bytes[HEADER_BYTES..]].concat();
            assert_eq!(BatchHeader::parse(&stored), Some(header));
            assert!(header.is_intact(&stored));
            assert_eq!((header.attributes, header.base_timestamp, header.max_timestamp), (8, 5, 1_234_567));
            // Sent as if the log had stamped it: refused where the log does, and the producer's own where it does not.
            let mut sent = validate(&stored).unwrap();
            assert_eq!(sent.set_time(&stored, Some(9)).unwrap_err().0, ResponseError::InvalidTimestamp);
            sent.set_time(&stored, None).unwrap();
            let cleared = [&stamped_header(&stored, &sent)[..], &stored[HEADER_BYTES..]].concat();
            assert!(sent.is_intact(&cleared));
            assert_eq!((sent.attributes, sent.max_timestamp), (0, 1_234_567));
        }
    }

    #[test]
    fn sequences_wrap_after_the_largest() {
        let mut bytes = [0; 61];
        bytes[8..12].copy_from_slice(&49_i32.to_be_bytes());
        bytes[23..27].copy_from_slice(&2_i32.to_be_bytes());
        bytes[53..57].copy_from_slice(&(i32::MAX - 1).to_be_bytes());
        assert_eq!(BatchHeader::parse(&bytes).unwrap().last_sequence(), 0);
    }
}
