//! Writes the shown images as a training set: asks for format, folder and split, shows the progress, and what became of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Context, DragValue, ScrollArea, Ui};
use egui_material_icons::icons::{ICON_CLOSE, ICON_FOLDER_OPEN, ICON_SAVE};
use parking_lot::Mutex;

use super::connection::client_of;
use crate::gui::control_names::with_control_names;
use crate::gui::format;
use crate::gui::paths::{PathPurpose, PathRequest, path_of};
use crate::gui::session::Session;
use crate::gui::widgets;
use crate::gui::widgets::button::{icon_text_button, primary_button};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, choice, number, text, tick};
use crate::gui::widgets::message::{Severity, status_text};
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::export::{
    ExportOptions, ExportProgress, ExportReport, ExportSource, LeftOut, export_saved, export_topic,
};
use kafka_image_bench_core::labels::{LossCount, SET_FORMATS, SetFormat, YoloTask};
use kafka_image_bench_core::query::Query;
use kafka_image_bench_core::run::error::error_chain;

/// For how long the broker is waited for.
const BROKER_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two frames that show the progress.
const FRAME_INTERVAL: Duration = Duration::from_millis(200);

/// The dialog, while it is open, and what was chosen in it last.
pub(super) struct ExportDialog {
    is_open: bool,
    choices: Choices,
    state: State,
}

/// How far it is.
enum State {
    Asking,
    Running { job: Option<Job<Result<ExportReport, String>>>, progress: Arc<Mutex<Option<ExportProgress>>> },
    Ended(Result<Box<ExportReport>, String>),
}

struct Choices {
    source: ExportSource,
    format: &'static str,
    folder: String,
    split: String,
    seed: u64,
    task: Option<YoloTask>,
    copy: bool,
    query: String,
    /// Only these saved images.
    only: Option<Arc<BTreeSet<String>>>,
}

impl Default for ExportDialog {
    fn default() -> Self {
        let choices = Choices {
            source: ExportSource::Folder(PathBuf::new()),
            format: SET_FORMATS[0].name,
            folder: String::new(),
            split: "80/10/10".to_owned(),
            seed: 0,
            task: None,
            copy: false,
            query: String::new(),
            only: None,
        };
        Self { is_open: false, choices, state: State::Asking }
    }
}

/// What a person does in the dialog.
enum Press {
    Start,
    Browse,
    Reveal,
    Close,
}

impl Choices {
    /// The options, or why nothing can be written yet.
    fn options(&self) -> Result<ExportOptions, String> {
        let format = SetFormat::named(self.format).ok_or("Choose a format")?;
        let split = match self.split.trim() {
            "" => None,
            split => Some(split.parse()?),
        };
        if self.folder.trim().is_empty() {
            return Err("Name a new or an empty folder first".to_owned());
        }
        let query = match self.query.trim() {
            "" => None,
            query => Some(query.parse::<Query>().map_err(|error| error.to_string())?),
        };
        let yolo_task = self.task.filter(|_| self.format == "yolo");
        Ok(ExportOptions { format, split, seed: self.seed, yolo_task, copy: self.copy, query, only: self.only.clone() })
    }
}

impl ExportDialog {
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// `shown`: what the filter of the sheet asks for.
    pub(super) fn open(&mut self, source: ExportSource, shown: Option<Query>) {
        self.is_open = true;
        if !matches!(self.state, State::Running { .. }) {
            self.choices.source = source;
            self.choices.query = shown.map(|query| query.to_string()).unwrap_or_default();
            self.choices.only = None;
            self.state = State::Asking;
        }
    }

    /// The same for saved images of these names.
    pub(super) fn open_selected(&mut self, source: ExportSource, names: Arc<BTreeSet<String>>) {
        self.open(source, None);
        if matches!(self.state, State::Asking) {
            self.choices.only = Some(names);
        }
    }

    /// Takes the folder that was chosen.
    pub(super) fn set_folder(&mut self, folder: &std::path::Path) {
        self.choices.folder = folder.display().to_string();
    }

    /// Takes what the worker has done.
    pub(super) fn poll(&mut self) {
        if let State::Running { job, .. } = &mut self.state
            && let Some(result) = job::take(job, "the images were exported")
        {
            self.state = State::Ended(result.and_then(|report| report).map(Box::new));
        }
    }

    /// Draws the dialog, while it is open.
    pub(super) fn ui(&mut self, ctx: &Context, session: &mut Session) {
        if !self.is_open {
            return;
        }
        let (choices, state) = (&mut self.choices, &self.state);
        let response = widgets::dialog::dialog(ctx, "Export as a training set", 560.0, |ui| match state {
            State::Asking => asking_ui(ui, choices),
            State::Running { progress, .. } => running_ui(ui, progress),
            State::Ended(Ok(report)) => report_ui(ui, report),
            State::Ended(Err(problem)) => problem_ui(ui, problem),
        });
        // While it is running, only the button stops it.
        let closes = response.should_close() && !matches!(self.state, State::Running { .. });
        match response.inner {
            Some(Press::Start) => self.start(session),
            Some(Press::Browse) => session.choose_path(PathRequest {
                purpose: PathPurpose::TrainingSet,
                title: "Folder of the training set",
                kind: DialogKind::Folder,
                start: Some(session.work_dir.clone()),
                suggested: None,
            }),
            Some(Press::Reveal) => {
                if let State::Ended(Ok(report)) = &self.state {
                    session.reveal(report.folder.clone());
                }
            }
            Some(Press::Close) => self.close(),
            None if closes => self.close(),
            None => {}
        }
    }

    /// A job that is running is stopped, and removes what it wrote; the choices are shown again then, and after a problem.
    fn close(&mut self) {
        self.is_open = matches!(self.state, State::Running { .. } | State::Ended(Err(_)));
        self.state = State::Asking;
    }

    fn start(&mut self, session: &mut Session) {
        let options = match self.choices.options() {
            Ok(options) => options,
            Err(problem) => return session.notices.toast(problem),
        };
        let typed = path_of(&self.choices.folder);
        let folder = std::path::absolute(&typed).unwrap_or(typed);
        let broker = match &self.choices.source {
            ExportSource::Folder(_) => None,
            ExportSource::Topic(_) => match client_of(session) {
                Some(broker) => Some(broker),
                None => return,
            },
        };
        let progress = Arc::new(Mutex::new(None));
        let (shared, ctx, source) = (Arc::clone(&progress), session.ctx.clone(), self.choices.source.clone());
        let job = Job::start("export", &session.ctx, move |stop| {
            let mut drawn = Instant::now();
            let mut show = |progress: ExportProgress| {
                *shared.lock() = Some(progress);
                if drawn.elapsed() >= FRAME_INTERVAL {
                    drawn = Instant::now();
                    ctx.request_repaint();
                }
            };
            let exported = match (&source, broker) {
                (ExportSource::Topic(topic), Some((servers, client))) => {
                    let of = (topic.as_str(), BROKER_TIMEOUT);
                    export_topic((&servers, &client), of, &options, &folder, &mut show, stop)
                }
                (ExportSource::Topic(_), None) => return Err("The broker is not ready yet".to_owned()),
                (ExportSource::Folder(work_dir), _) => export_saved(work_dir, &options, &folder, &mut show, stop),
            };
            exported.map_err(|error| error_chain(&error))
        });
        self.state = State::Running { job: Some(job), progress };
    }
}

fn asking_ui(ui: &mut Ui, choices: &mut Choices) -> Option<Press> {
    caption(
        ui,
        match (&choices.source, &choices.only) {
            (ExportSource::Folder(_), Some(only)) => {
                let images = format::counted(only.len() as u64, "selected image", "selected images");
                format!("{images}, with the labels and objects that they were last sent with")
            }
            (ExportSource::Folder(_), None) => {
                "All saved images, with the labels and objects that they were last sent with".to_owned()
            }
            (ExportSource::Topic(topic), _) => format!("All images on the topic {topic}, without joining a group"),
        },
    );
    let of = Field { name: "Format", help: "Of the tool that reads the set" };
    choice(ui, &of, &mut choices.format, &SET_FORMATS.map(|format| format.name), |name| {
        SetFormat::named(name).map_or(*name, |format| format.title).to_owned()
    });
    if choices.format == "yolo" {
        let of = Field {
            name: "Task",
            help: "What the labels are for; one that keeps most of the objects whole, if none is chosen",
        };
        let tasks: Vec<Option<YoloTask>> = std::iter::once(None).chain(YoloTask::ALL.map(Some)).collect();
        choice(ui, &of, &mut choices.task, &tasks, |task| {
            task.map_or("by the objects".to_owned(), |task| task.to_string())
        });
    }
    let of = Field { name: "Set folder", help: "A new or an empty folder; nothing is overwritten" };
    text(ui, &of, &mut choices.folder, "Type or paste a path");
    let browses = ui.horizontal(|ui| icon_text_button(ui, ICON_FOLDER_OPEN, "Browse…").clicked()).inner;
    let of =
        Field { name: "Split", help: "Percentages for training, validation and testing; empty: all are for training" };
    text(ui, &of, &mut choices.split, "all for training");
    let of = Field { name: "Only where", help: "A query, as in browse --where; empty: all images" };
    text(ui, &of, &mut choices.query, "label = boat and objects.tug >= 2");
    let of = Field { name: "Seed", help: "The same seed divides the same images in the same way" };
    number(ui, &of, DragValue::new(&mut choices.seed).speed(0.1));
    let of = Field {
        name: "Copy images",
        help: "Without it images are hard links to the saved ones where that is possible: editing one edits both",
    };
    tick(ui, &of, &mut choices.copy);
    ui.add_space(4.0);
    let obstacle = choices.options().err();
    let mut press = browses.then_some(Press::Browse);
    ui.horizontal(|ui| {
        if primary_button(ui, ICON_SAVE, "Export", obstacle.is_none()).clicked() {
            press = Some(Press::Start);
        }
        if ui.button("Cancel").clicked() {
            press = Some(Press::Close);
        }
        if let Some(obstacle) = obstacle {
            caption(ui, obstacle);
        }
    });
    press
}

fn running_ui(ui: &mut Ui, progress: &Mutex<Option<ExportProgress>>) -> Option<Press> {
    let progress = *progress.lock();
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label(progress.map_or("Looking for images".to_owned(), |progress| progress.sentence()));
    });
    ui.add_space(4.0);
    icon_text_button(ui, ICON_CLOSE, "Stop export").clicked().then_some(Press::Close)
}

fn report_ui(ui: &mut Ui, report: &ExportReport) -> Option<Press> {
    let title = SetFormat::named(report.format).map_or(report.format, |format| format.title);
    let images = format::counted(report.images, "image", "images");
    let objects = format::counted(report.objects, "object", "objects");
    status_text(ui, Severity::Info, &format!("{images} and {objects} exported as {title}"));
    caption(ui, report.folder.display().to_string());
    let splits = report.splits.iter().map(|split| format!("{} {}", split.name, format::exact(split.images)));
    caption(ui, splits.collect::<Vec<_>>().join(", "));
    ScrollArea::vertical().max_height(240.0).show(ui, |ui| {
        for left in &report.left_out {
            status_text(ui, Severity::Warning, &format!("Left out: {}", LeftOut::sentence(left)));
        }
        for lost in &report.lost {
            status_text(ui, Severity::Warning, &format!("Lost: {}", LossCount::sentence(lost)));
        }
        for remark in &report.remarks {
            status_text(ui, Severity::Info, &with_control_names(remark));
        }
    });
    if report.lost.is_empty() {
        caption(ui, format!("{title} carries all that these images have"));
    }
    ui.add_space(4.0);
    let mut press = None;
    ui.horizontal(|ui| {
        if primary_button(ui, ICON_FOLDER_OPEN, "Open folder", true).clicked() {
            press = Some(Press::Reveal);
        }
        if ui.button("Close").clicked() {
            press = Some(Press::Close);
        }
    });
    press
}

fn problem_ui(ui: &mut Ui, problem: &str) -> Option<Press> {
    status_text(ui, Severity::Error, problem);
    ui.add_space(4.0);
    ui.button("Back").clicked().then_some(Press::Close)
}
