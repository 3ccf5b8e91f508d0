//! One image in full: decoded and described off the window's thread.

use std::sync::Arc;

use eframe::egui::{ColorImage, TextureHandle};
use sha2::{Digest, Sha256};

use super::listing::{ImageEntry, Listing};
use crate::gui::workers::picture::{PictureSource, decode, fitted, to_color_image};
use crate::model::image_info::ImageInfo;
use crate::model::objects::LabelledObject;

/// Larger pictures are shown smaller: graphics libraries take no larger textures everywhere.
const SIDE_PX_MAX: u32 = 4_096;

/// What came of loading an image.
pub struct Loaded {
    /// The pixels, or why there are none.
    pub picture: Result<ColorImage, String>,
    /// What its header says.
    pub info: Option<ImageInfo>,
    /// Size of the file.
    pub size_bytes: u64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// Whether its bytes are those that were sent; `None` where nothing tells.
    pub bytes_as_sent: Option<bool>,
    /// Its objects.
    pub objects: Vec<LabelledObject>,
    /// The first bytes of a record that shows no image.
    pub raw: Option<Arc<[u8]>>,
}

/// A loaded image on its way to the screen.
pub struct Shown {
    /// All but the pixels.
    pub loaded: Loaded,
    /// The pixels.
    pub texture: Option<TextureHandle>,
    /// Size of the image in its own pixels; boxes are in these.
    pub size_px: [f32; 2],
}

/// Reads and decodes an image.
pub fn load(listing: &Listing, entry: &ImageEntry) -> Loaded {
    let record = entry.record.and_then(|index| listing.page.as_ref()?.records.get(index as usize));
    let source = match record {
        None => PictureSource::File(listing.path_of(entry)),
        Some(record) => match &record.content {
            Ok(image) => PictureSource::Bytes(Arc::clone(&image.bytes)),
            Err(reason) => return damaged(entry, reason.clone(), record.raw.clone()),
        },
    };
    let bytes = match source.read() {
        Ok(bytes) => bytes,
        Err(reason) => return damaged(entry, reason, None),
    };
    let info = ImageInfo::read(&bytes);
    let objects = info.map(|info| listing.objects_of(entry, info.width_px, info.height_px)).unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(&bytes).into();
    // Boxes are in the pixels as stored: such a picture is not turned.
    let turned = objects.is_empty();
    let picture = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| decode(&bytes, turned)));
    let picture = picture.unwrap_or_else(|_| Err("a fault in the decoder".to_owned()));
    let bytes_as_sent = match record {
        Some(record) => record.content.as_ref().ok().and_then(|image| image.bytes_as_sent),
        // What was saved is compared again: the file may have changed since.
        None => listing.facts_of(entry).and_then(|facts| Some(facts.bytes_as_sent? && facts.sha256 == hash)),
    };
    Loaded {
        picture: picture.map(|picture| to_color_image(&fitted(picture, SIDE_PX_MAX))),
        info,
        size_bytes: bytes.len() as u64,
        sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes_as_sent,
        objects,
        raw: None,
    }
}

fn damaged(entry: &ImageEntry, reason: String, raw: Option<Arc<[u8]>>) -> Loaded {
    Loaded {
        picture: Err(reason),
        info: None,
        size_bytes: entry.size_bytes,
        sha256: String::new(),
        bytes_as_sent: None,
        objects: Vec::new(),
        raw,
    }
}
