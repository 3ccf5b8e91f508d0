//! Pictures of every tab in both themes and at two sizes, from fixed data: what changes of itself is masked.
//! `UPDATE_SNAPSHOTS=1 cargo test --test window snapshots` renews them.

use std::path::Path;

use eframe::egui::{Rect, Vec2, vec2};
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::{Queryable, by};
use kafka_image_bench::gui::images::ImageSource;
use kafka_image_bench::gui::settings::{Tab, ThemeChoice};

use crate::bench::{Bench, samples};
use crate::results::keep_fixture;
use crate::window::Window;

const SIZES: [(&str, Vec2); 2] = [("wide", vec2(1280.0, 800.0)), ("small", vec2(960.0, 600.0))];
/// A few images of the samples.
const DAYS: u32 = 20;

fn pictures_of(tab: Tab, prepare: impl Fn(&Bench), ready: impl Fn(&mut Window)) {
    let bench = Bench::new();
    prepare(&bench);
    let name = format!("{tab:?}").to_lowercase();
    let mut failures = Vec::new();
    for (theme, choice) in [("dark", ThemeChoice::Dark), ("light", ThemeChoice::Light)] {
        for (size_name, size) in SIZES {
            let mut window = Window::open_with(bench.options(), size, |settings| {
                (settings.tab, settings.theme) = (tab, choice);
                settings.images.source = ImageSource::Input;
            });
            window.wait_for("the broker and the folder", |window| {
                window.has("Broker: Embedded broker, ready") && window.state().folder.survey.finished
            });
            ready(&mut window);
            window.harness.run_steps(4);
            mask_times(&mut window);
            failures.extend(compare(&mut window, &format!("{name}-{theme}-{size_name}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// When a run was made is told in the time zone of the machine.
fn mask_times(window: &mut Window) {
    let is_time = |text: &str| text.contains("2026-01-0");
    let rects: Vec<Rect> = window
        .harness
        .query_all(by().predicate(move |node| {
            node.role() == eframe::egui::accesskit::Role::Label
                && node.value().or(node.label()).is_some_and(|text| is_time(&text))
        }))
        .map(|node| node.rect())
        .collect();
    for rect in rects {
        window.harness.mask(rect);
    }
}

fn compare(window: &mut Window, name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/window/snapshots");
    let options = SnapshotOptions::new().output_path(folder);
    window.harness.try_snapshot_options(name, &options).err().map(|error| error.to_string())
}

fn copy_samples(bench: &Bench) {
    let mut days: Vec<_> = std::fs::read_dir(samples()).unwrap().map(|file| file.unwrap().path()).collect();
    days.retain(|path| path.extension().is_some_and(|ending| ending == "png"));
    days.sort();
    for path in days.into_iter().take(DAYS as usize) {
        std::fs::copy(&path, bench.input().join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn stream() {
    pictures_of(Tab::Stream, copy_samples, |_| {});
}

#[test]
fn images() {
    pictures_of(Tab::Images, copy_samples, |window| {
        window.wait_for("the images", |window| window.has_control("2024-09-10.png"));
        window.press("2024-09-12.png");
        window.wait_for("the chosen one", |window| window.has("SHA-256"));
        // Thumbnails come from threads: nothing waits any more when no frame is asked for.
        window.wait_for("the thumbnails", |window| window.state().thumbnails.is_idle());
    });
}

#[test]
fn benchmark() {
    pictures_of(Tab::Benchmark, copy_samples, |_| {});
}

#[test]
fn results() {
    let prepare = |bench: &Bench| {
        copy_samples(bench);
        keep_fixture(bench, "On eight cores", |_| {});
        keep_fixture(bench, "The day before", |results| "2026-01-01T03:04:05Z".clone_into(&mut results.started_at));
    };
    pictures_of(Tab::Results, prepare, |window| {
        window.wait_for("the run", |window| window.state().results.shown().is_some());
    });
}

#[test]
fn log() {
    pictures_of(Tab::Log, copy_samples, |_| {});
}
