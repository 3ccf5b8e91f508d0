//! Appends are refused without space, and accepted again when there is space.

use std::path::Path;
use std::sync::Arc;

use kafka_protocol::ResponseError;

use super::test_batches::plain;
use super::{LogConfig, LogSpace, Partition};

fn open(folder: Option<&Path>, shared: &Arc<LogSpace>) -> Partition {
    Partition::open(folder.map(Path::to_owned), Arc::clone(shared), LogConfig::default()).unwrap()
}

fn append(partition: &Partition, value_bytes: usize) -> Result<i64, super::Refused> {
    let (bytes, header) = plain(&[1], value_bytes, None);
    partition.append(&bytes, header).map(|appended| appended.base_offset)
}

#[test]
fn the_bound_holds_over_all_partitions_and_ends_when_records_go() {
    let folder = tempfile::tempdir().unwrap();
    for is_on_disk in [true, false] {
        let at = |name: &str| folder.path().join(name);
        let (first, second) = (at("first"), at("second"));
        let shared = Arc::new(LogSpace::new(Some(100_000)));
        let partitions = [&first, &second].map(|path| open(Some(path.as_path()).filter(|_| is_on_disk), &shared));
        let mut count = 0;
        let refused = loop {
            match append(&partitions[count % 2], 9_000) {
                Ok(_) => count += 1,
                Err(refused) => break refused,
            }
        };
        assert_eq!(count, 11);
        assert_eq!(refused.error, ResponseError::KafkaStorageError);
        assert!(refused.sentence.contains("100000 bytes"), "{}", refused.sentence);
        assert_eq!(shared.usage().refused.as_deref(), Some(&*refused.sentence));
        // The log is as it was, and smaller batches fit.
        assert_eq!(partitions[0].bounds(), (0, 6));
        assert_eq!(append(&partitions[0], 100).unwrap(), 6);
        // Deleting records, or a topic, frees space.
        assert_eq!(partitions[0].delete_before(-1), Ok(7));
        assert_eq!(shared.usage().refused, None);
        assert_eq!(append(&partitions[1], 9_000).unwrap(), 5);
        partitions[1].delete();
        assert_eq!(shared.usage().log_bytes, 0);
        for offset in 7..18 {
            assert_eq!(append(&partitions[0], 9_000).unwrap(), offset);
        }
        assert!(append(&partitions[0], 9_000).is_err());
        if is_on_disk {
            let used = shared.usage().log_bytes;
            drop(partitions);
            // The next start counts existing records.
            let shared = Arc::new(LogSpace::new(Some(100_000)));
            let partition = open(Some(&first), &shared);
            assert_eq!(shared.usage().log_bytes, used);
            assert!(append(&partition, 9_000).is_err());
        }
    }
}

/// Set for the process that runs on a separate, small file system.
#[cfg(target_os = "linux")]
const SMALL_DISK: &str = "EMBEDDED_BROKER_TEST_SMALL_DISK";

/// Runs itself again in a new mount namespace, on a file system of 1 MiB.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the right to mount a file system in a new namespace: unshare --user --mount"]
fn a_full_disk_is_refused_and_undone_and_all_goes_on_when_there_is_space_again() {
    if let Some(folder) = std::env::var_os(SMALL_DISK) {
        return fill(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@""#;
    let name = "log::full_disk_tests::a_full_disk_is_refused_and_undone_and_all_goes_on_when_there_is_space_again";
    let status = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", name])
        .env(SMALL_DISK, folder.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[cfg(target_os = "linux")]
fn fill(folder: &Path) {
    let shared = Arc::new(LogSpace::default());
    let log = folder.join("log");
    let partition = open(Some(&log), &shared);
    let mut next = 0;
    for round in 0..3 {
        let refused = loop {
            match append(&partition, 7_000) {
                Ok(offset) => {
                    assert_eq!(offset, next);
                    next += 1;
                }
                Err(refused) => break refused,
            }
        };
        assert_eq!(refused.error, ResponseError::KafkaStorageError);
        assert!(refused.sentence.contains("No space left"), "{}", refused.sentence);
        assert_eq!(shared.usage().refused.as_deref(), Some(&*refused.sentence));
        assert!(append(&partition, 7_000).is_err());
        // What was acknowledged is all there, and nothing else.
        assert_eq!(partition.bounds().1, next);
        for offset in partition.bounds().0..next {
            assert!(partition.read(offset, 1, usize::MAX).unwrap().slice.bytes > 7_000);
        }
        if round == 2 {
            break;
        }
        // The disk has no space for a checkpoint either; removing segments frees space.
        let start_offset = next - if round == 0 { 60 } else { 20 };
        assert_eq!(partition.delete_before(start_offset), Ok(start_offset));
        assert_eq!(append(&partition, 7_000).unwrap(), next);
        next += 1;
        assert_eq!(shared.usage().refused, None);
    }
    let bounds = partition.bounds();
    drop(partition);
    assert_eq!(open(Some(&log), &Arc::default()).bounds(), bounds);
}
