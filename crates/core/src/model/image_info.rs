//! Recognising an image by its content.
//!
//! [`ImageInfo`] alone decides what is an image: for the producer before it sends a file, for the consumer before it saves
//! one, and for the survey of a folder, the browser and a benchmark's payloads. Only the header is read, by the formats'
//! own specifications and as leniently as decoders do: a file that a decoder opens must pass. The crate `imagesize`
//! refuses JPEG's fill bytes, BMP's rows from top to bottom and TIFF's unknown fields.

mod bitmap;
mod jpeg;
mod tiff;
mod webp;
mod window;

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use window::Window;

/// The image formats that are streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG, with or without EXIF.
    Jpeg,
    /// WebP, lossy or lossless.
    WebP,
    /// Graphics Interchange Format.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// Tagged Image File Format.
    Tiff,
}

/// Bytes of a file that [`ImageFormat::sniff`] reads.
pub const SNIFF_LEN_BYTES: usize = 12;

impl ImageFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Png, Self::Jpeg, Self::WebP, Self::Gif, Self::Bmp, Self::Tiff];

    /// The format by the first [`SNIFF_LEN_BYTES`] of a file: enough to name the format of a damaged file. Whether it is an
    /// image is decided by [`ImageInfo`].
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'B', b'M', ..] => Some(Self::Bmp),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            _ => None,
        }
    }

    /// The customary file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
        }
    }

    /// Whether `extension` (without the dot, any case) is a customary one of this format.
    pub fn has_extension(self, extension: &str) -> bool {
        let extension = extension.to_ascii_lowercase();
        match self {
            Self::Jpeg => matches!(extension.as_str(), "jpg" | "jpeg" | "jpe" | "jfif"),
            Self::Tiff => matches!(extension.as_str(), "tif" | "tiff"),
            Self::Bmp => matches!(extension.as_str(), "bmp" | "dib"),
            _ => extension == self.extension(),
        }
    }

    /// The IANA media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
        }
    }
}

/// Format and size of an image, by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// The format.
    pub format: ImageFormat,
    /// Width in pixels, at least 1.
    pub width_px: u32,
    /// Height in pixels, at least 1.
    pub height_px: u32,
}

/// The longest side of an image; longer ones cannot be decoded.
const SIDE_MAX_PX: u32 = i32::MAX.unsigned_abs();

impl ImageInfo {
    /// Reads the header of a whole image file. `None`: not an image of a known format, or one whose
    /// header is damaged or cut off. The pixels are not decoded.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::read_from(Cursor::new(bytes)).ok().flatten()
    }

    /// The same for a file, of which only the necessary parts are read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Option<Self>> {
        Self::read_from(File::open(path)?)
    }

    fn read_from(source: impl Read + Seek) -> io::Result<Option<Self>> {
        match Self::from_header(&mut Window::new(source)) {
            Ok(info) => Ok(info),
            Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn from_header(file: &mut Window<impl Read + Seek>) -> io::Result<Option<Self>> {
        let Some(format) = ImageFormat::sniff(file.head()?) else { return Ok(None) };
        let [width_px, height_px] = match format {
            ImageFormat::Png => bitmap::png_size_px(file)?,
            ImageFormat::Jpeg => jpeg::size_px(file)?,
            ImageFormat::WebP => webp::size_px(file)?,
            ImageFormat::Gif => bitmap::gif_size_px(file)?,
            ImageFormat::Bmp => bitmap::bmp_size_px(file)?,
            ImageFormat::Tiff => tiff::size_px(file)?,
        };
        let is_possible = [width_px, height_px].iter().all(|side| (1..=SIDE_MAX_PX).contains(side));
        Ok(is_possible.then_some(Self { format, width_px, height_px }))
    }
}

/// The error for a header that contradicts its format.
fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
#[path = "image_info/tests.rs"]
mod tests;
