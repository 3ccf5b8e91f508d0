use super::super::metric::Margin;
use super::super::ranking::{Unranked, rank};
use super::super::recommend::recommend;
use super::*;
use crate::results::testing::{self, configuration, results};

/// Of two that are as good, and one that was dropped.
fn course() -> RaceResult {
    let all = testing::race().race.unwrap();
    let candidates = [0, 1, 3].map(|index| all.candidates[index].clone()).to_vec();
    RaceResult { budget_s: 60.0, elapsed_s: 40.0, full_s: Some(120.0), noise: None, candidates, ..all }
}

#[test]
fn a_conclusion_names_the_choice_what_is_as_good_and_the_simplest() {
    let all = results(&[
        (configuration("plain"), &[99.0]),
        (configuration("tuned"), &[100.0]),
        (configuration("gzip"), &[7.0]),
    ]);
    let mut race = course();
    let text = conclusion(&all, &race).join("\n");
    assert!(text.starts_with("Take tuned for throughput: on average 1.2 % may be lost"), "{text}");
    assert!(text.contains("within the margin: plain\n") && text.contains("nearest to the defaults: plain"), "{text}");
    assert!(text.contains("Dropped in round 1, after 20 s: gzip (14 times worse)\n"), "{text}");
    assert!(
        text.ends_with("It took 40 s: 33 % of the 2 min 0 s that measuring all of them to the end takes by estimate"),
        "{text}"
    );
    assert_eq!(standing_text(&race, 2), "dropped in round 1, 14 times worse");
    assert_eq!(standing_text(&race, 0), "as good (behind by 0.00–4.0 %)");
    // What was halved out before there was a comparison is not in the loss.
    let mut halved = race.clone();
    let drop = RaceDrop { round: 1, at_s: 20.0, reason: RaceDropReason::Halved, factor: Some(2.0) };
    (halved.candidates[2].loss_percent, halved.candidates[2].dropped) = (None, Some(drop));
    let text = conclusion(&all, &halved).join("\n");
    assert!(text.contains(" may be lost against the best of the 2 that were compared (margin"), "{text}");
    race.ended = Some(RaceEnd::Budget);
    (race.as_good, race.simplest) = (Vec::new(), None);
    let text = conclusion(&all, &race).join("\n");
    assert!(text.starts_with("tuned leads for throughput at the end of the budget"), "{text}");
    assert!(text.contains("Still in the race: plain\n"), "{text}");
    assert!(properties(&all, &race, Client::Java).unwrap().contains("batch.size=1000"));
    assert_eq!(topic_options(&all, &race).unwrap(), "--partitions 4 --config max.message.bytes=1048576");
}

/// Of three, two could not be measured.
#[test]
fn one_alone_is_no_choice() {
    let mut all =
        results(&[(configuration("plain"), &[99.0]), (configuration("tuned"), &[]), (configuration("gzip"), &[])]);
    let drop = |reason| Some(RaceDrop { round: 1, at_s: 3.0, reason, factor: None });
    let mut race = course();
    for (one, reason) in race.candidates[1..].iter_mut().zip([RaceDropReason::Failed, RaceDropReason::Skipped]) {
        (one.loss_percent, one.loss_interval_percent, one.chance_percent, one.dropped) =
            (None, None, None, drop(reason));
    }
    (race.choice, race.as_good, race.simplest) = (Some(0), vec![0], Some(0));
    (race.expected_loss_percent, race.rounds) = (Some(0.0), 1);
    // In files of earlier versions it was decided.
    for ended in [RaceEnd::NothingLeft, RaceEnd::Decided] {
        race.ended = Some(ended);
        let text = conclusion(&all, &race).join("\n");
        assert!(text.starts_with("Only plain was measured: there is nothing to compare it with\n"), "{text}");
        assert!(text.contains("Not measured, and not compared: tuned, gzip\n") && !text.contains("lost"), "{text}");
        assert!(round_text(&all, &race).ends_with(": only plain was measured; 1 of 3 in the race"));
        assert_eq!(
            (standing_text(&race, 0).as_str(), choice_heading(&race).as_str()),
            (ALONE, "The only one measured")
        );
        all.race = Some(race.clone());
        let found = recommend(&all, Margin::default()).unwrap();
        assert!(found.race.as_ref().is_some_and(|choice| !choice.is_certain));
        let text = found.to_text(Client::Java);
        assert!(text.contains("# the only one measured, for Java clients\n") && !text.contains("decided"), "{text}");
    }
}

#[test]
fn factors_below_two_are_percentages_of_the_figure() {
    assert_eq!(factor_text(RaceGoal::Throughput, 1.25), "20 %", "a rate of 80 against 100");
    assert_eq!(factor_text(RaceGoal::P99, 1.25), "25 %", "100 ms against 80");
    assert_eq!(factor_text(RaceGoal::P99, 2.34), "2.3 times");
}

#[test]
fn of_many_names_the_first_are_listed() {
    let all: Vec<String> = (0..14).map(|number| number.to_string()).collect();
    assert!(listed(&all).ends_with("10, 11 and 2 more"), "{}", listed(&all));
}

#[test]
fn recommend_says_what_the_race_says() {
    let mut all = results(&[
        (configuration("plain"), &[99.0]),
        (configuration("tuned"), &[100.0]),
        (configuration("gzip"), &[7.0]),
    ]);
    all.race = Some(course());
    let found = recommend(&all, Margin::default()).unwrap();
    let text = found.to_text(Client::Librdkafka);
    assert!(
        text.contains("Take tuned for throughput") && text.contains("# chosen for throughput, for librdkafka\n"),
        "{text}"
    );
    assert!(found.open.is_empty() && found.throughput.is_none() && !text.contains("Undecided"), "{text}");
    assert_eq!(rank(&all, Metric::Throughput, Margin::default()), Err(Unranked::Raced));
}
