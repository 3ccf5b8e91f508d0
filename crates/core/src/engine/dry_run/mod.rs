//! What a run would do, found without doing it: nothing is created, written, sent or committed.

mod broker;
mod folder;
mod outline;
mod passed_over;
mod room;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tokio::runtime::Handle;

use super::plan::{DryRunPlan, StreamPlan};
use crate::benchmark::plan::{BenchmarkPlan, RunLength};
use crate::benchmark::{POOL_BYTES, choose};
use crate::configuration::{BenchmarkMode, Encoding, LoadShape, RecordKey};
use crate::engine::error::EngineError;
use crate::engine::found_labels::{KnownLabels, settle};
use crate::labels::{FoundLabels, LabelFindings};
use crate::model::broker_kind::BrokerKind;
use crate::model::replay_outline::ReplayOutline;
use crate::pipeline::outputs::own_outputs;
use crate::results::{LadderLimits, RaceGoal};
use crate::run::context::RunContext;
pub use outline::{LookedThrough, Outline, outline};
pub use passed_over::PassedOver;

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DryRun {
    /// The command: `stream`, `produce`, `consume` or `benchmark`.
    pub command: &'static str,
    /// The broker.
    pub broker: BrokerPreview,
    /// The topic; `None` for a benchmark, whose runs have a topic each.
    pub topic: Option<TopicPreview>,
    /// What would be sent.
    pub send: Option<SendPreview>,
    /// What would be received.
    pub receive: Option<ReceivePreview>,
    /// What would be measured.
    pub measure: Option<MeasurePreview>,
    /// The folder of the output.
    pub work_dir: PathBuf,
}

/// The broker that a run would use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerPreview {
    /// Its kind.
    pub kind: BrokerKind,
    /// Its address; `None` for an embedded broker that the run would start.
    pub bootstrap_servers: Option<String>,
    /// The folder of an embedded broker's data; `None` for a cluster, and in memory.
    pub data: Option<PathBuf>,
    /// Brokers of the cluster; `None` where no broker was asked.
    pub brokers: Option<usize>,
}

/// The topic of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopicPreview {
    /// Its name.
    pub name: String,
    /// Whether it exists; `None` where no broker was asked.
    pub exists: Option<bool>,
    /// Whether the run would create it; `None` where no broker was asked.
    pub is_created: Option<bool>,
    /// Its partitions, or those that it would be created with; `None` where neither is known.
    pub partitions: Option<usize>,
    /// Its `max.message.bytes`, or that with which it would be created; `None` where neither is known.
    pub max_message_bytes: Option<u64>,
}

/// What would be sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SendPreview {
    /// The folder.
    pub input: PathBuf,
    /// How images are encoded.
    pub encoding: Encoding,
    /// What the keys of the records are.
    pub key: RecordKey,
    /// Images that would be sent.
    pub images: u64,
    /// Bytes of their files.
    pub image_bytes: u64,
    /// Bytes of their records, at most, uncompressed and without boxes.
    pub record_bytes_max: u64,
    /// Images that were sent before.
    pub sent_before: u64,
    /// Images that would be rejected because they have no label.
    pub without_label: u64,
    /// Images that would be rejected because the topic or the clients' settings take no record of that size; `None` where
    /// the limit is not known.
    pub too_large: Option<u64>,
    /// Files that are not images.
    pub not_images: u64,
    /// Of these, how many there are of each kind that has a name, such as `HEIC`.
    pub other_formats: BTreeMap<String, u64>,
    /// Files that hold labels.
    pub label_files: u64,
    /// Links and pointers of git-annex, Git LFS and DVC, and broken links, that stand for images whose content is not here.
    pub content_missing: u64,
    /// Files and folders that cannot be read.
    pub unreadable: u64,
    /// The labels that were looked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels_found: Option<FoundLabels>,
    /// What else was found of labels.
    #[serde(skip)]
    pub label_remarks: Vec<String>,
    /// What the labels have for the images, if they can have objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelFindings>,
    /// The most images per second.
    pub rate_images_per_s: Option<f64>,
    /// The load that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_shape: Option<LoadShape>,
    /// What the replay of capture times would be like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayOutline>,
    /// Whether the run would wait for new files until it is stopped.
    pub watches: bool,
}

/// What would be received.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceivePreview {
    /// The consumer group.
    pub group: String,
    /// Members that would join it.
    pub consumers: usize,
    /// Whether the group has committed offsets on the topic; `None` where no broker was asked.
    pub has_committed: Option<bool>,
    /// Records on the topic that wait for the group; `None` where no broker was asked.
    pub waiting: Option<u64>,
    /// The run would stop after this many records.
    pub count: Option<u64>,
    /// The run would stop when nothing has arrived for so many seconds.
    pub until_idle_s: Option<f64>,
}

/// A race.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RacePreview {
    /// What it compares.
    pub goal: RaceGoal,
    /// Differences up to this count as none.
    pub margin_percent: f64,
    /// The most that measuring may take.
    pub budget_s: f64,
    /// Whether it would consist of short slices, which have a length of their own, and not of whole runs.
    pub is_sliced: bool,
}

/// What would be measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasurePreview {
    /// What is measured.
    pub mode: BenchmarkMode,
    /// The names of the configurations.
    pub configurations: Vec<String>,
    /// Runs in all; of a search or a ladder the most, and of a race those that it replaces.
    pub runs: u32,
    /// Runs of each configuration, likewise.
    pub runs_per_configuration: u32,
    /// What a race would be like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub race: Option<RacePreview>,
    /// How long each run sends, in seconds.
    pub duration_s: Option<f64>,
    /// How many images each run sends.
    pub images_per_run: Option<u64>,
    /// The fixed rate, in images a second.
    pub rate_images_per_s: Option<f64>,
    /// The latency within which the highest rate is looked for, in milliseconds.
    pub find_max_p99_ms: Option<f64>,
    /// The bounds of a ladder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder: Option<LadderLimits>,
    /// The load that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_shape: Option<LoadShape>,
    /// What the replay of capture times would be like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayOutline>,
    /// About how long everything takes, in seconds, of a race at most; `None` where that depends on the speed.
    pub estimate_s: Option<f64>,
    /// The folder.
    pub input: PathBuf,
    /// Producers that would share the images.
    pub producers: usize,
    /// Consumer groups, of which each would receive every record.
    pub groups: usize,
    /// Members of each group.
    pub consumers: usize,
    /// Different images that are sent.
    pub images: u64,
    /// Images of the folder.
    pub folder_images: u64,
    /// Bytes of the folder's images.
    pub folder_bytes: u64,
    /// Average size of the images to send, in bytes.
    pub mean_image_bytes: f64,
}

/// Finds out what `plan` would do.
pub(super) fn run(context: &Arc<RunContext>, plan: &DryRunPlan, runtime: &Handle) -> Result<DryRun, EngineError> {
    match plan {
        DryRunPlan::Stream(plan) => of_stream(context, plan, runtime),
        DryRunPlan::Benchmark(plan) => of_benchmark(context, plan, runtime),
    }
}

fn of_stream(context: &Arc<RunContext>, plan: &StreamPlan, runtime: &Handle) -> Result<DryRun, EngineError> {
    plan.check()?;
    let KnownLabels { plan, found, sentences } = settle(context, plan)?;
    let plan = &*plan;
    let folder = if plan.mode.produces() { Some(folder::look(context, plan)?) } else { None };
    let (broker, topic, receive) = broker::look(context, plan, runtime)?;
    let send = folder.map(|folder| SendPreview {
        labels_found: found,
        label_remarks: sentences,
        ..folder.preview(plan, &topic)
    });
    Ok(DryRun {
        command: plan.mode.as_str(),
        broker,
        topic: Some(topic),
        send,
        receive: plan.mode.consumes().then_some(receive),
        measure: None,
        work_dir: plan.work_dir.clone(),
    })
}

fn of_benchmark(context: &Arc<RunContext>, plan: &BenchmarkPlan, runtime: &Handle) -> Result<DryRun, EngineError> {
    plan.check()?;
    let replay = plan.pace.load_shape().and_then(|shape| shape.replay());
    let chosen = choose(&plan.input, &own_outputs(&plan.work_dir), plan.selection(), POOL_BYTES, replay)?;
    let plan = &plan.with_folder(chosen.info.folder_images);
    let (broker, control) = broker::open(context, &plan.broker, &plan.client, plan.broker_timeout, runtime)?;
    let brokers = control.map(|control| control.brokers()).transpose()?;
    let seconds = |length| match length {
        RunLength::Duration(duration) => Some(duration.as_secs_f64()),
        RunLength::Images(_) => None,
    };
    let sends_folder = plan.mode == BenchmarkMode::Pipeline;
    let (folder_images, folder_bytes) = (chosen.info.folder_images, chosen.info.folder_bytes);
    let measure = MeasurePreview {
        mode: plan.mode,
        configurations: plan.configurations.iter().map(|one| one.name.clone()).collect(),
        runs: plan.runs(),
        runs_per_configuration: plan.runs_per_configuration(),
        race: plan.race.map(|race| RacePreview {
            goal: race.goal,
            margin_percent: race.margin.percent(),
            budget_s: plan.race_budget().as_secs_f64(),
            is_sliced: plan.is_sliced(),
        }),
        duration_s: seconds(plan.length),
        images_per_run: match plan.length {
            RunLength::Images(images) => Some(images),
            RunLength::Duration(_) => None,
        },
        rate_images_per_s: plan.pace.fixed_rate(),
        find_max_p99_ms: plan.pace.max_rate_p99_ms(),
        ladder: plan.pace.ladder(),
        load_shape: plan.pace.load_shape(),
        replay: chosen.playback.as_ref().map(|all| all.table.outline.clone()),
        estimate_s: plan.estimate().map(|estimate| estimate.as_secs_f64()),
        input: plan.input.clone(),
        producers: plan.producers,
        groups: plan.groups,
        consumers: plan.consumers,
        images: if sends_folder { folder_images } else { chosen.info.pool_images },
        folder_images,
        folder_bytes,
        mean_image_bytes: if sends_folder {
            folder_bytes as f64 / folder_images.max(1) as f64
        } else {
            chosen.info.mean_bytes
        },
    };
    Ok(DryRun {
        command: "benchmark",
        broker: BrokerPreview { brokers: brokers.map(|(brokers, _)| brokers), ..broker },
        topic: None,
        send: None,
        receive: None,
        measure: Some(measure),
        work_dir: plan.work_dir.clone(),
    })
}
