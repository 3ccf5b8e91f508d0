//! Writes a PNG (RGB, 8 bits), and grows it to an exact size.

use super::deflate::zlib;
use super::random::Random;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
/// Ancillary, private, safe to copy: every reader skips it. The third letter must be upper case by the standard.
const PADDING_CHUNK: [u8; 4] = *b"kiBp";
/// Length, kind and checksum around the content of a chunk.
pub const CHUNK_OVERHEAD_BYTES: u64 = 12;
/// Where the padding goes: behind the signature and the header chunk.
const PADDING_AT: usize = 8 + 12 + 13;

/// The picture as a PNG. `rgb` holds `width_px * height_px * 3` bytes, row by row from the top.
pub fn encode(rgb: &[u8], width_px: u32, height_px: u32) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    let mut header = Vec::with_capacity(13);
    header.extend_from_slice(&width_px.to_be_bytes());
    header.extend_from_slice(&height_px.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    put_chunk(&mut file, *b"IHDR", &header);
    put_chunk(&mut file, *b"IDAT", &zlib(&filtered(rgb, width_px as usize * 3)));
    put_chunk(&mut file, *b"IEND", &[]);
    file
}

/// Adds a padding chunk so that the file has exactly `size_bytes`; `None` where it is too large for that already.
///
/// The padding is random: zeros would vanish in a compressed message, and the load with them.
pub fn pad_to(mut file: Vec<u8>, size_bytes: u64, random: &mut Random) -> Option<Vec<u8>> {
    let missing = size_bytes.checked_sub(file.len() as u64)?;
    if missing == 0 {
        return Some(file);
    }
    let content_bytes = usize::try_from(missing.checked_sub(CHUNK_OVERHEAD_BYTES)?).ok()?;
    let mut content = Vec::with_capacity(content_bytes + 8);
    while content.len() < content_bytes {
        content.extend_from_slice(&random.next().to_le_bytes());
    }
    content.truncate(content_bytes);
    let mut chunk = Vec::with_capacity(content_bytes + 12);
    put_chunk(&mut chunk, PADDING_CHUNK, &content);
    file.splice(PADDING_AT..PADDING_AT, chunk);
    Some(file)
}

fn put_chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    file.extend_from_slice(&(content.len() as u32).to_be_bytes());
    let from = file.len();
    file.extend_from_slice(&kind);
    file.extend_from_slice(content);
    let checksum = crc32(&file[from..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// Each row by the filter that leaves the smallest differences, its number in front.
fn filtered(rgb: &[u8], row_bytes: usize) -> Vec<u8> {
    let mut filtered = Vec::with_capacity(rgb.len() + rgb.len() / row_bytes.max(1));
    let mut above = vec![0u8; row_bytes];
    let mut tried = vec![0u8; row_bytes];
    let mut best = vec![0u8; row_bytes];
    for row in rgb.chunks_exact(row_bytes) {
        let mut best_filter = 0;
        let mut best_cost = u64::MAX;
        for filter in 0..5u8 {
            let mut cost = 0;
            for at in 0..row_bytes {
                let left = if at >= 3 { row[at - 3] } else { 0 };
                let diagonal = if at >= 3 { above[at - 3] } else { 0 };
                let expected = match filter {
                    0 => 0,
                    1 => left,
                    2 => above[at],
                    3 => ((u16::from(left) + u16::from(above[at])) / 2) as u8,
                    _ => paeth(left, above[at], diagonal),
                };
                let difference = row[at].wrapping_sub(expected);
                tried[at] = difference;
                cost += u64::from((difference as i8).unsigned_abs());
            }
            if cost < best_cost {
                best_cost = cost;
                best_filter = filter;
                std::mem::swap(&mut best, &mut tried);
            }
        }
        filtered.push(best_filter);
        filtered.extend_from_slice(&best);
        above.copy_from_slice(row);
    }
    filtered
}

fn paeth(left: u8, above: u8, diagonal: u8) -> u8 {
    let guess = i16::from(left) + i16::from(above) - i16::from(diagonal);
    let (to_left, to_above, to_diagonal) =
        ((guess - i16::from(left)).abs(), (guess - i16::from(above)).abs(), (guess - i16::from(diagonal)).abs());
    if to_left <= to_above && to_left <= to_diagonal {
        left
    } else if to_above <= to_diagonal {
        above
    } else {
        diagonal
    }
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| CRC_TABLE[((crc ^ u32::from(byte)) & 0xFF) as usize] ^ (crc >> 8))
}
