//! Keeps the results of a stream when it has ended.

use std::path::PathBuf;

use super::plan::{KeepStream, Plan, StreamPlan};
use super::report::{BrokerFacts, Outcome, RunReport};
use crate::labels::FoundLabels;
use crate::model::client_settings::is_secret;
use crate::model::refusal::RefusalGroup;
use crate::results::StreamSeries;
use crate::results::files::replace;
use crate::results::stream::{
    STREAM_SCHEMA, STREAM_SCHEMA_VERSION, StreamBroker, StreamFigures, StreamOutcome, StreamResults, StreamSetting,
};
use crate::results::stream_store::StreamStore;

/// Names of refused images in a file; all are counted.
const NAMES_MAX: usize = 10_000;

/// A stream that is kept at its end.
pub(super) struct Keeping {
    plan: StreamPlan,
    place: KeepStream,
    started_at: jiff::Timestamp,
}

impl Keeping {
    /// `None`: the run is no stream, or is not kept.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let Plan::Stream(plan) = plan else { return None };
        let place = plan.keep.clone()?;
        Some(Self { plan: (**plan).clone(), place, started_at: jiff::Timestamp::now() })
    }

    /// Writes the file. `None`: the run never reached its topic, or found nothing to do.
    ///
    /// # Errors
    /// A sentence about the file.
    pub(super) fn keep(self, report: &RunReport) -> Result<Option<PathBuf>, String> {
        let Some(results) = self.results(report) else { return Ok(None) };
        let refuse = |error: std::io::Error| format!("The results of the run could not be kept: {error}");
        match self.place {
            KeepStream::Folder(folder) => StreamStore::new(folder).keep(&results).map(Some).map_err(refuse),
            KeepStream::File(path) => {
                let bytes = serde_json::to_vec_pretty(&results).map_err(|error| refuse(error.into()))?;
                let written = replace(&path, &bytes).map(|()| Some(path.clone()));
                written.map_err(|error| format!("{}: {}", refuse(error), path.display()))
            }
        }
    }

    fn results(&self, report: &RunReport) -> Option<StreamResults> {
        let (outcome, reason) = match &report.outcome {
            Outcome::Done => (StreamOutcome::Done, None),
            Outcome::Stopped => (StreamOutcome::Stopped, None),
            Outcome::Failed(reason) => (StreamOutcome::Failed, Some(reason.clone())),
            Outcome::Refused(_) => return None,
        };
        let (plan, snapshot) = (&self.plan, &report.snapshot);
        let BrokerFacts { kind, bootstrap_servers, partitions, topic_created } =
            report.stream.as_ref()?.broker.clone()?;
        let is_asked_for = matches!(self.place, KeepStream::File(_)) || outcome == StreamOutcome::Failed;
        if snapshot.sent + snapshot.received + snapshot.rejected == 0 && !is_asked_for {
            return None;
        }
        Some(StreamResults {
            schema: STREAM_SCHEMA.to_owned(),
            schema_version: STREAM_SCHEMA_VERSION,
            run_id: report.run_id.clone(),
            display_name: None,
            started_at: self.started_at.to_string(),
            finished_at: jiff::Timestamp::now().to_string(),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            outcome,
            reason,
            mode: plan.mode.as_str().to_owned(),
            input: if plan.mode.produces() { plan.input.display().to_string() } else { String::new() },
            work_dir: plan.work_dir.display().to_string(),
            topic: plan.topic.clone(),
            group: plan.group.clone(),
            broker: StreamBroker { kind, bootstrap_servers, partitions, topic_created },
            settings: settings(plan, report.stream.as_ref().and_then(|facts| facts.labels_found.as_ref())),
            figures: StreamFigures::of(snapshot),
            stages: report.stages.clone(),
            refused: bounded(&report.refused),
            series: StreamSeries::of(&snapshot.series),
        })
    }
}

/// What was set, by Kafka's names where it has them.
fn settings(plan: &StreamPlan, found: Option<&FoundLabels>) -> Vec<StreamSetting> {
    let mut all: Vec<(&str, String)> = Vec::new();
    if plan.mode.produces() {
        all.extend([
            ("encoding", plan.encoding.to_string()),
            ("key", plan.key.to_string()),
            ("labels", plan.labels.to_string()),
            ("producers", plan.producers.to_string()),
        ]);
        all.extend(found.map(|found| ("labels found", found.sentence.clone())));
        let pace = plan.load_shape.map(|shape| shape.to_string());
        let pace = pace.or_else(|| plan.rate_images_per_s.map(|rate| format!("at most {rate} images/s")));
        all.push(("pace", pace.unwrap_or_else(|| "full speed".to_owned())));
    }
    if plan.mode.consumes() {
        all.push(("consumers", plan.consumers.to_string()));
        all.extend(plan.dead_letter_topic.clone().map(|topic| ("dead letter topic", topic)));
    }
    let flags = [("any file", plan.any_file), ("watch", plan.watch), ("resend", plan.resend)];
    all.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (name, "yes".to_owned())));
    if let Some(only) = &plan.only {
        all.push(("selected images", only.len().to_string()));
    }
    let of_producer = plan.client.producer.iter().filter(|_| plan.mode.produces());
    let of_consumer = plan.client.consumer.iter().filter(|_| plan.mode.consumes());
    let of_client = plan.client.properties.iter().chain(of_producer).chain(of_consumer);
    // The password and whatever else gives access stays with the person.
    let shown = of_client.filter(|(name, _)| !is_secret(name) && !name.starts_with("sasl."));
    all.extend(shown.map(|(name, value)| (name.as_str(), value.clone())));
    all.into_iter().map(|(name, value)| StreamSetting { name: name.to_owned(), value }).collect()
}

/// The groups with at most [`NAMES_MAX`] names in all.
fn bounded(groups: &[RefusalGroup]) -> Vec<RefusalGroup> {
    let mut left = NAMES_MAX;
    let group = |group: &RefusalGroup| {
        let entries: Vec<_> = group.entries.iter().take(left).cloned().collect();
        left -= entries.len();
        RefusalGroup { entries, ..group.clone() }
    };
    groups.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client_settings::ClientSettings;

    #[test]
    fn settings_have_no_secret() {
        let given = [("ssl.key.password", "hidden"), ("sasl.username", "me"), ("socket.timeout.ms", "5000")];
        let client = ClientSettings {
            properties: given.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            producer: vec![("linger.ms".to_owned(), "5".to_owned())],
            consumer: Vec::new(),
        };
        let all = settings(&StreamPlan { client, ..StreamPlan::default() }, None);
        let value = |name: &str| all.iter().find(|one| one.name == name).map(|one| one.value.as_str());
        assert_eq!((value("socket.timeout.ms"), value("linger.ms")), (Some("5000"), Some("5")));
        assert_eq!((value("encoding"), value("pace")), (Some("json"), Some("full speed")));
        assert!(all.iter().all(|one| !["hidden", "me"].contains(&one.value.as_str())), "{all:?}");
    }
}
