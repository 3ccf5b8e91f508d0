//! The filter's queries, the classes with their colours, and what is drawn over an image.

use eframe::egui::{Key, Rect, Vec2, vec2};
use egui_kittest::kittest::NodeT;
use image::{Rgb, RgbImage};
use kafka_image_bench::gui::image_source::ImageSource;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::stream::LabelChoice;
use kafka_image_bench_core::model::mask::Mask;

use crate::bench::{Bench, samples};
use crate::window::Window;

const DAYS: [&str; 4] = ["2024-09-10", "2024-09-11", "2024-09-12", "2024-10-01"];

/// The names of the thumbnails in the sheet, without `.png`.
fn sheet(window: &Window) -> Vec<String> {
    let names = window.controls(".png").into_iter().filter(|name| !name.starts_with("Image "));
    names.filter_map(|name| name.strip_suffix(".png").map(str::to_owned)).collect()
}

/// Four of the samples with their boxes, streamed, or only to be sent.
fn window_of_samples(bench: &Bench, is_sent: bool) -> Window {
    for day in DAYS {
        let name = format!("{day}.png");
        std::fs::copy(samples().join(&name), bench.input().join(&name)).unwrap();
    }
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.labels = LabelChoice::Coco;
        settings.stream.label_path = Some(samples().join("_annotations.coco.json"));
        settings.images.source = if is_sent { ImageSource::Output } else { ImageSource::Input };
    });
    if is_sent {
        window.stream();
    }
    window.press("Images");
    window.wait_for("the sheet", |window| sheet(window) == DAYS);
    window
}

#[test]
fn a_query_filters_and_says_what_is_wrong_with_it() {
    let bench = Bench::new();
    let mut window = window_of_samples(&bench, true);
    for (query, days) in [
        ("label ~ \"2024-09\" and objects.tug >= 1", &["2024-09-10", "2024-09-12"][..]),
        ("objects > 20 and not has objects.ferry", &["2024-09-11"]),
        ("latency >= 0 and partition >= 0 and topic = image-data and width > 100 and format = png", &DAYS),
        ("time > 2020-01-01 and sent > 2020-01-01 and time < 2021-01-01", &[]),
        ("name = 2024-10-01.png or name = 2024-09-10.png", &["2024-09-10", "2024-10-01"]),
    ] {
        window.fill("Filter", query);
        window.wait_for(query, |window| sheet(window) == days);
    }
    window.fill("Filter", "offset < 0");
    window.wait_for_text("No image matches offset < 0");
    window.press("Show all");
    window.wait_for("all again", |window| sheet(window) == DAYS);

    // A mistake leaves nothing out, and is named.
    window.fill("Filter", "lable = boat");
    window.wait_for_text("Not filtered: column 1: `lable` is not a field; did you mean `label`?");
    window.wait_for("all", |window| sheet(window) == DAYS);
    window.fill("Filter", "latency > 5");
    window.wait_for_text("Not filtered: column 11: expected a time with its unit");
    window.fill("Filter", "not has key");
    window.wait_for_text("key is not known for any of 4 images; comparisons with it are false there");
    window.assert_named();
}

#[test]
fn a_query_is_completed_while_it_is_typed() {
    let bench = Bench::new();
    let mut window = window_of_samples(&bench, true);
    window.fill("Filter", "la");
    window
        .wait_for("fields", |window| window.has_control("Complete: label") && window.has_control("Complete: latency"));
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    window
        .wait_for("signs", |window| window.has_control("Complete: =") && window.tabs().images.filter.words == "label ");
    window.press("Complete: =");
    window.wait_for("labels", |window| window.has_control("Complete: \"2024-09-11\""));
    window.press("Complete: \"2024-09-11\"");
    window.wait_for("the image", |window| sheet(window) == ["2024-09-11"]);
    assert_eq!(window.tabs().images.filter.words, "label = \"2024-09-11\" ");
    // Typing continues where the completion ended.
    window.harness.event(eframe::egui::Event::Text("or objects.tu".to_owned()));
    window.settle();
    window.press("Complete: objects.tug");
    window.harness.event(eframe::egui::Event::Text(">= 1".to_owned()));
    window.wait_for("three", |window| sheet(window) == DAYS);
    assert_eq!(window.tabs().images.filter.words, "label = \"2024-09-11\" or objects.tug >= 1");
    window.key(Key::Escape);
    window.wait_for("nothing is offered", |window| window.controls("Complete: ").is_empty());
}

#[test]
fn classes_are_counted_coloured_hidden_and_chosen() {
    // Sent and saved, and before they are sent.
    for is_sent in [true, false] {
        let bench = Bench::new();
        let mut window = window_of_samples(&bench, is_sent);
        window.wait_for("the classes", |window| window.controls("Class ").len() == 8);
        assert_eq!(window.controls("Class ")[0], "Class container: 54 objects on 4 images");
        window.press("1 more class");
        let tugs = "Class tug: 3 objects on 3 images";
        window.wait_for("all of them", |window| window.has_control(tugs) && window.has_control("Fewer classes"));

        window.press("2024-09-10.png");
        let drawn = |window: &Window| window.control("Image 2024-09-10.png").accesskit_node().description();
        window.wait_for("the image", |window| window.has_control("Image 2024-09-10.png") && drawn(window).is_some());
        let all = "3 buoy, 7 container, 1 crane, 4 gull, 2 rowing_boat, 2 sailing_yacht, 1 tug";
        assert_eq!(drawn(&window).as_deref(), Some(all));
        window.press(tugs);
        let without = "3 buoy, 7 container, 1 crane, 4 gull, 2 rowing_boat, 2 sailing_yacht; hidden: 1 tug";
        assert_eq!(drawn(&window).as_deref(), Some(without));
        window.press("Hide all classes");
        assert!(drawn(&window).is_some_and(|text| text.starts_with("hidden: 3 buoy, ")));
        window.press("Show all classes");
        assert_eq!(drawn(&window).as_deref(), Some(all));

        window.press("Only images with tug");
        window.wait_for("those", |window| sheet(window) == ["2024-09-10", "2024-09-12", "2024-10-01"]);
        assert_eq!(window.tabs().images.filter.words, "has objects.tug");
        window.wait_for("their classes", |window| {
            window.has_control(tugs) && window.has_control("Class container: 31 objects on 3 images")
        });
        window.press("Only images with fishing_boat");
        window.wait_for("fewer", |window| sheet(window) == ["2024-09-12", "2024-10-01"]);
        window.fill("Filter", " ");
        window.wait_for("all", |window| sheet(window) == DAYS);
    }
}

#[test]
fn images_without_boxes_are_found() {
    let bench = Bench::with_images(3);
    let labels = bench.folder.path().join("labels.csv");
    let rows = "file,label,objects\nimage-0000.png,a,\"[{\"\"label\"\":\"\"tug\"\",\"\"bbox\"\":[1,1,4,4]}]\"\nimage-0001.png,b,[]\nimage-0002.png,c,[]\n";
    std::fs::write(&labels, rows).unwrap();
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.stream.labels = LabelChoice::Csv;
        settings.stream.label_path = Some(labels.clone());
        settings.shared.tab = Tab::Images;
        settings.images.source = ImageSource::Input;
    });
    window.wait_for("the sheet", |window| sheet(window).len() == 3 && window.has_control("Only without boxes"));
    window.press("Only without boxes");
    window.wait_for("these", |window| sheet(window) == ["image-0001", "image-0002"]);
    window.press("Only without boxes");
    window.fill("Filter", "objects = 0");
    window.wait_for("the same", |window| sheet(window) == ["image-0001", "image-0002"]);
}

/// A black image of 60 × 40 pixels, whose objects are a mask, a rotated box and two keypoints.
fn marked(bench: &Bench) -> Window {
    let mut png = std::io::Cursor::new(Vec::new());
    RgbImage::new(60, 40).write_to(&mut png, image::ImageFormat::Png).unwrap();
    std::fs::write(bench.input().join("night.png"), png.into_inner()).unwrap();
    let mask = Mask::of([60, 40], |x, y| (10..20).contains(&x) && (10..30).contains(&y));
    let objects = serde_json::json!([
        {"label": "blob", "bbox": [10, 10, 10, 20], "mask": mask},
        {"label": "tilted", "bbox": [25, 5, 10, 10], "rotated_box": [[30, 5], [35, 10], [30, 15], [25, 10]]},
        {"label": "person", "bbox": [40, 10, 15, 20], "keypoints": [[45, 20, 2], [51, 20, 2]],
         "keypoint_names": ["left_eye", "right_eye"]},
    ]);
    let cell = objects.to_string().replace('"', "\"\"");
    let labels = bench.folder.path().join("labels.csv");
    std::fs::write(&labels, format!("file,label,objects\nnight.png,night,\"{cell}\"\n")).unwrap();
    let mut window = Window::open_with(bench.options(), vec2(1280.0, 800.0), |settings| {
        settings.stream.labels = LabelChoice::Csv;
        settings.stream.label_path = Some(labels.clone());
        settings.shared.tab = Tab::Images;
        settings.images.source = ImageSource::Input;
    });
    window.wait_for("the sheet", |window| sheet(window) == ["night"] && window.controls("Class ").len() == 3);
    window.press("night.png");
    window.wait_for("the image", |window| window.has_control("Image night.png") && window.says("60 × 40 px"));
    window
}

/// The colour of the window at a pixel of the shown image of 60 × 40.
fn color_at(window: &mut Window, x: f32, y: f32) -> Rgb<u8> {
    let room: Rect = window.control("Image night.png").rect();
    let zoom = (room.width() / 60.0).min(room.height() / 40.0).min(8.0);
    let at = room.center() + (Vec2::new(x, y) - vec2(30.0, 20.0)) * zoom;
    let picture = window.harness.render().unwrap();
    let [r, g, b, _] = picture.get_pixel(at.x as u32, at.y as u32).0;
    Rgb([r, g, b])
}

#[test]
fn masks_rotated_boxes_and_skeletons_are_drawn_and_hidden() {
    let bench = Bench::new();
    let mut window = marked(&bench);
    let black = Rgb([0, 0, 0]);
    let places = [
        ("the mask", 15.0, 20.0, "Class blob: 1 object on 1 image"),
        ("the edge of the rotated box", 32.5, 7.5, "Class tilted: 1 object on 1 image"),
        ("the line between the eyes", 48.0, 20.0, "Class person: 1 object on 1 image"),
    ];
    for (what, x, y, _) in places {
        assert_ne!(color_at(&mut window, x, y), black, "{what}");
    }
    // The upright box around the rotated one is not drawn, and nothing beside the mask.
    assert_eq!(color_at(&mut window, 26.0, 14.0), black);
    assert_eq!(color_at(&mut window, 22.0, 33.0), black);
    for (what, x, y, class) in places {
        window.press(class);
        assert_eq!(color_at(&mut window, x, y), black, "{what} is hidden");
    }
    window.press("Show all classes");
    window.press("Hide boxes");
    assert_eq!(color_at(&mut window, 15.0, 20.0), black);
}
