use super::*;

const EPOCH_MICROS: u64 = 1_700_000_000_000_000;

fn at(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn stamp(micros: u64) -> Option<i64> {
    Some(((EPOCH_MICROS + micros) / 1_000) as i64)
}

fn mean(measured: &[MeasuredStage], stage: RecordStage) -> Option<f64> {
    measured.iter().find(|one| one.stage == stage).map(|one| one.mean_micros)
}

/// A record each 10 ms with this many microseconds in the client, to the broker, from there to the acknowledgement, and
/// from there to the receipt.
fn run(times: &StageTimes, [client, out, back, inward]: [u64; 4], has_append_time: bool) {
    for number in 0..2_000_u64 {
        let handed_over = number * 10_007;
        let written = handed_over + client + number % 11;
        let appended = written + out;
        let append_millis = stamp(appended).filter(|_| has_append_time);
        let acknowledged = at(appended + back);
        times.acknowledged(
            0,
            SentRecord {
                is_counted: number >= 100,
                position: (0, number as i64),
                handed_over: at(handed_over),
                acknowledged,
                append_millis,
            },
        );
        if number >= 100 {
            let received = at(appended + inward);
            times.received(ReceivedRecord {
                position: (0, number as i64),
                handed_over: at(handed_over),
                received,
                append_millis,
            });
        }
        if number % 20 == 19 {
            let mean = at(out + back);
            times.reported(0, Some(RoundTrip { mean, shortest: at(4_000), longest: mean }));
        }
    }
}

#[test]
fn the_wire_is_split_where_the_broker_stamps_records() {
    let times = StageTimes::default();
    run(&times, [30_000, 2_000, 3_000, 7_000], true);
    let measured = times.measured();
    let near = |stage: RecordStage, micros: f64, tolerance: f64| {
        let found = mean(&measured, stage).unwrap();
        assert!((found - micros).abs() <= tolerance, "{stage:?}: {found} of {micros}");
    };
    let bound = times.clock_bound().unwrap();
    assert!(bound <= at(4_200), "{bound:?}");
    let tolerance = bound.as_micros() as f64;
    near(RecordStage::Client, 30_005.0, 1.0);
    near(RecordStage::WireOut, 2_000.0, tolerance);
    near(RecordStage::WireIn, 7_000.0, tolerance);
    near(RecordStage::Acknowledge, 5_000.0, 1.0);
    assert_eq!(mean(&measured, RecordStage::ClientAndWire), None);
    let sum: f64 = [RecordStage::Client, RecordStage::WireOut, RecordStage::WireIn]
        .into_iter()
        .filter_map(|stage| mean(&measured, stage))
        .sum();
    assert!((sum - 39_005.0).abs() < 0.1, "{sum}");
    assert!(measured.iter().all(|one| one.histogram.len() == 1_900));
}

#[test]
fn without_the_brokers_time_client_and_wire_are_one() {
    let times = StageTimes::default();
    run(&times, [30_000, 2_000, 3_000, 7_000], false);
    let measured = times.measured();
    let stages: Vec<RecordStage> = measured.iter().map(|one| one.stage).collect();
    assert_eq!(stages, [RecordStage::ClientAndWire, RecordStage::Acknowledge]);
    assert!((measured[0].mean_micros - 39_005.0).abs() < 1.0 && times.clock_bound().is_none());
}

#[test]
fn without_a_report_nothing_grows_beyond_its_bound() {
    let times = StageTimes::default();
    for number in 0..3 * WAITING_MAX as u64 {
        let record = SentRecord {
            is_counted: true,
            position: (0, number as i64),
            handed_over: at(0),
            acknowledged: at(9),
            append_millis: stamp(5),
        };
        times.acknowledged(0, record);
        times.uncommitted(0, number as i64, at(9));
    }
    assert!(times.waiting.lock().client(0).sent.capacity() <= 2 * WAITING_MAX);
    assert_eq!(times.uncommitted.lock().len(), WAITING_MAX);
    assert!(times.measured().is_empty());
}

#[test]
fn a_commit_counts_what_is_before_it_on_its_partition() {
    let times = StageTimes::default();
    for (partition, offset) in [(0, 5), (0, 3), (1, 3), (0, 4)] {
        times.uncommitted(partition, offset, at(1_000));
    }
    times.committed(0, -1_001, at(2_000));
    assert!(times.measured().is_empty());
    times.committed(0, 5, at(4_000));
    times.committed(0, 5, at(5_000));
    let measured = times.measured();
    assert_eq!((measured[0].stage, measured[0].histogram.len()), (RecordStage::Commit, 2));
    assert_eq!(measured[0].mean_micros, 3_000.0);
}

#[test]
fn stages_add_up_even_where_the_clock_is_badly_known() {
    let times = StageTimes::default();
    let mut whole = 0_u64;
    for number in 0..1_000_u64 {
        let handed_over = number * 3_001;
        let (acknowledged, received) = (handed_over + 900 + number % 700, handed_over + 400 + number % 1_900);
        whole += received - handed_over;
        let (position, handed_over) = ((number as i32 % 3, number as i64), at(handed_over));
        // Stamps that jump, and receipts that come before and after their acknowledgement's report.
        let append_millis = stamp(number * 3_001 + 300 + (number % 13) * 400);
        let receive =
            || times.received(ReceivedRecord { position, handed_over, received: at(received), append_millis });
        if number % 2 == 0 {
            receive();
        }
        if number % 10 == 0 {
            let micros = 200 + number % 90;
            times.reported(0, Some(RoundTrip { mean: at(micros), shortest: at(100), longest: at(2 * micros) }));
        }
        times.acknowledged(
            0,
            SentRecord { is_counted: true, position, handed_over, acknowledged: at(acknowledged), append_millis },
        );
        if number % 2 == 1 {
            receive();
        }
    }
    let measured = times.measured();
    let stages = [RecordStage::Client, RecordStage::WireOut, RecordStage::WireIn];
    let sum: f64 = stages.into_iter().filter_map(|stage| mean(&measured, stage)).sum();
    let whole = whole as f64 / 1e3;
    assert!((sum - whole).abs() < 0.1, "{sum} of {whole}");
    assert!(measured.iter().all(|one| one.histogram.len() == 1_000));
}

#[test]
fn several_clients_and_groups_add_up_too() {
    let times = StageTimes::of_groups(2);
    let (mut sent, mut whole) = (0.0, 0.0);
    for number in 0..2_000_u64 {
        let (client, handed_over) = ((number % 2) as usize, number * 3_001);
        let acknowledged = handed_over + 3_050 + number % 100;
        let (position, append_millis) = ((number as i32 % 4, number as i64), stamp(handed_over + 3_000));
        let receive = |after: u64| {
            let (handed_over, received) = (at(handed_over), at(handed_over + after));
            times.received(ReceivedRecord { position, handed_over, received, append_millis });
            after as f64 / 2_000.0
        };
        whole += receive(3_700 + number % 500);
        let (handed_over, acknowledged) = (at(handed_over), at(acknowledged));
        times.acknowledged(client, SentRecord { is_counted: true, position, handed_over, acknowledged, append_millis });
        whole += receive(6_000 + number % 300);
        // The second client has longer round trips, which its records take.
        let mean = at(if client == 0 { 1_000 } else { 2_000 });
        sent += mean.as_micros() as f64 / 2_000.0;
        if number % 100 > 97 {
            times.reported(client, Some(RoundTrip { mean, shortest: at(100), longest: mean }));
        }
    }
    let measured = times.measured();
    let of = |stage| mean(&measured, stage).unwrap();
    let sum = of(RecordStage::Client) + of(RecordStage::WireOut) + of(RecordStage::WireIn);
    assert!((sum - whole / 2.0).abs() < 0.1, "{sum} of {}", whole / 2.0);
    assert!((of(RecordStage::Acknowledge) - sent).abs() < 0.1, "{} of {sent}", of(RecordStage::Acknowledge));
    let count = |stage| measured.iter().find(|one| one.stage == stage).unwrap().histogram.len();
    assert_eq!([RecordStage::WireOut, RecordStage::WireIn].map(count), [2_000, 4_000]);
    assert!(times.appended.lock().is_empty());
}
