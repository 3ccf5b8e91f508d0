//! What every run of a benchmark has to reach, in the tabs Benchmark and Results.

use egui_kittest::kittest::NodeT;
use kafka_image_bench::gui::settings::Tab;

use crate::bench::Bench;
use crate::window::Window;

fn window_with(bench: &Bench, thresholds: &str) -> Window {
    Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        (benchmark.by_time, benchmark.images, benchmark.warmup_s, benchmark.repeats) = (false, 40, 0.0, 2);
        benchmark.rows.truncate(2);
        benchmark.thresholds = thresholds.to_owned();
    })
}

#[test]
fn the_first_run_that_misses_a_threshold_is_the_last_and_is_named() {
    let bench = Bench::with_images(6);
    let mut window = window_with(&bench, "");
    assert!(window.has_control("Thresholds"));
    window.fill("Thresholds", "p99<1µs, loss=0");
    window.press("Start");
    window.wait_for_end();
    window.wait_for_text("A threshold was missed: p99<1µs");
    assert!(window.says("ended after 1 of 4 runs") && window.has("threshold missed"));
    assert!(window.has("not run"));
    window.press("Show results");
    window.wait_for_text("a threshold was missed");
    assert!(window.says("wanted: p99<1µs") && window.says("thresholds kept in every run: loss=0 (at worst 0)"));
    assert!(window.says("not complete"));
}

#[test]
fn thresholds_that_are_kept_are_shown_in_results() {
    let bench = Bench::with_images(6);
    let mut window = window_with(&bench, "p99<1000s,throughput>=0.01");
    window.press("Start");
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    assert_eq!(window.texts().iter().filter(|text| *text == "measured").count(), 2);
    window.press("Show results");
    window.wait_for_text("thresholds kept");
    assert!(window.says("thresholds kept in every run: p99<1000s (at worst "));
    let shown = window.tabs().results.shown().unwrap();
    assert_eq!(shown.limits.iter().map(|outcome| outcome.checked).collect::<Vec<_>>(), [4, 4]);
}

#[test]
fn what_cannot_be_a_threshold_is_said_beside_it_and_not_started() {
    let bench = Bench::with_images(2);
    let mut window = window_with(&bench, "p99<50");
    assert!(window.says("the unit is missing: ms, s, µs"));
    window.press("Start");
    assert!(!window.session().run.is_running() && window.says("Thresholds: \"p99<50\""));
    window.fill("Thresholds", "throughput=-5%");
    window.settle();
    assert!(window.says("throughput=-5% is a change against earlier results"));
    // A search has none, whatever is typed.
    window.choose("Pace", "find max rate");
    window.settle();
    assert!(window.says("A search tries rates that miss them on purpose"));
    assert_eq!(window.tabs().benchmark.settings.limits(), Ok(Vec::new()));
    // Nor has a race.
    window.choose("Pace", "full speed");
    window.fill("Thresholds", "loss=0");
    window.press("Until decided");
    window.settle();
    assert!(window.says("A race measures what is slow too, until it is dropped"));
    assert!(
        window.control("Thresholds").accesskit_node().is_disabled()
            && window.tabs().benchmark.settings.limits() == Ok(Vec::new())
    );
}
