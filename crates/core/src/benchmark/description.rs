//! The results of a benchmark before its first run.

use super::payloads::Chosen;
use super::plan::{BenchmarkPlan, RunLength};
use super::resources;
use crate::broker::BrokerKind;
use crate::configuration::{BenchmarkMode, Configuration};
use crate::kafka::client_version;
use crate::model::run_id::RunId;
use crate::results::{
    BenchmarkResults, BrokerInfo, ConfigurationResult, LatencyResult, Method, SCHEMA, SCHEMA_VERSION,
};

/// Results without runs. `brokers`: their number, and the version that they report.
pub(super) fn results(
    plan: &BenchmarkPlan,
    broker_kind: BrokerKind,
    (brokers, version): (usize, Option<String>),
    chosen: &Chosen,
    now: jiff::Timestamp,
) -> BenchmarkResults {
    let is_embedded = broker_kind != BrokerKind::External;
    let configuration = |configuration: &Configuration| ConfigurationResult {
        configuration: configuration.clone(),
        max_rate_images_per_s: None,
        max_rate_is_lower_bound: false,
        ladder: Vec::new(),
        acknowledgement_latency: LatencyResult::default(),
        end_to_end_latency: LatencyResult::default(),
        runs: Vec::new(),
    };
    BenchmarkResults {
        schema: SCHEMA.to_owned(),
        schema_version: SCHEMA_VERSION,
        benchmark_id: RunId::new().to_string(),
        display_name: None,
        started_at: now.to_string(),
        finished_at: now.to_string(),
        is_complete: false,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        client_version: client_version(),
        broker: BrokerInfo {
            kind: broker_kind,
            version: if is_embedded { Some(env!("CARGO_PKG_VERSION").to_owned()) } else { version },
            brokers,
        },
        machine: resources::machine(),
        payloads: chosen.info.clone(),
        method: Method { replay: chosen.playback.as_ref().map(|all| all.table.outline.clone()), ..method(plan) },
        configurations: plan.configurations.iter().map(configuration).collect(),
        race: None,
    }
}

fn method(plan: &BenchmarkPlan) -> Method {
    Method {
        mode: plan.mode,
        backlog: plan.backlog,
        duration_s: match plan.length {
            RunLength::Duration(duration) => Some(duration.as_secs_f64()),
            RunLength::Images(_) => None,
        },
        images: match plan.length {
            RunLength::Duration(_) => None,
            RunLength::Images(images) => Some(images),
        },
        warmup_s: match plan.mode {
            BenchmarkMode::Transport => plan.warmup.as_secs_f64(),
            BenchmarkMode::Pipeline => 0.0,
        },
        repeats: plan.runs_per_configuration(),
        rate_images_per_s: plan.pace.fixed_rate(),
        max_rate_p99_ms: plan.pace.max_rate_p99_ms(),
        ladder: plan.pace.ladder(),
        load_shape: plan.pace.load_shape(),
        replay: None,
        consumers: plan.consumers,
        producers: plan.producers,
        groups: plan.groups,
        seed: plan.seed,
        thresholds: plan.thresholds.clone(),
    }
}
