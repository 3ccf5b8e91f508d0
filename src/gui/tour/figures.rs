//! What a tour measures, and the file that it is written to.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::gui::session::Session;
use crate::gui::tabs::Tabs;

/// The file.
const FILE: &str = "tour.json";

/// What frames took.
#[derive(Debug, Serialize)]
struct FrameTimes {
    frames: u64,
    /// By the clock, without waiting for the display: egui's `cpu_usage`.
    work: Times,
    /// The processor time of the window's thread from one frame to the next; missing where the system does not report it.
    processor: Option<Times>,
}

/// In milliseconds.
#[derive(Debug, Serialize)]
struct Times {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// The frames of a phase, in microseconds.
struct Phase {
    name: &'static str,
    work: Histogram<u64>,
    processor: Histogram<u64>,
}

/// The figures of a tour.
#[derive(Default)]
pub(super) struct Figures {
    /// From the process's start until the first frame was shown.
    pub(super) first_frame_ms: Option<f64>,
    /// What went wrong.
    pub(super) problem: Option<String>,
    phases: Vec<Phase>,
}

impl Figures {
    /// Counts a frame for the phase `name`.
    pub(super) fn record(&mut self, name: &'static str, work: Duration, processor: Option<Duration>) {
        let histogram = || Histogram::new_with_bounds(1, 60_000_000, 3);
        if !self.phases.iter().any(|phase| phase.name == name)
            && let (Ok(work), Ok(processor)) = (histogram(), histogram())
        {
            self.phases.push(Phase { name, work, processor });
        }
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        if let Some(phase) = self.phases.iter_mut().find(|phase| phase.name == name) {
            phase.work.saturating_record(micros(work));
            if let Some(processor) = processor {
                phase.processor.saturating_record(micros(processor));
            }
        }
    }

    /// Writes them into `folder`.
    pub(super) fn write(&self, folder: &Path, session: &Session, tabs: &Tabs) {
        let frames: BTreeMap<&str, FrameTimes> = self
            .phases
            .iter()
            .map(|Phase { name, work, processor }| {
                let processor = (!processor.is_empty()).then(|| times(processor));
                (*name, FrameTimes { frames: work.len(), work: times(work), processor })
            })
            .collect();
        let saved = session.run.last_stream.as_ref().map_or(0, |report| report.snapshot.saved);
        let rate = session.run.last_stream.as_ref().map_or(0.0, |report| report.snapshot.consumer_images_per_s());
        let report = serde_json::json!({
            "problem": self.problem,
            "first_frame_ms": self.first_frame_ms,
            "frames": frames,
            "saved_images": saved,
            "saved_images_per_s": rate,
            "listed_images": tabs.images.listing.entries.len(),
            "thumbnail_bytes": session.thumbnails.size_bytes(),
            "peak_memory_bytes": peak_memory_bytes(),
        });
        let text = serde_json::to_vec_pretty(&report).unwrap_or_default();
        let written = std::fs::create_dir_all(folder);
        if let Err(error) =
            written.and_then(|()| kafka_image_bench_core::results::files::replace(&folder.join(FILE), &text))
        {
            tracing::error!("the tour's figures could not be written: {error}");
        }
    }
}

fn times(histogram: &Histogram<u64>) -> Times {
    let ms = |micros: u64| micros as f64 / 1e3;
    let at = |quantile: f64| ms(histogram.value_at_quantile(quantile));
    Times { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: ms(histogram.max()) }
}

/// How long this thread has had a processor so far.
#[cfg(target_os = "linux")]
pub(super) fn processor_time() -> Option<Duration> {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).ok()
}

/// Not asked for here.
#[cfg(not(target_os = "linux"))]
pub(super) fn processor_time() -> Option<Duration> {
    None
}

/// The largest resident memory so far, where the system reports it (Linux).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
