//! Files of labels, read whole.

use std::fs;
use std::io;
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes of a file. The error says why it cannot be read.
pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| error.to_string())
}

/// The text of a file; `None` if there is no file. The error says why it cannot be read.
pub(super) fn read_text(file: &Path) -> Result<Option<String>, String> {
    match fs::read(file) {
        Ok(bytes) => text(bytes).map(Some),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The bytes as text, without a byte order mark. The error says that they are not.
pub(super) fn text(mut bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

/// The bytes without a byte order mark, for formats that have none.
pub(super) fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}
