//! Small helpers over the standard library: atomic replacement, positional reads, random identifiers, time.

use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::handles::with_free_descriptors;

/// Replaces `path` by `content` atomically: a reader, or a start after a kill, sees the old file or the new one.
/// `durable` also forces it to the disk first.
pub(crate) fn replace(path: &Path, content: &[u8], durable: bool) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = with_free_descriptors(|| File::create(&temporary))?;
        file.write_all(content)?;
        if durable { file.sync_all() } else { Ok(()) }
    };
    if let Err(error) = write().and_then(|()| std::fs::rename(&temporary, path)) {
        // Half a file is useless, and on a full disk its space is needed.
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    if durable && let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Makes names created in a folder durable. Only Unix has (and needs) it.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    with_free_descriptors(|| File::open(folder))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Reads exactly `buffer.len()` bytes at `position`, independent of other readers of the file.
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, buffer, position)
    }
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < buffer.len() {
            match std::os::windows::fs::FileExt::seek_read(file, &mut buffer[done..], position + done as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A unique 128-bit id; the standard library seeds its hashers from the operating system.
pub(crate) fn random_id() -> u128 {
    let half = || {
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()));
        hasher.write_u32(std::process::id());
        hasher.finish()
    };
    (u128::from(half()) << 64) | u128::from(half())
}

/// Milliseconds since 1970, the unit of record timestamps.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Runs blocking file work without delaying the other tasks of this thread, where the runtime supports it.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
