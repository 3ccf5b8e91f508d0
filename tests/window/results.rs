use std::path::Path;

use eframe::egui::Key;
use kafka_image_bench::gui::paths::Export;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::results::BenchmarkResults;
use kafka_image_bench_core::results::store::RunStore;

use crate::bench::Bench;
use crate::window::Window;

/// Keeps the results of five configurations with three repeats each as a run with this id.
pub fn keep_fixture(bench: &Bench, id: &str, change: impl FnOnce(&mut BenchmarkResults)) {
    let mut results: BenchmarkResults = serde_json::from_str(include_str!("results.json")).unwrap();
    results.benchmark_id = id.to_owned();
    results.display_name = Some(id.replace('-', " "));
    change(&mut results);
    RunStore::open(bench.runs()).unwrap().keep(&results).unwrap();
}

/// Keeps a run that took `factor` times the time of the fixture, on an earlier day.
fn keep_other(bench: &Bench, id: &str, factor: f64, repeats: usize) {
    keep_fixture(bench, id, |results| {
        results.started_at = "2025-12-01T00:00:00Z".to_owned();
        results.method.repeats = repeats as u32;
        for one in &mut results.configurations {
            one.runs.truncate(repeats);
            for run in &mut one.runs {
                run.producer.images_per_s *= factor;
            }
        }
    });
}

fn open(bench: &Bench, shown: &str) -> Window {
    let mut window = Window::ready(bench.options());
    window.press("Results");
    window.wait_for("the newest run", |window| window.tabs().results.shown().is_some());
    assert_eq!(window.tabs().results.shown().unwrap().results.title(), shown);
    window.settle();
    window
}

/// The names in the table, from the top.
fn names(window: &Window) -> Vec<String> {
    let shown = window.tabs().results.shown().unwrap();
    let known: Vec<&str> = shown.rows.iter().map(|row| row.name.as_str()).collect();
    // The charts contain the names too; those of the table are labels, one below the other at its left edge.
    let mut found: Vec<(i32, i32, String)> = Vec::new();
    for name in known {
        use egui_kittest::kittest::{NodeT, Queryable};
        for node in window.harness.query_all_by_label(name) {
            let rect = node.rect();
            if node.accesskit_node().role() == eframe::egui::accesskit::Role::Label {
                found.push((rect.left() as i32, rect.top() as i32, name.to_owned()));
            }
        }
    }
    let most = |left: i32| found.iter().filter(|one| one.0 == left).count();
    let left = found.iter().map(|one| one.0).max_by_key(|left| most(*left)).unwrap();
    found.retain(|one| one.0 == left);
    found.sort();
    found.into_iter().map(|one| one.2).collect()
}

#[test]
fn the_table_sorts_by_any_column() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window = open(&bench, "kept");
    window.harness.set_size(eframe::egui::vec2(1280.0, 1600.0));
    window.settle();
    let rows = window.tabs().results.shown().unwrap().rows.clone();
    let asked: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    assert_eq!(names(&window), asked);
    let mut by_rate = rows.clone();
    by_rate.sort_by(|a, b| b.figures[0].unwrap().total_cmp(&a.figures[0].unwrap()));
    let mut expected: Vec<String> = by_rate.into_iter().map(|row| row.name).collect();
    assert_ne!(expected, asked, "the fixture would not show that it is sorted");
    window.press_hidden("Sort by images/s");
    assert_eq!(names(&window), expected);
    window.press_hidden("Sort by images/s");
    expected.reverse();
    assert_eq!(names(&window), expected);
    window.press_hidden("Sort by Configuration");
    expected.sort();
    assert_eq!(names(&window), expected);
}

#[test]
fn what_was_skipped_before_is_not_called_noise() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    keep_fixture(&bench, "skipped-before", |results| {
        results.started_at = "2025-12-01T00:00:00Z".to_owned();
        results.configurations[0].runs.clear();
        results.configurations.truncate(3);
    });
    let mut window = open(&bench, "now");
    assert!(window.has("fastest") && window.texts().iter().filter(|text| text.starts_with("slower by ")).count() == 4);
    assert!(window.has_control("Copy properties for balance, Copy for Java"), "{}", window.texts().join("\n"));
    window.press("Baseline");
    let choice = window.controls("skipped before, ").pop().unwrap();
    window.press(&choice);
    window.wait_for("the comparison", |window| window.tabs().results.baseline.is_some());
    window.settle();
    let found = window.texts().iter().filter(|text| *text == "not in the baseline").count();
    assert_eq!(found, 3, "one was skipped and two are new\n{}", window.texts().join("\n"));
}

#[test]
fn a_run_is_renamed_compared_and_deleted() {
    let bench = Bench::new();
    keep_fixture(&bench, "now", |_| {});
    keep_other(&bench, "slow-before", 1e-3, 3);
    keep_other(&bench, "fast-before", 1e3, 3);
    keep_other(&bench, "same-before", 1.001, 3);
    keep_other(&bench, "single-before", 1.0, 1);
    {
        let mut window = open(&bench, "now");
        window.press("Rename run now");
        window.fill("Name of the run", "After the move");
        window.key(Key::Enter);
        window.wait_for("the new name", |window| window.has_control("Rename run After the move"));
    }
    let mut window = open(&bench, "After the move");
    for (baseline, verdict) in [
        ("slow before", "faster by "),
        ("fast before", "slower by "),
        ("same before", "undecided ("),
        ("single before", "undecided ("),
    ] {
        window.press("Baseline");
        let choice = window.controls(&format!("{baseline}, ")).pop().unwrap();
        window.press(&choice);
        window.wait_for("the comparison", |window| {
            window.tabs().results.baseline.as_ref().is_some_and(|(run, _)| run.name == baseline)
        });
        window.settle();
        let found = window.texts().iter().filter(|text| text.starts_with(verdict)).count();
        assert!(found >= 5, "{baseline}: {found} times {verdict}\n{}", window.texts().join("\n"));
    }
    window.press("Delete run fast before");
    assert!(window.has("Delete fast before for good?") && bench.runs().join("fast-before.json").exists());
    window.press("Keep");
    assert!(window.has_control("Delete run fast before"));
    window.press("Delete run fast before");
    window.press("Delete fast before for good");
    window.wait_for("it is gone", |window| !window.has_control("Delete run fast before"));
    assert!(!bench.runs().join("fast-before.json").exists() && bench.runs().join("slow-before.json").exists());
}

#[test]
fn everything_can_be_exported_and_read_again() {
    let bench = Bench::new();
    keep_fixture(&bench, "kept", |_| {});
    let mut window = open(&bench, "kept");
    let folder = bench.folder.path().join("exports");
    std::fs::create_dir(&folder).unwrap();
    let mut export = |what: Export, name: &str, last: &str| {
        let (path, ctx) = (folder.join(name), window.harness.ctx.clone());
        window.tabs_mut().results.export(&ctx, what, path, Axes::Automatic);
        window.wait_for(last, |_| folder.join(last).exists());
        window.settle();
    };
    export(Export::PerformanceCsv, "a.csv", "a.csv");
    export(Export::DetailsCsv, "b.csv", "b.csv");
    export(Export::DetailsJson, "c.json", "c.json");
    export(Export::Html, "d.html", "d.html");
    let stem = kafka_image_bench_core::report::charts::ChartKind::ALL.last().unwrap().file_stem();
    export(Export::ChartsPng, "", &format!("{stem}.png"));
    export(Export::ChartsSvg, "", &format!("{stem}.svg"));

    let table = |name: &str| {
        let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
        (reader.headers().unwrap().clone(), reader.records().map(Result::unwrap).count())
    };
    let (columns, rows) = table("a.csv");
    assert_eq!((rows, columns.iter().any(|column| column.contains("Throughput"))), (5, true), "{columns:?}");
    let (columns, rows) = table("b.csv");
    assert_eq!((rows, columns.iter().any(|column| column.contains("images_per_s"))), (15, true), "{columns:?}");
    let fixture: BenchmarkResults = serde_json::from_str(include_str!("results.json")).unwrap();
    let again: BenchmarkResults = serde_json::from_slice(&std::fs::read(folder.join("c.json")).unwrap()).unwrap();
    assert_eq!(again.configurations, fixture.configurations);
    let html = std::fs::read_to_string(folder.join("d.html")).unwrap();
    for one in &fixture.configurations {
        assert!(html.contains(&one.configuration.name), "{}", one.configuration.name);
    }
    for kind in kafka_image_bench_core::report::charts::ChartKind::ALL {
        let file = |ending: &str| folder.join(format!("{}.{ending}", kind.file_stem()));
        assert!(image::open(file("png")).unwrap().width() > 100);
        assert!(std::fs::read_to_string(file("svg")).unwrap().starts_with("<svg"));
    }
    // An exported file opens as a run again.
    let (path, ctx) = (folder.join("c.json"), window.harness.ctx.clone());
    window.tabs_mut().results.open_file(&ctx, path);
    window.wait_for("it is open", |window| {
        window
            .tabs()
            .results
            .shown()
            .is_some_and(|shown| shown.path.as_deref().is_none_or(|path| path != Path::new("")))
    });
    assert!(!window.says("could not be opened"));
}
