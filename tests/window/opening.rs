//! Folders and files that are given at the start, by a later start of the program, or dropped onto the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{DroppedFile, DroppedFileHandle};
use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench_core::report::html::html;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::files;
use kafka_image_bench_core::verdict::metric::Margin;

use crate::bench::{Bench, image_name, png};
use crate::results::keep_fixture;
use crate::window::Window;

/// A folder of a few images beside the one that is remembered.
fn photos(bench: &Bench, name: &str, count: u32) -> PathBuf {
    let folder = bench.folder.path().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(image_name(number)), png(number + 40)).unwrap();
    }
    folder
}

/// Starts with these paths; the folder `input` is remembered.
fn start_with(bench: &Bench, paths: &[&Path]) -> Window {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let options = WindowOptions { folder: None, paths, ..bench.options() };
    Window::open_with(options, eframe::egui::vec2(1280.0, 800.0), |settings| {
        settings.shared.folder = Some(bench.input());
    })
}

fn chosen(window: &Window) -> Option<String> {
    window.tabs().images.chosen().map(|(_, entry)| entry.name.to_string())
}

#[test]
fn a_folder_is_opened_in_place_of_the_remembered_one() {
    let bench = Bench::with_images(2);
    let mut window = start_with(&bench, &[&photos(&bench, "photos", 3)]);
    window.wait_for_text("Folder: photos, 3 images");
    assert!(window.session().notices.banners.is_empty());
}

#[test]
fn images_open_their_folder_with_the_first_one_chosen() {
    let bench = Bench::with_images(2);
    let photos = photos(&bench, "photos", 5);
    let mut window = start_with(&bench, &[&photos.join(image_name(3)), &photos.join(image_name(1))]);
    window.wait_for_text("Folder: photos, 5 images");
    window.wait_for("the image", |window| chosen(window).as_deref() == Some(&image_name(3)));
    assert_eq!(window.session().settings.tab, Tab::Images);
    window.wait_for_text(&format!("Image {}", image_name(3)));
}

#[test]
fn what_does_not_exist_is_named_and_the_remembered_folder_opens() {
    let bench = Bench::with_images(2);
    let missing = bench.folder.path().join("gone").join("photos");
    let mut window = start_with(&bench, &[&missing]);
    window.wait_for_text("It cannot be opened");
    assert!(window.says(&format!("There is no such file or folder: {}", missing.display())));
    window.wait_for_text("Folder: input, 2 images");
}

#[test]
fn results_and_reports_open_in_results() {
    let bench = Bench::with_images(2);
    keep_fixture(&bench, "kept", |_| {});
    let kept = bench.runs().join("kept.json");
    let elsewhere = bench.folder.path().join("elsewhere.json");
    std::fs::copy(&kept, &elsewhere).unwrap();
    let report = bench.folder.path().join("report.html");
    let page = html(&files::read(&kept).unwrap(), None, Margin::default(), Axes::default());
    std::fs::write(&report, page).unwrap();
    for path in [&elsewhere, &report] {
        let mut window = start_with(&bench, &[path]);
        window.wait_for("the results", |window| {
            window.tabs().results.shown().is_some() && window.session().settings.tab == Tab::Results
        });
        window.wait_for_text("Folder: input, 2 images");
    }
    let mut window = start_with(&bench, &[&bench.input().join("notes.html")]);
    window.wait_for_text("It cannot be opened");
}

#[test]
fn what_is_dropped_is_opened() {
    let bench = Bench::with_images(2);
    let photos = photos(&bench, "photos", 3);
    let mut window = Window::ready(bench.options());
    window.harness.input_mut().dropped_files.push(dropped(&photos.join(image_name(2))));
    window.wait_for_text("Folder: photos, 3 images");
    window.wait_for("the image", |window| chosen(window).as_deref() == Some(&image_name(2)));
    window.harness.input_mut().dropped_files.push(dropped(&bench.input()));
    window.wait_for_text("Folder: input, 2 images");
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn dropped(path: &Path) -> DroppedFileHandle {
    Arc::new(Dropped(path.to_owned()))
}

#[test]
fn another_folder_does_not_disturb_a_run() {
    let bench = Bench::with_images(60);
    let photos = photos(&bench, "photos", 3);
    let mut window = Window::ready(bench.options());
    window.set("Rate limit", 60.0);
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 5);
    window.session_mut().open_paths(vec![photos]);
    window.wait_for_text("Folder: photos, 3 images");
    assert!(window.session().run.is_running());
    let texts: Vec<&str> = window.session().notices.history.newest_first().map(|past| &*past.title).collect();
    assert!(texts.contains(&"Opened photos. The run continues with the folder that it began with"), "{texts:?}");
    window.wait_for_end();
    bench.assert_all_saved(60);
}

/// A real second process, and this window as the first one.
#[cfg(target_os = "linux")]
mod second_process {
    use std::process::{Command, Output};

    use eframe::egui::{ViewportCommand, ViewportId};
    use kafka_image_bench::gui::instance::{InstancePlace, Start, start};
    use kafka_image_bench_core::broker::DataPlace;

    use super::*;

    struct First {
        bench: Bench,
        window: Window,
    }

    impl First {
        fn open(images: u32) -> Self {
            let bench = Bench::with_images(images);
            let data = DataPlace::Directory(bench.folder.path().join("data"));
            let folder = bench.folder.path().join("runtime").join("kafka-image-bench");
            let place = InstancePlace::in_folder(folder, &data, None, None).unwrap();
            let Start::First(starts) = start(place, &[], false).unwrap() else { panic!("there is another window") };
            let mut window = Window::ready(WindowOptions { data, ..bench.options() });
            starts.wake(&window.harness.ctx);
            window.harness.state_mut().later_starts = Some(starts);
            Self { bench, window }
        }

        fn start_again(&self, arguments: &[&str]) -> Output {
            let root = self.bench.folder.path();
            let mut second = Command::new(env!("CARGO_BIN_EXE_kafka-image-bench"));
            second.env_remove("KAFKA_BOOTSTRAP_SERVERS").env("XDG_STATE_HOME", root).current_dir(root);
            second.env("XDG_RUNTIME_DIR", root.join("runtime")).args(["--data", "data"]).args(arguments);
            second.output().unwrap()
        }
    }

    #[test]
    fn a_second_start_opens_its_folder_in_the_first_window_and_brings_it_to_the_front() {
        let mut first = First::open(2);
        photos(&first.bench, "photos & more", 3);
        let second = first.start_again(&["photos & more"]);
        let stderr = String::from_utf8(second.stderr).unwrap();
        assert!(second.status.success() && stderr.contains("--new-window"), "{stderr}");
        let mut commands = Vec::new();
        first.window.wait_for("the folder", |window| {
            let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
            commands.extend(output.commands.iter().cloned());
            window.says("Folder: photos & more, 3 images")
        });
        assert!(commands.contains(&ViewportCommand::Focus), "{commands:?}");
        assert!(commands.contains(&ViewportCommand::Minimized(false)), "{commands:?}");
        // Without a folder it only comes to the front.
        assert!(first.start_again(&[]).status.success());
        first.window.wait_for("the front", |window| {
            window.harness.output().viewport_output[&ViewportId::ROOT].commands.contains(&ViewportCommand::Focus)
        });
        assert!(first.window.says("Folder: photos & more, 3 images"));
        let file = format!("file://{}/photos%20%26%20more/{}", first.bench.folder.path().display(), image_name(1));
        assert!(first.start_again(&[&file]).status.success());
        first.window.wait_for("the image", |window| chosen(window).as_deref() == Some(&image_name(1)));
    }

    #[test]
    fn a_second_start_after_the_first_window_has_closed_opens_its_own() {
        let mut first = First::open(2);
        first.window.end();
        let mut second = Command::new(env!("CARGO_BIN_EXE_kafka-image-bench"));
        let root = first.bench.folder.path();
        second
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("XDG_STATE_HOME", root);
        second.env("XDG_RUNTIME_DIR", root.join("runtime")).arg("--data").arg(root.join("data"));
        let second = second.output().unwrap();
        // It wants a window, and has no display here.
        assert_eq!(second.status.code(), Some(2));
    }
}
