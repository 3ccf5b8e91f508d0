//! The orientation of an image, by EXIF or TIFF's own tag (CIPA DC-008, 4.6.4).

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::ImageFormat;
use super::exif_data::{bytes, exif_data};
use crate::model::frame::Orientation;

/// EXIF's tag `Orientation`.
const TAG: u16 = 0x0112;
/// Entries of a TIFF directory that are looked at.
const ENTRIES_MAX: u16 = 4_096;

/// The orientation of an image; upright where it has none, or a damaged one.
///
/// # Errors
/// The file cannot be read.
pub(super) fn orientation(source: impl Read + Seek) -> io::Result<Orientation> {
    let mut file = BufReader::with_capacity(1024, source);
    match find(&mut file) {
        Ok(found) => Ok(found.map(Orientation::from).unwrap_or_default()),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
            ) =>
        {
            Ok(Orientation::default())
        }
        Err(error) => Err(error),
    }
}

fn find(file: &mut (impl Read + Seek)) -> io::Result<Option<u16>> {
    file.rewind()?;
    let head: [u8; super::SNIFF_LEN_BYTES] = bytes(file)?;
    match ImageFormat::sniff(&head) {
        Some(ImageFormat::Tiff) => in_tiff(file),
        Some(format) => match exif_data(file, format)? {
            Some(exif) => in_tiff(&mut io::Cursor::new(exif)),
            None => Ok(None),
        },
        None => Ok(None),
    }
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
        orientation(io::Cursor::new(file)).unwrap()
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
        // What decoders skip between segments.
        assert_eq!(found(&[&whole[..8], b"stray", &whole[8..]].concat()), Orientation::TurnedRight);
        assert_eq!(found(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"), Orientation::Upright);
    }
}
