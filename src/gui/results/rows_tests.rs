use super::*;
use crate::testing::{configuration, results};
use kafka_image_bench_core::report::figures::{
    cpu_costs, lag_over_time, partition_shares, throughput_bars, trade_offs,
};
use kafka_image_bench_core::report::format::short;
use kafka_image_bench_core::results::files::performance_csv;
use kafka_image_bench_core::results::{PartitionResult, SecondResult};
use kafka_image_bench_core::verdict::compare::compare;
use kafka_image_bench_core::verdict::recommend::recommend;

#[test]
fn sorted_by_any_column() {
    let row = |name: &str, rate: Option<f64>| TableRow {
        name: name.to_owned(),
        configuration: configuration(name),
        verdict: RowVerdict { standing: None, text: String::new(), hover: String::new() },
        spread: 0.0,
        figures: vec![rate],
        at_least: "",
        failed: 0,
    };
    let rows = [row("b", Some(1.0)), row("a", None), row("c", Some(3.0))];
    assert_eq!(sorted(&rows, (SortColumn::Order, true)), [0, 1, 2]);
    assert_eq!(sorted(&rows, (SortColumn::Name, true)), [1, 0, 2]);
    assert_eq!(sorted(&rows, (SortColumn::Figure(0), false)), [2, 0, 1]);
}

/// A slow and a fast configuration with `repeats` repeats, whose other figures differ independently.
fn benchmark(repeats: usize) -> BenchmarkResults {
    const SLOW: [f64; 4] = [100.0, 140.0, 90.0, 110.0];
    const FAST: [f64; 4] = [4_000.0, 3_000.0, 4_400.0, 3_600.0];
    let mut all = results(&[(configuration("slow"), &SLOW[..repeats]), (configuration("fast"), &FAST[..repeats])]);
    for one in &mut all.configurations {
        for (index, run) in one.runs.iter_mut().enumerate() {
            let other = [7.0, 3.0, 9.0, 1.0][index];
            run.consumer.images_per_s = 50.0 * other;
            (run.max_lag, run.lag_at_last_acknowledgement) = (20 * other as u64, 10 * other as u64);
            run.seconds = vec![SecondResult { second: 1, lag: 0, max_lag: run.max_lag, ..SecondResult::default() }];
            (run.cpu_s, run.acknowledged) = (other, 1_000);
            (run.retries, run.drain_s, run.partition_skew) = (index as u64, other, 1.0 + other / 100.0);
            run.partitions = vec![PartitionResult { partition: 0, start_offset: 0, end_offset: other as i64 }];
        }
    }
    all
}

/// The window's table, the CSV of the old columns, the charts, the report, the recommendation and the comparison show one figure,
/// whether the number of repeats is even or odd.
#[test]
fn every_surface_shows_the_same_figures() {
    let middle = |repeats: usize, values: [f64; 4]| kafka_image_bench_core::results::median(&values[..repeats]);
    for repeats in 1..=4 {
        let all = benchmark(repeats);
        let rate = middle(repeats, [4_000.0, 3_000.0, 4_400.0, 3_600.0]);
        let other = middle(repeats, [7.0, 3.0, 9.0, 1.0]);
        let largest = [7.0, 7.0, 9.0, 9.0][repeats - 1];
        let rows = rows_of(&all);
        let of = |name: &str| rows[1].figures[FIGURES.iter().position(|figure| figure.0 == name).unwrap()].unwrap();
        let table = ["images/s", "MB/s", "consumer images/s", "max lag", "drain", "skew", "runs"].map(of);
        let expected = [rate, rate / 10.0, 50.0 * other, 20.0 * largest, other, 1.0 + largest / 100.0, repeats as f64];
        for (found, expected) in table.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{repeats} repeats: {table:?} is not {expected:?}");
        }

        let csv = performance_csv(&all).unwrap();
        let row = csv::Reader::from_reader(csv.as_slice()).records().nth(1).unwrap().unwrap();
        assert_eq!((&row[4], &row[5]), (&*format!("{rate:.2}"), &*format!("{:.2}", 50.0 * other)), "{repeats} repeats");
        assert_eq!(row[6], format!("{:.9}", 1.0 / rate));
        assert_eq!(row[8], format!("{}", (10.0 * other).round()));
        assert!(row[9].ends_with(&format!(": {largest}}}")), "{row:?}");

        let bar = &throughput_bars(&all)[1];
        assert_eq!((bar.images_per_s, bar.mb_per_s, trade_offs(&all)[1].images_per_s), (rate, rate / 10.0, rate));
        let lag = &lag_over_time(&all)[1];
        let top = lag.points.iter().map(|point| point[1]).fold(0.0, f64::max);
        assert_eq!((top, lag.largest as f64), (20.0 * largest, 20.0 * largest), "the chart shows what the table names");
        assert_eq!(partition_shares(&all)[1].records, [largest as u64]);
        assert_eq!(Some(cpu_costs(&all)[1].cpu_ms_per_image), rows[1].figures[11]);

        let page = kafka_image_bench_core::report::html::html(
            &all,
            None,
            Margin::default(),
            kafka_image_bench_core::report::scale::Axes::default(),
        );
        for shown in [short(rate), short(rate / 10.0), short(50.0 * other)] {
            assert!(page.contains(&format!("<td>{shown}</td>")), "{repeats} repeats: no {shown}");
        }
        let changes = compare(&all, &all, Margin::default()).unwrap().compared[1].changes.clone();
        for change in &changes {
            let figure = match change.metric {
                Metric::Throughput => rate,
                Metric::Consumer => 50.0 * other,
                Metric::P99 => of("p99"),
                Metric::AckP99 => of("ack p99"),
                Metric::P50 => of("p50"),
                Metric::Cpu => other,
                Metric::AckP50 => continue,
            };
            assert_eq!((change.baseline, change.candidate), (Some(figure), Some(figure)), "{:?}", change.metric);
        }
        let text = recommend(&all, Margin::default())
            .unwrap()
            .to_text(kafka_image_bench_core::verdict::recommend::Client::Java);
        assert!(text.contains(&kafka_image_bench_core::model::units::images_per_s(rate)), "{repeats} repeats: {text}");
    }
}

#[test]
fn a_verdict_stands_beside_each_row() {
    let texts =
        |repeats| -> Vec<String> { rows_of(&benchmark(repeats)).into_iter().map(|row| row.verdict.text).collect() };
    assert_eq!(texts(1), ["one run each", "one run each"]);
    for repeats in 2..=4 {
        let found = texts(repeats);
        assert!(found[0].starts_with("slower by 9") && found[1] == "fastest", "{repeats} repeats: {found:?}");
    }
    let mut skipped = benchmark(3);
    skipped.configurations[0].runs.clear();
    let rows = rows_of(&skipped);
    assert_eq!((rows[0].verdict.text.as_str(), rows[1].verdict.text.as_str()), ("not run", "nothing to compare"));
}

#[test]
fn what_is_sent_on_a_schedule_has_its_lateness() {
    let index = FIGURES.iter().position(|figure| figure.0 == "late p99").unwrap();
    let mut all = benchmark(2);
    assert!(rows_of(&all).iter().all(|row| row.figures.len() == FIGURES.len() && row.figures[index].is_none()));
    for (run, micros) in all.configurations[1].runs.iter_mut().zip([700, 900]) {
        let recorded = kafka_image_bench_core::metrics::LatencyHistogram::default();
        (0..50).for_each(|_| recorded.record(std::time::Duration::from_micros(micros)));
        run.lateness = Some(kafka_image_bench_core::results::LatencyResult::of(&recorded.snapshot(), micros));
    }
    let rows = rows_of(&all);
    assert_eq!((rows[0].figures[index], rows[1].figures[index]), (None, Some(900.0)), "of both runs together");
    assert_eq!(sorted(&rows, (SortColumn::Figure(index), false)), [1, 0]);
}

#[test]
fn a_race_has_its_own_verdicts() {
    let texts: Vec<String> = rows_of(&crate::testing::race()).into_iter().map(|row| row.verdict.text).collect();
    assert_eq!(texts[1..4], ["the choice", "behind by 6.0–22 %", "dropped in round 1, 14 times worse"], "{texts:?}");
}
