//! What is reported when a benchmark has ended.

use super::BenchmarkTab;
use crate::gui::action::Action;
use crate::gui::control_names::with_control_names;
use crate::gui::format;
use crate::gui::notices::Banner;
use crate::gui::run::BenchmarkEnd;
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::widgets::message::Severity;
use kafka_image_bench_core::engine::report::Outcome;
use kafka_image_bench_core::results::{BenchmarkResults, RaceEnd, RaceResult};
use kafka_image_bench_core::verdict::limits;
use kafka_image_bench_core::verdict::race_text::about_choice;

impl BenchmarkTab {
    /// Shows what became of a benchmark.
    pub fn finished(&self, session: &mut Session, end: &BenchmarkEnd, results: &BenchmarkResults) {
        if end.outcome == Outcome::Stopped {
            session.notices.show(match &results.race {
                Some(race) => race_stopped(race),
                None => stopped(end),
            });
        } else if let Some(banner) = missed(results).filter(|_| end.outcome == Outcome::Done) {
            session.notices.show(banner);
        } else if end.outcome == Outcome::Done && session.settings.tab == Tab::Benchmark {
            session.notices.show(match &results.race {
                Some(race) => race_done(results, race),
                None => done(results),
            });
        }
    }
}

fn done(results: &BenchmarkResults) -> Banner {
    let measured = results.configurations.iter().filter(|one| one.has_good_run()).count();
    let all = results.configurations.len();
    if measured == 0 {
        let has_runs = results.configurations.iter().any(|one| !one.runs.is_empty());
        let detail = if has_runs { "No run succeeded; the rows show why" } else { "Every row was skipped" };
        return Banner {
            topic: "run",
            severity: Severity::Warning,
            title: "Nothing was measured".to_owned(),
            detail: detail.to_owned(),
            actions: Vec::new(),
        };
    }
    let (severity, title) = match measured == all {
        true => (Severity::Ok, "The benchmark is finished".to_owned()),
        false => (
            Severity::Warning,
            format!(
                "The benchmark is finished: {measured} of {} measured",
                format::counted(all as u64, "row was", "rows were")
            ),
        ),
    };
    Banner {
        topic: "run",
        severity,
        title,
        detail: match results.method.ladder {
            Some(_) => "Results shows latency and loss against rate".to_owned(),
            None => "Results shows which configuration wins, and why".to_owned(),
        },
        actions: vec![("Show results", || Action::Show(Tab::Results))],
    }
}

/// A run missed a threshold.
fn missed(results: &BenchmarkResults) -> Option<Banner> {
    let outcomes = limits::check(results, &results.method.thresholds);
    let (limit, run) = outcomes.iter().find_map(|outcome| Some((outcome.limit, outcome.missed.first()?)))?;
    let early = limits::ended_early(results).map(|line| format!("; {line}")).unwrap_or_default();
    Some(Banner {
        topic: "run",
        severity: Severity::Error,
        title: format!("A threshold was missed: {limit}"),
        detail: format!("{run}: {}{early}", limit.shown(run.measured)),
        actions: vec![("Show results", || Action::Show(Tab::Results))],
    })
}

/// What the race found, in its own words.
fn race_done(results: &BenchmarkResults, race: &RaceResult) -> Banner {
    let (severity, title) = match race.ended {
        Some(_) if race.is_lone() => (Severity::Warning, "The race had nothing to compare"),
        Some(RaceEnd::Decided) => (Severity::Ok, "The race is decided"),
        Some(RaceEnd::Budget) => (Severity::Warning, "The budget of the race is used up"),
        Some(RaceEnd::NothingLeft) | None => (Severity::Warning, "The race has ended without a choice"),
    };
    let found = about_choice(results, race).into_iter().next().unwrap_or_default();
    Banner {
        topic: "run",
        severity,
        title: title.to_owned(),
        detail: with_control_names(&found).into_owned(),
        actions: vec![("Show results", || Action::Show(Tab::Results))],
    }
}

fn race_stopped(race: &RaceResult) -> Banner {
    let rounds = format::counted(race.rounds.into(), "round", "rounds");
    Banner {
        topic: "run",
        severity: Severity::Warning,
        title: format!("The race was stopped after {rounds}"),
        detail: "What was measured is kept in Results".to_owned(),
        actions: vec![("Show results", || Action::Show(Tab::Results))],
    }
}

fn stopped(end: &BenchmarkEnd) -> Banner {
    let detail = match end.runs_made {
        0 => "No run was finished",
        _ => "What was measured is kept in Results; rows that were not run are marked",
    };
    Banner {
        topic: "run",
        severity: Severity::Warning,
        title: format!("The benchmark was stopped after {}", end.of_planned()),
        detail: detail.to_owned(),
        actions: if end.runs_made > 0 { vec![("Show results", || Action::Show(Tab::Results))] } else { Vec::new() },
    }
}
