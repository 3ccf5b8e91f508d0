use super::*;
use crate::configuration::Acks;
use crate::metrics::LatencyHistogram;
use crate::results::testing::{configuration, results};
use crate::results::{LatencyResult, Remark, RunStatus};

/// Configurations of a name, rates, and a 99th percentile in milliseconds that varies as the rates do.
fn with_latencies(figures: &[(&str, &[f64], u64)]) -> BenchmarkResults {
    let named: Vec<_> = figures.iter().map(|(name, rates, _)| (configuration(name), *rates)).collect();
    let mut results = results(&named);
    for (one, (_, rates, p99)) in results.configurations.iter_mut().zip(figures) {
        for run in &mut one.runs {
            let histogram = LatencyHistogram::default();
            let share = rates[0] / run.producer.images_per_s;
            histogram.record(std::time::Duration::from_secs_f64(share * *p99 as f64 / 1e3));
            run.end_to_end_latency = LatencyResult::of(&histogram.snapshot(), histogram.max_micros());
        }
        one.end_to_end_latency = LatencyResult::merged(one.runs.iter().map(|run| &run.end_to_end_latency));
    }
    results
}

fn recommended(results: &BenchmarkResults) -> Recommendation {
    recommend(results, Margin::default()).unwrap()
}

#[test]
fn each_aim_has_its_best() {
    let results = with_latencies(&[
        ("first", &[1_000.0, 1_002.0, 998.0], 500),
        ("second", &[999.0, 1_001.0, 997.0], 600),
        ("both", &[900.0, 905.0, 895.0], 20),
        ("quick", &[100.0, 101.0, 99.0], 10),
        ("beaten", &[90.0, 91.0, 89.0], 15),
    ]);
    let chosen = recommended(&results);
    let throughput = chosen.throughput.as_ref().unwrap();
    assert_eq!((throughput.configuration.name.as_str(), throughput.is_certain), ("first", true));
    assert!(throughput.reason.to_string().contains("as fast: second"), "{}", throughput.reason);
    assert_eq!(chosen.latency.as_ref().unwrap().configuration.name, "quick");
    assert_eq!(chosen.balanced.as_ref().unwrap().configuration.name, "both");
    let text = chosen.to_text(Client::Java);
    assert!(text.contains("max.request.size=") && text.contains("embedded broker"), "{text}");
    assert!(chosen.to_text(Client::Librdkafka).contains("message.max.bytes="));
}

#[test]
fn no_properties_where_nothing_is_decided() {
    let noisy = with_latencies(&[("a", &[1_000.0, 500.0, 900.0], 10), ("b", &[800.0, 900.0, 600.0], 11)]);
    let chosen = recommended(&noisy);
    assert_eq!((&chosen.throughput, &chosen.latency, &chosen.balanced), (&None, &None, &None));
    let text = chosen.to_text(Client::Librdkafka);
    assert!(!text.contains("batch.size=") && text.contains("a, b cannot be distinguished: about "), "{text}");
    assert!(text.contains("more rounds would decide"), "{text}");
}

#[test]
fn what_is_equal_is_said_to_be() {
    let equal = with_latencies(&[("a", &[1_000.0, 1_001.0, 999.0], 10), ("b", &[1_000.5, 1_001.0, 999.5], 10)]);
    let text = recommended(&equal).to_text(Client::Librdkafka);
    assert!(text.contains("all 2 are as fast as each other (within 3 %)") && !text.contains("batch.size="), "{text}");
}

#[test]
fn a_leader_among_some_is_no_winner() {
    let results = with_latencies(&[
        ("a", &[1_000.0, 1_150.0, 950.0, 1_020.0], 10),
        ("b", &[990.0, 920.0, 1_100.0, 1_000.0], 10),
        ("c", &[50.0, 52.0, 47.0, 49.0], 400),
    ]);
    let chosen = recommended(&results);
    let throughput = chosen.throughput.as_ref().unwrap();
    assert!(
        !throughput.is_certain && throughput.reason.to_string().contains("undecided against b"),
        "{}",
        throughput.reason
    );
    let text = chosen.to_text(Client::Librdkafka);
    assert!(
        text.contains("Leading, not decided, for throughput: a – leads with") && text.contains("# leads"),
        "{text}"
    );
}

#[test]
fn a_lone_configuration_is_not_recommended() {
    let lone = with_latencies(&[("a", &[5.0, 6.0, 7.0], 1)]);
    let text = recommended(&lone).to_text(Client::Librdkafka);
    assert_eq!(text.matches("only a has a run that counts: there is nothing to compare it with").count(), 1, "{text}");
    assert!(!text.contains("Best") && !text.contains("batch.size="), "{text}");
}

#[test]
fn single_runs_are_observations() {
    let text = recommended(&with_latencies(&[("a", &[5.0], 1), ("b", &[9.0], 1)])).to_text(Client::Librdkafka);
    assert!(text.contains("one run each: noise cannot be judged; best as measured: b with 9.00 images/s"), "{text}");
    assert!(!text.contains("batch.size="), "{text}");
}

#[test]
fn cautions_say_what_is_so() {
    let of = |change: &dyn Fn(&mut BenchmarkResults)| {
        let mut results = with_latencies(&[("a", &[5.0; 3], 1), ("b", &[6.0; 3], 1), ("c", &[7.0; 3], 1)]);
        results.broker.kind = crate::model::broker_kind::BrokerKind::External;
        change(&mut results);
        recommended(&results).cautions
    };
    assert_eq!(of(&|_| {}), [Caution::FullQueues]);
    assert_eq!(
        of(&|all| all.configurations[1].runs.clear()),
        [Caution::FullQueues, Caution::NotRun(vec!["b".to_owned()])]
    );
    assert_eq!(of(&|all| all.configurations[1].runs.truncate(1))[1..], [Caution::RanOnce(vec!["b".to_owned()])]);
    let fail = |all: &mut BenchmarkResults| {
        all.configurations[2].runs.iter_mut().for_each(|run| run.status = RunStatus::Failed);
    };
    assert_eq!(of(&fail)[1..], [Caution::Failed(vec!["c".to_owned()])]);
    assert_eq!(
        of(&|all| all.configurations.iter_mut().for_each(|one| one.runs.truncate(2)))[1..],
        [Caution::TwoRounds]
    );
    assert_eq!(of(&|all| all.method.mode = crate::configuration::BenchmarkMode::Pipeline), [Caution::FullPipeline]);
    assert_eq!(of(&|all| all.method.rate_images_per_s = Some(5.0)), []);
    let search = |all: &mut BenchmarkResults| {
        all.method.max_rate_p99_ms = Some(50.0);
        // Eight trials, of which one is at the rate that was found.
        for one in &mut all.configurations {
            one.max_rate_images_per_s = Some(one.runs[2].producer.images_per_s);
            one.runs[0].rate_images_per_s = Some(1.0);
            one.runs[1].rate_images_per_s = Some(2.0);
        }
    };
    assert_eq!(of(&search), [Caution::Searched]);
    let mark = |all: &mut BenchmarkResults| {
        all.configurations[0].runs[0].remarks = vec![Remark::OneRecordABatch { limit_bytes: 9, record_bytes: 5 }];
        all.configurations[1].runs[0].remarks = vec![Remark::Short { records: 1, seconds: 1.0 }];
        all.is_complete = false;
    };
    let expected = [Caution::Short, Caution::OneRecordABatch(vec!["a".to_owned()]), Caution::Incomplete];
    assert_eq!(of(&mark)[1..], expected);
    let backlog = |all: &mut BenchmarkResults| {
        all.method.backlog = true;
        all.configurations.iter_mut().for_each(|one| one.end_to_end_latency = LatencyResult::default());
    };
    assert_eq!(of(&backlog), [Caution::Backlog]);
}

#[test]
fn failed_runs_recommend_nothing() {
    let mut results = with_latencies(&[("a", &[5.0], 1)]);
    results.configurations[0].runs[0].status = RunStatus::Failed;
    assert_eq!(recommend(&results, Margin::default()), Err(NoGoodRun));
}

#[test]
fn a_fixed_rate_compares_latencies_only() {
    let mut results = with_latencies(&[("a", &[5.0, 5.01, 4.99], 20), ("b", &[5.0, 4.99, 5.01], 10)]);
    results.method.rate_images_per_s = Some(5.0);
    let chosen = recommended(&results);
    assert!(chosen.throughput.is_none() && chosen.balanced.is_none() && chosen.open.is_empty(), "{chosen:?}");
    assert!(chosen.to_text(Client::Java).contains("# best for latency"));
}

#[test]
fn java_takes_whole_milliseconds() {
    let chosen = recommended(&with_latencies(&[("a", &[5.0], 1)]));
    let one = Configuration { linger_ms: 0.5, acks: Acks::One, ..configuration("a") };
    assert!(chosen.properties(&one, Client::Java).contains("linger.ms=1\n"));
    let properties = chosen.properties(&one, Client::Librdkafka);
    assert!(properties.contains("linger.ms=0.5\n") && properties.contains("enable.idempotence=false"), "{properties}");
}
