//! Results as a library: notes, tags, search, a pinned baseline, runs over each other, exports that are found again, and the
//! recommendation.

use eframe::egui::{Key, OutputCommand, vec2};
use kafka_image_bench::gui::paths::Export;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::verdict::recommend::Aim;

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

/// Keeps a run that was so many times as fast as the fixture, on an earlier day.
fn keep_earlier(bench: &Bench, id: &str, factor: f64) {
    keep_fixture(bench, id, |results| {
        results.started_at = "2025-12-01T00:00:00Z".to_owned();
        for run in results.configurations.iter_mut().flat_map(|one| &mut one.runs) {
            run.producer.images_per_s *= factor;
        }
    });
}

fn open(bench: &Bench) -> Window {
    let mut window = Window::ready_with(bench.options(), |settings| settings.shared.tab = Tab::Results);
    window.wait_for("the newest run", |window| window.tabs().results.shown().is_some());
    window.settle();
    window
}

#[test]
fn tags_and_a_note_are_kept_and_found() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    keep_earlier(&bench, "before", 2.0);
    let measured = std::fs::read(bench.runs().join("now.json")).unwrap();
    {
        let mut window = open(&bench);
        window.fill("Tags of the run", "cluster, nightly");
        window.fill("Note about the run", "After the move");
        window.control("Search for a run").focus();
        window.wait_for("both are kept", |window| {
            let kept = window.tabs().results.runs.all.iter().find(|run| run.name == "now");
            kept.is_some_and(|run| run.notes.note == "After the move" && run.notes.tags == ["cluster", "nightly"])
        });
    }
    assert_eq!(std::fs::read(bench.runs().join("now.json")).unwrap(), measured, "what was measured is as it was");
    let mut window = open(&bench);
    assert_eq!(window.control("Tags of the run").value().as_deref(), Some("cluster, nightly"));
    assert!(window.has("#cluster #nightly") && window.has_control("Rename run before"));
    window.fill("Search for a run", "tag:night move");
    assert!(window.has("1 of 2 runs") && window.has_control("Rename run now"));
    assert!(!window.has_control("Rename run before"));
    window.fill("Search for a run", "2025-12 embedded gzip");
    assert!(window.has_control("Rename run before") && !window.has_control("Rename run now"));
    window.fill("Search for a run", "nothing like it");
    assert!(window.has("0 of 2 runs"));
}

#[test]
fn the_baseline_stays_pinned_and_every_run_shows_its_difference() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    keep_earlier(&bench, "slow", 0.5);
    keep_earlier(&bench, "same", 1.0);
    {
        let mut window = open(&bench);
        window.press("Pin run slow as the baseline");
        window.wait_for("the differences", |window| {
            window.texts().iter().filter(|text| *text == "Against the baseline: 5 faster").count() == 2
        });
        assert!(window.has("Baseline") && window.has_control("Unpin run slow as the baseline"));
    }
    let mut window = open(&bench);
    window.wait_for("the baseline of the last launch", |window| {
        window.tabs().results.baseline.as_ref().is_some_and(|(run, _)| run.name == "slow")
    });
    window.wait_for("its differences", |window| window.says("Against the baseline: 5 faster"));
    assert!(window.texts().iter().any(|text| text.starts_with("faster by ")), "in the table");
    window.press("Unpin run slow as the baseline");
    assert!(window.tabs().results.baseline.is_none() && !window.says("Against the baseline: 5"));
    assert_eq!(window.tabs().results.to_remember().baseline, None);
}

#[test]
fn runs_are_laid_over_each_other() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    keep_earlier(&bench, "slow", 0.5);
    keep_earlier(&bench, "fast", 2.0);
    let mut window = open(&bench);
    window.harness.set_size(vec2(1280.0, 2_400.0));
    window.settle();
    window.press("Overlay run now");
    assert!(window.has("1 run overlaid") && window.has("Choose one to 4 more runs on the left"));
    window.press("Overlay run slow");
    window.press("Overlay run fast");
    window
        .wait_for("the charts", |window| window.says("Throughput by run, images/s, 16384/0/none: 3.83k, 1.91k, 7.65k"));
    assert!(window.has("3 runs overlaid") && window.says("p99 by run, 16384/0/none: "));
    assert!(window.says("Latency by percentile and run"));
    window.choose("Percentiles of", "32768/5/gzip");
    window.press("Overlay run slow");
    window.wait_for("two are left", |window| window.says("Throughput by run, images/s, 16384/0/none: 3.83k, 7.65k"));
    window.press("Clear the overlay");
    assert!(!window.says("overlaid"));
}

#[test]
fn what_was_exported_is_found_again_and_export_is_in_sight_at_any_width() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    let file = bench.folder.path().join("page.html");
    {
        let mut window = open(&bench);
        let ctx = window.harness.ctx.clone();
        window.tabs_mut().results.export(&ctx, Export::Html, file.clone(), Axes::Automatic);
        window.wait_for("the export", |window| window.has_control("Exported (1)"));
        assert!(file.exists());
    }
    let mut window = open(&bench);
    for (width, height) in [(960.0, 600.0), (1280.0, 800.0), (3840.0, 2160.0)] {
        window.harness.set_size(vec2(width, height));
        window.settle();
        for name in ["Export CSV", "Export…", "Exported (1)"] {
            let rect = window.control(name).rect();
            let is_in_sight = rect.left() >= 256.0 && rect.right() <= width && rect.bottom() <= height;
            assert!(is_in_sight, "{name} at {rect:?} in {width} × {height}");
        }
    }
    window.press("Exported (1)");
    assert!(window.has("HTML report: page.html") && window.has_control("Open page.html"));
    assert!(window.has_control("Show page.html in its folder"));
    window.press("Clear the list");
    assert!(!window.has_control("Exported (1)") && file.exists());
}

#[test]
fn one_card_recommends_the_row_that_wins_all_after_the_cautions() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    let mut window = open(&bench);
    let recommendation = window.tabs().results.shown().unwrap().recommendation.clone().unwrap();
    let chosen = Aim::ALL.map(|aim| recommendation.choice(aim).map(|choice| choice.configuration.clone()));
    assert!(
        chosen.iter().all(|one| one.is_some() && *one == chosen[0]),
        "the fixture has a row that wins all: {chosen:?}"
    );
    let said = window.texts();
    let place = |part: &str| {
        said.iter().position(|text| text.starts_with(part)).unwrap_or_else(|| panic!("no {part}: {said:?}"))
    };
    let last_caution = said.iter().rposition(|text| text.starts_with("Caution: ")).unwrap();
    assert!(last_caution < place("For balance, throughput and latency"), "{said:?}");
    for aim in Aim::ALL {
        place(&format!("For {}: ", aim.name()));
    }
    window.control("Copy properties for balance, Copy for…").click_accesskit();
    window.settle();
    for client in ["confluent-kafka (Python)", "kafka-python", "confluent-kafka-go", "franz-go"] {
        assert!(window.has_control(client), "{client}");
    }
    window.control("franz-go").click_accesskit();
    let mut copied = None;
    for _ in 0..6 {
        window.harness.step();
        let commands = window.harness.output().platform_output.commands.clone();
        copied = copied.or(commands.into_iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text),
            _ => None,
        }));
    }
    assert!(copied.as_deref().unwrap_or_default().contains("kgo.ProducerBatchMaxBytes("), "{copied:?}");
    window.key(Key::Escape);
}
