//! Recognising an image by its content.
//!
//! [`FileContent`] alone decides what is an image: for the producer before it sends a file, for the consumer before it
//! saves one, and for the survey of a folder, the browser and a benchmark's payloads. It also names what is not one. Only
//! the header is read, by the formats' own specifications and as leniently as decoders do: a file that a decoder opens
//! must pass. The crate `imagesize` refuses JPEG's fill bytes, BMP's rows from top to bottom and TIFF's unknown fields.

mod bitmap;
mod exif_data;
mod jpeg;
mod orientation;
mod other_format;
mod tiff;
mod webp;
mod window;

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use serde::{Serialize, Serializer};

use super::frame::Frame;
use super::missing_content::ContentStore;
pub(crate) use exif_data::exif_data;
use orientation::orientation;
pub use other_format::OtherFormat;
use window::Window;

/// The image formats that are streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// Its name, such as `JPEG`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
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

/// What the content of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// An image that is streamed.
    Image(ImageInfo),
    /// Anything else.
    Other(NotAnImage),
}

/// What a file is that is not an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotAnImage {
    /// Another format that is known.
    Format(OtherFormat),
    /// It begins like an image, but its header is damaged or cut off.
    Damaged(ImageFormat),
    /// Without any bytes.
    Empty,
    /// It stands for content that is elsewhere.
    Elsewhere(ContentStore),
    /// None of these.
    Unknown,
}

/// The longest side of an image; longer ones cannot be decoded.
const SIDE_MAX_PX: u32 = i32::MAX.unsigned_abs();

impl FileContent {
    /// Recognises the bytes of a whole file by its header.
    pub fn read(bytes: &[u8]) -> Self {
        // Reading from memory fails only where the bytes end.
        Self::read_from(Cursor::new(bytes)).unwrap_or(Self::Other(NotAnImage::Unknown))
    }

    /// The same for a file, of which only the necessary parts are read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        Self::read_from(File::open(path)?)
    }

    fn read_from(source: impl Read + Seek) -> io::Result<Self> {
        let mut file = Window::new(source);
        let Some(format) = ImageFormat::sniff(file.head()?) else {
            let other = match OtherFormat::of(&mut file)? {
                Some(other) => NotAnImage::Format(other),
                None if file.head()?.is_empty() => NotAnImage::Empty,
                None => NotAnImage::Unknown,
            };
            return Ok(Self::Other(other));
        };
        let damaged = match file.head()? {
            // Text may begin with the two letters of a BMP, but not with its reserved words.
            head if format == ImageFormat::Bmp && head.get(6..10) != Some([0; 4].as_slice()) => NotAnImage::Unknown,
            _ => NotAnImage::Damaged(format),
        };
        match Self::from_header(&mut file, format) {
            Ok(Self::Other(NotAnImage::Unknown)) => Ok(Self::Other(damaged)),
            Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) => {
                Ok(Self::Other(damaged))
            }
            read => read,
        }
    }

    fn from_header(file: &mut Window<impl Read + Seek>, format: ImageFormat) -> io::Result<Self> {
        let [width_px, height_px] = match format {
            ImageFormat::Png => bitmap::png_size_px(file)?,
            ImageFormat::Jpeg => jpeg::size_px(file)?,
            ImageFormat::WebP => webp::size_px(file)?,
            ImageFormat::Gif => bitmap::gif_size_px(file)?,
            ImageFormat::Bmp => bitmap::bmp_size_px(file)?,
            ImageFormat::Tiff => match tiff::read(file)? {
                tiff::Tiff::Image(size_px) => size_px,
                tiff::Tiff::Raw(format) => return Ok(Self::Other(NotAnImage::Format(format))),
            },
        };
        let is_possible = [width_px, height_px].iter().all(|side| (1..=SIDE_MAX_PX).contains(side));
        Ok(match is_possible {
            true => Self::Image(ImageInfo { format, width_px, height_px }),
            false => Self::Other(NotAnImage::Unknown),
        })
    }

    /// The image, if it is one.
    pub fn image(self) -> Option<ImageInfo> {
        match self {
            Self::Image(info) => Some(info),
            Self::Other(_) => None,
        }
    }
}

impl ImageInfo {
    /// Reads the header of a whole image file. `None`: not an image of a known format, or one whose
    /// header is damaged or cut off. The pixels are not decoded.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        FileContent::read(bytes).image()
    }
}

/// Size and orientation of an image file. `None`: it is not an image, as [`FileContent`] decides.
///
/// # Errors
/// The file cannot be read.
pub fn frame_of_file(path: &Path) -> io::Result<Option<Frame>> {
    let file = File::open(path)?;
    let Some(info) = FileContent::read_from(&file)?.image() else { return Ok(None) };
    Ok(Some(Frame { stored_px: [info.width_px, info.height_px], orientation: orientation(&file)? }))
}

/// The same of the bytes of a file.
pub fn frame_of(bytes: &[u8]) -> Option<Frame> {
    let info = ImageInfo::read(bytes)?;
    let orientation = orientation(io::Cursor::new(bytes)).unwrap_or_default();
    Some(Frame { stored_px: [info.width_px, info.height_px], orientation })
}

impl NotAnImage {
    /// In a list of counts, such as `HEIC`; `None` for what has no name.
    pub fn short_name(self) -> Option<String> {
        match self {
            Self::Format(format) => Some(format.short_name().to_owned()),
            Self::Damaged(format) => Some(format!("damaged {}", format.name())),
            Self::Empty => Some("empty".to_owned()),
            Self::Elsewhere(store) => Some(store.short_name().to_owned()),
            Self::Unknown => None,
        }
    }

    /// Why a file is not sent, and what to do about it: the beginning of a sentence.
    pub fn reason(self) -> String {
        match self {
            Self::Format(format) => {
                format!("This is {format}, not sent; {}, or send it as it is with --any-file", format.conversion())
            }
            Self::Damaged(format) => {
                format!("It begins like a {}, but its header is damaged or cut off; not sent", format.name())
            }
            Self::Empty => "The file is empty, not sent".to_owned(),
            Self::Elsewhere(store) => format!("Not sent: {}", store.reason()),
            Self::Unknown => "Not a PNG, JPEG, WebP, GIF, BMP or TIFF image, not sent".to_owned(),
        }
    }
}

impl fmt::Display for NotAnImage {
    /// What it is, such as `a HEIC photo`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(format) => f.write_str(format.name()),
            Self::Damaged(format) => write!(f, "a {} with a damaged header", format.name()),
            Self::Empty => f.write_str("an empty file"),
            Self::Elsewhere(store) => f.write_str(store.name()),
            Self::Unknown => f.write_str("no known image format"),
        }
    }
}

impl Serialize for NotAnImage {
    /// Its short name, or `unknown`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.short_name().as_deref().unwrap_or("unknown"))
    }
}

/// The error for a header that contradicts its format.
fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
#[path = "image_info/tests.rs"]
mod tests;
