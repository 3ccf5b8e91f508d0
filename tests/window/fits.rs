//! No text of any tab is cut off or lies over another one, from 960 × 600 to 3840 × 2160 pixels and at scales from 1 to 3. The
//! rectangles are those that egui painted.

use eframe::egui::epaint::{ClippedShape, TextShape};
use eframe::egui::{Modifiers, Rect, Shape, Vec2, ViewportId, vec2};
use kafka_image_bench::gui::image_source::ImageSource;
use kafka_image_bench::gui::images::{Captions, GroupBy};
use kafka_image_bench::gui::settings::{Tab, ThemeChoice};

use crate::bench::{Bench, image_name};
use crate::chart_views::drag;
use crate::charts::chart;
use crate::results::keep_fixture;
use crate::window::Window;

/// Width and height in pixels, and the scale.
const SIZES: [(f32, f32, f32); 9] = [
    (960.0, 600.0, 1.0),
    (1280.0, 800.0, 1.0),
    (1366.0, 768.0, 1.0),
    (1920.0, 1080.0, 1.0),
    (1920.0, 1200.0, 2.0),
    (2560.0, 1440.0, 1.25),
    (2880.0, 1800.0, 3.0),
    (3840.0, 2160.0, 1.0),
    (3840.0, 2160.0, 3.0),
];
/// Letters have room above and below them that others may use.
const SLACK: f32 = 1.5;
/// A part of the window that is higher, or wider, can be scrolled.
const LINES_HEIGHT: f32 = 60.0;
const LINES_WIDTH: f32 = 300.0;
/// So many texts at the same edge are a column.
const COLUMN_ROWS: usize = 3;

/// A text as it was painted.
pub struct Painted {
    pub text: String,
    /// Of its letters.
    pub rect: Rect,
    clip: Rect,
    /// Its place in the order of painting.
    order: usize,
}

impl Painted {
    fn seen(&self) -> Rect {
        self.rect.intersect(self.clip)
    }
}

fn collect(shape: &Shape, clip: Rect, order: usize, found: &mut Vec<Painted>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, order, found)),
        Shape::Text(text) => found.push(painted(text, clip, order)),
        _ => {}
    }
}

fn painted(text: &TextShape, clip: Rect, order: usize) -> Painted {
    Painted { text: text.galley.text().to_owned(), rect: text.visual_bounding_rect(), clip, order }
}

pub fn texts(window: &Window) -> Vec<Painted> {
    let mut found = Vec::new();
    for (order, ClippedShape { clip_rect, shape, .. }) in window.harness.output().shapes.iter().enumerate() {
        collect(shape, *clip_rect, order, &mut found);
    }
    found.retain(|one| !one.text.trim().is_empty() && one.rect.is_positive());
    found
}

/// What is cut off. What can be scrolled is not: a part that is high scrolls up and down, and shares its edges with the rows
/// in it; one that is wide scrolls sideways if a text lies beyond the edge that cuts, or a column is cut.
fn cut(all: &[Painted], screen: Rect) -> Vec<String> {
    let is_at_edge = |at: f32, edge: fn(Rect) -> f32| {
        all.iter().any(|other| other.clip.height() > LINES_HEIGHT && (edge(other.clip) - at).abs() < 1.0)
    };
    let cut_sideways = |one: &Painted| one.rect.shrink(SLACK).right() > one.clip.intersect(screen).right();
    let is_scrolled = |clip: Rect| {
        let in_it = || all.iter().filter(|other| other.clip == clip);
        in_it().any(|other| other.rect.left() >= clip.right() || other.rect.right() <= clip.left())
            || (clip.width() > LINES_WIDTH && in_it().filter(|other| cut_sideways(other)).count() >= COLUMN_ROWS)
    };
    let mut problems = Vec::new();
    for one in all {
        let (rect, clip) = (one.rect.shrink(SLACK), one.clip.intersect(screen));
        if !clip.is_positive() || !rect.intersects(clip) || clip.contains_rect(rect) {
            continue;
        }
        let sideways = (rect.right() > clip.right() || rect.left() < clip.left()) && !is_scrolled(one.clip);
        let below = rect.bottom() > clip.bottom() && !is_at_edge(clip.bottom(), |clip| clip.bottom());
        let above = rect.top() < clip.top() && !is_at_edge(clip.top(), |clip| clip.top());
        if sideways || below || above {
            problems.push(format!("cut off: {:?} at {:?} in {:?}", one.text, one.rect, one.clip));
        }
    }
    problems
}

fn overlapping(all: &[Painted], screen: Rect) -> Vec<String> {
    let seen: Vec<(&Painted, Rect)> = all
        .iter()
        .map(|one| (one, one.seen().intersect(screen).shrink(SLACK)))
        .filter(|(_, rect)| rect.is_positive())
        .collect();
    let mut problems = Vec::new();
    for (index, (one, rect)) in seen.iter().enumerate() {
        for (other, other_rect) in &seen[index + 1..] {
            let shared = rect.intersect(*other_rect);
            // A field paints its text twice, at the same place.
            let is_same = one.text == other.text && one.rect == other.rect;
            if shared.is_positive() && one.order != other.order && !is_same {
                problems.push(format!("over each other: {:?} and {:?} at {shared:?}", one.text, other.text));
            }
        }
    }
    problems
}

/// The texts of a dialog, which lies over the rest of the window.
fn texts_of_dialog(window: &Window) -> Vec<Painted> {
    let screen = window.harness.ctx.content_rect();
    let covers =
        |shape: &ClippedShape| matches!(&shape.shape, Shape::Rect(one) if one.rect.contains_rect(screen.shrink(1.0)));
    let backdrop = window.harness.output().shapes.iter().rposition(covers).expect("no dialog is open");
    let mut found = texts(window);
    found.retain(|one| one.order > backdrop);
    found
}

/// Looks at the window at all sizes.
#[track_caller]
fn assert_fits(window: &mut Window, what: &str) {
    assert_all_fit(window, what, texts);
}

#[track_caller]
fn assert_all_fit(window: &mut Window, what: &str, texts: fn(&Window) -> Vec<Painted>) {
    let mut problems = Vec::new();
    for (width, height, scale) in SIZES {
        let size: Vec2 = vec2(width, height) / scale;
        let input = window.harness.input_mut();
        input.screen_rect = Some(Rect::from_min_size(Default::default(), size));
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
        window.harness.run_steps(6);
        let all = texts(window);
        assert!(all.len() > 20, "{what}: only {} texts", all.len());
        let screen = Rect::from_min_size(Default::default(), size);
        let found = cut(&all, screen).into_iter().chain(overlapping(&all, screen));
        problems.extend(found.map(|problem| format!("{width} × {height} at {scale}: {problem}")));
    }
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}

fn window_of(bench: &Bench, tab: Tab) -> Window {
    Window::ready_with(bench.options(), |settings| {
        (settings.shared.tab, settings.shared.theme) = (tab, ThemeChoice::Dark);
        settings.images.source = ImageSource::Input;
    })
}

#[test]
fn stream_fits_before_and_after_a_run() {
    let bench = Bench::with_images(12);
    std::fs::write(bench.input().join("notes.txt"), "no image").unwrap();
    let labels = bench.folder.path().join("labels.csv");
    std::fs::write(&labels, format!("file,label\n{},cat\n{},dog\n", image_name(0), image_name(1))).unwrap();
    let mut window = window_of(&bench, Tab::Stream);
    window.wait_for("the next start was looked at", |window| window.tabs().stream.outline().is_some());
    assert_fits(&mut window, "before a run");
    let settings = &mut window.tabs_mut().stream.settings;
    settings.labels = kafka_image_bench::gui::stream::LabelChoice::Csv;
    settings.label_path = Some(labels);
    window.stream();
    window.wait_for("the latest images", |window| window.session().thumbnails.is_idle());
    assert_fits(&mut window, "after a run");
    let rect = chart(&window, "Throughput, images/s");
    drag(&mut window, rect, 0.2, 0.8, Modifiers::NONE);
    assert!(window.has_control("Reset zoom"));
    assert_fits(&mut window, "after a run, zoomed");
    show_tables(&mut window);
    assert_fits(&mut window, "after a run, as tables");
    window.press("Earlier streams");
    window.wait_for("the kept stream", |window| window.tabs().results.streams.shown.is_some());
    assert_fits(&mut window, "a kept stream");
}

#[test]
fn images_fit() {
    let bench = Bench::with_images(12);
    let mut window = window_of(&bench, Tab::Images);
    window.wait_for("the images", |window| window.has_control(&image_name(0)));
    assert_fits(&mut window, "the sheet");
    window.press(&image_name(2));
    window.wait_for("the chosen one", |window| window.has("SHA-256"));
    assert_fits(&mut window, "an image");
    window.key(eframe::egui::Key::Enter);
    window.wait_for("the whole tab", |window| window.has_control("Image 3 of 12, image-0002.png"));
    assert_fits(&mut window, "an image in the whole tab");
    window.key(eframe::egui::Key::Escape);
    window.key(eframe::egui::Key::Escape);
    let settings = &mut window.tabs_mut().images.settings;
    (settings.group, settings.captions, settings.keeps_aspect) = (GroupBy::Folder, Captions::Both, true);
    window.wait_for("the group", |window| window.has("In no folder"));
    window.key_with(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
    window.wait_for_text("12 selected");
    assert_fits(&mut window, "a grouped sheet with a selection");
}

#[test]
fn benchmark_and_log_fit() {
    let bench = Bench::with_images(4);
    for tab in [Tab::Benchmark, Tab::Log] {
        let mut window = window_of(&bench, tab);
        assert_fits(&mut window, &format!("{tab:?}"));
    }
}

#[test]
fn topics_and_groups_fit() {
    let bench = Bench::with_images(12);
    let mut window = window_of(&bench, Tab::Stream);
    window.stream();
    window.press("Topics");
    window.press("Refresh");
    window.wait_for("the topic", |window| window.has_control("image-data"));
    assert_fits(&mut window, "topics");
    window.press("image-data");
    window.wait_for("the records", |window| !window.controls("Record ").is_empty());
    window.wait_for("the timeline", |window| !window.controls("Jump to ").is_empty());
    assert_fits(&mut window, "records");
    let record = window.controls("Record ").remove(0);
    window.press(&record);
    window.wait_for("its image", |window| window.says("Image of Record"));
    assert_fits(&mut window, "a record");
    window.press("Hex");
    assert_fits(&mut window, "a record in hexadecimal");
    window.press("Consumer groups");
    window.wait_for("the group", |window| window.has("empty") && window.has("0"));
    assert_fits(&mut window, "groups");
    let group = window.tabs().stream.settings.group.clone();
    window.press(&group);
    window.wait_for_text("0 records behind");
    assert_fits(&mut window, "a group");
}

#[test]
fn results_fit() {
    let bench = Bench::new();
    keep_fixture(&bench, "On-eight-cores", |_| {});
    keep_fixture(&bench, "With-a-longer-name-than-has-room", |results| {
        results.started_at = "2025-12-01T00:00:00Z".to_owned();
    });
    let mut window = window_of(&bench, Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    assert_fits(&mut window, "results");
    window.press("Overlay run On eight cores");
    window.press("Overlay run With a longer name than has room");
    window.press("Pin run With a longer name than has room as the baseline");
    window.wait_for("the charts of both", |window| window.says("Throughput by run, images/s, "));
    window.wait_for("the difference", |window| window.says("Against the baseline: "));
    assert_fits(&mut window, "results over each other");
    window.press("Clear the overlay");
    show_tables(&mut window);
    assert_fits(&mut window, "results as tables");
}

/// Shows all charts as tables.
fn show_tables(window: &mut Window) {
    let buttons: Vec<String> =
        window.controls("Show ").into_iter().filter(|name| name.ends_with(" as table")).collect();
    assert!(buttons.len() >= 3, "{buttons:?}");
    for button in buttons {
        window.press_hidden(&button);
    }
}

#[test]
fn the_connection_and_the_commands_fit() {
    let bench = Bench::with_images(4);
    let mut window = window_of(&bench, Tab::Stream);
    window.open_new_connection();
    window.choose("Security protocol", "sasl_ssl");
    window.choose("Preset", "Amazon MSK, SCRAM");
    window.fill("Bootstrap servers", "127.0.0.1:1");
    window.fill("User", "alice");
    window.fill("Password", "geheim");
    window.press("Test connection");
    window.wait_for_text("Nothing is listening at that address: 127.0.0.1:1");
    assert_all_fit(&mut window, "a connection", texts_of_dialog);
    window.key(eframe::egui::Key::Escape);
    window.key(eframe::egui::Key::Escape);
    window.key_with(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::K);
    window.wait_for("the commands", |window| window.has_control("Search commands"));
    assert_all_fit(&mut window, "the commands", texts_of_dialog);
}

#[test]
fn what_does_not_fit_is_found() {
    let rect = |left: f32, top: f32| Rect::from_min_size([left, top].into(), vec2(50.0, 12.0));
    let screen = Rect::from_min_size(Default::default(), vec2(200.0, 100.0));
    let text = |left: f32, top: f32, order: usize| Painted {
        text: order.to_string(),
        rect: rect(left, top),
        clip: Rect::from_min_size(Default::default(), vec2(100.0, 100.0)),
        order,
    };
    let (whole, cut_off, beyond) = (text(0.0, 0.0, 0), text(70.0, 30.0, 1), text(120.0, 30.0, 2));
    assert!(cut(&[whole], screen).is_empty());
    assert_eq!(cut(&[text(0.0, 0.0, 0), text(70.0, 30.0, 1)], screen).len(), 1);
    assert!(cut(&[cut_off, beyond], screen).is_empty(), "it can be scrolled to");
    assert_eq!(overlapping(&[text(0.0, 0.0, 0), text(40.0, 6.0, 1)], screen).len(), 1);
    assert!(overlapping(&[text(0.0, 0.0, 0), text(0.0, 12.0, 1)], screen).is_empty());
}
