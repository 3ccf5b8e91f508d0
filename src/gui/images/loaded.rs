//! One image in full: decoded and described in a thread.

use std::io::Read;
use std::sync::Arc;

use eframe::egui::{ColorImage, TextureHandle};
use image::metadata::Orientation;
use sha2::{Digest, Sha256};

use super::listing::{ImageEntry, Listing};
use super::mask_picture::{MaskPicture, mask_pictures};
use super::objects::MaskTexture;
use crate::gui::workers::picture::{Effort, PictureSource, Preview, Problem, preview};
use crate::gui::workers::reduce::Fit;
use crate::gui::workers::turn;
use kafka_image_bench_core::model::content_kind::ContentKind;
use kafka_image_bench_core::model::frame::Frame;
use kafka_image_bench_core::model::image_info::{FileContent, ImageFormat, NotAnImage, SNIFF_LEN_BYTES};
use kafka_image_bench_core::model::objects::LabelledObject;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Larger pictures are shown smaller: graphics libraries take no larger textures everywhere.
const SIDE_PX_MAX: u32 = 4_096;

/// The result of loading an image.
pub struct Loaded {
    /// The pixels, or why there are none. Taken when they go to the screen.
    pub picture: Result<ColorImage, Problem>,
    /// What its first bytes announce.
    pub format: Option<ImageFormat>,
    /// Its width and height as stored, in pixels, where it was decoded.
    pub stored_px: Option<[u32; 2]>,
    /// How it is turned to be shown.
    pub turn: Orientation,
    /// Why a part of the picture is missing.
    pub flaw: Option<String>,
    /// In short, how the picture differs from the file: one frame of several, stretched levels.
    pub remark: Option<String>,
    /// The same as facts with their names.
    pub shown_as: Vec<(&'static str, String)>,
    /// Whether a part of it is transparent.
    pub has_alpha: bool,
    /// The media type.
    pub content_type: &'static str,
    /// Size of the file.
    pub size_bytes: u64,
    /// Of its bytes, in hexadecimal; empty where they cannot be read.
    pub sha256: String,
    /// Whether its bytes are those that were sent; `None` where nothing shows it.
    pub bytes_as_sent: Option<bool>,
    /// Its objects, turned as the picture is, without their masks.
    pub objects: Vec<LabelledObject>,
    /// Their masks, turned too. Taken when they go to the screen.
    pub masks: Vec<MaskPicture>,
    /// The first bytes of a record that shows no image.
    pub raw: Option<Arc<[u8]>>,
}

/// A loaded image on its way to the screen.
pub struct Shown {
    /// All but the pixels.
    pub loaded: Loaded,
    /// The pixels.
    pub texture: Option<TextureHandle>,
    /// The masks of its objects.
    pub masks: Vec<MaskTexture>,
    /// Bytes that the pixels and the masks take.
    pub texture_bytes: usize,
    /// Size of the image as it is turned, in its own pixels; boxes are in these.
    pub size_px: [f32; 2],
}

/// Reads and decodes an image. `None`: `stop` was requested meanwhile.
pub fn load(listing: &Listing, entry: &ImageEntry, effort: Effort, stop: &Cancellation) -> Option<Loaded> {
    let record = entry.record.and_then(|index| listing.page.as_ref()?.records.get(index as usize));
    let source = match record {
        None => PictureSource::File(listing.path_of(entry)),
        Some(record) => match &record.content {
            Ok(image) => PictureSource::Bytes(Arc::clone(&image.bytes)),
            Err(reason) => return Some(damaged(entry, reason.clone(), record.raw.clone())),
        },
    };
    let (head, size_bytes, hash) = match digest(&source, stop) {
        Ok(read) => read?,
        Err(reason) => return Some(damaged(entry, reason, None)),
    };
    let shown = preview(&source, Fit::Inside(SIDE_PX_MAX), effort, &|| stop.is_requested()).transpose()?;
    let content = source.content().unwrap_or(FileContent::Other(NotAnImage::Unknown));
    let bytes_as_sent = match record {
        Some(record) => record.content.as_ref().ok().and_then(|image| image.bytes_as_sent),
        // What was saved is compared again: the file may have changed since.
        None => listing.facts_of(entry).and_then(|facts| Some(facts.bytes_as_sent? && facts.sha256 == hash)),
    };
    let loaded = Loaded {
        format: ImageFormat::sniff(&head),
        size_bytes,
        sha256: hex::encode(hash),
        bytes_as_sent,
        content_type: ContentKind::of(content, &entry.name).content_type(),
        ..without_picture(Problem::Damaged(String::new()))
    };
    Some(match shown {
        Err(problem) => Loaded { picture: Err(problem), ..loaded },
        Ok(shown) => {
            let (remark, shown_as) = remarks(&shown);
            let Preview { picture, stored_px, turn, flaw, has_alpha, .. } = shown;
            let frame = Frame { stored_px, orientation: u16::from(turn.to_exif()).into() };
            let objects = listing.objects_of(entry, frame);
            let masks = mask_pictures(&objects, frame);
            let of_size = stored_px.map(|side| side as f32);
            let objects = objects.into_iter().map(|object| turn::object(turn, of_size, object)).collect();
            let (picture, stored_px) = (Ok(picture), Some(stored_px));
            Loaded { picture, stored_px, turn, flaw, remark, shown_as, has_alpha, objects, masks, ..loaded }
        }
    })
}

/// How the picture differs from the file: in short, and as facts with their names.
fn remarks(shown: &Preview) -> (Option<String>, Vec<(&'static str, String)>) {
    let mut short: Vec<String> = shown.note.iter().cloned().collect();
    let mut facts: Vec<_> = shown.note.iter().map(|note| ("Bands", note.clone())).collect();
    if let Some(frames) = shown.frames {
        short.push(frames.to_string());
        facts.push((if frames.are_pages { "Pages" } else { "Frames" }, frames.to_string()));
    }
    if let Some(levels) = shown.levels {
        short.push(format!("levels {levels}"));
        facts.push(("Levels", format!("{levels}, as black to white")));
    }
    if shown.is_converted {
        facts.push(("Colours", "of its ICC profile, as sRGB".to_owned()));
    }
    ((!short.is_empty()).then(|| short.join(", ")), facts)
}

/// The first bytes, the number of bytes and their SHA-256, read piece by piece; `None` where it was stopped.
#[allow(clippy::type_complexity)]
fn digest(source: &PictureSource, stop: &Cancellation) -> Result<Option<(Vec<u8>, u64, [u8; 32])>, String> {
    let mut input = source.open()?;
    let (mut head, mut size_bytes, mut hash) = (Vec::new(), 0, Sha256::new());
    let mut piece = vec![0; 256 * 1024];
    loop {
        if stop.is_requested() {
            return Ok(None);
        }
        match input.read(&mut piece).map_err(|error| error.to_string())? {
            0 => return Ok(Some((head, size_bytes, hash.finalize().into()))),
            length => {
                let missing = SNIFF_LEN_BYTES.saturating_sub(head.len()).min(length);
                head.extend_from_slice(&piece[..missing]);
                hash.update(&piece[..length]);
                size_bytes += length as u64;
            }
        }
    }
}

fn without_picture(problem: Problem) -> Loaded {
    Loaded {
        picture: Err(problem),
        format: None,
        stored_px: None,
        turn: Orientation::NoTransforms,
        flaw: None,
        remark: None,
        shown_as: Vec::new(),
        has_alpha: false,
        content_type: "",
        size_bytes: 0,
        sha256: String::new(),
        bytes_as_sent: None,
        objects: Vec::new(),
        masks: Vec::new(),
        raw: None,
    }
}

fn damaged(entry: &ImageEntry, reason: String, raw: Option<Arc<[u8]>>) -> Loaded {
    Loaded { size_bytes: entry.size_bytes, raw, ..without_picture(Problem::Damaged(reason)) }
}
