//! How far a consumer group is behind, by partition.
//!
//! Lag is the end offset minus the committed offset, as in Kafka's own `kafka-consumer-groups --describe`. The two are
//! requested one after the other, so the lag of a busy partition can be too large by what arrived in between.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::runtime::Handle;

use crate::kafka::client::consumer_config;
use crate::kafka::control::Control;
use crate::kafka::error::ClientError;
use crate::kafka::group_state::GroupProbe;
use crate::kafka::patience::Patience;
use crate::model::broker_choice::BrokerChoice;
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::error::RunError;
use crate::run::stage::Stage;

/// What to watch.
#[derive(Clone, Debug, PartialEq)]
pub struct LagPlan {
    /// The broker.
    pub broker: BrokerChoice,
    /// How long to wait for the broker at the start.
    pub broker_timeout: Duration,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// The consumer group.
    pub group: String,
    /// One topic; `None`: all on which the group has committed.
    pub topic: Option<String>,
    /// Time between two readings; `None`: only one reading.
    pub interval: Option<Duration>,
}

/// A group's lag at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LagReading {
    /// When it was read, UTC.
    pub at: jiff::Timestamp,
    /// The consumer group.
    pub group: String,
    /// Its partitions, by topic and number.
    pub partitions: Vec<PartitionLag>,
    /// Records behind, over the partitions where that is known.
    pub total_lag: u64,
    /// Records per second that the group has committed since the previous reading.
    pub consumed_per_s: Option<f64>,
    /// Records per second that were added since the previous reading.
    pub produced_per_s: Option<f64>,
    /// Seconds until the lag is gone if both rates stay the same; `null` if it does not shrink.
    pub left_s: Option<f64>,
}

/// One partition's lag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionLag {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// Where the group continues; `null` if it has never committed.
    pub committed_offset: Option<i64>,
    /// The offset that the next record gets.
    pub end_offset: i64,
    /// Records behind; `null` if the group has never committed.
    pub lag: Option<u64>,
    /// The first offset that can be read.
    pub log_start_offset: i64,
    /// Offsets that were deleted before the group read them: from the committed offset to the log's start.
    pub lost: u64,
    /// How far the committed offset is beyond the end: the topic was recreated or truncated. Such a group begins at the
    /// start, and its lag is counted from there.
    pub beyond_end: u64,
}

/// Reads the lag until the run is stopped, or once.
pub(crate) fn watch(
    context: &Arc<RunContext>,
    plan: &LagPlan,
    servers: &str,
    runtime: &Handle,
    report: impl Fn(LagReading),
) -> Result<(), ClientError> {
    let control = Control::new(context, servers, &plan.client, plan.broker_timeout, runtime.clone())?;
    control.wait_until_reachable()?;
    let probe = GroupProbe::new(context, &consumer_config(servers, &plan.client, &plan.group, 1, None))?;
    let mut before: Option<(Instant, LagReading)> = None;
    loop {
        let (read_at, mut reading) = (Instant::now(), read(plan, &control, &probe)?);
        if let Some((at, before)) = &before {
            reading.compare_with(before, read_at.duration_since(*at));
        }
        report(reading.clone());
        before = Some((read_at, reading));
        let Some(interval) = plan.interval else { return Ok(()) };
        if context.stop.wait_timeout(interval.saturating_sub(read_at.elapsed())) {
            return Ok(());
        }
    }
}

/// A reading beside another run takes at most about this long, which the last one can delay the run's end.
const READING_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads a group's lag beside another run, each interval of `plan` and a last time at the end: when the stage is dropped.
///
/// It has a context of its own, so that it neither raises an alarm nor reports anything to the person: a reading that fails is
/// left out.
pub(crate) fn beside(
    context: &Arc<RunContext>,
    plan: LagPlan,
    servers: &str,
    runtime: &Handle,
    report: impl Fn(LagReading) + Send + 'static,
) -> Result<Stage, RunError> {
    let mut stage = Stage::outliving(context);
    let over = stage.cancellation().clone();
    let (context, servers, runtime) = (Arc::clone(context), servers.to_owned(), runtime.clone());
    let plan = LagPlan { broker_timeout: plan.broker_timeout.min(READING_TIMEOUT), ..plan };
    stage.spawn("group-lag", move || -> Result<(), RunError> {
        if let Err(error) = read_beside(&context, &over, &plan, (&servers, runtime), report) {
            tracing::info!("the lag of the group is not read: {error}");
        }
        Ok(())
    })?;
    Ok(stage)
}

fn read_beside(
    context: &RunContext,
    over: &Cancellation,
    plan: &LagPlan,
    (servers, runtime): (&str, Handle),
    report: impl Fn(LagReading),
) -> Result<(), ClientError> {
    // It is not stopped: the last reading is made after the run was.
    let own = &Arc::new(RunContext::new(Arc::new(|_| {})));
    let control = Control::new(own, servers, &plan.client, plan.broker_timeout, runtime)?;
    let probe = GroupProbe::new(own, &consumer_config(servers, &plan.client, &plan.group, 1, None))?;
    loop {
        let is_last = over.is_requested();
        if context.reachability.is_up() {
            match read(plan, &control, &probe) {
                Ok(reading) => report(reading),
                Err(error) => tracing::debug!("the lag of the group was not read: {error}"),
            }
        }
        let Some(interval) = plan.interval.filter(|_| !is_last) else { return Ok(()) };
        over.wait_timeout(interval);
    }
}

fn read(plan: &LagPlan, control: &Control, probe: &GroupProbe) -> Result<LagReading, ClientError> {
    let topics = match &plan.topic {
        None => probe.committed_topics(control.patience())?,
        Some(topic) => match control.partitions(topic)? {
            Some(partitions) => vec![(topic.clone(), partitions)],
            None => return Err(ClientError::Topic { topic: topic.clone(), reason: "it does not exist".to_owned() }),
        },
    };
    if topics.is_empty() {
        return Err(ClientError::NoOffsets { group: plan.group.clone() });
    }
    reading_of(&plan.group, &topics, control.patience(), probe)
}

/// Reads the lag of `group` on `topics`, each with its number of partitions.
pub(crate) fn reading_of(
    group: &str,
    topics: &[(String, usize)],
    patience: &Patience,
    probe: &GroupProbe,
) -> Result<LagReading, ClientError> {
    let mut partitions = Vec::new();
    for (topic, count) in topics {
        for position in probe.positions_at_start(patience, topic, *count)? {
            partitions.push(PartitionLag {
                topic: topic.clone(),
                partition: position.partition,
                committed_offset: position.committed,
                end_offset: position.high,
                // Deleted records are no longer waiting.
                lag: position.committed.map(|_| position.lag_to(position.high)),
                log_start_offset: position.low,
                lost: position.lost(),
                beyond_end: position.beyond_end(),
            });
        }
    }
    Ok(LagReading {
        at: jiff::Timestamp::now(),
        group: group.to_owned(),
        total_lag: partitions.iter().filter_map(|one| one.lag).sum(),
        partitions,
        consumed_per_s: None,
        produced_per_s: None,
        left_s: None,
    })
}

impl LagReading {
    /// Fills in the rates since `before`, which was read `passed` earlier.
    pub(crate) fn compare_with(&mut self, before: &Self, passed: Duration) {
        let sum = |reading: &Self, of: fn(&PartitionLag) -> i64| reading.partitions.iter().map(of).sum::<i64>();
        let per_second = |of: fn(&PartitionLag) -> i64| (sum(self, of) - sum(before, of)) as f64 / passed.as_secs_f64();
        if passed.is_zero() || self.partitions.len() != before.partitions.len() {
            return;
        }
        let consumed = per_second(|one| one.committed_offset.unwrap_or(0));
        let produced = per_second(|one| one.end_offset);
        self.consumed_per_s = Some(consumed);
        self.produced_per_s = Some(produced);
        let shrinking_per_s = consumed - produced;
        self.left_s = match self.total_lag {
            0 => Some(0.0),
            lag => (shrinking_per_s > 0.0).then(|| lag as f64 / shrinking_per_s),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(committed: i64, end: i64) -> LagReading {
        let partition = PartitionLag {
            topic: "t".to_owned(),
            partition: 0,
            committed_offset: Some(committed),
            end_offset: end,
            lag: u64::try_from(end - committed).ok(),
            log_start_offset: 0,
            lost: 0,
            beyond_end: 0,
        };
        LagReading {
            at: jiff::Timestamp::UNIX_EPOCH,
            group: "g".to_owned(),
            total_lag: partition.lag.unwrap_or(0),
            partitions: vec![partition],
            consumed_per_s: None,
            produced_per_s: None,
            left_s: None,
        }
    }

    #[test]
    fn rates_and_the_time_left() {
        let mut now = reading(300, 400);
        now.compare_with(&reading(100, 360), Duration::from_secs(2));
        assert_eq!((now.consumed_per_s, now.produced_per_s), (Some(100.0), Some(20.0)));
        assert_eq!(now.left_s, Some(100.0 / 80.0));
        let mut stuck = reading(100, 400);
        stuck.compare_with(&reading(100, 360), Duration::from_secs(2));
        assert_eq!((stuck.consumed_per_s, stuck.left_s), (Some(0.0), None));
    }
}
