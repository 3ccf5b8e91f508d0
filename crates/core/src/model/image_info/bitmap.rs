//! The formats with the size near the beginning: PNG, GIF and BMP.

use std::io::{self, Read, Seek};

use super::damaged;
use super::window::Window;

/// The most chunks before PNG's header chunk, and blocks before GIF's first image.
const BLOCKS_MAX: u32 = 4_096;

/// From the chunk IHDR (PNG, 11.2.1). It is the first one, except in Apple's variant, where CgBI precedes it.
pub(super) fn png_size_px(file: &mut Window<impl Read + Seek>) -> io::Result<[u32; 2]> {
    let mut at = 8;
    for _ in 0..BLOCKS_MAX {
        if file.bytes::<4>(at + 4)? == *b"IHDR" {
            let [w0, w1, w2, w3, h0, h1, h2, h3] = file.bytes(at + 8)?;
            return Ok([[w0, w1, w2, w3], [h0, h1, h2, h3]].map(u32::from_be_bytes));
        }
        // Length, type and checksum in addition to the content.
        at += 12 + u64::from(u32::from_be_bytes(file.bytes(at)?));
    }
    Err(damaged())
}

/// From the logical screen; if that has no area, from the first image, as browsers do (GIF89a, 18 and 20).
pub(super) fn gif_size_px(file: &mut Window<impl Read + Seek>) -> io::Result<[u32; 2]> {
    let [w0, w1, h0, h1, flags] = file.bytes(6)?;
    let screen = [[w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side)));
    if !screen.contains(&0) {
        return Ok(screen);
    }
    let mut at = 13 + if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    for _ in 0..BLOCKS_MAX {
        match file.byte(at)? {
            0x2c => {
                let sides: [u8; 8] = file.bytes(at + 1)?;
                let number = |index: usize| u32::from(u16::from_le_bytes([sides[index], sides[index + 1]]));
                return Ok([number(0) + number(4), number(2) + number(6)]);
            }
            // An extension: its kind, then sub-blocks, up to an empty one.
            0x21 => {
                at += 2;
                for _ in 0..BLOCKS_MAX {
                    let length = file.byte(at)?;
                    at += 1 + u64::from(length);
                    if length == 0 {
                        break;
                    }
                }
            }
            _ => return Err(damaged()),
        }
    }
    Err(damaged())
}

/// From the information header, which is identified by its length: OS/2's first has sides of two bytes, all others of
/// four. A negative height means rows from top to bottom.
pub(super) fn bmp_size_px(file: &mut Window<impl Read + Seek>) -> io::Result<[u32; 2]> {
    match u32::from_le_bytes(file.bytes(14)?) {
        12 => {
            let [w0, w1, h0, h1] = file.bytes(18)?;
            Ok([[w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side))))
        }
        // OS/2's second may be cut off anywhere; the others have 40, 52, 56, 108 and 124 bytes.
        16..=124 => {
            let [w0, w1, w2, w3, h0, h1, h2, h3] = file.bytes(18)?;
            let [width, height] = [[w0, w1, w2, w3], [h0, h1, h2, h3]].map(i32::from_le_bytes);
            let width = u32::try_from(width).map_err(|_| damaged())?;
            Ok([width, height.unsigned_abs()])
        }
        _ => Err(damaged()),
    }
}
