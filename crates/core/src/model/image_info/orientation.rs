//! The orientation of an image, by EXIF: JPEG's APP1, PNG's eXIf, WebP's EXIF chunk, TIFF's own tag (CIPA DC-008, 4.6.4).

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::ImageFormat;
use crate::model::frame::Orientation;

/// EXIF's tag `Orientation`.
const TAG: u16 = 0x0112;
/// Segments or chunks that are passed over until the one with EXIF.
const PARTS_MAX: usize = 10_000;
/// EXIF is small; only its beginning is read.
const EXIF_BYTES_MAX: u64 = 64 * 1024;
/// Entries of a TIFF directory that are looked at.
const ENTRIES_MAX: u16 = 4_096;

/// The orientation of an image file; upright where it has none, or a damaged one.
///
/// # Errors
/// The file cannot be read.
pub fn orientation_of_file(path: &Path) -> io::Result<Orientation> {
    let mut file = BufReader::with_capacity(1024, File::open(path)?);
    match find(&mut file) {
        Ok(found) => Ok(found.map(Orientation::from).unwrap_or_default()),
        Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput) => {
            Ok(Orientation::default())
        }
        Err(error) => Err(error),
    }
}

fn find(file: &mut (impl Read + Seek)) -> io::Result<Option<u16>> {
    let mut head = [0; super::SNIFF_LEN_BYTES];
    file.read_exact(&mut head)?;
    match ImageFormat::sniff(&head) {
        Some(ImageFormat::Jpeg) => in_jpeg(file),
        Some(ImageFormat::Png) => in_chunks(file, 8, |head| (Chunk::of_png(head), *b"eXIf")),
        Some(ImageFormat::WebP) => in_chunks(file, 12, |head| (Chunk::of_riff(head), *b"EXIF")),
        Some(ImageFormat::Tiff) => in_tiff(file),
        _ => Ok(None),
    }
}

fn in_jpeg(file: &mut (impl Read + Seek)) -> io::Result<Option<u16>> {
    file.seek(SeekFrom::Start(2))?;
    for _ in 0..PARTS_MAX {
        let [mut marker] = bytes::<1>(file)?;
        while marker == 0xff {
            [marker] = bytes::<1>(file)?;
        }
        match marker {
            // Markers without a segment, and what is between segments.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            // The end, or the first scan: EXIF comes before it.
            0xd9 | 0xda => return Ok(None),
            _ => {}
        }
        let Some(length) = u16::from_be_bytes(bytes(file)?).checked_sub(2) else { return Ok(None) };
        let mut segment = Vec::new();
        if marker == 0xe1 {
            file.take(length.into()).read_to_end(&mut segment)?;
            if let Some(exif) = segment.strip_prefix(b"Exif\0\0") {
                return in_tiff(&mut io::Cursor::new(exif));
            }
        } else {
            file.seek_relative_or_end(length.into())?;
        }
    }
    Ok(None)
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
) -> io::Result<Option<u16>> {
    file.seek(SeekFrom::Start(first_at))?;
    for _ in 0..PARTS_MAX {
        let (chunk, wanted) = read(bytes(file)?);
        if chunk.name == wanted {
            let mut exif = Vec::new();
            file.take(chunk.data_bytes.min(EXIF_BYTES_MAX)).read_to_end(&mut exif)?;
            // Some writers of WebP keep JPEG's prefix.
            let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
            return in_tiff(&mut io::Cursor::new(exif));
        }
        if chunk.name == *b"IEND" {
            return Ok(None);
        }
        file.seek_relative_or_end(chunk.data_bytes + chunk.tail_bytes)?;
    }
    Ok(None)
}

/// The tag in the first directory of a TIFF file, or of EXIF, which has its form. Not in BigTIFF.
fn in_tiff(file: &mut (impl Read + Seek)) -> io::Result<Option<u16>> {
    file.seek(SeekFrom::Start(0))?;
    let head: [u8; 8] = bytes(file)?;
    let is_little = match &head[..4] {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return Ok(None),
    };
    let short = |bytes: [u8; 2]| if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
    let [_, _, _, _, at @ ..] = head;
    let at = if is_little { u32::from_le_bytes(at) } else { u32::from_be_bytes(at) };
    file.seek(SeekFrom::Start(at.into()))?;
    for _ in 0..short(bytes(file)?).min(ENTRIES_MAX) {
        let [tag, tag_low, _, _, _, _, _, _, value, value_low, _, _] = bytes::<12>(file)?;
        if short([tag, tag_low]) == TAG {
            return Ok(Some(short([value, value_low])));
        }
    }
    Ok(None)
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

trait SeekOn: Seek {
    fn seek_relative_or_end(&mut self, bytes: u64) -> io::Result<()> {
        // A length that no file has is beyond its end, where reading fails.
        self.seek(SeekFrom::Current(i64::try_from(bytes).unwrap_or(i64::MAX / 2))).map(|_| ())
    }
}

impl<S: Seek> SeekOn for S {}

#[cfg(test)]
mod tests {
    use super::*;

    /// EXIF with one entry, little or big endian.
    fn exif(orientation: u16, is_little: bool) -> Vec<u8> {
        let short = |number: u16| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
        let long = |number: u32| if is_little { number.to_le_bytes() } else { number.to_be_bytes() };
        let mut exif = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        exif.extend(long(8));
        exif.extend([short(2), short(0x010f), short(2)].as_flattened());
        exif.extend([long(1), long(0)].as_flattened());
        exif.extend([short(TAG), short(3)].as_flattened());
        exif.extend(long(1));
        exif.extend([short(orientation), short(0)].as_flattened());
        exif
    }

    fn found(file: &[u8]) -> Orientation {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        std::fs::write(&path, file).unwrap();
        orientation_of_file(&path).unwrap()
    }

    fn jpeg(exif: &[u8]) -> Vec<u8> {
        let mut file = b"\xff\xd8\xff\xe0\0\x04JF\xff\xff\xe1".to_vec();
        file.extend(u16::try_from(exif.len() + 8).unwrap().to_be_bytes());
        file.extend(b"Exif\0\0");
        file.extend(exif);
        file.extend(b"\xff\xda\0\x02");
        file
    }

    fn chunks(head: &[u8], chunks: &[(&[u8; 4], &[u8])], is_png: bool) -> Vec<u8> {
        let mut file = head.to_vec();
        for (name, data) in chunks {
            let length = u32::try_from(data.len()).unwrap();
            if is_png {
                file.extend(length.to_be_bytes());
                file.extend(*name);
            } else {
                file.extend(*name);
                file.extend(length.to_le_bytes());
            }
            file.extend(*data);
            file.extend(if is_png { vec![0; 4] } else { vec![0; data.len() % 2] });
        }
        file
    }

    #[test]
    fn each_format_has_its_place_for_it() {
        for number in 1..=8 {
            let orientation = Orientation::from(number);
            for is_little in [true, false] {
                let exif = exif(number, is_little);
                assert_eq!(found(&jpeg(&exif)), orientation);
                assert_eq!(found(&exif), orientation, "TIFF");
                let png = chunks(b"\x89PNG\r\n\x1a\n", &[(b"IHDR", &[0; 13]), (b"IDAT", b"x"), (b"eXIf", &exif)], true);
                assert_eq!(found(&png), orientation);
                let webp = chunks(b"RIFF\0\0\0\0WEBP", &[(b"VP8X", &[0; 9]), (b"EXIF", &exif)], false);
                assert_eq!(found(&webp), orientation);
            }
        }
    }

    #[test]
    fn without_it_or_damaged_an_image_is_upright() {
        let whole = jpeg(&exif(6, true));
        for cut in 0..whole.len() - 8 {
            assert_eq!(found(&whole[..cut]), Orientation::Upright, "{cut}");
        }
        assert_eq!(found(&jpeg(&exif(9, true))), Orientation::Upright);
        assert_eq!(found(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"), Orientation::Upright);
    }
}
