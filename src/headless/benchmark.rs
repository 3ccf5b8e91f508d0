//! A benchmark as text: the announcement, and the table of the results.

use super::{ladder, race, text};
use kafka_image_bench_core::benchmark::plan::{BenchmarkPlan, Pace, RunLength};
use kafka_image_bench_core::configuration::RecordKey;
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::model::units::{bytes, millis};
use kafka_image_bench_core::results::files::{DETAILS_PREFIX, ResultFiles};
use kafka_image_bench_core::results::run_times::RunTimes;
use kafka_image_bench_core::results::{BenchmarkResults, ConfigurationResult, RaceGoal, Remark, Summary};
use kafka_image_bench_core::verdict::limits;
use kafka_image_bench_core::verdict::metric::{Margin, Metric};
use kafka_image_bench_core::verdict::race_text::standing_text;
use kafka_image_bench_core::verdict::ranking::{Ranking, rank};

/// What the benchmark will do, printed before it begins.
pub(super) fn announcement(plan: &BenchmarkPlan) -> String {
    if let Some(announcement) = race::announcement(plan) {
        return announcement;
    }
    let configurations = text::counted(plan.configurations.len() as u64, "configuration", "configurations");
    let each = match plan.length {
        _ if plan.whole_folder => "each sends every image of the folder once".to_owned(),
        RunLength::Duration(duration) => format!("each sends for {}", text::span(duration)),
        RunLength::Images(images) => format!("each sends {}", text::counted(images, "image", "images")),
    };
    let how = match plan.pace {
        Pace::FullSpeed => "at full speed".to_owned(),
        Pace::Fixed(rate) => format!("at {} images/s", text::rate(rate)),
        Pace::FindMax(p99_ms) => format!("searching for the highest rate within {p99_ms} ms end to end (p99)"),
        Pace::Shaped(shape) => format!("as {shape}"),
        Pace::Ladder(limits) => format!("at {limits}"),
    };
    let most = if plan.is_search() { "at most " } else { "" };
    let estimate = match plan.time(&RunTimes::in_folder(&plan.work_dir, DETAILS_PREFIX)) {
        Some(time) => match time.single() {
            Some(single) => format!("about {} in all", text::span(single)),
            None => format!("{} to {} in all", text::span(time.low), text::span(time.high)),
        },
        None if plan.pace.is_replay() => "the time depends on the capture times".to_owned(),
        None if plan.is_search() => "the time depends on which rates hold".to_owned(),
        None => "the time depends on the speed".to_owned(),
    };
    let clients = match (plan.producers, plan.groups) {
        (1, 1) => String::new(),
        (producers, groups) => format!(
            ", {} to {}",
            text::counted(producers as u64, "producer", "producers"),
            text::counted(groups as u64, "group", "groups")
        ),
    };
    format!(
        "{most}{} ({configurations}, {most}{} each): {each} {how}{clients}; {estimate}",
        text::counted(u64::from(plan.runs()), "run", "runs"),
        text::counted(u64::from(plan.runs_per_configuration()), "run", "runs")
    )
}

/// One object: how it ended, its files, and its results; both are null if it never began.
pub(super) fn json(report: &RunReport) -> serde_json::Result<String> {
    let (results, files) = report.benchmark.as_ref().map(|(results, files)| (results, files)).unzip();
    let object = serde_json::json!({"files": files, "outcome": report.outcome, "results": results});
    serde_json::to_string_pretty(&object)
}

/// The table, what limits the trust in it, and the files.
pub(super) fn text(report: &RunReport, margin: Margin) -> String {
    let Some((results, files)) = &report.benchmark else { return String::new() };
    let verb = match report.outcome {
        Outcome::Done if limits::has_missed(results) => "Ended by a threshold",
        Outcome::Done => "Done",
        Outcome::Stopped => "Stopped; finished runs count",
        Outcome::Failed(_) | Outcome::Refused(_) => "Failed; finished runs count",
    };
    let (payloads, method) = (&results.payloads, &results.method);
    let clients = if method.has_several_clients() { format!(", {}", method.clients()) } else { String::new() };
    let mut lines = vec![format!(
        "{verb} after {}: {} mode{clients}, {} of {} on average ({} to {}), {} broker",
        text::span(report.snapshot.elapsed),
        method.mode,
        text::counted(payloads.pool_images, "image", "images"),
        bytes(payloads.mean_bytes),
        bytes(payloads.min_bytes as f64),
        bytes(payloads.max_bytes as f64),
        results.broker.kind,
    )];
    lines.extend(table(&rows(results, margin)));
    lines.extend(ladder::text(results));
    lines.extend(costs(results));
    lines.extend(groups(results));
    lines.push(method_line(results).to_owned());
    if results.configurations.iter().any(|one| one.configuration.key != RecordKey::None) {
        lines.push("Skew: records of the fullest partition over an even share, of the least even repeat.".to_owned());
    }
    if results.configurations.iter().any(|one| one.lateness().is_some()) {
        lines.push("Late: how long after its time an image was sent; latencies count from that time.".to_owned());
    }
    lines.extend(results.method.replay.as_ref().map(|replay| format!("Replayed: {}.", replay.sentence())));
    lines.extend(remarks(results));
    lines.extend(unheld_rates(report));
    lines.push(files_line(files));
    lines.extend(results.race.iter().flat_map(|course| race::text(results, course)));
    lines.join("\n")
}

/// What the figures of the table are.
fn method_line(results: &BenchmarkResults) -> &'static str {
    let race = results.race.as_ref();
    if race.is_some_and(|race| race.slice_s.is_some() && race.goal != RaceGoal::Bytes) {
        return "Medians of the slices, with their range; latencies of all of them together; batches, and bytes sent and received, from \
                the client's statistics each 200 ms, which can miss a part of a slice: --goal bytes compares bytes.";
    }
    if race.is_some() {
        return "Medians of the slices or runs, with their range; latencies of all of them together; batches from the client's \
                statistics.";
    }
    "Medians of the repeats, with their range; latencies of all repeats together; batches from the client's statistics. \
     Verdicts: 95 % for all rows together."
}

/// With `--rate`, a run that did not hold the rate also fails the exit code.
fn unheld_rates(report: &RunReport) -> Option<String> {
    match report.unheld_rates() {
        0 => None,
        count => Some(format!("Rate not held in {}: exit code 1", text::counted(count as u64, "run", "runs"))),
    }
}

fn rows(results: &BenchmarkResults, margin: Margin) -> Vec<Vec<String>> {
    // At a fixed rate all have the given throughput.
    let metric = if results.method.has_free_rate() { Metric::Throughput } else { Metric::P99 };
    let ranking = rank(results, metric, margin).ok();
    let finds_max = results.method.is_search();
    let mut heading = vec![
        "batch/linger/compression",
        "sent images/s",
        "range",
        "MB/s",
        "received/s",
        "ack p50",
        "p99",
        "end to end p50",
        "p99",
        "lag",
        "batch kB",
        "records",
        "ratio",
    ];
    let has_keys = results.configurations.iter().any(|one| one.configuration.key != RecordKey::None);
    let is_scheduled = results.configurations.iter().any(|one| one.lateness().is_some());
    if is_scheduled {
        heading.push("late p99");
    }
    if finds_max {
        heading.insert(1, "max rate/s");
    }
    if has_keys {
        heading.push("skew");
    }
    if ranking.is_some() {
        heading.push(if metric == Metric::P99 { "verdict (p99)" } else { "verdict (sent)" });
    }
    if results.race.is_some() {
        heading.push("in the race");
    }
    let mut rows = vec![heading.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for (index, one) in results.configurations.iter().enumerate() {
        let summary = Summary::of(one);
        let mut row = match &summary {
            Some(summary) => row(one, summary),
            None if one.max_rate_images_per_s == Some(0.0) && one.has_good_run() => {
                vec![one.configuration.name.clone(), "no rate held".to_owned()]
            }
            None if one.runs.is_empty() => vec![one.configuration.name.clone(), "not run".to_owned()],
            None => vec![one.configuration.name.clone(), "failed".to_owned()],
        };
        if is_scheduled && summary.is_some() {
            row.push(one.lateness().map_or_else(|| "–".to_owned(), |late| text::latency(late.p99_micros)));
        }
        if finds_max {
            let rate = one.max_rate_images_per_s.map(|rate| format!("{}{}", one.at_least(), text::rate(rate)));
            let rate = rate.unwrap_or_else(|| "–".to_owned());
            row.insert(1, rate);
        }
        if has_keys {
            row.extend(summary.map(|all| format!("{:.2}", all.partition_skew)));
        }
        row.extend(verdict(ranking.as_ref(), index));
        if let Some(course) = &results.race {
            row.resize(rows[0].len() - 1, String::new());
            row.push(standing_text(course, index));
        }
        rows.push(row);
    }
    rows
}

fn verdict(ranking: Option<&Ranking>, index: usize) -> Option<String> {
    let ranking = ranking?;
    Some(ranking.place(index)?.standing.text(ranking.metric))
}

fn row(one: &ConfigurationResult, all: &Summary) -> Vec<String> {
    let (low, high) = (text::rate(all.slowest_images_per_s), text::rate(all.fastest_images_per_s));
    let range = if all.runs > 1 { format!("{low}–{high}") } else { "–".to_owned() };
    let (ack, end) = (&one.acknowledgement_latency, &one.end_to_end_latency);
    let latency = |count: u64, micros: u64| if count == 0 { "–".to_owned() } else { text::latency(micros) };
    vec![
        one.configuration.name.clone(),
        text::rate(all.images_per_s),
        range,
        text::rate(all.mb_per_s),
        text::rate(all.consumer_images_per_s),
        latency(ack.count, ack.p50_micros),
        latency(ack.count, ack.p99_micros),
        latency(end.count, end.p50_micros),
        latency(end.count, end.p99_micros),
        text::count(all.lag_at_last_acknowledgement),
        text::rate(all.batch_bytes / 1e3),
        text::rate(all.batch_records),
        all.compression_ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
    ]
}

/// What an image costs: processor time of both sides, and bytes.
fn costs(results: &BenchmarkResults) -> Vec<String> {
    let heading = ["each image", "CPU", "producer", "consumer", "broker", "sent", "received", "on disk"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    let known = |value: Option<f64>, shown: fn(f64) -> String| value.map_or_else(|| "–".to_owned(), shown);
    for one in &results.configurations {
        let Some(all) = Summary::of(one) else { continue };
        rows.push(vec![
            one.configuration.name.clone(),
            known(all.cpu_ms_per_image, millis),
            known(all.producer_cpu_ms_per_image, millis),
            known(all.consumer_cpu_ms_per_image, millis),
            known(all.broker_cpu_ms_per_image, millis),
            known(all.sent_bytes_per_image, bytes),
            known(all.received_bytes_per_image, bytes),
            known(all.log_bytes_per_image, bytes),
        ]);
    }
    if rows.len() == 1 { Vec::new() } else { table(&rows) }
}

/// Each consumer group by itself, if there are several.
fn groups(results: &BenchmarkResults) -> Vec<String> {
    let heading = ["each group by itself", "group", "received/s", "end to end p50", "p99", "lag", "missing", "twice"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for one in &results.configurations {
        rows.extend(one.groups().iter().map(|group| {
            let end = &group.end_to_end_latency;
            let latency = |micros: u64| if end.count == 0 { "–".to_owned() } else { text::latency(micros) };
            vec![
                one.configuration.name.clone(),
                group.group.to_string(),
                text::rate(group.images_per_s),
                latency(end.p50_micros),
                latency(end.p99_micros),
                text::count(group.max_lag),
                text::count(group.missing),
                text::count(group.duplicates),
            ]
        }));
    }
    if rows.len() == 1 { Vec::new() } else { table(&rows) }
}

/// Columns as wide as their widest cell: the first is aligned left, the others right.
pub(super) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let shown = |row: &Vec<String>| row.iter().map(|cell| printable(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(shown).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| match column {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                })
                .collect();
            format!("  {}", cells.join("  ")).trim_end().to_owned()
        })
        .collect()
}

/// Each remark once, with the names of its configurations unless it applies to all.
fn remarks(results: &BenchmarkResults) -> Vec<String> {
    let mut found: Vec<(&Remark, Vec<&str>)> = Vec::new();
    for one in &results.configurations {
        for remark in one.runs.iter().flat_map(|run| &run.remarks) {
            let name = one.configuration.name.as_str();
            // Remarks with different numbers are not merged, unless the numbers are left out.
            let has_numbers = !matches!(remark, Remark::Short { .. });
            match found
                .iter_mut()
                .find(|(known, names)| known.is_alike(remark) && (*known == remark || !has_numbers || *names == [name]))
            {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => found.push((remark, vec![name])),
            }
        }
    }
    let all = results.configurations.iter().filter(|one| !one.runs.is_empty()).count();
    let line = |(remark, names): (&Remark, Vec<&str>)| {
        let remark = if names.len() > 1 { remark.in_common() } else { remark.to_string() };
        match names.len() == all {
            true => format!("Note: {remark}"),
            false => format!("Note ({}): {remark}", names.join(", ")),
        }
    };
    found.into_iter().map(line).collect()
}

fn files_line(files: &ResultFiles) -> String {
    let name =
        |path: &std::path::Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = files.details_json.parent().map(std::path::absolute).and_then(Result::ok).unwrap_or_default();
    format!(
        "Files: {}, {}, {}{} in {}",
        name(&files.performance_csv),
        name(&files.details_json),
        name(&files.details_csv),
        files.ladder_csv.as_deref().map(|path| format!(", {}", name(path))).unwrap_or_default(),
        printable(&folder.display().to_string())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{configuration, results};

    #[test]
    fn the_announcement_has_runs_and_time() {
        // Without earlier runs the time is not known well.
        let empty = tempfile::tempdir().unwrap();
        let announced = announcement(&BenchmarkPlan { work_dir: empty.path().to_owned(), ..BenchmarkPlan::default() });
        assert!(announced.starts_with("15 runs (5 configurations, 3 runs each)"), "{announced}");
        assert!(announced.ends_with("2 min 12 s to 3 min 31 s in all"), "{announced}");
        let endless = BenchmarkPlan { length: RunLength::Images(1_000), ..BenchmarkPlan::default() };
        assert!(announcement(&endless).contains("depends on the speed"));
    }

    #[test]
    fn rows_show_the_summary_and_a_verdict() {
        let all = results(&[(configuration("slow"), &[100.0, 102.0]), (configuration("fast"), &[4_000.0, 4_200.0])]);
        let rows = rows(&all, Margin::default());
        assert_eq!(rows[0].last().map(String::as_str), Some("verdict (sent)"));
        assert_eq!((rows[2][1].as_str(), rows[2][2].as_str(), rows[2][3].as_str()), ("4,100", "4,000–4,200", "410"));
        assert_eq!(rows[2].last().map(String::as_str), Some("fastest"));
        assert!(rows[1].last().is_some_and(|text| text.starts_with("slower by 97")), "{rows:?}");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["a", "1"], ["long name", "1,000"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), ["  a              1", "  long name  1,000"]);
    }
}
