//! How long the stages of the records' way took.

use serde::{Deserialize, Serialize};

use super::latency::LatencyResult;
use crate::model::record_stage::{RecordStage, StagePart};

/// The stages of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagesResult {
    /// By how much the instant of appending can be wrong, for all records together; `null` where it is not known, and
    /// client and wire are one stage.
    pub clock_bound_micros: Option<u64>,
    /// In the order in which a record passes them.
    pub stages: Vec<StageResult>,
}

/// A stage of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageResult {
    /// Which one.
    pub stage: RecordStage,
    /// The exact mean.
    pub mean_micros: f64,
    /// The distribution.
    pub latency: LatencyResult,
}

impl StagesResult {
    /// One stage.
    pub fn of(&self, stage: RecordStage) -> Option<&StageResult> {
        self.stages.iter().find(|one| one.stage == stage)
    }

    /// The sum of the means of the stages that the end-to-end latency consists of, in microseconds.
    pub fn sum_of_means_micros(&self) -> f64 {
        self.stages.iter().filter(|one| one.stage.part() == StagePart::Within).map(|one| one.mean_micros).sum()
    }

    /// Whether the end-to-end latency is there as a whole; not for a backlog, whose records wait on purpose.
    pub fn has_end_to_end(&self) -> bool {
        self.of(RecordStage::WireIn).or(self.of(RecordStage::ClientAndWire)).is_some()
    }

    /// Several runs together: means by their number of records, and the distributions added. Runs that know the instant of
    /// appending and those that do not have different stages: those like the first one count.
    pub(super) fn merged<'a>(runs: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let mut runs = runs.filter(|run| !run.stages.is_empty()).peekable();
        let is_split = runs.peek()?.of(RecordStage::ClientAndWire).is_none();
        let runs: Vec<&Self> = runs.filter(|run| run.of(RecordStage::ClientAndWire).is_none() == is_split).collect();
        let merge = |stage: RecordStage| {
            let all: Vec<&StageResult> = runs.iter().filter_map(|run| run.of(stage)).collect();
            let records: u64 = all.iter().map(|one| one.latency.count).sum();
            let sum: f64 = all.iter().map(|one| one.mean_micros * one.latency.count as f64).sum();
            let latency = LatencyResult::merged(all.iter().map(|one| &one.latency));
            (records > 0).then(|| StageResult { stage, mean_micros: sum / records as f64, latency })
        };
        Some(Self {
            clock_bound_micros: runs.iter().filter_map(|run| run.clock_bound_micros).max(),
            stages: RecordStage::ALL.into_iter().filter_map(merge).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::LatencyHistogram;

    fn stage(stage: RecordStage, millis: &[u64]) -> StageResult {
        let recorded = LatencyHistogram::default();
        millis.iter().for_each(|&millis| recorded.record(Duration::from_millis(millis)));
        let mean_micros = 1e3 * millis.iter().sum::<u64>() as f64 / millis.len() as f64;
        StageResult { stage, mean_micros, latency: LatencyResult::of(&recorded.snapshot(), recorded.max_micros()) }
    }

    #[test]
    fn runs_count_by_their_records() {
        let split = |bound, out: &[u64]| StagesResult {
            clock_bound_micros: Some(bound),
            stages: vec![
                stage(RecordStage::Read, &[9]),
                stage(RecordStage::Client, &[2]),
                stage(RecordStage::WireOut, out),
            ],
        };
        let whole = StagesResult { clock_bound_micros: None, stages: vec![stage(RecordStage::ClientAndWire, &[50])] };
        let runs = [StagesResult::default(), split(700, &[10, 10, 10]), whole, split(900, &[50])];
        let merged = StagesResult::merged(runs.iter()).unwrap();
        assert_eq!(merged.clock_bound_micros, Some(900));
        let out = merged.of(RecordStage::WireOut).unwrap();
        assert_eq!((out.mean_micros, out.latency.count, out.latency.max_micros), (20_000.0, 4, 50_000));
        assert_eq!(merged.sum_of_means_micros(), 22_000.0);
        assert!(!merged.has_end_to_end() && runs[2].has_end_to_end());
        assert_eq!(StagesResult::merged([].into_iter()), None);
    }

    #[test]
    fn the_names_in_files_stay() {
        let text = serde_json::to_string(&RecordStage::ALL).unwrap();
        let names = "read encode client wire_out wire_in client_and_wire queue decode write durable acknowledge commit";
        let expected = names.split(' ').map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
        assert_eq!(text, format!("[{expected}]"));
    }
}
