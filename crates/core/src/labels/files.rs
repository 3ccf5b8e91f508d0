//! Files of labels, read whole.

use std::fs;
use std::io;
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The bytes of a file, without a byte order mark. The error says why it cannot be read.
pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map(without_byte_order_mark).map_err(|error| error.to_string())
}

/// The text of a file; `None` if there is no file. The error says why it cannot be read.
pub(super) fn read_text(file: &Path) -> Result<Option<String>, String> {
    let bytes = match fs::read(file) {
        Ok(bytes) => without_byte_order_mark(bytes),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error.to_string()),
    };
    String::from_utf8(bytes).map(Some).map_err(|_| "it is not UTF-8 text".to_owned())
}

fn without_byte_order_mark(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    bytes
}
