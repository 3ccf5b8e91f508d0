//! Which streams are kept, which one is shown, and which one it is compared with.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use crate::gui::notices::Notices;
use crate::gui::paths::Export;
use crate::gui::results::kept_list::KeptList;
use crate::gui::results::notes_editor::NotesEditor;
use crate::gui::results::settings::Exported;
use crate::gui::widgets::grouped_list::OpenGroups;
use crate::gui::widgets::stream_charts::StreamCharts;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::metrics::Series;
use kafka_image_bench_core::results::files;
use kafka_image_bench_core::results::stream::{StreamResults, read_stream};
use kafka_image_bench_core::results::stream_store::{KeptStream, StreamStore};
use kafka_image_bench_core::results::streams_csv;

/// A stream, and all that is drawn of it.
pub struct ShownStream {
    /// Its file.
    pub path: PathBuf,
    /// The stream.
    pub results: StreamResults,
    /// Over time.
    pub series: Series,
    /// Its charts.
    pub charts: StreamCharts,
    /// Which reasons are open in the list of what was refused.
    pub open: OpenGroups,
}

/// The kept streams.
pub struct StreamRuns {
    /// All of them.
    pub runs: KeptList<KeptStream>,
    /// The one that is shown.
    pub shown: Option<ShownStream>,
    /// The one that it is compared with.
    pub other: Option<ShownStream>,
    /// The file of the one that every other one is compared with.
    pub pinned: Option<PathBuf>,
    pub(in crate::gui::results) notes: NotesEditor,
    open_job: Option<Job<Result<ShownStream, String>>>,
    other_job: Option<Job<Result<ShownStream, String>>>,
    export_job: Option<Job<Result<Exported, String>>>,
}

impl StreamRuns {
    /// Of the streams in the folder of kept runs, of which one is pinned.
    pub fn new(runs_folder: Option<&Path>, pinned: Option<PathBuf>) -> Self {
        Self {
            runs: KeptList::new(runs_folder.map(|folder| StreamStore::new(StreamStore::folder_in(folder)))),
            shown: None,
            other: None,
            pinned,
            notes: NotesEditor::default(),
            open_job: None,
            other_job: None,
            export_job: None,
        }
    }

    /// Reads the list.
    pub fn list(&mut self, ctx: &Context) {
        self.runs.list(ctx);
    }

    /// Shows the stream in a file.
    pub fn open(&mut self, ctx: &Context, path: PathBuf) {
        self.open_job = Some(Job::start("stream", ctx, move |_| show(path)));
    }

    /// Shows a stream that was read already.
    pub fn show(&mut self, stream: ShownStream) {
        self.other = self.other.take().filter(|other| other.path != stream.path);
        self.shown = Some(stream);
    }

    /// Compares every stream with the one in a file, or with none.
    pub fn compare_with(&mut self, ctx: &Context, path: Option<PathBuf>) {
        self.pinned.clone_from(&path);
        (self.other, self.other_job) = (None, None);
        self.follow_pinned(ctx);
    }

    /// Reads the stream that is pinned, unless it is the one that is shown.
    fn follow_pinned(&mut self, ctx: &Context) {
        let is_shown = |path: &Path| self.shown.as_ref().is_none_or(|shown| shown.path == path);
        let is_read = self.other.is_some() || self.other_job.is_some();
        let listed =
            self.pinned.as_deref().filter(|path| !is_read && !is_shown(path) && self.runs.of_path(path).is_some());
        if let Some(path) = listed.map(Path::to_owned) {
            self.other_job = Some(Job::start("stream", ctx, move |_| show(path)));
        }
    }

    /// Deletes the file of a stream.
    pub fn delete(&mut self, ctx: &Context, run: KeptStream) {
        let is_it = |shown: &ShownStream| shown.path == run.path;
        self.shown = self.shown.take().filter(|shown| !is_it(shown));
        self.other = self.other.take().filter(|shown| !is_it(shown));
        self.pinned = self.pinned.take().filter(|pinned| *pinned != run.path);
        self.runs.delete(ctx, run);
    }

    /// What a file is called by default.
    pub fn export_name(&self, what: Export) -> String {
        let stamp = self.shown.as_ref().map(|shown| shown.results.started_at.clone()).unwrap_or_default();
        let stamp: String = stamp.chars().take(19).filter(|letter| letter.is_ascii_alphanumeric()).collect();
        match what {
            Export::StreamsCsv => "streams.csv".to_owned(),
            _ => format!("stream-{stamp}.json"),
        }
    }

    /// Writes the shown stream, or a table of all of them.
    pub fn export(&mut self, ctx: &Context, what: Export, path: PathBuf) {
        let paths: Vec<PathBuf> = match what {
            Export::StreamsCsv => self.runs.all.iter().map(|run| run.path.clone()).collect(),
            _ => self.shown.iter().map(|shown| shown.path.clone()).collect(),
        };
        self.export_job = Some(Job::start("export", ctx, move |_| {
            let streams = paths.iter().map(|path| read_stream(path)).collect::<Result<Vec<_>, String>>()?;
            let bytes = match (what, streams.first()) {
                (Export::StreamsCsv, _) => streams_csv(&streams),
                (_, Some(stream)) => serde_json::to_vec_pretty(stream).map_err(std::io::Error::other),
                (_, None) => Ok(Vec::new()),
            };
            let written = bytes.and_then(|bytes| files::replace(&path, &bytes));
            written.map_err(|error| format!("{error}: {}", path.display()))?;
            Ok(Exported { path, what })
        }));
    }

    /// Takes what the workers have read. `Some`: this was exported.
    pub fn poll(&mut self, ctx: &Context, notices: &mut Notices) -> Option<Exported> {
        if self.runs.poll_list() {
            let newest = self.runs.all.first().filter(|_| self.shown.is_none() && self.open_job.is_none());
            if let Some(path) = newest.map(|run| run.path.clone()) {
                self.open(ctx, path);
            }
        }
        match job::take(&mut self.open_job, "the stream was read").map(|result| result.and_then(|shown| shown)) {
            Some(Ok(stream)) => self.show(stream),
            Some(Err(problem)) => notices.error("results", "The stream could not be opened", problem),
            None => {}
        }
        match job::take(&mut self.other_job, "the stream was read").map(|result| result.and_then(|shown| shown)) {
            Some(Ok(stream)) => {
                self.other =
                    Some(stream).filter(|other| self.shown.as_ref().is_none_or(|shown| shown.path != other.path));
            }
            Some(Err(problem)) => notices.error("results", "The stream could not be opened", problem),
            None => {}
        }
        if self.runs.poll_change(ctx, notices)
            && let Some(path) = self.shown.as_ref().map(|shown| shown.path.clone())
        {
            self.open(ctx, path);
        }
        self.follow_pinned(ctx);
        let kept = self.shown.as_ref().and_then(|shown| self.runs.of_path(&shown.path));
        if let Some((path, notes)) = kept.and_then(|kept| self.notes.show(&kept.path, &kept.notes)) {
            self.runs.note(ctx, &path, notes);
        }
        match job::take(&mut self.export_job, "a file was written").map(|result| result.and_then(|written| written)) {
            Some(Ok(written)) => return Some(written),
            Some(Err(problem)) => notices.error("export", "The file could not be written", problem),
            None => {}
        }
        None
    }
}

/// How much faster or slower a stream was than the pinned one, in per cent of that one's images a second.
pub fn difference(pinned: &KeptStream, stream: &KeptStream) -> Option<String> {
    let is_measured = pinned.images_per_s > 0.0 && stream.images_per_s > 0.0 && pinned.path != stream.path;
    is_measured.then(|| format!("{:+.1} % images/s", 100.0 * (stream.images_per_s / pinned.images_per_s - 1.0)))
}

/// Reads a stream and prepares what is drawn of it.
pub fn show(path: PathBuf) -> Result<ShownStream, String> {
    let results = read_stream(&path)?;
    let series = results.series.to_series();
    Ok(ShownStream { path, results, series, charts: StreamCharts::default(), open: OpenGroups::default() })
}
