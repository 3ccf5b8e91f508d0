//! A ladder as text: a table of the steps of each configuration.

use super::benchmark::table;
use super::text;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::{BenchmarkResults, LadderStep, held_in_words};

/// The steps, and what they show; nothing without a ladder.
pub(super) fn text(results: &BenchmarkResults) -> Vec<String> {
    let climbed = results.configurations.iter().filter(|one| !one.ladder.is_empty());
    climbed
        .flat_map(|one| {
            let heading = ["images/s", "achieved", "end to end p50", "p99", "p99.9", "lost", "runs", ""];
            let rows: Vec<Vec<String>> =
                std::iter::once(heading.map(str::to_owned).to_vec()).chain(one.ladder.iter().map(row)).collect();
            let highest = one.max_rate_images_per_s.filter(|rate| *rate > 0.0);
            let highest = highest.map(|rate| format!("{} images/s", text::rate(rate)));
            let held = held_in_words(highest, one.max_rate_is_lower_bound);
            let title = format!("Ladder of {}: {held}", printable(&one.configuration.name));
            std::iter::once(title).chain(table(&rows))
        })
        .collect()
}

fn row(step: &LadderStep) -> Vec<String> {
    let latency = |micros: Option<u64>| micros.map_or_else(|| "–".to_owned(), text::latency);
    let achieved = if step.latencies > 0 { text::rate(step.achieved_images_per_s) } else { "–".to_owned() };
    let lost = match step.lost {
        0 => "0".to_owned(),
        lost => format!("{} ({:.2} %)", text::count(lost), step.loss_percent()),
    };
    vec![
        text::rate(step.rate_images_per_s),
        achieved,
        latency((step.latencies > 0).then_some(step.p50_micros)),
        latency(step.p99()),
        latency(step.p999()),
        lost,
        step.runs.to_string(),
        step.outcome.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{configuration, ladders, results};

    #[test]
    fn each_configuration_has_its_steps() {
        let lines = text(&ladders(&["one", "other"]));
        assert_eq!((lines.len(), lines[0].as_str()), (10, "Ladder of one: held up to 500 images/s"));
        assert!(lines[2].contains("6.00 ms") && lines[2].ends_with("held"), "{lines:#?}");
        assert!(lines[4].contains("25 (0.50 %)") && lines[4].ends_with("records lost"), "{lines:#?}");
        assert!(text(&results(&[(configuration("plain"), &[5.0])])).is_empty());
        let mut open = ladders(&["one"]);
        open.configurations[0].max_rate_is_lower_bound = true;
        assert_eq!(text(&open)[0], "Ladder of one: held up to 500 images/s, the highest rate tried");
    }
}
