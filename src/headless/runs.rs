//! The command `runs`: benchmarks and streams that are kept, their tags and notes.

use std::path::PathBuf;

use directories::ProjectDirs;

use super::{DONE, FAILED, USAGE, print, print_text, say, text};
use crate::cli::{OutputFormat, RunsArgs};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::notes::Notes;
use kafka_image_bench_core::results::run_search::RunSearch;
use kafka_image_bench_core::results::store::{KeptRun, RunStore};
use kafka_image_bench_core::results::stream_store::{KeptStream, StreamStore};

/// The stores of a folder, and the runs in it that are found.
struct Found {
    benchmarks: (RunStore, Vec<KeptRun>),
    streams: (StreamStore, Vec<KeptStream>),
    problems: Vec<String>,
}

impl Found {
    fn read(folder: PathBuf, search: &RunSearch) -> Self {
        let streams = StreamStore::new(StreamStore::folder_in(&folder));
        let benchmarks = RunStore::new(folder);
        let (mut all_benchmarks, mut problems) = benchmarks.list();
        let (mut all_streams, more) = streams.list();
        problems.extend(more);
        all_benchmarks.retain(|run| search.finds(&run.index));
        all_streams.retain(|run| search.finds(&run.index));
        Self { benchmarks: (benchmarks, all_benchmarks), streams: (streams, all_streams), problems }
    }

    fn count(&self) -> usize {
        self.benchmarks.1.len() + self.streams.1.len()
    }

    /// Changes the notes of all, and keeps them.
    fn change(&mut self, change: impl Fn(&mut Notes) -> Result<(), String>) -> Result<(), String> {
        for run in &mut self.benchmarks.1 {
            change(&mut run.notes)?;
            self.benchmarks.0.note(run, &run.notes).map_err(|error| error.to_string())?;
        }
        for run in &mut self.streams.1 {
            change(&mut run.notes)?;
            self.streams.0.note(run, &run.notes).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

pub(super) fn list(args: &RunsArgs, format: OutputFormat) -> anyhow::Result<u8> {
    let usual = || ProjectDirs::from("", "", "kafka-image-bench").map(|folders| folders.data_local_dir().join("runs"));
    let Some(folder) = args.runs_folder.clone().or_else(usual) else {
        say("error: the user's data folder is not known; give the folder of kept runs with --runs-folder");
        return Ok(USAGE);
    };
    if let Some(given) = args.runs_folder.as_deref().filter(|given| !given.is_dir()) {
        say(&format!("error: the folder of kept runs does not exist: {}", given.display()));
        return Ok(USAGE);
    }
    let mut found = Found::read(folder, &RunSearch::new(&args.search()));
    if args.note.is_some() && found.count() != 1 {
        let count = text::counted(found.count() as u64, "run", "runs");
        say(&format!("error: --note needs words that find one run; these find {count}"));
        return Ok(USAGE);
    }
    if args.changes() && found.count() == 0 {
        say("error: no run is found, so that nothing is changed");
        return Ok(FAILED);
    }
    if args.changes()
        && let Err(problem) = found.change(|notes| changed(notes, args))
    {
        say(&format!("error: {problem}"));
        return Ok(USAGE);
    }
    for problem in &found.problems {
        say(&format!("warning: {problem}"));
    }
    match format {
        OutputFormat::Text => print_text(&table(&found)),
        OutputFormat::Json => print(&serde_json::to_string_pretty(&json(&found))?),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    Ok(DONE)
}

fn changed(notes: &mut Notes, args: &RunsArgs) -> Result<(), String> {
    let removed = |tag: &String| args.removed.iter().any(|one| one.trim_start_matches('#') == tag);
    notes.tags.retain(|tag| !removed(tag));
    args.added.iter().try_for_each(|tag| notes.add_tag(tag))?;
    if let Some(note) = &args.note {
        note.trim().clone_into(&mut notes.note);
    }
    Ok(())
}

/// A line for each run, and another one for its note.
fn table(found: &Found) -> String {
    let line = |kind: &str, at: jiff::Timestamp, name: &str, what: String, notes: &Notes| {
        let at = at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
        let tags: Vec<String> = notes.tags.iter().map(|tag| format!(" #{tag}")).collect();
        let mut lines = vec![format!("{at}  {kind:<9}  {name}: {what}{}", tags.concat())];
        lines.extend(notes.note.lines().map(|line| format!("                             {line}")));
        lines.iter().map(|line| printable(line).into_owned()).collect::<Vec<_>>().join("\n")
    };
    let benchmark = |run: &KeptRun| {
        let incomplete = if run.is_complete { "" } else { ", not complete" };
        let what = format!("{}, {}{incomplete}", text::counted(run.runs as u64, "run", "runs"), run.broker_kind);
        line("benchmark", run.started_at, &run.name, what, &run.notes)
    };
    let stream = |run: &KeptStream| {
        let images = text::counted(run.images, "image", "images");
        let what = format!("{images}, {} images/s, {}", text::rate(run.images_per_s), run.outcome.as_str());
        line("stream", run.started_at, &run.name, what, &run.notes)
    };
    let lines: Vec<String> =
        found.benchmarks.1.iter().map(benchmark).chain(found.streams.1.iter().map(stream)).collect();
    if lines.is_empty() { "No run is found".to_owned() } else { lines.join("\n") }
}

fn json(found: &Found) -> serde_json::Value {
    let benchmark = |run: &KeptRun| {
        serde_json::json!({
            "path": run.path, "name": run.name, "started_at": run.started_at.to_string(), "runs": run.runs,
            "configurations": run.configurations, "broker_kind": run.broker_kind, "broker_version": run.broker_version,
            "is_complete": run.is_complete, "tags": run.notes.tags, "note": run.notes.note,
        })
    };
    let stream = |run: &KeptStream| {
        serde_json::json!({
            "path": run.path, "name": run.name, "started_at": run.started_at.to_string(), "input": run.input,
            "outcome": run.outcome, "broker_kind": run.broker_kind, "images": run.images,
            "images_per_s": run.images_per_s, "tags": run.notes.tags, "note": run.notes.note,
        })
    };
    serde_json::json!({
        "benchmarks": found.benchmarks.1.iter().map(benchmark).collect::<Vec<_>>(),
        "streams": found.streams.1.iter().map(stream).collect::<Vec<_>>(),
        "problems": found.problems,
    })
}
