//! A race while it runs: where each configuration stands, what may be lost, and the time left.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Label, RichText, Role, ScrollArea, Ui, WidgetInfo};
use egui_material_icons::icons::ICON_SKIP_NEXT;

use super::BenchmarkTab;
use super::progress::live_ui;
use crate::gui::format;
use crate::gui::run::RunState;
use crate::gui::session::Session;
use crate::gui::theme::tokens::{CAPTION_SIZE, GAP};
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::icon_button;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::race::{AXIS_HEIGHT, Columns, LINE_HEIGHT, race_axis, race_lines};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::report::race_board::{RaceBoard, RacePlace};
use kafka_image_bench_core::results::{BenchmarkResults, RaceResult};
use kafka_image_bench_core::verdict::race_text::loss_text;

const SKIP_WIDTH: f32 = 30.0;
/// Of the charts of the current measurement.
const LIVE_HEIGHT: f32 = 220.0;

/// The board of the results that it was worked out for last.
#[derive(Default)]
pub(super) struct KeptBoard {
    of: Option<(String, RaceResult)>,
    board: Option<Arc<RaceBoard>>,
}

impl KeptBoard {
    /// Of these results. The course of the race changes with what was measured, and frames are drawn more often.
    fn get(&mut self, results: &BenchmarkResults) -> Option<Arc<RaceBoard>> {
        let race = results.race.as_ref()?;
        let is_same = self.of.as_ref().is_some_and(|(id, known)| *id == results.benchmark_id && known == race);
        if !is_same {
            self.board = RaceBoard::of(results).map(Arc::new);
            self.of = Some((results.benchmark_id.clone(), race.clone()));
        }
        self.board.clone()
    }
}

/// Draws the race that runs.
pub(super) fn race_ui(ui: &mut Ui, tab: &mut BenchmarkTab, session: &Session) {
    let results = session.run.results.clone();
    let course = results.as_ref().and_then(|results| results.race.as_ref());
    facts_ui(ui, results.as_ref(), course, &session.run);
    let current = session.run.snapshot.benchmark.as_ref().map(|progress| progress.configuration_index);
    let mut skipped = None;
    card(ui, |ui| {
        heading(ui, &format!("Race for {}", tab.settings.goal()));
        let known = results.as_deref().and_then(|results| tab.board.get(results));
        let board = known.unwrap_or_else(|| {
            let names = tab.settings.ticked().map(|(_, row)| row.configuration.name.clone());
            Arc::new(RaceBoard::waiting(tab.settings.goal(), tab.settings.margin().percent(), names))
        });
        caption(ui, board.caption());
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = Columns::of(ui, &board, ui.available_width(), SKIP_WIDTH);
        let height = (ui.available_height() - AXIS_HEIGHT - 8.0).max(4.0 * LINE_HEIGHT);
        let area = ScrollArea::vertical().id_salt("race-lines").max_height(height).auto_shrink([false, true]);
        area.show_rows(ui, LINE_HEIGHT, board.lines.len(), |ui, rows| {
            race_lines(ui, (&board, columns), rows, current, |ui, line| {
                let can_skip = line.place != RacePlace::Out && !tab.skipped.contains(&line.index);
                if can_skip && icon_button(ui, ICON_SKIP_NEXT, &format!("Skip {}", printable(&line.name))).clicked() {
                    skipped = Some(line.index);
                }
            });
        });
        race_axis(ui, &board, columns);
    });
    // Few lines leave space.
    if ui.available_height() > LIVE_HEIGHT {
        live_ui(ui, &session.run, None);
    }
    if let Some(place) = skipped {
        tab.skip(session, place);
    }
}

/// The leader, what may be lost by taking it, how many are left, and the time left.
fn facts_ui(ui: &mut Ui, results: Option<&Arc<BenchmarkResults>>, course: Option<&RaceResult>, run: &RunState) {
    let progress = run.snapshot.benchmark.as_ref();
    // In the first round not all are measured yet, and one alone leads nothing.
    let compared = course.filter(|course| course.rounds > 0 && !course.is_lone());
    let leader = compared.and_then(|course| course.choice);
    let name = leader.and_then(|leader| results?.configurations.get(leader)).map(|one| one.configuration.name.as_str());
    let loss = compared.and_then(loss_text);
    let ends = compared.map(|course| format!("on average; the race ends below {} %", course.margin_percent));
    let round = progress.and_then(|progress| progress.round).unwrap_or(1);
    let slice = course.and_then(|course| course.slice_s).map(|slice_s| format!(", {slice_s} s each"));
    let left = progress.and_then(|progress| progress.left);
    let budget = course.and_then(|course| Duration::try_from_secs_f64(course.budget_s).ok());
    let facts = [
        Fact {
            title: "Leader",
            value: name.unwrap_or("–").to_owned(),
            detail: if name.is_some() { "so far" } else { "after the first round" }.to_owned(),
        },
        Fact {
            title: "May be lost",
            value: loss.unwrap_or_else(|| "–".to_owned()),
            detail: ends.unwrap_or_else(|| "by taking the leader".to_owned()),
        },
        Fact {
            title: "In the race",
            value: course.map_or_else(
                || "all".to_owned(),
                |course| format!("{} of {}", course.field(), course.candidates.len()),
            ),
            detail: format!("round {round}{}", slice.unwrap_or_default()),
        },
        Fact {
            title: "Time left",
            value: left.map_or_else(|| "–".to_owned(), format::duration),
            detail: budget.map(|budget| format!("of {} at most", format::duration(budget))).unwrap_or_default(),
        },
    ];
    ui.columns(facts.len(), |columns| {
        for (column, fact) in columns.iter_mut().zip(&facts) {
            column.spacing_mut().item_spacing.x = GAP;
            fact_ui(column, fact);
        }
    });
}

struct Fact {
    title: &'static str,
    value: String,
    detail: String,
}

fn fact_ui(ui: &mut Ui, fact: &Fact) {
    let tokens = Tokens::of(ui);
    let value = printable(&fact.value).into_owned();
    let response = ui
        .scope(|ui| {
            card(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let small = |text: &str| RichText::new(text).size(CAPTION_SIZE).color(tokens.muted);
                ui.label(small(fact.title));
                ui.add(Label::new(RichText::new(&value).font(semibold(16.0)).color(tokens.text)).truncate());
                ui.add(Label::new(small(&fact.detail)).truncate());
            });
        })
        .response;
    let text = format!("{}: {value}, {}", fact.title, fact.detail);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    response.on_hover_text(text);
}
