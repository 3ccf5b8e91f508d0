//! Every path can be typed, with or without file dialogs.

use std::path::{Path, PathBuf};

use eframe::egui::text::LayoutSection;
use eframe::egui::{Color32, Event, Key, Shape};
use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::stream::LabelChoice;
use kafka_image_bench::gui::workers::dialogs::{Chosen, DialogKind};

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

const NO_DIALOG: &str = "This system offers no file dialog: type or paste the path";

fn no_dialog(_: &str, _: &DialogKind, _: Option<PathBuf>) -> Chosen {
    Chosen::NoDialog
}

fn cancelled(_: &str, _: &DialogKind, _: Option<PathBuf>) -> Chosen {
    Chosen::Nothing
}

/// Another folder of two images.
fn other_folder(bench: &Bench, name: &str) -> PathBuf {
    let folder = bench.folder.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    for number in 0..2 {
        std::fs::write(folder.join(format!("{number}.png")), crate::bench::png(number + 70)).unwrap();
    }
    folder
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn without_file_dialogs_the_folder_is_typed() {
    let bench = Bench::with_images(3);
    let other = other_folder(&bench, "other");
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    window.press("Open folder…");
    window.wait_for_text(NO_DIALOG);
    // The field has the focus: typed text goes there.
    assert!(window.control("Path of the folder").is_focused());
    window.harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    window.harness.event(Event::Text(text(&bench.folder.path().join("nowhere"))));
    window.key(Key::Enter);
    window.wait_for_text("There is no such folder: ");
    assert!(window.says("Folder: input, 3 images"));
    window.press("Cancel");
    let chip = window.controls("Folder: input, 3 images").remove(0);
    window.press(&chip);
    assert_eq!(window.control("Folder path").value(), Some(text(&bench.input())), "what was cancelled is gone");
    window.key(Key::Escape);
    window.press("Open folder…");
    window.wait_for_text(NO_DIALOG);
    window.fill("Path of the folder", &format!("\"{}\"", text(&other)));
    window.press("Use folder");
    window.wait_for_text("Folder: other, 2 images");
    assert!(!window.has(NO_DIALOG));
}

#[test]
fn a_dialog_that_is_cancelled_changes_nothing() {
    let bench = Bench::with_images(3);
    let mut window = Window::ready(WindowOptions { chooser: cancelled, ..bench.options() });
    window.press("Open folder…");
    window.wait_for("it is closed", |window| !window.session().paths.is_choosing());
    assert!(!window.has(NO_DIALOG) && !window.has_control("Path of the folder"));
}

#[test]
fn the_menu_stays_open_for_the_mouse_and_completes_names() {
    let bench = Bench::with_images(3);
    let other = other_folder(&bench, "harbour");
    let mut window = Window::ready(bench.options());
    let chip = window.controls("Folder: input, 3 images").remove(0);
    window.press(&chip);
    window.press("Folder path");
    assert!(window.has_control("Folder path"), "a click into the field leaves the menu open");
    window.fill("Folder path", &text(&bench.folder.path().join("HARB")));
    let completed = format!("{}{}", text(&other), std::path::MAIN_SEPARATOR);
    window.wait_for("the completion", |window| window.has_control(&completed));
    window.press(&completed);
    window.wait_for("the field has it", |window| window.control("Folder path").value().as_deref() == Some(&completed));
    window.key(Key::Enter);
    window.wait_for_text("Folder: harbour, 2 images");
    window.wait_for("the menu is closed", |window| !window.has_control("Folder path"));
}

#[test]
fn settings_that_are_paths_are_typed() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(WindowOptions { chooser: no_dialog, ..bench.options() }, |settings| {
        settings.stream.labels = LabelChoice::Csv;
    });
    let (table, target) = (bench.folder.path().join("labels.csv"), bench.folder.path().join("new").join("place"));
    std::fs::write(&table, "image_path,annotation\nimage-0000.png,first\nimage-0001.png,second\n").unwrap();
    window.fill("Labels from", &text(&table));
    assert!(window.tabs().stream.settings.label_path.is_none());
    window.key(Key::Enter);
    window.wait_for("the labels", |window| window.tabs().stream.settings.label_path.as_deref() == Some(&table));
    // A folder that the run creates.
    window.fill("Save to", &text(&target));
    window.key(Key::Enter);
    window.wait_for("the place", |window| window.session().work_dir == target);
    window.fill("Save to", &text(&table));
    window.key(Key::Enter);
    window.wait_for_text("It is a file, not a folder");
    assert_eq!(window.session().work_dir, target);
    window.stream();
    assert!(target.join("output_images").join("image-0001.png").is_file());
}

#[test]
fn every_label_format_is_offered_with_the_place_that_it_needs() {
    let bench = Bench::with_images(1);
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    for choice in LabelChoice::ALL {
        window.press("Labels");
        // The list is longer than a small window is high.
        window.press_hidden(choice.name());
        window.key(Key::Escape);
        assert_eq!(window.tabs().stream.settings.labels, choice);
        assert_eq!(window.has_control("Labels from"), choice.wants_path().is_some(), "{}", choice.name());
    }
}

#[test]
fn where_to_save_is_in_the_menu_of_the_folder_too() {
    let bench = Bench::with_images(1);
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    let folder = window.controls("Folder: ").remove(0);
    window.press(&folder);
    assert!(window.says("Images are saved to "), "{:?}", window.texts());
    window.press("Save to another folder…");
    window.wait_for("the dialog", |window| window.has("Where to save"));
}

#[test]
fn certificates_are_typed() {
    let bench = Bench::new();
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    window.open_new_connection();
    window.choose("Security protocol", "ssl");
    let file = bench.folder.path().join("ca.pem");
    std::fs::write(&file, "").unwrap();
    window.fill("CA certificate", &text(&file));
    window.key(Key::Enter);
    let path = |window: &Window| window.session().broker.dialog.as_ref().unwrap().connection.ca_path.clone();
    window.wait_for("the path", |window| path(window).as_deref() == Some(&file));
    window.fill("Client key", &text(&bench.folder.path().join("missing.pem")));
    window.key(Key::Enter);
    window.wait_for_text("There is no such file: ");
    assert!(window.has_control("Security protocol"), "the dialog stays");
    window.assert_named();
}

#[test]
fn exports_are_written_where_the_path_says() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let options = WindowOptions { chooser: no_dialog, ..bench.options() };
    let mut window = Window::ready_with(options, |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.press_hidden("Export CSV");
    let file = bench.work().join("kafka_performance_results.csv");
    assert_eq!(window.control("Path of the file").value(), Some(text(&file)), "a name is suggested");
    window.press("Write");
    window.wait_for("the file", |_| file.is_file());
    window.wait_for("the dialog is closed", |window| !window.has_control("Path of the file"));
    std::fs::write(&file, "mine").unwrap();
    window.press_hidden("Export CSV");
    window.press("Write");
    window.wait_for_text("It exists; press Enter again to replace it: ");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    window.press("Browse…");
    window.wait_for_text(NO_DIALOG);
    window.press("Write");
    window.wait_for("it is replaced", |_| std::fs::read_to_string(&file).unwrap() != "mine");
}

/// People press the next button without Enter.
#[test]
fn a_path_that_is_left_is_used() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    let (file, target) = (bench.folder.path().join("file"), bench.folder.path().join("typed"));
    std::fs::write(&file, "").unwrap();
    window.fill("Save to", &text(&file));
    window.press("Start");
    window.wait_for_text("It is a file, not a folder");
    window.wait_for_text("The run cannot be started like this");
    assert!(!window.session().run.is_running() && window.session().run.last_stream.is_none());
    assert!(!window.control("Save to").is_focused(), "the person has left it");
    window.fill("Save to", &text(&target));
    window.press("Start");
    window.wait_for("the run", |window| window.session().run.last_stream.is_some());
    assert!(target.join("output_images").join("image-0001.png").is_file());
    // The key is pressed while the field has the focus.
    let other = bench.folder.path().join("other");
    window.fill("Save to", &text(&other));
    window.key(Key::F5);
    window.wait_for("the second run", |_| other.join("annotation.csv").is_file());
}

/// The texts that are drawn and can be seen.
fn drawn(window: &Window) -> Vec<String> {
    fn collect(shape: &Shape, texts: &mut Vec<String>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, texts)),
            Shape::Text(text) if text.override_text_color != Some(Color32::TRANSPARENT) => {
                let is_visible = |section: &LayoutSection| section.format.color != Color32::TRANSPARENT;
                if text.override_text_color.is_some() || text.galley.job.sections.iter().any(is_visible) {
                    texts.push(text.galley.text().to_owned());
                }
            }
            _ => {}
        }
    }
    let mut texts = Vec::new();
    window.harness.output().shapes.iter().for_each(|clipped| collect(&clipped.shape, &mut texts));
    texts
}

#[test]
fn a_path_that_is_wider_than_its_field_shows_its_end() {
    let bench = Bench::with_images(3);
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    let long = bench.folder.path().join("a folder with a rather long name").join("and one more in it").join("the end");
    window.fill("Save to", &text(&long));
    window.key(Key::Enter);
    window.wait_for("it is used", |window| window.session().work_dir == long);
    window.settle();
    let is_end = |shown: &String| shown.starts_with('…') && shown.ends_with("the end");
    assert!(drawn(&window).iter().any(is_end), "{:?}", drawn(&window));
    assert!(!drawn(&window).contains(&text(&long)));
    assert_eq!(window.control("Save to").value(), Some(text(&long)), "the whole of it can be read out");
    // A click shows the path to be changed, from its end.
    window.press("Save to");
    assert!(window.control("Save to").is_focused());
    assert!(drawn(&window).contains(&text(&long)) && !drawn(&window).iter().any(is_end));
    window.harness.event(Event::Text("x".to_owned()));
    window.harness.run_ok();
    assert_eq!(window.control("Save to").value(), Some(format!("{}x", text(&long))));
}

#[test]
fn certificates_count_as_they_stand_in_their_fields() {
    let bench = Bench::new();
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    window.open_new_connection();
    window.choose("Security protocol", "ssl");
    window.fill("Bootstrap servers", "127.0.0.1:1");
    window.fill("CA certificate", &text(&bench.folder.path().join("missing.pem")));
    window.press("Test connection");
    window.wait_for_text("the file of ssl.ca.location does not exist");
    // An emptied field is none.
    window.fill("CA certificate", "x");
    window.key(Key::Backspace);
    window.press("Test connection");
    window.wait_for_text("Nothing is listening at that address: 127.0.0.1:1");
    window.fill("CA certificate", &text(&bench.folder.path().join("other.pem")));
    window.press("Cancel");
    window.open_new_connection();
    window.choose("Security protocol", "ssl");
    assert_eq!(window.control("CA certificate").value(), Some(String::new()), "what was cancelled is gone");
}
