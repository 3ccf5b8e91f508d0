//! Decoding pictures, bounded in memory.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::ColorImage;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

/// More than any camera's picture; a file may announce anything.
const DECODED_BYTES_MAX: u64 = 1 << 30;
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Where the bytes of a picture are.
#[derive(Clone, Debug)]
pub enum PictureSource {
    /// In a file.
    File(PathBuf),
    /// In memory.
    Bytes(Arc<[u8]>),
}

impl PictureSource {
    /// The bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read(&self) -> Result<Arc<[u8]>, String> {
        match self {
            Self::Bytes(bytes) => Ok(Arc::clone(bytes)),
            Self::File(path) => {
                let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
                if length > FILE_BYTES_MAX {
                    return Err("the file is larger than 1 GiB".to_owned());
                }
                std::fs::read(path).map(Arc::from).map_err(|error| error.to_string())
            }
        }
    }
}

/// Decodes a picture, turned as its camera was held if `turned`.
///
/// # Errors
/// It is damaged, of no known format, or too large.
pub fn decode(bytes: &[u8], turned: bool) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    if let Some(orientation) = orientation.filter(|_| turned) {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

/// Makes it fit `side_px` by `side_px`; smaller ones stay as they are.
pub fn fitted(picture: DynamicImage, side_px: u32) -> DynamicImage {
    if picture.width() <= side_px && picture.height() <= side_px {
        return picture;
    }
    picture.thumbnail(side_px, side_px)
}

/// The middle of the picture as a square of `side_px` at most.
pub fn square(picture: DynamicImage, side_px: u32) -> DynamicImage {
    let side = picture.width().min(picture.height()).max(1);
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let square = if picture.width() == picture.height() { picture } else { picture.crop_imm(left, top, side, side) };
    if side <= side_px { square } else { square.thumbnail_exact(side_px, side_px) }
}

/// As egui wants it.
pub fn to_color_image(picture: &DynamicImage) -> ColorImage {
    let pixels = picture.to_rgba8();
    let size = [pixels.width() as usize, pixels.height() as usize];
    ColorImage::from_rgba_unmultiplied(size, pixels.as_raw())
}
