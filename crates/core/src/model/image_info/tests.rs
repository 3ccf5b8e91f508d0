use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::configuration::Encoding;
use crate::pipeline::codec::{AnyFile, RecordHeaders, decode};
use crate::pipeline::source::{Found, Selection, examine};

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
    let info = FileContent::of_file(file.path()).unwrap().image().unwrap();
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
    // Arithmetic coding, sequential and progressive, after fill bytes.
    for frame in [0xc9, 0xca] {
        let start = [b"\xff\xd8\xff\xcc\0\x04\0\x10\xff\xff\xff".as_slice(), &[frame]].concat();
        assert_eq!(size(&[&start, b"\0\x0b\x08\0\x05\0\x07\x01\x01\x11\0".as_slice()].concat()), Some([7, 5]));
    }
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

/// Tags of a directory and their values.
type Fields = &'static [(u16, u32)];

/// A TIFF of 7 by 5 pixels with directories of these fields (tag, value), each chained or, where `is_below`, a sub-directory
/// of the first one. Camera makers' names are appended.
fn tiff(is_little: bool, is_big: bool, make: Option<&str>, directories: &[Fields], is_below: bool) -> Vec<u8> {
    let number = |value: u64, bytes: usize| -> Vec<u8> {
        let big = value.to_be_bytes()[8 - bytes..].to_vec();
        if is_little { big.into_iter().rev().collect() } else { big }
    };
    let word = if is_big { 8 } else { 4 };
    let (count_bytes, field_bytes) = if is_big { (8, 20) } else { (2, 12) };
    let base = [(256_u16, 7_u32), (257, 5)];
    let mut out: Vec<u8> = if is_little { b"II".to_vec() } else { b"MM".to_vec() };
    out.extend(number(if is_big { 43 } else { 42 }, 2));
    if is_big {
        out.extend([number(8, 2), number(0, 2)].concat());
    }
    let mut at = out.len() as u64 + word as u64;
    out.extend(number(at, word));
    let extra = |index: usize| usize::from(index == 0) * (usize::from(make.is_some()) + usize::from(is_below));
    let len = |index: usize| count_bytes + (base.len() + directories[index].len() + extra(index)) * field_bytes + word;
    let text_at = at + (0..directories.len()).map(|index| len(index) as u64).sum::<u64>();
    for (index, fields) in directories.iter().enumerate() {
        let next_at = at + len(index) as u64;
        out.extend(number((base.len() + fields.len() + extra(index)) as u64, count_bytes));
        let mut field = |tag: u16, kind: u16, count: u64, value: u64| {
            out.extend([number(tag.into(), 2), number(kind.into(), 2), number(count, word)].concat());
            // A number of four bytes stands at the beginning of its place.
            let mut value = number(value, if kind == 4 { 4 } else { word });
            value.resize(word, 0);
            out.extend(value);
        };
        base.iter().chain(*fields).for_each(|&(tag, value)| field(tag, 4, 1, value.into()));
        if let Some(make) = make.filter(|_| index == 0) {
            field(271, 2, make.len() as u64, text_at);
        }
        if is_below && index == 0 {
            field(330, 4, 1, next_at);
        }
        let chains = index + 1 < directories.len() && !(is_below && index == 0);
        out.extend(number(if chains { next_at } else { 0 }, word));
        at = next_at;
    }
    out.extend(make.unwrap_or_default().bytes());
    out
}

#[test]
fn camera_raw_that_looks_like_tiff_is_named() {
    const SENSOR: Fields = &[(262, 32_803)];
    const THUMBNAIL: Fields = &[(254, 1)];
    for is_little in [true, false] {
        let raw = |make, directories: &[Fields], is_below| {
            let bytes = tiff(is_little, false, Some(make), directories, is_below);
            match FileContent::read(&bytes) {
                FileContent::Other(NotAnImage::Format(format)) => format.short_name(),
                other => panic!("{make}: {other:?}"),
            }
        };
        assert_eq!(raw("NIKON CORPORATION\0", &[THUMBNAIL, SENSOR], true), "NEF");
        assert_eq!(raw("SONY\0", &[THUMBNAIL, SENSOR], true), "ARW");
        assert_eq!(raw("SONY DSLR\0", &[&[(259, 32_767)]], false), "ARW");
        assert_eq!(raw("PENTAX\0\0", &[&[], &[(259, 65_535)]], false), "camera raw");
        assert_eq!(raw("Apple\0\0\0", &[&[(50_706, 0x0104_0000)]], false), "DNG");
    }
    let mut cr2 = tiff(true, false, Some("Canon\0\0\0"), &[&[], &[]], false);
    cr2.splice(4..8, 16_u32.to_le_bytes());
    cr2.splice(8..8, *b"CR\x02\0\0\0\0\0");
    let read = |bytes: &[u8]| FileContent::read(bytes);
    assert_eq!(read(&cr2), FileContent::Other(NotAnImage::Format(OtherFormat::Cr2)));
    // Images: of scanners and programs that name a maker, with pages, with a thumbnail below, and a sensor's picture
    // that no camera wrote.
    for is_big in [false, true] {
        for is_little in [true, false] {
            let images: [(Option<&str>, &[Fields], bool); 4] = [
                (Some("NIKON CORPORATION\0"), &[&[(259, 1), (262, 2)], THUMBNAIL], false),
                (Some("EPSON\0\0\0"), &[&[], THUMBNAIL], true),
                (None, &[&[], &[], &[]], false),
                (None, &[SENSOR], false),
            ];
            for (make, directories, is_below) in images {
                let bytes = tiff(is_little, is_big, make, directories, is_below);
                assert_eq!(size(&bytes), Some([7, 5]), "{make:?} {is_little} {is_big}");
            }
        }
    }
}

#[test]
fn other_formats_are_named_as_what_they_are() {
    let dicom = [&[0; 128], b"DICM\x02\0".as_slice()].concat();
    let nifti = [&[0; 344], b"n+1\0\0\0\0\0".as_slice()].concat();
    let zip = |name: &[u8; 5]| [b"PK\x03\x04\x14\0".as_slice(), &[0; 20], &[5, 0, 0, 0], name].concat();
    let (npz, text) = (zip(b"x.npy"), zip(b"x.txt"));
    let known: [(&str, &[u8]); 34] = [
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("HEIC", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"),
        ("AVIF", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
        ("AVIF", b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"),
        ("CR3", b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom"),
        ("video", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
        ("video", b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
        ("JPEG XL", b"\xff\x0a\xfa\x1f"),
        ("JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl "),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("JPEG 2000", b"\xff\x4f\xff\x51\0\x2f"),
        ("DICOM", &dicom),
        ("NIfTI", &nifti),
        ("FITS", b"SIMPLE  =                    T"),
        ("PSD", b"8BPS\0\x01\0\0\0\0\0\0\0\x03"),
        ("PSD", b"8BPS\0\x02\0\0\0\0\0\0\0\x03"),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("SVG", b"\xef\xbb\xbf\n<?xml version=\"1.0\"?>\n<!-- <html> --><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x\">\n<svg>"),
        ("NumPy", b"\x93NUMPY\x01\0v\0{'descr': '<f4'"),
        ("NPZ", &npz),
        ("OpenEXR", b"\x76\x2f\x31\x01\x02\0\0\0"),
        ("HDR", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n"),
        ("HDR", b"#?RGBE\n"),
        ("Netpbm", b"P6\n7 5\n255\n"),
        ("Netpbm", b"P5 7 5 65535\n"),
        ("QOI", b"qoif\0\0\0\x07\0\0\0\x05\x03\0"),
        ("DDS", b"DDS \x7c\0\0\0"),
        ("ICO", b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0"),
        ("PDF", b"%PDF-1.7\n"),
        ("camera raw", b"FUJIFILMCCD-RAW 0201FF383501"),
        ("camera raw", b"IIU\0\x18\0\0\0"),
        ("camera raw", b"IIRO\x08\0\0\0"),
        ("camera raw", b"FOVb\x03\0\x02\0"),
        ("camera raw", b"II\x1a\0\0\0HEAPCCDR"),
    ];
    let mut seen = Vec::new();
    for (name, bytes) in known {
        let FileContent::Other(other @ NotAnImage::Format(format)) = FileContent::read(bytes) else {
            panic!("{name} is not named")
        };
        assert_eq!(format.short_name(), name);
        let reason = other.reason();
        let parts = [format.name(), format.conversion(), "--any-file"];
        assert!(parts.iter().all(|part| reason.contains(part)), "{reason}");
        seen.push(format);
    }
    let of_tiff = [OtherFormat::Cr2, OtherFormat::Nef, OtherFormat::Arw, OtherFormat::Dng];
    assert!(OtherFormat::ALL.iter().all(|format| seen.contains(format) || of_tiff.contains(format)));

    let unknown: [&[u8]; 7] = [
        b"<html><svg></svg></html>",
        b"<svgfoo>",
        b"P61 is a road",
        b"BMW is a maker of cars, and this is a letter about them.",
        &text,
        b"{\"a\": 1}",
        b"\0",
    ];
    for bytes in unknown {
        assert_eq!(FileContent::read(bytes), FileContent::Other(NotAnImage::Unknown), "{}", bytes.escape_ascii());
    }
    assert_eq!(FileContent::read(b""), FileContent::Other(NotAnImage::Empty));
    for (name, bytes) in odd_images() {
        let Some(ImageInfo { format, .. }) = ImageInfo::read(&bytes) else { panic!("{name}") };
        let length = if format == ImageFormat::Gif { 10 } else { 15 };
        let cut = FileContent::read(&bytes[..length]);
        assert_eq!(cut, FileContent::Other(NotAnImage::Damaged(format)), "{name}");
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
        let found = examine(folder.path(), &path, Selection::Images, &|_| false);
        let is_sent = matches!(found, Some(Found::Image(_)));
        let headers = RecordHeaders { annotation: Some("a"), ..RecordHeaders::default() };
        for encoding in Encoding::ALL {
            let value = encoding.encode(&bytes, "a");
            let decoded = decode(Some(&value), &headers, 1 << 20, AnyFile::Refused);
            prop_assert_eq!(is_sent, decoded.is_ok(), "{:?} {:?}", encoding, decoded);
            if let (Some(Found::Image(candidate)), Ok(decoded)) = (&found, &decoded) {
                prop_assert_eq!(candidate.content, decoded.announced_kind("a", None));
                prop_assert_eq!(&*decoded.image, &bytes[..]);
            }
        }
    }
}
