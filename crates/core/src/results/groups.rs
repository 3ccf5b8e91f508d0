//! The figures of the consumer groups of a configuration, of which each received every record.

use super::group_result::GroupResult;
use super::latency::LatencyResult;
use super::median::median;
use super::schema::ConfigurationResult;

/// The figures of one group of a configuration, over the runs that count.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSummary {
    /// Its number, from 1.
    pub group: u32,
    /// Received images per second; the median.
    pub images_per_s: f64,
    /// Latencies of all runs together.
    pub end_to_end_latency: LatencyResult,
    /// The largest lag of any run.
    pub max_lag: u64,
    /// Records that never came, in all runs.
    pub missing: u64,
    /// Records that came twice, in all runs.
    pub duplicates: u64,
}

impl ConfigurationResult {
    /// Its consumer groups; empty if there was one only.
    pub fn groups(&self) -> Vec<GroupSummary> {
        let runs = self.representative_runs();
        let groups = runs.iter().map(|run| run.groups.len()).max().unwrap_or(0);
        let of = |index: usize| {
            let all: Vec<&GroupResult> = runs.iter().filter_map(|run| run.groups.get(index)).collect();
            GroupSummary {
                group: index as u32 + 1,
                images_per_s: median(&all.iter().map(|one| one.images_per_s).collect::<Vec<_>>()),
                end_to_end_latency: LatencyResult::merged(all.iter().map(|one| &one.end_to_end_latency)),
                max_lag: all.iter().map(|one| one.max_lag).max().unwrap_or(0),
                missing: all.iter().map(|one| one.missing).sum(),
                duplicates: all.iter().map(|one| one.duplicates).sum(),
            }
        };
        (0..groups).map(of).collect()
    }
}
