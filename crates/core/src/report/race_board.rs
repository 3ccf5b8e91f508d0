//! A race line by line: where each configuration stands, for the window and for files.

use std::cmp::Ordering;

use crate::model::printable::printable;
use crate::model::units::{bytes, counted, images_per_s, micros, millis, trimmed};
use crate::results::{BenchmarkResults, ConfigurationResult, RaceGoal, RaceResult, Summary};
use crate::verdict::race_text::{behind_text, loss_metric, standing_text};

/// The axis reaches beyond the margin by at least this factor, so that the margin is visible.
const MARGINS: f64 = 4.0;
/// Where times and bytes are compared the axis ends here, in per cent: who takes three times as long is out soon.
const AXIS_MAX: f64 = 200.0;

/// How a configuration stands before the first round has ended.
const NOT_COMPARED: &str = "not compared yet";

/// A race, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct RaceBoard {
    /// What it compares.
    pub goal: RaceGoal,
    /// Differences up to this count as none.
    pub margin_percent: f64,
    /// Where the axis of the distances ends, in per cent. It begins at 0, the best.
    pub axis_percent: f64,
    /// The leader, those in the race from the nearest on, and then those that are out, the last first.
    pub lines: Vec<RaceLine>,
}

/// A configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct RaceLine {
    /// Its index in the results.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its place.
    pub place: RacePlace,
    /// The same in a few words.
    pub standing: String,
    /// How far it is behind the best; `None` if that is not known.
    pub behind: Option<Behind>,
    /// How likely no other one is better by more than the margin, in per cent.
    pub chance_percent: Option<f64>,
    /// What the race compares, as measured, with its unit; empty without a measurement that counts.
    pub figure: String,
    /// Measurements that count.
    pub measurements: usize,
}

/// How a configuration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RacePlace {
    /// It leads, or is the choice.
    Leader,
    /// What taking it may lose is below the margin.
    AsGood,
    /// It is in the race.
    Running,
    /// It gets no more measurements.
    Out,
}

/// How far a configuration is behind the best, in per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behind {
    /// As measured.
    pub percent: f64,
    /// With 95 % confidence; `None` if it was dropped before that could be said.
    pub interval: Option<(f64, f64)>,
}

impl RaceBoard {
    /// The race of these results, if they have one.
    pub fn of(results: &BenchmarkResults) -> Option<Self> {
        let race = results.race.as_ref()?;
        let mut lines: Vec<RaceLine> =
            results.configurations.iter().enumerate().map(|(index, one)| RaceLine::of(race, index, one)).collect();
        let round =
            |line: &RaceLine| race.candidates.get(line.index).and_then(|one| one.dropped).map(|drop| drop.round);
        lines.sort_by(|a, b| {
            let by_place = (a.place == RacePlace::Out).cmp(&(b.place == RacePlace::Out));
            let leads = (b.place == RacePlace::Leader).cmp(&(a.place == RacePlace::Leader));
            by_place.then(leads).then_with(|| round(b).cmp(&round(a))).then_with(|| nearer(a, b))
        });
        if race.compared() < 2 || (race.rounds == 0 && race.ended.is_none()) {
            // What leads before all were measured, or alone, says nothing.
            lines.iter_mut().for_each(|line| line.forget(race.ended.is_some()));
            lines.sort_by_key(|line| line.index);
        }
        let margin_percent = race.margin_percent;
        Some(Self { goal: race.goal, margin_percent, axis_percent: axis(race, &lines), lines })
    }

    /// Before anything was compared.
    pub fn waiting(goal: RaceGoal, margin_percent: f64, names: impl Iterator<Item = String>) -> Self {
        let line = |(index, name)| RaceLine {
            index,
            name,
            place: RacePlace::Running,
            standing: NOT_COMPARED.to_owned(),
            behind: None,
            chance_percent: None,
            figure: String::new(),
            measurements: 0,
        };
        let lines = names.enumerate().map(line).collect();
        Self { goal, margin_percent, axis_percent: rounded_up(MARGINS * margin_percent), lines }
    }

    /// What the axis shows.
    pub fn axis_text(&self) -> &'static str {
        match self.goal {
            RaceGoal::Throughput => "fewer images/s than the best",
            RaceGoal::P99 => "longer p99 than the best",
            RaceGoal::Cpu => "more processor time than the best",
            RaceGoal::Bytes => "more bytes than the best",
            RaceGoal::Balanced => "behind the best compromise",
        }
    }

    /// The line above a board.
    pub fn caption(&self) -> String {
        let mut axis = self.axis_text().chars();
        let axis: String = axis.next().into_iter().flat_map(char::to_uppercase).chain(axis).collect();
        format!("{axis}, with 95 % intervals; shaded: within {} %, which counts as no difference", self.margin_percent)
    }

    /// Where a distance is on the axis, from 0 to 1; what is beyond its end is at its end.
    pub fn place(&self, percent: f64) -> f64 {
        let part = percent / self.axis_percent;
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// What stands beside a mark.
    pub fn mark_text(mark: f64) -> String {
        format!("{} %", trimmed(&format!("{mark:.2}")))
    }

    /// Round distances to mark, the last at the end of the axis.
    pub fn marks(&self) -> Vec<f64> {
        (0..=4).map(|part| self.axis_percent * f64::from(part) / 4.0).collect()
    }
}

/// The nearest to the best first; what was not compared comes last.
fn nearer(a: &RaceLine, b: &RaceLine) -> Ordering {
    let percent = |line: &RaceLine| line.behind.map_or(f64::INFINITY, |behind| behind.percent);
    percent(a).total_cmp(&percent(b))
}

/// All that are in the race have room on the axis.
fn axis(race: &RaceResult, lines: &[RaceLine]) -> f64 {
    let running = lines.iter().filter(|line| line.place != RacePlace::Out);
    let ends =
        running.filter_map(|line| line.behind).map(|behind| behind.interval.map_or(behind.percent, |(_, high)| high));
    let most = ends.filter(|end| end.is_finite()).fold(MARGINS * race.margin_percent, f64::max);
    rounded_up(most).min(if loss_metric(race.goal).is_rate() { 100.0 } else { AXIS_MAX })
}

/// 2, 4 or 8 times a power of ten, or that power: a quarter of it is a round number too.
fn rounded_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(0.1).log10().floor());
    [1.0, 2.0, 4.0, 8.0].into_iter().find(|step| step * power >= value * (1.0 - 1e-9)).unwrap_or(10.0) * power
}

impl RaceLine {
    fn of(race: &RaceResult, index: usize, one: &ConfigurationResult) -> Self {
        let candidate = race.candidates.get(index);
        let dropped = candidate.and_then(|candidate| candidate.dropped);
        let metric = loss_metric(race.goal);
        let measured = candidate.and_then(|candidate| candidate.loss_percent);
        let behind = measured.map(|percent| Behind {
            percent,
            interval: candidate.and_then(|candidate| candidate.loss_interval_percent),
        });
        let as_dropped = || {
            let factor = dropped.and_then(|dropped| dropped.factor)?;
            Some(Behind { percent: metric.loss_percent(factor.max(1.0).ln()), interval: None })
        };
        let place = match dropped {
            Some(_) => RacePlace::Out,
            None if race.choice == Some(index) => RacePlace::Leader,
            None if race.as_good.contains(&index) => RacePlace::AsGood,
            None => RacePlace::Running,
        };
        let summary = Summary::of(one);
        Self {
            index,
            name: one.configuration.name.clone(),
            place,
            standing: standing_text(race, index),
            behind: behind.or_else(as_dropped),
            chance_percent: candidate.and_then(|candidate| candidate.chance_percent),
            measurements: summary.as_ref().map_or(0, |summary| summary.runs),
            figure: summary.map(|summary| figure(race.goal, one, &summary)).unwrap_or_default(),
        }
    }

    /// Keeps what was measured, without a comparison.
    fn forget(&mut self, has_ended: bool) {
        (self.behind, self.chance_percent) = (None, None);
        if self.place == RacePlace::Out {
            return;
        }
        self.place = RacePlace::Running;
        if !has_ended {
            self.standing = NOT_COMPARED.to_owned();
        }
    }

    /// All that is known of it, a line each.
    pub fn hover(&self, board: &RaceBoard) -> String {
        let mut lines = vec![printable(&self.name).into_owned(), self.standing.clone()];
        if let Some(behind) = self.behind {
            let interval = behind.interval.map(|range| format!(", 95 %: {}", behind_text(board.goal, range)));
            let percent = behind_text(board.goal, (behind.percent, behind.percent));
            lines.push(format!("{percent} {}{}", board.axis_text(), interval.unwrap_or_default()));
        }
        if let Some(chance) = self.chance_percent {
            lines.push(format!("within {} % of the best with a probability of {chance:.0} %", board.margin_percent));
        }
        if self.measurements > 0 {
            let measurements = counted(self.measurements as u64, "measurement", "measurements");
            lines.push(format!("{} in {measurements}", self.figure));
        }
        lines.join("\n")
    }
}

/// What the goal compares.
fn figure(goal: RaceGoal, one: &ConfigurationResult, summary: &Summary) -> String {
    let latency = Some(&one.end_to_end_latency).filter(|latency| latency.count > 0);
    let p99 = latency.map(|latency| format!("p99 {}", micros(latency.p99_micros)));
    match goal {
        RaceGoal::Throughput => images_per_s(summary.images_per_s),
        RaceGoal::P99 => p99.unwrap_or_default(),
        RaceGoal::Cpu => summary.cpu_ms_per_image.map(|ms| format!("{}/image", millis(ms))).unwrap_or_default(),
        RaceGoal::Bytes => {
            summary.sent_bytes_per_image.map(|size| format!("{}/image", bytes(size))).unwrap_or_default()
        }
        RaceGoal::Balanced => {
            let rate = images_per_s(summary.images_per_s);
            p99.map_or(rate.clone(), |p99| format!("{rate}, {p99}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::testing::race;

    #[test]
    fn the_leader_is_first_and_those_that_are_out_are_last() {
        let all = race();
        let board = RaceBoard::of(&all).unwrap();
        let places: Vec<(&str, RacePlace)> = board.lines.iter().map(|line| (line.name.as_str(), line.place)).collect();
        let expected = [
            ("tuned", RacePlace::Leader),
            ("plain", RacePlace::AsGood),
            ("late", RacePlace::Running),
            ("zstd", RacePlace::Out),
            ("gzip", RacePlace::Out),
        ];
        assert_eq!(places, expected);
        // Those in the race have room: the interval of the third ends at 22 %.
        assert_eq!((board.axis_percent, board.marks()), (40.0, vec![0.0, 10.0, 20.0, 30.0, 40.0]));
        assert_eq!((board.place(20.0), board.place(93.0), board.place(f64::NAN)), (0.5, 1.0, 0.0));
        let hover = board.lines[2].hover(&board);
        assert!(hover.contains("12 % fewer images/s than the best, 95 %: 6.0–22 %"), "{hover}");
        assert!(hover.contains("with a probability of 20 %") && hover.contains("in 2 measurements"), "{hover}");
        assert!(RaceBoard::of(&crate::results::testing::results(&[])).is_none());
        let mut early = all;
        let race = early.race.as_mut().unwrap();
        (race.rounds, race.ended) = (0, None);
        let board = RaceBoard::of(&early).unwrap();
        assert!(board.lines.iter().all(|line| line.behind.is_none() && line.place != RacePlace::Leader));
        assert_eq!((board.lines[1].name.as_str(), board.lines[1].standing.as_str()), ("tuned", NOT_COMPARED));
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let found = [0.3, 3.0, 12.0, 41.0, 81.0, 100.0].map(rounded_up);
        assert!(found.iter().zip([0.4, 4.0, 20.0, 80.0, 100.0, 100.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        let waiting = RaceBoard::waiting(RaceGoal::Cpu, 3.0, ["a".to_owned()].into_iter());
        assert_eq!((waiting.axis_percent, waiting.lines[0].hover(&waiting)), (20.0, "a\nnot compared yet".to_owned()));
    }
}
