//! The test of a connection: its steps, what came out, and what to do.

use std::time::Duration;

use eframe::egui::{Label, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_CANCEL, ICON_LINK, ICON_PENDING, ICON_RADIO_BUTTON_UNCHECKED, ICON_REMOVE};

use super::connection_edit::ConnectionEdit;
use super::step_test::{StepState, StepTest};
use crate::gui::control_names::with_control_names;
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, text};
use crate::gui::widgets::message::{Severity, status, status_text};
use kafka_image_bench_core::broker::check::{CheckStep, StepOutcome};

/// Of a step: its name with its state, and what was found.
const STEP_HEIGHT: f32 = 34.0;
/// The least that is left for the result.
const RESULT_HEIGHT: f32 = 72.0;

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestChoice {
    Test,
    Cancel,
}

/// Draws it in a room that does not change.
pub(super) fn test_ui(ui: &mut Ui, dialog: &mut ConnectionEdit) -> Option<TestChoice> {
    let help = "Its rights are tested too, if one is given; nothing is created or written";
    text(ui, &Field { name: "Topic", help }, &mut dialog.topic, "none");
    let is_running = dialog.test.as_ref().is_some_and(|test| test.is_running()) || dialog.import.after.is_some();
    let choice = if is_running {
        icon_text_button(ui, ICON_CANCEL, "Cancel test").clicked().then_some(TestChoice::Cancel)
    } else {
        icon_text_button(ui, ICON_LINK, "Test connection").clicked().then_some(TestChoice::Test)
    };
    let steps_height = CheckStep::ALL.len() as f32 * STEP_HEIGHT;
    // On a low window the steps are scrolled.
    let room = ui.available_height();
    let steps_room = steps_height.min((room - RESULT_HEIGHT).max(STEP_HEIGHT));
    scrolled(ui, "steps", steps_room, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let none_yet = Default::default();
        let states = dialog.test.as_ref().map_or(&none_yet, StepTest::states);
        for (step, state) in CheckStep::ALL.into_iter().zip(states) {
            step_ui(ui, step, state);
        }
    });
    let left = ui.available_height().max(RESULT_HEIGHT * 0.5);
    scrolled(ui, "result", left, |ui| result_ui(ui, dialog));
    choice
}

fn scrolled(ui: &mut Ui, name: &str, height: f32, add: impl FnOnce(&mut Ui)) {
    let area = ScrollArea::vertical().id_salt(name).auto_shrink([false, false]);
    area.min_scrolled_height(height).max_height(height).show(ui, add);
}

/// A step: icon, name and word, and what was found below.
fn step_ui(ui: &mut Ui, step: CheckStep, state: &StepState) {
    let tokens = Tokens::of(ui);
    let shown = shown(state);
    let color = shown.severity.map_or(tokens.muted, |severity| severity.color(tokens));
    let whole = format!("{}: {}", step.name(), shown.sentence());
    let response = ui.allocate_ui(vec2(ui.available_width(), STEP_HEIGHT), |ui| {
        ui.set_min_size(vec2(ui.available_width(), STEP_HEIGHT));
        // Nothing here is pressed.
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.set_min_height(18.0);
            ui.label(shown.icon.rich_text().size(15.0).color(color));
            ui.label(step.name());
            ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
                ui.label(RichText::new(&shown.word).size(CAPTION_SIZE).color(color));
            });
        });
        if !shown.found.is_empty() {
            let found = RichText::new(&shown.found).size(CAPTION_SIZE).color(tokens.muted);
            ui.add(Label::new(found).truncate());
        }
    });
    let response = response.response.interact(Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, whole.as_str()));
    response.on_hover_text(whole);
}

/// How a state is shown.
struct Shown {
    icon: MaterialIcon,
    severity: Option<Severity>,
    word: String,
    found: String,
}

impl Shown {
    fn sentence(&self) -> String {
        if self.found.is_empty() { self.word.clone() } else { format!("{}, {}", self.word, self.found) }
    }
}

fn shown(state: &StepState) -> Shown {
    let of = |icon, severity, word: &str| Shown { icon, severity, word: word.to_owned(), found: String::new() };
    let after = |word: &str, took: &Duration| match took.is_zero() {
        true => word.to_owned(),
        false => format!("{word}, {}", format::millis(took.as_secs_f64() * 1e3)),
    };
    let ended = |severity: Severity, word: String, found: &str| Shown {
        icon: severity.icon(),
        severity: Some(severity),
        word,
        found: found.to_owned(),
    };
    match state {
        StepState::Waiting => of(ICON_RADIO_BUTTON_UNCHECKED, None, "waiting"),
        StepState::Running => of(ICON_PENDING, Some(Severity::Info), "running"),
        StepState::Cancelled => of(ICON_CANCEL, None, "cancelled"),
        StepState::Ended(StepOutcome::Skipped(why), _) => {
            Shown { found: why.clone(), ..of(ICON_REMOVE, None, "not needed") }
        }
        StepState::Ended(StepOutcome::Passed(found), took) => ended(Severity::Ok, after("passed", took), found),
        StepState::Ended(StepOutcome::Failed(_), took) => ended(Severity::Error, after("failed", took), ""),
    }
}

fn result_ui(ui: &mut Ui, dialog: &ConnectionEdit) {
    let tokens = Tokens::of(ui);
    if let Some(reason) = &dialog.problem {
        status_text(ui, Severity::Error, &with_control_names(reason));
        return;
    }
    let Some(test) = &dialog.test else {
        caption(ui, "Each step of connecting is shown here as it passes, and what to do if one fails");
        return;
    };
    match &test.result {
        None if test.is_running() => {
            status(ui, Severity::Info, "Connecting");
        }
        None => {
            status(ui, Severity::Info, "Cancelled");
        }
        Some(Err(fault)) => status_text(ui, Severity::Error, fault),
        Some(Ok(Ok(report))) => {
            let version = report.version.as_deref().map(|version| format!(", Kafka {version}")).unwrap_or_default();
            status(
                ui,
                Severity::Ok,
                &format!("Connected in {}{version}", format::millis(report.elapsed.as_secs_f64() * 1e3)),
            );
            let topics = format::counted(report.topics as u64, "topic", "topics");
            caption(ui, format!("Brokers: {}; {topics}", report.brokers.join(", ")));
        }
        Some(Ok(Err(problem))) => {
            status_text(ui, Severity::Error, &problem.summary);
            caption(ui, with_control_names(&problem.what_to_do));
            let detail = RichText::new(with_control_names(&problem.detail)).size(11.0).color(tokens.muted);
            ui.add(Label::new(detail).wrap().selectable(true));
        }
    }
}
