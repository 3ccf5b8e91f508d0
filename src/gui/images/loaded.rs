//! One image in full: decoded and described in a thread.

use std::io::Read;
use std::sync::Arc;

use eframe::egui::{ColorImage, TextureHandle};
use image::metadata::Orientation;
use sha2::{Digest, Sha256};

use super::levels::{LevelChoice, LevelChoices, PictureType};
use super::listing::{ImageEntry, Listing};
use super::mask_picture::{MaskPicture, mask_pictures};
use super::objects::MaskTexture;
use crate::gui::workers::histogram::Histogram;
use crate::gui::workers::picture::{Effort, Levels, PictureSource, Preview, Problem, preview};
use crate::gui::workers::reduce::Fit;
use crate::gui::workers::samples::Samples;
use crate::gui::workers::turn;
use kafka_image_bench_core::model::content_kind::ContentKind;
use kafka_image_bench_core::model::frame::Frame;
use kafka_image_bench_core::model::image_info::{FileContent, ImageFormat, NotAnImage, SNIFF_LEN_BYTES};
use kafka_image_bench_core::model::objects::LabelledObject;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Larger pictures are shown smaller: graphics libraries take no larger textures everywhere.
pub(super) const SIDE_PX_MAX: u32 = 4_096;

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
    /// Which part of the file is shown, such as one frame of several: facts with their names.
    pub parts: Vec<(&'static str, String)>,
    /// Whether its colours were turned into sRGB by its profile; not with levels of another choice.
    pub is_converted: bool,
    /// Its samples as stored.
    pub samples: Option<Arc<Samples>>,
    /// How often which of them occur.
    pub histogram: Option<Histogram>,
    /// The levels that were found for it, where those of the format would show little.
    pub auto_levels: Option<Levels>,
    /// How its levels were chosen.
    pub level_choice: LevelChoice,
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
    /// Bytes that the pixels, the masks and the samples take.
    pub bytes: usize,
    /// Size of the image as it is turned, in its own pixels; boxes are in these.
    pub size_px: [f32; 2],
}

impl Loaded {
    /// Pictures with the same type share their levels; `None`: it is shown as it is.
    pub fn picture_type(&self) -> Option<PictureType> {
        PictureType::of(self.format, self.samples.as_ref()?)
    }

    /// The levels that it is shown with, where they are not those of the format.
    pub fn levels(&self) -> Option<Levels> {
        match self.level_choice {
            LevelChoice::Auto => self.auto_levels,
            LevelChoice::Full => None,
            LevelChoice::Custom(levels) => Some(levels),
        }
    }

    /// How the picture differs from the file, in short.
    pub fn remark(&self) -> Option<String> {
        let parts = self.parts.iter().map(|(_, text)| text.clone());
        let levels = self.levels().map(|levels| format!("levels {levels}"));
        let short: Vec<String> = parts.chain(levels).collect();
        (!short.is_empty()).then(|| short.join(", "))
    }

    /// The same as facts with their names.
    pub fn shown_as(&self) -> Vec<(&'static str, String)> {
        let mut facts = self.parts.clone();
        facts.extend(self.levels().map(|levels| ("Levels", format!("{levels}, as black to white"))));
        if self.is_converted && self.level_choice == LevelChoice::Auto {
            facts.push(("Colours", "of its ICC profile, as sRGB".to_owned()));
        }
        facts
    }
}

/// Where the bytes of an image are.
///
/// # Errors
/// The reason why a record shows no image.
pub fn source_of(listing: &Listing, entry: &ImageEntry) -> Result<PictureSource, String> {
    match listing.record_of(entry).map(|record| &record.content) {
        None => Ok(PictureSource::File(listing.path_of(entry))),
        Some(Ok(image)) => Ok(PictureSource::Bytes(Arc::clone(&image.bytes))),
        Some(Err(reason)) => Err(reason.clone()),
    }
}

/// Reads and decodes an image. `None`: `stop` was requested meanwhile.
pub fn load(
    listing: &Listing,
    entry: &ImageEntry,
    effort: Effort,
    choices: &LevelChoices,
    stop: &Cancellation,
) -> Option<Loaded> {
    let record = listing.record_of(entry);
    let source = match source_of(listing, entry) {
        Ok(source) => source,
        Err(reason) => return Some(damaged(entry, reason, record.and_then(|record| record.raw.clone()))),
    };
    let (head, size_bytes, hash) = match digest(&source, stop) {
        Ok(read) => read?,
        Err(reason) => return Some(damaged(entry, reason, None)),
    };
    let shown = preview(&source, Fit::WithSamples(SIDE_PX_MAX), effort, &|| stop.is_requested()).transpose()?;
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
            let parts = parts_of(&shown);
            let Preview { picture, stored_px, turn, flaw, has_alpha, is_converted, levels, samples, .. } = shown;
            let frame = Frame { stored_px, orientation: u16::from(turn.to_exif()).into() };
            let objects = listing.objects_of(entry, frame);
            let masks = mask_pictures(&objects, frame);
            let of_size = stored_px.map(|side| side as f32);
            let objects = objects.into_iter().map(|object| turn::object(turn, of_size, object)).collect();
            let (picture, stored_px) = (Ok(picture), Some(stored_px));
            let histogram = samples.as_deref().and_then(Histogram::of);
            let loaded = Loaded { picture, stored_px, turn, flaw, parts, has_alpha, objects, masks, ..loaded };
            let loaded = Loaded { is_converted, samples, histogram, auto_levels: levels, ..loaded };
            with_choice(loaded, choices)
        }
    })
}

/// With the levels that were chosen for pictures of its type.
fn with_choice(mut loaded: Loaded, choices: &LevelChoices) -> Loaded {
    let choice = loaded.picture_type().and_then(|of| choices.get(&of)).copied().unwrap_or_default();
    if choice != LevelChoice::Auto
        && let Some(samples) = &loaded.samples
    {
        loaded.picture = Ok(with_levels(samples, loaded.turn, choice.levels(loaded.auto_levels, samples.full())));
        loaded.level_choice = choice;
    }
    loaded
}

/// A picture with other levels, turned to be shown.
pub fn with_levels(samples: &Samples, turn: Orientation, levels: Levels) -> ColorImage {
    turn::picture(turn, samples.picture(levels, SIDE_PX_MAX))
}

/// Which part of the file is shown: facts with their names.
fn parts_of(shown: &Preview) -> Vec<(&'static str, String)> {
    let mut parts: Vec<_> = shown.note.iter().map(|note| ("Bands", note.clone())).collect();
    if let Some(frames) = shown.frames {
        parts.push((if frames.are_pages { "Pages" } else { "Frames" }, frames.to_string()));
    }
    parts
}

/// The first bytes, the number of bytes and their SHA-256, read piece by piece; `None` where it was stopped.
#[allow(clippy::type_complexity)]
pub(super) fn digest(source: &PictureSource, stop: &Cancellation) -> Result<Option<(Vec<u8>, u64, [u8; 32])>, String> {
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
        parts: Vec::new(),
        is_converted: false,
        samples: None,
        histogram: None,
        auto_levels: None,
        level_choice: LevelChoice::Auto,
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
