//! Dead letters in the order of their partitions. Records are decoded side by side, so that a later one may be ready first.

use std::borrow::Borrow;
use std::sync::Arc;

use super::delivery::Delivery;

/// Dead letters that wait until the records before them are finished. Those records are being decoded, so what waits is
/// bounded by the memory of received records.
pub(super) struct LetterOrder<L> {
    waiting: Vec<L>,
}

impl<L> Default for LetterOrder<L> {
    fn default() -> Self {
        Self { waiting: Vec::new() }
    }
}

impl<L: Borrow<Delivery>> LetterOrder<L> {
    pub(super) fn add(&mut self, letters: impl IntoIterator<Item = L>) {
        self.waiting.extend(letters);
    }

    /// Takes the letters that have only finished records and each other before them, in order on each partition.
    pub(super) fn take_ready(&mut self) -> Vec<L> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let mut letters = std::mem::take(&mut self.waiting);
        letters.sort_by_key(|letter| {
            let delivery: &Delivery = letter.borrow();
            (Arc::as_ptr(&delivery.tracker), delivery.tag.order())
        });
        let is_same_partition = |one: &L, other: &L| {
            let (one, other): (&Delivery, &Delivery) = (one.borrow(), other.borrow());
            Arc::ptr_eq(&one.tracker, &other.tracker) && one.tag.partition == other.tag.partition
        };
        let is_ready: Vec<bool> = letters
            .chunk_by(is_same_partition)
            .flat_map(|part| {
                let of = |letter: &L| Borrow::<Delivery>::borrow(letter).tag;
                let tags: Vec<_> = part.iter().map(of).collect();
                let ready = part.first().map_or(0, |first| Borrow::<Delivery>::borrow(first).tracker.leading(&tags));
                (0..part.len()).map(move |index| index < ready)
            })
            .collect();
        let mut ready = Vec::with_capacity(letters.len());
        for (letter, is_ready) in letters.into_iter().zip(is_ready) {
            if is_ready { ready.push(letter) } else { self.waiting.push(letter) }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tracker::Tracker;
    use super::*;
    use crate::run::outstanding::Origin;

    fn received(tracker: &Arc<Tracker>, partition: i32, offset: i64) -> Delivery {
        let tag = tracker.received(partition, offset);
        Delivery { tag, tracker: Arc::clone(tracker), origin: Origin::Foreign, way: None, listed_name: None }
    }

    fn offsets(letters: &[Delivery]) -> Vec<(i32, i64)> {
        letters.iter().map(|letter| (letter.tag.partition, letter.tag.offset)).collect()
    }

    #[test]
    fn a_letter_waits_for_the_records_before_it_on_its_partition() {
        let tracker = Arc::new(Tracker::default());
        let [first, image, third] = [0, 1, 2].map(|offset| received(&tracker, 0, offset));
        let other = received(&tracker, 1, 7);
        let mut order = LetterOrder::default();
        order.add([third, other]);
        assert_eq!(offsets(&order.take_ready()), [(1, 7)]);
        order.add([first]);
        let ready = order.take_ready();
        assert_eq!(offsets(&ready), [(0, 0)]);
        tracker.finished(ready[0].tag);
        assert_eq!(offsets(&order.take_ready()), []);
        tracker.finished(image.tag);
        assert_eq!(offsets(&order.take_ready()), [(0, 2)]);
    }

    #[test]
    fn letters_of_a_partition_that_was_given_away_wait_for_nothing() {
        let tracker = Arc::new(Tracker::default());
        let [_, second] = [0, 1].map(|offset| received(&tracker, 0, offset));
        let mut order = LetterOrder::default();
        order.add([second]);
        assert_eq!(offsets(&order.take_ready()), []);
        tracker.forget(0);
        assert_eq!(offsets(&order.take_ready()), [(0, 1)]);
        // Read again from its beginning.
        let [stale, fresh] = [received(&tracker, 0, 5), received(&tracker, 0, 3)];
        order.add([fresh, stale]);
        assert_eq!(offsets(&order.take_ready()), [(0, 5), (0, 3)]);
    }

    proptest! {
        #[test]
        fn any_order_of_decoding_gives_the_order_of_the_partitions(
            records in Just((0..60_i64).collect::<Vec<_>>()).prop_shuffle(),
            are_dead in proptest::collection::vec(proptest::bool::ANY, 60),
            group in 1..9_usize,
        ) {
            let tracker = Arc::new(Tracker::default());
            let mut deliveries: Vec<_> =
                (0..60_i64).map(|number| Some(received(&tracker, (number % 3) as i32, number))).collect();
            let (mut order, mut written) = (LetterOrder::default(), Vec::new());
            for numbers in records.chunks(group) {
                for &number in numbers {
                    let delivery = deliveries[number as usize].take().unwrap();
                    if are_dead[number as usize] {
                        order.add([delivery]);
                    } else {
                        tracker.finished(delivery.tag);
                    }
                }
                for letter in order.take_ready() {
                    tracker.finished(letter.tag);
                    written.push((letter.tag.partition, letter.tag.offset));
                }
            }
            for partition in 0..3 {
                let of_it: Vec<i64> = written.iter().filter(|one| one.0 == partition).map(|one| one.1).collect();
                let expected: Vec<i64> =
                    (0..60).filter(|&number| number % 3 == i64::from(partition) && are_dead[number as usize]).collect();
                prop_assert_eq!(of_it, expected);
            }
        }
    }
}
