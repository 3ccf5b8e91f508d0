//! The first start, from anywhere: samples that come with the program, and where outputs go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::samples::SampleFolders;

use crate::bench::{Bench, png};
use crate::window::Window;

/// As on the first start: nothing is given or remembered, and the program has come with three samples.
fn first_start(bench: &Bench) -> WindowOptions {
    WindowOptions {
        folder: None,
        work_dir: None,
        suggested_work_dir: bench.folder.path().join("Pictures").join("Kafka Image Bench"),
        samples: SampleFolders { shipped: vec![shipped(bench)], own: None },
        ..bench.options()
    }
}

fn shipped(bench: &Bench) -> PathBuf {
    bench.folder.path().join("share").join("Labeled_Images")
}

fn ship_samples(bench: &Bench) {
    std::fs::create_dir_all(shipped(bench)).unwrap();
    for number in 0..3 {
        std::fs::write(shipped(bench).join(format!("sample-{number}.png")), png(number)).unwrap();
    }
    std::fs::write(shipped(bench).join("_annotations.coco.json"), "{\"images\": [], \"annotations\": []}").unwrap();
}

/// All files of a folder, with their content.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(|file| file.unwrap().into_path());
    files.map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default())).collect()
}

#[test]
fn the_first_start_asks_once_where_to_save() {
    let bench = Bench::new();
    ship_samples(&bench);
    let before = content(&shipped(&bench));
    let suggested = first_start(&bench).suggested_work_dir;
    let chosen = bench.folder.path().join("my results");
    {
        let mut window = Window::ready(first_start(&bench));
        assert!(window.says("Folder: Labeled_Images, 3 images"));
        assert_eq!(window.control("Save to").value(), Some(suggested.display().to_string()));
        window.press("Start");
        assert!(window.has("Where to save") && !window.session().run.is_running());
        let field = window.control("Path of the folder").value();
        assert_eq!(field, Some(suggested.display().to_string()), "the folder is suggested");
        window.press("Cancel");
        assert!(!window.has("Where to save") && !window.session().run.is_running());

        window.press("Start");
        window.fill("Path of the folder", &chosen.display().to_string());
        window.press("Save there and start");
        window.wait_for("the run", |window| window.session().run.last_stream.is_some());
        window.wait_for_text("3 sent, 3 saved in ");
        assert!(chosen.join("output_images").join("sample-2.png").is_file());
        assert_eq!(window.control("Save to").value(), Some(chosen.display().to_string()));
        // What was sent before is listed where outputs go, not beside the samples.
        assert!(chosen.join("processed_files.txt").is_file());
        window.press("Images");
        window.wait_for("the saved images", |window| window.tabs().images.order.len() == 3);
    }
    assert!(!suggested.exists(), "a folder that was not chosen is not made");
    assert_eq!(content(&shipped(&bench)), before, "the samples are only read");

    // The answer is remembered.
    let mut window = Window::ready(first_start(&bench));
    window.stream();
    window.wait_for_text("Nothing new: all 3 images were sent before");
}

#[test]
fn a_benchmark_asks_too_and_a_given_folder_is_not_asked_for() {
    let bench = Bench::new();
    ship_samples(&bench);
    let mut window = Window::ready_with(first_start(&bench), |settings| settings.shared.tab = Tab::Benchmark);
    window.press("Start");
    assert!(window.has("Where to save") && !window.session().run.is_running());
    drop(window);
    let options = WindowOptions { work_dir: Some(bench.work()), ..first_start(&bench) };
    // The tab is remembered.
    let mut window = Window::ready_with(options, |settings| settings.shared.tab = Tab::Stream);
    window.stream();
    assert!(bench.work().join("output_images").join("sample-0.png").is_file());
}

#[test]
fn a_folder_that_was_chosen_before_is_kept() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(first_start(&bench), |settings| {
        settings.shared.folder = Some(bench.input());
        settings.shared.work_dir = Some(bench.work());
    });
    window.stream();
    bench.assert_all_saved(2);
}

#[test]
fn without_shipped_samples_they_are_made_in_the_users_data_folder() {
    let bench = Bench::new();
    let own = bench.folder.path().join("data").join("Labeled_Images");
    let samples = SampleFolders { own: Some(own.clone()), ..first_start(&bench).samples };
    let mut window = Window::open(WindowOptions { samples, ..first_start(&bench) });
    window.wait_for_text("No folder of images yet");
    assert!(!own.exists(), "nothing is made unasked");
    window.press("Use the sample images");
    window.wait_for_text("Making the sample images");
    window.wait_for("the first one", |_| own.join("2024-09-10.png").is_file());
    window.press("Start");
    assert!(window.has("The sample images are still being made"));
    window.press("Cancel making them");
    window.wait_for_text("No folder of images yet");
    assert!(!shipped(&bench).exists());
}

/// As the documents promise: the first images that a person sees have their boxes.
#[test]
fn the_samples_are_sent_with_their_boxes() {
    let bench = Bench::new();
    std::fs::create_dir_all(shipped(&bench)).unwrap();
    for name in ["2024-09-10.png", "_annotations.coco.json"] {
        std::fs::copy(crate::bench::samples().join(name), shipped(&bench).join(name)).unwrap();
    }
    let options = WindowOptions { work_dir: Some(bench.work()), ..first_start(&bench) };
    let mut window = Window::ready(options);
    assert_eq!(window.control("Labels").value().as_deref(), Some("COCO file"));
    window.stream();
    let records = std::fs::read_to_string(bench.work().join("image_records.csv")).unwrap();
    assert!(records.contains("[{") || records.contains("label"), "{records}");
    // Another choice for the same folder stays.
    window.choose("Labels", "file name");
    window.wait_for("it is looked through again", |window| window.session().folder.survey.finished);
    assert_eq!(window.control("Labels").value().as_deref(), Some("file name"));
}
