//! TIFF and BigTIFF: the first directory of fields, in either order of bytes (TIFF 6.0; bigtiff.org).

use std::io::{self, Read, Seek};

use super::damaged;
use super::window::Window;

const IMAGE_WIDTH: u64 = 0x100;
const IMAGE_LENGTH: u64 = 0x101;
/// Fields of a directory that are read; a classic one cannot have more.
const FIELDS_MAX: u64 = 65_535;

pub(super) fn size_px(file: &mut Window<impl Read + Seek>) -> io::Result<[u32; 2]> {
    let mut numbers = Numbers { is_little: file.bytes(0)? == *b"II", file };
    let is_big = numbers.at::<2>(2)? == 43;
    if is_big && numbers.at::<2>(4)? != 8 {
        return Err(damaged());
    }
    let (fields, first_at, field_bytes, value_within) = if is_big {
        let directory_at = numbers.at::<8>(8)?;
        (numbers.at::<8>(directory_at)?, directory_at.saturating_add(8), 20, 12)
    } else {
        let directory_at = numbers.at::<4>(4)?;
        (numbers.at::<2>(directory_at)?, directory_at + 2, 12, 8)
    };
    let [mut width, mut height] = [None, None];
    for index in 0..fields.min(FIELDS_MAX) {
        let field_at = first_at.saturating_add(index * field_bytes);
        let side = match numbers.at::<2>(field_at)? {
            IMAGE_WIDTH => &mut width,
            IMAGE_LENGTH => &mut height,
            _ => continue,
        };
        let value_at = field_at + value_within;
        // Whole numbers of any length; those with a sign are right as long as they are positive. A field of another
        // type is skipped, as readers must (TIFF 6.0, section 2).
        let value = match numbers.at::<2>(field_at + 2)? {
            1 | 6 => numbers.at::<1>(value_at)?,
            3 | 8 => numbers.at::<2>(value_at)?,
            4 | 9 => numbers.at::<4>(value_at)?,
            16 | 17 if is_big => numbers.at::<8>(value_at)?,
            _ => continue,
        };
        *side = u32::try_from(value).ok();
        if let (Some(width), Some(height)) = (width, height) {
            return Ok([width, height]);
        }
    }
    Err(damaged())
}

struct Numbers<'a, R> {
    file: &'a mut Window<R>,
    is_little: bool,
}

impl<R: Read + Seek> Numbers<'_, R> {
    /// The number of `N` bytes at `at`.
    fn at<const N: usize>(&mut self, at: u64) -> io::Result<u64> {
        let bytes = self.file.bytes::<N>(at)?;
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Ok(if self.is_little { bytes.iter().rev().fold(0, push) } else { bytes.iter().fold(0, push) })
    }
}
