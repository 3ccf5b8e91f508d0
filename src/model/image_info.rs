//! Recognising an image by its content.

use imagesize::ImageType;

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

/// Bytes of a file that [`ImageFormat::sniff`] wants to see.
pub const SNIFF_LEN_BYTES: usize = 64;

impl ImageFormat {
    /// The format that the first bytes of a file announce; the first [`SNIFF_LEN_BYTES`] are enough.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match imagesize::image_type(head).ok()? {
            ImageType::Png => Some(Self::Png),
            ImageType::Jpeg => Some(Self::Jpeg),
            ImageType::Webp => Some(Self::WebP),
            ImageType::Gif => Some(Self::Gif),
            ImageType::Bmp => Some(Self::Bmp),
            ImageType::Tiff => Some(Self::Tiff),
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

/// What the header of an image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// The format.
    pub format: ImageFormat,
    /// Width in pixels, at least 1.
    pub width_px: u32,
    /// Height in pixels, at least 1.
    pub height_px: u32,
}

impl ImageInfo {
    /// Reads the header of a whole image file. `None`: not an image of a known format, or one whose
    /// header is damaged. The pixels are not decoded.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let format = ImageFormat::sniff(bytes)?;
        let size = imagesize::blob_size(bytes).ok()?;
        let width_px = u32::try_from(size.width).ok().filter(|&width| width > 0)?;
        let height_px = u32::try_from(size.height).ok().filter(|&height| height > 0)?;
        Some(Self { format, width_px, height_px })
    }
}
