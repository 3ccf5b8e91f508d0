//! Pictures made small enough to be shown, all decoders together within one bound of memory.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read, Seek};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use eframe::egui::ColorImage;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::reduce::{Fit, Reducer};
use super::{jpeg, turn};
use crate::gui::format;
use kafka_image_bench_core::run::byte_budget::{ByteBudget, BytePermit};

/// What the decoders of all threads may take together: enough for one photo of 100 megapixels.
const DECODING_BYTES_MAX: u64 = 384 << 20;
/// A PNG is read row by row, which takes time and no memory; beyond this it would take minutes.
const PNG_PIXELS_MAX: u64 = 1 << 31;

static DECODING: LazyLock<Decoding> = LazyLock::new(|| Decoding::new(DECODING_BYTES_MAX));

/// Where the bytes of a picture are.
#[derive(Clone, Debug)]
pub enum PictureSource {
    /// In a file.
    File(PathBuf),
    /// In memory.
    Bytes(Arc<[u8]>),
}

/// What a decoder reads from.
trait Input: BufRead + Seek {}
impl<T: BufRead + Seek> Input for T {}

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
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It cannot be decoded, for this reason.
    Damaged(String),
    /// Decoding it would take too much memory or time: its size, and the bound.
    TooLarge(String),
}

impl Problem {
    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "damaged",
            Self::TooLarge(_) => "too large to preview",
        }
    }

    /// All else that is known.
    pub fn reason(&self) -> &str {
        match self {
            Self::Damaged(reason) | Self::TooLarge(reason) => reason,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.word(), self.reason())
    }
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
pub fn preview(source: &PictureSource, fit: Fit, give_up: &dyn Fn() -> bool) -> Result<Option<Preview>, Problem> {
    // A decoder's fault costs one picture, not the thread.
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| DECODING.preview(source, fit, give_up)));
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
        let mut input = source.input()?;
        let head = input.fill_buf().map_err(|error| Problem::Damaged(error.to_string()))?;
        let format = image::guess_format(head).map_err(|_| Problem::Damaged("no known image format".to_owned()))?;
        match format {
            ImageFormat::Png => self.png(input, fit, give_up),
            ImageFormat::Jpeg => self.jpeg(source, input, fit, give_up),
            _ => self.other(format, input, fit, give_up),
        }
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
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        let header = decoder.read_header_info().map_err(of_png)?;
        let (stored_px, is_interlaced) = ([header.width, header.height], header.interlaced);
        let pixels = u64::from(stored_px[0]) * u64::from(stored_px[1]);
        let row_bytes = u64::from(stored_px[0]) * 8;
        let plan = fit.plan(stored_px[0], stored_px[1]);
        let whole = if is_interlaced { pixels * 4 } else { 0 };
        if pixels > PNG_PIXELS_MAX {
            return Err(Problem::TooLarge(format!(
                "{} × {} px, and previews are made of {} at most",
                format::exact(stored_px[0].into()),
                format::exact(stored_px[1].into()),
                format::count(PNG_PIXELS_MAX)
            )));
        }
        let bytes = whole + 4 * row_bytes + 2 * Reducer::cost_bytes(&plan);
        let Some(_permit) = self.reserve(stored_px, bytes, give_up)? else { return Ok(None) };
        let mut reader = decoder.read_info().map_err(of_png)?;
        let channels = reader.output_color_type().0.samples();
        let mut reducer = Reducer::new(plan, channels);
        let read = match is_interlaced {
            true => whole_png(&mut reader, &mut reducer, channels),
            false => rows_of_png(&mut reader, &mut reducer, give_up),
        };
        let flaw = match read {
            Ok(true) => None,
            Ok(false) => return Ok(None),
            Err((0, error)) => return Err(of_png(error)),
            Err((_, error)) => Some(of_png(error).reason().to_owned()),
        };
        let exif = reader.info().exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
        Ok(Some(finished(reducer, stored_px, exif, flaw)))
    }

    fn jpeg(
        &self,
        source: &PictureSource,
        mut input: Box<dyn Input + '_>,
        fit: Fit,
        give_up: &dyn Fn() -> bool,
    ) -> Result<Option<Preview>, Problem> {
        let frame = jpeg::frame(&mut *input).ok_or_else(|| Problem::Damaged("its header is damaged".to_owned()))?;
        let stored_px = [frame.width_px, frame.height_px];
        // The decoder has a copy of the file.
        let file_bytes = 2 * source.len_bytes().map_err(Problem::Damaged)?;
        let plan = fit.plan(frame.width_px, frame.height_px);
        let bytes = frame.decoded_bytes + file_bytes + 2 * Reducer::cost_bytes(&plan);
        let Some(_permit) = self.reserve(stored_px, bytes, give_up)? else { return Ok(None) };
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
        let Some(_permit) = self.reserve(stored_px, bytes, give_up)? else { return Ok(None) };
        decoded(decoder, stored_px, bytes, fit, None).map(Some)
    }
}

/// Reads rows into the reducer. True: all of them; false: it was given up; an error with the rows before it.
fn rows_of_png(
    reader: &mut png::Reader<impl BufRead + Seek>,
    reducer: &mut Reducer,
    give_up: &dyn Fn() -> bool,
) -> Result<bool, (usize, png::DecodingError)> {
    for read in 0.. {
        if read % 64 == 63 && give_up() {
            return Ok(false);
        }
        match reader.next_row() {
            Ok(Some(row)) => reducer.add_row(row.data()),
            Ok(None) => break,
            Err(error) => return Err((read, error)),
        }
    }
    Ok(true)
}

fn whole_png(
    reader: &mut png::Reader<impl BufRead + Seek>,
    reducer: &mut Reducer,
    channels: usize,
) -> Result<bool, (usize, png::DecodingError)> {
    let mut pixels = vec![0; reader.output_buffer_size().ok_or((0, png::DecodingError::LimitsExceeded))?];
    let read = reader.next_frame(&mut pixels);
    let width = reader.info().width as usize;
    pixels.chunks_exact(width * channels).for_each(|row| reducer.add_row(row));
    // Passes that came before an error show something everywhere.
    read.map(|_| true).map_err(|error| (usize::from(pixels.iter().any(|&byte| byte != 0)), error))
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
    let picture = DynamicImage::from_decoder(decoder).map_err(of_image)?;
    let picture = match picture {
        DynamicImage::ImageLuma8(_)
        | DynamicImage::ImageLumaA8(_)
        | DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_) => picture,
        of_more_bits => of_more_bits.into_rgba8().into(),
    };
    let channels = usize::from(picture.color().channel_count());
    let mut reducer = Reducer::new(fit.plan(stored_px[0], stored_px[1]), channels);
    let row_bytes = (stored_px[0] as usize * channels).max(1);
    picture.as_bytes().chunks_exact(row_bytes).for_each(|row| reducer.add_row(row));
    Ok(finished(reducer, stored_px, turn, flaw))
}

fn finished(reducer: Reducer, stored_px: [u32; 2], turn: Option<Orientation>, flaw: Option<String>) -> Preview {
    let turn = turn.unwrap_or(Orientation::NoTransforms);
    Preview { picture: turn::picture(turn, reducer.finish()), stored_px, turn, flaw }
}

fn of_io(error: std::io::Error) -> Problem {
    Problem::Damaged(match error.kind() {
        ErrorKind::UnexpectedEof => "the file ends early".to_owned(),
        _ => error.to_string(),
    })
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
