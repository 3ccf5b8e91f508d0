use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::settings_file::SettingsFile;
use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::configuration::Compression;
use kafka_image_bench_core::results::store::RunStore;

use crate::bench::Bench;
use crate::window::Window;

/// Sets short runs, each of a number of images.
fn short(settings: &mut SettingsFile, images: u64, repeats: u32) {
    settings.shared.tab = Tab::Benchmark;
    let benchmark = &mut settings.benchmark;
    (benchmark.by_time, benchmark.images, benchmark.warmup_s, benchmark.repeats) = (false, images, 0.0, repeats);
}

#[test]
fn rows_are_edited() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    assert!(window.has("5 of 5 ticked, 15 runs"));
    window.press("Take part: row 2");
    assert!(window.has("4 of 5 ticked, 12 runs") && window.has("left out"));
    window.set("linger.ms, row 1", 7.0);
    window.choose("compression.type, row 1", "lz4");
    let first = window.tabs().benchmark.settings.rows[0].configuration.clone();
    assert_eq!((first.linger_ms, first.compression_type), (7.0, Compression::Lz4));
    window.press("Duplicate row 1");
    assert_eq!(window.tabs().benchmark.settings.rows[1].configuration, first);
    window.press("Start");
    assert!(!window.session().run.is_running(), "the same row twice is refused");
    assert!(window.has("The run cannot be started like this"));
    window.press("Delete row 2");
    assert!(window.has("4 of 5 ticked, 12 runs"));
    window.press("Add row");
    assert!(window.has("5 of 6 ticked, 15 runs"));
    for row in (1..=6).rev() {
        window.press(&format!("Delete row {row}"));
    }
    assert!(window.has("No configurations yet"));
    window.press("The five standard ones");
    assert!(window.has("5 of 5 ticked, 15 runs"));

    window.press("Presets");
    window.press("Compression");
    assert!(window.has("5 of 5 ticked, 15 runs"));
    let rows = &window.tabs().benchmark.settings.rows;
    let kinds: Vec<&str> = rows.iter().map(|row| row.configuration.compression_type.name()).collect();
    for kind in ["none", "gzip", "snappy", "lz4", "zstd"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }

    window.press("All combinations…");
    assert!(window.says("18 rows, 54 runs"));
    window.fill("compression.type", "none, lz4, zstd");
    assert!(window.says("27 rows, 81 runs"));
    window.fill("linger.ms", "0, soon, 20");
    window.wait_for_text("linger.ms cannot be \"soon\"");
    assert!(!window.says("27 rows"));
    window.fill("linger.ms", "0, 5, 20");
    window.press("Make the rows");
    assert!(window.has("27 of 27 ticked, 81 runs"));
}

#[test]
fn two_configurations_are_measured_and_open_in_results() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        short(settings, 40, 2);
        settings.benchmark.rows.truncate(2);
    });
    assert!(window.has("2 of 2 ticked, 4 runs"));
    window.press("Start");
    window.wait_for("its progress", |window| window.says("run ") && window.says(" of 4: "));
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    assert_eq!(window.texts().iter().filter(|text| *text == "measured").count(), 2);
    window.press("Show results");
    window.wait_for("the results", |window| window.says("2 repeats, "));
    let shown = window.tabs().results.shown().unwrap();
    assert!(shown.results.is_complete);
    assert!(shown.rows.iter().all(|row| row.figures[0].is_some_and(|rate| rate > 0.0)));
    // Runs this short may be inconclusive.
    assert!(window.says("For throughput") || window.says("Undecided for throughput: "));
    assert_eq!(RunStore::open(bench.runs()).unwrap().list().0.len(), 1);
}

#[test]
fn a_ladder_is_climbed_and_its_curve_is_shown() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        short(settings, 40, 1);
        settings.benchmark.rows.truncate(2);
    });
    window.choose("Pace", "ladder of rates");
    window.settle();
    assert!(window.has_control("Up to") && window.has_control("p99 within"));
    let settings = &mut window.tabs_mut().benchmark.settings;
    // One step, which does not hold.
    (settings.ladder_top_images_per_s, settings.ladder_p99_ms) = (4_000.0, 0.001);
    window.wait_for_text("At most 48 runs; the time depends on which rates hold");
    window.press("Start");
    window.wait_for("its progress", |window| window.says(" of at most 48: ") && window.says("its run 1 of at most 24"));
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    window.press("Show results");
    window.wait_for("the curve", |window| window.says("Latency against rate. "));
    let shown = window.tabs().results.shown().unwrap();
    assert_eq!(shown.ladder.len(), 2);
    assert!(
        shown.ladder.iter().all(|curve| curve.points[0].images_per_s == 400.0 && curve.points[0].p99_ms > Some(0.0))
    );
    assert!(window.says("both axes are logarithmic"));
}

#[test]
fn a_load_that_changes_is_chosen_with_its_numbers() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        short(settings, 40, 1);
        settings.benchmark.rows.truncate(1);
    });
    window.choose("Pace", "ramp");
    window.settle();
    assert!(["From", "To", "Ramp time"].iter().all(|name| window.has_control(name)));
    window.choose("Pace", "bursts");
    window.settle();
    assert!(window.has_control("Burst") && window.has_control("Every"));
    window.tabs_mut().benchmark.settings.load.burst_period_s = 0.1;
    window.press("Start");
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    let results = window.session().run.results.clone().unwrap();
    assert_eq!(results.method.pace_text(), "bursts of 50 images every 0.1 s");
    window.press("Stream");
    window.choose("Pace", "ramp");
    window.settle();
    assert!(window.has_control("Ramp time") && !window.has_control("Rate limit"));
}

#[test]
fn a_replay_is_chosen_with_its_speed() {
    let bench = Bench::with_images(6);
    let mut window = Window::ready_with(bench.options(), |settings| {
        short(settings, 40, 1);
        settings.benchmark.rows.truncate(1);
    });
    window.choose("Pace", "replay");
    window.settle();
    assert!(["Speed", "Longest pause", "Whole folder"].iter().all(|name| window.has_control(name)));
    assert!(window.says("1 run; the time depends on the capture times"));
    // The images were written within moments.
    window.tabs_mut().benchmark.settings.load.replay_max_pause_s = 0.01;
    window.press("Start");
    window.wait_for_end();
    window.wait_for_text("The benchmark is finished");
    let results = window.session().run.results.clone().unwrap();
    assert_eq!(results.method.pace_text(), "a replay of the capture times at speed 1, with pauses of at most 0.01 s");
    assert_eq!((results.method.images, results.configurations[0].runs[0].sent), (Some(6), 6));
    assert_eq!(results.method.replay.as_ref().unwrap().by_file_time, 6);
}

#[test]
fn one_is_skipped_and_stopping_keeps_what_is_finished() {
    let bench = Bench::with_images(6);
    let options = WindowOptions { ..bench.options() };
    let mut window = Window::ready_with(options, |settings| {
        short(settings, 150, 2);
        settings.benchmark.rows.truncate(3);
        settings.benchmark.pace = kafka_image_bench::gui::benchmark::PaceChoice::Fixed;
        settings.benchmark.rate_images_per_s = 150.0;
    });
    window.press("Start");
    window.wait_for("it can be skipped", |window| window.has_control("Skip row 2"));
    window.press("Skip row 2");
    window.wait_for_text("skipped");
    window.wait_for("a run is finished", |window| {
        let results = window.session().run.results.as_ref();
        results.is_some_and(|results| {
            let good = results.configurations.iter().flat_map(|one| one.representative_runs());
            good.count() >= 1
        })
    });
    window.press("Stop");
    window.wait_for_end();
    let (kept, problems) = RunStore::open(bench.runs()).unwrap().list();
    assert!(kept.len() == 1 && problems.is_empty() && !kept[0].is_complete, "{kept:?}");
    assert!(kept[0].runs >= 1);
    window.press("Results");
    window.wait_for_text("not complete");
}

#[test]
fn the_plan_is_built_once_a_change_and_not_in_every_frame() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    window.settle();
    let before = window.tabs().benchmark.plans_built();
    window.harness.run_steps(10);
    assert_eq!(window.tabs().benchmark.plans_built(), before, "nothing has changed");
    window.set("linger.ms, row 1", 7.0);
    window.harness.run_steps(5);
    assert_eq!(window.tabs().benchmark.plans_built(), before + 1);
}

/// The names of the threads that [`held_check`] ran in.
static CHECKED_IN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static IS_RELEASED: AtomicBool = AtomicBool::new(false);

/// A check that blocks until it is released, or until a test whose window waits for it would have failed.
fn held_check(plan: &BenchmarkPlan) -> Result<(), String> {
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    CHECKED_IN.lock().unwrap().push(thread);
    let start = Instant::now();
    while !IS_RELEASED.load(Ordering::Acquire) && start.elapsed() < Duration::from_secs(5) {
        std::thread::yield_now();
    }
    plan.check().map_err(|error| error.to_string())
}

#[test]
fn a_plan_is_checked_in_a_thread_while_the_window_is_drawn() {
    let bench = Bench::with_images(6);
    let options = WindowOptions { plan_check: held_check, ..bench.options() };
    let mut window = Window::ready_with(options, |settings| {
        short(settings, 20, 1);
        settings.benchmark.rows.truncate(1);
    });
    window.press("Start");
    window.wait_for("the check", |_| !CHECKED_IN.lock().unwrap().is_empty());
    assert_eq!(*CHECKED_IN.lock().unwrap(), ["plan-check"]);
    assert!(window.has("Starting") && window.has("checking the settings") && !window.has_control("Start"));
    // A run that is stopped before its check has passed never starts.
    window.press("Stop");
    assert!(window.has_control("Start") && window.has("Ready"));
    IS_RELEASED.store(true, Ordering::Release);
    window.harness.run_steps(20);
    assert!(!window.session().run.is_running() && window.session().run.results.is_none());
    window.press("Start");
    window.wait_for("the results", |window| window.session().run.last_benchmark.is_some());
    assert_eq!(CHECKED_IN.lock().unwrap().len(), 2);
    window.wait_for_text("The benchmark is finished");
}

#[test]
fn all_combinations_are_worked_out_once_a_change_and_not_in_every_frame() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    window.press("All combinations…");
    assert!(window.says("18 rows, 54 runs"));
    window.harness.run_steps(20);
    assert_eq!(window.tabs().benchmark.products_built(), Some(1), "nothing has changed");
    window.fill("linger.ms", "0, 5");
    window.wait_for_text("12 rows, 36 runs");
    let built = window.tabs().benchmark.products_built().unwrap();
    window.harness.run_steps(20);
    assert_eq!(window.tabs().benchmark.products_built(), Some(built));
}

#[test]
fn files_of_any_kind_are_for_both_modes() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    window.choose("Measure", "pipeline");
    window.press("Any file");
    assert!(window.tabs().benchmark.settings.any_file);
}
