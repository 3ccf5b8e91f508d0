//! A whole benchmark: the runs in their order, and the results after each of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::payloads::{self, Chosen, POOL_BYTES, Pool};
use super::plan::{BenchmarkMode, BenchmarkPlan, FIND_MAX_TRIALS, Pace, RunLength};
use super::rounds::{Setup, topic_message_bytes};
use super::schedule::interleaved;
use super::send::POOL_IMAGES_MAX;
use super::{pipeline_run, resources, transport_run};
use crate::broker::{BrokerHandle, BrokerKind};
use crate::metrics::BenchmarkProgress;
use crate::model::notice::Notice;
use crate::model::run_id::RunId;
use crate::pipeline::PipelineError;
use crate::pipeline::client::control_config;
use crate::pipeline::codec::Encoding;
use crate::pipeline::context::{RunContext, error_chain};
use crate::pipeline::control::{Control, while_watched};
use crate::pipeline::outputs::own_outputs;
use crate::report::files::{self, ResultFiles};
use crate::report::results::{
    BenchmarkResults, BrokerInfo, Configuration, ConfigurationResult, LatencyResult, Method, RunResult, RunStatus,
    SCHEMA, SCHEMA_VERSION,
};

/// A rate holds if at least this part of it is reached.
const RATE_REACHED: f64 = 0.98;

/// What a benchmark leaves for the front end, also where it was stopped.
pub type SharedResults = Arc<Mutex<Option<(BenchmarkResults, ResultFiles)>>>;

/// Runs `plan` with a broker that is there; what was measured so far is always in `shared`, and in its files.
pub fn run(
    context: &Arc<RunContext>,
    plan: &BenchmarkPlan,
    broker: &BrokerHandle,
    runtime: &Handle,
    shared: &SharedResults,
) -> Result<(), PipelineError> {
    let servers = &broker.bootstrap_servers;
    let control = Arc::new(Control::new(context, servers, &control_config(servers, &plan.client), runtime.clone())?);
    control.wait_until_reachable(context, plan.broker_timeout)?;
    while_watched(context, &control, || {
        Benchmark::new(context, plan, servers, broker.kind, &control, shared).and_then(Benchmark::run)
    })
}

struct Benchmark<'a> {
    context: &'a Arc<RunContext>,
    plan: &'a BenchmarkPlan,
    servers: &'a str,
    broker_kind: BrokerKind,
    control: &'a Control,
    chosen: Chosen,
    exclude: Vec<PathBuf>,
    /// The pool of the encoding that was used last; two would need twice the memory.
    pool: Option<(String, Arc<Pool>)>,
    results: BenchmarkResults,
    files: ResultFiles,
    shared: &'a SharedResults,
    began: Instant,
    order: u32,
}

impl<'a> Benchmark<'a> {
    fn new(
        context: &'a Arc<RunContext>,
        plan: &'a BenchmarkPlan,
        servers: &'a str,
        broker_kind: BrokerKind,
        control: &'a Control,
        shared: &'a SharedResults,
    ) -> Result<Self, PipelineError> {
        let exclude = own_outputs(&plan.work_dir);
        let chosen = payloads::choose(&plan.input, &exclude, POOL_BYTES)?;
        if chosen.info.pool_images as usize > POOL_IMAGES_MAX {
            return Err(PipelineError::Settings(format!("more than {POOL_IMAGES_MAX} images; give a smaller folder")));
        }
        if chosen.info.pool_images < chosen.info.folder_images {
            context.notify(Notice::info(format!(
                "{} of the folder's {} images are sent, drawn evenly, as 256 MiB of them are kept in memory",
                chosen.info.pool_images, chosen.info.folder_images
            )));
        }
        let (brokers, version) = control.brokers()?;
        let now = jiff::Timestamp::now();
        let is_embedded = broker_kind != BrokerKind::External;
        let kind = match broker_kind {
            BrokerKind::Embedded => "embedded",
            BrokerKind::EmbeddedElsewhere => "embedded_elsewhere",
            BrokerKind::External => "external",
        };
        let configuration = |configuration: &Configuration| ConfigurationResult {
            configuration: configuration.clone(),
            max_rate_images_per_s: None,
            acknowledgement_latency: LatencyResult::default(),
            end_to_end_latency: LatencyResult::default(),
            runs: Vec::new(),
        };
        let results = BenchmarkResults {
            schema: SCHEMA.to_owned(),
            schema_version: SCHEMA_VERSION,
            benchmark_id: RunId::new().to_string(),
            display_name: None,
            started_at: now.to_string(),
            finished_at: now.to_string(),
            is_complete: false,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            client_version: format!("librdkafka {}", rdkafka::util::get_rdkafka_version().1),
            broker: BrokerInfo {
                kind: kind.to_owned(),
                version: if is_embedded { Some(env!("CARGO_PKG_VERSION").to_owned()) } else { version },
                brokers,
            },
            machine: resources::machine(),
            payloads: chosen.info.clone(),
            method: method(plan),
            configurations: plan.configurations.iter().map(configuration).collect(),
        };
        let files = ResultFiles::in_folder(&plan.work_dir, now);
        Ok(Self {
            context,
            plan,
            servers,
            broker_kind,
            control,
            chosen,
            exclude,
            pool: None,
            results,
            files,
            shared,
            began: Instant::now(),
            order: 0,
        })
    }

    fn run(mut self) -> Result<(), PipelineError> {
        let total = self.plan.runs();
        let is_done = match self.plan.pace {
            Pace::FullSpeed => self.all_at(total, None)?,
            Pace::Fixed(rate) => self.all_at(total, Some(rate))?,
            Pace::FindMax(p99_ms) => self.find_max_rates(total, p99_ms)?,
        };
        self.results.is_complete = is_done;
        self.keep()
    }

    /// Every run at the same rate, interleaved. False: stopped.
    fn all_at(&mut self, total: u32, rate_per_s: Option<f64>) -> Result<bool, PipelineError> {
        for index in interleaved(self.plan.configurations.len(), self.plan.repeats, self.plan.seed) {
            let Some(result) = self.one(index, total, rate_per_s)? else { return Ok(false) };
            self.results.configurations[index].runs.push(result);
            self.keep()?;
        }
        Ok(true)
    }

    /// For each configuration: full speed tells the ceiling, and bisection the highest rate below it that holds the
    /// latency. False: stopped.
    fn find_max_rates(&mut self, total: u32, p99_ms: f64) -> Result<bool, PipelineError> {
        let limit_micros = p99_ms * 1e3;
        for index in 0..self.plan.configurations.len() {
            let Some(full) = self.one(index, total, None)? else { return Ok(false) };
            let ceiling = full.producer.images_per_s;
            let holds_at_full_speed = holds(&full, None, limit_micros);
            self.results.configurations[index].runs.push(full);
            let (mut low, mut high) = (0.0, ceiling);
            if holds_at_full_speed {
                low = ceiling;
            } else {
                for _ in 1..FIND_MAX_TRIALS {
                    let rate = f64::midpoint(low, high);
                    if rate <= 0.0 {
                        break;
                    }
                    let Some(trial) = self.one(index, total, Some(rate))? else { return Ok(false) };
                    if holds(&trial, Some(rate), limit_micros) {
                        low = rate;
                    } else {
                        high = rate;
                    }
                    self.results.configurations[index].runs.push(trial);
                    self.results.configurations[index].max_rate_images_per_s = Some(low);
                    self.keep()?;
                }
            }
            self.results.configurations[index].max_rate_images_per_s = Some(low);
            self.keep()?;
        }
        Ok(true)
    }

    /// One run with a topic and a group of its own. `None`: stopped.
    fn one(&mut self, index: usize, total: u32, rate_per_s: Option<f64>) -> Result<Option<RunResult>, PipelineError> {
        if self.context.stop.is_requested() {
            return Ok(None);
        }
        let configuration = &self.plan.configurations[index];
        let pool = self.pool_of(&configuration.encoding)?;
        self.order += 1;
        let repeat = self.results.configurations[index].runs.len() as u32 + 1;
        let name = format!("kib-bench-{}-{}", self.results.benchmark_id, self.order);
        let setup = Setup {
            context: self.context,
            plan: self.plan,
            servers: self.servers,
            broker_kind: self.broker_kind,
            configuration,
            topic: name.clone(),
            group: name.clone(),
            order: self.order,
            repeat,
            rate_per_s,
            max_value_bytes: self.max_value_bytes(&pool, &configuration.encoding)?,
        };
        *self.context.benchmark.lock() = Some(BenchmarkProgress {
            run: self.order,
            runs: total,
            configuration: configuration.name.clone(),
            repeat,
            repeats: self.plan.runs_per_configuration(),
            phase: "making the topic",
            left: self.time_left(total),
            ..BenchmarkProgress::default()
        });
        self.control
            .ensure_topic(&name, configuration.partitions, || Ok(topic_message_bytes(setup.max_value_bytes)))?;
        let result = match self.plan.mode {
            BenchmarkMode::Transport => transport_run::run(&setup, &pool),
            BenchmarkMode::Pipeline => pipeline_run::run(&setup, &self.exclude, pool.min_value_bytes()),
        };
        self.control.delete(self.context, &name, Some(&name));
        match result {
            Ok(Some(result)) => {
                self.tell(configuration, &result);
                Ok(Some(result))
            }
            Ok(None) => Ok(None),
            Err(PipelineError::Stopped) => Ok(None),
            // Nothing can be measured any more.
            Err(error @ (PipelineError::Thread { .. } | PipelineError::Panicked { .. } | PipelineError::Sink(_))) => {
                Err(error)
            }
            Err(error) => {
                let result = RunResult {
                    order: self.order,
                    repeat,
                    rate_images_per_s: rate_per_s,
                    topic: name,
                    problems: vec![error_chain(&error)],
                    ..RunResult::failed()
                };
                self.tell(configuration, &result);
                Ok(Some(result))
            }
        }
    }

    fn pool_of(&mut self, encoding: &str) -> Result<Arc<Pool>, PipelineError> {
        if let Some((_, pool)) = self.pool.as_ref().filter(|(known, _)| known == encoding) {
            return Ok(Arc::clone(pool));
        }
        // Freed before the next one is made.
        self.pool = None;
        let parsed: Encoding = encoding.parse().map_err(PipelineError::Settings)?;
        let pool = Arc::new(self.chosen.encode(parsed)?);
        self.pool = Some((encoding.to_owned(), Arc::clone(&pool)));
        Ok(pool)
    }

    /// The largest record that a run may send.
    fn max_value_bytes(&self, pool: &Pool, encoding: &str) -> Result<u64, PipelineError> {
        let in_pool = pool.max_value_bytes() as u64;
        Ok(match self.plan.mode {
            BenchmarkMode::Transport => in_pool,
            BenchmarkMode::Pipeline => {
                let encoding: Encoding = encoding.parse().map_err(PipelineError::Settings)?;
                in_pool.max(encoding.encoded_len_max(self.chosen.largest_bytes, 0))
            }
        })
    }

    /// From the runs so far, or from the plan where there are none.
    fn time_left(&self, total: u32) -> Option<Duration> {
        let done = self.order.saturating_sub(1);
        if done == 0 {
            return self.plan.estimate();
        }
        Some(self.began.elapsed() / done * (total - done))
    }

    fn tell(&self, configuration: &Configuration, result: &RunResult) {
        if result.status == RunStatus::Failed {
            let problems = result.problems.join("; ");
            self.context.notify(Notice::warning(format!("A run of {} failed: {problems}", configuration.name)));
        }
    }

    /// Writes what there is, if there is any.
    fn keep(&mut self) -> Result<(), PipelineError> {
        if self.results.configurations.iter().all(|one| one.runs.is_empty()) {
            return Ok(());
        }
        self.results.finished_at = jiff::Timestamp::now().to_string();
        for one in &mut self.results.configurations {
            let runs = one.representative_runs();
            let acknowledgement = LatencyResult::merged(runs.iter().map(|run| &run.acknowledgement_latency));
            let end_to_end = LatencyResult::merged(runs.iter().map(|run| &run.end_to_end_latency));
            (one.acknowledgement_latency, one.end_to_end_latency) = (acknowledgement, end_to_end);
        }
        *self.shared.lock() = Some((self.results.clone(), self.files.clone()));
        files::write(&self.files, &self.results).map_err(PipelineError::Metrics)
    }
}

/// Whether a run reached its rate within the latency.
fn holds(run: &RunResult, rate_per_s: Option<f64>, limit_micros: f64) -> bool {
    run.status == RunStatus::Ok
        && run.end_to_end_latency.p99_micros as f64 <= limit_micros
        && rate_per_s.is_none_or(|rate| run.producer.images_per_s >= RATE_REACHED * rate)
}

fn method(plan: &BenchmarkPlan) -> Method {
    Method {
        mode: plan.mode.name().to_owned(),
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
        rate_images_per_s: match plan.pace {
            Pace::Fixed(rate) => Some(rate),
            Pace::FullSpeed | Pace::FindMax(_) => None,
        },
        max_rate_p99_ms: match plan.pace {
            Pace::FindMax(p99_ms) => Some(p99_ms),
            Pace::FullSpeed | Pace::Fixed(_) => None,
        },
        consumers: plan.consumers,
        seed: plan.seed,
    }
}
