//! Where the time of a configuration's records goes, stage by stage: the same in the window, as text, in charts and in the
//! report.

use super::figures::milliseconds;
use super::format::millis;
use crate::model::record_stage::{RecordStage, StagePart};
use crate::results::{BenchmarkResults, ConfigurationResult, StageResult};

/// The stages of a configuration, of all its runs that count together.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// Its name.
    pub name: String,
    /// The stages that a record passes one after the other, up to the end of the end-to-end latency.
    pub steps: Vec<StageFigure>,
    /// What happens beside them, or after them.
    pub others: Vec<StageFigure>,
    /// The sum of the means of the steps that the end-to-end latency consists of, and the mean of that latency, which is
    /// measured apart, milliseconds; `None` for a backlog.
    pub sum_and_whole_ms: Option<(f64, f64)>,
    /// Percentiles 50 and 99 of the end-to-end latency, milliseconds; `None` for a backlog.
    pub end_to_end_ms: Option<[f64; 2]>,
    /// By how much the instant of appending can be wrong, milliseconds; `None`: it is not known.
    pub clock_bound_ms: Option<f64>,
}

/// The figures of a stage, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageFigure {
    /// Which one.
    pub stage: RecordStage,
    /// The mean.
    pub mean_ms: f64,
    /// The 50th percentile.
    pub p50_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
}

/// What is drawn of a stage: its name, and where it begins and ends.
pub struct Step {
    /// The stage.
    pub stage: RecordStage,
    /// Where its bar begins, milliseconds.
    pub from_ms: f64,
    /// Where it ends.
    pub to_ms: f64,
}

/// The colour of a stage, by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageColour {
    /// That of a series, 0 to 5.
    Series(usize),
    /// That of text.
    Text,
    /// That of less important text.
    Muted,
    /// That of lines.
    Pale,
}

/// Holds for stages' percentiles wherever they are shown.
pub const PERCENTILES_DO_NOT_ADD_UP: &str =
    "Each stage has its own percentile: percentiles of stages do not add up to that of the whole, means do";

impl Waterfall {
    fn of(one: &ConfigurationResult) -> Option<Self> {
        let stages = one.stages()?;
        let figures = || stages.stages.iter().map(StageFigure::of);
        let is_step = |figure: &StageFigure| matches!(figure.stage.part(), StagePart::Before | StagePart::Within);
        let (steps, others): (Vec<_>, Vec<_>) = figures().partition(is_step);
        let latency = Some(&one.end_to_end_latency).filter(|latency| latency.count > 0 && stages.has_end_to_end());
        let whole = latency.and_then(|latency| latency.mean_micros());
        Some(Self {
            name: one.configuration.name.clone(),
            steps,
            others,
            sum_and_whole_ms: whole.map(|whole| (stages.sum_of_means_micros() / 1e3, whole / 1e3)),
            end_to_end_ms: latency.map(|latency| [latency.p50_micros, latency.p99_micros].map(milliseconds)),
            clock_bound_ms: stages.clock_bound_micros.map(milliseconds),
        })
    }

    /// The steps one after the other, by a figure of each.
    pub fn laid_out(&self, figure: fn(&StageFigure) -> f64) -> Vec<Step> {
        let mut from_ms = 0.0;
        let step = |one: &StageFigure| {
            let to_ms = from_ms + figure(one);
            Step { stage: one.stage, from_ms: std::mem::replace(&mut from_ms, to_ms), to_ms }
        };
        self.steps.iter().map(step).collect()
    }

    /// All figures, steps first.
    pub fn figures(&self) -> impl Iterator<Item = &StageFigure> {
        self.steps.iter().chain(&self.others)
    }

    /// What is to be known about the wire.
    pub fn about_wire(&self) -> String {
        about_wire(self.clock_bound_ms)
    }
}

fn about_wire(clock_bound_ms: Option<f64>) -> String {
    match clock_bound_ms {
        Some(bound) => {
            format!("The instant of appending is by the broker's clock, which is known to ± {}", millis(bound))
        }
        None => "The topic does not have the time of appending: client and wire are one stage".to_owned(),
    }
}

/// What is to be known about the wire, for all of them: the widest bound, or that one of them has none.
pub fn about_all_wires(all: &[Waterfall]) -> String {
    let bounds: Option<Vec<f64>> = all.iter().map(|one| one.clock_bound_ms).collect();
    about_wire(bounds.and_then(|bounds| bounds.into_iter().reduce(f64::max)))
}

impl StageFigure {
    fn of(one: &StageResult) -> Self {
        let StageResult { stage, mean_micros, latency } = one;
        Self {
            stage: *stage,
            mean_ms: mean_micros / 1e3,
            p50_ms: milliseconds(latency.p50_micros),
            p99_ms: milliseconds(latency.p99_micros),
        }
    }
}

/// The waterfalls; configurations without stages are left out.
pub fn waterfalls(results: &BenchmarkResults) -> Vec<Waterfall> {
    results.configurations.iter().filter_map(Waterfall::of).collect()
}

/// The stages that any of them shows as a step, in order.
pub fn steps_of(all: &[Waterfall]) -> Vec<RecordStage> {
    let has = |stage: &RecordStage| all.iter().any(|one| one.steps.iter().any(|step| step.stage == *stage));
    RecordStage::ALL.into_iter().filter(has).collect()
}

/// The colour of a stage.
pub fn colour(stage: RecordStage) -> StageColour {
    match stage {
        RecordStage::Read => StageColour::Text,
        RecordStage::Client | RecordStage::ClientAndWire => StageColour::Series(0),
        RecordStage::WireOut | RecordStage::Acknowledge => StageColour::Series(1),
        RecordStage::WireIn => StageColour::Series(2),
        RecordStage::Encode => StageColour::Series(3),
        RecordStage::Write => StageColour::Series(4),
        RecordStage::Decode => StageColour::Series(5),
        RecordStage::Queue => StageColour::Pale,
        RecordStage::Durable | RecordStage::Commit => StageColour::Muted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::testing::{configuration, results};

    #[test]
    fn steps_follow_each_other_and_means_add_up() {
        let mut all = results(&[(configuration("a"), &[100.0, 100.0]), (configuration("old"), &[1.0])]);
        all.configurations[1].runs[0].stages = None;
        let [one] = &waterfalls(&all)[..] else { panic!("one has stages") };
        assert_eq!(one.name, "a");
        let (sum, whole) = one.sum_and_whole_ms.unwrap();
        assert!((sum / whole - 1.0).abs() < 0.01, "{sum} of {whole}");
        let steps = one.laid_out(|figure| figure.mean_ms);
        assert!(steps.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms) && steps[0].from_ms == 0.0);
        assert!((steps.last().unwrap().to_ms - sum).abs() < 1e-9);
        assert_eq!(steps_of(&waterfalls(&all)), [RecordStage::Client, RecordStage::WireOut, RecordStage::WireIn]);
        assert!(one.about_wire().contains("± 400 µs"), "{}", one.about_wire());
        let with = |clock_bound_ms| Waterfall { clock_bound_ms, ..one.clone() };
        assert!(about_all_wires(&[with(Some(0.9)), with(Some(1.0)), with(Some(0.95))]).contains("± 1.00 ms"));
        assert!(about_all_wires(&[with(Some(0.9)), with(None)]).contains("one stage"));
    }

    #[test]
    fn stages_of_one_waterfall_have_different_colours() {
        let is_step = |stage: &RecordStage| matches!(stage.part(), StagePart::Before | StagePart::Within);
        let steps = RecordStage::ALL.into_iter().filter(is_step).filter(|stage| *stage != RecordStage::ClientAndWire);
        let colours: Vec<StageColour> = steps.map(colour).collect();
        assert!(colours.iter().enumerate().all(|(index, one)| !colours[..index].contains(one)), "{colours:?}");
    }
}
