//! How far a group is behind.

use serde_json::Value;

use crate::bench::{Bench, finish, program};

#[test]
fn lag_is_what_the_group_has_not_committed() {
    let bench = Bench::new();
    bench.write_images(30);
    bench.run("produce", "p", &[]).expect_code(0);
    bench.run("consume", "c", &["--count", "12"]).expect_code(0);
    let lag = |format: &str| {
        let mut command = program();
        command.args(["--headless", "--output-format", format, "lag", "--once"]).args(bench.broker_arguments());
        command.args(["--group", &bench.group, "--topic", &bench.topic]);
        finish(command.output().unwrap()).expect_code(0)
    };
    let reading: Value = serde_json::from_str(&lag("json").stdout).unwrap();
    let partitions = reading["partitions"].as_array().unwrap();
    let ends: i64 = partitions.iter().map(|one| one["end_offset"].as_i64().unwrap()).sum();
    let committed: i64 = partitions.iter().filter_map(|one| one["committed_offset"].as_i64()).sum();
    assert_eq!((ends, committed), (30, 12), "{reading}");
    let rows = lag("csv").stdout;
    assert_eq!(
        rows.lines().next(),
        Some("time,group,topic,partition,committed_offset,end_offset,lag,log_start_offset,lost,beyond_end")
    );
    assert_eq!(rows.lines().count(), 5, "{rows}");
    assert!(lag("text").stdout.contains("behind"));
}
