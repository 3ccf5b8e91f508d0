//! Free space on disks.

use std::path::Path;

/// Bytes that this user can still write to the disk of `folder`, which need not exist yet; `None` where the system does not
/// report it.
pub(super) fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    of_existing(folder.ancestors().find(|folder| folder.exists())?)
}

#[cfg(unix)]
fn of_existing(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn of_existing(folder: &Path) -> Option<u64> {
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let holding = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    let nearest = holding.max_by_key(|disk| disk.mount_point().components().count())?;
    Some(nearest.available_space())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_made_later_has_the_space_of_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        let later = folder.path().join("not/made/yet");
        assert!(free_bytes(&later).is_some_and(|bytes| bytes > 0), "{:?}", free_bytes(&later));
    }
}
