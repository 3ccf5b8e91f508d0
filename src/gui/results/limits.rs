//! How thresholds came out: those of the benchmark, and those that are typed to compare it with a baseline.

use eframe::egui::Ui;

use super::tab::ResultsTab;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::results::BenchmarkResults;
use kafka_image_bench_core::verdict::compare::Comparison;
use kafka_image_bench_core::verdict::limits::{check, ended_early, is_missed, lines};
use kafka_image_bench_core::verdict::threshold::{Rule, Thresholds};

/// What every run of the shown benchmark had to reach, if there was something.
pub(super) fn limits_ui(ui: &mut Ui, tab: &ResultsTab) {
    let Some(shown) = tab.shown().filter(|shown| !shown.limits.is_empty()) else { return };
    group_heading(ui, "Thresholds");
    match (is_missed(&shown.limits), shown.limits.iter().all(|outcome| outcome.is_kept())) {
        (true, _) => _ = status(ui, Severity::Error, "a threshold was missed"),
        (false, false) => _ = status(ui, Severity::Warning, "not checked"),
        (false, true) => _ = status(ui, Severity::Ok, "thresholds kept"),
    }
    for line in lines(&shown.limits).into_iter().chain(ended_early(&shown.results)) {
        caption(ui, line);
    }
}

/// Whether the shown benchmark is within the thresholds that are typed.
pub(super) fn tolerance_ui(ui: &mut Ui, typed: &str, comparison: &Comparison, results: &BenchmarkResults) {
    if typed.trim().is_empty() {
        return;
    }
    let thresholds = match typed.parse::<Thresholds>() {
        Ok(thresholds) => thresholds,
        Err(problem) => {
            caption(ui, problem);
            return;
        }
    };
    let checked = thresholds.check(comparison, Rule::Certain);
    let limits = check(results, thresholds.limits());
    let is_kept = checked.missed.is_empty() && !is_missed(&limits);
    let is_decided = checked.undecided.is_empty() && limits.iter().all(|outcome| outcome.is_kept());
    match (is_kept, is_decided) {
        (false, _) => _ = status(ui, Severity::Error, "beyond the thresholds"),
        (true, false) => _ = status(ui, Severity::Warning, "undecided"),
        (true, true) => _ = status(ui, Severity::Ok, "within the thresholds"),
    }
    for line in checked.lines().into_iter().chain(lines(&limits)) {
        caption(ui, line);
    }
}
