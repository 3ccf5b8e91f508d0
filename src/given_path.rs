//! Paths as desktops and people give them: also as `file://` addresses.

use std::ffi::OsStr;
use std::path::PathBuf;

/// The path that an argument means.
pub fn from_argument(argument: &OsStr) -> PathBuf {
    match argument.to_str().and_then(|text| text.strip_prefix("file://")) {
        Some(address) => from_address(address),
        None => PathBuf::from(argument),
    }
}

/// The path of an address after its `file://`.
pub fn from_address(address: &str) -> PathBuf {
    let bytes = address.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(address).as_bytes();
    let mut path = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = bytes.get(index + 1..index + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.filter(|_| bytes[index] == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                path.push(byte);
                index += 3;
            }
            None => {
                path.push(bytes[index]);
                index += 1;
            }
        }
    }
    // `file:///C:/images`.
    if path.first() == Some(&b'/') && path.get(2) == Some(&b':') {
        path.remove(0);
    }
    path_of_bytes(path)
}

/// Names of any bytes.
#[cfg(unix)]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_paths() {
        for (given, path) in [
            ("/a b/c", "/a b/c"),
            ("file:///a%20b/c", "/a b/c"),
            ("file://localhost/a", "/a"),
            ("file:///C:/x%c3%a4", "C:/xä"),
            ("file:///100%", "/100%"),
            ("~", "~"),
            ("\"quoted\"", "\"quoted\""),
        ] {
            assert_eq!(from_argument(OsStr::new(given)), PathBuf::from(path), "{given}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_of_any_encoding_stay() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(from_argument(OsStr::new("file:///%FF")), PathBuf::from(OsStr::from_bytes(b"/\xff")));
    }
}
