//! Pictures made small enough to be shown, all decoders together within one bound of memory.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use eframe::egui::ColorImage;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::deep::DeepReducer;
use super::drawn::{Drawn, Input, of_io};
pub use super::frames::Frames;
use super::frames::frames;
pub use super::levels::Levels;
use super::png_rows::{PngRows, rows_of_png, whole_png};
pub use super::problem::Problem;
use super::reduce::{Fit, Reducer};
use super::samples::{self, Samples};
use super::tiff_picture::TiffPicture;
use super::{colour, jpeg, turn};
use crate::gui::format;
use kafka_image_bench_core::model::image_info::{FileContent, ImageFormat as Recognised, NotAnImage};
use kafka_image_bench_core::run::byte_budget::{ByteBudget, BytePermit};

/// What the decoders of all threads may take together: enough for one photo of 100 megapixels.
const DECODING_BYTES_MAX: u64 = 384 << 20;
/// A PNG is read row by row, which takes time and no memory; beyond this it would take minutes.
const PNG_PIXELS_MAX: u64 = 1 << 31;

/// What one picture may take that a person asked for nevertheless.
const LARGE_BYTES_MAX: u64 = 1536 << 20;

static DECODING: LazyLock<Decoding> = LazyLock::new(|| Decoding::new(DECODING_BYTES_MAX));
static LARGE: LazyLock<Decoding> = LazyLock::new(|| Decoding::new(LARGE_BYTES_MAX));

/// How much a picture may take to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// As much as all that are shown together may.
    Usual,
    /// More, for one that a person asked for.
    Large,
}

/// Where the bytes of a picture are.
#[derive(Clone, Debug)]
pub enum PictureSource {
    /// In a file.
    File(PathBuf),
    /// In memory.
    Bytes(Arc<[u8]>),
}

/// A picture that can be shown.
#[derive(Debug)]
pub struct Preview {
    /// Its pixels, turned as its camera was held.
    pub picture: ColorImage,
    /// Its width and height as stored, in pixels.
    pub stored_px: [u32; 2],
    /// How it was turned.
    pub turn: Orientation,
    /// Why a part of it is missing.
    pub flaw: Option<String>,
    /// Several pages or frames, of which this is the first one.
    pub frames: Option<Frames>,
    /// The values that are shown as black and as white, where those of the format would show little.
    pub levels: Option<Levels>,
    /// Whether its colours were turned into sRGB.
    pub is_converted: bool,
    /// Whether a part of it is transparent.
    pub has_alpha: bool,
    /// Which part of its content is shown, such as the first of several bands.
    pub note: Option<String>,
    /// Its samples as stored, where they are kept.
    pub samples: Option<Arc<Samples>>,
}

impl PictureSource {
    /// Length of what is decoded, in bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn len_bytes(&self) -> Result<u64, String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => {
                std::fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| error.to_string())
            }
        }
    }

    /// Opens it for reading from its beginning.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(&self) -> Result<Box<dyn Read + '_>, String> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(&**bytes),
            Self::File(path) => Box::new(File::open(path).map_err(|error| error.to_string())?),
        })
    }

    /// What it is, by its header.
    ///
    /// # Errors
    /// The reason why the file cannot be read.
    pub fn content(&self) -> Result<FileContent, String> {
        match self {
            Self::Bytes(bytes) => Ok(FileContent::read(bytes)),
            Self::File(path) => FileContent::of_file(path).map_err(|error| error.to_string()),
        }
    }

    fn input(&self) -> Result<Box<dyn Input + '_>, Problem> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(Cursor::new(&**bytes)),
            Self::File(path) => {
                let file = File::open(path).map_err(|error| Problem::Damaged(error.to_string()))?;
                Box::new(BufReader::with_capacity(64 * 1024, file))
            }
        })
    }
}

/// Decodes a picture as large as it is shown. Waits until the decoders have room for it; `None` where `give_up` says
/// meanwhile that nobody needs it any more.
///
/// # Errors
/// It is damaged, of no known format, or too large.
pub fn preview(
    source: &PictureSource,
    fit: Fit,
    effort: Effort,
    give_up: &dyn Fn() -> bool,
) -> Result<Option<Preview>, Problem> {
    let decoding = match effort {
        Effort::Usual => &DECODING,
        Effort::Large => &LARGE,
    };
    // A decoder's fault costs one picture, not the thread.
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| decoding.preview(source, fit, give_up)));
    made.unwrap_or_else(|_| Err(Problem::Damaged("internal error of the decoder; see the log".to_owned())))
}

/// Memory that decoders share.
struct Decoding {
    limit_bytes: u64,
    budget: Arc<ByteBudget>,
}

impl Decoding {
    fn new(limit_bytes: u64) -> Self {
        Self { limit_bytes, budget: ByteBudget::new(limit_bytes) }
    }

    fn preview(
        &self,
        source: &PictureSource,
        fit: Fit,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<Preview>, Problem> {
        let format = match source.content().map_err(Problem::Damaged)? {
            FileContent::Image(info) => info.format,
            FileContent::Other(NotAnImage::Damaged(_)) => {
                return Err(Problem::Damaged("its header is damaged or cut off".to_owned()));
            }
            FileContent::Other(other) => return Err(Problem::OtherFile(other.to_string())),
        };
        let input = source.input()?;
        let preview = match format {
            Recognised::Png => self.png(input, fit, give_up),
            Recognised::Jpeg => return self.jpeg(source, input, fit, give_up),
            Recognised::Tiff => self.tiff(input, fit, give_up),
            Recognised::Gif => self.other(ImageFormat::Gif, input, fit, give_up),
            Recognised::Bmp => return self.other(ImageFormat::Bmp, input, fit, give_up),
            Recognised::WebP => self.other(ImageFormat::WebP, input, fit, give_up),
        };
        let Some(preview) = preview? else { return Ok(None) };
        Ok(Some(Preview { frames: source.input().ok().and_then(|input| frames(input, format)), ..preview }))
    }

    /// By strips or tiles, so that its size does not matter unless these are large.
    fn tiff(
        &self,
        input: Box<dyn Input + '_>,
        fit: Fit,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<Preview>, Problem> {
        let tiff = TiffPicture::open(input, self.limit_bytes)?;
        let (stored_px, turn) = (tiff.size_px, tiff.turn);
        let cost_bytes =
            tiff.cost_bytes(&fit.plan(stored_px[0], stored_px[1])) + samples::cost_bytes(fit, stored_px, 4);
        let Some(_permit) = self.reserve(stored_px, cost_bytes, give_up)? else { return Ok(None) };
        Ok(tiff.draw(fit, give_up)?.map(|drawn| finished(drawn, stored_px, turn)))
    }

    /// Waits for memory. An error where there is never so much, `None` where it was given up.
    fn reserve(
        &self,
        [width, height]: [u32; 2],
        bytes: u64,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<BytePermit>, Problem> {
        if bytes > self.limit_bytes {
            return Err(Problem::TooLarge(format!(
                "{} × {} px take {} to decode, and previews may take {}",
                format::exact(width.into()),
                format::exact(height.into()),
                format::bytes(bytes),
                format::bytes(self.limit_bytes)
            )));
        }
        Ok(self.budget.acquire_unless(bytes, give_up))
    }

    /// Row by row, so that its size does not matter; an interlaced one whole.
    fn png(
        &self,
        input: Box<dyn Input + '_>,
        fit: Fit,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<Preview>, Problem> {
        let limits = png::Limits { bytes: usize::try_from(self.limit_bytes / 4).unwrap_or(usize::MAX) };
        let mut decoder = png::Decoder::new_with_limits(input, limits);
        decoder.set_transformations(png::Transformations::EXPAND);
        decoder.set_ignore_text_chunk(true);
        let header = decoder.read_header_info().map_err(of_png)?;
        let (stored_px, is_interlaced) = ([header.width, header.height], header.interlaced);
        let is_deep = header.bit_depth == png::BitDepth::Sixteen;
        let pixels = u64::from(stored_px[0]) * u64::from(stored_px[1]);
        let row_bytes = u64::from(stored_px[0]) * if is_deep { 8 + 16 } else { 8 };
        let plan = fit.plan(stored_px[0], stored_px[1]);
        let whole = if is_interlaced { pixels * if is_deep { 8 } else { 4 } } else { 0 };
        if pixels > PNG_PIXELS_MAX {
            return Err(Problem::TooLarge(format!(
                "{} × {} px, and previews are made of {} at most",
                format::exact(stored_px[0].into()),
                format::exact(stored_px[1].into()),
                format::count(PNG_PIXELS_MAX)
            )));
        }
        let result = if is_deep { DeepReducer::cost_bytes(&plan) } else { Reducer::cost_bytes(&plan) };
        let kept = samples::cost_bytes(fit, stored_px, if is_deep { 2 } else { 1 });
        let bytes = whole + 4 * row_bytes + 2 * result + kept;
        let Some(_permit) = self.reserve(stored_px, bytes, give_up)? else { return Ok(None) };
        let mut reader = decoder.read_info().map_err(of_png)?;
        let channels = reader.output_color_type().0.samples();
        let mut rows = PngRows::new((fit, stored_px), channels, is_deep);
        let read = match is_interlaced {
            true => whole_png(&mut reader, &mut rows),
            false => rows_of_png(&mut reader, &mut rows, give_up),
        };
        let flaw = match read {
            Ok(true) => None,
            Ok(false) => return Ok(None),
            Err((0, error)) => return Err(of_png(error)),
            Err((_, error)) => Some(of_png(error).reason().to_owned()),
        };
        let exif = reader.info().exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
        let profile = reader.info().icc_profile.as_deref().map(<[u8]>::to_vec);
        let samples = rows.take_samples();
        let (picture, levels) = rows.finish();
        let has_alpha = matches!(channels, 2 | 4);
        let drawn = Drawn { picture, levels, flaw, profile, has_alpha, samples, ..Drawn::default() };
        Ok(Some(finished(drawn, stored_px, exif)))
    }

    fn jpeg(
        &self,
        source: &PictureSource,
        mut input: Box<dyn Input + '_>,
        fit: Fit,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<Preview>, Problem> {
        if let Some(coding) = jpeg::foreign_coding(&mut *input) {
            return Err(Problem::Unsupported(coding.to_owned()));
        }
        input.rewind().map_err(of_io)?;
        let frame = jpeg::frame(&mut *input).ok_or_else(|| Problem::Damaged("its header is damaged".to_owned()))?;
        let stored_px = [frame.width_px, frame.height_px];
        // The decoder has a copy of the file.
        let file_bytes = 2 * source.len_bytes().map_err(Problem::Damaged)?;
        let plan = fit.plan(frame.width_px, frame.height_px);
        let bytes = frame.decoded_bytes + file_bytes + 2 * Reducer::cost_bytes(&plan);
        let kept = samples::cost_bytes(fit, stored_px, 1);
        let Some(_permit) = self.reserve(stored_px, bytes + kept, give_up)? else { return Ok(None) };
        let mut file = Vec::new();
        input.rewind().and_then(|()| input.take(self.limit_bytes).read_to_end(&mut file)).map_err(of_io)?;
        let flaw = jpeg::ends_early(&file).then(|| "the file ends early".to_owned());
        let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(&file)).map_err(of_image)?;
        decoded(decoder, stored_px, bytes, fit, flaw).map(Some)
    }

    fn other(
        &self,
        format: ImageFormat,
        input: Box<dyn Input + '_>,
        fit: Fit,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<Preview>, Problem> {
        let mut reader = ImageReader::with_format(input, format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(self.limit_bytes);
        reader.limits(limits);
        let decoder = match reader.into_decoder() {
            Ok(decoder) => decoder,
            Err(ImageError::Limits(_)) => {
                let bound = format::bytes(self.limit_bytes);
                return Err(Problem::TooLarge(format!("decoding it takes more than {bound}")));
            }
            Err(error) => return Err(of_image(error)),
        };
        let stored_px: [u32; 2] = decoder.dimensions().into();
        let plan = fit.plan(stored_px[0], stored_px[1]);
        // Decoders keep a frame of their own beside the pixels; pixels of more than 8 bits are narrowed in a copy.
        let pixels = u64::from(stored_px[0]) * u64::from(stored_px[1]);
        let bytes = decoder.total_bytes().saturating_add(pixels * 4).saturating_add(2 * Reducer::cost_bytes(&plan));
        let kept = samples::cost_bytes(fit, stored_px, 1);
        let Some(_permit) = self.reserve(stored_px, bytes.saturating_add(kept), give_up)? else { return Ok(None) };
        decoded(decoder, stored_px, bytes, fit, None).map(Some)
    }
}

/// Decodes within `bytes`, which a header may not have announced too low.
fn decoded(
    mut decoder: impl ImageDecoder,
    stored_px: [u32; 2],
    bytes: u64,
    fit: Fit,
    flaw: Option<String>,
) -> Result<Preview, Problem> {
    if <[u32; 2]>::from(decoder.dimensions()) != stored_px {
        return Err(Problem::Damaged("its header names two sizes".to_owned()));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(bytes);
    decoder.set_limits(limits).map_err(of_image)?;
    let turn = decoder.orientation().ok();
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(of_image)?;
    let picture = match picture {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_) => picture,
        of_more_bits => of_more_bits.into_rgba8().into(),
    };
    let channels = usize::from(picture.color().channel_count());
    let mut reducer = Reducer::new(fit.plan(stored_px[0], stored_px[1]), channels).keeping(fit.keeps_samples());
    let row_bytes = (stored_px[0] as usize * channels).max(1);
    picture.as_bytes().chunks_exact(row_bytes).for_each(|row| reducer.add_row(row));
    let has_alpha = matches!(channels, 2 | 4);
    let samples = reducer.take_samples();
    let drawn = Drawn { picture: reducer.finish(), flaw, profile, has_alpha, samples, ..Drawn::default() };
    Ok(finished(drawn, stored_px, turn))
}

fn finished(drawn: Drawn, stored_px: [u32; 2], turn: Option<Orientation>) -> Preview {
    let Drawn { mut picture, levels, flaw, note, profile, has_alpha, is_converted, samples } = drawn;
    // Stretched values are not the colours that a profile describes.
    let profile = profile.filter(|_| levels.is_none());
    let is_converted = profile.is_some_and(|profile| colour::to_srgb(&mut picture, &profile)) || is_converted;
    // Rows that are missing are not transparent ones.
    let has_alpha = has_alpha && flaw.is_none() && picture.pixels.iter().any(|pixel| pixel.a() < u8::MAX);
    let turn = turn.unwrap_or(Orientation::NoTransforms);
    let (picture, samples) = (turn::picture(turn, picture), samples.map(Arc::new));
    Preview { picture, stored_px, turn, flaw, frames: None, levels, is_converted, has_alpha, note, samples }
}

fn of_png(error: png::DecodingError) -> Problem {
    match error {
        png::DecodingError::IoError(error) => of_io(error),
        png::DecodingError::LimitsExceeded => Problem::TooLarge("what its header announces is too large".to_owned()),
        error => Problem::Damaged(error.to_string()),
    }
}

fn of_image(error: ImageError) -> Problem {
    match error {
        ImageError::IoError(error) => of_io(error),
        ImageError::Limits(error) => Problem::TooLarge(error.to_string()),
        error => Problem::Damaged(error.to_string()),
    }
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
