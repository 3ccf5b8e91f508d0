//! Where a group continues is changed only when it has no members, and only to what was shown before.

use std::time::Duration;

use kafka_image_bench_core::groups::{
    GroupAccess, GroupLister, GroupState, GroupWatch, ResetRequest, ResetTo, apply_reset, plan_reset,
};
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::run::cancellation::Cancellation;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::Value;

use crate::bench::{Bench, Finished, finish, program};

fn reset(bench: &Bench, options: &[&str]) -> Finished {
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "reset-offsets", "--group", &bench.group]);
    finish(command.args(bench.broker_arguments()).args(options).output().unwrap())
}

fn committed(printed: &Value) -> Vec<Option<i64>> {
    printed["partitions"].as_array().unwrap().iter().map(|one| one["committed_offset"].as_i64()).collect()
}

#[test]
fn a_dry_run_changes_nothing_and_a_reset_does_what_it_showed() {
    let bench = Bench::new();
    bench.write_images(30);
    bench.run("produce", "p", &["--partitions", "2"]).expect_code(0);
    bench.run("consume", "c", &["--count", "30"]).expect_code(0);
    let dry = reset(&bench, &["--to", "first", "--dry-run"]).expect_code(0).report();
    assert_eq!(
        (dry["repeats"].as_u64(), dry["skips"].as_u64(), dry["done"].as_bool()),
        (Some(30), Some(0), Some(false))
    );
    let again = reset(&bench, &["--to", "2", "--partition", "1"]).expect_code(0).report();
    assert_eq!(committed(&dry)[1], committed(&again)[0], "the dry run changed nothing");
    assert_eq!(again["done"].as_bool(), Some(true));
    let repeats = again["repeats"].as_u64().unwrap();
    let back = reset(&bench, &["--to", "last", "--dry-run"]).expect_code(0).report();
    assert_eq!(committed(&back), [committed(&dry)[0], Some(2)]);
    assert_eq!(back["skips"].as_u64(), Some(repeats));
    let consumed = bench.run("consume", "d", &["--until-idle", "2"]).expect_code(0);
    assert_eq!(consumed.number("received"), repeats);
    let all = reset(&bench, &["--to", "2001-01-01T00:00:00Z", "--topic", &bench.topic]).expect_code(0).report();
    assert_eq!(all["repeats"].as_u64(), Some(30));
}

#[test]
fn a_group_with_members_and_one_that_does_not_exist_are_refused() {
    let bench = Bench::new();
    let served = bench.serve();
    let servers = &served.bootstrap_servers;
    bench.create_topic(servers, 2, &[]);
    let values: Vec<Vec<u8>> = (0..6).map(|number| vec![number; 10]).collect();
    let records: Vec<_> = values
        .iter()
        .zip([0, 1].into_iter().cycle())
        .map(|(value, partition)| crate::bench::Record {
            value: Some(value),
            partition: Some(partition),
            ..crate::bench::Record::default()
        })
        .collect();
    bench.send(servers, &records);
    let access = GroupAccess {
        bootstrap_servers: servers.clone(),
        client: ClientSettings::default(),
        timeout: Duration::from_secs(60),
    };
    let stop = Cancellation::default();
    let request = ResetRequest {
        group: bench.group.clone(),
        topic: Some(bench.topic.clone()),
        partition: None,
        to: ResetTo::Last,
    };
    let missing = plan_reset(&access, &request, &stop).unwrap_err();
    assert!(missing.to_string().contains("does not exist"), "{missing}");

    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers).set("group.id", &bench.group).set("client.id", "reader");
    config.set("auto.offset.reset", "earliest").set("auto.commit.interval.ms", "100");
    let member: BaseConsumer = config.create().unwrap();
    member.subscribe(&[&bench.topic]).unwrap();
    let mut received = 0;
    while received < 6 {
        received += usize::from(matches!(member.poll(Duration::from_millis(100)), Some(Ok(_))));
    }
    member.commit_consumer_state(rdkafka::consumer::CommitMode::Sync).unwrap();
    let lister = GroupLister::open(&access, &stop).unwrap();
    let group = lister.describe(&bench.group).unwrap().unwrap();
    assert_eq!(group.state, GroupState::Stable);
    let owner = group.member_of(&bench.topic, 1).unwrap();
    assert_eq!(owner.client_id, "reader");
    assert!(lister.list().unwrap().contains(&group));
    let active = plan_reset(&access, &request, &stop).unwrap_err();
    assert!(active.to_string().contains("1 active member"), "{active}");

    let mut watch = GroupWatch::open(&access, &bench.group, &stop).unwrap();
    assert_eq!((watch.read().unwrap().lag.total_lag, watch.read().unwrap().rates.len()), (0, 2));
    drop(member);
    let plan = plan_reset(&access, &ResetRequest { to: ResetTo::First, ..request }, &stop).unwrap();
    assert_eq!(plan.totals(), (6, 0));
    apply_reset(&access, &plan, &stop).unwrap();
    let reading = watch.read().unwrap();
    assert_eq!(reading.lag.total_lag, 6);
    assert!(reading.lag.partitions.iter().all(|one| one.committed_offset == Some(0)), "{reading:?}");
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    let bench = Bench::new();
    for (options, part) in [
        (&["--to", "soon"][..], "expected first, last"),
        (&["--to", "-1"], "expected first, last"),
        (&[], "--to"),
        (&["--to", "first", "--topic", ""], "the topic has no name"),
        (&["--to", "first", "--partition", "-1"], "--partition"),
    ] {
        let refused = reset(&bench, options);
        assert_eq!(refused.code, 2, "{options:?}: {refused:?}");
        assert!(refused.stderr.contains(part), "{options:?}: {refused:?}");
    }
}
