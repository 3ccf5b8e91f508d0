//! The figures in Prometheus' text format.
//!
//! Lag has the names that kafka_exporter made usual; all others begin with `kafka_image_bench_`. Units are base units and in
//! the names. Counters and histograms never decrease while the process lives.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
pub(super) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::families::{COUNTERS, HISTOGRAMS};
use super::watched::{Reported, Watched, WatchedJob};
use kafka_image_bench_core::engine::Observation;
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::engine::report::Outcome;
use kafka_image_bench_core::lag::{LagReading, PartitionLag};
use kafka_image_bench_core::metrics::{LatencyBuckets, Snapshot};
use kafka_image_bench_core::results::{BenchmarkResults, RunStatus, Summary};

/// The figures of this moment, and whether they are the final ones.
pub(super) fn text(watched: &Watched) -> Result<(String, bool), fmt::Error> {
    // First: once nothing more is reported, the counters are the final ones too.
    let reported = watched.reported();
    let has_ended = reported.has_ended;
    let figures = Figures { job: watched.job, labels: watched.labels.clone(), run: watched.observe(), reported };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(figures));
    let mut text = String::with_capacity(16 * 1024);
    prometheus_text::encode(&mut text, &registry)?;
    Ok((text, has_ended))
}

/// Everything is read once, before any of it is written.
struct Figures {
    job: WatchedJob,
    labels: Labels,
    run: Option<Arc<Observation>>,
    reported: Reported,
}

type Labels = Vec<(&'static str, String)>;

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures").field("job", &self.job).finish_non_exhaustive()
    }
}

impl Collector for Figures {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Writer(encoder);
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        out.info("build", "The program", version)?;
        if let Some(run) = &self.run {
            self.write_run(&mut out, run)?;
            self.write_counters(&mut out, run)?;
            if let WatchedJob::Stream(mode) = self.job {
                write_moment(&mut out, run, mode)?;
            }
            if let WatchedJob::Benchmark(_) = self.job {
                write_progress(&mut out, &run.snapshot)?;
            }
        }
        if let Some(results) = &self.reported.results {
            write_results(&mut out, results)?;
        }
        let group_lag = self.run.as_ref().and_then(|run| run.group_lag.as_ref());
        if let Some(lag) = self.reported.lag.as_ref().or(group_lag) {
            write_lag(&mut out, lag)?;
        }
        Ok(())
    }
}

impl Figures {
    /// What is running, and what it runs on.
    fn write_run(&self, out: &mut Writer<'_>, run: &Observation) -> fmt::Result {
        let mut labels = self.labels.clone();
        labels.push(("run_id", run.run_id.clone()));
        if let Some((kind, _)) = &self.reported.broker {
            labels.push(("broker", kind.to_string()));
        }
        out.info("run", "The run, and the kind of its broker", labels)?;
        let state = state(run);
        let states = ["running", "stopping", "done", "stopped", "failed"];
        let states = states.map(|name| (vec![("state", name.to_owned())], f64::from(u8::from(name == state))));
        out.gauge("run_state", "1 for the state of the run", None, &states)?;
        out.gauge(
            "run_elapsed",
            "Time since the run began",
            Some(Unit::Seconds),
            &[alone(run.snapshot.elapsed.as_secs_f64())],
        )?;
        let is_up = f64::from(u8::from(run.snapshot.broker_reachable));
        out.gauge("broker_up", "Whether the broker answers, as far as is known", None, &[alone(is_up)])?;
        out.counter("broker_downtimes", "How often the broker stopped answering", &[alone(run.downtimes)])?;
        let downtime = [alone(run.downtime.as_secs_f64())];
        out.counter_f64("broker_downtime_seconds", "How long the broker did not answer", &downtime)
    }

    fn write_counters(&self, out: &mut Writer<'_>, run: &Observation) -> fmt::Result {
        let by_configuration = || run.configurations.iter().map(|(name, totals)| (configuration(name), totals));
        for family in &COUNTERS {
            if let Some(value) = family.of_run(self.job) {
                out.counter(family.name, family.help, &[alone(value(run))])?;
            } else if let Some(value) = family.of_configuration(self.job) {
                let all: Vec<_> = by_configuration().map(|(labels, totals)| (labels, value(totals))).collect();
                out.counter(family.name, family.help, &all)?;
            }
        }
        for family in &HISTOGRAMS {
            if let Some(value) = family.of_run(self.job) {
                out.histogram(family.name, family.help, &[alone(value(run))])?;
            } else if let Some(value) = family.of_configuration(self.job) {
                let all: Vec<_> = by_configuration().map(|(labels, totals)| (labels, value(totals))).collect();
                out.histogram(family.name, family.help, &all)?;
            }
        }
        Ok(())
    }
}

fn state(run: &Observation) -> &'static str {
    match &run.outcome {
        None if run.snapshot.stopping => "stopping",
        None => "running",
        Some(Outcome::Done) => "done",
        Some(Outcome::Stopped) => "stopped",
        Some(Outcome::Failed(_) | Outcome::Refused(_)) => "failed",
    }
}

fn alone<Value>(value: Value) -> (Labels, Value) {
    (Vec::new(), value)
}

fn configuration(name: &str) -> Labels {
    vec![("configuration", name.to_owned())]
}

/// What a stream has at the moment, which also shrinks.
fn write_moment(out: &mut Writer<'_>, run: &Observation, mode: Mode) -> fmt::Result {
    let snapshot = &run.snapshot;
    if mode.produces() {
        let in_flight = [alone(run.in_flight() as f64)];
        out.gauge("in_flight_images", "Images sent and not yet acknowledged", None, &in_flight)?;
    }
    if mode == Mode::Stream {
        write_own_lag(out, snapshot, "saved")?;
    }
    if mode.consumes() {
        let unread = [alone(snapshot.unread as f64)];
        out.gauge("unread_records", "Records left on the topic that the run should have read", None, &unread)?;
    }
    Ok(())
}

fn write_own_lag(out: &mut Writer<'_>, snapshot: &Snapshot, finished: &str) -> fmt::Result {
    let help = format!("Records of this run that are acknowledged and not yet {finished}");
    out.gauge("lag_records", &help, None, &[alone(snapshot.lag as f64)])?;
    let by_partition: Vec<_> = snapshot
        .lag_by_partition
        .iter()
        .enumerate()
        .map(|(partition, &lag)| (vec![("partition", partition.to_string())], lag as f64))
        .collect();
    out.gauge("partition_lag_records", &format!("{help}, of the first 64 partitions"), None, &by_partition)
}

/// Where a benchmark is.
fn write_progress(out: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    write_own_lag(out, snapshot, "finished")?;
    let Some(progress) = &snapshot.benchmark else { return Ok(()) };
    out.gauge("benchmark_begun_runs", "Runs that have begun", None, &[alone(f64::from(progress.run))])?;
    // A race plans none.
    let planned: Vec<_> = progress.runs.map(|runs| alone(f64::from(runs))).into_iter().collect();
    out.gauge("benchmark_planned_runs", "Runs in all, at most; none in a race", None, &planned)?;
    out.info("benchmark_run", "The configuration that is being measured", configuration(&progress.configuration))
}

/// What the finished runs of a benchmark showed.
fn write_results(out: &mut Writer<'_>, results: &BenchmarkResults) -> fmt::Result {
    let all = || results.configurations.iter().map(|one| (one.configuration.name.as_str(), one));
    let with_status = |(name, status, word): (&str, RunStatus, &str), runs: &[_]| {
        let mut labels = configuration(name);
        labels.push(("status", word.to_owned()));
        let count =
            runs.iter().filter(|run: &&kafka_image_bench_core::results::RunResult| run.status == status).count();
        (labels, count as u64)
    };
    let runs: Vec<_> = all()
        .flat_map(|(name, one)| {
            [(name, RunStatus::Ok, "ok"), (name, RunStatus::Failed, "failed")].map(|key| with_status(key, &one.runs))
        })
        .collect();
    out.counter("benchmark_runs", "Finished runs", &runs)?;
    let retries: Vec<_> =
        all().map(|(name, one)| (configuration(name), one.runs.iter().map(|run| run.retries).sum())).collect();
    out.counter("benchmark_request_retries", "Requests that the producer sent again, in finished runs", &retries)?;
    let throughput: Vec<_> =
        all().filter_map(|(name, one)| Some((configuration(name), Summary::of(one)?.images_per_s))).collect();
    let help = "Images acknowledged per second: the median of the runs that count so far";
    out.gauge("benchmark_throughput_images_per_second", help, None, &throughput)?;
    let latencies: Vec<_> = all()
        .filter(|(_, one)| one.end_to_end_latency.count > 0)
        .flat_map(|(name, one)| {
            let latency = &one.end_to_end_latency;
            [("50", latency.p50_micros), ("99", latency.p99_micros)].map(|(percentile, micros)| {
                let mut labels = configuration(name);
                labels.push(("percentile", percentile.to_owned()));
                (labels, micros as f64 / 1e6)
            })
        })
        .collect();
    let help = "Percentiles of the end-to-end latency of the runs that count so far, taken together";
    out.gauge("benchmark_end_to_end_latency", help, Some(Unit::Seconds), &latencies)
}

/// A consumer group's offsets, under the usual names.
fn write_lag(out: &mut Writer<'_>, lag: &LagReading) -> fmt::Result {
    let of_partition =
        |one: &PartitionLag| -> Labels { vec![("topic", one.topic.clone()), ("partition", one.partition.to_string())] };
    let of_group =
        |one: &PartitionLag| -> Labels { [vec![("consumergroup", lag.group.clone())], of_partition(one)].concat() };
    type Families<'a> = [(&'static str, &'static str, &'a dyn Fn(&PartitionLag) -> Option<(Labels, f64)>); 4];
    let families: Families<'_> = [
        ("kafka_consumergroup_current_offset", "Committed offset of the consumer group", &|one| {
            Some((of_group(one), one.committed_offset? as f64))
        }),
        ("kafka_consumergroup_lag", "Records between the committed offset of the consumer group and the end", &|one| {
            Some((of_group(one), one.lag? as f64))
        }),
        ("kafka_topic_partition_current_offset", "Offset that the next record of the partition gets", &|one| {
            Some((of_partition(one), one.end_offset as f64))
        }),
        ("kafka_topic_partition_oldest_offset", "First offset of the partition that can be read", &|one| {
            Some((of_partition(one), one.log_start_offset as f64))
        }),
    ];
    for (name, help, value) in families {
        let all: Vec<_> = lag.partitions.iter().filter_map(value).collect();
        out.gauge_named(name, help, None, &all)?;
    }
    Ok(())
}

/// Writes families; one without a value is left out.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn counter(&mut self, name: &str, help: &str, values: &[(Labels, u64)]) -> fmt::Result {
        self.family((&prefixed(name), help, None, MetricType::Counter), values, |mut encoder, value| {
            encoder.encode_counter::<NoLabelSet, u64, f64>(value, None)
        })
    }

    fn counter_f64(&mut self, name: &str, help: &str, values: &[(Labels, f64)]) -> fmt::Result {
        self.family((&prefixed(name), help, None, MetricType::Counter), values, |mut encoder, value| {
            encoder.encode_counter::<NoLabelSet, f64, f64>(value, None)
        })
    }

    fn gauge(&mut self, name: &str, help: &str, unit: Option<Unit>, values: &[(Labels, f64)]) -> fmt::Result {
        self.gauge_named(&prefixed(name), help, unit, values)
    }

    fn gauge_named(&mut self, name: &str, help: &str, unit: Option<Unit>, values: &[(Labels, f64)]) -> fmt::Result {
        self.family((name, help, unit.as_ref(), MetricType::Gauge), values, |mut encoder, value| {
            encoder.encode_gauge(value)
        })
    }

    fn histogram(&mut self, name: &str, help: &str, values: &[(Labels, &LatencyBuckets)]) -> fmt::Result {
        let head = (&*prefixed(name), help, Some(&Unit::Seconds), MetricType::Histogram);
        self.family(head, values, |mut encoder, latencies| {
            let buckets: Vec<(f64, u64)> = latencies.by_bound_s().collect();
            encoder.encode_histogram::<NoLabelSet>(latencies.sum_s(), latencies.count(), &buckets, None)
        })
    }

    /// A gauge whose value is 1 and whose labels are what it is about.
    fn info(&mut self, name: &str, help: &str, labels: Labels) -> fmt::Result {
        self.gauge(&format!("{name}_info"), help, None, &[(labels, 1.0)])
    }

    fn family<Value>(
        &mut self,
        (name, help, unit, kind): (&str, &str, Option<&Unit>, MetricType),
        values: &[(Labels, Value)],
        write: impl Fn(MetricEncoder<'_>, &Value) -> fmt::Result,
    ) -> fmt::Result {
        if values.is_empty() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, unit, kind)?;
        values.iter().try_for_each(|(labels, value)| write(family.encode_family(labels)?, value))
    }
}

fn prefixed(name: &str) -> String {
    format!("kafka_image_bench_{name}")
}
