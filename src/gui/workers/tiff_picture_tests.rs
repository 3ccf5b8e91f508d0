#![allow(clippy::unwrap_used)]

use std::io::Cursor;
use std::sync::Arc;

use eframe::egui::Color32;
use tiff::encoder::colortype::{CMYK8, ColorType, Gray16, Gray32Float, GrayI16, RGB16, RGBA8};
use tiff::encoder::{TiffEncoder, TiffValue};

use super::*;

fn shown(file: &[u8], fit: Fit) -> Result<Drawn, Problem> {
    let input: Box<dyn Input> = Box::new(Cursor::new(Arc::<[u8]>::from(file)));
    Ok(TiffPicture::open(input, 64 << 20)?.draw(fit, &|| false)?.unwrap())
}

fn encoded<C: ColorType>(width: u32, height: u32, rows: u32, samples: &[C::Inner]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<C>(width, height).unwrap();
    image.rows_per_strip(rows).unwrap();
    image.write_data(samples).unwrap();
    file.into_inner()
}

#[test]
fn a_microscope_picture_of_12_bits_is_not_black() {
    let samples: Vec<u16> = (0..100 * 60).map(|at| 200 + (at % 100) as u16 * 38).collect();
    for rows in [1, 7, 60] {
        let drawn = shown(&encoded::<Gray16>(100, 60, rows, &samples), Fit::Inside(100)).unwrap();
        let levels = drawn.levels.unwrap();
        assert_eq!((levels.low, levels.high), (200.0, 3_962.0));
        let greys: Vec<u8> = drawn.picture.pixels[..100].iter().map(|pixel| pixel.r()).collect();
        assert!(greys[0] == 0 && greys[99] == 255 && greys[50].abs_diff(128) < 3, "{greys:?}");
    }
}

#[test]
fn signed_and_float_samples_are_shown() {
    let signed: Vec<i16> = (0..64).map(|value| value * 32 - 1_024).collect();
    let drawn = shown(&encoded::<GrayI16>(64, 1, 1, &signed), Fit::Inside(64)).unwrap();
    assert_eq!(drawn.levels.map(|levels| (levels.low, levels.high)), Some((-1_024.0, 992.0)));
    assert_eq!((drawn.picture.pixels[0], drawn.picture.pixels[63]), (Color32::BLACK, Color32::WHITE));
    let floats: Vec<f32> = (0..64).map(|value| value as f32 * 0.5).collect();
    let drawn = shown(&encoded::<Gray32Float>(64, 1, 1, &floats), Fit::Inside(64)).unwrap();
    assert_eq!(drawn.picture.pixels[63], Color32::WHITE);
    assert!(drawn.levels.is_some());
}

#[test]
fn colours_alpha_and_inks_are_right() {
    let rgb: Vec<u16> = [[65_535, 0, 0], [0, 65_535, 0], [0, 0, 65_535], [65_535; 3]].concat();
    let drawn = shown(&encoded::<RGB16>(2, 2, 1, &rgb), Fit::Inside(4)).unwrap();
    let expected = [Color32::RED, Color32::GREEN, Color32::BLUE, Color32::WHITE];
    assert_eq!((drawn.picture.pixels.as_slice(), drawn.levels), (expected.as_slice(), None));
    let rgba = [[255, 0, 0, 255], [0, 255, 0, 0]].concat();
    let drawn = shown(&encoded::<RGBA8>(2, 1, 1, &rgba), Fit::Inside(4)).unwrap();
    assert_eq!(drawn.picture.pixels, [Color32::RED, Color32::TRANSPARENT]);
    assert!(drawn.has_alpha);
    let inks = [[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255]].concat();
    let drawn = shown(&encoded::<CMYK8>(4, 1, 1, &inks), Fit::Inside(4)).unwrap();
    let expected = [Color32::WHITE, Color32::from_rgb(0, 255, 255), Color32::RED, Color32::BLACK];
    assert_eq!(drawn.picture.pixels, expected);
}

/// A directory of 16-bit and 32-bit numbers behind its pixels.
fn by_hand(fields: &[(u16, Vec<u32>)], pixels: &[u8]) -> Vec<u8> {
    let mut out = b"II*\0".to_vec();
    let (at, values_at) = (8 + pixels.len(), 8 + pixels.len() + 2 + fields.len() * 12 + 4);
    out.extend((at as u32).to_le_bytes());
    out.extend(pixels);
    out.extend((fields.len() as u16).to_le_bytes());
    let mut values = Vec::new();
    for (tag, numbers) in fields {
        out.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        out.extend((numbers.len() as u32).to_le_bytes());
        match &numbers[..] {
            [one] => out.extend(one.to_le_bytes()),
            several => {
                out.extend(((values_at + values.len()) as u32).to_le_bytes());
                values.extend(several.iter().flat_map(|number| number.to_le_bytes()));
            }
        }
    }
    out.extend(0_u32.to_le_bytes());
    out.extend(values);
    out
}

#[test]
fn tiles_planes_few_bits_and_bands_are_read() {
    // Four tiles of 16 pixels square for a picture of 20 by 18, each of one grey.
    let pixels: Vec<u8> = [10_u8, 20, 30, 40].iter().flat_map(|grey| [*grey; 256]).collect();
    let offsets = (0..4).map(|tile| 8 + tile * 256).collect();
    let tiled = by_hand(
        &[
            (256, vec![20]),
            (257, vec![18]),
            (258, vec![8]),
            (259, vec![1]),
            (262, vec![1]),
            (277, vec![1]),
            (322, vec![16]),
            (323, vec![16]),
            (324, offsets),
            (325, vec![256; 4]),
        ],
        &pixels,
    );
    let drawn = shown(&tiled, Fit::Inside(20)).unwrap();
    let grey = |x: usize, y: usize| drawn.picture.pixels[y * 20 + x].r();
    assert_eq!([grey(0, 0), grey(15, 15), grey(16, 0), grey(19, 15)], [10, 10, 20, 20]);
    assert_eq!([grey(0, 16), grey(15, 17), grey(19, 17)], [30, 30, 40]);

    // Three planes of one row each.
    let base = |width: u32, bits: Vec<u32>, kind: u32, samples: u32| {
        vec![
            (256, vec![width]),
            (257, vec![1]),
            (258, bits),
            (259, vec![1]),
            (262, vec![kind]),
            (277, vec![samples]),
            (278, vec![1]),
        ]
    };
    let mut planes = base(2, vec![8; 3], 2, 3);
    planes.insert(5, (273, vec![8, 10, 12]));
    planes.extend([(279, vec![2; 3]), (284, vec![2])]);
    let drawn = shown(&by_hand(&planes, &[255, 1, 0, 2, 0, 3]), Fit::Inside(2)).unwrap();
    assert_eq!(drawn.picture.pixels, [Color32::RED, Color32::from_rgb(1, 2, 3)]);

    // Ten pixels of one bit, whose row ends with a byte.
    let mut bits = base(10, vec![1], 1, 1);
    bits.insert(5, (273, vec![8]));
    bits.push((279, vec![2]));
    let drawn = shown(&by_hand(&bits, &[0b1010_0000, 0b0100_0000]), Fit::Inside(10)).unwrap();
    let white: Vec<usize> = (0..10).filter(|&x| drawn.picture.pixels[x] == Color32::WHITE).collect();
    assert_eq!(white, [0, 2, 9]);

    // Five bands of which the first one is shown.
    let mut bands = base(2, vec![8; 5], 1, 5);
    bands.insert(5, (273, vec![8]));
    bands.extend([(279, vec![10]), (338, vec![0; 4])]);
    let drawn = shown(&by_hand(&bands, &[9, 0, 0, 0, 0, 250, 1, 1, 1, 1]), Fit::Inside(2)).unwrap();
    assert_eq!(drawn.note.as_deref(), Some("band 1 of 5"));
    assert_eq!(drawn.picture.pixels, [Color32::from_gray(9), Color32::from_gray(250)]);
}

#[test]
fn what_ends_early_is_shown_as_far_as_it_is_there() {
    let fields = |second: u32| {
        [
            (256, vec![4]),
            (257, vec![4]),
            (258, vec![8]),
            (259, vec![1]),
            (262, vec![1]),
            (273, vec![8, second]),
            (277, vec![1]),
            (278, vec![2]),
            (279, vec![8, 8]),
        ]
    };
    let whole = shown(&by_hand(&fields(16), &[200; 16]), Fit::Inside(4)).unwrap();
    assert_eq!((whole.flaw, whole.picture.pixels[15]), (None, Color32::from_gray(200)));
    let half = shown(&by_hand(&fields(50_000), &[200; 16]), Fit::Inside(4)).unwrap();
    assert_eq!(half.flaw.as_deref(), Some("the file ends early"));
    assert_eq!((half.picture.pixels[7], half.picture.pixels[8]), (Color32::from_gray(200), Color32::TRANSPARENT));
}
