//! The most recently saved images, for front ends that show them.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::saved_image::SavedImage;

/// Number of images that are kept.
const KEPT: usize = 64;

/// The last 64 images that were saved, including those that were already saved. One thread adds, any thread may read;
/// both hold the lock only to copy a few pointers.
#[derive(Debug, Default)]
pub struct SavedFeed {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Newest first.
    ring: VecDeque<Arc<SavedImage>>,
    /// The last list handed out, until an image is added.
    shared: Option<Arc<[Arc<SavedImage>]>>,
}

impl SavedFeed {
    /// Adds a batch, oldest first.
    pub fn push<'a>(&self, batch: impl IntoIterator<Item = &'a Arc<SavedImage>, IntoIter: ExactSizeIterator>) {
        let batch = batch.into_iter();
        if batch.len() == 0 {
            return;
        }
        let mut state = self.state.lock();
        let older = batch.len().saturating_sub(KEPT);
        for image in batch.skip(older) {
            state.ring.push_front(Arc::clone(image));
        }
        state.ring.truncate(KEPT);
        state.shared = None;
    }

    /// The images, newest first.
    pub fn latest(&self) -> Vec<Arc<SavedImage>> {
        self.shared().to_vec()
    }

    /// The same; a new list is allocated only after something was added.
    pub fn shared(&self) -> Arc<[Arc<SavedImage>]> {
        let mut state = self.state.lock();
        let State { ring, shared } = &mut *state;
        Arc::clone(shared.get_or_insert_with(|| ring.iter().map(Arc::clone).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::saved_image::SavedRecord;

    fn image(offset: i64) -> Arc<SavedImage> {
        Arc::new(SavedImage {
            path_in_csv: format!("output_images/{offset}.png"),
            file_name: None,
            annotation: String::new(),
            size_bytes: 1,
            topic: "t".into(),
            record: Some(SavedRecord { partition: 0, offset, received_at_micros: 0 }),
            sent_at_micros: None,
            latency_micros: None,
            sha256: [0; 32],
            bytes_as_sent: None,
            objects: Arc::default(),
        })
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_go() {
        let feed = SavedFeed::default();
        assert!(feed.latest().is_empty());
        feed.push(&(0..10).map(image).collect::<Vec<_>>());
        feed.push(&(10..13).map(image).collect::<Vec<_>>());
        let offsets = |feed: &SavedFeed| {
            feed.latest().iter().map(|image| image.record.map(|record| record.offset).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(offsets(&feed), (0..13).rev().collect::<Vec<_>>());
        feed.push(&(13..300).map(image).collect::<Vec<_>>());
        assert_eq!(offsets(&feed), (300 - 64..300).rev().collect::<Vec<_>>());
    }

    #[test]
    fn it_is_copied_only_when_something_came() {
        let feed = SavedFeed::default();
        feed.push(&[image(1)]);
        let first = feed.shared();
        feed.push(&[]);
        assert!(Arc::ptr_eq(&first, &feed.shared()));
        feed.push(&[image(2)]);
        assert_eq!((first.len(), feed.shared().len()), (1, 2));
    }
}
