//! The state of the tab: lines, dead letters, and which of them are shown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use eframe::egui::Context;
use tracing::Level;

use super::redrive::{self, ListedLetters, RedriveDialog};
use crate::gui::format;
use crate::gui::log_buffer::{LogBuffer, LogLine};
use crate::gui::paths::PathPurpose;
use crate::gui::session::Session;
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::engine::report::RunReport;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::pipeline::sink::{DEAD_LETTER_CSV, DEAD_LETTERS_SENT_CSV, unescape_formula};

/// Lines that are shown.
const LINES_MAX: usize = 5_000;
/// Dead letters that are listed; the table on the disk has all.
const DEAD_LETTERS_MAX: usize = 10_000;

/// A record that holds no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterRow {
    /// When it was found, as the table has it.
    pub time: String,
    /// Where it stands.
    pub record: String,
    /// Why it cannot be read.
    pub reason: String,
    /// The file that keeps it, relative to the work folder; empty for a record of which nothing is known.
    pub file: String,
    /// Whether that file exists.
    pub is_kept: bool,
    /// Size of the value; `None`: it has none, or none is kept.
    pub size_bytes: Option<u64>,
    /// The beginning of that file, as far as it can be read.
    pub preview: String,
    /// Where it was sent again; empty if it was not.
    pub sent_to: String,
}

/// What the tab shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogView {
    /// The lines of the log.
    #[default]
    Messages,
    /// What stood at the top of the window or in its corner.
    Notices,
    /// Records that hold no image.
    DeadLetters,
}

/// The tab Log.
pub struct LogTab {
    /// Lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Lines of this level and more severe ones are shown.
    pub level: Level,
    /// Words that a line has to have.
    pub filter: String,
    /// Warnings and errors since the tab was open last.
    pub unseen: u64,
    /// The dead letters of the work folder, newest first.
    pub dead_letters: Vec<DeadLetterRow>,
    /// What is shown.
    pub view: LogView,
    /// The dialog that sends dead letters again.
    pub(super) redrive: RedriveDialog,
    buffer: LogBuffer,
    seen: u64,
    dead_job: Option<Job<Vec<DeadLetterRow>>>,
    export_job: Option<Job<Option<String>>>,
    read_for: Option<PathBuf>,
}

impl LogTab {
    /// Of a log.
    pub fn new(buffer: LogBuffer) -> Self {
        Self {
            lines: Vec::new(),
            level: Level::INFO,
            filter: String::new(),
            unseen: 0,
            dead_letters: Vec::new(),
            view: LogView::default(),
            redrive: RedriveDialog::default(),
            buffer,
            seen: 0,
            dead_job: None,
            export_job: None,
            read_for: None,
        }
    }

    /// Whether a dialog is open.
    pub fn has_dialog(&self) -> bool {
        self.redrive.is_open()
    }

    /// Shows the dead letters, and asks which of them are sent again.
    pub fn ask_redrive(&mut self) {
        self.view = LogView::DeadLetters;
        self.redrive.open(true);
    }

    /// Draws the dialogs that stay open over every tab.
    pub fn dialogs(&mut self, ctx: &Context, session: &mut Session) {
        let can_be_sent = |letter: &&DeadLetterRow| letter.sent_to.is_empty() && letter.is_kept;
        let left = self.dead_letters.iter().filter(can_be_sent).count() as u64;
        self.redrive.ui(ctx, session, ListedLetters { all: self.dead_letters.len() as u64, left });
    }

    /// Dead letters were sent again.
    pub fn redriven(&mut self, session: &mut Session, report: &RunReport) {
        self.reread_dead_letters(&session.ctx, &session.work_dir);
        redrive::show_result(session, report);
    }

    /// Takes what was logged.
    pub fn poll(&mut self) {
        let (new, seen) = self.buffer.since(self.seen);
        self.seen = seen;
        self.unseen += new.iter().filter(|line| line.level <= Level::WARN).count() as u64;
        self.lines.extend(new);
        if self.lines.len() > LINES_MAX {
            self.lines.drain(..self.lines.len() - LINES_MAX);
        }
        if let Some(Ok(letters)) = job::take(&mut self.dead_job, "the dead letters were read") {
            self.dead_letters = letters;
        }
        if let Some(result) = job::take(&mut self.export_job, "the log was written") {
            match result {
                Ok(None) => self.buffer.add(Level::INFO, "The log was written".to_owned()),
                Ok(Some(problem)) | Err(problem) => self.buffer.add(Level::WARN, problem),
            }
        }
    }

    /// Whether a line is shown.
    pub fn shows(&self, line: &LogLine) -> bool {
        line.level <= self.level
            && (self.filter.is_empty() || line.text.to_lowercase().contains(&self.filter.to_lowercase()))
    }

    /// Reads the dead letters, where that has not been done for this work folder.
    pub fn read_dead_letters(&mut self, ctx: &Context, work_dir: &Path) {
        if self.read_for.as_deref() != Some(work_dir) {
            self.reread_dead_letters(ctx, work_dir);
        }
    }

    /// Reads the dead letters again.
    pub fn reread_dead_letters(&mut self, ctx: &Context, work_dir: &Path) {
        self.read_for = Some(work_dir.to_owned());
        let work_dir = work_dir.to_owned();
        self.dead_job = Some(Job::start("dead-letters", ctx, move |_| dead_letters(&work_dir)));
    }

    /// Asks for the file that the log is written to.
    pub(super) fn ask_export(session: &mut Session) {
        let name = "kafka-image-bench.log";
        session.ask_new_path(PathPurpose::Log, "Export the log", DialogKind::SaveFile(name.to_owned()), name);
    }

    /// Writes the lines that are shown.
    pub fn export(&mut self, ctx: &Context, path: PathBuf) {
        let shown = self.lines.iter().filter(|line| self.shows(line));
        let text: String =
            shown.map(|line| format!("{} {:5} {}\n", format::clock(line.at_micros), line.level, line.text)).collect();
        self.export_job = Some(Job::start("log-export", ctx, move |_| {
            let written = kafka_image_bench_core::results::files::replace(&path, text.as_bytes());
            written.err().map(|error| format!("The log could not be written ({error}): {}", path.display()))
        }));
    }
}

fn dead_letters(work_dir: &Path) -> Vec<DeadLetterRow> {
    let reader = csv::ReaderBuilder::new().flexible(true).from_path(work_dir.join(DEAD_LETTER_CSV));
    let Ok(mut reader) = reader else { return Vec::new() };
    let rows: Vec<csv::StringRecord> = reader.records().flatten().collect();
    let sent = sent_letters(work_dir);
    let newest = rows.iter().rev().take(DEAD_LETTERS_MAX);
    newest
        .map(|row| {
            let cell = |index: usize| unescape_formula(row.get(index).unwrap_or_default()).to_owned();
            let file = cell(5);
            let path = work_dir.join(&file);
            // The table may come from elsewhere: it must not have other files shown.
            let is_ours = file.strip_prefix("dead_letters/").is_some_and(|name| !name.contains(['/', '\\']));
            let len = std::fs::metadata(&path).ok().filter(|_| is_ours).map(|metadata| metadata.len());
            DeadLetterRow {
                time: cell(0),
                record: printable(&format!("{}-{} @ {}", cell(1), cell(2), cell(3))).into_owned(),
                reason: printable(&cell(4)).into_owned(),
                is_kept: len.is_some(),
                // A tombstone keeps its key and headers alone.
                size_bytes: len.filter(|_| !file.ends_with(".json")),
                preview: if is_ours { preview(&path) } else { String::new() },
                sent_to: sent.get(&[1, 2, 3, 5].map(cell)).cloned().unwrap_or_default(),
                file,
            }
        })
        .collect()
}

/// Where letters were sent again, the last time: by topic, partition, offset and file.
fn sent_letters(work_dir: &Path) -> HashMap<[String; 4], String> {
    let reader = csv::ReaderBuilder::new().flexible(true).from_path(work_dir.join(DEAD_LETTERS_SENT_CSV));
    let Ok(mut reader) = reader else { return HashMap::new() };
    let sent = reader.records().flatten().map(|row| {
        let cell = |index: usize| unescape_formula(row.get(index).unwrap_or_default()).to_owned();
        let to = format!("{}-{} @ {}", cell(5), cell(6), cell(7));
        ([1, 2, 3, 4].map(cell), printable(&to).into_owned())
    });
    sent.collect()
}

fn preview(path: &Path) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(160).read_to_end(&mut bytes));
    if read.is_err() {
        return String::new();
    }
    let is_odd = |letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER;
    String::from_utf8_lossy(&bytes).chars().map(|letter| if is_odd(letter) { '·' } else { letter }).collect()
}
