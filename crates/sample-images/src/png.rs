//! Writes and compares PNGs (RGB, 8 bits), and grows them to an exact size.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, EncodingError, Filter, Limits};

use super::random::Random;

/// Ancillary, private, safe to copy: every reader skips it. The third letter must be upper case by the standard.
const PADDING_CHUNK: [u8; 4] = *b"kiBp";
/// Length, kind and checksum around the content of a chunk.
pub const CHUNK_OVERHEAD_BYTES: u64 = 12;
/// Where the padding goes: behind the signature and the header chunk.
const PADDING_AT: usize = 8 + 12 + 13;

/// The picture as a PNG. `rgb` holds `width_px * height_px * 3` bytes, row by row from the top.
///
/// # Errors
/// `rgb` has another length.
pub fn encode(rgb: &[u8], width_px: u32, height_px: u32) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::with_capacity(rgb.len());
    let mut encoder = Encoder::new(&mut file, width_px, height_px);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(file)
}

/// Whether two files are PNGs of this kind with the same pixels, however each is compressed.
pub fn are_same_pixels(one: &[u8], other: &[u8]) -> bool {
    one == other || decode(one).is_some_and(|picture| Some(picture) == decode(other))
}

/// Width and pixels; `None` for anything but an undamaged PNG of this kind.
fn decode(file: &[u8]) -> Option<(u32, Vec<u8>)> {
    let mut reader = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: 1 << 26 }).read_info().ok()?;
    let width_px = reader.info().width;
    if reader.output_color_type() != (ColorType::Rgb, BitDepth::Eight) {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size().filter(|size| *size <= 1 << 26)?];
    reader.next_frame(&mut pixels).ok()?;
    reader.finish().ok()?;
    Some((width_px, pixels))
}

/// Adds a padding chunk so that the file has exactly `size_bytes`; `None` where it is too large for that already.
///
/// The padding is random: zeros would vanish in a compressed message, and the load with them.
pub fn pad_to(mut file: Vec<u8>, size_bytes: u64, random: &mut Random) -> Option<Vec<u8>> {
    let missing = size_bytes.checked_sub(file.len() as u64)?;
    if missing == 0 {
        return Some(file);
    }
    let content_bytes = missing.checked_sub(CHUNK_OVERHEAD_BYTES)?;
    let mut chunk = u32::try_from(content_bytes).ok()?.to_be_bytes().to_vec();
    chunk.reserve(content_bytes as usize + 20);
    chunk.extend_from_slice(&PADDING_CHUNK);
    let end = chunk.len() + content_bytes as usize;
    while chunk.len() < end {
        chunk.extend_from_slice(&random.next().to_le_bytes());
    }
    chunk.truncate(end);
    // The checksum covers kind and content.
    let checksum = crc32fast::hash(&chunk[4..]);
    chunk.extend_from_slice(&checksum.to_be_bytes());
    file.splice(PADDING_AT..PADDING_AT, chunk);
    Some(file)
}
