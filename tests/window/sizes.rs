//! What is visible in windows of different sizes.

use eframe::egui::{Event, Modifiers, MouseWheelUnit, Rect, TouchPhase, Vec2, pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use kafka_image_bench::gui::settings::Tab;

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

const SMALL: Vec2 = vec2(960.0, 600.0);

/// The position of the last label with this text.
#[track_caller]
fn label(window: &Window, text: &str) -> Rect {
    let found = window.harness.query_all_by_label(text);
    let found: Vec<_> =
        found.filter(|node| node.accesskit_node().role() == eframe::egui::accesskit::Role::Label).collect();
    found.last().unwrap_or_else(|| panic!("no label {text}")).rect()
}

#[test]
fn the_result_columns_of_a_benchmark_are_in_sight_in_a_small_window() {
    let bench = Bench::with_images(4);
    let mut window = Window::open_with(bench.options(), SMALL, |settings| settings.shared.tab = Tab::Benchmark);
    window.wait_for_text("5 of 5 ticked, 15 runs");
    for heading in ["State", "images/s", "p99", "batch.size", "linger.ms"] {
        let rect = label(&window, heading);
        assert!(rect.left() > 256.0 && rect.right() < SMALL.x, "{heading}: {rect:?}");
    }
    let copy = window.control("Duplicate row 1").rect();
    assert!(copy.left() > SMALL.x, "the fixture needs a column that is out of sight");
    let over = label(&window, "batch.size");
    scroll(&mut window, over, vec2(-3_000.0, 0.0));
    let state = label(&window, "State");
    assert!(state.left() > 256.0 && state.right() < SMALL.x, "it stays in sight: {state:?}");
    let copy = window.control("Duplicate row 1").rect();
    assert!(copy.right() < SMALL.x, "it can be scrolled to: {copy:?}");
}

#[test]
fn names_of_results_stay_in_sight_while_figures_are_scrolled() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window = Window::open_with(bench.options(), SMALL, |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    // The table is below the first charts.
    let page = Rect::from_center_size(pos2(SMALL.x - 100.0, SMALL.y - 150.0), Vec2::ZERO);
    scroll(&mut window, page, vec2(0.0, -200.0));
    let names = window.control("Sort by Configuration").rect();
    for heading in ["images/s", "MB/s", "p50"] {
        let rect = window.control(&format!("Sort by {heading}")).rect();
        assert!(rect.left() > names.right() && rect.right() < SMALL.x, "{heading}: {rect:?}");
    }
    let last = window.control("Sort by late p99").rect();
    assert!(last.left() > SMALL.x, "the fixture needs a column that is out of sight");
    let rect = window.control("Sort by images/s").rect();
    assert!(rect.bottom() < SMALL.y, "the table is in sight: {rect:?}");
    scroll(&mut window, rect, vec2(-3_000.0, 0.0));
    let last = window.control("Sort by late p99").rect();
    assert!(last.right() < SMALL.x && last.left() > 256.0, "{last:?}");
    assert_eq!(window.control("Sort by Configuration").rect(), names);
}

#[test]
fn charts_take_more_of_a_large_window() {
    let bench = Bench::with_images(4);
    let height = |size: Vec2| {
        let mut window = Window::open_with(bench.options(), size, |settings| settings.shared.tab = Tab::Stream);
        window.wait_for_text("Folder: input, 4 images");
        window.harness.get_by_label_contains("Chart: Lag, images").rect().height()
    };
    let (usual, large, larger) =
        (height(vec2(1280.0, 800.0)), height(vec2(1920.0, 1080.0)), height(vec2(3840.0, 2160.0)));
    assert!(large > usual * 1.2 && larger > large * 1.5, "{usual} {large} {larger}");
}

fn scroll(window: &mut Window, over: Rect, delta: Vec2) {
    window.harness.hover_at(over.center());
    window.settle();
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta,
        phase: TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    // Scrolling is animated over some frames.
    window.harness.run_steps(20);
    window.harness.remove_cursor();
    window.settle();
}
