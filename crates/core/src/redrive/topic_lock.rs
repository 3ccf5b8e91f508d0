//! One redrive at a time on this machine of the letters of a topic, as a folder has its own lock. Each redrive knows only
//! what the ones before it had committed when it began, so two at the same time would send the same letters.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use directories::ProjectDirs;
use sha2::{Digest, Sha256};

use crate::kafka::error::ClientError;

/// Held until it is dropped, or the process ends.
pub(super) struct TopicLock {
    _file: Option<File>,
}

impl TopicLock {
    /// Takes the lock of what marks the letters of `topic` as sent: the offsets of `group` in `cluster`.
    pub(super) fn take(cluster: &str, topic: &str, group: &str) -> Result<Self, ClientError> {
        match ProjectDirs::from("", "", "kafka-image-bench") {
            Some(folders) => Self::take_in(&folders.data_local_dir().join("redrive"), cluster, topic, group),
            None => Ok(Self { _file: None }),
        }
    }

    fn take_in(folder: &Path, cluster: &str, topic: &str, group: &str) -> Result<Self, ClientError> {
        // Names of topics and groups can be longer than those of files.
        let of = hex::encode(&Sha256::digest(format!("{cluster}\n{topic}\n{group}"))[..12]);
        let path = folder.join(format!("{of}.lock"));
        let opened =
            std::fs::create_dir_all(folder).and_then(|()| OpenOptions::new().create(true).append(true).open(&path));
        let locked = opened.map_err(TryLockError::Error).and_then(|file| file.try_lock().map(|()| file));
        match locked {
            Ok(file) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(ClientError::Topic {
                topic: topic.to_owned(),
                reason: format!(
                    "its dead letters are already being sent again by another program, as the group {group}; wait for it, \
                     then start again"
                ),
            }),
            // Without a folder, or where the file system has no locks.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(
                    "make sure that nothing else sends the dead letters of {topic} again: no lock ({error})"
                );
                Ok(Self { _file: None })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_redrive_of_a_topic_and_group_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let take = |cluster: &str, group: &str| TopicLock::take_in(&dir.path().join("redrive"), cluster, "dlq", group);
        let first = take("a", "group").unwrap();
        let refused = take("a", "group").err().unwrap().to_string();
        assert!(refused.contains("already being sent again") && refused.contains("dlq"), "{refused}");
        let _others = [take("b", "group").unwrap(), take("a", "another").unwrap()];
        drop(first);
        take("a", "group").unwrap();
        // A folder that cannot be made is no reason not to send.
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(TopicLock::take_in(&dir.path().join("file"), "a", "dlq", "group").is_ok());
    }
}
