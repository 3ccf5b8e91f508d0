use super::*;
use crate::results::testing::{configuration, results};
use crate::results::{GroupResult, LatencyResult, RunProblem, RunResult, RunStatus, Throughput};

fn limit(text: &str) -> Limit {
    text.parse().unwrap()
}

/// A run with 100 images per second and latencies of 10 ms.
fn run() -> RunResult {
    let mut run = results(&[(configuration("a"), &[100.0])]).configurations.remove(0).runs.remove(0);
    (run.sent, run.acknowledged, run.received, run.max_lag, run.cpu_s) = (500, 500, 500, 40, 1.0);
    run
}

#[test]
fn a_threshold_is_written_as_it_is_read() {
    for (text, written) in [
        ("p99<50ms", "p99<50ms"),
        (" p99.9 <= 0.5 s ", "p99.9<=0.5s"),
        ("p50<900us", "p50<900us"),
        ("ack-p99 ≤ 20µs", "ack-p99<=20µs"),
        ("throughput>=500", "throughput>=500"),
        ("throughput ≥ 500 images/s", "throughput>=500images/s"),
        ("consumer>99.5/s", "consumer>99.5/s"),
        ("loss=0", "loss=0"),
        ("loss==0", "loss=0"),
        ("loss<0.1%", "loss<0.1%"),
        ("loss<=0%", "loss<=0%"),
        ("lag<1000", "lag<1000"),
        ("cpu<2ms", "cpu<2ms"),
        ("cpu-consumer<2ms", "cpu-consumer<2ms"),
        ("bytes<100kB", "bytes<100kB"),
        ("disk<=1MB", "disk<=1MB"),
    ] {
        assert_eq!(limit(text).to_string(), written);
        let json = serde_json::to_string(&limit(text)).unwrap();
        assert_eq!(serde_json::from_str::<Limit>(&json).unwrap(), limit(text), "{json}");
    }
    for metric in LimitMetric::ALL {
        assert_eq!(limit(&metric.example()).metric(), metric);
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (text, words) in [
        ("speed<5ms", &["\"speed\"", "throughput", "p99.9", "cpu-consumer", "disk"][..]),
        ("p99", &["p99<50ms"]),
        ("p99<50", &["unit is missing", "ms, s, µs"]),
        ("p99<50min", &["\"min\"", "ms, s, µs"]),
        ("bytes<5GB", &["\"GB\"", "kB, MB, B"]),
        ("throughput>=5ms", &["\"ms\"", "/s"]),
        ("throughput>=fast", &["number", "throughput>=500/s"]),
        ("p99<-5ms", &["number"]),
        ("p99<1e3ms", &["\"e3ms\""]),
        ("p99>5ms", &["growing", "p99<50ms"]),
        ("throughput<5", &["shrinking", "throughput>=500"]),
        ("throughput=500", &["exactly", "throughput>=500"]),
        ("loss=5", &["exactly", "loss=0"]),
        ("p99<=0ms", &["above 0"]),
        ("loss<0", &["above 0"]),
        ("throughput>=0", &["above 0"]),
    ] {
        let error = text.parse::<Limit>().unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
    }
}

#[test]
fn a_run_misses_what_it_exceeds() {
    let mut run = run();
    run.producer_cpu_s = Some(0.25);
    run.log_bytes = Some(500_000);
    run.partitions = vec![crate::results::PartitionResult { partition: 0, start_offset: 0, end_offset: 500 }];
    let missed = |text: &str| limit(text).missed_by(&run).map(|missed| limit(text).shown(missed.measured));
    for kept in [
        "throughput>=100",
        "throughput>99/s",
        "consumer>=100images/s",
        "p50<11ms",
        "p99<=0.011s",
        "p99.9<11000µs",
        "ack-p99<11ms",
        "loss=0",
        "loss<0.1%",
        "lag<=40",
        "cpu<=2ms",
        "cpu-producer<=0.5ms",
        "disk<=1kB",
        "bytes<1MB",
    ] {
        assert_eq!(missed(kept), None, "{kept}");
    }
    for (text, measured) in [
        ("throughput>100", "100/s"),
        ("consumer>=101/s", "100/s"),
        ("p99<10ms", "10.0 ms"),
        ("p50<0.001s", "0.0100 s"),
        ("ack-p50<100µs", "10000 µs"),
        ("lag<40", "40"),
        ("cpu<2ms", "2.00 ms"),
        ("cpu-producer<499µs", "500 µs"),
        ("disk<1kB", "1.00 kB"),
        ("cpu-consumer<9s", "not measured"),
    ] {
        assert_eq!(missed(text).as_deref(), Some(measured), "{text}");
    }
}

#[test]
fn the_worst_group_counts() {
    let mut run = run();
    let group = |group, images_per_s, p99_micros, missing| GroupResult {
        group,
        received: 500,
        missing,
        duplicates: 0,
        redelivered: 0,
        elapsed_s: 5.0,
        images_per_s,
        payload_mb_per_s: 1.0,
        end_to_end_latency: LatencyResult { count: 500, p99_micros, ..LatencyResult::default() },
        max_lag: 0,
        drain_s: 0.0,
    };
    run.groups = vec![group(1, 90.0, 12_000, 1), group(2, 80.0, 70_000, 5)];
    (run.missing, run.status) = (6, RunStatus::Ok);
    let measured = |text: &str| limit(text).measured(&run).unwrap();
    assert_eq!((measured("p99<50ms"), measured("consumer>=85"), measured("loss=0")), (70.0, 80.0, 5.0));
    assert_eq!(measured("loss<2%"), 1.0);
}

/// 49.96 ms is more than 49.95 ms, and is not called 50.0 ms where 50 ms is the threshold.
#[test]
fn rounding_does_not_change_the_side() {
    let near = limit("p99<50ms");
    assert_eq!(
        (near.shown(Some(49.96)), near.shown(Some(50.04)), near.shown(Some(61.23))),
        ("49.96 ms".to_owned(), "50.0 ms".to_owned(), "61.2 ms".to_owned())
    );
    assert_eq!(limit("throughput>=500").shown(Some(499.9)), "499.9/s");
    assert_eq!(limit("loss=0").shown(Some(12_345.0)), "12,345");
}

#[test]
fn of_a_run_that_failed_only_the_loss_is_known() {
    let mut failed = RunResult::failed();
    failed.problems = vec![RunProblem::NeverCame(3)];
    assert_eq!(limit("p99<1ms").missed_by(&failed), None);
    assert_eq!(limit("loss=0").missed_by(&failed), None, "it sent nothing");
    (failed.sent, failed.acknowledged, failed.missing) = (10, 10, 3);
    assert_eq!(limit("loss=0").missed_by(&failed).unwrap().measured, Some(3.0));
    assert_eq!(limit("loss<30%").missed_by(&failed).unwrap().measured, Some(30.0));
    assert_eq!(limit("loss<31%").missed_by(&failed), None);
    assert_eq!(limit("throughput>=1").missed_by(&failed), None);
}

#[test]
fn bytes_count_by_image_where_the_rate_is_of_a_part() {
    let mut run = run();
    run.acknowledged = 1_400;
    run.producer = Throughput { elapsed_s: 1.0, images_per_s: 1_000.0, payload_mb_per_s: 80.0, wire_mb_per_s: 106.0 };
    let measured = limit("bytes<1MB").measured(&run).unwrap();
    assert!((measured - 0.106).abs() < 1e-9, "{measured}");
}
