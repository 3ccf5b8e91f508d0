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
        other => panic!("{other}"),
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
    // A GIF of 8 megapixels does not fit into 16 MiB either, and a TIFF of as many does only if it has strips.
    let gif = encoded(&RgbImage::new(4_000, 2_000), ImageFormat::Gif);
    assert!(refused(gif).contains("4,000 × 2,000 px take"));
    let in_one = shown_within(8 * MIB, &bytes(tiff_of(4_000, 2_000, 2_000)), Fit::Square(96)).unwrap_err();
    assert!(in_one.to_string().contains("4,000 × 2,000 px take"), "{in_one}");
    let in_strips = shown_within(MIB, &bytes(tiff_of(4_000, 2_000, 8)), Fit::Square(96)).unwrap();
    assert!(in_strips.picture.pixels.iter().all(|pixel| *pixel == Color32::from_gray(77)));
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
    assert!(matches!(shown_within(MIB, &bytes(b"words".to_vec()), Fit::Square(9)), Err(Problem::OtherFile(_))));
    let header = encoded(&gradient(9, 9), ImageFormat::Png)[..20].to_vec();
    assert!(matches!(shown_within(MIB, &bytes(header), Fit::Square(9)), Err(Problem::Damaged(_))));
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

/// A flat grey TIFF with strips of so many rows.
fn tiff_of(width: u32, height: u32, rows: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<tiff::encoder::colortype::Gray8>(width, height).unwrap();
    image.rows_per_strip(rows).unwrap();
    image.write_data(&vec![77; (width * height) as usize]).unwrap();
    file.into_inner()
}

#[test]
fn a_png_of_12_bits_is_not_black_and_one_of_16_is_as_it_is() {
    let of = |values: &[u16], color: png::ColorType| {
        let mut file = Vec::new();
        let channels = color.samples();
        let mut encoder = png::Encoder::new(&mut file, (values.len() / channels / 2) as u32, 2);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Sixteen);
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
        shown_within(16 * MIB, &super::tests::bytes(file), Fit::Inside(100)).unwrap()
    };
    let dark: Vec<u16> = (0..64).map(|value| value * 65).collect();
    let preview = of(&dark, png::ColorType::Grayscale);
    assert_eq!(preview.levels.unwrap().to_string(), "0 to 4095");
    assert_eq!((preview.picture.pixels[0], preview.picture.pixels[63]), (Color32::BLACK, Color32::WHITE));
    let full: Vec<u16> = (0..64).map(|value| value * 1_040).collect();
    let preview = of(&full, png::ColorType::Grayscale);
    assert_eq!(preview.levels, None);
    assert_eq!(preview.picture.pixels[63], Color32::from_gray(255));
    let preview = of(&[0, 0, 0, 65_535, 65_535, 0, 0, 0], png::ColorType::GrayscaleAlpha);
    assert!(preview.has_alpha && preview.picture.pixels[0].a() == 0);
}

#[test]
fn transparency_is_known_and_missing_rows_are_not_transparent() {
    let mut file = Cursor::new(Vec::new());
    let picture = image::RgbaImage::from_fn(40, 40, |x, _| image::Rgba([200, 0, 0, if x < 20 { 0 } else { 255 }]));
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    let file = file.into_inner();
    assert!(shown_within(MIB, &bytes(file), Fit::Inside(40)).unwrap().has_alpha);
    assert!(
        !shown_within(MIB, &bytes(encoded(&gradient(40, 40), ImageFormat::Png)), Fit::Inside(40)).unwrap().has_alpha
    );
}

#[test]
fn animations_show_their_first_frame_with_the_count() {
    for name in ["animated.gif", "animated.png", "animated.webp"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/odd_images").join(name);
        let preview = shown_within(16 * MIB, &PictureSource::File(path), Fit::Inside(10)).unwrap();
        assert_eq!(preview.frames.unwrap().to_string(), "first of 2 frames", "{name}");
        assert_eq!(preview.stored_px, [7, 5]);
        // The second frame is turned by half: red grows to the right in the first one.
        let [left, right] = [0, 6].map(|at| preview.picture.pixels[at].r());
        assert!(left < 60 && right > 120, "{name}: {left} {right}");
    }
}

#[test]
fn profiles_are_honoured_in_every_format_that_has_them() {
    let picture = RgbImage::from_pixel(8, 8, Rgb([200, 80, 60]));
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let mut jpeg = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.encode_image(&picture).unwrap();
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(&picture, 8, 8, image::ExtendedColorType::Rgb8).unwrap();
    let mut webp = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.write_image(&picture, 8, 8, image::ExtendedColorType::Rgb8).unwrap();
    let mut tiff = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
    let mut image = encoder.new_image::<tiff::encoder::colortype::RGB8>(8, 8).unwrap();
    image.encoder().write_tag(tiff::tags::Tag::IccProfile, profile.as_slice()).unwrap();
    image.write_data(picture.as_raw()).unwrap();
    for (name, file) in [("jpeg", jpeg), ("png", png), ("webp", webp), ("tiff", tiff.into_inner())] {
        let preview = shown_within(16 * MIB, &bytes(file), Fit::Inside(8)).unwrap();
        let pixel = preview.picture.pixels[9];
        assert!(preview.is_converted && pixel.r() > 205 && pixel.g() < 80, "{name}: {pixel:?}");
    }
}

#[test]
fn a_jpeg_of_inks_has_its_colours() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/odd_images/cmyk.jpg");
    let preview = shown_within(16 * MIB, &PictureSource::File(path), Fit::Inside(10)).unwrap();
    for y in 0..5_usize {
        for x in 0..7_usize {
            let pixel = preview.picture.pixels[y * 7 + x];
            let expected = [x * 30, y * 50, (x + y) * 20];
            let off = [pixel.r(), pixel.g(), pixel.b()].into_iter().zip(expected);
            assert!(
                off.clone().all(|(is, should)| usize::from(is).abs_diff(should) < 40),
                "{x} {y}: {pixel:?} {expected:?}"
            );
        }
    }
}

#[test]
fn what_is_not_decoded_is_named() {
    let problem = |file: &[u8]| shown_within(16 * MIB, &bytes(file.to_vec()), Fit::Square(9)).unwrap_err().to_string();
    assert_eq!(problem(b"\0\0\0\x10ftypheic\0\0\0\0"), "not an image: a HEIC photo");
    assert_eq!(problem(b"words"), "not an image: no known image format");
    let mut jpeg = encoded(&gradient(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 1] = 0xc9;
    assert_eq!(problem(&jpeg), "no preview: a JPEG with arithmetic coding");
}
