//! The bound on the memory that all consumer groups use for what their members send.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use crate::connections::LogThrottle;
use crate::sync::lock;

/// Maximum bytes of all groups: a hundred times what a thousand ordinary members need.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// The second half is reserved for members that send no more than this.
const SMALL_BYTES: usize = 64 * 1024;
/// The approximate memory of a group without its members.
pub(super) const GROUP_BYTES: usize = 1024;
/// The approximate memory of a member without what it sends.
pub(super) const MEMBER_BYTES: usize = 512;

/// The bytes that all groups keep.
#[derive(Debug, Default)]
pub(super) struct GroupMemory {
    used: AtomicUsize,
    log: Mutex<LogThrottle>,
}

impl GroupMemory {
    /// Whether this many more bytes may be kept.
    pub(super) fn has_space_for(&self, bytes: usize) -> bool {
        let most = if bytes <= SMALL_BYTES { MOST_BYTES } else { MOST_BYTES / 2 };
        let has_room = self.used.load(Ordering::Relaxed).saturating_add(bytes) <= most;
        if !has_room && let Some(count) = lock(&self.log).count(Instant::now()) {
            tracing::warn!(
                "refused {count} requests of group members: all groups together keep {MOST_BYTES} bytes at most"
            );
        }
        has_room
    }
}

/// One group's share, returned when this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    memory: Arc<GroupMemory>,
    bytes: Mutex<usize>,
}

impl Share {
    pub(super) fn new(memory: &Arc<GroupMemory>) -> Self {
        Self { memory: Arc::clone(memory), bytes: Mutex::default() }
    }

    /// Sets the bytes that the group keeps now.
    pub(super) fn set(&self, bytes: usize) {
        let mut kept = lock(&self.bytes);
        self.memory.used.fetch_add(bytes, Ordering::Relaxed);
        self.memory.used.fetch_sub(std::mem::replace(&mut *kept, bytes), Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// A copy of a text, which may be part of a whole request that would be kept with it.
pub(crate) fn copied(text: &StrBytes) -> StrBytes {
    StrBytes::from_string(text.as_str().to_owned())
}

/// A copy of bytes alone.
pub(super) fn copied_bytes(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_members_leave_room_for_small_ones_and_a_share_goes_with_its_group() {
        let memory = Arc::new(GroupMemory::default());
        let share = Share::new(&memory);
        share.set(MOST_BYTES / 2 - 10);
        assert!(!memory.has_space_for(SMALL_BYTES + 1) && memory.has_space_for(SMALL_BYTES));
        share.set(MOST_BYTES);
        assert!(!memory.has_space_for(1));
        share.set(10);
        assert!(memory.has_space_for(MOST_BYTES / 2 - 10));
        drop(share);
        assert_eq!(memory.used.load(Ordering::Relaxed), 0);
    }
}
