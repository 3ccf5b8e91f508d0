//! The cards of Results that not every benchmark has, and the skew of a stream's partitions.

use std::time::Duration;

use eframe::egui::vec2;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench_core::configuration::RecordKey;
use kafka_image_bench_core::metrics::LatencyHistogram;
use kafka_image_bench_core::model::record_stage::RecordStage;
use kafka_image_bench_core::results::{
    BenchmarkResults, LadderLimits, LadderStep, LatencyResult, StageResult, StagesResult, StepOutcome,
};

use crate::bench::{Bench, image_name, png};
use crate::results::keep_fixture;
use crate::window::Window;

/// A window so high that all cards are drawn.
fn results_of(bench: &Bench) -> Window {
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 4_200.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    window
}

fn latency(millis: u64) -> LatencyResult {
    let recorded = LatencyHistogram::default();
    (0..200).for_each(|_| recorded.record(Duration::from_millis(millis)));
    LatencyResult::of(&recorded.snapshot(), recorded.max_micros())
}

/// 10 ms in the client, 20 ms to the broker, and 30 ms from there.
fn stages() -> StagesResult {
    let stage = |(stage, millis): (RecordStage, u64)| StageResult {
        stage,
        mean_micros: 1e3 * millis as f64,
        latency: latency(millis),
    };
    let known = [(RecordStage::Client, 10), (RecordStage::WireOut, 20), (RecordStage::WireIn, 30)];
    StagesResult { clock_bound_micros: Some(400), stages: known.map(stage).to_vec() }
}

#[test]
fn the_card_of_stages_has_the_figures_of_each_stage() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |results| {
        results.configurations.truncate(2);
        let one = &mut results.configurations[0];
        one.configuration.name = "first".to_owned();
        one.runs.iter_mut().for_each(|run| run.stages = Some(stages()));
        one.end_to_end_latency = latency(60);
    });
    let mut window = results_of(&bench);
    let figure = |window: &Window| {
        window.texts().into_iter().find(|text| text.starts_with("Where the time goes, first, ")).unwrap()
    };
    let said = figure(&window);
    for part in [
        "in the client: mean 10.000 ms, p50 10.",
        "sent to appended: mean 20.000 ms, p50 20.",
        "appended to received: mean 30.000 ms, p50 30.",
        "sum of the means from the hand-over on 60.000 ms; end to end 60.",
        "known to ± 400 µs",
    ] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    for part in ["in the client", "sent to appended", "appended to received"] {
        assert!(window.has(part), "the legend has no {part}");
    }
    assert!(!window.says("Where the time goes, 16384"), "the second configuration has no stages");
    // The same on hover.
    let rect = {
        use egui_kittest::kittest::Queryable;
        window.harness.get_by_label(&said).rect()
    };
    window.harness.hover_at(rect.center());
    window.wait_for("the figures", |window| {
        window.texts().iter().any(|text| text.contains("\nsent to appended: mean 20.000 ms"))
    });
}

#[test]
fn results_without_stages_say_so() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |results| {
        results.configurations.iter_mut().flat_map(|one| &mut one.runs).for_each(|run| run.stages = None);
    });
    let window = results_of(&bench);
    assert!(window.has("Where the time goes") && window.has("The stages were not measured"));
    assert!(!window.has("Consumer groups") && !window.says("Latency against rate"), "cards of other benchmarks");
}

#[test]
fn groups_of_a_benchmark_are_shown_each_by_itself() {
    let bench = Bench::with_images(6);
    let mut window = Window::open_with(bench.options(), vec2(1280.0, 4_200.0), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        (benchmark.by_time, benchmark.images, benchmark.warmup_s, benchmark.repeats) = (false, 40, 0.0, 1);
        benchmark.rows.truncate(1);
    });
    window.wait_for_text("Broker: Embedded broker, ready");
    window.wait_for_text("Folder: input, 6 images");
    window.set("Groups", 2.0);
    window.press("Start");
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    window.press("Show results");
    window.wait_for("the card", |window| window.has("Consumer groups"));
    assert!(window.has("Each group received every record") && window.says("2 groups of 1 consumer"));
    let shown = window.tabs().results.shown().unwrap();
    let groups = shown.results.configurations[0].groups();
    assert_eq!(groups.len(), 2);
    let said = window.texts();
    let place = |text: &str| said.iter().position(|one| one == text).unwrap_or_else(|| panic!("no {text}: {said:?}"));
    // The cells of both rows, one after the other, below their headings.
    let cells = &said[place("twice") + 1..][..16];
    for (index, group) in groups.iter().enumerate() {
        let row = &cells[8 * index..][..8];
        assert_eq!(row[0], shown.results.configurations[0].configuration.name, "{cells:?}");
        assert_eq!(row[1], (index + 1).to_string(), "{cells:?}");
        assert_eq!((row[6].as_str(), row[7].as_str(), group.missing + group.duplicates), ("0", "0", 0), "{cells:?}");
        assert!(row[2] != "0" && row[3] != "–" && row[4] != "–", "{cells:?}");
    }
    // What a run leaves in the results is in the other card too.
    assert!(window.says("Where the time goes, ") && window.says("sent to acknowledged: mean "));
}

#[test]
fn a_stream_with_keys_shows_the_skew_that_they_make() {
    let bench = Bench::new();
    let folder = bench.input().join("one-folder");
    std::fs::create_dir(&folder).unwrap();
    (0..8).for_each(|number| std::fs::write(folder.join(image_name(number)), png(number)).unwrap());
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.partitions = 4);
    assert!(!window.tile("Sent").contains("skew"));
    window.choose("Key", "folder");
    window.stream();
    // Records with one key are all on one of four partitions.
    assert_eq!(window.session().run.stream.acknowledged, 8);
    assert!(window.tile("Sent").ends_with(" · skew 4.00"), "{}", window.tile("Sent"));
    assert_eq!(window.tabs().stream.settings.key, RecordKey::Folder);
    use egui_kittest::kittest::Queryable;
    let rect = window.harness.get_by_label(&window.tile("Sent")).rect();
    window.harness.hover_at(rect.center());
    window.wait_for_text(", 8 of 8, 4.00 times an even share");
    window.harness.remove_cursor();
    window.choose("Key", "none");
    assert!(!window.tile("Sent").contains("skew"), "it says nothing where the client spreads the records");
}

/// Two ladders up to 1,000 images/s: the first holds all the way, the second does not.
fn climb(results: &mut BenchmarkResults) {
    results.configurations.truncate(2);
    results.method.ladder = Some(LadderLimits { top_images_per_s: Some(1_000.0), p99_ms: None });
    results.method.repeats = 24;
    let step = |rate_images_per_s: f64, outcome: StepOutcome| LadderStep {
        rate_images_per_s,
        achieved_images_per_s: rate_images_per_s,
        runs: 1,
        latencies: 2_000,
        p50_micros: 2_000,
        p99_micros: 6_000,
        p999_micros: 9_000,
        sent: 2_000,
        lost: 0,
        outcome,
    };
    for (index, name) in ["open", "bounded"].into_iter().enumerate() {
        let one = &mut results.configurations[index];
        one.configuration.name = name.to_owned();
        let last = if index == 0 { StepOutcome::Held } else { StepOutcome::RateNotAchieved };
        one.ladder = vec![step(500.0, StepOutcome::Held), step(1_000.0, last)];
        one.max_rate_is_lower_bound = index == 0;
        let held = if index == 0 { 1_000.0 } else { 500.0 };
        one.max_rate_images_per_s = Some(held);
        for (run, rate) in one.runs.iter_mut().zip([held, held, held]) {
            (run.rate_images_per_s, run.producer.images_per_s) = (Some(rate), rate);
        }
    }
}

#[test]
fn a_ladder_says_how_far_it_went_and_follows_the_axes() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", climb);
    let mut window = results_of(&bench);
    assert!(window.says(", 2 steps each, ") && !window.says("repeats"), "{}", window.texts().join("\n"));
    let said = "Chart: Latency against rate. open: held up to 1.00k images/s, the highest rate tried; bounded: held up to \
                500 images/s";
    assert!(window.has(said), "{}", window.texts().join("\n"));
    // What was not tried is not called the highest: in the table, the chart, and the recommendation.
    assert!(window.has("≥ 1.00k") && window.says("Throughput, images/s, open: ≥ 1.00k"));
    assert!(window.says("Throughput, images/s, bounded: 500"));
    assert!(window.says("At the highest rate that held; ≥: higher ones were not tried"));
    assert!(window.has("Caution: held at the highest rate that was tried, and may take more: open"));
    assert!(!window.says("best as measured"), "{}", window.texts().join("\n"));
    assert!(window.says("p99.9 dotted; both axes are logarithmic"));
    crate::charts::choose_axes(&mut window, "automatic", "linear");
    assert!(window.says("p99.9 dotted; both axes begin at 0") && !window.says("both axes are logarithmic"));
    let rect = crate::charts::chart(&window, "Latency against rate");
    crate::charts::hover(&mut window, rect, "at 500.0 images/s", &["open p99: 6.000 ms", "bounded p50: 2.000 ms"]);
    crate::charts::choose_axes(&mut window, "linear", "logarithmic");
    assert!(window.says("p99.9 dotted; both axes are logarithmic"));
    let rect = crate::charts::chart(&window, "Latency against rate");
    crate::charts::hover(&mut window, rect, "at 1,000.0 images/s", &["open p99.9: 9.000 ms"]);
}
