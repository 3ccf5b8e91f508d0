//! What the sheet and the viewer show of unusual images, and of files that are not images.

use std::io::Cursor;

use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::{Gray8, Gray16};

use crate::bench::Bench;
use crate::window::Window;

/// Two pages, of which the first one has 12 bits in samples of 16.
fn microscope() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let samples: Vec<u16> = (0..64 * 64).collect();
    encoder.write_image::<Gray16>(64, 64, &samples).unwrap();
    encoder.write_image::<Gray8>(2, 2, &[0; 4]).unwrap();
    file.into_inner()
}

fn transparent() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let picture = image::RgbaImage::from_fn(64, 64, |x, y| image::Rgba([220, 40, 40, if x < y { 0 } else { 255 }]));
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

/// The header of a picture that takes more memory than any preview may.
fn huge() -> Vec<u8> {
    let mut gif = b"GIF89a".to_vec();
    gif.extend([60_000_u16.to_le_bytes(), 60_000_u16.to_le_bytes()].concat());
    gif.extend([0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]);
    gif
}

fn window_of<const COUNT: usize>(bench: &Bench, files: [(&str, Vec<u8>); COUNT]) -> Window {
    bench.save(files.map(|(name, bytes)| (name, "label", bytes)));
    Window::of_saved(bench, COUNT)
}

#[test]
fn levels_and_pages_are_marked_in_the_sheet_and_described_in_the_viewer() {
    let bench = Bench::new();
    let mut window = window_of(&bench, [("cells.tif", microscope()), ("logo.png", transparent())]);
    let remark = "first of 2 pages, levels 4 to 4091";
    let tile = format!("cells.tif, {remark}");
    window.wait_for("the thumbnail", |window| window.has_control(&tile));
    window.press(&tile);
    window.wait_for("its facts", |window| window.has("Levels"));
    for fact in [remark, "Pages", "4 to 4091, as black to white"] {
        assert!(window.has(fact), "{fact}: {:?}", window.texts());
    }
    window.press("logo.png");
    window.wait_for("its facts", |window| window.texts().iter().any(|text| text.contains("64 × 64 px · PNG")));
    assert!(!window.texts().iter().any(|text| text.contains("Levels")), "{:?}", window.texts());
}

#[test]
fn a_file_that_is_not_an_image_has_a_card() {
    let bench = Bench::new();
    let npy = [b"\x93NUMPY\x01\0v\0".as_slice(), &[0; 2_000]].concat();
    let mut window = window_of(&bench, [("volume.npy", npy), ("README", b"words".to_vec())]);
    window.wait_for("the cards", |window| window.has_control("volume.npy, not an image"));
    window.press("volume.npy, not an image");
    window.wait_for("its type", |window| window.has("application/x-npy"));
    let texts = window.texts().join("\n");
    assert!(texts.contains("not an image: a NumPy array") && texts.contains("2.01 kB"), "{texts}");
    assert!(window.has_control("README, not an image"));
}

#[test]
fn what_is_too_large_is_decoded_only_when_asked_for() {
    let bench = Bench::new();
    let mut window = window_of(&bench, [("huge.gif", huge())]);
    window.wait_for("the sign", |window| window.has_control("huge.gif, too large to preview"));
    window.press("huge.gif, too large to preview");
    window.wait_for("the button", |window| window.has_control("Show anyway"));
    window.press("Show anyway");
    // Not even then: it would take 28 GB.
    window.wait_for("the answer", |window| !window.has_control("Show anyway") && !window.tabs().images.is_loading());
    assert!(window.texts().join("\n").contains("previews may take 1.61 GB"), "{:?}", window.texts());
}
