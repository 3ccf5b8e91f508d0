//! The tooltips of charts.

use eframe::egui::{Pos2, Rect, pos2, vec2};
use egui_kittest::kittest::{Queryable, by};
use kafka_image_bench::gui::settings::Tab;

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

/// The drawing area of a chart.
#[track_caller]
pub fn chart(window: &Window, title: &str) -> Rect {
    let begin = format!("Chart: {title}.");
    let found = window.harness.query_all(by().predicate(move |node| {
        node.role() == eframe::egui::accesskit::Role::Figure
            && node.label().is_some_and(|label| label.starts_with(&begin))
    }));
    found.last().unwrap_or_else(|| panic!("no chart {title}: {:?}", window.texts())).rect()
}

/// Moves the pointer over the chart until a tooltip begins with `first` and contains all `parts`.
#[track_caller]
pub fn hover(window: &mut Window, rect: Rect, first: &str, parts: &[&str]) {
    let mut seen = Vec::new();
    let steps = |from: f32, to: f32| (1..).map(move |step| from + step as f32 * 17.0).take_while(move |at| *at < to);
    let places: Vec<Pos2> = steps(rect.left(), rect.right())
        .flat_map(|x| steps(rect.top(), rect.bottom()).map(move |y| pos2(x, y)))
        .collect();
    for place in places {
        window.harness.hover_at(place);
        window.harness.run_steps(1);
        let texts: Vec<String> = window.texts().into_iter().filter(|text| text.contains('\n')).collect();
        if texts.iter().any(|text| text.contains(first) && parts.iter().all(|part| text.contains(part))) {
            window.harness.remove_cursor();
            window.settle();
            return;
        }
        seen.extend(texts);
    }
    seen.dedup();
    panic!("{first} {parts:?} is said nowhere in {rect:?}: {seen:?}");
}

#[test]
fn results_have_their_values_on_hover() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 3_600.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    let shown = window.tabs().results.shown().unwrap();
    let names: Vec<String> = shown.percentiles.iter().map(|curve| curve.name.clone()).collect();
    let dot = shown.trade_offs[0].name.clone();
    let lines: Vec<String> = names.iter().map(|name| format!("{name}: ")).collect();
    let mut parts: Vec<&str> = lines.iter().map(String::as_str).collect();
    parts.push(" ms");
    let rect = chart(&window, "Latency by percentile");
    hover(&mut window, rect, " % of the images within", &parts);
    let rect = chart(&window, "Throughput against p99 latency");
    hover(&mut window, rect, &dot, &["images/s", "p99 "]);
    let rect = chart(&window, "Lag over time, images");
    hover(&mut window, rect, "at ", &[" s\n", " image"]);
}

#[test]
fn bars_have_their_exact_values_on_hover() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 3_600.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    for (title, unit) in
        [("Throughput, images/s", "images/s"), ("End-to-end latency", "p99 "), ("CPU per image", "processor time")]
    {
        let name = window.texts().into_iter().find(|text| text.starts_with(&format!("{title}, "))).unwrap();
        let rect = window.harness.get_by_label(&name).rect();
        window.harness.hover_at(rect.center());
        window.wait_for("the values", |window| {
            window.texts().iter().any(|text| text.contains('\n') && text.contains(unit))
        });
        window.harness.remove_cursor();
        window.settle();
    }
}

/// The fixture's bars differ little; with one configuration a hundred times slower they do.
#[test]
fn axes_are_logarithmic_where_values_differ_much_and_as_chosen() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |results| {
        for run in &mut results.configurations[1].runs {
            run.producer.images_per_s /= 100.0;
            run.end_to_end_latency.p99_micros *= 100;
        }
        results.configurations[1].end_to_end_latency.p99_micros *= 100;
    });
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 3_600.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    let said = |window: &Window| -> Vec<String> {
        window.texts().into_iter().filter(|text| text.contains("logarithmic")).collect()
    };
    let is_said = |window: &Window, part: &str| said(window).iter().any(|text| text.contains(part));
    assert!(is_said(&window, "with their spread; logarithmic axis"), "{:?}", said(&window));
    assert!(is_said(&window, "top left; both axes logarithmic"), "{:?}", said(&window));
    let rect = chart(&window, "Throughput against p99 latency");
    hover(&mut window, rect, "images/s", &["p99 ", "95 % interval of the mean: "]);
    choose_axes(&mut window, "automatic", "linear");
    assert_eq!(said(&window), Vec::<String>::new());
    choose_axes(&mut window, "linear", "logarithmic");
    // Throughput, trade-off, latency, percentiles, processor time, and the choice itself.
    assert!(said(&window).len() >= 5, "{:?}", said(&window));
    assert!(is_said(&window, "top left; both axes logarithmic"), "{:?}", said(&window));
}

pub fn choose_axes(window: &mut Window, now: &str, next: &str) {
    let combo = window.harness.get_by(|node| {
        node.role() == eframe::egui::accesskit::Role::ComboBox && node.label().is_some_and(|label| label == "Axes")
    });
    assert_eq!(combo.value().as_deref(), Some(now));
    combo.click();
    window.settle();
    window.harness.get_by_label(next).click();
    window.settle();
}

#[test]
fn a_stream_has_its_values_on_hover() {
    let bench = Bench::with_images(120);
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.rate_images_per_s = 60.0);
    window.stream();
    window.settle();
    let rect = chart(&window, "Throughput, images/s");
    hover(&mut window, rect, "at ", &["producer: ", "consumer: ", " images/s"]);
    let rect = chart(&window, "End-to-end latency");
    hover(&mut window, rect, "at ", &["p50: ", "p99: ", "s"]);
    let rect = chart(&window, "Lag, images");
    hover(&mut window, rect, "at ", &["total: ", " image"]);
}
