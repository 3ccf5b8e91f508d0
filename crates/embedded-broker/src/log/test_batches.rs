//! Record batches for the log's tests.

use bytes::{BufMut, Bytes};

use super::batch::{self, BatchHeader};

/// The records of a batch: one for each timestamp.
pub(super) struct Records {
    pub base_offset: i64,
    pub timestamps: Vec<i64>,
    pub value_bytes: usize,
}

/// Who writes a batch: producer id, epoch, sequence of its first record.
pub(super) type Writer = (i64, i16, i32);

/// A whole batch whose records went through `pack`.
pub(super) fn compressed(records: &Records, codec: i16, pack: impl Fn(&[u8]) -> Vec<u8>) -> Bytes {
    build(records, codec, pack, (-1, -1, -1))
}

/// A whole, uncompressed batch and its header.
pub(super) fn plain(timestamps: &[i64], value_bytes: usize, writer: Option<Writer>) -> (Bytes, BatchHeader) {
    let records = Records { base_offset: 0, timestamps: timestamps.to_vec(), value_bytes };
    let bytes = build(&records, 0, <[u8]>::to_vec, writer.unwrap_or((-1, -1, -1)));
    let header = batch::validate(&bytes).unwrap();
    (bytes, header)
}

fn build(records: &Records, codec: i16, pack: impl Fn(&[u8]) -> Vec<u8>, writer: Writer) -> Bytes {
    let base_timestamp = records.timestamps[0];
    let mut content = Vec::new();
    for (delta, timestamp) in (0..).zip(&records.timestamps) {
        let mut record = vec![0]; // attributes
        put_varint(&mut record, timestamp - base_timestamp);
        put_varint(&mut record, delta);
        put_varint(&mut record, -1); // no key
        put_varint(&mut record, i64::try_from(records.value_bytes).unwrap());
        record.extend(std::iter::repeat_n((timestamp % 251) as u8, records.value_bytes));
        put_varint(&mut record, 0); // no headers
        put_varint(&mut content, i64::try_from(record.len()).unwrap());
        content.extend_from_slice(&record);
    }
    let count = i32::try_from(records.timestamps.len()).unwrap();
    let mut covered = Vec::new();
    covered.put_i16(codec);
    covered.put_i32(count - 1);
    covered.put_i64(base_timestamp);
    covered.put_i64(records.timestamps.iter().copied().max().unwrap());
    covered.put_i64(writer.0);
    covered.put_i16(writer.1);
    covered.put_i32(writer.2);
    covered.put_i32(count);
    covered.extend_from_slice(&pack(&content));
    let mut batch = Vec::new();
    batch.put_i64(records.base_offset);
    batch.put_i32(i32::try_from(covered.len() + 9).unwrap());
    batch.put_i32(-1);
    batch.put_i8(2);
    batch.put_u32(crc32c::crc32c(&covered));
    batch.extend_from_slice(&covered);
    Bytes::from(batch)
}

fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut value = u64::from_ne_bytes(((value << 1) ^ (value >> 63)).to_ne_bytes());
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
