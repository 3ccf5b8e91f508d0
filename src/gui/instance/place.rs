//! Which starts share a window, and where its address is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use sha2::{Digest, Sha256};

use kafka_image_bench_core::broker::DataPlace;

/// The place of the address of one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstancePlace {
    folder: PathBuf,
    key: String,
}

impl InstancePlace {
    /// The place for a start with these options; `None` where windows share nothing, or where the system has no folder for it.
    pub fn of(data: &DataPlace, cluster: Option<&str>, work_dir: Option<&Path>) -> Option<Self> {
        let folders = ProjectDirs::from("", "", "kafka-image-bench")?;
        let folder = folders.runtime_dir().unwrap_or(folders.data_local_dir()).to_owned();
        Self::in_folder(folder, data, cluster, work_dir)
    }

    /// The same in a folder.
    pub fn in_folder(
        folder: PathBuf,
        data: &DataPlace,
        cluster: Option<&str>,
        work_dir: Option<&Path>,
    ) -> Option<Self> {
        let data = match data {
            DataPlace::Memory => return None,
            DataPlace::UserFolder => OsString::new(),
            DataPlace::Directory(data) => std::path::absolute(data).unwrap_or_else(|_| data.clone()).into_os_string(),
        };
        // A window on another display is out of sight.
        let displays = ["WAYLAND_DISPLAY", "DISPLAY"].map(|name| std::env::var_os(name).unwrap_or_default());
        let cluster = OsString::from(cluster.unwrap_or_default());
        let work_dir = work_dir.map(|folder| folder.as_os_str().to_owned()).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in displays.iter().chain([&data, &cluster, &work_dir]) {
            hash.update(part.len().to_le_bytes());
            hash.update(part.as_encoded_bytes());
        }
        let key = hex::encode(&hash.finalize()[..8]);
        Some(Self { folder, key })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn address_file(&self) -> PathBuf {
        self.folder.join(format!("window-{}.json", self.key))
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.folder.join(format!("window-{}.lock", self.key))
    }
}
