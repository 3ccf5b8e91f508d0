//! Data that a record carries to the consumer, in a header, and to its acknowledgement, in the client's memory.

use std::time::Duration;

/// The header that carries a record's number and its time.
pub(super) const HEADER: &str = "bench";

/// A record's data for the consumer.
#[derive(Debug, PartialEq)]
pub(super) struct HeaderTag {
    pub(super) sequence: u64,
    /// When the record was to be sent.
    pub(super) intended: Duration,
    /// The index of its image.
    pub(super) index: usize,
}

/// A record's data for its acknowledgement: whether it counts (1 bit), the index of its image (23 bits), and when it
/// was to be sent, in units of 100 ns (40 bits, 30 hours).
#[derive(Debug, PartialEq)]
pub(super) struct DeliveryTag {
    pub(super) is_counted: bool,
    pub(super) index: usize,
    pub(super) intended: Duration,
}

const TIME_BITS: u32 = 40;
const INDEX_BITS: u32 = 23;
const TIME_UNIT_NANOS: u64 = 100;
/// The most images in a pool.
pub(super) const POOL_IMAGES_MAX: usize = 1 << INDEX_BITS;
const _: () = assert!(usize::BITS == 64, "a delivery tag has 64 bits");

impl HeaderTag {
    pub(super) fn to_bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[8..16].copy_from_slice(&(self.intended.as_nanos() as u64).to_be_bytes());
        bytes[16..].copy_from_slice(&(self.index as u64).to_be_bytes());
        bytes
    }

    /// `None`: not a header of this program.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let tag = Self {
            sequence: number(0)?,
            intended: Duration::from_nanos(number(8)?),
            index: usize::try_from(number(16)?).ok()?,
        };
        (bytes.len() == 24).then_some(tag)
    }
}

impl DeliveryTag {
    pub(super) fn pack(&self) -> usize {
        let time = (self.intended.as_nanos() as u64 / TIME_UNIT_NANOS) & ((1 << TIME_BITS) - 1);
        let packed = (u64::from(self.is_counted) << 63) | ((self.index as u64) << TIME_BITS) | time;
        packed as usize
    }

    pub(super) fn unpack(packed: usize) -> Self {
        let packed = packed as u64;
        Self {
            is_counted: packed >> 63 == 1,
            index: ((packed >> TIME_BITS) as usize) & (POOL_IMAGES_MAX - 1),
            intended: Duration::from_nanos((packed & ((1 << TIME_BITS) - 1)) * TIME_UNIT_NANOS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_packed_without_loss() {
        for (is_counted, index, nanos) in
            [(true, 0, 0), (false, POOL_IMAGES_MAX - 1, 100_000_000_000_000), (true, 77, 700)]
        {
            let tag = DeliveryTag { is_counted, index, intended: Duration::from_nanos(nanos) };
            assert_eq!(DeliveryTag::unpack(tag.pack()), tag);
        }
        let tag = HeaderTag { sequence: 7, intended: Duration::from_nanos(9), index: 5 };
        assert_eq!(HeaderTag::from_bytes(&tag.to_bytes()), Some(tag));
        assert_eq!(HeaderTag::from_bytes(&[0; 23]), None);
    }
}
