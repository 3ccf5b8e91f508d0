//! Several images of the sheet, its groups, captions and facets, operated by a user.

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Key, Modifiers, OutputCommand};
use egui_kittest::kittest::NodeT;
use kafka_image_bench::gui::image_source::ImageSource;

use crate::bench::{Bench, image_name, png};
use crate::window::Window;

const FOUR: [(&str, &str); 4] = [("a.png", "crane"), ("b.png", "boat"), ("c.png", "crane"), ("d.png", "tug")];

/// The tab Images with these saved images: name and label.
fn window_of<const COUNT: usize>(bench: &Bench, images: [(&str, &str); COUNT]) -> Window {
    bench.save((0..).zip(images).map(|(number, (name, label))| (name, label, png(number))));
    Window::of_saved(bench, COUNT)
}

fn twelve(bench: &Bench) -> Window {
    bench.save((0..12).map(|number| (image_name(number), "boat", png(number))));
    Window::of_saved(bench, 12)
}

fn click_with(window: &mut Window, modifiers: Modifiers, number: u32) {
    window.control(&image_name(number)).click_modifiers(modifiers);
    window.settle();
    window.harness.remove_cursor();
    window.settle();
}

fn selected(window: &Window) -> Vec<String> {
    window.tabs().images.selected().map(|entry| entry.name.to_string()).collect()
}

fn copied(window: &Window) -> Option<String> {
    let commands = &window.harness.output().platform_output.commands;
    commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn images_are_selected_by_pointer_and_keyboard() {
    let bench = Bench::new();
    let mut window = twelve(&bench);
    assert!(!window.has_control("Export selected…"));
    click_with(&mut window, Modifiers::COMMAND, 2);
    window.wait_for_text("1 selected");
    assert!(!window.has_control(&format!("Image {}", image_name(2))), "it is not opened");
    click_with(&mut window, Modifiers::SHIFT, 5);
    assert_eq!(selected(&window), [2, 3, 4, 5].map(image_name));
    click_with(&mut window, Modifiers::COMMAND, 3);
    assert_eq!(selected(&window), [2, 4, 5].map(image_name));
    window.key_with(Modifiers::COMMAND, Key::A);
    window.wait_for_text("12 selected");
    window.key(Key::Escape);
    assert!(!window.says("selected"), "{:?}", window.texts());

    // Space takes the one that has the focus, which arrows move with the choice.
    window.press(&image_name(6));
    window.control(&image_name(6)).focus();
    window.settle();
    window.key(Key::Space);
    window.key(Key::ArrowRight);
    window.key(Key::Space);
    assert_eq!(selected(&window), [6, 7].map(image_name));
    window.key(Key::Space);
    assert_eq!(selected(&window), [image_name(6)]);
    // A plain click begins anew, and what the filter hides is not selected.
    window.press(&image_name(1));
    assert!(selected(&window).is_empty());
    window.key_with(Modifiers::COMMAND, Key::A);
    window.fill("Filter", "name = image-0004.png or name = image-0009.png");
    window.wait_for_text("2 selected");
    window.assert_named();
}

#[test]
fn the_selected_images_are_copied_exported_and_sent_again() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready(bench.options());
    window.stream();
    window.press("Images");
    window.wait_for("the sheet", |window| window.has_control(&image_name(3)));
    click_with(&mut window, Modifiers::COMMAND, 1);
    click_with(&mut window, Modifiers::COMMAND, 3);
    window.press("Copy selected");
    window.control("Names").click();
    let mut text = None;
    window.wait_for("the names", |window| {
        text = text.take().or(copied(window));
        text.is_some()
    });
    assert_eq!(text.as_deref(), Some("image-0001.png\nimage-0003.png"));

    window.press("Export selected…");
    window.wait_for_text("2 selected images, with the labels and objects that they were last sent with");
    let set = bench.folder.path().join("set");
    window.choose("Format", "COCO");
    window.fill("Set folder", set.to_str().unwrap());
    window.fill("Split", "100/0");
    window.press("Export");
    window.wait_for_text("2 images and 0 objects exported as COCO");
    window.press("Close");

    assert_eq!(selected(&window).len(), 2);
    window.press("Send selected again");
    window.wait_for("it has begun", |window| window.session().run.is_running());
    window.wait_for_end();
    assert_eq!(window.session().run.stream.acknowledged, 2, "only these, though all were sent before");
}

#[test]
fn images_are_grouped_under_headings_with_counts() {
    let bench = Bench::new();
    for (folder, count) in [("north", 3), ("south/pier", 2)] {
        std::fs::create_dir_all(bench.input().join(folder)).unwrap();
        for number in 0..count {
            std::fs::write(bench.input().join(folder).join(image_name(number)), png(number + count)).unwrap();
        }
    }
    let mut window = window_of(&bench, FOUR);
    window.press("View");
    window.choose("Group by", "label");
    window.wait_for("the groups", |window| window.tabs().images.groups.len() == 3);
    window.settle();
    assert!(window.has("2 images") && window.has("boat"), "{:?}", window.texts());
    assert!(window.control("b.png").rect().bottom() < window.control("a.png").rect().top());
    assert!((window.control("a.png").rect().top() - window.control("c.png").rect().top()).abs() < 1.0);
    // Down leads to the next group.
    window.press("b.png");
    window.key(Key::ArrowDown);
    window.wait_for_text("Image a.png");
    window.key(Key::Escape);

    window.choose("From", "input folder");
    window.choose("Group by", "folder");
    window.wait_for("the groups", |window| window.tabs().images.groups.len() == 2);
    assert!(window.has("north") && window.has("south/pier") && window.has("3 images"), "{:?}", window.texts());
    window.choose("Group by", "nothing");
    window.wait_for("no groups", |window| window.tabs().images.groups.is_empty());
}

#[test]
fn captions_and_whole_thumbnails_are_chosen() {
    let bench = Bench::new();
    let mut window = window_of(&bench, [("a.png", "crane"), ("b.png", "boat")]);
    let height = |window: &Window| window.control("a.png").rect().height();
    let with_one = height(&window);
    window.press("View");
    window.choose("Captions", "both");
    window.settle();
    assert!(height(&window) > with_one + 10.0);
    window.choose("Captions", "none");
    window.settle();
    assert!(height(&window) < with_one - 10.0);
    window.press("Keep aspect ratio");
    window.wait_for("other thumbnails", |window| window.session().thumbnails.is_idle());
    assert!(window.tabs().images.settings.keeps_aspect);
    window.press("Boxes on thumbnails");
    window.wait_for("none to draw", |window| window.tabs().images.has_boxes());
}

#[test]
fn facets_count_and_filter_through_the_query() {
    let bench = Bench::new();
    let mut window = window_of(&bench, FOUR);
    window.wait_for("the labels", |window| window.has_control("Only crane: 2 images"));
    window.press("Only crane: 2 images");
    window.wait_for("the cranes", |window| window.tabs().images.order.len() == 2);
    assert_eq!(window.control("Filter").value().as_deref(), Some("label = \"crane\""));
    window.wait_for("it is marked", |window| {
        window.control("Only crane: 2 images").accesskit_node().toggled() == Some(Toggled::True)
    });
    window.press("Only crane: 2 images");
    window.wait_for("all again", |window| window.tabs().images.order.len() == 4);
    assert_eq!(window.control("Filter").value().as_deref(), Some(""));
    window.wait_for("all labels", |window| window.has_control("Only tug: 1 image"));

    for number in 0..3 {
        let folder = bench.input().join(if number == 0 { "one" } else { "two" });
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(image_name(number)), png(number)).unwrap();
    }
    window.tabs_mut().images.settings.source = ImageSource::Input;
    window.session_mut().scan_folder();
    window.wait_for("the folders", |window| window.has_control("Folders"));
    window.press("Folders");
    window.wait_for("the values", |window| window.has_control("Only two: 2 images"));
    window.press("Only two: 2 images");
    window.wait_for("these", |window| window.tabs().images.order.len() == 2);
    assert_eq!(window.control("Filter").value().as_deref(), Some("folder = \"two\""));
    window.assert_named();
}

#[test]
fn saved_images_are_deleted_after_a_question_and_brought_back() {
    let bench = Bench::new();
    let mut window = twelve(&bench);
    let (files, rows) = (bench.saved(), bench.rows());
    click_with(&mut window, Modifiers::COMMAND, 2);
    click_with(&mut window, Modifiers::SHIFT, 4);
    window.press("Delete selected…");
    window.wait_for_text("Delete 3 saved images and the rows in annotation.csv?");
    window.press("Cancel");
    assert_eq!(bench.saved(), files, "nothing was done");
    window.press("Delete selected…");
    window.press("Delete");
    window.wait_for("they are gone", |window| {
        window.tabs().images.order.len() == 9 && window.has("3 images were deleted")
    });
    assert!(selected(&window).is_empty() && bench.saved().len() == 9);
    bench.assert_rows_are_files();
    window.press("Undo");
    window.wait_for("they are back", |window| window.tabs().images.order.len() == 12);
    assert!(!window.has("3 images were deleted"));
    assert_eq!((bench.saved(), bench.rows()), (files, rows));
}
