//! JPEG: the frame header and EXIF among the markers (ITU T.81, annex B).

use std::io::{self, Read, Seek};

use super::damaged;
use super::window::Window;

/// The most fill bytes and stray bytes between segments, which decoders skip.
const SKIPPED_MAX: u32 = 1 << 20;
/// What precedes EXIF data in its segment.
pub(super) const EXIF_PREFIX: &[u8; 6] = b"Exif\0\0";

pub(super) fn size_px(file: &mut Window<impl Read + Seek>) -> io::Result<[u32; 2]> {
    let size_px = find(file, |file, marker, at| match marker {
        // Frame headers, also of JPEG-LS; not the tables and the conditioning among their codes.
        0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xf7 => {
            let [high, low, wide_high, wide_low] = file.bytes(at + 5)?;
            let [height, width] = [[high, low], [wide_high, wide_low]].map(|side| u16::from_be_bytes(side).into());
            Ok(Some([width, height]))
        }
        _ => Ok(None),
    })?;
    // The end, or the first scan, without a frame header before it.
    size_px.ok_or_else(damaged)
}

/// The EXIF data, of which there may be less where the file ends.
pub(super) fn exif(file: &mut Window<impl Read + Seek>) -> io::Result<Option<Vec<u8>>> {
    const APP1: u8 = 0xe1;
    find(file, |file, marker, at| {
        if marker != APP1 || file.bytes(at + 4)? != *EXIF_PREFIX {
            return Ok(None);
        }
        let length = u16::from_be_bytes(file.bytes(at + 2)?).saturating_sub(2 + EXIF_PREFIX.len() as u16);
        file.up_to(at + 4 + EXIF_PREFIX.len() as u64, length.into()).map(Some)
    })
}

/// What `take` finds at a marker, which gets the marker's code and place. `None`: the file's end or the first scan comes before
/// it.
fn find<R: Read + Seek, T>(
    file: &mut Window<R>,
    mut take: impl FnMut(&mut Window<R>, u8, u64) -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    let mut at = 2;
    let mut skipped = 0;
    loop {
        let (step, is_stray) = match file.bytes::<2>(at)? {
            // Any number of fill bytes may precede a marker (B.1.1.2).
            [0xff, 0xff] => (1, true),
            [0xff, 0x00] => (2, true),
            // Markers without a segment.
            [0xff, 0x01 | 0xd0..=0xd8] => (2, true),
            [0xff, 0xd9 | 0xda] => return Ok(None),
            [0xff, marker] => {
                if let Some(found) = take(file, marker, at)? {
                    return Ok(Some(found));
                }
                match u16::from_be_bytes(file.bytes(at + 2)?) {
                    0..2 => return Err(damaged()),
                    length => (2 + u64::from(length), false),
                }
            }
            _ => (1, true),
        };
        at += step;
        skipped += u32::from(is_stray);
        if skipped > SKIPPED_MAX {
            return Err(damaged());
        }
    }
}
