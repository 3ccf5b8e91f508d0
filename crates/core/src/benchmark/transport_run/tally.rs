//! The final counts of a transport run, and contradictions in them.

use std::sync::atomic::Ordering::Relaxed;

use super::super::counters::Counters;
use super::super::group_counters::GroupCounters;
use super::super::workload::{GroupTally, Tally, WorkCounts, latencies, lateness, stages};
use crate::metrics::LatencyHistogram;
use crate::results::{LatencyResult, RunProblem};

/// The final counts of a run whose topic has gained `stored` records.
pub(super) fn tally(counters: &Counters, counts: WorkCounts, stored: i64) -> Tally {
    let WorkCounts { sent, acknowledged, acknowledged_bytes, received, received_bytes, .. } = counts;
    let consumer_span = counters.consumer_span();
    Tally {
        sent,
        acknowledged,
        acknowledged_bytes,
        failed: counters.failed.get(),
        received,
        received_bytes,
        missing: counters.missing(),
        duplicates: duplicates(counters),
        redelivered: counters.groups.iter().map(|group| group.redelivered.get()).sum(),
        producer_span: counters.producer_span.elapsed(),
        consumer_span: consumer_span.elapsed(),
        last_acknowledged: counters.producer_span.last().unwrap_or_default(),
        last_received: consumer_span.last().unwrap_or_default(),
        acknowledgement_latency: latencies(&counters.acknowledgement_latency),
        end_to_end_latency: end_to_end(counters, &counters.end_to_end_latency),
        lateness: lateness(&counters.lateness),
        groups: groups(counters),
        stages: stages(&counters.stages),
        lag_at_last_acknowledgement: Some(counters.lag_at_last_acknowledgement.load(Relaxed)),
        errors: counters.errors.get(),
        problems: problems(counters, stored),
    }
}

/// Each group by itself, if there are several.
fn groups(counters: &Counters) -> Vec<GroupTally> {
    if counters.groups.len() == 1 {
        return Vec::new();
    }
    let tally = |group: &GroupCounters| GroupTally {
        received: group.received.get(),
        received_bytes: group.received_bytes.get(),
        missing: counters.missing_of(group),
        duplicates: group.duplicates.get(),
        redelivered: group.redelivered.get(),
        span: group.span.elapsed(),
        last_received: group.span.last().unwrap_or_default(),
        end_to_end_latency: end_to_end(counters, &group.end_to_end_latency),
        max_lag: group.max_lag.load(Relaxed),
    };
    counters.groups.iter().map(tally).collect()
}

/// Not for a backlog: it would be the time that the records had to wait.
fn end_to_end(counters: &Counters, recorded: &LatencyHistogram) -> LatencyResult {
    if counters.has_end_to_end { latencies(recorded) } else { LatencyResult::default() }
}

/// Records that are on the topic more than once, as the group has seen them that has seen most.
fn duplicates(counters: &Counters) -> u64 {
    counters.groups.iter().map(|group| group.duplicates.get()).max().unwrap_or(0)
}

/// Contradictions in the counts of a run whose topic has gained `stored` records.
fn problems(counters: &Counters, stored: i64) -> Vec<RunProblem> {
    let (sent, acknowledged, failed) = (counters.sent.get(), counters.acknowledged.get(), counters.failed.get());
    let mut problems = Vec::new();
    if sent != acknowledged + failed {
        problems.push(RunProblem::Unaccounted { sent, acknowledged, failed });
    }
    if failed > 0 {
        let first = counters.first_error.lock().clone();
        let first_error = first.unwrap_or_else(|| "the client reported no reason".to_owned());
        problems.push(RunProblem::RecordsFailed { failed, first_error });
    }
    for (group, number) in counters.groups.iter().zip(1..) {
        match counters.missing_of(group) {
            0 => {}
            records if counters.groups.len() == 1 => problems.push(RunProblem::NeverCame(records)),
            records => problems.push(RunProblem::NeverCameTo { group: number, records }),
        }
    }
    if failed == 0 && stored != i64::try_from(acknowledged + duplicates(counters)).unwrap_or(-1) {
        problems.push(RunProblem::OtherNumberStored { acknowledged, stored });
    }
    problems
}
