//! A race: set up, followed while it runs, and what it found.

use eframe::egui::{Color32, Shape, vec2};
use egui_kittest::kittest::Queryable;
use kafka_image_bench::gui::benchmark::{PaceChoice, rows};
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench_core::configuration::Configuration;
use kafka_image_bench_core::report::html::html;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::{
    BenchmarkResults, RaceCandidate, RaceDrop, RaceDropReason, RaceEnd, RaceGoal, RaceNoise, RaceResult,
};
use kafka_image_bench_core::verdict::metric::Margin;

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

#[test]
fn a_race_is_chosen_with_its_goal_and_budget() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Benchmark);
    assert!(window.has_control("Repeats") && !window.has_control("Goal") && !window.has_control("Budget"));
    window.press("Until decided");
    assert!(!window.has_control("Repeats") && window.has_control("Margin"));
    assert!(window.has("5 of 5 ticked, a race") && window.says(": a race of 5 configurations"));
    assert!(window.says("3 runs of each would take about "));
    window.set("Budget", 2.0);
    window.wait_for_text("At most 2 min 0 s: a race of 5 configurations");
    assert!(window.has("at most 2 min 0 s"), "beside Start");
    window.choose("Goal", "cpu");
    window.assert_named();
    // The goals are those that the pace leaves.
    let settings = &window.tabs().benchmark.settings;
    assert_eq!((settings.goal(), settings.goals().contains(&RaceGoal::P99)), (RaceGoal::Cpu, false));
    window.choose("Goal", "throughput");
    window.choose("Pace", "fixed rate");
    assert_eq!(window.control("Goal").value().as_deref(), Some("p99"));
    window.choose("Pace", "ladder of rates");
    assert!(!window.has_control("Goal") && window.has_control("Repeats"), "a ladder looks for rates");
    assert!(window.says("the time depends on which rates hold"));
    window.choose("Pace", "full speed");
    assert_eq!(window.control("Goal").value().as_deref(), Some("throughput"));
    for row in 2..=5 {
        window.press(&format!("Take part: row {row}"));
    }
    assert!(window.has("Tick at least two configurations for a race") && !window.has("at most 2 min 0 s"));
    window.press("Start");
    window.wait_for_text("compares 2 to 5000 configurations, not 1");
    assert!(!window.says("--until-decided"), "options of the command line are controls here");
}

/// At a given load whole runs are raced: waiting 400 ms for more records loses, on any machine.
#[test]
fn a_race_is_followed_live_and_ends_with_a_choice() {
    let bench = Bench::with_images(12);
    let waiting = |linger_ms| Configuration { linger_ms, partitions: 1, ..Configuration::default() }.with_short_name();
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        benchmark.rows = rows(vec![waiting(0.0), waiting(400.0)]);
        (benchmark.until_decided, benchmark.budget_minutes) = (true, 2.0);
        (benchmark.pace, benchmark.rate_images_per_s) = (PaceChoice::Fixed, 50.0);
        (benchmark.seconds, benchmark.warmup_s) = (0.6, 0.0);
    });
    let names: Vec<String> =
        window.tabs().benchmark.settings.rows.iter().map(|row| row.configuration.name.clone()).collect();
    window.press("Start");
    window.wait_for("the race", |window| window.has("Race for p99"));
    for name in &names {
        assert!(window.says(&format!("In the race, {name}: ")), "{}", window.texts().join("\n"));
        assert!(window.has_control(&format!("Skip {name}")));
    }
    assert!(window.says("Leader: –, after the first round") && window.says("Time left: "));
    window.wait_for("the status line", |window| window.has("Racing") && window.says(" left at most"));
    window.assert_named();
    window.wait_for("the first round", |window| {
        window.says(" %, on average; the race ends below 3 %") || window.has("Finished")
    });
    window.wait_for_end();
    window.wait_for_text("The race is decided");
    assert!(window.says(&format!("Take {} for p99: on average ", names[0])), "{}", window.texts().join("\n"));
    assert!(window.has("the choice"), "beside its row");
    assert!(window.says("race: ") && !window.says(" of 6 runs"), "the status line");
    let results = window.session().run.results.clone().unwrap();
    assert_eq!(results.race.as_ref().unwrap().choice, Some(0));
    window.press("Show results");
    window.wait_for("what it found", |window| window.has_control("Copy as properties of the choice"));
    assert!(window.says("It took ") && window.says(&format!("In the race, {}: the choice, p99 ", names[0])));
    assert!(window.says(&format!("In the race, {}: dropped in round ", names[1])) || window.says("behind by "));
}

/// At full speed slices are raced. One configuration has a queue of ten records, which it sends every 300 ms: it loses by far on
/// any machine. Which of the others is the best is not decided soon.
#[test]
fn a_race_in_slices_is_followed_live_and_what_is_slow_fades() {
    let bench = Bench::with_images(12);
    let waiting = |linger_ms| Configuration { linger_ms, partitions: 1, ..Configuration::default() };
    let mut slow = waiting(300.0);
    slow.properties.insert("producer.queue.buffering.max.messages".to_owned(), "10".to_owned());
    let all = [slow, waiting(5.0), waiting(5.5)].map(Configuration::with_short_name);
    let names = all.clone().map(|one| one.name);
    let [slow, others @ ..] = &names;
    let mut window = Window::ready_with(bench.options(), |settings| {
        settings.shared.tab = Tab::Benchmark;
        let benchmark = &mut settings.benchmark;
        benchmark.rows = rows(all.to_vec());
        (benchmark.until_decided, benchmark.budget_minutes, benchmark.margin_percent) = (true, 2.0, 0.5);
    });
    window.press("Start");
    window.wait_for("the race", |window| window.has("Race for throughput"));
    for name in &names {
        assert!(window.says(&format!("In the race, {name}: not compared yet")), "{}", window.texts().join("\n"));
    }
    assert!(window.says("Leader: –, after the first round") && window.says("In the race: all, round 1"));
    window.wait_for("the budget", |window| window.says("Time left: ") && window.says(", of 2 min 0 s at most"));
    window.wait_for("what is measured", |window| window.says(", being measured"));
    window.wait_for("the status line", |window| window.has("Racing") && window.says("round 1: "));
    let before = colors(&window, slow);
    assert!(before.len() == 1 && before == colors(&window, &others[0]), "{before:?}");
    let dropped = format!("In the race, {slow}: dropped in round ");
    window.wait_for("the slow one is dropped", |window| window.says(&dropped));
    assert!(window.says("Leader: ") && window.says("In the race: 2 of 3, round "), "{}", window.texts().join("\n"));
    assert!(window.says(" s each") && window.says("May be lost: ") && window.says("the race ends below 0.5 %"));
    // It fades, is below the others, and cannot be skipped any more.
    assert!(colors(&window, slow) != before && colors(&window, &others[0]) == before);
    assert!(!window.has_control(&format!("Skip {slow}")));
    let top = |begin: &str| {
        let text = window.texts().into_iter().find(|text| text.starts_with(begin)).unwrap();
        window.harness.get_by_label(&text).rect().top()
    };
    for name in others {
        assert!(window.has_control(&format!("Skip {name}")));
        assert!(top(&format!("In the race, {name}: ")) < top(&dropped));
    }
    window.press("Stop");
    window.wait_for_end();
    window.wait_for_text("The race was stopped after ");
    let results = window.session().run.results.clone().unwrap();
    let course = results.race.as_ref().unwrap();
    assert!(course.ended.is_none() && course.slice_s.is_some() && results.configurations[0].runs.len() >= 2);
    // The card of the results says the same.
    window.press("Show results");
    window.wait_for_text("leads for throughput: on average ");
    assert!(window.says(&dropped) && window.says("Dropped in round ") && window.says(" s in turns, after 0.25 s"));
}

/// The colours in which a name is drawn, each once. A long one is shortened: the first 16 characters distinguish them.
fn colors(window: &Window, name: &str) -> Vec<Color32> {
    fn collect(shape: &Shape, name: &str, colors: &mut Vec<Color32>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, name, colors)),
            Shape::Text(text) if text.galley.text().starts_with(name) => {
                colors.extend(text.galley.job.sections.iter().map(|section| section.format.color));
            }
            _ => {}
        }
    }
    let (mut colors, begin) = (Vec::new(), name.get(..16).unwrap_or(name));
    window.harness.output().shapes.iter().for_each(|clipped| collect(&clipped.shape, begin, &mut colors));
    colors.sort_unstable_by_key(|color| color.to_array());
    colors.dedup();
    colors
}

/// Five configurations: a leader, one that is as good, one that is behind, and two that were dropped.
fn raced(results: &mut BenchmarkResults) {
    let candidate = |loss: f64, interval: (f64, f64)| RaceCandidate {
        loss_percent: Some(loss),
        loss_interval_percent: Some(interval),
        chance_percent: Some(60.0),
        dropped: None,
    };
    let dropped = |round, reason, factor| Some(RaceDrop { round, at_s: 12.0 * f64::from(round), reason, factor });
    for (one, name) in results.configurations.iter_mut().zip(["plain", "tuned", "late", "gzip", "broken"]) {
        one.configuration.name = name.to_owned();
    }
    results.race = Some(RaceResult {
        goal: RaceGoal::Throughput,
        margin_percent: 3.0,
        budget_s: 120.0,
        slice_s: Some(1.0),
        cut_s: Some(0.25),
        rounds: 6,
        elapsed_s: 61.0,
        full_s: Some(180.0),
        noise: Some(RaceNoise { own_percent: 6.0, drift_percent: 20.0, drift_lasts_s: 30.0 }),
        ended: Some(RaceEnd::Decided),
        choice: Some(1),
        expected_loss_percent: Some(1.2),
        as_good: vec![0, 1],
        simplest: Some(0),
        candidates: vec![
            candidate(1.0, (0.0, 4.0)),
            candidate(0.0, (0.0, 2.0)),
            candidate(12.0, (6.0, 22.0)),
            RaceCandidate { dropped: dropped(1, RaceDropReason::Worse, Some(14.2)), ..candidate(93.0, (90.0, 94.0)) },
            RaceCandidate {
                loss_percent: None,
                loss_interval_percent: None,
                chance_percent: None,
                dropped: dropped(1, RaceDropReason::Failed, None),
            },
        ],
    });
}

#[test]
fn results_of_a_race_have_the_choice_what_is_as_good_and_the_simplest() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", raced);
    let mut window =
        Window::open_with(bench.options(), vec2(1280.0, 4_200.0), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the run", |window| window.tabs().results.shown().is_some());
    window.settle();
    for said in [
        "Take tuned for throughput: on average 1.2 % may be lost against the best (margin 3.0 %)",
        "As good, with an expected loss within the margin: plain",
        "The simplest of them, nearest to the defaults: plain",
        "In the race, tuned: the choice, ",
        "In the race, plain: as good (behind by 0.00–4.0 %), ",
        "In the race, late: behind by 6.0–22 %, ",
        "In the race, gzip: dropped in round 1, 14 times worse, ",
        "In the race, broken: failed",
        "It took 1 min 1 s: 34 % of ",
        ", 6 rounds, ",
    ] {
        assert!(window.says(said), "no {said} in {}", window.texts().join("\n"));
    }
    assert!(!window.says("repeats"), "{}", window.texts().join("\n"));
    // From the leader on, those that are out last.
    let tops: Vec<i32> = ["tuned", "plain", "late", "gzip", "broken"]
        .map(|name| {
            let begin = format!("In the race, {name}: ");
            let found = window.texts().into_iter().find(|text| text.starts_with(&begin)).unwrap();
            window.harness.get_by_label(&found).rect().top() as i32
        })
        .to_vec();
    assert!(tops.is_sorted() && tops[0] < tops[1] && tops[2] < tops[3], "{tops:?}");
    let line = window.texts().into_iter().find(|text| text.starts_with("In the race, late: ")).unwrap();
    let rect = window.harness.get_by_label(&line).rect();
    window.harness.hover_at(rect.center());
    window.wait_for_text("12 % fewer images/s than the best, 95 %: 6.0–22 %");
    window.harness.remove_cursor();
    for copy in ["Copy as properties", "Copy for Java", "Copy topic options"] {
        window.press(&format!("{copy} of the choice"));
    }
    // The verdicts of benchmarks with repeats are not about a race.
    assert!(!window.has("fastest") && !window.says("slower by "), "{}", window.texts().join("\n"));
}

#[test]
fn the_report_of_a_race_says_the_same() {
    let mut results: BenchmarkResults = serde_json::from_str(include_str!("results.json")).unwrap();
    raced(&mut results);
    let page = html(&results, None, Margin::default(), Axes::Automatic);
    for said in ["Race for throughput", "Take tuned for throughput", "14 times worse", "6.0–22 %", "batch.size="] {
        assert!(page.contains(said), "no {said}");
    }
}
