//! The rows of a benchmark: undone and redone, kept as sets, exchanged with spreadsheets; their results beside their settings, and
//! what was found so far.

use eframe::egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use kafka_image_bench::gui::benchmark::Row;
use kafka_image_bench::gui::settings::Tab;

use crate::bench::Bench;
use crate::window::Window;

fn open(bench: &Bench) -> Window {
    Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark)
}

fn rows(window: &Window) -> Vec<Row> {
    window.tabs().benchmark.settings.rows.clone()
}

#[test]
fn changes_of_rows_are_undone_and_redone() {
    let bench = Bench::with_images(2);
    let mut window = open(&bench);
    let before = rows(&window);
    assert!(!window.has_control("Undo") && !window.has_control("Redo"));
    window.set("linger.ms, row 1", 7.0);
    window.press("Take part: row 2");
    window.press("Add row");
    let after = rows(&window);
    for _ in 0..3 {
        window.key_with(Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(rows(&window), before);
    assert!(!window.has_control("Undo") && window.has_control("Redo"));
    window.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(rows(&window)[0].configuration.linger_ms, 7.0);
    window.press("Redo");
    window.press("Redo");
    assert_eq!(rows(&window), after);
    assert!(window.has_control("Undo") && !window.has_control("Redo"));
}

#[test]
fn rows_are_kept_as_named_sets() {
    let bench = Bench::with_images(2);
    {
        let mut window = open(&bench);
        window.press("Sets");
        window.press("Save these rows as a set…");
        window.fill("Name of the set", &"x".repeat(61));
        assert!(window.says("A name has at most 60 characters, not 61"));
        assert!(window.control("Save").accesskit_node().is_disabled());
        window.fill("Name of the set", "Standard");
        window.press("Save");
    }
    let mut window = open(&bench);
    let standard = rows(&window);
    window.press("Presets");
    window.press("Compression");
    assert_ne!(rows(&window), standard);
    window.press("Sets");
    window.press("Save these rows as a set…");
    window.fill("Name of the set", "Standard");
    assert!(window.says("Replaces the set of this name, which has 5 rows") && window.has_control("Replace"));
    window.fill("Name of the set", "By compression");
    window.press("Save");
    window.press("Sets");
    window.press("Use set Standard");
    assert_eq!(rows(&window), standard);
    window.press("Undo");
    assert_ne!(rows(&window), standard, "taking a set is a change of the rows");
    window.press("Sets");
    window.press("Rename set By compression");
    window.fill("Name of the set", "Standard");
    assert!(window.says("There is a set of this name") && window.control("Rename").accesskit_node().is_disabled());
    window.fill("Name of the set", "Codecs");
    window.press("Rename");
    window.press("Sets");
    assert!(window.has_control("Use set Codecs") && !window.has_control("Use set By compression"));
    window.press("Delete set Codecs");
    assert!(window.says("Delete Codecs for good?"));
    window.press("Delete the set for good");
    let names: Vec<&str> = window.tabs().benchmark.settings.sets.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["Standard"]);
}

#[test]
fn rows_are_pasted_from_a_spreadsheet_or_not_at_all() {
    let bench = Bench::with_images(2);
    let mut window = open(&bench);
    let before = rows(&window);
    window.harness.event(Event::Paste("batch.size\tlinger.ms\tspeed\n131,072\tsoon\t1\n".to_owned()));
    window.settle();
    assert!(window.says("row 1, column 3: there is no field speed"), "{}", window.texts().join("\n"));
    assert!(window.says("row 2, column 2: linger.ms cannot be \"soon\""));
    assert!(window.control("Take the rows").accesskit_node().is_disabled());
    window.fill("Rows from a spreadsheet", "batch.size\tlinger.ms\tcompression.type\n131,072\t0.5\tlz4\n16384\t\t\n");
    assert!(window.has("2 rows"));
    assert_eq!(rows(&window), before, "nothing is taken before it is asked for");
    window.press("Take the rows");
    let pasted = rows(&window);
    assert_eq!((pasted.len(), pasted[0].configuration.batch_size_bytes), (2, 131_072));
    assert_eq!((pasted[0].configuration.linger_ms, pasted[1].configuration.linger_ms), (0.5, 5.0));
    assert!(pasted.iter().all(|row| row.ticked) && window.has("2 of 2 ticked, 6 runs"));
    window.press("Spreadsheet");
    window.press("Paste rows…");
    window.press("Keep the existing rows");
    window.fill("Rows from a spreadsheet", "1000,0,none");
    window.press("Take the rows");
    assert_eq!(rows(&window).len(), 3);
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.key_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(rows(&window), before);
    window.press("Spreadsheet");
    window.press("Copy the rows");
}

#[test]
fn the_result_of_a_row_is_beside_its_settings_and_the_order_so_far_is_shown() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        (benchmark.by_time, benchmark.images, benchmark.warmup_s, benchmark.repeats) = (false, 60, 0.0, 3);
        benchmark.pace = kafka_image_bench::gui::benchmark::PaceChoice::Fixed;
        benchmark.rate_images_per_s = 120.0;
        benchmark.rows.truncate(2);
    });
    window.press("Start");
    window
        .wait_for("the place of the order", |window| window.has("So far, by images/s") || window.has("So far, by p99"));
    window.wait_for("the order", |window| window.says("1. ") && window.says("2. "));
    assert!(
        window.says(", undecided") || window.says("fastest") || window.says("as fast"),
        "{}",
        window.texts().join("\n")
    );
    window.harness.set_size(vec2(960.0, 600.0));
    window.settle();
    window.press("Order so far");
    assert!(window.says("1. ") && !window.has("Throughput now, images/s"));
    window.press("This run");
    window.wait_for_end();
    window
        .wait_for("both are measured", |window| window.texts().iter().filter(|text| *text == "measured").count() == 2);
    // Scrolled as far as it goes, the results are where they were.
    for name in ["State", "p99", "linger.ms"] {
        let rect = window.harness.get_all_by_label(name).last().unwrap().rect();
        assert!(rect.left() >= 256.0 && rect.right() <= 960.0, "{name} at {rect:?}");
    }
    let place = window.harness.get_all_by_label("State").last().unwrap().rect();
    window.harness.hover_at(eframe::egui::pos2(900.0, place.bottom() + 40.0));
    window.harness.event(Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: vec2(-2_000.0, 0.0),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(12);
    assert_eq!(window.harness.get_all_by_label("State").last().unwrap().rect(), place);
}

#[test]
fn the_time_is_known_after_a_benchmark_and_a_range_before() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        (benchmark.by_time, benchmark.seconds, benchmark.warmup_s, benchmark.repeats) = (true, 0.5, 0.0, 2);
        benchmark.rows.truncate(1);
    });
    let time = window.tabs_mut().benchmark.time_text().unwrap();
    assert!(time.contains(" to "), "{time}");
    assert!(window.says(" to ") && window.says(": 1 configuration × 2 repeats"));
    window.press("Start");
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    // How exactly it is known depends on how much the runs differed.
    window.wait_for("the time that it took", |window| {
        window.tabs_mut().benchmark.time_text().is_some_and(|known| known != time)
    });
    assert!(window.says(": 1 configuration × 2 repeats"));
}
