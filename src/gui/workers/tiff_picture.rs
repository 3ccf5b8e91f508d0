//! TIFFs: read a band of strips or tiles at a time, so that only a band has to be in memory.

use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::colour::Inks;
use super::deep::DeepReducer;
use super::drawn::{Drawn, Input, of_io};
use super::problem::Problem;
use super::reduce::{Fit, Plan, Reducer};

/// A TIFF's first page.
pub(super) struct TiffPicture<'a> {
    decoder: Decoder<Box<dyn Input + 'a>>,
    /// Width and height in pixels.
    pub(super) size_px: [u32; 2],
    pixels: PixelKind,
    bits: u8,
    /// Samples of a pixel that are stored together.
    together: usize,
    /// Planes of samples that are stored one after the other.
    planes: usize,
    /// Width and height of a strip or tile.
    chunk_px: [usize; 2],
    profile: Option<Vec<u8>>,
    pub(super) turn: Option<Orientation>,
}

/// What the samples of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PixelKind {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    Cmyk,
    YCbCr,
    /// Of several bands the first one is shown.
    Bands(usize),
}

impl PixelKind {
    /// Samples that are stored.
    fn stored(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb | Self::YCbCr => 3,
            Self::Rgba | Self::Cmyk => 4,
            Self::Bands(bands) => bands,
        }
    }

    /// Channels of what is shown.
    fn shown(self) -> usize {
        match self {
            Self::Grey | Self::Bands(_) => 1,
            Self::GreyAlpha => 2,
            Self::Rgb | Self::Cmyk | Self::YCbCr => 3,
            Self::Rgba => 4,
        }
    }
}

/// Rows as they are added up: of 8 bits a sample, or of more.
enum Rows {
    Bytes(Reducer),
    Deep(DeepReducer),
}

impl Rows {
    fn add(&mut self, pixels: PixelKind, row: &[f32], full: f32, inks: &mut Inks) {
        let reducer = match self {
            Self::Deep(deep) => return deep.add_row(row),
            Self::Bytes(reducer) => reducer,
        };
        let mut bytes: Vec<u8> = row.iter().map(|sample| (sample / full * 255.0).round() as u8).collect();
        match pixels {
            PixelKind::Cmyk => reducer.add_row(inks.rgb_of(&bytes)),
            PixelKind::YCbCr => {
                bytes.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = of_ycbcr(*pixel));
                reducer.add_row(&bytes);
            }
            _ => reducer.add_row(&bytes),
        }
    }
}

impl<'a> TiffPicture<'a> {
    pub(super) fn open(input: Box<dyn Input + 'a>, limit_bytes: u64) -> Result<Self, Problem> {
        let mut limits = Limits::default();
        let limit_bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (limit_bytes, limit_bytes);
        let mut decoder = Decoder::new(input).map_err(of_tiff)?.with_limits(limits);
        let (width, height) = decoder.dimensions().map_err(of_tiff)?;
        let color = decoder.colortype().map_err(of_tiff)?;
        let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok().flatten().unwrap_or_default();
        let has_alpha = matches!(extra.first(), Some(1 | 2));
        let (pixels, stored) = match color {
            ColorType::Gray(_) => (PixelKind::Grey, 1),
            ColorType::GrayA(_) => (PixelKind::GreyAlpha, 2),
            ColorType::RGB(_) => (PixelKind::Rgb, 3),
            ColorType::RGBA(_) => (PixelKind::Rgba, 4),
            ColorType::CMYK(_) => (PixelKind::Cmyk, 4),
            ColorType::CMYKA(_) => (PixelKind::Cmyk, 5),
            ColorType::YCbCr(_) => (PixelKind::YCbCr, 3),
            ColorType::Multiband { num_samples: 2, .. } if has_alpha => (PixelKind::GreyAlpha, 2),
            ColorType::Multiband { num_samples, .. } => {
                (PixelKind::Bands(num_samples.max(1).into()), num_samples.max(1).into())
            }
            other => return Err(Problem::Unsupported(format!("a TIFF with the colours {other:?}"))),
        };
        let is_planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).ok().flatten() == Some(2);
        let (together, planes) = if is_planar { (1, stored) } else { (stored, 1) };
        let (chunk_width, chunk_height) = decoder.chunk_dimensions();
        let turn = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
        Ok(Self {
            size_px: [width, height],
            pixels,
            bits: color.bit_depth(),
            together,
            planes,
            chunk_px: [chunk_width.max(1) as usize, chunk_height.max(1) as usize],
            profile: decoder.get_tag_u8_vec(Tag::IccProfile).ok(),
            turn: turn.and_then(Orientation::from_exif),
            decoder,
        })
    }

    /// Bytes of memory that reading it takes, the result included.
    pub(super) fn cost_bytes(&self, plan: &Plan) -> u64 {
        let sample_bytes = u64::from(self.bits).div_ceil(8);
        let across = (self.size_px[0] as usize).div_ceil(self.chunk_px[0]) as u64;
        let chunk = self.chunk_px.map(|side| side as u64);
        let samples = (self.together * self.planes) as u64;
        // A decoder keeps what it decompresses beside the samples.
        let band = chunk[0].saturating_mul(chunk[1]).saturating_mul(across).saturating_mul(samples * sample_bytes);
        let rows = u64::from(self.size_px[0]) * (samples * 4 + 16);
        band.saturating_mul(2).saturating_add(rows).saturating_add(2 * DeepReducer::cost_bytes(plan))
    }

    /// Reads it; `None` where it was given up.
    pub(super) fn draw(mut self, fit: Fit, give_up: &dyn Fn() -> bool) -> Result<Option<Drawn>, Problem> {
        let plan = fit.plan(self.size_px[0], self.size_px[1]);
        let [width, height] = self.size_px.map(|side| side as usize);
        let is_ink = self.pixels == PixelKind::Cmyk;
        let mut inks = Inks::new(self.profile.as_deref().filter(|_| is_ink));
        let down = height.div_ceil(self.chunk_px[1]);
        let (mut rows, mut flaw) = (None, None);
        let mut row = vec![0.0; width * self.pixels.stored()];
        for band in 0..down {
            if give_up() {
                return Ok(None);
            }
            let chunks = match self.read_band(band, down) {
                Ok(chunks) => chunks,
                Err(error) if rows.is_none() => return Err(of_tiff(error)),
                Err(error) => {
                    flaw = Some(of_tiff(error).reason().to_owned());
                    break;
                }
            };
            let full = chunks.first().map_or(1.0, |chunk| full_scale(chunk, self.bits));
            let channels = self.pixels.shown();
            // Eight bits have levels of their own, and what is converted has eight bits afterwards.
            let is_bytes = matches!(chunks.first(), Some(DecodingResult::U8(_)))
                || matches!(self.pixels, PixelKind::Cmyk | PixelKind::YCbCr);
            let rows = rows.get_or_insert_with(|| match is_bytes {
                true => Rows::Bytes(Reducer::new(plan.clone(), channels).keeping(fit.keeps_samples())),
                false => Rows::Deep(DeepReducer::new(plan.clone(), channels, full).keeping(fit.keeps_samples())),
            });
            for y in 0..self.chunk_px[1].min(height - band * self.chunk_px[1]) {
                match (&mut *rows, self.whole_row(&chunks, y)) {
                    (Rows::Bytes(reducer), Some(bytes)) => reducer.add_row(bytes),
                    (rows, _) => {
                        self.gather(&chunks, y, &mut row);
                        rows.add(self.pixels, &row, full, &mut inks);
                    }
                }
            }
        }
        let (samples, (picture, levels)) = match rows {
            Some(Rows::Bytes(mut reducer)) => (reducer.take_samples(), (reducer.finish(), None)),
            Some(Rows::Deep(mut deep)) => (deep.take_samples(), deep.finish()),
            None => return Err(Problem::Damaged("it has no rows".to_owned())),
        };
        let note = match self.pixels {
            PixelKind::Bands(bands) => Some(format!("band 1 of {bands}")),
            _ => None,
        };
        let profile = self.profile.filter(|_| !is_ink && levels.is_none());
        let has_alpha = matches!(self.pixels, PixelKind::GreyAlpha | PixelKind::Rgba);
        let is_converted = inks.has_profile();
        Ok(Some(Drawn { picture, levels, flaw, note, profile, has_alpha, is_converted, samples }))
    }

    /// The strips or tiles of a band, plane by plane; of several bands of values the first one only.
    fn read_band(&mut self, band: usize, down: usize) -> Result<Vec<DecodingResult>, TiffError> {
        let across = (self.size_px[0] as usize).div_ceil(self.chunk_px[0]);
        let planes = if matches!(self.pixels, PixelKind::Bands(_)) { 1 } else { self.planes.min(4) };
        let mut chunks = Vec::with_capacity(planes * across);
        for plane in 0..planes {
            for column in 0..across {
                let index = plane * across * down + band * across + column;
                chunks.push(self.decoder.read_chunk(u32::try_from(index).map_err(|_| TiffError::LimitsExceeded)?)?);
            }
        }
        Ok(chunks)
    }

    /// A row of a strip that can be used as it is stored.
    fn whole_row<'c>(&self, chunks: &'c [DecodingResult], y: usize) -> Option<&'c [u8]> {
        let [DecodingResult::U8(samples)] = chunks else { return None };
        let is_shown_as_stored = self.bits == 8 && self.planes == 1 && self.together == self.pixels.shown();
        let row_len = self.size_px[0] as usize * self.together;
        let is_converted = matches!(self.pixels, PixelKind::Cmyk | PixelKind::YCbCr);
        samples.get(y * row_len..(y + 1) * row_len).filter(|_| is_shown_as_stored && !is_converted)
    }

    /// The samples of a row of a band, pixel by pixel.
    fn gather(&self, chunks: &[DecodingResult], y: usize, row: &mut Vec<f32>) {
        let width = self.size_px[0] as usize;
        let across = width.div_ceil(self.chunk_px[0]);
        let wanted = if matches!(self.pixels, PixelKind::Bands(_)) { 1 } else { self.pixels.stored() };
        row.resize(width * wanted, 0.0);
        for (index, chunk) in chunks.iter().enumerate() {
            let (plane, column) = (index / across, index % across);
            let from = column * self.chunk_px[0];
            let pixels = self.chunk_px[0].min(width - from);
            let taken = if self.planes > 1 { 1 } else { wanted };
            for sample in 0..taken {
                let target = row[from * wanted..].iter_mut().skip(plane + sample).step_by(wanted).take(pixels);
                copy(chunk, (y * pixels, pixels), (sample, self.together), self.bits, target);
            }
        }
    }
}

/// Copies one sample of each of `pixels` from pixel `first` on, as numbers.
fn copy<'a>(
    chunk: &DecodingResult,
    (first, pixels): (usize, usize),
    (sample, together): (usize, usize),
    bits: u8,
    target: impl Iterator<Item = &'a mut f32>,
) {
    macro_rules! copied {
        ($values:expr, $number:expr) => {{
            let values = $values.iter().skip(first * together + sample).step_by(together.max(1));
            target.zip(values).for_each(|(target, value)| *target = $number(*value));
        }};
    }
    match chunk {
        // Several pixels share a byte, and a row ends with its byte.
        DecodingResult::U8(values) if bits < 8 => {
            let (bits, mask) = (usize::from(bits.max(1)), (1_u16 << bits) - 1);
            let row = first / pixels.max(1) * (pixels * bits).div_ceil(8);
            for (x, target) in target.enumerate() {
                let at = x * bits;
                let byte = u16::from(values.get(row + at / 8).copied().unwrap_or(0));
                *target = f32::from((byte >> 8_usize.saturating_sub(bits + at % 8)) & mask);
            }
        }
        DecodingResult::U8(values) => copied!(values, f32::from),
        DecodingResult::U16(values) => copied!(values, f32::from),
        DecodingResult::U32(values) => copied!(values, |value: u32| value as f32),
        DecodingResult::U64(values) => copied!(values, |value: u64| value as f32),
        DecodingResult::I8(values) => copied!(values, f32::from),
        DecodingResult::I16(values) => copied!(values, f32::from),
        DecodingResult::I32(values) => copied!(values, |value: i32| value as f32),
        DecodingResult::I64(values) => copied!(values, |value: i64| value as f32),
        DecodingResult::F16(values) => copied!(values, f32::from),
        DecodingResult::F32(values) => copied!(values, f32::from),
        DecodingResult::F64(values) => copied!(values, |value: f64| value as f32),
    }
}

/// The sample that means white.
fn full_scale(chunk: &DecodingResult, bits: u8) -> f32 {
    match chunk {
        DecodingResult::F16(_) | DecodingResult::F32(_) | DecodingResult::F64(_) => 1.0,
        DecodingResult::I8(_) | DecodingResult::I16(_) | DecodingResult::I32(_) | DecodingResult::I64(_) => {
            2_f32.powi(i32::from(bits) - 1) - 1.0
        }
        _ => 2_f32.powi(bits.into()) - 1.0,
    }
}

/// By ITU-R BT.601, as JPEG has it.
fn of_ycbcr([luma, blue, red]: [u8; 3]) -> [u8; 3] {
    let (luma, blue, red) = (f32::from(luma), f32::from(blue) - 128.0, f32::from(red) - 128.0);
    let rgb = [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue];
    rgb.map(|sample| sample.round().clamp(0.0, 255.0) as u8)
}

pub(super) fn of_tiff(error: TiffError) -> Problem {
    match error {
        TiffError::IoError(error) => of_io(error),
        TiffError::LimitsExceeded => Problem::TooLarge("one strip or tile of it is too large".to_owned()),
        TiffError::UnsupportedError(error) => Problem::Unsupported(format!("a TIFF that is not read: {error}")),
        error => Problem::Damaged(error.to_string()),
    }
}

#[cfg(test)]
#[path = "tiff_picture_tests.rs"]
mod tests;
