//! When an image was captured: by its EXIF data, or else by its file's modification time.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::time::SystemTime;

use exif::{Exif, In, Reader, Tag, Value};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::model::image_info::{ImageFormat, SNIFF_LEN_BYTES, exif_data};

/// The directory of a TIFF file can be anywhere in it; of a larger file only the modification time is known.
const TIFF_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// When an image was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureTime {
    /// `DateTimeOriginal` with its fraction and its offset, as far as it has them.
    Exif(Timestamp),
    /// The file was last written to.
    FileTime(Timestamp),
    /// Neither is known.
    Unknown,
}

impl CaptureTime {
    /// The time, if one is known.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::Exif(at) | Self::FileTime(at) => Some(at),
            Self::Unknown => None,
        }
    }

    /// Reads the head of the file. EXIF times without an offset are those of `zone`.
    pub fn of_file(path: &Path, modified: Option<SystemTime>, zone: &TimeZone) -> Self {
        let by_exif = File::open(path).ok().and_then(exif_of).and_then(|exif| original(&exif, zone));
        let by_file = || modified.and_then(|modified| Timestamp::try_from(modified).ok());
        match (by_exif, by_file) {
            (Some(at), _) => Self::Exif(at),
            (None, by_file) => by_file().map_or(Self::Unknown, Self::FileTime),
        }
    }
}

fn exif_of(file: File) -> Option<Exif> {
    let mut file = BufReader::with_capacity(1024, file);
    let mut head = [0; SNIFF_LEN_BYTES];
    file.read_exact(&mut head).ok()?;
    let reader = Reader::new();
    match ImageFormat::sniff(&head) {
        Some(ImageFormat::Tiff) if file.get_ref().metadata().ok()?.len() > TIFF_BYTES_MAX => None,
        // Files of any kind may be sent: photos in HEIC have EXIF data too.
        Some(ImageFormat::Tiff) | None => {
            file.rewind().ok()?;
            reader.read_from_container(&mut file).ok()
        }
        Some(format) => reader.read_raw(exif_data(&mut file, format).ok()??).ok(),
    }
}

/// `DateTimeOriginal`, if it is a time.
fn original(exif: &Exif, zone: &TimeZone) -> Option<Timestamp> {
    let text = |tag: Tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(parts) => parts.first(),
        _ => None,
    };
    let mut time = exif::DateTime::from_ascii(text(Tag::DateTimeOriginal)?).ok()?;
    // Without them, or with others than digits, the time is still known to the second.
    let fraction = text(Tag::SubSecTimeOriginal).and_then(|text| time.parse_subsec(text).ok());
    let nanosecond = fraction.and(time.nanosecond).unwrap_or(0);
    let offset = text(Tag::OffsetTimeOriginal).and_then(|text| time.parse_offset(text).ok()).and(time.offset);
    let small = |number: u8| i8::try_from(number).ok();
    let civil = DateTime::new(
        i16::try_from(time.year).ok()?,
        small(time.month)?,
        small(time.day)?,
        small(time.hour)?,
        small(time.minute)?,
        // A leap second is not in any calendar here.
        small(time.second.min(59))?,
        i32::try_from(nanosecond).ok()?,
    );
    let civil = civil.ok()?;
    match offset.map(|minutes| Offset::from_seconds(i32::from(minutes) * 60)) {
        Some(Ok(offset)) => offset.to_timestamp(civil).ok(),
        _ => zone.to_timestamp(civil).ok(),
    }
}

#[cfg(test)]
pub(in crate::pipeline) mod tests {
    use super::*;

    /// EXIF data with these times, as `exif` writes it.
    pub fn exif_data(original: &str, fraction: Option<&str>, offset: Option<&str>) -> Vec<u8> {
        let texts = [
            (Tag::DateTimeOriginal, Some(original)),
            (Tag::SubSecTimeOriginal, fraction),
            (Tag::OffsetTimeOriginal, offset),
        ];
        let fields: Vec<exif::Field> = texts
            .into_iter()
            .filter_map(|(tag, text)| {
                let value = Value::Ascii(vec![text?.as_bytes().to_vec()]);
                Some(exif::Field { tag, ifd_num: In::PRIMARY, value })
            })
            .collect();
        let mut writer = exif::experimental::Writer::new();
        fields.iter().for_each(|field| writer.push_field(field));
        let mut bytes = std::io::Cursor::new(Vec::new());
        writer.write(&mut bytes, false).unwrap();
        bytes.into_inner()
    }

    /// The smallest PNG file that counts as an image, with EXIF data.
    pub fn png(exif: Option<&[u8]>) -> Vec<u8> {
        let mut png =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc_\0\0\0\x03tEXtabccrc_".to_vec();
        if let Some(exif) = exif {
            png.extend((exif.len() as u32).to_be_bytes());
            png.extend(b"eXIf");
            png.extend(exif);
            png.extend(b"crc_");
        }
        png.extend(b"\0\0\0\0IENDcrc_");
        png
    }

    fn jpeg(exif: Option<&[u8]>) -> Vec<u8> {
        let mut jpeg = b"\xff\xd8\xff\xe0\0\x04ab".to_vec();
        if let Some(exif) = exif {
            jpeg.extend(b"\xff\xe1");
            jpeg.extend((exif.len() as u16 + 8).to_be_bytes());
            jpeg.extend(b"Exif\0\0");
            jpeg.extend(exif);
        }
        jpeg.extend(b"\xff\xda\0\x02scan\xff\xd9");
        jpeg
    }

    fn webp(exif: &[u8]) -> Vec<u8> {
        let mut webp = b"RIFF\0\0\0\0WEBPVP8 \x03\0\0\0abc\0EXIF".to_vec();
        webp.extend((exif.len() as u32).to_le_bytes());
        webp.extend(exif);
        webp
    }

    fn of(content: &[u8], zone: &TimeZone) -> CaptureTime {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        std::fs::write(&path, content).unwrap();
        CaptureTime::of_file(&path, Some(SystemTime::UNIX_EPOCH), zone)
    }

    fn at(text: &str) -> CaptureTime {
        CaptureTime::Exif(text.parse().unwrap())
    }

    #[test]
    fn every_container_is_read() {
        let exif = exif_data("2024:09:10 06:30:00", Some("25"), Some("+02:00"));
        let tiff = exif.clone();
        for content in [jpeg(Some(&exif)), png(Some(&exif)), webp(&exif), tiff] {
            assert_eq!(of(&content, &TimeZone::UTC), at("2024-09-10T04:30:00.25Z"));
        }
        let prefixed = [b"Exif\0\0", &exif[..]].concat();
        assert_eq!(of(&webp(&prefixed), &TimeZone::UTC), at("2024-09-10T04:30:00.25Z"));
    }

    #[test]
    fn a_time_without_an_offset_is_local() {
        let zone = TimeZone::fixed(Offset::constant(-3));
        let local = exif_data("2024:09:10 06:30:00", None, None);
        assert_eq!(of(&png(Some(&local)), &zone), at("2024-09-10T09:30:00Z"));
        for blank in ["   :  ", "near Rome"] {
            let odd = exif_data("2024:09:10 06:30:00", Some("   "), Some(blank));
            assert_eq!(of(&png(Some(&odd)), &zone), at("2024-09-10T09:30:00Z"), "{blank}");
        }
    }

    #[test]
    fn without_a_time_the_file_has_one() {
        let by_file = CaptureTime::FileTime(Timestamp::UNIX_EPOCH);
        let wrong = |text| png(Some(&exif_data(text, None, None)));
        let mut cut = jpeg(Some(&exif_data("2024:09:10 06:30:00", None, None)));
        cut.truncate(40);
        for content in [
            png(None),
            jpeg(None),
            wrong("    :  :     :  :  "),
            wrong("0000:00:00 00:00:00"),
            wrong("2024:13:10 06:30:00"),
            wrong("yesterday"),
            cut,
            png(Some(b"not exif")),
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            Vec::new(),
        ] {
            assert_eq!(of(&content, &TimeZone::UTC), by_file, "{content:?}");
        }
        assert_eq!(CaptureTime::of_file(Path::new("/no/such/file"), None, &TimeZone::UTC), CaptureTime::Unknown);
    }
}
