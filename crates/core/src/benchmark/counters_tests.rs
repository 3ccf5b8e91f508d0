use super::*;

fn counters(partitions: usize, groups: usize) -> Counters {
    Counters::new((partitions, groups), false, &Cancellation::default())
}

fn receive(counters: &Counters, group: usize, sequence: u64, partition: i32) {
    counters.received(group, sequence, (Duration::ZERO, Duration::from_millis(1)), 10, partition);
}

#[test]
fn a_record_counts_once() {
    let counters = counters(2, 1);
    for sequence in [0, 63, 64, 1_000, 64, 0] {
        receive(&counters, 0, sequence, 0);
    }
    assert_eq!((counters.all_received(), counters.groups[0].duplicates.get()), (4, 2));
    assert_eq!((counters.all_received_bytes(), counters.end_to_end_latency.snapshot().len()), (40, 4));
}

#[test]
fn a_record_that_is_delivered_again_is_not_twice_on_the_topic() {
    let counters = counters(2, 1);
    let take = |partition, offset, sequence| {
        if counters.groups[0].advance(partition, offset) {
            receive(&counters, 0, sequence, partition);
        }
    };
    for (partition, offset, sequence) in [(0, 0, 0), (0, 1, 1), (1, 0, 2), (0, 0, 0), (0, 1, 1), (0, 2, 3), (0, 3, 3)] {
        take(partition, offset, sequence);
    }
    let group = &counters.groups[0];
    assert_eq!((counters.all_received(), group.redelivered.get(), group.duplicates.get()), (4, 2, 1));
}

#[test]
fn a_wait_for_records_ends_with_the_last_of_them() {
    let stop = Cancellation::default();
    let counters = Counters::new((1, 1), false, &stop);
    let in_long = || Instant::now() + Duration::from_secs(3_600);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| counters.wait_received(1_000, in_long()));
        for sequence in 0..1_000 {
            receive(&counters, 0, sequence, 0);
        }
        assert_eq!(waiting.join().unwrap(), Wait::Met);
    });
    assert_eq!(counters.all_received(), 1_000);
    assert_eq!(counters.wait_received(1_001, Instant::now()), Wait::TimedOut);
    stop.request();
    assert_eq!(counters.wait_received(1_001, in_long()), Wait::Cancelled);
}

#[test]
fn lag_is_what_was_acknowledged_and_did_not_come() {
    let counters = counters(2, 1);
    counters.acknowledged(Duration::ZERO, 1, 0);
    counters.acknowledged(Duration::ZERO, 1, 1);
    receive(&counters, 0, 1, 1);
    assert_eq!((counters.lag(), counters.lag_at_last_acknowledgement.load(Relaxed)), (1, 2));
    let by_partition = &counters.lag_by_partition;
    assert_eq!((by_partition.total(), &*by_partition.by_partition()), (1, &[1, 0][..]));
}

#[test]
fn a_slice_is_counted_by_itself_and_what_is_known_of_all_records_remains() {
    let counters = counters(2, 2);
    let count = |records: u64| {
        for _ in 0..records {
            let sequence = counters.next_sequence();
            counters.acknowledged(Duration::ZERO, 1, 0);
            for group in [0, 1] {
                receive(&counters, group, sequence, 0);
                counters.passed((0, sequence as i64), [Duration::ZERO, Duration::from_millis(1)], None);
            }
        }
        counters.sample_lags();
    };
    count(5);
    counters.error(|| "on purpose".to_owned());
    assert!(!counters.stages.measured().is_empty());
    counters.begin_slice();
    assert!(counters.stages.measured().is_empty() && counters.first_error.lock().is_none());
    count(3);
    assert_eq!((counters.acknowledged.get(), counters.all_received(), counters.errors.get()), (3, 6, 0));
    assert_eq!((counters.missing(), counters.lag(), counters.all_acknowledged.get()), (0, 0, 8));
    let group = &counters.groups[1];
    assert_eq!((group.received.get(), group.duplicates.get(), group.all_received()), (3, 0, 8));
    assert_eq!((group.end_to_end_latency.snapshot().len(), counters.end_to_end_latency.snapshot().len()), (3, 6));
}

#[test]
fn each_group_is_counted_by_itself_and_the_slowest_is_waited_for() {
    let counters = counters(1, 3);
    for _ in 0..4 {
        counters.acknowledged(Duration::ZERO, 1, 0);
    }
    let in_long = Instant::now() + Duration::from_secs(3_600);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| counters.wait_received(4, in_long));
        for group in [0, 1] {
            (0..4).for_each(|sequence| receive(&counters, group, sequence, 0));
        }
        receive(&counters, 2, 0, 0);
        counters.sample_lags();
        assert_eq!((counters.lag(), counters.missing(), counters.lag_by_partition.total()), (3, 3, 3));
        (1..4).for_each(|sequence| receive(&counters, 2, sequence, 0));
        assert_eq!(waiting.join().unwrap(), Wait::Met);
    });
    assert_eq!((counters.lag(), counters.missing(), counters.all_received()), (0, 0, 12));
    let of = |group: usize| {
        let group = &counters.groups[group];
        (group.received.get(), group.max_lag.load(Relaxed), group.end_to_end_latency.snapshot().len())
    };
    assert_eq!((of(0), of(2)), ((4, 0, 4), (4, 3, 4)));
}
