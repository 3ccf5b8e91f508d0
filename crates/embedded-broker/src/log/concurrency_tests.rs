//! Two producers, two consumers, retention and reopening, all at once on one partition.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::{self, ScopedJoinHandle};

use kafka_protocol::ResponseError;

use super::batch::BatchHeader;
use super::test_batches::plain;
use super::{LogConfig, LogSpace, Part, Partition, Slice};
use crate::files;

const ROUNDS: i32 = 3;
const BATCHES_A_ROUND: i32 = 1000;
const PRODUCERS: i64 = 2;

fn open(folder: &std::path::Path) -> Partition {
    let config = LogConfig { segment_bytes: 8 * 1024, retention_ms: Some(0), ..LogConfig::default() };
    Partition::open(Some(folder.to_owned()), Arc::new(LogSpace::default()), config).unwrap()
}

/// The batches of an answer; every one must be whole and intact.
fn batches(slice: &Slice) -> Vec<BatchHeader> {
    let mut found = Vec::new();
    for part in &slice.parts {
        let Part::File { file, position, length } = part else { panic!("{part:?}") };
        let mut bytes = vec![0; *length];
        files::read_exact_at(file, &mut bytes, *position).unwrap();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let header = BatchHeader::parse(rest).unwrap();
            let (batch, others) = rest.split_at(header.size);
            assert!(header.is_intact(batch));
            found.push(header);
            rest = others;
        }
    }
    found
}

/// Appends a producer's batches of one round; each must follow the one before.
fn produce(partition: &Partition, producer: i64, round: i32) {
    let mut last = -1;
    for sequence in round * BATCHES_A_ROUND..(round + 1) * BATCHES_A_ROUND {
        let writer = Some((producer, 0, sequence));
        let (bytes, header) = plain(&[i64::from(sequence) + 1], 50 + (sequence % 300) as usize, writer);
        let appended = partition.append(&bytes, header).unwrap();
        assert!(appended.base_offset > last);
        last = appended.base_offset;
        if sequence % 7 == 0 {
            assert_eq!(partition.append(&bytes, header).unwrap().base_offset, last, "a duplicate");
        }
    }
}

/// Reads from `from` until everything has arrived; returns the next offset.
fn consume(
    partition: &Partition,
    from: i64,
    is_done: &AtomicBool,
    reached: &[AtomicI64; 2],
    seen: &mut [i32; 2],
) -> i64 {
    let mut next = from;
    loop {
        // Read first: what was appended before must be found.
        let was_done = is_done.load(Ordering::SeqCst);
        let reading = partition.read(next, 3000, usize::MAX).unwrap();
        let found = batches(&reading.slice);
        assert!(reading.end_offset >= next);
        for header in &found {
            assert_eq!(header.base_offset, next, "nothing is left out");
            assert!(header.next_offset() <= reading.end_offset, "a batch beyond the returned end");
            let sequence = &mut seen[usize::try_from(header.producer_id).unwrap()];
            assert_eq!(header.base_sequence, *sequence, "each producer's batches in order, once");
            *sequence += 1;
            next = header.next_offset();
        }
        reached[0].store(next, Ordering::SeqCst);
        reached[1].store(i64::from(*seen.iter().min().unwrap()), Ordering::SeqCst);
        if found.is_empty() {
            if was_done && next == partition.bounds().1 {
                return next;
            }
            thread::yield_now();
        }
    }
}

#[test]
fn two_producers_and_two_consumers_lose_and_reorder_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = [[0; 2]; 2];
    let mut next = 0;
    let mut segments_gone = false;
    for round in 0..ROUNDS {
        let partition = open(folder.path());
        let (is_done, is_read) = (AtomicBool::new(false), AtomicBool::new(false));
        let reached = [[AtomicI64::new(next), AtomicI64::new(0)], [AtomicI64::new(next), AtomicI64::new(0)]];
        thread::scope(|scope| {
            let producers: Vec<_> = (0..PRODUCERS)
                .map(|producer| {
                    scope.spawn({
                        let partition = &partition;
                        move || produce(partition, producer, round)
                    })
                })
                .collect();
            let consumers: Vec<_> = seen
                .iter_mut()
                .zip(&reached)
                .map(|(seen, reached)| {
                    let (partition, is_done) = (&partition, &is_done);
                    scope.spawn(move || consume(partition, next, is_done, reached, seen))
                })
                .collect();
            let keeper = scope.spawn(|| {
                let mut turn = 0;
                while !is_read.load(Ordering::SeqCst) {
                    // Nothing is deleted that a consumer has yet to read.
                    let least =
                        |of: usize| reached.iter().map(|of_one| of_one[of].load(Ordering::SeqCst)).min().unwrap();
                    match turn % 4 {
                        0 => drop(partition.delete_before(least(0).max(partition.bounds().0)).unwrap()),
                        1 => partition.retain(least(1)).unwrap(),
                        2 => drop(partition.flush(turn % 8 == 2).unwrap()),
                        _ => drop(partition.at_timestamp(i64::from(turn)).unwrap()),
                    }
                    turn += 1;
                }
            });
            // A failure is reported when the others have ended.
            let produced: Vec<_> = producers.into_iter().map(ScopedJoinHandle::join).collect();
            is_done.store(true, Ordering::SeqCst);
            let consumed: Vec<_> = consumers.into_iter().map(ScopedJoinHandle::join).collect();
            is_read.store(true, Ordering::SeqCst);
            keeper.join().unwrap();
            produced.into_iter().for_each(Result::unwrap);
            let ends: Vec<_> = consumed.into_iter().map(Result::unwrap).collect();
            assert_eq!(ends[0], ends[1]);
            next = ends[0];
        });
        segments_gone |= partition.bounds().0 > 0;
        if round == 0 {
            partition.flush(true).unwrap();
        }
    }
    assert_eq!(next, i64::from(ROUNDS * BATCHES_A_ROUND) * PRODUCERS);
    assert_eq!(seen, [[ROUNDS * BATCHES_A_ROUND; 2]; 2]);
    assert!(segments_gone);
}

#[test]
fn a_segment_that_is_being_read_is_readable_to_its_end_though_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let partition = open(folder.path());
    for timestamp in 0..200 {
        let (bytes, header) = plain(&[timestamp], 1000, None);
        partition.append(&bytes, header).unwrap();
    }
    let reading = partition.read(0, 4000, usize::MAX).unwrap();
    assert_eq!(partition.delete_before(150), Ok(150));
    assert_eq!(batches(&reading.slice).len(), 3);
    assert_eq!(partition.read(149, 1, 1).unwrap_err(), ResponseError::OffsetOutOfRange);
    assert_eq!(batches(&partition.read(150, 1, usize::MAX).unwrap().slice)[0].base_offset, 150);
}
