//! The figures of a stream that are listed, compared and exported: one table for all surfaces.

use std::io;

use super::stream::{StreamFigures, StreamResults};
use crate::metrics::LatencySummary;
use crate::model::units;

/// A figure of a stream.
pub struct StreamFigure {
    /// As the JSON file has it, without the name of the object that holds it.
    pub key: &'static str,
    /// What people read.
    pub name: &'static str,
    /// Its value; `None` where the run has none.
    pub value: fn(&StreamFigures) -> Option<f64>,
    /// With its unit.
    pub text: fn(f64) -> String,
    /// Whether more is better; `None`: neither.
    pub more_is_better: Option<bool>,
}

const fn figure(
    key: &'static str,
    name: &'static str,
    text: fn(f64) -> String,
    more_is_better: Option<bool>,
    value: fn(&StreamFigures) -> Option<f64>,
) -> StreamFigure {
    StreamFigure { key, name, value, text, more_is_better }
}

/// All figures, in the order in which they are shown.
pub static STREAM_FIGURES: [StreamFigure; 19] = [
    figure("elapsed_s", "Time", seconds, Some(false), |one| Some(one.snapshot.elapsed.as_secs_f64())),
    figure("found", "Images found", number, None, |one| Some(one.snapshot.found as f64)),
    figure("acknowledged", "Sent", number, None, |one| Some(one.snapshot.acknowledged as f64)),
    figure("acknowledged_bytes", "Bytes sent", units::bytes, None, |one| Some(one.snapshot.acknowledged_bytes as f64)),
    figure("producer_images_per_s", "Sending", units::images_per_s, Some(true), |one| rate(one.producer_images_per_s)),
    figure("producer_mb_per_s", "Sending, bytes", units::mb_per_s, Some(true), |one| rate(one.producer_mb_per_s)),
    figure("acknowledgement_p50_micros", "Acknowledged, p50", micros, Some(false), |one| {
        latency(one.snapshot.acknowledgement_latency, |one| one.p50_micros)
    }),
    figure("acknowledgement_p99_micros", "Acknowledged, p99", micros, Some(false), |one| {
        latency(one.snapshot.acknowledgement_latency, |one| one.p99_micros)
    }),
    figure("saved", "Saved", number, None, |one| Some(one.snapshot.saved as f64)),
    figure("consumer_images_per_s", "Saving", units::images_per_s, Some(true), |one| rate(one.consumer_images_per_s)),
    figure("consumer_mb_per_s", "Saving, bytes", units::mb_per_s, Some(true), |one| rate(one.consumer_mb_per_s)),
    figure("saved_p50_micros", "End to end, p50", micros, Some(false), |one| {
        latency(one.snapshot.saved_latency, |one| one.p50_micros)
    }),
    figure("saved_p99_micros", "End to end, p99", micros, Some(false), |one| {
        latency(one.snapshot.saved_latency, |one| one.p99_micros)
    }),
    figure("saved_max_micros", "End to end, longest", micros, Some(false), |one| {
        latency(one.snapshot.saved_latency, |one| one.max_micros)
    }),
    figure("rejected", "Not sent", number, Some(false), |one| Some(one.snapshot.rejected as f64)),
    figure("dead_letters", "Dead letters", number, Some(false), |one| Some(one.snapshot.dead_letters as f64)),
    figure("lost", "Lost", number, Some(false), |one| Some(one.snapshot.lost as f64)),
    figure("on_topic", "Left on the topic", number, Some(false), |one| Some(one.snapshot.on_topic as f64)),
    figure("retried", "Sent again after a failure", number, Some(false), |one| Some(one.snapshot.retried as f64)),
];

fn seconds(seconds: f64) -> String {
    units::millis(seconds * 1e3)
}

fn number(number: f64) -> String {
    units::exact(number.max(0.0) as u64)
}

fn micros(micros: f64) -> String {
    units::micros(micros.max(0.0) as u64)
}

/// A side that did nothing has no rate.
fn rate(per_s: f64) -> Option<f64> {
    Some(per_s).filter(|rate| *rate > 0.0)
}

fn latency(summary: LatencySummary, of: fn(&LatencySummary) -> u64) -> Option<f64> {
    (summary.count > 0).then(|| of(&summary) as f64)
}

impl StreamFigure {
    /// The value as people read it; a dash where there is none.
    pub fn shown(&self, figures: &StreamFigures) -> String {
        (self.value)(figures).map_or_else(|| "–".to_owned(), self.text)
    }

    /// By how many per cent `figures` differ from `other`; `None` where one of them has no value, or `other` has 0.
    pub fn difference_percent(&self, figures: &StreamFigures, other: &StreamFigures) -> Option<f64> {
        let (value, other) = (self.value)(figures).zip((self.value)(other))?;
        (other != 0.0).then(|| 100.0 * (value - other) / other)
    }
}

/// A row for each stream: what it was, every figure, and every setting that one of them has.
///
/// # Errors
/// A row cannot be written.
pub fn streams_csv(streams: &[StreamResults]) -> io::Result<Vec<u8>> {
    let mut settings: Vec<&str> = Vec::new();
    for setting in streams.iter().flat_map(|one| &one.settings) {
        if !settings.contains(&setting.name.as_str()) {
            settings.push(&setting.name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let facts = ["run_id", "started_at", "name", "outcome", "mode", "input", "broker", "topic", "group", "partitions"];
    writer.write_record(facts.into_iter().chain(STREAM_FIGURES.iter().map(|one| one.key)).chain(settings.clone()))?;
    for one in streams {
        let mut cells = vec![
            one.run_id.clone(),
            one.started_at.clone(),
            one.title(),
            one.outcome.as_str().to_owned(),
            one.mode.clone(),
            one.input.clone(),
            one.broker.bootstrap_servers.clone(),
            one.topic.clone(),
            one.group.clone(),
            one.broker.partitions.to_string(),
        ];
        let value = |figure: &StreamFigure| (figure.value)(&one.figures).map(|value| value.to_string());
        cells.extend(STREAM_FIGURES.iter().map(|figure| value(figure).unwrap_or_default()));
        cells.extend(settings.iter().map(|name| {
            let setting = one.settings.iter().find(|setting| setting.name == *name);
            setting.map(|setting| setting.value.clone()).unwrap_or_default()
        }));
        writer.write_record(cells)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}
