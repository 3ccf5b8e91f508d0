//! What a JPEG's markers say, which its decoder does not: how much memory it takes, and whether its end is there.

use std::io::{BufRead, Read, Seek};

/// A JPEG's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// Bytes that decoding it takes, its pixels included.
    pub decoded_bytes: u64,
}

const END: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const JPEG_LS: u8 = 0xf7;

/// The frame, read from the beginning. `None`: there is none before the first scan.
pub fn frame(input: &mut (impl BufRead + Seek + ?Sized)) -> Option<Frame> {
    let (marker, text) = find_frame(input)?;
    read_frame(marker, &text)
}

/// How the pixels are coded, if that is in a way that is not decoded; read from the beginning.
pub fn foreign_coding(input: &mut (impl BufRead + Seek + ?Sized)) -> Option<&'static str> {
    match find_frame(input)?.0 {
        0xc9..=0xcf => Some("a JPEG with arithmetic coding"),
        0xc3 | 0xc5..=0xc7 => Some("a lossless or hierarchical JPEG"),
        JPEG_LS => Some("a JPEG-LS image"),
        _ => None,
    }
}

/// The marker of the frame and its content.
fn find_frame(input: &mut (impl BufRead + Seek + ?Sized)) -> Option<(u8, Vec<u8>)> {
    let mut start = [0; 2];
    input.read_exact(&mut start).ok()?;
    if start != [0xff, 0xd8] {
        return None;
    }
    loop {
        let marker = next_marker(input)?;
        if matches!(marker, 0x01 | 0xd0..=0xd7) {
            continue;
        }
        if matches!(marker, END | START_OF_SCAN) {
            return None;
        }
        let length = u64::from(number(input)?).checked_sub(2)?;
        // All start-of-frame markers, but those of tables between them.
        if matches!(marker, 0xc0..=0xcf | JPEG_LS) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let mut text = vec![0; usize::try_from(length).ok()?];
            input.read_exact(&mut text).ok()?;
            return Some((marker, text));
        }
        input.seek_relative(i64::try_from(length).ok()?).ok()?;
    }
}

fn read_frame(marker: u8, text: &[u8]) -> Option<Frame> {
    let [_, h1, h0, w1, w0, count, components @ ..] = text else { return None };
    let (height_px, width_px) = (u16::from_be_bytes([*h1, *h0]).into(), u16::from_be_bytes([*w1, *w0]).into());
    let samples =
        components.chunks_exact(3).map(|component| (u64::from(component[1] >> 4), u64::from(component[1] & 15)));
    let widest = samples.clone().map(|(across, _)| across).max()?.max(1);
    let highest = samples.clone().map(|(_, down)| down).max()?.max(1);
    let pixels = u64::from(width_px) * u64::from(height_px);
    let samples: u64 = samples.map(|(across, down)| pixels * across * down / (widest * highest)).sum();
    // What is not baseline is kept as coefficients of two bytes until the last scan.
    let is_sequential = matches!(marker, 0xc0 | 0xc1);
    let coefficients = if is_sequential { 0 } else { samples * 2 };
    let channels = if *count == 1 { 1 } else { 3 };
    Some(Frame { width_px, height_px, decoded_bytes: pixels * channels + coefficients })
}

/// The code of the next marker; fill bytes before it are skipped.
fn next_marker(input: &mut (impl Read + ?Sized)) -> Option<u8> {
    let mut byte = [0];
    let mut previous = 0;
    loop {
        input.read_exact(&mut byte).ok()?;
        if previous == 0xff && !matches!(byte[0], 0x00 | 0xff) {
            return Some(byte[0]);
        }
        previous = byte[0];
    }
}

fn number(input: &mut (impl Read + ?Sized)) -> Option<u16> {
    let mut bytes = [0; 2];
    input.read_exact(&mut bytes).ok()?;
    Some(u16::from_be_bytes(bytes))
}

/// Whether the marker of the end is missing: decoders fill what is missing with grey, and say nothing.
pub fn ends_early(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    loop {
        let Some(marker) = next_marker(&mut rest) else { return true };
        match marker {
            END => return false,
            0x01 | 0xd0..=0xd7 => {}
            // Within the scan that follows the next marker is looked for byte by byte.
            _ => {
                let Some(length) = number(&mut rest) else { return true };
                let Some(after) = rest.get(usize::from(length.saturating_sub(2))..) else { return true };
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use std::io::Cursor;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&picture).unwrap();
        bytes
    }

    #[test]
    fn the_frame_is_found_behind_other_segments() {
        let mut bytes = jpeg(40, 30);
        let expected = Frame { width_px: 40, height_px: 30, decoded_bytes: 40 * 30 * 3 };
        assert_eq!(frame(&mut Cursor::new(&bytes)), Some(expected));
        // A segment that holds a whole small JPEG, as cameras write it, and fill bytes.
        let small = jpeg(8, 8);
        let mut segment = vec![0xff, 0xe1];
        segment.extend(u16::try_from(small.len() + 2).unwrap().to_be_bytes());
        segment.extend(&small);
        segment.extend([0xff, 0xff, 0xff]);
        bytes.splice(2..2, segment);
        assert_eq!(frame(&mut Cursor::new(&bytes)), Some(expected));
        assert!(!ends_early(&bytes));
        assert_eq!(frame(&mut Cursor::new(b"\xff\xd8\xff\xd9")), None);
        assert_eq!(frame(&mut Cursor::new(b"")), None);
    }

    #[test]
    fn codings_that_are_not_decoded_are_named() {
        let mut bytes = jpeg(8, 8);
        assert_eq!(foreign_coding(&mut Cursor::new(&bytes)), None);
        let at = bytes.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
        for (marker, word) in [(0xc9, "arithmetic"), (0xca, "arithmetic"), (0xc3, "lossless"), (JPEG_LS, "JPEG-LS")] {
            bytes[at + 1] = marker;
            assert!(foreign_coding(&mut Cursor::new(&bytes)).unwrap().contains(word));
        }
    }

    #[test]
    fn progressive_ones_take_more() {
        let text = [8, 0, 100, 0, 200, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        assert_eq!(read_frame(0xc0, &text).unwrap().decoded_bytes, 60_000);
        assert_eq!(read_frame(0xc2, &text).unwrap().decoded_bytes, 60_000 + 2 * 30_000);
    }

    #[test]
    fn wherever_it_is_cut_it_ends_early() {
        let bytes = jpeg(24, 24);
        assert!(!ends_early(&bytes));
        assert!((0..bytes.len()).all(|length| ends_early(&bytes[..length])));
        assert!(!ends_early(&[&bytes, b"what follows".as_slice()].concat()));
    }
}
