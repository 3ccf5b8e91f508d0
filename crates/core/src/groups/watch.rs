//! Reads how far a group is behind, again and again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::GroupAccess;
use crate::kafka::error::ClientError;
use crate::kafka::group_state::GroupProbe;
use crate::kafka::patience::Patience;
use crate::lag::{LagReading, PartitionLag, reading_of};
use crate::run::cancellation::Cancellation;

/// Rates are those of about this time: members commit only every few seconds.
const RATE_WINDOW: Duration = Duration::from_secs(10);
/// After so many readings the topics on which the group has committed are looked for again.
const READINGS_A_SEARCH: u32 = 10;

/// What a group has read and what waits, with rates.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupReading {
    /// Offsets and lag; without partitions if the group has committed nothing.
    pub lag: LagReading,
    /// Of each partition of `lag`, in its order.
    pub rates: Vec<PartitionRates>,
    /// Between which two readings the rates are, in seconds; `None` for the first reading.
    pub rates_over_s: Option<f64>,
}

/// How fast a partition is read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PartitionRates {
    /// Records per second that were committed; `None` if that is not known.
    pub consumed_per_s: Option<f64>,
    /// Records per second that were added.
    pub produced_per_s: Option<f64>,
    /// Seconds until nothing waits if both stay the same; `None` if the lag does not shrink.
    pub left_s: Option<f64>,
}

impl PartitionRates {
    /// Between two readings of a partition, `passed` apart.
    fn between(before: &PartitionLag, now: &PartitionLag, passed: Duration) -> Self {
        let per_second = |offsets: i64| offsets as f64 / passed.as_secs_f64();
        if passed.is_zero() {
            return Self::default();
        }
        let consumed = before.committed_offset.zip(now.committed_offset);
        let consumed_per_s = consumed.map(|(before, now)| per_second(now - before));
        let produced_per_s = per_second(now.end_offset - before.end_offset);
        let left_s = match (now.lag, consumed_per_s) {
            (Some(0), _) => Some(0.0),
            (Some(lag), Some(consumed)) => {
                let shrinking = consumed - produced_per_s;
                (shrinking > 0.0).then(|| lag as f64 / shrinking)
            }
            _ => None,
        };
        Self { consumed_per_s, produced_per_s: Some(produced_per_s), left_s }
    }
}

/// Watches a group.
pub struct GroupWatch {
    group: String,
    probe: GroupProbe,
    patience: Patience,
    topics: Vec<(String, usize)>,
    readings: u32,
    earlier: VecDeque<(Instant, LagReading)>,
}

impl GroupWatch {
    /// Connects in the background.
    ///
    /// # Errors
    /// Settings that the client rejects.
    pub fn open(access: &GroupAccess, group: &str, stop: &Cancellation) -> Result<Self, ClientError> {
        let context = access.context(stop);
        let probe = GroupProbe::new(&context, &access.config(group)?)?;
        let patience = access.patience(&context);
        Ok(Self { group: group.to_owned(), probe, patience, topics: Vec::new(), readings: 0, earlier: VecDeque::new() })
    }

    /// Reads once.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`], [`ClientError::Denied`].
    pub fn read(&mut self) -> Result<GroupReading, ClientError> {
        if self.readings.is_multiple_of(READINGS_A_SEARCH) || self.topics.is_empty() {
            self.topics = self.probe.committed_topics(&self.patience)?;
        }
        self.readings = self.readings.wrapping_add(1);
        let (at, mut lag) = (Instant::now(), reading_of(&self.group, &self.topics, &self.patience, &self.probe)?);
        let is_same = |before: &LagReading| {
            let place = |one: &PartitionLag| (one.topic.clone(), one.partition);
            before.partitions.iter().map(place).eq(lag.partitions.iter().map(place))
        };
        if self.earlier.back().is_some_and(|(_, before)| !is_same(before)) {
            self.earlier.clear();
        }
        let earliest = self.earlier.front().map(|(then, before)| (at.duration_since(*then), before));
        let (mut rates, mut rates_over_s) = (vec![PartitionRates::default(); lag.partitions.len()], None);
        if let Some((passed, before)) = earliest {
            lag.compare_with(before, passed);
            let pairs = before.partitions.iter().zip(&lag.partitions);
            rates = pairs.map(|(before, now)| PartitionRates::between(before, now, passed)).collect();
            rates_over_s = Some(passed.as_secs_f64());
        }
        self.earlier.push_back((at, lag.clone()));
        // The first one is the last that is old enough.
        while self.earlier.get(1).is_some_and(|(then, _)| at.duration_since(*then) >= RATE_WINDOW) {
            self.earlier.pop_front();
        }
        Ok(GroupReading { lag, rates, rates_over_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(committed: Option<i64>, end: i64) -> PartitionLag {
        PartitionLag {
            topic: "t".to_owned(),
            partition: 0,
            committed_offset: committed,
            end_offset: end,
            lag: committed.map(|committed| (end - committed).unsigned_abs()),
            log_start_offset: 0,
            lost: 0,
            beyond_end: 0,
        }
    }

    #[test]
    fn rates_of_a_partition_and_the_time_left() {
        let between =
            |before: &PartitionLag, now: &PartitionLag| PartitionRates::between(before, now, Duration::from_secs(2));
        let falling = between(&partition(Some(100), 400), &partition(Some(300), 440));
        assert_eq!((falling.consumed_per_s, falling.produced_per_s), (Some(100.0), Some(20.0)));
        assert_eq!(falling.left_s, Some(140.0 / 80.0));
        let stuck = between(&partition(Some(100), 400), &partition(Some(100), 440));
        assert_eq!((stuck.consumed_per_s, stuck.left_s), (Some(0.0), None));
        let done = between(&partition(Some(400), 400), &partition(Some(400), 400));
        assert_eq!(done.left_s, Some(0.0));
        let unknown = between(&partition(None, 400), &partition(Some(0), 400));
        assert_eq!((unknown.consumed_per_s, unknown.left_s), (None, None));
    }
}
