//! WebP: lossy, lossless and extended (RFC 9649).

use std::io::{self, Read, Seek};

use super::damaged;
use super::window::Window;

/// The offsets of the first chunk and of its content.
const CHUNK_AT: u64 = 12;
const CONTENT_AT: u64 = CHUNK_AT + 8;

pub(super) fn size_px(file: &mut Window<impl Read + Seek>) -> io::Result<[u32; 2]> {
    match &file.bytes::<4>(CHUNK_AT)? {
        b"VP8X" => {
            let [w0, w1, w2, h0, h1, h2] = file.bytes(CONTENT_AT + 4)?;
            Ok([[w0, w1, w2, 0], [h0, h1, h2, 0]].map(|side| u32::from_le_bytes(side) + 1))
        }
        b"VP8L" => {
            if file.byte(CONTENT_AT)? != 0x2f {
                return Err(damaged());
            }
            let sides = u32::from_le_bytes(file.bytes(CONTENT_AT + 1)?);
            Ok([sides, sides >> 14].map(|side| (side & 0x3fff) + 1))
        }
        b"VP8 " => {
            // A key frame's start code; the upper two bits of a side are its scaling (RFC 6386, 9.1).
            let [s0, s1, s2, w0, w1, h0, h1] = file.bytes(CONTENT_AT + 3)?;
            if [s0, s1, s2] != [0x9d, 0x01, 0x2a] {
                return Err(damaged());
            }
            Ok([[w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side) & 0x3fff)))
        }
        _ => Err(damaged()),
    }
}
