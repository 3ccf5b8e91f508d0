//! Where the time of the records goes, as text: a waterfall for each configuration.

use super::benchmark::table;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::model::record_stage::StagePart;
use kafka_image_bench_core::model::units::millis;
use kafka_image_bench_core::report::waterfall::{
    PERCENTILES_DO_NOT_ADD_UP, StageFigure, Step, Waterfall, steps_of, waterfalls,
};
use kafka_image_bench_core::results::BenchmarkResults;

/// Characters of the longest bar.
const WIDTH: usize = 40;

/// The waterfalls, and the meaning of their stages.
pub(super) fn text(results: &BenchmarkResults) -> String {
    let all = waterfalls(results);
    if all.is_empty() {
        return "Where the time goes: no run that counts has measured its stages".to_owned();
    }
    let mut lines = Vec::new();
    for one in &all {
        lines.push(format!("Where the time goes, {}:", printable(&one.name)));
        lines.extend(table(&rows(one)));
        lines.push(format!("  {}", one.about_wire()));
        lines.push(String::new());
    }
    lines.push(format!("{PERCENTILES_DO_NOT_ADD_UP}. Bars: the means, one after the other."));
    let others = all.iter().flat_map(|one| &one.others).map(|figure| figure.stage);
    let mut shown = steps_of(&all);
    for other in others {
        if !shown.contains(&other) {
            shown.push(other);
        }
    }
    let meanings: Vec<Vec<String>> =
        shown.into_iter().map(|stage| vec![stage.name().to_owned(), stage.meaning().to_owned()]).collect();
    // Texts begin below each other.
    let widest = meanings.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
    lines.extend(meanings.iter().map(|row| format!("  {:<widest$}  {}", row[0], row[1])));
    lines.join("\n")
}

fn rows(one: &Waterfall) -> Vec<Vec<String>> {
    let steps = one.laid_out(|figure| figure.mean_ms);
    let whole_ms = steps.last().map_or(0.0, |step| step.to_ms);
    let mut rows = vec![["", "mean", "p50", "p99", ""].map(str::to_owned).to_vec()];
    rows.extend(one.steps.iter().zip(&steps).map(|(figure, step)| row(figure, &bar(step, whole_ms))));
    if let (Some((sum, whole)), Some([p50, p99])) = (one.sum_and_whole_ms, one.end_to_end_ms) {
        let is_longer = one.steps.iter().any(|figure| figure.stage.part() == StagePart::Before);
        let of = if is_longer { "sum from the hand-over on" } else { "sum" };
        rows.push(vec![of.to_owned(), millis(sum), String::new(), String::new()]);
        rows.push(vec!["end to end, measured apart".to_owned(), millis(whole), millis(p50), millis(p99)]);
    }
    rows.extend(one.others.iter().map(|figure| row(figure, "")));
    rows
}

fn row(figure: &StageFigure, bar: &str) -> Vec<String> {
    let StageFigure { stage, mean_ms, p50_ms, p99_ms } = *figure;
    vec![stage.name().to_owned(), millis(mean_ms), millis(p50_ms), millis(p99_ms), bar.to_owned()]
}

/// A bar of full width, so that the table's alignment does not move it.
fn bar(step: &Step, whole_ms: f64) -> String {
    let place = |ms: f64| if whole_ms > 0.0 { (ms / whole_ms * WIDTH as f64).round() as usize } else { 0 };
    let from = place(step.from_ms).min(WIDTH - 1);
    let to = place(step.to_ms).clamp(from, WIDTH);
    let inside = if to > from { "█".repeat(to - from) } else { "▏".to_owned() };
    let after = WIDTH - from - inside.chars().count();
    format!("{}{inside}{}", " ".repeat(from), " ".repeat(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{configuration, results};

    #[test]
    fn bars_follow_each_other_and_the_sum_is_beside_the_whole() {
        let text = text(&results(&[(configuration("fast"), &[100.0, 100.0])]));
        let lines: Vec<&str> = text.lines().collect();
        let bar_of = |name: &str| {
            let line = lines.iter().find(|line| line.trim_start().starts_with(name)).unwrap();
            let place = |letter: &str| line.find(letter).map(|at| line[..at].chars().count());
            (place("█").unwrap(), line.matches('█').count())
        };
        let (client, out, inward) =
            (bar_of("in the client"), bar_of("sent to appended"), bar_of("appended to received"));
        assert_eq!((client.1, out.1, inward.1), (20, 10, 10), "{text}");
        assert_eq!((client.0 + 20, out.0 + 10), (out.0, inward.0), "{text}");
        assert!(text.contains("sum                         10.0 ms") && text.contains("± 400 µs"), "{text}");
        assert!(text.contains("means do") && lines.last().unwrap().contains("fetch"), "{text}");
    }

    #[test]
    fn results_without_stages_say_so() {
        assert!(text(&results(&[])).contains("no run that counts"));
    }
}
