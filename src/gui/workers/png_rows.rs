//! The rows of a PNG, made smaller as they are read.

use std::io::{BufRead, Seek};

use eframe::egui::ColorImage;

use super::deep::DeepReducer;
use super::levels::Levels;
use super::reduce::{Fit, Reducer};
use super::samples::Samples;

/// Rows of a PNG, of 8 or of 16 bits a sample.
pub(super) enum PngRows {
    Bytes(Reducer, usize),
    Deep(DeepReducer, usize, Vec<f32>),
}

impl PngRows {
    pub(super) fn new((fit, [width, height]): (Fit, [u32; 2]), channels: usize, is_deep: bool) -> Self {
        let (plan, keeps) = (fit.plan(width, height), fit.keeps_samples());
        match is_deep {
            true => {
                let reducer = DeepReducer::new(plan, channels, u16::MAX.into());
                Self::Deep(reducer.keeping(keeps), channels, Vec::new())
            }
            false => Self::Bytes(Reducer::new(plan, channels).keeping(keeps), channels),
        }
    }

    fn row_bytes(&self, width: usize) -> usize {
        match self {
            Self::Bytes(_, channels) => width * channels,
            Self::Deep(_, channels, _) => 2 * width * channels,
        }
    }

    fn add(&mut self, row: &[u8]) {
        match self {
            Self::Bytes(reducer, _) => reducer.add_row(row),
            Self::Deep(reducer, _, samples) => {
                samples.clear();
                samples.extend(row.as_chunks::<2>().0.iter().map(|&sample| f32::from(u16::from_be_bytes(sample))));
                reducer.add_row(samples);
            }
        }
    }

    pub(super) fn take_samples(&mut self) -> Option<Samples> {
        match self {
            Self::Bytes(reducer, _) => reducer.take_samples(),
            Self::Deep(reducer, _, _) => reducer.take_samples(),
        }
    }

    pub(super) fn finish(self) -> (ColorImage, Option<Levels>) {
        match self {
            Self::Bytes(reducer, _) => (reducer.finish(), None),
            Self::Deep(reducer, _, _) => reducer.finish(),
        }
    }
}

/// Reads rows of the picture. True: all of them; false: it was given up; an error with the rows before it.
pub(super) fn rows_of_png(
    reader: &mut png::Reader<impl BufRead + Seek>,
    rows: &mut PngRows,
    give_up: &dyn Fn() -> bool,
) -> Result<bool, (usize, png::DecodingError)> {
    for read in 0.. {
        if read % 64 == 63 && give_up() {
            return Ok(false);
        }
        match reader.next_row() {
            Ok(Some(row)) => rows.add(row.data()),
            Ok(None) => break,
            Err(error) => return Err((read, error)),
        }
    }
    Ok(true)
}

pub(super) fn whole_png(
    reader: &mut png::Reader<impl BufRead + Seek>,
    rows: &mut PngRows,
) -> Result<bool, (usize, png::DecodingError)> {
    let mut pixels = vec![0; reader.output_buffer_size().ok_or((0, png::DecodingError::LimitsExceeded))?];
    let read = reader.next_frame(&mut pixels);
    let row_bytes = rows.row_bytes(reader.info().width as usize);
    pixels.chunks_exact(row_bytes).for_each(|row| rows.add(row));
    // Passes that came before an error show something everywhere.
    read.map(|_| true).map_err(|error| (usize::from(pixels.iter().any(|&byte| byte != 0)), error))
}
