//! Results for tests: each run has a producer throughput, and latencies that are its inverse.

use kafka_image_bench_core::configuration::{BenchmarkMode, Configuration};
use kafka_image_bench_core::model::broker_kind::BrokerKind;
use kafka_image_bench_core::model::record_stage::RecordStage;
use kafka_image_bench_core::results::{
    BenchmarkResults, BrokerInfo, ConfigurationResult, LadderLimits, LadderStep, LatencyResult, MachineInfo, Method,
    PayloadInfo, RaceCandidate, RaceDrop, RaceDropReason, RaceEnd, RaceGoal, RaceNoise, RaceResult, RunResult,
    RunStatus, SCHEMA, SCHEMA_VERSION, StageResult, StagesResult, StepOutcome, Throughput,
};

pub(crate) fn configuration(name: &str) -> Configuration {
    Configuration { name: name.to_owned(), batch_size_bytes: 1_000, ..Configuration::default() }
}

pub(crate) fn results(configurations: &[(Configuration, &[f64])]) -> BenchmarkResults {
    let one = |(configuration, rates): &(Configuration, &[f64])| {
        let repeats = rates.iter().zip(1..);
        let runs: Vec<RunResult> =
            repeats.map(|(&rate, repeat)| RunResult { repeat, order: repeat, ..run(rate) }).collect();
        let latency = LatencyResult::merged(runs.iter().map(|run| &run.end_to_end_latency));
        ConfigurationResult {
            configuration: configuration.clone(),
            max_rate_images_per_s: None,
            max_rate_is_lower_bound: false,
            ladder: Vec::new(),
            acknowledgement_latency: latency.clone(),
            end_to_end_latency: latency,
            runs,
        }
    };
    BenchmarkResults {
        schema: SCHEMA.to_owned(),
        schema_version: SCHEMA_VERSION,
        benchmark_id: "test".to_owned(),
        display_name: None,
        started_at: String::new(),
        finished_at: String::new(),
        is_complete: true,
        program_version: "1".to_owned(),
        client_version: "1".to_owned(),
        broker: BrokerInfo { kind: BrokerKind::Embedded, version: None, brokers: 1 },
        machine: MachineInfo::default(),
        payloads: PayloadInfo { mean_bytes: 1_000.0, max_bytes: 2_000, ..PayloadInfo::default() },
        method: Method {
            mode: BenchmarkMode::Transport,
            backlog: false,
            duration_s: Some(5.0),
            images: None,
            warmup_s: 1.0,
            repeats: 3,
            rate_images_per_s: None,
            max_rate_p99_ms: None,
            ladder: None,
            load_shape: None,
            replay: None,
            consumers: 1,
            producers: 1,
            groups: 1,
            seed: 1,
            thresholds: Vec::new(),
        },
        configurations: configurations.iter().map(one).collect(),
        race: None,
    }
}

fn recorded(seconds: f64) -> kafka_image_bench_core::metrics::LatencyHistogram {
    let latency = kafka_image_bench_core::metrics::LatencyHistogram::default();
    latency.record(std::time::Duration::from_secs_f64(seconds));
    latency
}

/// Half of the time in the client, and a quarter on each way.
fn stages(rate: f64) -> StagesResult {
    let shares = [(RecordStage::Client, 0.5), (RecordStage::WireOut, 0.25), (RecordStage::WireIn, 0.25)];
    let stage = |(stage, share): (RecordStage, f64)| {
        let recorded = recorded(share / rate);
        let latency = LatencyResult::of(&recorded.snapshot(), recorded.max_micros());
        StageResult { stage, mean_micros: 1e6 * share / rate, latency }
    };
    StagesResult { clock_bound_micros: Some(400), stages: shares.map(stage).to_vec() }
}

fn run(rate: f64) -> RunResult {
    let latency = recorded(1.0 / rate);
    let throughput =
        Throughput { elapsed_s: 5.0, images_per_s: rate, payload_mb_per_s: rate / 10.0, wire_mb_per_s: rate / 9.0 };
    RunResult {
        status: RunStatus::Ok,
        producer: throughput,
        consumer: throughput,
        acknowledgement_latency: LatencyResult::of(&latency.snapshot(), latency.max_micros()),
        end_to_end_latency: LatencyResult::of(&latency.snapshot(), latency.max_micros()),
        stages: Some(stages(rate)),
        ..RunResult::failed()
    }
}

/// A benchmark with a ladder of three steps for each name: two that hold, and one that loses records.
pub(crate) fn ladders(names: &[&str]) -> BenchmarkResults {
    let named: Vec<(Configuration, &[f64])> = names.iter().map(|name| (configuration(name), &[][..])).collect();
    let mut all = results(&named);
    all.method.ladder = Some(LadderLimits { top_images_per_s: Some(1_000.0), p99_ms: Some(50.0) });
    let step = |rate_images_per_s: f64, p50_micros: u64, lost: u64| LadderStep {
        rate_images_per_s,
        achieved_images_per_s: rate_images_per_s * (1.0 - lost as f64 / 100.0),
        runs: 1,
        latencies: 5_000,
        p50_micros,
        p99_micros: 3 * p50_micros,
        p999_micros: 9 * p50_micros,
        sent: 5_000,
        lost,
        outcome: if lost > 0 { StepOutcome::RecordsLost } else { StepOutcome::Held },
    };
    for one in &mut all.configurations {
        one.ladder = vec![step(100.0, 2_000, 0), step(500.0, 4_000, 0), step(1_000.0, 200_000, 25)];
        one.max_rate_images_per_s = Some(500.0);
    }
    all
}

/// A race of five configurations: one leads, one is as good, one is behind, and two were dropped in the second and first round.
pub(crate) fn race() -> BenchmarkResults {
    let all: [(&str, &[f64]); 5] = [
        ("plain", &[99.0, 98.0]),
        ("tuned", &[100.0, 101.0]),
        ("late", &[88.0, 88.5]),
        ("gzip", &[7.0]),
        ("zstd", &[60.0]),
    ];
    let mut made = results(&all.map(|(name, rates)| (configuration(name), rates)));
    let in_race = |loss: f64, interval: (f64, f64), chance: f64| RaceCandidate {
        loss_percent: Some(loss),
        loss_interval_percent: Some(interval),
        chance_percent: Some(chance),
        dropped: None,
    };
    let dropped = |round, factor, loss: f64| RaceCandidate {
        dropped: Some(RaceDrop { round, at_s: 20.0, reason: RaceDropReason::Worse, factor: Some(factor) }),
        ..in_race(loss, (loss - 3.0, loss + 1.0), 0.0)
    };
    made.race = Some(RaceResult {
        goal: RaceGoal::Throughput,
        margin_percent: 3.0,
        budget_s: 120.0,
        slice_s: Some(1.0),
        cut_s: Some(0.25),
        rounds: 4,
        elapsed_s: 61.0,
        full_s: Some(180.0),
        noise: Some(RaceNoise { own_percent: 6.0, drift_percent: 20.0, drift_lasts_s: 30.0 }),
        ended: Some(RaceEnd::Decided),
        choice: Some(1),
        expected_loss_percent: Some(1.2),
        as_good: vec![0, 1],
        simplest: Some(0),
        candidates: vec![
            in_race(1.0, (0.0, 4.0), 90.0),
            in_race(0.0, (0.0, 2.0), 99.0),
            in_race(12.0, (6.0, 22.0), 20.0),
            dropped(1, 14.2, 93.0),
            dropped(2, 1.67, 40.0),
        ],
    });
    made
}
