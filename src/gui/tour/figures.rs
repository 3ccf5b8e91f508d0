//! What a tour measures, and the file that says it.

use std::collections::BTreeMap;
use std::path::Path;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::gui::state::State;

/// The file.
const FILE: &str = "tour.json";

/// Work on a frame, in milliseconds: everything but waiting for the display.
#[derive(Debug, Serialize)]
struct FrameTimes {
    frames: u64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// The figures of a tour.
#[derive(Default)]
pub(super) struct Figures {
    /// From the process's start until the first frame was shown.
    pub(super) first_frame_ms: Option<f64>,
    /// What went wrong.
    pub(super) problem: Option<String>,
    times: Vec<(&'static str, Histogram<u64>)>,
}

impl Figures {
    /// Counts a frame for the phase `name`.
    pub(super) fn record(&mut self, name: &'static str, work_s: f32) {
        let micros = (f64::from(work_s) * 1e6).clamp(1.0, 60e6) as u64;
        if !self.times.iter().any(|(known, _)| *known == name)
            && let Ok(histogram) = Histogram::new_with_bounds(1, 60_000_000, 3)
        {
            self.times.push((name, histogram));
        }
        if let Some((_, histogram)) = self.times.iter_mut().find(|(known, _)| *known == name) {
            histogram.saturating_record(micros);
        }
    }

    /// Writes them into `folder`.
    pub(super) fn write(&self, folder: &Path, state: &State) {
        let times: BTreeMap<&str, FrameTimes> = self
            .times
            .iter()
            .map(|(name, histogram)| {
                let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1e3;
                let max_ms = histogram.max() as f64 / 1e3;
                (*name, FrameTimes { frames: histogram.len(), p50_ms: ms(0.5), p99_ms: ms(0.99), max_ms })
            })
            .collect();
        let saved = state.run.last_stream.as_ref().map_or(0, |report| report.snapshot.saved);
        let rate = state.run.last_stream.as_ref().map_or(0.0, |report| report.snapshot.consumer_images_per_s());
        let report = serde_json::json!({
            "problem": self.problem,
            "first_frame_ms": self.first_frame_ms,
            "frame_cpu": times,
            "saved_images": saved,
            "saved_images_per_s": rate,
            "listed_images": state.images.listing.entries.len(),
            "thumbnail_bytes": state.thumbnails.size_bytes(),
            "peak_memory_bytes": peak_memory_bytes(),
        });
        let text = serde_json::to_vec_pretty(&report).unwrap_or_default();
        let written = std::fs::create_dir_all(folder);
        if let Err(error) = written.and_then(|()| crate::report::files::replace(&folder.join(FILE), &text)) {
            tracing::error!("the tour's figures could not be written: {error}");
        }
    }
}

/// The largest resident memory so far, where the system tells it (Linux).
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
