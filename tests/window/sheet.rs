//! The contact sheet, operated by a user.

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2};
use kafka_image_bench::gui::action::Action;
use kafka_image_bench::gui::image_source::ImageSource;
use kafka_image_bench::gui::settings::Tab;

use crate::bench::{Bench, image_name, png};
use crate::window::Window;

/// Saves images with these names, as an earlier run would; the labels are the names.
fn save(bench: &Bench, names: impl IntoIterator<Item = String>) {
    bench.save((0..).zip(names).map(|(number, name)| (name.clone(), format!("label of {name}"), png(number))));
}

/// The tab Images with `count` saved images.
fn sheet_of(bench: &Bench, count: u32) -> Window {
    save(bench, (0..count).map(image_name));
    Window::of_saved(bench, count as usize)
}

fn center(window: &Window, name: &str) -> Pos2 {
    window.control(name).rect().center()
}

fn button(window: &Window, pos: Pos2, pressed: bool) {
    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
    window.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
}

/// Presses on an image, lets the list be rebuilt with `more` images before it, and releases.
fn press_while_listing(more: u32) {
    let bench = Bench::new();
    let mut window = sheet_of(&bench, 12);
    let name = image_name(7);
    let at = center(&window, &name);
    window.harness.event(Event::PointerMoved(at));
    button(&window, at, true);
    window.settle();
    save(&bench, (0..more).map(|number| format!("a-{number:04}.png")));
    window.refresh_images();
    window.wait_for("the new list", |window| {
        window.tabs().images.order.len() == 12 + more as usize && !window.tabs().images.is_busy()
    });
    button(&window, at, false);
    window.settle();
    window.wait_for_text(&format!("Image {name}"));
}

#[test]
fn a_press_is_not_lost_while_the_images_are_listed_again() {
    press_while_listing(0);
    press_while_listing(3);
}

#[test]
fn a_press_is_not_lost_where_the_new_list_has_its_image_out_of_sight() {
    press_while_listing(400);
}

#[test]
fn no_frame_shows_the_new_list_in_another_order() {
    let bench = Bench::new();
    let mut window = sheet_of(&bench, 30);
    for _ in 0..3 {
        let listing = std::sync::Arc::clone(&window.tabs().images.listing);
        window.refresh_images();
        window.wait_for("another list", |window| {
            let images = &window.tabs().images;
            let names = images.order.iter().map(|&index| &images.listing.entries[index as usize].name);
            assert!(names.is_sorted());
            !std::sync::Arc::ptr_eq(&images.listing, &listing)
        });
    }
}

#[test]
fn opening_an_image_keeps_the_place() {
    let bench = Bench::new();
    let mut window = sheet_of(&bench, 300);
    for _ in 0..3 {
        window.key(Key::PageDown);
    }
    let in_sight = window.controls("image-0");
    let name = in_sight[in_sight.len() / 2].clone();
    let before = window.control(&name).rect();
    window.press(&name);
    window.wait_for_text(&format!("Image {name}"));
    let opened = window.control(&name).rect();
    assert!((opened.top() - before.top()).abs() < 1.0, "{before:?} {opened:?}");
    // Enlarge, and back again.
    window.key(Key::Enter);
    assert!(window.tabs().images.is_expanded && !window.has_control(&name));
    window.key(Key::Escape);
    let again = window.control(&name).rect();
    assert!((again.top() - before.top()).abs() < 1.0, "{before:?} {again:?}");
    window.key(Key::Escape);
    assert!(!window.says("Image image-"));
    let closed = window.control(&name).rect();
    assert!((closed.top() - before.top()).abs() < 1.0, "{before:?} {closed:?}");
}

#[test]
fn home_end_and_pages_lead_through_all_images() {
    let bench = Bench::new();
    let mut window = sheet_of(&bench, 300);
    // Without a selected image the sheet is scrolled.
    window.key(Key::End);
    assert!(window.has_control(&image_name(299)) && !window.has_control(&image_name(0)));
    window.key(Key::Home);
    assert!(window.has_control(&image_name(0)));
    window.press(&image_name(0));
    window.key(Key::PageDown);
    let (page, _) = window.tabs().images.chosen().unwrap();
    assert!((6..150).contains(&page), "{page}");
    window.key(Key::PageUp);
    window.wait_for_text(&format!("Image {}", image_name(0)));
    // The same in the full window.
    window.key(Key::Enter);
    window.key(Key::End);
    window.wait_for_text(&format!("Image {}", image_name(299)));
    window.key(Key::Home);
    window.wait_for_text(&format!("Image {}", image_name(0)));
    window.key(Key::Escape);
    window.key(Key::End);
    assert!(window.has_control(&image_name(299)), "the chosen one is in sight");
}

#[test]
fn an_image_fills_the_window_and_the_line_below_it_can_be_dragged() {
    let bench = Bench::new();
    let mut window = sheet_of(&bench, 5);
    window.press(&image_name(2));
    let picture = format!("Image {}", image_name(2));
    window.wait_for_text(&picture);
    let small = window.control(&picture).rect();
    window.key(Key::F);
    let full = window.control(&picture).rect();
    assert!(full.width() > 1_200.0 && full.height() > 700.0, "{full:?}");
    window.key(Key::ArrowRight);
    window.wait_for_text(&format!("Image {}", image_name(3)));
    window.key(Key::ArrowLeft);
    window.key(Key::Escape);
    assert_eq!(window.control(&picture).rect(), small);
    window.press("Full window");
    assert!(window.control(&picture).rect().width() > 1_200.0);
    window.press("Leave full window");
    assert_eq!(window.control(&picture).rect(), small);

    let line = Pos2::new(small.center().x, small.bottom() + 6.0);
    window.harness.event(Event::PointerMoved(line));
    button(&window, line, true);
    let lower = line + eframe::egui::vec2(0.0, 120.0);
    window.harness.event(Event::PointerMoved(lower));
    button(&window, lower, false);
    window.settle();
    let taller = window.control(&picture).rect();
    assert!((taller.height() - small.height() - 120.0).abs() < 8.0, "{small:?} {taller:?}");
}

#[test]
fn a_filter_belongs_to_its_source() {
    let bench = Bench::with_images(4);
    save(&bench, ["cat.png".to_owned(), "dog.png".to_owned()]);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Images);
    window.wait_for("the output folder", |window| window.tabs().images.order.len() == 2);
    window.fill("Filter", "cat");
    window.wait_for("the filter", |window| window.tabs().images.order.len() == 1);
    window.choose("From", "input folder");
    window.wait_for("the whole input folder", |window| window.tabs().images.order.len() == 4);
    window.choose("From", "output folder");
    window.wait_for("the filter again", |window| window.tabs().images.order.len() == 1 && window.has("cat"));
}

#[test]
fn images_without_a_label_are_counted_and_all_found() {
    let bench = Bench::with_images(6);
    save(&bench, (0..7).map(image_name));
    let table = bench.work().join("annotation.csv");
    let rows = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, rows.lines().take(3).map(|row| format!("{row}\n")).collect::<String>()).unwrap();
    std::fs::write(bench.work().join("output_images/notes.txt"), "no image").unwrap();
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Images);
    window.wait_for_text("5 images have no row in annotation.csv");
    assert!(window.has("Other files") && window.tabs().images.listing.entries.len() == 7);
    window.press("Show all of them");
    window.wait_for("these", |window| window.tabs().images.order.len() == 5);
    window.press(&image_name(4));
    window.wait_for("its facts", |window| window.has("none"));

    // The same before they are sent.
    let labels = bench.folder.path().join("labels.csv");
    std::fs::write(&labels, format!("file,label\n{},cat\n", image_name(0))).unwrap();
    let settings = &mut window.tabs_mut().stream.settings;
    settings.labels = kafka_image_bench::gui::stream::LabelChoice::Csv;
    settings.label_path = Some(labels);
    window.session_mut().actions.push(Action::OpenFolder(bench.input()));
    window.wait_for("the folder", |window| window.session().folder.survey.finished);
    window.session_mut().actions.push(Action::Show(Tab::Stream));
    window.stream();
    window.wait_for_text("5 images were not sent");
    window.press("Show images without a label");
    window.wait_for("these", |window| {
        window.tabs().images.settings.source == ImageSource::Input && window.tabs().images.order.len() == 5
    });
    window.wait_for_text("5 images have no label and are not sent");
}

#[test]
fn a_jpeg_that_ends_early_is_shown_with_a_warning() {
    let bench = Bench::new();
    save(&bench, [image_name(0)]);
    let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 3, y as u8 * 3, 60]));
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    std::fs::write(bench.work().join("output_images/torn.jpg"), &jpeg[..jpeg.len() - jpeg.len() / 4]).unwrap();
    std::fs::write(bench.work().join("output_images/whole.jpg"), &jpeg).unwrap();
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Images);
    window
        .wait_for("it is marked", |window| window.has_control("torn.jpg, damaged") && window.has_control("whole.jpg"));
    window.press("torn.jpg, damaged");
    window.wait_for("it says why", |window| window.has("Damaged: the file ends early"));
    window.press("whole.jpg");
    window.wait_for_text("Image whole.jpg");
    window.wait_for("nothing is wrong", |window| !window.says("ends early") && window.says("64 × 64 px"));
}

#[test]
fn a_label_is_shown_as_it_is_and_not_as_its_cell() {
    let bench = Bench::with_images(3);
    let labels = bench.folder.path().join("labels.csv");
    let rows = [(0, "=cmd"), (1, "'=cmd"), (2, "'tis")].map(|(at, label)| format!("{},{label}\n", image_name(at)));
    std::fs::write(&labels, format!("file,label\n{}", rows.concat())).unwrap();
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.labels = kafka_image_bench::gui::stream::LabelChoice::Csv;
        settings.stream.label_path = Some(labels.clone());
    });
    window.stream();
    window.wait_for("the latest ones", |window| {
        ["=cmd, ", "'=cmd, ", "'tis, "].iter().all(|label| window.texts().iter().any(|text| text.starts_with(label)))
    });
    assert_eq!(bench.rows()[0].1, "'=cmd");
    window.press("Images");
    for (at, label) in [(0, "=cmd"), (1, "'=cmd"), (2, "'tis")] {
        window.wait_for("the sheet", |window| window.has_control(&image_name(at)));
        window.press(&image_name(at));
        window.wait_for("its label", |window| window.has(label) && window.says(&format!("Image {}", image_name(at))));
    }
}
