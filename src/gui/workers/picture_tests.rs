#![allow(clippy::unwrap_used)]

use super::*;
use eframe::egui::Color32;
use image::{ImageEncoder, Rgb, RgbImage};

const MIB: u64 = 1 << 20;

fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90]))
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn bytes(bytes: Vec<u8>) -> PictureSource {
    PictureSource::Bytes(bytes.into())
}

fn shown_within(limit_bytes: u64, source: &PictureSource, fit: Fit) -> Result<Preview, Problem> {
    let preview = Decoding::new(limit_bytes).preview(source, fit, &|| false)?;
    Ok(preview.unwrap())
}

/// A flat grey PNG, written row by row.
fn flat_png(width: u32, height: u32) -> Vec<u8> {
    use std::io::Write;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row = vec![77; width as usize];
    (0..height).for_each(|_| rows.write_all(&row).unwrap());
    rows.finish().unwrap();
    drop(writer);
    file
}

#[test]
fn every_format_is_shown_in_every_size() {
    let picture = gradient(60, 40);
    let formats =
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP];
    for format in formats {
        let source = bytes(encoded(&picture, format));
        let whole = shown_within(64 * MIB, &source, Fit::Inside(100)).unwrap();
        assert_eq!((whole.picture.size, whole.stored_px, whole.flaw), ([60, 40], [60, 40], None), "{format:?}");
        let small = shown_within(64 * MIB, &source, Fit::Square(10)).unwrap().picture;
        assert_eq!(small.size, [10, 10]);
        let close = |pixel: Color32, red: u8| pixel.r().abs_diff(red) < 12 && pixel.b().abs_diff(90) < 12;
        // The middle 40 columns: a sixth of the width is cut off on each side.
        assert!(close(small.pixels[0], 51) && close(small.pixels[9], 204), "{format:?}: {:?}", small.pixels);
    }
}

#[test]
fn a_png_of_any_size_takes_little_memory() {
    let source = bytes(flat_png(6_000, 5_000));
    let preview = shown_within(MIB, &source, Fit::Square(96)).unwrap();
    assert_eq!((preview.picture.size, preview.stored_px), ([96, 96], [6_000, 5_000]));
    assert!(preview.picture.pixels.iter().all(|pixel| *pixel == Color32::from_gray(77)));
}

#[test]
fn what_announces_too_much_is_not_decoded() {
    let refused = |source: Vec<u8>| match shown_within(16 * MIB, &bytes(source), Fit::Square(96)).unwrap_err() {
        Problem::TooLarge(reason) => reason,
        Problem::Damaged(reason) => panic!("{reason}"),
    };
    let mut bmp = encoded(&gradient(4, 4), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&30_000_i32.to_le_bytes());
    bmp[22..26].copy_from_slice(&30_000_i32.to_le_bytes());
    assert!(refused(bmp).contains("30,000 × 30,000 px take"));
    let mut jpeg = encoded(&gradient(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(refused(jpeg).contains("65,535 × 65,535 px take 12.9 GB to decode"));
    let mut png = flat_png(8, 8);
    png[16..20].copy_from_slice(&2_000_000_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&2_000_000_000_u32.to_be_bytes());
    let header: [u8; 17] = png[12..29].try_into().unwrap();
    png[29..33].copy_from_slice(&crc32(&header).to_be_bytes());
    assert!(refused(png).contains("2,000,000,000 × 2,000,000,000 px"));
    // A TIFF and a GIF of 16,000 pixels square do not fit into 16 MiB either.
    let tiff = encoded(&RgbImage::new(4_000, 2_000), ImageFormat::Tiff);
    assert!(refused(tiff).contains("4,000 × 2,000 px take"));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

#[test]
fn what_ends_early_is_shown_as_far_as_it_is_there() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = encoded(&gradient(200, 200), format);
        let half = bytes(whole[..whole.len() / 2].to_vec());
        let preview = shown_within(16 * MIB, &half, Fit::Inside(200)).unwrap();
        assert_eq!(preview.flaw.as_deref(), Some("the file ends early"), "{format:?}");
        let reference = shown_within(16 * MIB, &bytes(whole), Fit::Inside(200)).unwrap();
        assert_eq!(preview.picture.pixels[..200], reference.picture.pixels[..200], "the first row is there");
        assert_ne!(preview.picture, reference.picture);
    }
    for format in [ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Gif] {
        let whole = encoded(&gradient(200, 200), format);
        let half = bytes(whole[..whole.len() / 2].to_vec());
        let problem = shown_within(16 * MIB, &half, Fit::Inside(200));
        assert!(problem.is_err() || problem.is_ok_and(|preview| preview.flaw.is_some()), "{format:?}");
    }
    assert!(matches!(shown_within(MIB, &bytes(b"words".to_vec()), Fit::Square(9)), Err(Problem::Damaged(_))));
}

#[test]
fn pictures_are_turned_as_the_camera_was_held() {
    // A minimal EXIF segment: orientation 6.
    let exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let picture = gradient(60, 30);
    let mut jpeg = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 95);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.encode_image(&picture).unwrap();
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&picture, 60, 30, image::ExtendedColorType::Rgb8).unwrap();
    for file in [jpeg, png] {
        let preview = shown_within(16 * MIB, &bytes(file), Fit::Inside(60)).unwrap();
        assert_eq!((preview.picture.size, preview.stored_px), ([30, 60], [60, 30]));
        assert_eq!(preview.turn, Orientation::Rotate90);
        // What was on the left is on top.
        let [top, bottom] = [0, 59 * 30].map(|at| preview.picture.pixels[at].r());
        assert!(top < 10 && bottom > 240, "{top} {bottom}");
    }
}

#[test]
fn decoders_wait_for_each_other() {
    let decoding = Decoding::new(MIB);
    let source = bytes(encoded(&gradient(100, 100), ImageFormat::Jpeg));
    let all = decoding.budget.acquire_unless(MIB, || true).unwrap();
    assert!(decoding.preview(&source, Fit::Square(96), &|| true).unwrap().is_none(), "given up while it waited");
    drop(all);
    assert!(decoding.preview(&source, Fit::Square(96), &|| true).unwrap().is_some());
    assert!(decoding.budget.acquire_unless(MIB, || true).is_some(), "what was taken is given back");
}
