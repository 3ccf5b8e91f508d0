//! What all logs of a broker share: the space they take, its bound, and the notification of the flusher.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::sync::lock;

/// After a write that the disk refused, a smaller one that succeeds proves little; after this time it is sufficient.
const DISK_FULL_FOR: Duration = Duration::from_secs(10);

/// The space that records take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpaceUsage {
    /// Bytes of all segments.
    pub log_bytes: u64,
    /// Their bound.
    pub max_data_bytes: Option<u64>,
    /// Why appends are refused now, if they are.
    pub refused: Option<String>,
}

/// Why appends are refused.
#[derive(Debug, Clone)]
enum Refusal {
    /// The bound; the smallest batch that did not fit.
    Bound { batch_bytes: u64 },
    /// The system's error; the smallest batch that was refused, and the time of the last refusal.
    Disk { reason: String, batch_bytes: u64, at: Instant },
}

/// What all logs of a broker share.
#[derive(Debug, Default)]
pub(crate) struct LogSpace {
    flusher: Notify,
    used_bytes: AtomicU64,
    max_data_bytes: Option<u64>,
    is_refusing: AtomicBool,
    refusal: Mutex<Option<Refusal>>,
}

impl LogSpace {
    /// Without a bound records may fill the disk.
    pub(crate) fn new(max_data_bytes: Option<u64>) -> Self {
        Self { max_data_bytes, ..Self::default() }
    }

    /// Notifies the flusher that a flush may be due.
    pub(crate) fn notify_one(&self) {
        self.flusher.notify_one();
    }

    /// Waits for [`Self::notify_one`].
    pub(crate) async fn notified(&self) {
        self.flusher.notified().await;
    }

    /// Counts the bytes found at start; never refused.
    pub(super) fn add(&self, bytes: u64) {
        self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Reserves space for a batch; fails with a sentence where the bound does not allow it.
    pub(super) fn reserve(&self, bytes: u64) -> Result<(), String> {
        let bound = self.max_data_bytes.unwrap_or(u64::MAX);
        let fits = |used: u64| used.checked_add(bytes).filter(|&sum| sum <= bound);
        if self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
            return Ok(());
        }
        let mut refusal = lock(&self.refusal);
        match &mut *refusal {
            Some(Refusal::Bound { batch_bytes }) => *batch_bytes = bytes.min(*batch_bytes),
            other => {
                *other = Some(Refusal::Bound { batch_bytes: bytes });
                tracing::error!("appends are refused: {}", bound_sentence(bound));
            }
        }
        self.is_refusing.store(true, Ordering::Relaxed);
        Err(bound_sentence(bound))
    }

    /// Returns space: a batch that was not written after all, or deleted records.
    pub(super) fn release(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.check();
    }

    /// A batch was written.
    pub(super) fn written(&self, bytes: u64) {
        if !self.is_refusing.load(Ordering::Relaxed) {
            return;
        }
        {
            let mut refusal = lock(&self.refusal);
            if matches!(&*refusal, Some(Refusal::Disk { batch_bytes, at, .. })
                if bytes >= *batch_bytes || at.elapsed() > DISK_FULL_FOR)
            {
                self.accept(&mut refusal);
            }
        }
        self.check();
    }

    /// A batch could not be written; returns the message.
    pub(super) fn write_failed(&self, error: &io::Error, bytes: u64) -> String {
        let sentence = format!("the log cannot be written: {error}");
        let mut refusal = lock(&self.refusal);
        let (is_new, batch_bytes) = match &*refusal {
            Some(Refusal::Disk { reason, batch_bytes, .. }) => (*reason != sentence, bytes.min(*batch_bytes)),
            _ => (true, bytes),
        };
        if is_new {
            tracing::error!("appends are refused: {sentence}");
        }
        *refusal = Some(Refusal::Disk { reason: sentence.clone(), batch_bytes, at: Instant::now() });
        self.is_refusing.store(true, Ordering::Relaxed);
        sentence
    }

    pub(crate) fn usage(&self) -> SpaceUsage {
        self.check();
        let refused = lock(&self.refusal).as_ref().map(|refusal| match refusal {
            Refusal::Bound { .. } => bound_sentence(self.max_data_bytes.unwrap_or(u64::MAX)),
            Refusal::Disk { reason, .. } => reason.clone(),
        });
        SpaceUsage { log_bytes: self.used_bytes.load(Ordering::Relaxed), max_data_bytes: self.max_data_bytes, refused }
    }

    /// Ends the refusal by the bound once the refused batch would fit.
    fn check(&self) {
        if !self.is_refusing.load(Ordering::Relaxed) {
            return;
        }
        let mut refusal = lock(&self.refusal);
        let free = self.max_data_bytes.unwrap_or(u64::MAX).saturating_sub(self.used_bytes.load(Ordering::Relaxed));
        if matches!(*refusal, Some(Refusal::Bound { batch_bytes }) if batch_bytes <= free) {
            self.accept(&mut refusal);
        }
    }

    fn accept(&self, refusal: &mut Option<Refusal>) {
        *refusal = None;
        self.is_refusing.store(false, Ordering::Relaxed);
        tracing::info!("appends are accepted again");
    }
}

fn bound_sentence(bound: u64) -> String {
    format!("the records of all topics may take {bound} bytes (max_data_bytes), and this batch would exceed that")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_kept_and_reported_until_the_refused_batch_would_fit() {
        let shared = LogSpace::new(Some(100));
        shared.add(30);
        assert_eq!(shared.reserve(70), Ok(()));
        let sentence = shared.reserve(20).unwrap_err();
        assert!(sentence.contains("100 bytes"), "{sentence}");
        assert_eq!(
            shared.usage(),
            SpaceUsage { log_bytes: 100, max_data_bytes: Some(100), refused: Some(sentence.clone()) }
        );
        shared.release(10);
        assert_eq!(shared.reserve(10), Ok(()));
        shared.written(10);
        assert_eq!(shared.usage().refused, Some(sentence));
        shared.release(20);
        assert_eq!(shared.usage(), SpaceUsage { log_bytes: 80, max_data_bytes: Some(100), refused: None });
    }

    #[test]
    fn a_failed_write_is_reported_until_one_as_large_succeeds() {
        let shared = LogSpace::new(None);
        let sentence = shared.write_failed(&io::ErrorKind::StorageFull.into(), 50);
        shared.written(49);
        assert_eq!(shared.usage().refused, Some(sentence));
        shared.written(50);
        assert_eq!(shared.usage().refused, None);
    }
}
