//! Where an image file has its EXIF data: JPEG's APP1, PNG's eXIf (<https://www.w3.org/TR/png-3/#eXIf>), WebP's EXIF chunk
//! (<https://developers.google.com/speed/webp/docs/riff_container>).

use std::io::{self, Read, Seek, SeekFrom};

use super::jpeg::EXIF_PREFIX;
use super::window::Window;
use super::{ImageFormat, jpeg};

/// Chunks that are passed over until the one with EXIF.
const CHUNKS_MAX: usize = 10_000;
/// EXIF is small; only its beginning is read.
const EXIF_BYTES_MAX: u64 = 1024 * 1024;

/// The EXIF data of a file, which has the form of a TIFF file. `None`: it has none, or its format has no place for it, as
/// with TIFF, where the file itself has this form.
///
/// # Errors
/// The file cannot be read, is damaged, or ends before the data.
pub(crate) fn exif_data(file: &mut (impl Read + Seek), format: ImageFormat) -> io::Result<Option<Vec<u8>>> {
    match format {
        ImageFormat::Jpeg => jpeg::exif(&mut Window::new(file)),
        ImageFormat::Png => in_chunks(file, 8, |head| (Chunk::of_png(head), *b"eXIf")),
        ImageFormat::WebP => in_chunks(file, 12, |head| (Chunk::of_riff(head), *b"EXIF")),
        ImageFormat::Gif | ImageFormat::Bmp | ImageFormat::Tiff => Ok(None),
    }
}

struct Chunk {
    name: [u8; 4],
    data_bytes: u64,
    /// What follows the data: a check sum, or padding.
    tail_bytes: u64,
}

impl Chunk {
    fn of_png([a, b, c, d, name @ ..]: [u8; 8]) -> Self {
        Self { name, data_bytes: u32::from_be_bytes([a, b, c, d]).into(), tail_bytes: 4 }
    }

    fn of_riff([n, a, m, e, a0, b, c, d]: [u8; 8]) -> Self {
        let data_bytes = u64::from(u32::from_le_bytes([a0, b, c, d]));
        Self { name: [n, a, m, e], data_bytes, tail_bytes: data_bytes % 2 }
    }
}

fn in_chunks(
    file: &mut (impl Read + Seek),
    first_at: u64,
    read: fn([u8; 8]) -> (Chunk, [u8; 4]),
) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(first_at))?;
    for _ in 0..CHUNKS_MAX {
        let (chunk, wanted) = read(bytes(file)?);
        if chunk.name == wanted {
            let mut exif = Vec::new();
            file.take(chunk.data_bytes.min(EXIF_BYTES_MAX)).read_to_end(&mut exif)?;
            // Some writers of WebP keep JPEG's prefix.
            return Ok(Some(without_prefix(exif)));
        }
        if chunk.name == *b"IEND" {
            return Ok(None);
        }
        skip(file, chunk.data_bytes + chunk.tail_bytes)?;
    }
    Ok(None)
}

fn without_prefix(mut exif: Vec<u8>) -> Vec<u8> {
    if exif.starts_with(EXIF_PREFIX) {
        exif.drain(..EXIF_PREFIX.len());
    }
    exif
}

pub(super) fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A length that no file has is beyond its end, where reading fails.
fn skip(file: &mut impl Seek, bytes: u64) -> io::Result<()> {
    file.seek_relative(i64::try_from(bytes).unwrap_or(i64::MAX / 2))
}
