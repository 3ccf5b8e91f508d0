use eframe::egui::Key;
use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench_core::broker::DataPlace;

use crate::bench::{Bench, samples};
use crate::window::Window;

#[test]
fn first_launch_to_a_finished_stream_and_again() {
    let bench = Bench::new();
    let mut window = Window::open(WindowOptions {
        // No folder is remembered or given: the samples are chosen.
        folder: None,
        data: DataPlace::Directory(bench.folder.path().join("data")),
        ..bench.options()
    });
    assert!(window.has("Ready"), "the status line");
    window.wait_for_text("Broker: Embedded broker, ready");
    window.wait_for("the folder is looked through", |window| window.says("Folder: Labeled_Images, 192 images ·"));
    assert!(window.tile("Sent").starts_with("Sent: 0 images"));
    assert!(window.tile("Saved").contains("0 dead letters"));
    assert_eq!(window.tile("End-to-end latency"), "End-to-end latency: – , from sending to the saved file");

    window.press("Start");
    window.wait_for("images arrive", |window| window.saved() > 0);
    window.wait_for("the latest images are shown", |window| !window.controls("202").is_empty());
    window.wait_for_end();
    assert!(window.has("Finished"));
    window.wait_for_text("192 sent, 192 saved in ");
    assert!(window.tile("Sent").starts_with("Sent: 192 images"), "{}", window.tile("Sent"));
    assert!(window.tile("Saved").starts_with("Saved: 192 images"), "{}", window.tile("Saved"));
    assert!(window.tile("End-to-end latency").contains(" p50, p99 "), "{}", window.tile("End-to-end latency"));
    assert!(window.tile("Lag").starts_with("Lag: 0 images, nothing waits"));
    let saved = bench.saved();
    assert_eq!(saved.len(), 192);
    for (name, bytes) in &saved {
        assert!(*bytes == std::fs::read(samples().join(name)).unwrap(), "{name}");
    }
    bench.assert_rows_are_files();
    assert_eq!(bench.rows()[0], ("output_images/2024-09-10.png".to_owned(), "2024-09-10".to_owned()));

    window.stream();
    window.wait_for_text("Nothing new: all 192 images were sent before");
    assert_eq!(window.session().run.stream.acknowledged, 0);
    window.press("Send again");
    window.wait_for("it continues", |window| window.session().run.is_running());
    assert!(!window.says("Nothing new"));
    window.wait_for_end();
    window.wait_for_text("192 sent, 192 saved in ");
    assert_eq!(bench.saved().len(), 192);
    assert_eq!(bench.rows().len(), 192);
    // Clicking one of the latest images selects it in the tab Images.
    window.wait_for("the latest images", |window| !window.controls("202").is_empty());
    let name = window.controls("202")[0].clone();
    let annotation = name.split(", ").next().unwrap().to_owned();
    window.press_hidden(&name);
    window.wait_for_text(&format!("Image {annotation}.png"));
}

#[test]
fn without_a_folder_one_is_asked_for() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    assert!(window.says("Folder: input, 0 images"));
    window.session_mut().settings.folder = None;
    window.settle();
    assert!(window.has("No folder of images yet"));
    window.press("Start");
    assert!(window.has("Choose a folder of images first") && !window.session().run.is_running());
    window.press("Dismiss");
    assert!(!window.has("Choose a folder of images first"));
}

#[test]
fn a_folder_is_typed_and_its_names_are_shown_in_many_scripts() {
    let bench = Bench::with_images(3);
    let other = bench.folder.path().join("Füße 🚢 Причал");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(samples().join("2024-09-10.png"), other.join("Лодка №1.png")).unwrap();
    let mut window = Window::ready(bench.options());
    let chip = window.controls("Folder: input, 3 images").remove(0);
    window.press(&chip);
    window.fill("Folder path", &other.display().to_string());
    window.key(Key::Enter);
    window.wait_for_text("Folder: Füße 🚢 Причал, 1 image ·");
    window.stream();
    assert_eq!(bench.rows(), [("output_images/Лодка №1.png".to_owned(), "Лодка №1".to_owned())]);
    window.wait_for("it is shown", |window| window.controls("Лодка №1, ").len() == 1);
}

#[test]
fn capture_times_are_replayed_and_how_well_is_said() {
    let bench = Bench::with_images(6);
    let start = std::time::SystemTime::UNIX_EPOCH;
    for number in 0..6_u64 {
        let path = bench.input().join(crate::bench::image_name(number as u32));
        let file = std::fs::File::options().append(true).open(path).unwrap();
        file.set_modified(start + std::time::Duration::from_secs(10 * number)).unwrap();
    }
    let mut window = Window::ready(bench.options());
    window.choose("Pace", "replay");
    window.settle();
    assert!(!window.has_control("Rate limit"));
    window.set("Longest pause", 4.0);
    window.set("Speed", 10.0);
    window.press("Start");
    window.wait_for_text("6 images by capture time (6 by file time); the replay takes 5.0 s at speed 10");
    window.wait_for_end();
    window.wait_for_text("of their time");
    assert_eq!(window.saved(), 6);
    let report = window.session().run.last_stream.as_ref().unwrap();
    assert_eq!(report.snapshot.lateness.count, 6);
    assert!(!window.says("The replay takes"), "the run has ended");
    assert_eq!(window.tabs().stream.settings.load.replay_speed, 10.0);
}

#[test]
fn files_of_any_kind_are_counted_as_files() {
    let bench = Bench::with_images(2);
    std::fs::write(bench.input().join("notes.bin"), [1, 2, 3]).unwrap();
    let mut window = Window::open(bench.options());
    window.wait_for_text("Folder: input, 2 images");
    window.press("Any file");
    window.wait_for_text("Folder: input, 3 files");
}
