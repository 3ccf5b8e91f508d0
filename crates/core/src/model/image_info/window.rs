//! The bytes of a file at any offset, read in pieces.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes that are read at a time. Most headers lie in the first piece.
const PIECE_BYTES: u64 = 4096;

/// A piece of a file.
pub(super) struct Window<R> {
    source: R,
    start: u64,
    held: Vec<u8>,
    is_filled: bool,
}

impl<R: Read + Seek> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, start: 0, held: Vec::new(), is_filled: false }
    }

    /// The first piece of the file.
    pub(super) fn head(&mut self) -> io::Result<&[u8]> {
        self.fill(0)?;
        Ok(&self.held)
    }

    /// `N` bytes at `at`. [`io::ErrorKind::UnexpectedEof`]: the file ends before them.
    pub(super) fn bytes<const N: usize>(&mut self, at: u64) -> io::Result<[u8; N]> {
        if let Some(found) = self.held_at(at) {
            return Ok(found);
        }
        self.fill(at)?;
        self.held_at(at).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// The byte at `at`.
    pub(super) fn byte(&mut self, at: u64) -> io::Result<u8> {
        self.bytes::<1>(at).map(|[byte]| byte)
    }

    /// At most `length` bytes from `at`; fewer where the file ends.
    pub(super) fn up_to(&mut self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        self.source.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        self.source.by_ref().take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn held_at<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let from = usize::try_from(at.checked_sub(self.start)?).ok()?;
        self.held.get(from..)?.first_chunk().copied()
    }

    fn fill(&mut self, at: u64) -> io::Result<()> {
        if self.is_filled && self.start == at {
            return Ok(());
        }
        // Beyond the limit of any file system, which would report another error.
        if i64::try_from(at).is_err() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.is_filled = false;
        self.source.seek(SeekFrom::Start(at))?;
        self.held.clear();
        self.source.by_ref().take(PIECE_BYTES).read_to_end(&mut self.held)?;
        (self.start, self.is_filled) = (at, true);
        Ok(())
    }
}
