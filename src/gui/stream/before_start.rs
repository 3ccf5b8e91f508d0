//! What a stream would do, before it is started: what is sent and with which labels, what is not, and what room there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Label, RichText, Ui};

use super::settings::StreamSettings;
use crate::gui::broker::BrokerStatus;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::grouped_list::{NameGroup, OpenGroups, grouped_list};
use crate::gui::widgets::message::{Severity, status_text};
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::engine::dry_run::{LookedThrough, Outline, ReceivePreview, SendPreview, TopicPreview};
use kafka_image_bench_core::engine::plan::StreamPlan;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::pipeline::source::Survey;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Settings rest for this long before the folder is read for them.
const PAUSE: Duration = Duration::from_millis(400);
const LIST_HEIGHT: f32 = 144.0;

/// What is known of the next start.
#[derive(Default)]
pub(super) struct BeforeStart {
    question: Option<Question>,
    due_at: Option<Instant>,
    job: Option<Job<Result<Outline, String>>>,
    found: Option<Result<Outline, String>>,
    folder: Option<KnownFolder>,
    open: OpenGroups,
}

/// The folder as it was looked through last, as long as nothing has changed in it that is known of.
struct KnownFolder {
    folder: Arc<LookedThrough>,
    survey: Arc<Survey>,
    last_run: Option<String>,
}

impl KnownFolder {
    fn is_for(&self, question: &Question) -> bool {
        Arc::ptr_eq(&self.survey, &question.survey) && self.last_run == question.last_run
    }
}

/// Whatever the answer depends on.
struct Question {
    plan: Result<StreamPlan, String>,
    servers: Option<String>,
    survey: Arc<Survey>,
    /// The end of the last run, after which other images count as sent before.
    last_run: Option<String>,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.plan == other.plan
            && self.servers == other.servers
            && self.last_run == other.last_run
            && Arc::ptr_eq(&self.survey, &other.survey)
    }
}

impl BeforeStart {
    /// Finds out what has changed, in a thread. Called while the tab is shown.
    pub(super) fn keep_fresh(&mut self, settings: &StreamSettings, session: &Session) {
        if session.run.is_running() || session.folder.is_scanning() {
            // A run is measured; and while the folder is looked through, its labels may still change.
            (self.job, self.question, self.folder) = (None, None, None);
            return;
        }
        let question = question(settings, session);
        if self.question != question {
            self.job = None;
            self.question = question;
            self.due_at = self.question.as_ref().map(|_| Instant::now() + PAUSE);
            session.ctx.request_repaint_after(PAUSE);
        }
        if let Some(found) = job::take(&mut self.job, "the next start was looked at") {
            let found = found.and_then(|found| found);
            if let (Ok(Outline { folder: Some(folder), .. }), Some(question)) = (&found, &self.question) {
                let Question { survey, last_run, .. } = question;
                let (folder, survey, last_run) = (Arc::clone(folder), Arc::clone(survey), last_run.clone());
                self.folder = Some(KnownFolder { folder, survey, last_run });
            }
            self.found = Some(found);
            self.open = OpenGroups::default();
        }
        let Some(question) = self.question.as_ref().filter(|_| self.due_at.is_some_and(|at| at <= Instant::now()))
        else {
            return;
        };
        self.due_at = None;
        match question.plan.clone() {
            Err(reason) => self.found = Some(Err(reason)),
            Ok(plan) => {
                let (servers, outline) = (question.servers.clone(), session.options.outline);
                let known = self.folder.as_ref().filter(|known| known.is_for(question));
                let earlier = known.map(|known| Arc::clone(&known.folder));
                let look = move |stop: &Cancellation| outline(&plan, servers.as_deref(), earlier, stop);
                self.job = Some(Job::start("outline", &session.ctx, look));
            }
        }
    }

    /// Whether the answer is being looked for.
    pub(super) fn is_busy(&self) -> bool {
        self.job.is_some() || self.due_at.is_some()
    }

    /// Images that would be sent, if they were counted.
    pub(super) fn images(&self) -> Option<u64> {
        let found = self.found.as_ref().filter(|_| !self.is_busy());
        Some(found?.as_ref().ok()?.send.as_ref()?.images)
    }

    /// What was found.
    pub(super) fn found(&self) -> Option<&Result<Outline, String>> {
        self.found.as_ref()
    }
}

/// `None`: there is nothing to start yet.
fn question(settings: &StreamSettings, session: &Session) -> Option<Question> {
    let folder = session.settings.folder.clone().filter(|_| session.folder.problem.is_none())?;
    let plan = settings.plan_now(session, &folder, false);
    let is_ready = matches!(session.broker.status, BrokerStatus::Ready(_));
    Some(Question {
        plan,
        servers: session.broker.bootstrap_servers.clone().filter(|_| is_ready),
        survey: Arc::clone(&session.folder.survey),
        last_run: session.run.last_stream.as_ref().map(|report| report.run_id.clone()),
    })
}

/// Draws what is known.
pub(super) fn before_start(ui: &mut Ui, state: &mut BeforeStart) {
    let is_busy = state.is_busy();
    if state.found.is_none() && !is_busy {
        return;
    }
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal(|ui| {
            heading(ui, "Before Start");
            if is_busy {
                caption(ui, "looking through the folder");
            }
        });
        match &state.found {
            None => {}
            Some(Err(reason)) => status_text(ui, Severity::Warning, &printable(reason)),
            Some(Ok(outline)) => {
                for line in lines(outline) {
                    line_ui(ui, &line);
                }
                let groups = groups(outline);
                if !groups.is_empty() {
                    ui.scope(|ui| grouped_list(ui, "passed-over", &groups, &mut state.open, LIST_HEIGHT));
                }
            }
        }
    });
}

/// A fact, and whether it is one to look at.
struct Line {
    name: &'static str,
    text: String,
    is_warning: bool,
}

fn line_ui(ui: &mut Ui, line: &Line) {
    let tokens = Tokens::of(ui);
    ui.horizontal_top(|ui| {
        ui.allocate_ui(eframe::egui::vec2(84.0, 18.0), |ui| {
            ui.set_min_width(84.0);
            ui.label(RichText::new(line.name).size(CAPTION_SIZE).color(tokens.muted));
        });
        if line.is_warning {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.label(Severity::Warning.icon().rich_text().size(15.0).color(tokens.warning));
        }
        ui.add(Label::new(RichText::new(&line.text).size(13.0).color(tokens.text)).wrap().selectable(true));
    });
}

fn lines(outline: &Outline) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(send) = &outline.send {
        lines.push(to_send(send));
        lines.extend(labels(send));
        lines.extend(not_sent(send));
    }
    lines.extend(outline.topic.as_ref().map(topic));
    lines.extend(outline.send.as_ref().and_then(|send| room(send, outline)));
    lines
}

fn to_send(send: &SendPreview) -> Line {
    let before = match send.sent_before {
        0 => String::new(),
        before => format!("; {} sent before", format::exact(before)),
    };
    let more = if send.watches { ", and new ones until you stop" } else { "" };
    let text = match send.images {
        0 if send.sent_before > 0 => format!("nothing new{before}{more}"),
        0 => format!("nothing: no image can be sent{more}"),
        images => {
            format!(
                "{} · {}{more}{before}",
                format::counted(images, "image", "images"),
                format::bytes(send.image_bytes)
            )
        }
    };
    Line { name: "To send", text, is_warning: send.images == 0 && !send.watches }
}

/// Of the images that were not sent before.
fn labels(send: &SendPreview) -> Option<Line> {
    let labelled = send.images + send.too_large.unwrap_or(0);
    let all = labelled + send.without_label;
    let mut text = format!("{} of {} labelled", format::exact(labelled), format::exact(all));
    if send.without_label > 0 {
        text.push_str(&format!("; {} without a label, not sent", format::exact(send.without_label)));
    }
    if let Some(found) = &send.labels {
        let objects = format::counted(found.objects, "object", "objects");
        let images = format::counted(found.images_with_objects, "image", "images");
        text.push_str(&format!("; {objects} on {images}"));
    }
    (all > 0).then_some(Line { name: "Labels", text, is_warning: send.without_label > 0 })
}

fn not_sent(send: &SendPreview) -> Option<Line> {
    let kinds: Vec<String> = send.other_formats.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let other = format::counted(send.not_images, "file is not an image", "files are not images");
    let of = |number: u64, one: &str, many: &str| (number > 0).then(|| format::counted(number, one, many));
    let parts: Vec<String> = [
        (send.not_images > 0).then(|| format!("{other}{kinds}")),
        of(send.too_large.unwrap_or(0), "image is too large for the topic", "images are too large for the topic"),
        of(send.content_missing, "image has its content elsewhere", "images have their content elsewhere"),
        of(send.unreadable, "file cannot be read", "files cannot be read"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let refused = send.too_large.unwrap_or(0) + send.content_missing + send.unreadable;
    (!parts.is_empty()).then(|| Line { name: "Not sent", text: parts.join(", "), is_warning: refused > 0 })
}

fn topic(looked: &Result<(TopicPreview, ReceivePreview), String>) -> Line {
    let (topic, receive) = match looked {
        Ok(looked) => looked,
        Err(reason) => return Line { name: "Topic", text: printable(reason).into_owned(), is_warning: true },
    };
    let name = printable(&topic.name);
    let partitions = topic.partitions.map(|count| format::counted(count as u64, "partition", "partitions"));
    let with = |word: &str| partitions.as_ref().map(|count| format!("{word}{count}")).unwrap_or_default();
    let mut text = match (topic.exists, topic.is_created) {
        (Some(true), _) => format!("{name}{}", with(", ")),
        (_, Some(true)) => format!("{name} will be created{}", with(" with ")),
        _ => format!("{name} does not exist yet"),
    };
    if let Some(waiting) = receive.waiting.filter(|waiting| *waiting > 0) {
        let records = format::counted(waiting, "record waits", "records wait");
        text.push_str(&format!("; {records} for {}", printable(&receive.group)));
    }
    Line { name: "Topic", text, is_warning: false }
}

/// The images are written where the output goes, and their records where the embedded broker's data is.
fn room(send: &SendPreview, outline: &Outline) -> Option<Line> {
    let part = |needed: u64, free: Option<u64>, what: &str| {
        let free = free?;
        let text = format!("{} {what}, {} free", format::bytes(needed), format::bytes(free));
        Some((text, needed > free))
    };
    let output = part(send.image_bytes, outline.free_bytes, "to save");
    let broker = part(send.record_bytes_max, outline.broker_free_bytes, "at most in the broker");
    let parts: Vec<(String, bool)> = output.into_iter().chain(broker).collect();
    let is_short = parts.iter().any(|(_, is_short)| *is_short);
    let text: Vec<String> = parts.into_iter().map(|(text, _)| text).collect();
    (!text.is_empty()).then(|| Line { name: "Disk", text: text.join("; "), is_warning: is_short })
}

/// The files that would not be sent, by name.
fn groups(outline: &Outline) -> Vec<NameGroup<'_>> {
    let Outline { send, passed_over, .. } = outline;
    let Some(send) = send else { return Vec::new() };
    let unreadable = send.content_missing + send.unreadable;
    let all = [
        ("image without a label", "images without a label", send.without_label, &passed_over.without_label),
        ("file that is not an image", "files that are not images", send.not_images, &passed_over.not_images),
        ("file that cannot be read", "files that cannot be read", unreadable, &passed_over.unreadable),
    ];
    let shown = all.into_iter().filter(|(.., count, _)| *count > 0);
    shown
        .map(|(one, many, count, names)| NameGroup {
            title: format::counted(count, one, many),
            count,
            known: names.len(),
            name: Box::new(move |index| {
                names.get(index).map_or(("", None), |(name, why)| (name.as_str(), Some(why.as_str())))
            }),
        })
        .collect()
}
