use super::*;

fn plan() -> (tempfile::TempDir, BenchmarkPlan) {
    let folder = tempfile::tempdir().unwrap();
    let plan = BenchmarkPlan { input: folder.path().to_owned(), ..BenchmarkPlan::default() };
    plan.check().unwrap();
    (folder, plan)
}

#[test]
fn the_standard_plan_takes_two_to_three_minutes() {
    let (_folder, mut plan) = plan();
    assert_eq!(plan.runs(), 15);
    // Two of the five compress with gzip, slowly.
    let estimate_s = |plan: &BenchmarkPlan| plan.estimate().unwrap().as_secs_f64();
    let queues_s = 2.0 * 3.0 * 2.0 * (32.0 * 1024.0 * 1024.0 / 12e6);
    assert!((estimate_s(&plan) - (8.5 * 15.0 + queues_s)).abs() < 1e-3);
    plan.backlog = true;
    assert!((estimate_s(&plan) - (13.5 * 15.0 + queues_s)).abs() < 1e-3);
    plan.pace = Pace::Fixed(100.0);
    assert_eq!(plan.estimate(), Some(Duration::from_millis(13_500 * 15)), "no queue at a rate that holds");
    plan.pace = Pace::FindMax(50.0);
    assert_eq!(plan.estimate(), None, "it depends on what holds");
}

#[test]
fn clients_that_are_too_many_are_refused() {
    let refusal = |change: fn(&mut BenchmarkPlan)| {
        let (_folder, mut plan) = plan();
        change(&mut plan);
        plan.check().unwrap_err().to_string()
    };
    assert!(refusal(|plan| plan.producers = 0).contains("producers"));
    assert!(refusal(|plan| plan.groups = GROUPS_MAX + 1).contains("groups"));
    assert!(refusal(|plan| (plan.groups, plan.consumers) = (2, 40)).contains("2 groups of 40 consumers"));
    assert!(refusal(|plan| (plan.groups, plan.mode) = (2, BenchmarkMode::Pipeline)).contains("--groups"));
}

#[test]
fn thresholds_that_cannot_be_checked_are_refused() {
    let (_folder, mut plan) = plan();
    plan.thresholds = vec!["p99<50ms".parse().unwrap()];
    plan.check().unwrap();
    plan.backlog = true;
    assert!(plan.check().unwrap_err().to_string().contains("p99 needs end-to-end latency"));
    plan.thresholds = vec!["ack-p99<50ms".parse().unwrap()];
    plan.check().unwrap();
    plan.backlog = false;
    plan.race = Some(RacePlan::default());
    assert!(plan.check().unwrap_err().to_string().contains("--until-decided"));
    plan.race = None;
    for pace in [Pace::FindMax(50.0), Pace::Ladder(LadderLimits::default())] {
        plan.pace = pace;
        let refusal = plan.check().unwrap_err().to_string();
        assert!(refusal.contains("ack-p99<50ms") && refusal.contains("--p99-ms"), "{refusal}");
    }
}

#[test]
fn a_configuration_that_the_client_refuses_is_named() {
    let (_folder, mut plan) = plan();
    plan.configurations[1].linger_ms = -1.5;
    let refusal = plan.check().unwrap_err().to_string();
    assert!(refusal.contains(&plan.configurations[1].name) && refusal.contains("-1.5"), "{refusal}");
}
