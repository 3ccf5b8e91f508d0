//! A comparison in words, as every table shows it.

use super::compare::{Change, Comparison, Metric, Verdict};
use super::metric::range_text;
use super::ranking::rounds_text;
use crate::model::printable::printable;

impl Change {
    /// The verdict as every table shows it.
    pub fn verdict_text(&self) -> String {
        let words = self.metric.words();
        // The change without a sign.
        let by = || match self.interval_percent {
            Some((low, high)) if low > 0.0 => range_text(self.metric, (low, high)),
            Some((low, high)) => range_text(self.metric, (-high, -low)),
            None => String::new(),
        };
        match self.verdict {
            Verdict::Faster => format!("{} by {}", words.better, by()),
            Verdict::Slower => format!("{} by {}", words.worse, by()),
            Verdict::AsFast => words.as_good.to_owned(),
            Verdict::Undecided if self.interval_percent.is_none() => format!("undecided ({})", self.not_repeated()),
            Verdict::Undecided => match self.more_rounds {
                Some(rounds) => format!("undecided ({})", rounds_text(Some(rounds))),
                None => "undecided (more rounds would hardly decide)".to_owned(),
            },
            Verdict::NotInBaseline if self.candidate.is_none() => "not measured".to_owned(),
            Verdict::NotInBaseline => "not in the baseline".to_owned(),
            Verdict::NotMeasured => "not measured now".to_owned(),
        }
    }

    /// The cells of a table after the configuration's name: figure, baseline, candidate, change, interval, verdict.
    pub fn cells(&self) -> [String; 6] {
        let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| self.metric.shown(value));
        let percent = |value: f64| format!("{value:+.1} %");
        let interval = self.interval_percent.map(|(low, high)| format!("{} to {}", percent(low), percent(high)));
        [
            self.metric.name().to_owned(),
            shown(self.baseline),
            shown(self.candidate),
            self.change_percent.map_or_else(|| "–".to_owned(), percent),
            interval.unwrap_or_else(|| "–".to_owned()),
            self.verdict_text(),
        ]
    }
}

impl Comparison {
    /// The verdicts on one figure of all configurations in few words: `1 faster, 2 undecided`. Of one configuration its whole
    /// verdict.
    pub fn in_short(&self, metric: Metric) -> String {
        let changes = || self.compared.iter().flat_map(|one| &one.changes).filter(|change| change.metric == metric);
        if let (Some(change), 1) = (changes().next(), changes().count()) {
            return change.verdict_text();
        }
        let words = metric.words();
        let kinds = [
            (Verdict::Faster, words.better),
            (Verdict::Slower, words.worse),
            (Verdict::AsFast, words.as_good),
            (Verdict::Undecided, "undecided"),
        ];
        let counts = kinds.map(|(verdict, word)| (changes().filter(|change| change.verdict == verdict).count(), word));
        let found: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if found.is_empty() { "not measured".to_owned() } else { found.join(", ") }
    }

    /// What the verdicts mean, for the reader.
    pub fn rule(&self) -> String {
        let changes = self.compared.iter().flat_map(|one| &one.changes);
        let compared = changes.clone().filter(|change| change.interval_percent.is_some()).count();
        if compared == 0 {
            let why = changes.clone().next().map_or("one run each", Change::not_repeated);
            return format!("{why}: noise cannot be judged, so nothing is decided");
        }
        format!(
            "Intervals: the ratio of the runs' geometric means, 95 % for all {compared} together, noise pooled over all \
             configurations.\nfaster, slower: the interval excludes no change; as fast: it lies within {} %; undecided: neither",
            self.margin_percent
        )
    }

    /// A table as text.
    pub fn to_text(&self) -> String {
        let heading = ["configuration", "figure", "baseline", "candidate", "change", "95 % interval", "verdict"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        for one in &self.compared {
            let name = printable(&one.configuration.name);
            let row = |change: &Change| [vec![name.clone().into_owned()], change.cells().to_vec()].concat();
            rows.extend(one.changes.iter().filter(|change| !change.is_empty()).map(row));
        }
        let widths: Vec<usize> =
            (0..7).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
        let mut lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                    0 | 1 | 6 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
                cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
            })
            .collect();
        lines.push(format!("{}.", self.rule()));
        for (names, side) in [(&self.only_baseline, "baseline"), (&self.only_candidate, "candidate")] {
            if !names.is_empty() {
                lines.push(format!("Only in the {side}: {}", names.join(", ")));
            }
        }
        lines.extend(self.warnings.iter().map(|warning| format!("Note: {warning}")));
        lines.join("\n")
    }
}
