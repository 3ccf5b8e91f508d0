//! Sends the dead letters of the work folder again.

use std::time::Duration;

use eframe::egui::{Context, DragValue};
use egui_material_icons::icons::ICON_REPLAY;

use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::notices::Banner;
use crate::gui::run::Activity;
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::widgets;
use crate::gui::widgets::button::primary_button;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, number, text, tick};
use crate::gui::widgets::message::Severity;
use kafka_image_bench_core::engine::plan::Plan;
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::redrive::{Condition, RedrivePlan, RedriveReport, RedriveSource};

const SEND_TO: &str = "Send to";

/// What is asked for, while the dialog is open.
#[derive(Debug, Default)]
pub(super) struct RedriveDialog {
    choices: Option<Choices>,
}

#[derive(Clone, Debug, Default)]
struct Choices {
    /// Empty: the topic that each came from.
    topic: String,
    /// Empty: whatever the reason.
    reason: String,
    /// 0: all.
    count: u64,
    again: bool,
}

impl RedriveDialog {
    pub(super) fn open(&mut self) {
        self.choices = Some(Choices::default());
    }

    pub(super) fn is_open(&self) -> bool {
        self.choices.is_some()
    }

    /// Draws the dialog, while it is open. `letters` are listed, `left` of them can be sent and were not.
    pub(super) fn ui(&mut self, ctx: &Context, session: &mut Session, letters: u64, left: u64) {
        let Some(choices) = &mut self.choices else { return };
        let is_running = session.run.is_running();
        let mut starts = false;
        let response = widgets::dialog::dialog(ctx, "Send dead letters again", 520.0, |ui| {
            caption(ui, "Each record keeps its key, value and headers; the header redrive-count is raised by one");
            let all = format::counted(letters, "letter is listed", "letters are listed");
            caption(ui, format!("{all}, {} of them with a value and not sent again yet", format::exact(left)));
            let of = Field { name: SEND_TO, help: "A topic; empty for the one that each letter came from" };
            text(ui, &of, &mut choices.topic, "where each came from");
            let of = Field { name: "Reason contains", help: "Only letters with these words in their reason" };
            text(ui, &of, &mut choices.reason, "any");
            let of = Field { name: "At most", help: "Letters to send; 0 for all" };
            let count = DragValue::new(&mut choices.count).speed(0.2);
            let count = count.custom_formatter(|count, _| match count as u64 {
                0 => "all".to_owned(),
                count => format::counted(count, "letter", "letters"),
            });
            number(ui, &of, count.custom_parser(parse_count));
            let of = Field { name: "Also those sent before", help: "They are then on the topic twice" };
            tick(ui, &of, &mut choices.again);
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                starts = primary_button(ui, ICON_REPLAY, "Send again", !is_running).clicked();
                let is_cancelled = ui.button("Cancel").clicked();
                if is_running {
                    caption(ui, "Possible when the run has ended");
                }
                is_cancelled
            })
            .inner
        });
        let is_over = response.inner || response.should_close();
        if starts {
            start(choices, session);
        }
        if starts || is_over {
            self.choices = None;
        }
    }
}

fn parse_count(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches("letters").trim_end_matches("letter").trim();
    if text.eq_ignore_ascii_case("all") || text.is_empty() { Some(0.0) } else { text.parse().ok() }
}

/// Shows what became of the letters.
pub(super) fn show_result(session: &mut Session, report: &RunReport) {
    let Some(redrive) = &report.redrive else { return };
    let summary = summary(redrive);
    if redrive.failed > 0 && report.outcome == Outcome::Done {
        let problem = redrive.letters.iter().find_map(|letter| letter.problem.as_deref()).unwrap_or_default();
        let detail = problem.replace("with --topic", &format!("under {SEND_TO}"));
        session.notices.show(Banner {
            topic: "run",
            severity: Severity::Warning,
            title: summary.clone(),
            detail,
            actions: vec![("Show the log", || Action::Show(Tab::Log))],
        });
    } else {
        session.notices.toast(summary.clone());
    }
    session.run.last_redrive = Some((report.outcome.clone(), summary));
}

fn summary(redrive: &RedriveReport) -> String {
    let mut parts = vec![format!("{} sent again", format::counted(redrive.sent, "dead letter", "dead letters"))];
    let more = [
        (redrive.failed, "not sent"),
        (redrive.already_sent, "sent before"),
        (redrive.without_value, "without a value"),
    ];
    let more = more.iter().filter(|(number, _)| *number > 0);
    parts.extend(more.map(|(number, words)| format!("{} {words}", format::exact(*number))));
    parts.join(", ")
}

fn start(choices: &Choices, session: &mut Session) {
    let (broker, properties) = match session.broker_choice() {
        Ok(choice) => choice,
        Err(problem) => return session.notices.toast(problem),
    };
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let plan = RedrivePlan {
        broker,
        broker_timeout: Duration::from_secs(30),
        client: ClientSettings { properties, ..ClientSettings::default() },
        source: RedriveSource::Folder(session.work_dir.clone()),
        to: given(&choices.topic),
        conditions: given(&choices.reason).map(|reason| Condition::Reason(reason.to_lowercase())).into_iter().collect(),
        count: Some(choices.count).filter(|&count| count > 0),
        max_redrives: None,
        again: choices.again,
        dry_run: false,
    };
    let run = (Plan::Redrive(Box::new(plan.clone())), Activity::Redrive);
    let check = move || plan.check().map_err(|error| error.to_string());
    session.run.start_checked(&session.ctx, run, &session.settings.broker, check);
}
