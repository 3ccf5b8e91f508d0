//! Reads the offsets, timestamps and keys of the records in a batch, compressed or not.

use std::io::{self, BufReader, Read};

use super::batch::{BatchHeader, HEADER_BYTES, LOG_APPEND_TIME};

/// Maximum bytes of a batch that are decompressed: far more than clients send.
const MAX_UNPACKED_BYTES: u64 = 1024 * 1024 * 1024;
/// Largest block of Snappy that is decompressed; Kafka's Java client writes blocks of 32 KiB, librdkafka one a batch.
const MAX_SNAPPY_BLOCK_BYTES: usize = 256 * 1024 * 1024;
const READ_BUFFER_BYTES: usize = 32 * 1024;

/// The first record at or after `start_offset` whose timestamp is at least `timestamp`, as (offset, timestamp). `batch`
/// is the whole batch. Where it cannot be decompressed, its first record is returned, so that nothing is skipped.
pub(crate) fn first_at(batch: &[u8], timestamp: i64, start_offset: i64) -> Option<(i64, i64)> {
    let header = BatchHeader::parse(batch)?;
    let mut found = None;
    let looked = visit(batch, &header, |Record { offset, time, .. }| {
        found = (offset >= start_offset && time >= timestamp).then_some((offset, time));
        found.is_some()
    });
    match looked {
        Ok(()) => found,
        Err(error) => {
            tracing::debug!("cannot read the records of the batch at offset {}: {error}", header.base_offset);
            Some((header.base_offset.max(start_offset), header.base_timestamp.max(timestamp)))
        }
    }
}

/// The latest timestamp of the records at or after `start_offset`.
pub(crate) fn latest_from(batch: &[u8], start_offset: i64) -> Option<i64> {
    let header = BatchHeader::parse(batch)?;
    let mut latest = None;
    let looked = visit(batch, &header, |Record { offset, time, .. }| {
        if offset >= start_offset {
            latest = latest.max(Some(time));
        }
        false
    });
    if looked.is_ok() { latest } else { Some(header.max_timestamp) }
}

/// Whether a record has no key. `batch` is the whole batch, as a producer sent it; one that cannot be decompressed is
/// accepted.
pub(crate) fn any_without_key(batch: &[u8]) -> bool {
    let Some(header) = BatchHeader::parse(batch) else { return false };
    let mut is_missing = false;
    let looked = visit(batch, &header, |record| {
        is_missing = !record.has_key;
        is_missing
    });
    looked.is_ok() && is_missing
}

/// The fields of a record that are read.
struct Record {
    offset: i64,
    time: i64,
    has_key: bool,
}

/// Passes each record to `is_enough`, in order, until it returns true.
fn visit(batch: &[u8], header: &BatchHeader, mut is_enough: impl FnMut(Record) -> bool) -> io::Result<()> {
    let packed = batch.get(HEADER_BYTES..header.size).ok_or(io::ErrorKind::UnexpectedEof)?;
    let unpacked = unpack(packed, header.compression())?;
    let mut records = BufReader::with_capacity(READ_BUFFER_BYTES, unpacked.take(MAX_UNPACKED_BYTES));
    for _ in 0..header.count {
        let length = u64::try_from(varint(&mut records)?).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut record = records.by_ref().take(length);
        byte(&mut record)?; // attributes
        let time = header.base_timestamp.saturating_add(varint(&mut record)?);
        let time = if header.attributes & LOG_APPEND_TIME == 0 { time } else { header.max_timestamp };
        let offset = header.base_offset.saturating_add(varint(&mut record)?);
        let has_key = varint(&mut record)? >= 0;
        if is_enough(Record { offset, time, has_key }) {
            return Ok(());
        }
        io::copy(&mut record, &mut io::sink())?;
        if record.limit() > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

fn unpack(packed: &[u8], codec: i16) -> io::Result<Box<dyn Read + '_>> {
    Ok(match codec {
        0 => Box::new(packed),
        1 => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        2 => Box::new(Snappy::new(packed)),
        3 => Box::new(lz4_flex::frame::FrameDecoder::new(packed)),
        4 => Box::new(ruzstd::decoding::StreamingDecoder::new(packed).map_err(io::Error::other)?),
        _ => return Err(io::ErrorKind::Unsupported.into()),
    })
}

/// Decompresses Snappy: one raw block, or the blocks of the Java library's stream (a header of 16 bytes, then each
/// block after its length).
struct Snappy<'a> {
    packed: &'a [u8],
    is_stream: bool,
    block: Vec<u8>,
    position: usize,
}

impl<'a> Snappy<'a> {
    const STREAM_MAGIC: &'static [u8] = b"\x82SNAPPY\0";
    const STREAM_HEADER_BYTES: usize = 16;

    fn new(packed: &'a [u8]) -> Self {
        let is_stream = packed.starts_with(Self::STREAM_MAGIC);
        let skipped = if is_stream { Self::STREAM_HEADER_BYTES } else { 0 };
        Self { packed: packed.get(skipped..).unwrap_or_default(), is_stream, block: Vec::new(), position: 0 }
    }

    fn next_block(&mut self) -> io::Result<()> {
        let mut block = std::mem::take(&mut self.packed);
        if self.is_stream {
            let (length, rest) = block.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
            (block, self.packed) =
                rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        if snap::raw::decompress_len(block)? > MAX_SNAPPY_BLOCK_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.block = snap::raw::Decoder::new().decompress_vec(block)?;
        self.position = 0;
        Ok(())
    }
}

impl Read for Snappy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.block.len() {
            if self.packed.is_empty() {
                return Ok(0);
            }
            self.next_block()?;
        }
        let count = (&self.block[self.position..]).read(buffer)?;
        self.position += count;
        Ok(count)
    }
}

fn byte(bytes: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    bytes.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// A zig-zag variable-length integer.
fn varint(bytes: &mut impl Read) -> io::Result<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = byte(bytes)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let half = i64::from_ne_bytes((value >> 1).to_ne_bytes());
            return Ok(half ^ -i64::from(value & 1 == 1));
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::test_batches::{Records, compressed};
    use super::*;

    type Pack = fn(&[u8]) -> Vec<u8>;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn snappy(bytes: &[u8]) -> Vec<u8> {
        snap::raw::Encoder::new().compress_vec(bytes).unwrap()
    }

    fn snappy_stream(bytes: &[u8]) -> Vec<u8> {
        let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
        for block in bytes.chunks(20) {
            let block = snappy(block);
            out.extend_from_slice(&u32::try_from(block.len()).unwrap().to_be_bytes());
            out.extend_from_slice(&block);
        }
        out
    }

    fn lz4(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn records_are_found_in_batches_of_every_codec() {
        let records = Records { base_offset: 100, timestamps: vec![50, 70, 60, 70, 10], value_bytes: 40 };
        let codecs: [(i16, Pack); 6] =
            [(0, <[u8]>::to_vec), (1, gzip), (2, snappy), (2, snappy_stream), (3, lz4), (4, zstd)];
        for (codec, pack) in codecs {
            let batch = compressed(&records, codec, pack);
            assert_eq!(first_at(&batch, 0, 0), Some((100, 50)), "codec {codec}");
            assert_eq!(first_at(&batch, 51, 0), Some((101, 70)));
            assert_eq!(first_at(&batch, 51, 102), Some((102, 60)));
            assert_eq!(first_at(&batch, 71, 0), None);
            assert!(any_without_key(&batch));
            assert_eq!(
                (latest_from(&batch, 0), latest_from(&batch, 104), latest_from(&batch, 105)),
                (Some(70), Some(10), None)
            );
        }
    }

    #[test]
    fn a_batch_that_cannot_be_unpacked_is_stood_for_by_its_first_record() {
        let records = Records { base_offset: 100, timestamps: vec![50, 70], value_bytes: 40 };
        for codec in [1, 2, 3, 4] {
            let batch = compressed(&records, codec, |_| b"no such thing".to_vec());
            assert_eq!(first_at(&batch, 60, 0), Some((100, 60)), "codec {codec}");
            assert_eq!(latest_from(&batch, 101), Some(70));
            assert!(!any_without_key(&batch));
        }
    }

    #[test]
    fn varints_are_zig_zag() {
        assert_eq!(varint(&mut &[0x01][..]).unwrap(), -1);
        assert_eq!(varint(&mut &[0xac, 0x02][..]).unwrap(), 150);
        let smallest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(varint(&mut &smallest[..]).unwrap(), i64::MIN);
        assert!(varint(&mut &[0x80][..]).is_err());
        assert!(varint(&mut &[0xff; 11][..]).is_err());
    }
}
