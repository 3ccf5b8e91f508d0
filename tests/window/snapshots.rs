//! Pictures of every tab in both themes and at two sizes, from fixed data; variable parts are masked.
//! `UPDATE_SNAPSHOTS=1 cargo test --workspace --release --test window snapshots` updates them.

use std::path::Path;
use std::sync::Arc;

use eframe::egui::{Rect, Vec2, vec2};
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::{Queryable, by};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};
use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::image_source::ImageSource;
use kafka_image_bench::gui::settings::{Tab, ThemeChoice};
use kafka_image_bench_core::engine::dry_run::{LookedThrough, Outline, outline};
use kafka_image_bench_core::engine::plan::StreamPlan;
use kafka_image_bench_core::run::cancellation::Cancellation;

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

const SIZES: [(&str, Vec2); 2] = [("wide", vec2(1280.0, 800.0)), ("small", vec2(960.0, 600.0))];
const IMAGES: u32 = 20;

fn pictures_of(tab: Tab, prepare: impl Fn(&Bench), ready: impl Fn(&mut Window)) {
    let bench = Bench::new();
    prepare(&bench);
    let name = format!("{tab:?}").to_lowercase();
    let mut failures = Vec::new();
    for (theme, choice) in [("dark", ThemeChoice::Dark), ("light", ThemeChoice::Light)] {
        for (size_name, size) in SIZES {
            let options = WindowOptions { outline: on_a_known_disk, ..bench.options() };
            let mut window = Window::open_with(options, size, |settings| {
                (settings.shared.tab, settings.shared.theme) = (tab, choice);
                settings.images.source = ImageSource::Input;
            });
            window.wait_for("the broker and the folder", |window| {
                window.has("Broker: Embedded broker, ready") && window.session().folder.survey.finished
            });
            ready(&mut window);
            window.harness.run_steps(4);
            mask_times(&mut window);
            mask_paths(&mut window);
            failures.extend(compare(&mut window, &format!("{name}-{theme}-{size_name}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Free space differs from one moment to the next.
fn on_a_known_disk(
    plan: &StreamPlan,
    servers: Option<&str>,
    earlier: Option<Arc<LookedThrough>>,
    stop: &Cancellation,
) -> Result<Outline, String> {
    let found = outline(plan, servers, earlier, stop)?;
    Ok(Outline { free_bytes: Some(48_000_000_000), ..found })
}

/// The time of a run is shown in the time zone of the machine.
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

/// The names of a test's folders change with each run.
fn mask_paths(window: &mut Window) {
    let rects: Vec<Rect> = window
        .harness
        .query_all(by().predicate(|node| {
            node.role() == eframe::egui::accesskit::Role::TextInput && node.label().as_deref() == Some("Save to")
        }))
        .map(|node| node.rect())
        .collect();
    for rect in rects {
        window.harness.mask(rect);
    }
}

fn compare(window: &mut Window, name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/window/snapshots");
    let file = folder.join(format!("{name}.png"));
    let before = std::fs::read(&file).ok();
    let options = SnapshotOptions::new().output_path(folder);
    let problem = window.harness.try_snapshot_options(name, &options).err().map(|error| error.to_string());
    if std::fs::read(&file).ok() != before {
        squeeze(&file);
    }
    problem
}

/// Rewrites an updated picture as a smaller file.
fn squeeze(file: &Path) {
    let picture = image::open(file).unwrap().to_rgb8();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive);
    picture.write_with_encoder(encoder).unwrap();
    std::fs::write(file, bytes).unwrap();
}

/// Flat pictures, which give small snapshots.
fn draw_images(bench: &Bench) {
    for number in 0..IMAGES {
        let color = [40 + number as u8 * 9, 90, 220 - number as u8 * 8];
        let picture = RgbImage::from_fn(160, 120, |x, y| {
            Rgb(if (x / 40 + y / 40) % 2 == 0 { color } else { color.map(|channel| channel / 2) })
        });
        picture.save(bench.input().join(format!("boat-{number:02}.png"))).unwrap();
    }
}

#[test]
fn stream() {
    pictures_of(Tab::Stream, draw_images, |window| {
        window.wait_for("the next start was looked at", |window| window.tabs().stream.outline().is_some());
    });
}

#[test]
fn images() {
    pictures_of(Tab::Images, draw_images, |window| {
        window.wait_for("the images", |window| window.has_control("boat-00.png"));
        window.press("boat-02.png");
        window.wait_for("the chosen one", |window| window.has("SHA-256"));
        // Thumbnails come from threads: they are complete when no further frame is requested.
        window.wait_for("the thumbnails", |window| window.session().thumbnails.is_idle());
    });
}

#[test]
fn benchmark() {
    pictures_of(Tab::Benchmark, draw_images, |_| {});
}

#[test]
fn results() {
    let prepare = |bench: &Bench| {
        draw_images(bench);
        keep_fixture(bench, "On-eight-cores", |_| {});
        keep_fixture(bench, "The-day-before", |results| "2026-01-01T03:04:05Z".clone_into(&mut results.started_at));
    };
    pictures_of(Tab::Results, prepare, |window| {
        window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    });
}

#[test]
fn log() {
    pictures_of(Tab::Log, draw_images, |_| {});
}
