//! The viewer of one image, operated by a user.

use std::io::Cursor;

use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};
use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::Gray16;

use crate::bench::{Bench, image_name, png};
use crate::window::Window;

/// Grey of 16 bits a sample: 4,096 values from 0 on, times a factor.
fn deep(factor: u16) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let samples: Vec<u16> = (0..64 * 64).map(|value: u16| value * factor).collect();
    TiffEncoder::new(&mut file).unwrap().write_image::<Gray16>(64, 64, &samples).unwrap();
    file.into_inner()
}

fn gradient() -> RgbImage {
    RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8 * 5, y as u8 * 5, 7]))
}

fn encoded(picture: impl Into<image::DynamicImage>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// The tab Images with these saved files.
fn window_of<const COUNT: usize>(bench: &Bench, files: [(&str, Vec<u8>); COUNT]) -> Window {
    bench.save(files.map(|(name, bytes)| (name, "label", bytes)));
    Window::of_saved(bench, COUNT)
}

fn window_of_small_images(bench: &Bench, count: u32) -> Window {
    bench.save((0..count).map(|number| (image_name(number), "label", png(number))));
    Window::of_saved(bench, count as usize)
}

/// The middle of an image that is beside the sheet, in the middle of a pixel.
fn middle(window: &Window, name: &str) -> Pos2 {
    let rect = window.control(&format!("Image {name}")).rect();
    rect.center() + vec2(0.5, 0.5)
}

fn click(window: &mut Window, at: Pos2) {
    window.harness.event(Event::PointerMoved(at));
    for pressed in [true, false] {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        window.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
    }
    window.harness.step();
}

#[test]
fn the_pixel_under_the_pointer_is_named_with_its_stored_value() {
    let bench = Bench::new();
    let glass = RgbaImage::from_fn(40, 30, |x, _| Rgba([9, 8, 7, x as u8]));
    let files = [("a.png", encoded(gradient())), ("b.png", encoded(glass)), ("c.tif", deep(16))];
    let mut window = window_of(&bench, files);
    for (name, place, value) in [
        ("a.png", "x 20, y 15", "R 100  G 75  B 7"),
        ("b.png", "x 20, y 15", "R 9  G 8  B 7  alpha 20"),
        ("c.tif", "x 32, y 32", "grey 33,280"),
    ] {
        window.press(name);
        window.wait_for("it is decoded", |window| window.has("SHA-256") && !window.tabs().images.is_loading());
        window.press("1:1");
        window.harness.hover_at(middle(&window, name));
        window.wait_for(value, |window| window.has(place) && window.has(value));
        window.harness.remove_cursor();
        window.settle();
        assert!(!window.has(value), "nothing is pointed at");
    }
}

#[test]
fn the_zoom_is_shown_and_set_in_per_cent_and_stays_at_the_pointer() {
    let bench = Bench::new();
    let mut window = window_of(&bench, [("a.png", encoded(gradient()))]);
    window.press("a.png");
    window.wait_for("it is decoded", |window| window.has_control("Zoom"));
    window.set("Zoom", 400.0);
    let zoom = window.tabs().images.view.zoom.unwrap();
    assert!((zoom - 4.0).abs() < 1e-3, "{zoom}");
    window.key(Key::Num1);
    assert_eq!(window.tabs().images.view.zoom, Some(1.0));
    window.key(Key::Num0);
    assert_eq!(window.tabs().images.view.zoom, None);
    window.press("Larger");
    assert!(window.tabs().images.view.zoom.is_some());

    // A corner stays where it is under the pointer, with the keys and with the wheel.
    window.key(Key::Num1);
    let at = middle(&window, "a.png") + vec2(10.0, -6.0);
    window.harness.hover_at(at);
    window.wait_for_text("x 30, y 9");
    window.key(Key::Plus);
    window.key(Key::Plus);
    assert!(window.tabs().images.view.zoom > Some(1.5) && window.has("x 30, y 9"), "{:?}", window.texts());
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(20);
    assert!(window.tabs().images.view.zoom > Some(2.0) && window.has("x 30, y 9"), "{:?}", window.texts());
    window.key(Key::Minus);
    assert!(window.has("x 30, y 9"));
}

#[test]
fn two_clicks_fill_the_window_and_escape_leads_back() {
    let bench = Bench::new();
    let mut window = window_of_small_images(&bench, 60);
    // At the right edge of the sheet, which is covered after the first click.
    let in_sight = window.controls("image-00");
    let name = in_sight
        .iter()
        .max_by(|one, other| window.control(one).rect().right().total_cmp(&window.control(other).rect().right()));
    let name = name.unwrap().clone();
    let at = window.control(&name).rect().center();
    click(&mut window, at);
    click(&mut window, at);
    window.settle();
    assert!(window.tabs().images.is_full);
    let full = window.control(&format!("Image {name}")).rect();
    assert!(full.width() > 1_200.0, "{full:?}");
    window.press("Larger");
    window.key(Key::Escape);
    assert!(!window.tabs().images.is_full && window.has_control(&format!("Image {name}")));
    assert_eq!(window.tabs().images.view.zoom, None, "it is fitted beside the sheet");
    window.key(Key::Escape);
    assert!(!window.says("Image image-"));
}

#[test]
fn the_filmstrip_leads_to_neighbours_which_are_decoded_ahead() {
    let bench = Bench::new();
    let mut window = window_of_small_images(&bench, 60);
    window.press(&image_name(5));
    window.wait_for("the neighbours", |window| {
        let images = &window.tabs().images;
        [4, 5, 6].into_iter().all(|place| images.is_decoded(place)) && !images.is_decoded(8)
    });
    window.key(Key::F);
    let strip = window.controls(" of 60, image-");
    assert!((5..30).contains(&strip.len()), "{strip:?}");
    window.press("Image 9 of 60, image-0008.png");
    window.wait_for_text("Image image-0008.png");
    window.key(Key::End);
    window.wait_for_text("Image image-0059.png");
    assert!(window.has_control("Image 60 of 60, image-0059.png"));
    window.assert_named();
    window.key(Key::ArrowLeft);
    window.wait_for("the ones before", |window| window.tabs().images.is_decoded(57));
    window.key(Key::Escape);
    assert!(window.controls(" of 60, image-").is_empty());
}

#[test]
fn levels_are_set_for_a_type_of_picture() {
    let bench = Bench::new();
    let files = [("a.tif", deep(1)), ("b.tif", deep(2)), ("c.png", encoded(gradient()))];
    let mut window = window_of(&bench, files);
    let tile = |window: &Window, name: &str| window.controls(name).remove(0);
    window.wait_for("the thumbnails", |window| window.session().thumbnails.is_idle());
    let name = tile(&window, "a.tif");
    window.press(&name);
    window.wait_for("its histogram", |window| window.has_control("Histogram: Values 0 to 4,095"));
    assert!(window.has("levels 4 to 4091"), "{:?}", window.texts());
    window.set("White at", 2_000.0);
    window.wait_for("other levels", |window| window.has("levels 4 to 2000") && !window.tabs().images.is_levelling());
    // The nearer end follows a drag: the upper one is at half of the width.
    let rect = window.control("Histogram: Values 0 to 4,095").rect();
    let at = |share: f32| Pos2::new(rect.left() + rect.width() * share, rect.center().y);
    let button = PointerButton::Primary;
    for (share, pressed) in [(0.45, true), (0.75, false)] {
        window.harness.event(Event::PointerMoved(at(share)));
        window.settle();
        window.harness.event(Event::PointerButton { pos: at(share), button, pressed, modifiers: Modifiers::NONE });
        window.settle();
    }
    window.wait_for("it was dragged", |window| window.has("levels 4 to 3071") || window.has("levels 4 to 3072"));
    window.press("Full range");
    // Of the image, not of its thumbnail.
    let has_levels = |window: &Window| window.texts().iter().any(|text| text.starts_with("levels "));
    window.wait_for("those of the format", |window| !has_levels(window));

    // Others of its type are shown alike, and those of 8 bits as they are.
    let name = tile(&window, "b.tif");
    window.press(&name);
    window.wait_for("its histogram", |window| window.has_control("Histogram: Values 0 to 8,190"));
    assert!(!window.has("levels 8 to 8182"), "{:?}", window.texts());
    window.press("Auto");
    window.wait_for("found again", |window| window.has("levels 8 to 8182"));
    window.press("c.png");
    window.wait_for("its histogram", |window| window.has_control("Histogram: Values 0 to 255"));
    assert!(!window.has_control("Black at") && !has_levels(&window));
    // In the full window it stands beside the image.
    window.key(Key::F);
    window.press("Show histogram");
    assert!(window.has_control("Hide histogram") && window.controls("Histogram: ").len() == 2);
    window.assert_named();
}

#[test]
fn what_was_sent_and_what_was_saved_are_compared() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready(bench.options());
    window.stream();
    window.press("Images");
    window.wait_for("the sheet", |window| window.has_control(&image_name(3)));
    window.press(&image_name(0));
    window.press("Compare with what was sent");
    window.wait_for_text("identical, byte for byte");
    assert!(window.tabs().images.is_expanded);

    // One pixel of a saved image is changed, and one original is gone.
    let mut picture = image::load_from_memory(&png(1)).unwrap().into_rgb8();
    let before = picture.get_pixel(3, 5).0;
    picture.put_pixel(3, 5, Rgb([before[0], before[1], 128 - 51]));
    std::fs::write(bench.work().join("output_images").join(image_name(1)), encoded(picture)).unwrap();
    std::fs::remove_file(bench.input().join(image_name(2))).unwrap();
    window.refresh_images();
    window.wait_for("it is read", |window| !window.tabs().images.is_busy());
    window.key(Key::ArrowRight);
    window.wait_for_text("1 of 576 pixels differ, by up to 20.0 % of white; all within x 3 to 3, y 5 to 5");
    window.key(Key::ArrowRight);
    window.wait_for_text("No image of this name or content was found in the input folder");
    window.press("Show only the saved image");
    window.wait_for("it alone", |window| !window.says("was found in the input folder"));
    window.assert_named();
}
