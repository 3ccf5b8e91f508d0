use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::configuration::Encoding;
use crate::pipeline::codec::{RecordHeaders, decode};
use crate::pipeline::source::{Found, examine};

fn odd_images() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/odd_images");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())).collect()
}

fn size(bytes: &[u8]) -> Option<[u32; 2]> {
    ImageInfo::read(bytes).map(|info| [info.width_px, info.height_px])
}

#[test]
fn what_decoders_open_is_an_image_of_that_size() {
    let images = odd_images();
    assert!(images.len() > 15);
    for (name, bytes) in images {
        let info = ImageInfo::read(&bytes).unwrap_or_else(|| panic!("{name} is no image"));
        let expected = if name == "fill_bytes.jpg" { [100, 60] } else { [7, 5] };
        assert_eq!([info.width_px, info.height_px], expected, "{name}");
        assert!(info.format.has_extension(name.rsplit('.').next().unwrap()), "{name}: {:?}", info.format);
    }
}

#[test]
fn headers_far_into_a_file_are_found() {
    let odd = odd_images();
    let jpeg = &odd.iter().find(|(name, _)| name == "grey.jpg").unwrap().1;
    let segment = [&[0xff, 0xeb, 0xff, 0xff][..], &[0; 65_533]].concat();
    let long = [&jpeg[..2], &segment.repeat(40), &[0xff; 5_000], &jpeg[2..]].concat();
    assert_eq!(size(&long), Some([7, 5]));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &long).unwrap();
    let info = ImageInfo::of_file(file.path()).unwrap().unwrap();
    assert_eq!([info.width_px, info.height_px], [7, 5]);
}

#[test]
fn rare_headers_are_understood() {
    // Apple's PNG, whose own chunk comes before the header.
    let apple =
        b"\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x06\x2c\xb8\x77\x66\0\0\0\rIHDR\0\0\0\x07\0\0\0\x05\x08\x06";
    assert_eq!(size(apple), Some([7, 5]));
    // A GIF without a logical screen: the first image has the size.
    let no_screen = b"GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff\x21\xf9\x04\0\0\0\0\0\x2c\x01\0\0\0\x06\0\x05\0\0";
    assert_eq!(size(no_screen), Some([7, 5]));
    // A BigTIFF whose sides have eight bytes.
    let mut big = b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0".to_vec();
    for (tag, side) in [(0, 7_u8), (1, 5)] {
        big.extend([tag, 1, 16, 0, 1, 0, 0, 0, 0, 0, 0, 0, side, 0, 0, 0, 0, 0, 0, 0]);
    }
    assert_eq!(size(&big), Some([7, 5]));
    // Lossy WebP with a scaling in the upper bits of its sides.
    let scaled = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x07\x40\x05\x80";
    assert_eq!(size(scaled), Some([7, 5]));
    // JPEG-LS.
    assert_eq!(size(b"\xff\xd8\xff\xf7\0\x0b\x08\0\x05\0\x07\x01"), Some([7, 5]));
}

#[test]
fn what_is_cut_off_empty_or_text_is_none() {
    for (name, bytes) in odd_images() {
        assert_eq!(size(&bytes[..10]), None, "{name}");
        // Never a wrong size, wherever it is cut.
        let whole = size(&bytes);
        for length in 0..bytes.len().min(2_000) {
            let cut = size(&bytes[..length]);
            assert!(cut.is_none() || cut == whole, "{name} cut to {length}: {cut:?}");
        }
    }
    let refused: [&[u8]; 8] = [
        b"",
        b"BMW is a maker of cars, and this is a letter about them.",
        b"II*\0and so on, in a text that only looks like a TIFF",
        b"GIF89a\0\0\0\0\0\0\0;",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x05",
        b"\xff\xd8\xff\xd9",
        b"RIFF\x10\0\0\0WEBPANIM\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\0\0\0\x20ftypavif\0\0\0\0avifmif1",
    ];
    for bytes in refused {
        assert_eq!(size(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
    }
}

/// Beginnings of all formats, some with a whole header.
fn beginnings() -> impl Strategy<Value = Vec<u8>> {
    let mut known: Vec<Vec<u8>> = odd_images().into_iter().map(|(_, bytes)| bytes).collect();
    let prefixes: [&[u8]; 9] = [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xff\xff\xc0\0\x11\x08",
        b"GIF89a",
        b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0",
        b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0",
        b"MM\0\x2b\0\x08\0\0",
        b"RIFF\0\0\0\0WEBPVP8X",
        b"RIFF\0\0\0\0WEBPVP8 ",
    ];
    known.extend(prefixes.map(<[u8]>::to_vec));
    let rest = prop::collection::vec(any::<u8>(), 0..80);
    (prop::sample::select(known), any::<prop::sample::Index>(), rest).prop_map(|(beginning, cut, rest)| {
        let length = cut.index(beginning.len() + 1);
        [&beginning[..length], &rest].concat()
    })
}

proptest! {
    #[test]
    fn the_producer_takes_what_the_consumer_takes(bytes in beginnings()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, &bytes).unwrap();
        let found = examine(folder.path(), &path, &|_| false);
        let is_sent = matches!(found, Some(Found::Image(_)));
        let headers = RecordHeaders { annotation: Some("a"), ..RecordHeaders::default() };
        for encoding in Encoding::ALL {
            let value = encoding.encode(&bytes, "a");
            let decoded = decode(Some(&value), &headers, 1 << 20);
            prop_assert_eq!(is_sent, decoded.is_ok(), "{:?} {:?}", encoding, decoded);
            if let (Some(Found::Image(candidate)), Ok(decoded)) = (&found, &decoded) {
                prop_assert_eq!(candidate.format, decoded.info.format);
                prop_assert_eq!(&*decoded.image, &bytes[..]);
            }
        }
    }
}
