//! A whole benchmark: the runs in their order, and the results after each of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::payloads::{self, Chosen, POOL_BYTES, Pool};
use super::plan::{BenchmarkMode, BenchmarkPlan, Pace, RunLength};
use super::rate_search::{self, Found, RateSearch, Step};
use super::rounds::{Setup, topic_message_bytes};
use super::schedule::interleaved;
use super::send::POOL_IMAGES_MAX;
use super::{description, pipeline_run, transport_run};
use crate::broker::{BrokerHandle, BrokerKind};
use crate::configuration::{Configuration, Encoding};
use crate::kafka::control::{Control, while_watched};
use crate::metrics::BenchmarkProgress;
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::outputs::own_outputs;
use crate::results::files::{self, ResultFiles};
use crate::results::store::RunStore;
use crate::results::{BenchmarkResults, LatencyResult, RunProblem, RunResult, RunStatus};
use crate::run::context::{RunContext, error_chain};

/// What a benchmark leaves for the front end, also where it was stopped.
pub type SharedResults = Arc<Mutex<Option<(BenchmarkResults, ResultFiles)>>>;

/// Takes what was found so far, after each run.
pub type Tell<'a> = &'a dyn Fn(Arc<BenchmarkResults>);

/// Runs `plan` with a broker that is there; what was measured so far is always in `shared`, and in its files, and is
/// told.
pub fn run(
    context: &Arc<RunContext>,
    plan: &BenchmarkPlan,
    broker: &BrokerHandle,
    runtime: &Handle,
    shared: &SharedResults,
    tell: Tell<'_>,
) -> Result<(), PipelineError> {
    let servers = &broker.bootstrap_servers;
    let control = Control::new(context, servers, &plan.client, plan.broker_timeout, runtime.clone())?;
    let control = Arc::new(control);
    control.wait_until_reachable()?;
    let result = while_watched(context, &control, || {
        Benchmark::new(context, plan, (servers, broker.kind), &control, shared, tell).and_then(Benchmark::run)
    });
    context.measure(None);
    result
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
    pool: Option<(Encoding, Arc<Pool>)>,
    results: BenchmarkResults,
    files: ResultFiles,
    /// The plan's folder of runs.
    kept_runs: Option<RunStore>,
    shared: &'a SharedResults,
    tell: Tell<'a>,
    began: Instant,
    order: u32,
    /// Runs that each configuration has begun.
    begun: Vec<u32>,
    /// A run was left out, or ended early, because its configuration was skipped.
    has_skipped: bool,
}

/// What became of one run.
enum Made {
    Run(Box<RunResult>),
    /// Its configuration gets no more.
    Skipped,
    /// The benchmark ends.
    Stopped,
}

impl<'a> Benchmark<'a> {
    fn new(
        context: &'a Arc<RunContext>,
        plan: &'a BenchmarkPlan,
        (servers, broker_kind): (&'a str, BrokerKind),
        control: &'a Control,
        shared: &'a SharedResults,
        tell: Tell<'a>,
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
        let now = jiff::Timestamp::now();
        let results = description::results(plan, broker_kind, control.brokers()?, &chosen, now);
        let files = ResultFiles::in_folder(&plan.work_dir, now);
        let kept_runs = plan.runs_folder.clone().and_then(|folder| match RunStore::open(folder) {
            Ok(store) => Some(store),
            Err(error) => {
                warn_not_kept(context, &error);
                None
            }
        });
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
            kept_runs,
            shared,
            tell,
            began: Instant::now(),
            order: 0,
            begun: vec![0; plan.configurations.len()],
            has_skipped: false,
        })
    }

    fn run(mut self) -> Result<(), PipelineError> {
        let is_done = match self.plan.pace {
            Pace::FullSpeed => self.all_at(None)?,
            Pace::Fixed(rate) => self.all_at(Some(rate))?,
            Pace::FindMax(p99_ms) => self.find_max_rates(p99_ms)?,
        };
        self.results.is_complete = is_done && !self.has_skipped;
        self.keep()
    }

    /// Every run at the same rate, interleaved. False: stopped.
    fn all_at(&mut self, rate_per_s: Option<f64>) -> Result<bool, PipelineError> {
        for index in interleaved(self.plan.configurations.len(), self.plan.repeats, self.plan.seed) {
            match self.one(index, rate_per_s, self.plan.length)? {
                Made::Run(result) => {
                    self.results.configurations[index].runs.push(*result);
                    self.keep()?;
                }
                Made::Skipped => self.has_skipped = true,
                Made::Stopped => return Ok(false),
            }
        }
        Ok(true)
    }

    /// For each configuration: see [`RateSearch`]. False: stopped.
    fn find_max_rates(&mut self, p99_ms: f64) -> Result<bool, PipelineError> {
        for index in 0..self.plan.configurations.len() {
            match self.find_max_rate(index, p99_ms)? {
                Some(Made::Skipped) => self.has_skipped = true,
                Some(Made::Stopped) => return Ok(false),
                Some(Made::Run(_)) | None => {}
            }
        }
        Ok(true)
    }

    /// `None`: the search has ended. Otherwise what came in between.
    fn find_max_rate(&mut self, index: usize, p99_ms: f64) -> Result<Option<Made>, PipelineError> {
        let mut search = RateSearch::default();
        while let Step::Try(rate) = search.next() {
            let length = search.trial_length(self.plan.length, rate);
            let run = match self.one(index, rate, length)? {
                Made::Run(run) => run,
                ended => return Ok(Some(ended)),
            };
            let outcome = rate_search::judge(&run, rate, p99_ms * 1e3);
            search.note(rate, outcome, run.producer.images_per_s, run.end_to_end_latency.p50_micros);
            let one = &mut self.results.configurations[index];
            one.runs.push(*run);
            one.max_rate_images_per_s = Some(search.found().rate_per_s);
            self.keep()?;
        }
        self.report_search(index, search.found(), p99_ms);
        Ok(None)
    }

    /// Says what the answer of a search leaves open.
    fn report_search(&self, index: usize, found: Found, p99_ms: f64) {
        let name = &self.plan.configurations[index].name;
        let rates = self.results.configurations[index].runs.iter().rev();
        let rates = rates.filter_map(|run| Some((run.rate_images_per_s?, run.end_to_end_latency.p50_micros)));
        let (lowest, lowest_p50_micros) = rates.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0));
        let text = match found {
            Found { rate_per_s, .. } if rate_per_s <= 0.0 && lowest.is_finite() => format!(
                "{name}: no rate that was tried held {p99_ms} ms in most of its trials, down to {lowest:.1} images/s, where the \
                 last median was {:.1} ms",
                lowest_p50_micros as f64 / 1e3
            ),
            Found { rate_per_s, .. } if rate_per_s <= 0.0 => {
                format!("{name}: no rate could be tried, as no run at full speed could be measured")
            }
            Found { rate_per_s, is_confirmed: false } => {
                format!("{name}: {rate_per_s:.1} images/s held {p99_ms} ms once; it was not confirmed by a second run")
            }
            Found { .. } => return,
        };
        self.context.notify(Notice::warning(text));
    }

    /// One run with a topic and a group of its own.
    fn one(&mut self, index: usize, rate_per_s: Option<f64>, length: RunLength) -> Result<Made, PipelineError> {
        if self.context.stop.is_requested() {
            return Ok(Made::Stopped);
        }
        if self.context.skips.contains(index) {
            return Ok(Made::Skipped);
        }
        let configuration = &self.plan.configurations[index];
        let pool = self.pool_of(configuration.encoding)?;
        self.order += 1;
        self.begun[index] += 1;
        let total = self.total();
        let repeat = self.results.configurations[index].runs.len() as u32 + 1;
        let name = format!("kib-bench-{}-{}", self.results.benchmark_id, self.order);
        let setup = Setup {
            context: self.context,
            plan: self.plan,
            servers: self.servers,
            broker_kind: self.broker_kind,
            configuration,
            index,
            topic: name.clone(),
            group: name.clone(),
            order: self.order,
            repeat,
            rate_per_s,
            length,
            max_value_bytes: self.max_value_bytes(&pool, configuration.encoding),
        };
        *self.context.benchmark.lock() = Some(BenchmarkProgress {
            run: self.order,
            runs: total,
            configuration: configuration.name.clone(),
            configuration_index: index,
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
        // Nothing is behind between two runs.
        self.context.measure(None);
        self.control.delete(self.context, &name, Some(&name));
        match result {
            Ok(Some(result)) => {
                self.warn_if_failed(configuration, &result);
                Ok(Made::Run(Box::new(result)))
            }
            Ok(None) | Err(PipelineError::Stopped) if self.context.stop.is_requested() => Ok(Made::Stopped),
            Ok(None) | Err(PipelineError::Stopped) => Ok(Made::Skipped),
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
                    problems: vec![RunProblem::Error(error_chain(&error))],
                    ..RunResult::failed()
                };
                self.warn_if_failed(configuration, &result);
                Ok(Made::Run(Box::new(result)))
            }
        }
    }

    /// Runs that there are to be, without those that a skipped configuration does not get any more.
    fn total(&self) -> u32 {
        let each = self.plan.runs_per_configuration();
        let of = |(index, &begun): (usize, &u32)| if self.context.skips.contains(index) { begun } else { each };
        self.begun.iter().enumerate().map(of).sum()
    }

    fn pool_of(&mut self, encoding: Encoding) -> Result<Arc<Pool>, PipelineError> {
        if let Some((_, pool)) = self.pool.as_ref().filter(|(known, _)| *known == encoding) {
            return Ok(Arc::clone(pool));
        }
        // Freed before the next one is made.
        self.pool = None;
        let pool = Arc::new(self.chosen.encode(encoding)?);
        self.pool = Some((encoding, Arc::clone(&pool)));
        Ok(pool)
    }

    /// The largest record that a run may send.
    fn max_value_bytes(&self, pool: &Pool, encoding: Encoding) -> u64 {
        let in_pool = pool.max_value_bytes() as u64;
        match self.plan.mode {
            BenchmarkMode::Transport => in_pool,
            BenchmarkMode::Pipeline => in_pool.max(encoding.encoded_len_max(self.chosen.largest_bytes, 0)),
        }
    }

    /// From the runs so far, or from the plan where there are none.
    fn time_left(&self, total: u32) -> Option<Duration> {
        if matches!(self.plan.pace, Pace::FindMax(_)) {
            // How many trials there will be is not known.
            return None;
        }
        let done = self.order.saturating_sub(1);
        if done == 0 {
            return self.plan.estimate();
        }
        Some(self.began.elapsed() / done * total.saturating_sub(done))
    }

    fn warn_if_failed(&self, configuration: &Configuration, result: &RunResult) {
        if result.status == RunStatus::Failed {
            let problems = result.problem_text();
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
        (self.tell)(Arc::new(self.results.clone()));
        if let Some(store) = &self.kept_runs
            && let Err(error) = store.keep(&self.results)
        {
            warn_not_kept(self.context, &error);
            // Said once.
            self.kept_runs = None;
        }
        files::write(&self.files, &self.results).map_err(PipelineError::Metrics)
    }
}

fn warn_not_kept(context: &RunContext, error: &std::io::Error) {
    context.notify(Notice::warning(format!(
        "The run cannot be kept in the list of runs ({error}); its results are in the work folder all the same"
    )));
}
