//! Labels that the window finds in the folder.

use std::fs;

use kafka_image_bench::gui::stream::LabelChoice;

use crate::bench::{Bench, image_name};
use crate::window::Window;

/// COCO's labels of the first image.
fn coco() -> String {
    format!(
        r#"{{"images": [{{"id": 1, "file_name": "{}"}}], "categories": [{{"id": 1, "name": "boat"}}],
            "annotations": [{{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}}]}}"#,
        image_name(0)
    )
}

fn write_yolo(bench: &Bench) {
    let name = image_name(0).replace(".png", ".txt");
    fs::create_dir(bench.input().join("labels")).unwrap();
    fs::write(bench.input().join("labels").join(name), "0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.5 0.5\n").unwrap();
}

fn records(bench: &Bench) -> String {
    fs::read_to_string(bench.work().join("image_records.csv")).unwrap()
}

#[test]
fn what_is_found_is_shown_before_start_and_sent() {
    let bench = Bench::with_images(3);
    fs::write(bench.input().join("boats.json"), coco()).unwrap();
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.labels = LabelChoice::Auto);
    window.wait_for_text("COCO file boats.json, 3 images, 1 box, 1 class; 2 images have none");
    assert_eq!(window.control("Labels").value().as_deref(), Some("COCO file"));
    window.stream();
    assert!(records(&bench).contains("boat"), "{}", records(&bench));
    // What a person chooses is not looked for.
    window.choose("Labels", "file name");
    window.wait_for("it is looked through again", |window| window.session().folder.survey.finished);
    assert!(!window.says("COCO file boats.json"), "{:?}", window.texts());
    window.press("Labels");
    window.press("automatic");
    window.wait_for_text("COCO file boats.json");
}

#[test]
fn of_several_the_person_chooses() {
    let bench = Bench::with_images(2);
    fs::write(bench.input().join("boats.json"), coco()).unwrap();
    write_yolo(&bench);
    let mut window = Window::ready(bench.options());
    window.wait_for_text("Several labels fit the images of this folder");
    window.press("Decide later");
    assert_eq!(window.control("Labels").value().as_deref(), Some("automatic"));
    // Start asks again instead of guessing.
    window.press("Start");
    window.wait_for_text("Several labels fit the images of this folder");
    assert!(!window.session().run.is_running());
    let choices = window.controls("2 images");
    assert!(choices.iter().any(|name| name.starts_with("COCO file boats.json, 2 images, 1 box")), "{choices:?}");
    let yolo = choices.into_iter().find(|name| name.starts_with("YOLO folder labels, 2 images, 2 boxes")).unwrap();
    window.press(&yolo);
    window.wait_for("the choice", |window| window.tabs().stream.settings.labels == LabelChoice::Yolo);
    window.wait_for("it is looked through again", |window| window.session().folder.survey.finished);
    assert_eq!(window.control("Labels").value().as_deref(), Some("YOLO folder"));
    assert!(!window.says("Several labels fit"), "the choice stays");
    window.stream();
    assert!(records(&bench).contains("class 1"), "{}", records(&bench));
    // The others can still be chosen.
    window.press("Choose labels…");
    window.press("The file names alone");
    window.wait_for("the choice", |window| window.tabs().stream.settings.labels == LabelChoice::Stem);
}

#[test]
fn where_nothing_is_found_that_is_shown_too() {
    let bench = Bench::with_images(1);
    fs::write(bench.input().join("other.json"), coco().replace(&image_name(0), "elsewhere.png")).unwrap();
    let mut window = Window::ready(bench.options());
    window.wait_for_text("No labels found: each image has its file name as its label");
    assert!(window.says("COCO file other.json has none of the images"), "{:?}", window.texts());
    assert_eq!(window.control("Labels").value().as_deref(), Some("automatic"));
    window.stream();
    bench.assert_all_saved(1);
}
