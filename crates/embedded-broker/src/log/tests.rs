//! One partition at a time.

use std::path::Path;

use tokio::sync::Notify;

use super::batch::BatchHeader;
use super::segment::Segment;
use super::test_batches::plain;
use super::*;
use crate::files;
use crate::sync::lock;

/// A batch of one record, as far as the log looks into it.
fn batch(size: usize, timestamp: i64) -> (Bytes, BatchHeader) {
    let mut bytes = vec![0; size];
    bytes[8..12].copy_from_slice(&i32::try_from(size - 12).unwrap().to_be_bytes());
    bytes[16] = 2;
    bytes[27..35].copy_from_slice(&timestamp.to_be_bytes());
    bytes[35..43].copy_from_slice(&timestamp.to_be_bytes());
    bytes[43..57].fill(0xff);
    bytes[57..61].copy_from_slice(&1_i32.to_be_bytes());
    bytes[61..].fill(u8::try_from(timestamp % 251).unwrap());
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    let bytes = Bytes::from(bytes);
    let header = batch::validate(&bytes).unwrap();
    (bytes, header)
}

fn content(slice: &Slice) -> Vec<u8> {
    let mut all = Vec::new();
    for part in &slice.parts {
        match part {
            Part::Bytes(bytes) => all.extend_from_slice(bytes),
            Part::File { file, position, length } => {
                let mut bytes = vec![0; *length];
                files::read_exact_at(file, &mut bytes, *position).unwrap();
                all.extend_from_slice(&bytes);
            }
        }
    }
    assert_eq!(all.len(), slice.bytes);
    all
}

fn segments(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().ends_with(".log")).count()
}

#[test]
fn segments_serve_every_offset_also_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Partition::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default()).unwrap();
    let memory = Partition::open(None, Arc::default(), LogConfig::default()).unwrap();
    let mut on_disk = open();
    // Small batches, large ones, and one larger than a segment.
    let sizes: Vec<_> = (0..100_usize).map(|at| if at == 60 { 100_000 } else { 61 + at * at % 7000 }).collect();
    for (timestamp, &size) in (0..).zip(&sizes) {
        let (bytes, header) = batch(size, timestamp);
        let expected = Appended { base_offset: timestamp, start_offset: 0, append_time: None };
        assert_eq!(on_disk.append(&bytes, header), Ok(expected));
        assert_eq!(memory.append(&bytes, header), Ok(expected));
    }
    assert!(segments(folder.path()) > 3);
    for reopened in [false, true] {
        if reopened {
            on_disk.flush(true).unwrap();
            drop(on_disk);
            on_disk = open();
        }
        for (offset, &size) in (0..).zip(&sizes) {
            let one = on_disk.read(offset, 0, usize::MAX).unwrap();
            assert_eq!(content(&one.slice), content(&memory.read(offset, 0, usize::MAX).unwrap().slice));
            assert_eq!((one.slice.bytes, one.start_offset, one.end_offset), (size, 0, 100));
            assert!(on_disk.read(offset, 0, size - 1).unwrap().slice.withheld);
            // As much as fits, in whole batches, up to the segment's end.
            for limit in [1000, 5000, 20_000] {
                let many = content(&on_disk.read(offset, limit, usize::MAX).unwrap().slice);
                let all = content(&memory.read(offset, limit, usize::MAX).unwrap().slice);
                assert!(all.starts_with(&many) && many.len() >= size, "{offset} {limit}");
            }
        }
        assert_eq!(on_disk.at_timestamp(60).unwrap(), memory.at_timestamp(60).unwrap());
        assert_eq!(on_disk.read(100, 1, 1).unwrap().slice.bytes, 0);
        assert_eq!(on_disk.read(101, 1, 1).unwrap_err(), ResponseError::OffsetOutOfRange);
    }
    let before = segments(folder.path());
    assert_eq!(on_disk.delete_before(70), Ok(70));
    assert!(segments(folder.path()) < before);
    assert_eq!(on_disk.read(69, 1, 1).unwrap_err(), ResponseError::OffsetOutOfRange);
    drop(on_disk);
    assert_eq!(open().bounds(), (70, 100));
}

#[test]
fn a_producer_is_known_after_a_kill_though_all_that_it_wrote_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Partition::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default()).unwrap();
    let append = |partition: &Partition, sequence: i32| {
        let (bytes, header) = plain(&[1], 100, Some((7, 0, sequence)));
        partition.append(&bytes, header).map(|appended| appended.base_offset)
    };
    let partition = open();
    assert_eq!(append(&partition, 0), Ok(0));
    partition.flush(true).unwrap();
    assert_eq!(append(&partition, 1), Ok(1));
    drop(partition);
    // What only the start's verifying knows, and what was written since.
    let partition = open();
    assert!(partition.flush_due().is_some());
    assert_eq!(partition.delete_before(2), Ok(2));
    drop(partition);
    let partition = open();
    assert_eq!((append(&partition, 1), append(&partition, 2)), (Ok(1), Ok(2)));
    assert_eq!(partition.delete_before(-1), Ok(3));
    drop(partition);
    let partition = open();
    assert_eq!((append(&partition, 2), append(&partition, 3)), (Ok(2), Ok(3)));
}

#[test]
fn a_file_in_the_way_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let partition = Partition::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default()).unwrap();
    let foreign = Segment::path(folder.path(), 0);
    std::fs::write(&foreign, b"something").unwrap();
    let (bytes, header) = batch(100, 0);
    assert_eq!(partition.append(&bytes, header).unwrap_err().error, ResponseError::KafkaStorageError);
    assert_eq!(std::fs::read(&foreign).unwrap(), b"something");
}

#[test]
fn waiters_are_registered_once_and_forgotten() {
    let partition = Partition::open(None, Arc::default(), LogConfig::default()).unwrap();
    let waiter = Arc::<Notify>::default();
    partition.register(&waiter);
    partition.register(&waiter);
    assert_eq!(lock(&partition.waiters).len(), 1);
    partition.unregister(&waiter);
    assert!(lock(&partition.waiters).is_empty());
}

#[test]
fn what_lies_behind_damage_is_searched_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 3000, ..LogConfig::default() };
    let open = || {
        walk::SEARCHES.set(0);
        let partition = Partition::open(Some(folder.path().to_owned()), Arc::default(), config.clone()).unwrap();
        (partition, walk::SEARCHES.get())
    };
    let append = |partition: &Partition, timestamp| {
        let (bytes, header) = batch(1000, timestamp);
        partition.append(&bytes, header).unwrap()
    };
    let (partition, _) = open();
    for timestamp in 0..9 {
        append(&partition, timestamp);
    }
    partition.flush(true).unwrap();
    drop(partition);
    // The end of a closed segment, and that of the last one, before the checkpoint.
    for base_offset in [0, 6] {
        let path = Segment::path(folder.path(), base_offset);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[2000 + 16] = 0; // no longer format v2
        std::fs::write(&path, &bytes).unwrap();
        // What an index covers is not read.
        std::fs::remove_file(path.with_extension("index")).unwrap();
    }
    let offsets = |partition: &Partition, from: i64| {
        let read = partition.read(from, 10_000, usize::MAX).unwrap();
        let content = content(&read.slice);
        content.chunks(1000).map(|bytes| BatchHeader::parse(bytes).unwrap().base_offset).collect::<Vec<_>>()
    };
    let check = |partition: &Partition| {
        assert_eq!(partition.bounds(), (0, 9));
        assert_eq!(
            (offsets(partition, 0), offsets(partition, 2), offsets(partition, 6)),
            (vec![0, 1], vec![3, 4, 5], vec![6, 7])
        );
    };
    let (partition, searches) = open();
    assert_eq!(searches, 2);
    check(&partition);
    drop(partition);
    for _ in 0..2 {
        let (partition, searches) = open();
        assert_eq!(searches, 0);
        check(&partition);
        // Killed or stopped.
        partition.flush(true).unwrap();
    }
    // A file that has changed is looked at again, and so is one whose index is gone.
    let path = Segment::path(folder.path(), 0);
    let sound = std::fs::read(&path).unwrap();
    std::fs::write(&path, &sound[..2500]).unwrap();
    assert_eq!(open().1, 1);
    std::fs::write(&path, &sound).unwrap();
    std::fs::remove_file(path.with_extension("index")).unwrap();
    let (partition, searches) = open();
    assert_eq!(searches, 1);
    check(&partition);
    assert_eq!(append(&partition, 9).base_offset, 9);
    partition.flush(true).unwrap();
    drop(partition);
    let (partition, searches) = open();
    assert_eq!((searches, partition.bounds()), (0, (0, 10)));
    // Without a checkpoint everything is verified.
    drop(partition);
    std::fs::remove_file(folder.path().join("checkpoint")).unwrap();
    assert!(open().1 > 0);
}

#[test]
fn times_are_found_in_memory_whatever_their_order_and_whatever_was_deleted() {
    let partition = Partition::open(None, Arc::default(), LogConfig::default()).unwrap();
    let times: Vec<i64> = (0..400).map(|at| (at * 7919) % 1000).collect();
    let records: Vec<(i64, i64)> = (0..).zip(times.iter().copied()).collect();
    for timestamps in times.chunks(3) {
        let (bytes, header) = plain(timestamps, 10, None);
        partition.append(&bytes, header).unwrap();
    }
    // Also from within a batch.
    for start_offset in [0, 1, 2, 200, 299, 398] {
        partition.delete_before(start_offset).unwrap();
        let kept = &records[usize::try_from(start_offset).unwrap()..];
        for timestamp in (0..1001).step_by(13) {
            let expected = kept.iter().find(|(_, time)| *time >= timestamp).copied();
            assert_eq!(partition.at_timestamp(timestamp).unwrap(), expected, "{timestamp} from {start_offset}");
        }
        let latest = kept.iter().map(|(_, time)| *time).max();
        let expected = kept.iter().find(|(_, time)| Some(*time) == latest).copied();
        assert_eq!(partition.at_max_timestamp().unwrap(), expected);
    }
    partition.delete();
    assert_eq!(partition.at_timestamp(0).unwrap(), None);
}
