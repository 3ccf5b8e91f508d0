//! What a failed write and a flush leave behind.

use super::*;
use crate::log::partition::Partition;
use crate::log::test_batches::plain;

#[test]
fn a_write_that_could_not_be_undone_is_undone_before_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Partition::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default()).unwrap();
    let partition = open();
    let (bytes, header) = plain(&[1], 500, None);
    assert_eq!(partition.append(&bytes, header).unwrap().base_offset, 0);
    let path = Segment::path(folder.path(), 0);
    {
        // A handle that refuses writing and cutting, as a failing disk does; half a batch is in the file.
        let mut appender = lock(&partition.appender);
        let writer = appender.writer.as_mut().unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&bytes[..300]).unwrap();
        writer.file.put(File::open(&path).unwrap());
    }
    let refused = partition.append(&bytes, header).unwrap_err();
    assert_eq!(refused.error, kafka_protocol::ResponseError::KafkaStorageError);
    assert_eq!(partition.bounds(), (0, 1));
    assert!(lock(&partition.appender).writer.as_ref().unwrap().needs_repair);
    // While the file cannot be opened the log is read-only.
    let aside = folder.path().join("aside");
    std::fs::rename(&path, &aside).unwrap();
    assert!(partition.append(&bytes, header).is_err());
    std::fs::rename(&aside, &path).unwrap();
    assert_eq!(partition.append(&bytes, header).unwrap().base_offset, 1);
    assert_eq!(path.metadata().unwrap().len(), 2 * bytes.len() as u64);
    drop(partition);
    assert_eq!(open().bounds(), (0, 2));
}

#[test]
fn the_flusher_is_notified_of_what_is_due_and_an_acknowledgement_waits_for_the_disk_where_set() {
    let folder = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 2000, ..LogConfig::default() };
    let partition = Partition::open(Some(folder.path().to_owned()), Arc::default(), config.clone()).unwrap();
    let append = |count: usize| {
        for _ in 0..count {
            let (bytes, header) = plain(&[1], 500, None);
            partition.append(&bytes, header).unwrap();
        }
    };
    let waiting = || {
        let appender = lock(&partition.appender);
        let writer = appender.writer.as_ref().unwrap();
        (writer.unsynced_closed.len(), writer.is_unsynced, writer.unsynced_records)
    };
    append(3);
    assert_eq!((waiting(), partition.flush_due()), ((0, true, 3), None));
    append(1);
    assert_eq!(waiting(), (1, true, 4));
    assert!(partition.flush_due().is_some());
    // A closed segment is forced to the disk, the other one not.
    assert_eq!(partition.flush(false).unwrap(), None);
    assert_eq!(waiting(), (0, true, 4));
    assert_eq!(Checkpoint::read(folder.path()).unwrap().unwrap().0.next_offset, 3);
    assert!(Index::read(folder.path(), 0).is_some());
    partition.configure(LogConfig { flush_ms: Some(0), ..config.clone() });
    assert!(partition.flush_due().is_some());
    assert_eq!(partition.flush(false).unwrap(), None);
    assert_eq!(waiting(), (0, false, 0));
    partition.configure(LogConfig { flush_messages: Some(3), ..config });
    append(2);
    assert_eq!(waiting(), (0, true, 2));
    append(1);
    assert_eq!(waiting().2, 0);
}
