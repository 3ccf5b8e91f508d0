//! Sends dead letters again, those of the work folder or of a dead letter topic.

use std::time::Duration;

use eframe::egui::{Context, DragValue, Ui};
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
use crate::gui::widgets::field::{Field, choice, number, text, tick};
use crate::gui::widgets::message::Severity;
use kafka_image_bench_core::engine::plan::Plan;
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::redrive::{Condition, REDRIVE_GROUP, RedrivePlan, RedriveReport, RedriveSource};

const SEND_TO: &str = "Send to";

/// What is asked for, while the dialog is open.
#[derive(Debug, Default)]
pub(super) struct RedriveDialog {
    choices: Option<Choices>,
    /// The dead letter topic and the group that were read last.
    last_topic: Option<(String, String)>,
}

/// Where the letters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Source {
    #[default]
    Folder,
    Topic,
}

impl Source {
    const ALL: [Self; 2] = [Self::Folder, Self::Topic];

    fn name(self) -> &'static str {
        match self {
            Self::Folder => "the folder",
            Self::Topic => "a dead letter topic",
        }
    }
}

/// The letters of the work folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListedLetters {
    pub(super) all: u64,
    /// Those that can be sent and were not.
    pub(super) left: u64,
}

#[derive(Clone, Debug, Default)]
struct Choices {
    source: Source,
    dead_letter_topic: String,
    group: String,
    /// Empty: the topic that each came from.
    topic: String,
    /// Empty: whatever the reason.
    reason: String,
    /// 0: all.
    count: u64,
    again: bool,
}

impl Choices {
    /// Why nothing can be sent yet.
    fn obstacle(&self, is_running: bool) -> Option<&'static str> {
        match self.source {
            _ if is_running => Some("Possible when the run has ended"),
            Source::Topic if self.dead_letter_topic.trim().is_empty() => Some("Name the dead letter topic first"),
            Source::Folder | Source::Topic => None,
        }
    }
}

impl RedriveDialog {
    /// `has_letters`: the work folder has some.
    pub(super) fn open(&mut self, has_letters: bool) {
        let (dead_letter_topic, group) =
            self.last_topic.clone().unwrap_or_else(|| (String::new(), REDRIVE_GROUP.to_owned()));
        let source = if has_letters { Source::Folder } else { Source::Topic };
        self.choices = Some(Choices { source, dead_letter_topic, group, ..Choices::default() });
    }

    pub(super) fn is_open(&self) -> bool {
        self.choices.is_some()
    }

    /// Draws the dialog, while it is open.
    pub(super) fn ui(&mut self, ctx: &Context, session: &mut Session, listed: ListedLetters) {
        let Some(choices) = &mut self.choices else { return };
        let is_running = session.run.is_running();
        let mut starts = false;
        let response = widgets::dialog::dialog(ctx, "Send dead letters again", 520.0, |ui| {
            caption(ui, "Each record keeps its key, value and headers; the header redrive-count is raised by one");
            source_ui(ui, choices, listed);
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
            let obstacle = choices.obstacle(is_running);
            ui.horizontal(|ui| {
                starts = primary_button(ui, ICON_REPLAY, "Send again", obstacle.is_none()).clicked();
                let is_cancelled = ui.button("Cancel").clicked();
                if let Some(obstacle) = obstacle {
                    caption(ui, obstacle);
                }
                is_cancelled
            })
            .inner
        });
        let is_over = response.inner || response.should_close();
        if starts {
            if choices.source == Source::Topic {
                self.last_topic = Some((choices.dead_letter_topic.clone(), choices.group.clone()));
            }
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

fn source_ui(ui: &mut Ui, choices: &mut Choices, listed: ListedLetters) {
    let of =
        Field { name: "Read from", help: "The work folder, or the topic where a consumer or Kafka Connect put them" };
    choice(ui, &of, &mut choices.source, &Source::ALL, |source| source.name().to_owned());
    match choices.source {
        Source::Folder => {
            let all = format::counted(listed.all, "letter is listed", "letters are listed");
            caption(ui, format!("{all}, {} still to send", format::exact(listed.left)));
        }
        Source::Topic => {
            let of = Field { name: "Letters on", help: "The dead letter topic" };
            text(ui, &of, &mut choices.dead_letter_topic, "image-data-dlq");
            let of = Field { name: "Group", help: "The consumer group whose offsets show which letters were sent" };
            text(ui, &of, &mut choices.group, REDRIVE_GROUP);
        }
    }
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
        source: match choices.source {
            Source::Folder => RedriveSource::Folder(session.work_dir.clone()),
            Source::Topic => RedriveSource::Topic {
                topic: choices.dead_letter_topic.trim().to_owned(),
                group: given(&choices.group).unwrap_or_else(|| REDRIVE_GROUP.to_owned()),
            },
        },
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
