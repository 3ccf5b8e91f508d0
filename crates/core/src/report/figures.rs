//! The figures that charts show: the same in the window, in files and in the report.
//!
//! Configurations without a run that counts are left out. All figures are finite.

use crate::results::{BenchmarkResults, ConfigurationResult, LatencyResult, RunResult, Summary};
use crate::verdict::interval::{Spread, spreads};
use crate::verdict::metric::{Margin, Metric};
use crate::verdict::ranking::{Standing, rank};

/// Points of a percentile curve for each nine: enough that it looks smooth.
const POINTS_A_NINE: usize = 20;

/// The producer's throughput of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct ThroughputBar {
    /// Its name.
    pub name: String,
    /// Median of the runs that count, images per second.
    pub images_per_s: f64,
    /// The slowest of these runs.
    pub low: f64,
    /// The fastest of these runs.
    pub high: f64,
    /// Median of the image files' bytes, megabytes (10^6 bytes) per second.
    pub mb_per_s: f64,
    /// Runs that count.
    pub runs: usize,
    /// Whether it is that at the highest rate that was tried, so that more may be possible.
    pub is_lower_bound: bool,
    /// How exactly it is known.
    pub spread: Option<Spread>,
    /// Whether it is certainly the fastest, or as fast as the fastest. At a fixed rate none is: the rate is given.
    pub is_best: bool,
}

/// End-to-end latency of a configuration, of all its runs that count together.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyGroup {
    /// Its name.
    pub name: String,
    /// The 50th percentile, milliseconds.
    pub p50_ms: f64,
    /// The 95th percentile, milliseconds.
    pub p95_ms: f64,
    /// The 99th percentile, milliseconds.
    pub p99_ms: f64,
    /// The longest, milliseconds.
    pub max_ms: f64,
    /// How exactly each of them is known, in the order of [`LATENCY_BARS`].
    pub spreads: [Option<Spread>; 4],
}

/// The bars of a [`LatencyGroup`]: their names, and the colour of the series that each has in the window and in files.
pub const LATENCY_BARS: [(&str, usize); 4] = [("p50", 0), ("p95", 2), ("p99", 1), ("max", 4)];

impl LatencyGroup {
    /// Its values in the order of [`LATENCY_BARS`], milliseconds.
    pub fn values_ms(&self) -> [f64; 4] {
        [self.p50_ms, self.p95_ms, self.p99_ms, self.max_ms]
    }
}

/// The whole distribution of a configuration's end-to-end latency.
#[derive(Clone, Debug, PartialEq)]
pub struct PercentileCurve {
    /// Its name.
    pub name: String,
    /// From 0 % on, rising; the last is the longest latency.
    pub points: Vec<PercentilePoint>,
}

/// A point of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PercentilePoint {
    /// 0 to below 100.
    pub percentile: f64,
    /// −log10(1 − percentile / 100): 0 at 0 %, 1 at 90 %, 2 at 99 %.
    pub nines: f64,
    /// Milliseconds.
    pub latency_ms: f64,
}

/// Throughput and latency of a configuration together.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeOff {
    /// Its name.
    pub name: String,
    /// Median of the runs that count, images per second.
    pub images_per_s: f64,
    /// 99th percentile of the end-to-end latency, milliseconds.
    pub p99_ms: f64,
    /// Whether no other is better in one and at least as good in the other.
    pub is_pareto: bool,
    /// How exactly the throughput is known.
    pub rate_spread: Option<Spread>,
    /// How exactly the latency is known.
    pub p99_spread: Option<Spread>,
}

/// The lag over time, of the run of a configuration in which it was largest.
#[derive(Clone, Debug, PartialEq)]
pub struct LagSeries {
    /// Its name.
    pub name: String,
    /// Seconds since the clock started, and the largest number of records acknowledged and not yet received in the second
    /// before.
    pub points: Vec<[f64; 2]>,
    /// The largest lag, as in the tables. In files of earlier versions, which only have the lag at the end of each second,
    /// it may be larger than any point.
    pub largest: u64,
}

/// Records by partition, of a configuration's least even run.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionShare {
    /// Its name.
    pub name: String,
    /// Records, by partition.
    pub records: Vec<u64>,
    /// Records of the fullest partition over the mean; 1 is even.
    pub skew: f64,
}

/// The processor time that an image took.
#[derive(Clone, Debug, PartialEq)]
pub struct CpuCost {
    /// Its name.
    pub name: String,
    /// Median of the runs that count: processor time of this process (both sides, and an embedded broker in it) over
    /// the images acknowledged, milliseconds.
    pub cpu_ms_per_image: f64,
    /// Of it, the producers', if that is known.
    pub producer_ms: Option<f64>,
    /// Of it, the consumers', if that is known.
    pub consumer_ms: Option<f64>,
    /// Of it, the embedded broker's, if there is one in this process.
    pub broker_ms: Option<f64>,
    /// How exactly it is known.
    pub spread: Option<Spread>,
}

/// At which rates throughput and latency are, where each configuration has its own; `None` where all had the same load.
pub fn about_rates(results: &BenchmarkResults) -> Option<&'static str> {
    let is_open = results.configurations.iter().any(|one| one.max_rate_is_lower_bound);
    match (results.method.is_search(), is_open) {
        (false, _) => results
            .race
            .as_ref()
            .map(|_| "Median of measurements at different times, with their spread: the race compares neighbours"),
        (true, false) => Some("At the highest rate that held"),
        (true, true) => Some("At the highest rate that held; ≥: higher ones were not tried"),
    }
}

impl ThroughputBar {
    /// Before the figure: `≥ ` where more may be possible.
    pub fn at_least(&self) -> &'static str {
        if self.is_lower_bound { "≥ " } else { "" }
    }
}

/// Throughput of each configuration.
pub fn throughput_bars(results: &BenchmarkResults) -> Vec<ThroughputBar> {
    let ranking = rank(results, Metric::Throughput, Margin::default()).ok();
    let ranking = ranking.filter(|_| results.method.has_free_rate());
    let has_slower = ranking
        .as_ref()
        .is_some_and(|ranking| ranking.places.iter().any(|place| matches!(place.standing, Standing::Slower { .. })));
    let is_best = |index: usize| {
        let standing = ranking.as_ref().and_then(|ranking| ranking.place(index)).map(|place| place.standing);
        has_slower && matches!(standing, Some(Standing::Fastest | Standing::AsFast))
    };
    let spreads = spreads(results, rate);
    let bar = |(index, one): (usize, &ConfigurationResult)| {
        let summary = Summary::of(one)?;
        Some(ThroughputBar {
            name: one.configuration.name.clone(),
            images_per_s: summary.images_per_s,
            low: summary.slowest_images_per_s,
            high: summary.fastest_images_per_s,
            mb_per_s: summary.mb_per_s,
            runs: summary.runs,
            is_lower_bound: one.max_rate_is_lower_bound,
            spread: spreads[index],
            is_best: is_best(index),
        })
    };
    results.configurations.iter().enumerate().filter_map(bar).collect()
}

/// End-to-end latencies; configurations without any (a backlog) are left out.
pub fn latency_groups(results: &BenchmarkResults) -> Vec<LatencyGroup> {
    let of = |figure: fn(&LatencyResult) -> u64| spreads(results, move |run| latency_ms(run, figure));
    let all = [
        of(|latency| latency.p50_micros),
        of(|latency| latency.p95_micros),
        of(|latency| latency.p99_micros),
        of(|latency| latency.max_micros),
    ];
    let group = |(index, one, latency): Measured<'_>| LatencyGroup {
        name: one.configuration.name.clone(),
        spreads: all.each_ref().map(|spreads| spreads[index]),
        p50_ms: milliseconds(latency.p50_micros),
        p95_ms: milliseconds(latency.p95_micros),
        p99_ms: milliseconds(latency.p99_micros),
        max_ms: milliseconds(latency.max_micros),
    };
    measured(results).map(group).collect()
}

/// The index of a configuration, itself, and its end-to-end latency.
type Measured<'a> = (usize, &'a ConfigurationResult, &'a LatencyResult);

/// Configurations with end-to-end latencies.
fn measured(results: &BenchmarkResults) -> impl Iterator<Item = Measured<'_>> {
    let latencies = results.configurations.iter().enumerate().map(|(index, one)| (index, one, &one.end_to_end_latency));
    latencies.filter(|(_, _, latency)| latency.count > 0)
}

fn rate(run: &RunResult) -> Option<f64> {
    Some(run.producer.images_per_s)
}

/// A figure of a run's end-to-end latencies.
fn latency_ms(run: &RunResult, figure: fn(&LatencyResult) -> u64) -> Option<f64> {
    (run.end_to_end_latency.count > 0).then(|| milliseconds(figure(&run.end_to_end_latency)))
}

pub(super) fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1e3
}

/// The distributions of the end-to-end latencies, from the merged histograms.
pub fn percentile_curves(results: &BenchmarkResults) -> Vec<PercentileCurve> {
    let curve = |(_, one, latency): Measured<'_>| {
        Some(PercentileCurve { name: one.configuration.name.clone(), points: points(latency)? })
    };
    measured(results).filter_map(curve).collect()
}

fn points(latency: &LatencyResult) -> Option<Vec<PercentilePoint>> {
    let histogram = latency.histogram().filter(|histogram| !histogram.is_empty())?;
    // Beyond 1 − 1/count only the longest is left.
    let last = (histogram.len() as f64).log10();
    let at = |nines: f64| {
        let quantile = 1.0 - 10_f64.powf(-nines);
        let micros = histogram.value_at_quantile(quantile).min(latency.max_micros);
        PercentilePoint { percentile: 100.0 * quantile, nines, latency_ms: milliseconds(micros) }
    };
    let steps = (last * POINTS_A_NINE as f64).ceil() as usize;
    let mut points: Vec<PercentilePoint> = (0..steps).map(|step| at(step as f64 / POINTS_A_NINE as f64)).collect();
    points.push(PercentilePoint { latency_ms: milliseconds(latency.max_micros), ..at(last) });
    Some(points)
}

/// Throughput against the 99th percentile of the end-to-end latency; configurations without one are left out.
pub fn trade_offs(results: &BenchmarkResults) -> Vec<TradeOff> {
    let rate_spreads = spreads(results, rate);
    let p99_spreads = spreads(results, |run| latency_ms(run, |latency| latency.p99_micros));
    let trade_off = |(index, one, latency): Measured<'_>| {
        Some(TradeOff {
            name: one.configuration.name.clone(),
            images_per_s: Summary::of(one)?.images_per_s,
            p99_ms: milliseconds(latency.p99_micros),
            is_pareto: false,
            rate_spread: rate_spreads[index],
            p99_spread: p99_spreads[index],
        })
    };
    let mut all: Vec<TradeOff> = measured(results).filter_map(trade_off).collect();
    let beats = |other: &TradeOff, one: &TradeOff| {
        other.images_per_s >= one.images_per_s
            && other.p99_ms <= one.p99_ms
            && (other.images_per_s > one.images_per_s || other.p99_ms < one.p99_ms)
    };
    let front: Vec<bool> = all.iter().map(|one| !all.iter().any(|other| beats(other, one))).collect();
    for (one, is_pareto) in all.iter_mut().zip(front) {
        one.is_pareto = is_pareto;
    }
    all
}

/// The best ones first: those of the front, then the others, each by throughput.
pub fn by_merit(all: &[TradeOff]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&all[a], &all[b]);
        b.is_pareto.cmp(&a.is_pareto).then(b.images_per_s.total_cmp(&a.images_per_s))
    });
    order
}

/// The largest lag of each second, of the run in which it was largest.
pub fn lag_over_time(results: &BenchmarkResults) -> Vec<LagSeries> {
    let series = |one: &ConfigurationResult| {
        let run = one.run_of_largest_lag()?;
        let seconds =
            run.seconds.iter().map(|second| [f64::from(second.second), second.max_lag.max(second.lag) as f64]);
        // When the clock starts, everything before it has been received.
        let points = std::iter::once([0.0, 0.0]).chain(seconds).collect();
        let name = one.configuration.name.clone();
        (!run.seconds.is_empty()).then_some(LagSeries { name, points, largest: run.max_lag })
    };
    results.configurations.iter().filter_map(series).collect()
}

/// The partitions of each configuration's least even run.
pub fn partition_shares(results: &BenchmarkResults) -> Vec<PartitionShare> {
    let share = |one: &ConfigurationResult| {
        let run = one.run_of_largest_skew()?;
        let records: Vec<u64> = run
            .partitions
            .iter()
            .map(|part| u64::try_from(part.end_offset.saturating_sub(part.start_offset)).unwrap_or(0))
            .collect();
        let (name, skew) = (one.configuration.name.clone(), Summary::of(one)?.partition_skew);
        records.iter().any(|&count| count > 0).then_some(PartitionShare { name, records, skew })
    };
    results.configurations.iter().filter_map(share).collect()
}

/// Processor time of an image, by configuration.
pub fn cpu_costs(results: &BenchmarkResults) -> Vec<CpuCost> {
    let spreads = spreads(results, RunResult::cpu_ms_per_image);
    let cost = |(one, spread): (&ConfigurationResult, Option<Spread>)| {
        let all = Summary::of(one)?;
        Some(CpuCost {
            name: one.configuration.name.clone(),
            cpu_ms_per_image: all.cpu_ms_per_image?,
            producer_ms: all.producer_cpu_ms_per_image,
            consumer_ms: all.consumer_cpu_ms_per_image,
            broker_ms: all.broker_cpu_ms_per_image,
            spread,
        })
    };
    results.configurations.iter().zip(spreads).filter_map(cost).collect()
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
