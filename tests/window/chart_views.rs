//! What a person does with charts: looks at a moment, zooms and goes back, hides lines, reads them as tables.

use eframe::egui::accesskit::Role;
use eframe::egui::accesskit::Toggled;
use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, OutputCommand, PointerButton, Pos2, Rect, TouchPhase, vec2};
use egui_kittest::kittest::{NodeT, Queryable, by};
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench_core::report::chart_tables;
use kafka_image_bench_core::report::scale::Axes;

use crate::bench::Bench;
use crate::charts::chart;
use crate::fits::texts;
use crate::results::keep_fixture;
use crate::window::Window;

const THROUGHPUT: &str = "Throughput, images/s";
const LATENCY: &str = "End-to-end latency";
const LAG: &str = "Lag, images";
const LAG_OVER_TIME: &str = "Lag over time, images";

/// The text that a chart reports to screen readers.
#[track_caller]
fn said(window: &Window, title: &str) -> String {
    let begin = format!("Chart: {title}.");
    let found = window.texts().into_iter().rfind(|text| text.starts_with(&begin));
    found.unwrap_or_else(|| panic!("no chart {title}: {:?}", window.texts()))
}

/// The part after `at `: the moment that a chart shows.
fn moment(window: &Window, title: &str) -> Option<String> {
    let said = said(window, title);
    Some(said.split_once(", at ")?.1.split(',').next()?.to_owned())
}

fn button(window: &mut Window, at: Pos2, pressed: bool, modifiers: Modifiers) {
    window.harness.event(Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers });
    window.harness.step();
}

/// Drags over a chart, between two parts of its width.
pub fn drag(window: &mut Window, rect: Rect, from: f32, to: f32, modifiers: Modifiers) {
    let place = |part: f32| Pos2::new(rect.left() + part * rect.width(), rect.center().y);
    window.harness.event(Event::ModifiersChanged(modifiers));
    window.harness.hover_at(place(from));
    window.harness.step();
    button(window, place(from), true, modifiers);
    for step in 1..=4 {
        window.harness.hover_at(place(from + (to - from) * step as f32 / 4.0));
        window.harness.step();
    }
    button(window, place(to), false, modifiers);
    window.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    window.harness.remove_cursor();
    window.settle();
}

fn wheel(window: &mut Window, at: Pos2, delta: f32, modifiers: Modifiers) {
    window.harness.hover_at(at);
    window.harness.step();
    window.harness.event(Event::ModifiersChanged(modifiers));
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, delta),
        phase: TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers,
    });
    window.harness.run_steps(20);
    window.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    window.harness.remove_cursor();
    window.settle();
}

fn streamed(bench: &Bench) -> Window {
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.rate_images_per_s = 60.0);
    window.stream();
    window.settle();
    window
}

#[test]
fn one_moment_is_shown_in_all_charts_of_a_stream() {
    let bench = Bench::with_images(120);
    let mut window = streamed(&bench);
    assert_eq!([THROUGHPUT, LATENCY, LAG].map(|title| moment(&window, title)), [None, None, None]);
    // The one in the middle: those before it follow too.
    let rect = chart(&window, LATENCY);
    window.harness.hover_at(rect.center());
    window.settle();
    let shown = moment(&window, LATENCY);
    assert!(shown.as_ref().is_some_and(|at| at.ends_with(" s")), "{shown:?}");
    assert_eq!((moment(&window, THROUGHPUT), moment(&window, LAG)), (shown.clone(), shown));
    assert!(said(&window, THROUGHPUT).contains(", producer: ") && said(&window, LAG).contains(", total: "));
    window.harness.remove_cursor();
    window.settle();
    assert_eq!(moment(&window, THROUGHPUT), None);

    // The same with the keyboard.
    let label = said(&window, LAG);
    window.control(&label).focus();
    window.settle();
    let middle = moment(&window, THROUGHPUT);
    assert!(middle.is_some());
    for _ in 0..12 {
        window.key(Key::ArrowRight);
    }
    let later = moment(&window, THROUGHPUT);
    assert!(later.is_some() && later != middle && later == moment(&window, LAG), "{middle:?} {later:?}");
    window.key(Key::Plus);
    assert!(window.says("Zoomed to "));
    window.key(Key::Home);
    assert!(!window.says("Zoomed to "));
}

#[test]
fn charts_zoom_together_and_back_again() {
    let bench = Bench::with_images(120);
    let mut window = streamed(&bench);
    let part = |window: &Window| window.texts().into_iter().find(|text| text.starts_with("Zoomed to "));
    let rect = chart(&window, THROUGHPUT);
    drag(&mut window, rect, 0.3, 0.6, Modifiers::NONE);
    let first = part(&window).expect("zoomed by a drag");
    // A moment at the left edge of another chart is within that part.
    let lag = chart(&window, LAG);
    window.harness.hover_at(Pos2::new(lag.left() + 4.0, lag.center().y));
    window.settle();
    let seconds: f64 = moment(&window, THROUGHPUT).unwrap().trim_end_matches(" s").parse().unwrap();
    assert!(seconds > 0.3, "{seconds} in {first}");
    window.harness.remove_cursor();
    // Shift moves the part, and does not change its length.
    drag(&mut window, rect, 0.6, 0.3, Modifiers::SHIFT);
    let moved = part(&window).unwrap();
    assert_ne!(moved, first);
    window.press("Reset zoom");
    assert_eq!(part(&window), None);

    // The wheel alone scrolls the page, and with Ctrl it zooms.
    wheel(&mut window, rect.center(), 40.0, Modifiers::NONE);
    assert_eq!(part(&window), None);
    let rect = chart(&window, THROUGHPUT);
    wheel(&mut window, rect.center(), 120.0, Modifiers::COMMAND);
    assert!(part(&window).is_some());
    let rect = chart(&window, LATENCY);
    window.harness.hover_at(rect.center());
    for _ in 0..2 {
        button(&mut window, rect.center(), true, Modifiers::NONE);
        button(&mut window, rect.center(), false, Modifiers::NONE);
    }
    window.settle();
    assert_eq!(part(&window), None, "a double click shows all again");
}

#[test]
fn a_live_chart_stays_where_a_person_looks() {
    let bench = Bench::with_images(400);
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.rate_images_per_s = 60.0);
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 60);
    let rect = chart(&window, THROUGHPUT);
    drag(&mut window, rect, 0.15, 0.3, Modifiers::NONE);
    let part = |window: &Window| window.texts().into_iter().find(|text| text.starts_with("Zoomed to "));
    let first = part(&window).expect("zoomed");
    assert!(first.ends_with("; it stays there while new values come"), "{first}");
    let saved = window.saved();
    window.wait_for("more are saved", |window| window.saved() >= saved + 60);
    assert_eq!(part(&window), Some(first));
    window.press("Stop");
    window.wait_for_end();
    assert!(part(&window).is_some_and(|text| !text.contains("new values")));
    // The next run begins with all that there is.
    window.press("Start");
    window.wait_for("the next run", |window| part(window).is_none());
    window.press("Stop");
    window.wait_for_end();
}

#[test]
fn the_legend_hides_and_shows() {
    let bench = Bench::with_images(60);
    let mut window = streamed(&bench);
    let is_on = |window: &Window, name: &str| window.control(name).accesskit_node().toggled() == Some(Toggled::True);
    assert!(is_on(&window, "Show producer") && said(&window, THROUGHPUT).contains(". producer "));
    assert_eq!(window.control("Show producer").accesskit_node().role(), Role::CheckBox);
    window.press("Show producer");
    assert!(!is_on(&window, "Show producer") && !said(&window, THROUGHPUT).contains("producer"));
    assert!(said(&window, THROUGHPUT).contains("consumer "), "the other line stays");
    // It is remembered while the window is open.
    window.press("Log");
    window.press("Stream");
    assert!(!is_on(&window, "Show producer"));
    window.press("Show consumer");
    assert!(said(&window, THROUGHPUT).ends_with("All lines are hidden"));
    // By keyboard.
    window.control("Show producer").focus();
    window.settle();
    window.key(Key::Space);
    assert!(is_on(&window, "Show producer") && said(&window, THROUGHPUT).contains(". producer "));
    // A unit of its own: the same lines are hidden.
    window.press("Show MB/s");
    assert!(said(&window, "Throughput, MB/s").contains("B/s") && !is_on(&window, "Show consumer"));
}

/// The cells of a table, row by row, the headings first.
fn cells(window: &Window) -> Vec<Vec<String>> {
    let is_cell = |role: Role| matches!(role, Role::ColumnHeader | Role::RowHeader | Role::Cell);
    let found = window.harness.query_all(by().predicate(move |node| is_cell(node.role())));
    let mut rows: Vec<(f32, Vec<String>)> = Vec::new();
    for node in found {
        let (top, text) = (node.rect().top(), node.accesskit_node().label().unwrap_or_default());
        match rows.last_mut() {
            Some((last, row)) if (*last - top).abs() < 1.0 => row.push(text),
            _ => rows.push((top, vec![text])),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Presses a button, and takes what it copies.
fn copied(window: &mut Window, name: &str) -> String {
    window.control(name).scroll_to_me();
    window.harness.run_steps(20);
    window.control(name).click();
    window.harness.step();
    let commands = &window.harness.output().platform_output.commands;
    let text = commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    text.unwrap_or_else(|| panic!("nothing was copied: {commands:?}"))
}

#[test]
fn each_chart_has_its_figures_as_a_table() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 3_600.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    let tables = {
        let shown = window.tabs().results.shown().unwrap();
        [
            (THROUGHPUT, chart_tables::throughput(&shown.throughput)),
            ("Throughput against p99 latency", chart_tables::trade_offs(&shown.trade_offs)),
            (LATENCY, chart_tables::latency(&shown.latency)),
            ("CPU per image", chart_tables::cpu(&shown.cpu)),
        ]
    };
    for (title, table) in tables {
        window.press(&format!("Show {title} as table"));
        let expected: Vec<Vec<String>> = std::iter::once(table.columns.clone())
            .chain(table.rows.iter().map(|row| row.iter().map(|cell| cell.shown()).collect()))
            .collect();
        assert_eq!(cells(&window), expected, "{title}");
        assert_eq!(copied(&mut window, &format!("Copy {title} as CSV")), table.to_csv());
        window.settle();
        window.press(&format!("Show {title} as chart"));
        assert!(cells(&window).is_empty());
    }
    for title in ["Latency by percentile", LAG_OVER_TIME, "Where the time goes", "Records by partition"] {
        let Some(button) = window.controls(&format!("Show {title} as table")).pop() else { continue };
        window.press(&button);
        assert!(cells(&window).len() > 1, "{title}");
        window.press(&format!("Show {title} as chart"));
    }
}

#[test]
fn a_table_of_lines_has_what_is_drawn() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 3_600.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    let (names, seconds) = {
        let lag = &window.tabs().results.shown().unwrap().lag;
        let names: Vec<String> = lag.iter().map(|one| one.name.clone()).collect();
        (names, lag.iter().flat_map(|one| one.points.last()).map(|point| point[0]).fold(0.0, f64::max))
    };
    let rect = chart(&window, LAG_OVER_TIME);
    // Beyond the edge, so that the last point is within.
    drag(&mut window, rect, 0.4, 1.1, Modifiers::NONE);
    assert!(window.says("Zoomed to "));
    let hidden = window.controls(&format!("Show {}, largest", names[0])).pop().unwrap();
    window.press(&hidden);
    window.press(&format!("Show {LAG_OVER_TIME} as table"));
    let cells = cells(&window);
    assert_eq!(cells[0].len(), names.len(), "the time, and all lines but one");
    assert!(cells[0].iter().all(|name| !name.starts_with(&names[0])), "{:?}", cells[0]);
    let first: f64 = cells[1][0].parse().unwrap();
    assert!(first > 0.0 && first <= seconds, "{first} of {seconds}");
    // It is reached with the keyboard.
    let scroll = format!("Scroll figures: {LAG_OVER_TIME}");
    window.control(&scroll).focus();
    window.settle();
    window.key(Key::PageDown);
    assert!(window.control(&scroll).is_focused());
}

#[test]
fn dots_are_named_and_no_name_lies_over_another() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 1_600.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    let rect = chart(&window, "Throughput against p99 latency");
    let best = {
        let all = &window.tabs().results.shown().unwrap().trade_offs;
        all[kafka_image_bench_core::report::figures::by_merit(all)[0]].name.clone()
    };
    let names: Vec<(String, Rect)> = texts(&window)
        .into_iter()
        .filter(|one| rect.contains_rect(one.rect.shrink(2.0)))
        .map(|one| (one.text, one.rect))
        .collect();
    assert!(names.iter().any(|(name, _)| *name == best), "{best} has no name: {names:?}");
    assert!(names.len() >= 2, "{names:?}");
    for (index, (name, rect)) in names.iter().enumerate() {
        for (other, other_rect) in &names[..index] {
            assert!(!rect.shrink(1.0).intersects(other_rect.shrink(1.0)), "{name} lies over {other}");
        }
    }
}

#[test]
fn the_unit_of_an_axis_follows_what_is_visible() {
    let bench = Bench::with_images(60);
    let mut window = streamed(&bench);
    let title = |window: &Window| window.texts().into_iter().find(|text| text.starts_with("End-to-end latency, "));
    let first = title(&window).expect("the unit stands in the title");
    assert!(["µs", "ms", "s", "logarithmic"].iter().any(|unit| first.ends_with(&format!(", {unit}"))), "{first}");
    window.session_mut().settings.chart_axes = Axes::Linear;
    window.settle();
    let linear = title(&window).unwrap();
    assert!(["µs", "ms", "s"].iter().any(|unit| linear.ends_with(&format!(", {unit}"))), "{linear}");
    window.session_mut().settings.chart_axes = Axes::Logarithmic;
    window.settle();
    assert_eq!(title(&window).unwrap(), "End-to-end latency, logarithmic");
    window.press("Show MB/s");
    assert!(window.texts().iter().any(|text| text.starts_with("Throughput, ") && text.ends_with("B/s")));
}
