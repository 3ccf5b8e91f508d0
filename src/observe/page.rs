//! The live page: what of the run it shows. The core draws it, as it draws reports.

use std::time::{Duration, Instant};

use super::watched::{Reported, Watched, WatchedJob};
use kafka_image_bench_core::configuration::BenchmarkMode;
use kafka_image_bench_core::engine::Observation;
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::engine::report::Outcome;
use kafka_image_bench_core::lag::LagReading;
use kafka_image_bench_core::metrics::{BenchmarkProgress, LatencySummary, Series, SeriesPoint, Snapshot};
use kafka_image_bench_core::model::units::{bytes, duration, exact, images_per_s, mb_per_s, micros};
use kafka_image_bench_core::report::charts::TimeChart;
use kafka_image_bench_core::report::html::live::{self, LiveRun, Tile};
use kafka_image_bench_core::report::time_lines::{TimeLine, Unit, downtimes};

/// The page's script, relative to the page.
const SCRIPT: &str = "live.js";

/// The whole page.
pub(super) fn whole(watched: &Watched) -> String {
    drawn(watched, |run| live::page(run, SCRIPT))
}

/// What changes on it.
pub(super) fn content(watched: &Watched) -> String {
    drawn(watched, live::content)
}

fn drawn(watched: &Watched, draw: impl Fn(&LiveRun<'_>) -> String) -> String {
    let began = Instant::now();
    let (observation, reported) = (watched.observe(), watched.reported());
    let title = watched.labels.iter().find(|(name, _)| *name == "topic").map_or_else(
        || watched.labels.first().map_or_else(String::new, |(_, command)| command.clone()),
        |(_, topic)| format!("{}: {topic}", watched.labels.first().map_or("", |(_, command)| command)),
    );
    let Some(run) = observation else {
        let (status, facts) = ("● Starting", facts(watched, None, &reported));
        let starting = LiveRun {
            title: &title,
            status,
            is_problem: false,
            facts: &facts,
            tiles: &[],
            charts: &[],
            tables: &[],
            results: None,
        };
        return draw(&starting);
    };
    let (status, is_problem) = status(&run);
    let outages = downtimes(&run.snapshot.series);
    let lines = Lines::of(watched, &run.snapshot.series);
    let page = draw(&LiveRun {
        title: &title,
        status: &status,
        is_problem,
        facts: &facts(watched, Some(&run), &reported),
        tiles: &tiles(watched.job, &run, &reported),
        charts: &lines.charts(watched.job, &outages),
        tables: &reported
            .lag
            .iter()
            .chain(&run.group_lag)
            .map(|lag| ("Consumer group by partition", lag_rows(lag)))
            .collect::<Vec<_>>(),
        results: reported.results.as_deref(),
    });
    tracing::debug!("drew the live page in {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    page
}

/// An icon and words; whether it is a problem.
fn status(run: &Observation) -> (String, bool) {
    match &run.outcome {
        Some(Outcome::Done) => ("✓ Done".to_owned(), false),
        Some(Outcome::Stopped) => ("■ Stopped".to_owned(), false),
        Some(Outcome::Failed(reason) | Outcome::Refused(reason)) => (format!("▲ Failed: {reason}"), true),
        None if !run.snapshot.broker_reachable => {
            ("▲ The broker does not answer; waiting for it, nothing is lost".to_owned(), true)
        }
        None if run.snapshot.stopping => ("■ Stopping: finishing what is in flight".to_owned(), false),
        None => match &run.snapshot.benchmark {
            Some(BenchmarkProgress { round: Some(round), configuration, phase, .. }) => {
                (format!("● Race, round {round}: {configuration}, {phase}"), false)
            }
            Some(at) => {
                let (run, name) = (at.run_text(), &at.configuration);
                (format!("● Run {run}: {name}, {}, {}", at.repeat_text(), at.phase), false)
            }
            None => ("● Running".to_owned(), false),
        },
    }
}

fn facts(watched: &Watched, run: Option<&Observation>, reported: &Reported) -> Vec<(&'static str, String)> {
    let named = |name: &'static str| match name {
        "consumergroup" => "Consumer group",
        "encoding" => "Encoding",
        "mode" => "Mode",
        "topic" => "Topic",
        _ => "Command",
    };
    let mut facts: Vec<_> = watched.labels.iter().map(|(name, value)| (named(name), value.clone())).collect();
    if let Some((kind, servers)) = &reported.broker {
        facts.push(("Broker", format!("{} at {servers}", kind.to_string().replace('_', " "))));
    }
    if let Some(run) = run {
        facts.push(("Run", run.run_id.clone()));
        facts.push(("Time", duration(run.snapshot.elapsed)));
    }
    facts
}

fn tile(name: &'static str, value: String, more: impl Into<String>) -> Tile {
    Tile { name, value, more: more.into() }
}

fn tiles(job: WatchedJob, run: &Observation, reported: &Reported) -> Vec<Tile> {
    let mut tiles = match job {
        WatchedJob::Stream(mode) => stream_tiles(mode, run),
        WatchedJob::Benchmark(mode) => benchmark_tiles(mode, run),
        WatchedJob::Lag => reported.lag.iter().flat_map(|lag| lag_tiles(lag)).collect(),
        WatchedJob::Other => Vec::new(),
    };
    if run.downtimes > 0 {
        tiles.push(tile("Broker downtime", duration(run.downtime), format!("{} times", exact(run.downtimes))));
    }
    tiles
}

/// The rates of the last moment during a run, and of the whole run after it.
fn stream_tiles(mode: Mode, run: &Observation) -> Vec<Tile> {
    let snapshot = &run.snapshot;
    let last = snapshot.series.last().filter(|_| run.outcome.is_none());
    let rates = |now: fn(&SeriesPoint) -> (f64, f64), all: (f64, f64)| {
        let (images, megabytes) = last.map_or(all, now);
        format!("{}, {}", images_per_s(images), mb_per_s(megabytes))
    };
    let mut tiles = Vec::new();
    if mode.produces() {
        let found = format!("{} found", bytes(snapshot.found_bytes as f64));
        tiles.push(tile("Images to send", exact(snapshot.found), found));
        let all = (snapshot.producer_images_per_s(), snapshot.producer_mb_per_s());
        let now = rates(|point| (point.producer_images_per_s, point.producer_mb_per_s), all);
        tiles.push(tile("Acknowledged", exact(snapshot.acknowledged), now));
        tiles.push(tile("In flight", exact(run.in_flight()), "sent, not acknowledged"));
        tiles.extend(latency("Ack p99", &snapshot.acknowledgement_latency));
    }
    if mode.consumes() {
        let all = (snapshot.consumer_images_per_s(), snapshot.consumer_mb_per_s());
        let now = rates(|point| (point.consumer_images_per_s, point.consumer_mb_per_s), all);
        tiles.push(tile("Saved", exact(snapshot.saved), now));
    }
    if mode == Mode::Stream {
        tiles.push(tile("Lag", exact(snapshot.lag), "acknowledged, not saved"));
        tiles.extend(latency("End to end p99", &snapshot.saved_latency));
    }
    let problems = [
        ("Rejected", snapshot.rejected, "could not be sent"),
        ("Dead letters", snapshot.dead_letters, "records without an image"),
        ("Lost", snapshot.lost, "never arrived"),
        ("Sent again", snapshot.retried, "after a failed delivery"),
        ("Client errors", run.client_errors, "reported by the Kafka clients"),
    ];
    let problems = problems.into_iter().filter(|(_, count, _)| *count > 0);
    tiles.extend(problems.map(|(name, count, more)| tile(name, exact(count), more)));
    tiles
}

fn latency(name: &'static str, latency: &LatencySummary) -> Option<Tile> {
    let p50 = format!("p50 {}, longest {}", micros(latency.p50_micros), micros(latency.max_micros));
    (latency.count > 0).then(|| tile(name, micros(latency.p99_micros), p50))
}

fn benchmark_tiles(mode: BenchmarkMode, run: &Observation) -> Vec<Tile> {
    let Snapshot { benchmark, lag, .. } = &run.snapshot;
    let Some(at) = benchmark else { return Vec::new() };
    let last = run.snapshot.series.last().filter(|_| run.outcome.is_none());
    let rate = last.map_or_else(String::new, |point| images_per_s(point.producer_images_per_s));
    let received = if mode == BenchmarkMode::Pipeline { "Saved in this run" } else { "Received in this run" };
    let left = at.left.map(|left| left.saturating_sub(at.clock)).filter(|_| run.outcome.is_none());
    let is_race = at.round.is_some();
    let mut tiles = vec![
        tile(if is_race { "Measurement" } else { "Run" }, at.run_text(), at.configuration.clone()),
        tile("Acknowledged in this run", exact(at.acknowledged), rate),
        tile(received, exact(at.received), ""),
        tile("Lag", exact(*lag), "acknowledged, not finished"),
    ];
    tiles.extend(left.map(|left| match is_race {
        true => tile("Left at most", duration(left), "of the budget"),
        false => tile("About left", duration(left), "for all runs"),
    }));
    tiles
}

fn lag_tiles(lag: &LagReading) -> Vec<Tile> {
    let rates = match (lag.consumed_per_s, lag.produced_per_s) {
        (Some(consumed), Some(produced)) => format!("{consumed:.1} consumed/s, {produced:.1} produced/s"),
        _ => String::new(),
    };
    let left = match lag.left_s.filter(|_| lag.total_lag > 0) {
        Some(left_s) => duration(Duration::try_from_secs_f64(left_s).unwrap_or(Duration::MAX)),
        None => String::new(),
    };
    let mut tiles = vec![tile("Lag", exact(lag.total_lag), rates)];
    if !left.is_empty() {
        tiles.push(tile("Left", left, "at these rates"));
    }
    tiles
}

fn lag_rows(lag: &LagReading) -> Vec<Vec<String>> {
    let known = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
    let mut rows = vec![["topic", "partition", "committed", "end", "lag"].map(str::to_owned).to_vec()];
    rows.extend(lag.partitions.iter().map(|one| {
        vec![
            one.topic.clone(),
            one.partition.to_string(),
            known(one.committed_offset.map(|offset| offset.to_string())),
            one.end_offset.to_string(),
            known(one.lag.map(exact)),
        ]
    }));
    rows
}

/// What the charts over time show.
#[derive(Default)]
struct Lines {
    rates: Vec<TimeLine>,
    latency: Vec<TimeLine>,
    lag: Vec<TimeLine>,
}

impl Lines {
    fn of(watched: &Watched, series: &Series) -> Self {
        let job = watched.job;
        if job == WatchedJob::Lag {
            return Self { lag: vec![watched.lag_line()], ..Self::default() };
        }
        let has = |side: fn(Mode) -> bool| match job {
            WatchedJob::Stream(mode) => side(mode),
            WatchedJob::Benchmark(_) => true,
            WatchedJob::Lag | WatchedJob::Other => false,
        };
        let line = |name, value: fn(&SeriesPoint) -> Option<f64>| TimeLine::of_series(name, series, value);
        let millis = |micros: Option<u64>| Some(micros? as f64 / 1e3);
        let mut lines = Self::default();
        if has(Mode::produces) {
            lines.rates.push(line("acknowledged", |point| Some(point.producer_images_per_s)));
        }
        if has(Mode::consumes) {
            let name = if job == WatchedJob::Benchmark(BenchmarkMode::Transport) { "received" } else { "saved" };
            lines.rates.push(line(name, |point| Some(point.consumer_images_per_s)));
        }
        if has(|mode| mode == Mode::Stream) {
            lines.latency.push(TimeLine::of_series("p50", series, |point| millis(point.p50_micros)));
            lines.latency.push(TimeLine::of_series("p99", series, |point| millis(point.p99_micros)));
            lines.lag.push(line("lag", |point| Some(point.lag as f64)));
        }
        lines
    }

    fn charts<'a>(&'a self, job: WatchedJob, downtimes: &'a [(f64, f64)]) -> Vec<TimeChart<'a>> {
        let lag = match job {
            WatchedJob::Lag => "Records between the committed offsets of the group and the ends of the partitions",
            WatchedJob::Benchmark(_) => "Records of the current run that are acknowledged and not yet finished",
            WatchedJob::Stream(_) | WatchedJob::Other => "Records of this run that are acknowledged and not yet saved",
        };
        let all = [
            (
                "Throughput, images/s",
                "In each interval of a tenth, later of half a second",
                &self.rates,
                Unit::PerSecond,
            ),
            ("End-to-end latency", "Of the images that were finished in each interval", &self.latency, Unit::Millis),
            ("Lag, records", lag, &self.lag, Unit::Records),
        ];
        let shown = all.into_iter().filter(|(_, _, lines, _)| !lines.is_empty());
        let chart = |(title, remark, lines, unit): (&'a str, &'a str, &'a Vec<TimeLine>, Unit)| TimeChart {
            title,
            remark,
            lines,
            unit,
            downtimes,
        };
        shown.map(chart).collect()
    }
}
