//! TIFF and BigTIFF: the directories of fields, in either order of bytes (TIFF 6.0; bigtiff.org), and the raw formats of
//! cameras that look like them.

use std::io::{self, Read, Seek};

use super::OtherFormat;
use super::damaged;
use super::window::Window;

const IMAGE_WIDTH: u64 = 0x100;
const IMAGE_LENGTH: u64 = 0x101;
const COMPRESSION: u64 = 0x103;
const PHOTOMETRIC: u64 = 0x106;
const MAKE: u64 = 0x10f;
const SUB_DIRECTORIES: u64 = 0x14a;
const DNG_VERSION: u64 = 0xc612;

/// Values of [`PHOTOMETRIC`]: samples of a sensor behind colour filters, and the same with all colours (DNG 1.4).
const OF_SENSOR: [u64; 2] = [32_803, 34_892];
/// Values of [`COMPRESSION`] that only cameras use: Nikon, Sony, Samsung, Pentax, Kodak.
const OF_CAMERA: [u64; 6] = [34_713, 32_767, 32_770, 32_867, 65_000, 65_535];

/// Fields of a directory that are read; a classic one cannot have more.
const FIELDS_MAX: u64 = 65_535;
/// Directories of a camera's file that are read. Cameras write three to seven.
const DIRECTORIES_MAX: usize = 16;

/// What a TIFF's header shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tiff {
    /// An image of this width and height, in pixels.
    Image([u32; 2]),
    /// A camera's raw file; its first directory is often a thumbnail.
    Raw(OtherFormat),
}

pub(super) fn read(file: &mut Window<impl Read + Seek>) -> io::Result<Tiff> {
    let mut reader = Reader::open(file)?;
    let first_at = reader.first_at;
    let first = reader.directory(first_at)?;
    if let Some(raw) = reader.raw_format(&first)? {
        return Ok(Tiff::Raw(raw));
    }
    match (first.width, first.height) {
        (Some(width), Some(height)) => Ok(Tiff::Image([width, height])),
        _ => Err(damaged()),
    }
}

/// The fields of a directory that matter here.
#[derive(Default)]
struct Directory {
    width: Option<u32>,
    height: Option<u32>,
    is_of_sensor: bool,
    is_dng: bool,
    /// Where the maker's name is, and how long it is.
    make: Option<(u64, u64)>,
    /// Where directories below this one begin.
    below: Vec<u64>,
    next_at: Option<u64>,
}

struct Reader<'a, R> {
    file: &'a mut Window<R>,
    is_little: bool,
    is_big: bool,
    first_at: u64,
}

impl<'a, R: Read + Seek> Reader<'a, R> {
    fn open(file: &'a mut Window<R>) -> io::Result<Self> {
        let is_little = file.bytes(0)? == *b"II";
        let mut reader = Self { file, is_little, is_big: false, first_at: 0 };
        reader.is_big = reader.number::<2>(2)? == 43;
        if reader.is_big && reader.number::<2>(4)? != 8 {
            return Err(damaged());
        }
        reader.first_at = if reader.is_big { reader.number::<8>(8)? } else { reader.number::<4>(4)? };
        Ok(reader)
    }

    fn directory(&mut self, at: u64) -> io::Result<Directory> {
        let (fields, first_at, field_bytes) = match self.is_big {
            true => (self.number::<8>(at)?, at.saturating_add(8), 20),
            false => (self.number::<2>(at)?, at.saturating_add(2), 12),
        };
        let mut directory = Directory::default();
        for index in 0..fields.min(FIELDS_MAX) {
            let field_at = first_at.saturating_add(index * field_bytes);
            match self.field(field_at, &mut directory) {
                // What decoders open although its directory is cut off is an image.
                Err(_) if directory.width.is_some() && directory.height.is_some() => return Ok(directory),
                read => read?,
            }
        }
        let end_at = first_at.saturating_add(fields.saturating_mul(field_bytes));
        let next_at = if self.is_big { self.number::<8>(end_at) } else { self.number::<4>(end_at) };
        directory.next_at = next_at.ok().filter(|&at| at != 0);
        Ok(directory)
    }

    fn field(&mut self, at: u64, directory: &mut Directory) -> io::Result<()> {
        let tag = self.number::<2>(at)?;
        match tag {
            IMAGE_WIDTH => self.side(at, &mut directory.width),
            IMAGE_LENGTH => self.side(at, &mut directory.height),
            COMPRESSION => {
                directory.is_of_sensor |= self.value(at)?.is_some_and(|value| OF_CAMERA.contains(&value));
                Ok(())
            }
            PHOTOMETRIC => {
                directory.is_of_sensor |= self.value(at)?.is_some_and(|value| OF_SENSOR.contains(&value));
                Ok(())
            }
            MAKE => {
                directory.make = Some(self.place(at, 1)?);
                Ok(())
            }
            SUB_DIRECTORIES => self.sub_directories(at, directory),
            DNG_VERSION => {
                directory.is_dng = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn side(&mut self, field_at: u64, side: &mut Option<u32>) -> io::Result<()> {
        if let Some(value) = self.value(field_at)? {
            *side = u32::try_from(value).ok();
        }
        Ok(())
    }

    /// The first whole number of a field; those with a sign are right as long as they are positive. A field of another
    /// type is `None`, as readers must skip it (TIFF 6.0, section 2).
    fn value(&mut self, field_at: u64) -> io::Result<Option<u64>> {
        let value_at = field_at + if self.is_big { 12 } else { 8 };
        Ok(Some(match self.number::<2>(field_at + 2)? {
            1 | 6 => self.number::<1>(value_at)?,
            3 | 8 => self.number::<2>(value_at)?,
            4 | 9 => self.number::<4>(value_at)?,
            16 | 17 if self.is_big => self.number::<8>(value_at)?,
            _ => return Ok(None),
        }))
    }

    /// Where a field's values of `value_bytes` are, and their number: within the field if they fit, else where it points.
    fn place(&mut self, field_at: u64, value_bytes: u64) -> io::Result<(u64, u64)> {
        let (count, value_at, room) = match self.is_big {
            true => (self.number::<8>(field_at + 4)?, field_at + 12, 8),
            false => (self.number::<4>(field_at + 4)?, field_at + 8, 4),
        };
        if count.saturating_mul(value_bytes) <= room {
            return Ok((value_at, count));
        }
        let at = if self.is_big { self.number::<8>(value_at)? } else { self.number::<4>(value_at)? };
        Ok((at, count))
    }

    fn sub_directories(&mut self, field_at: u64, directory: &mut Directory) -> io::Result<()> {
        let is_wide = matches!(self.number::<2>(field_at + 2)?, 16..=18);
        let value_bytes = if is_wide { 8 } else { 4 };
        let (at, count) = self.place(field_at, value_bytes)?;
        for index in 0..count.min(DIRECTORIES_MAX as u64) {
            let at = at.saturating_add(index * value_bytes);
            let below = if is_wide { self.number::<8>(at) } else { self.number::<4>(at) };
            directory.below.extend(below.ok());
        }
        Ok(())
    }

    /// Which raw format it is; `None` for an image. Damage behind the first directory makes no raw file of an image.
    fn raw_format(&mut self, first: &Directory) -> io::Result<Option<OtherFormat>> {
        if first.is_dng {
            return Ok(Some(OtherFormat::Dng));
        }
        // Without a camera's name the file is a scan, a microscope's or a program's, and may have thousands of directories.
        let Some((make_at, make_len)) = first.make else {
            return Ok(None);
        };
        if !self.is_big && self.is_little && self.file.bytes(8).is_ok_and(|mark| mark == *b"CR") {
            return Ok(Some(OtherFormat::Cr2));
        }
        if !first.is_of_sensor && !self.any_is_of_sensor(first) {
            return Ok(None);
        }
        Ok(Some(match self.file.bytes::<4>(make_at) {
            Ok(make) if make_len >= 4 && make.eq_ignore_ascii_case(b"NIKO") => OtherFormat::Nef,
            Ok(make) if make_len >= 4 && make.eq_ignore_ascii_case(b"SONY") => OtherFormat::Arw,
            _ => OtherFormat::CameraRaw,
        }))
    }

    fn any_is_of_sensor(&mut self, first: &Directory) -> bool {
        let mut waiting: Vec<u64> = first.below.iter().copied().chain(first.next_at).collect();
        let mut seen = vec![self.first_at];
        while let Some(at) = waiting.pop() {
            if seen.contains(&at) || seen.len() > DIRECTORIES_MAX {
                continue;
            }
            seen.push(at);
            let Ok(directory) = self.directory(at) else { continue };
            if directory.is_of_sensor {
                return true;
            }
            waiting.extend(directory.below.iter().copied().chain(directory.next_at));
        }
        false
    }

    /// The number of `N` bytes at `at`.
    fn number<const N: usize>(&mut self, at: u64) -> io::Result<u64> {
        let bytes = self.file.bytes::<N>(at)?;
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Ok(if self.is_little { bytes.iter().rev().fold(0, push) } else { bytes.iter().fold(0, push) })
    }
}
