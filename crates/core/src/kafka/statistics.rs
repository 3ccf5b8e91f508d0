//! What the clients' statistics say about the way of records
//! (<https://github.com/confluentinc/librdkafka/blob/master/STATISTICS.md>).

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::statistics::Window;
use serde::Deserialize;

use crate::metrics::RoundTrip;

/// The part of a client's statistics that is read here.
#[derive(Deserialize)]
pub(crate) struct WayStatistics {
    #[serde(default)]
    brokers: HashMap<String, Broker>,
    #[serde(default)]
    topics: HashMap<String, Topic>,
    eos: Option<Idempotence>,
}

#[derive(Deserialize)]
struct Idempotence {
    idemp_state: Option<String>,
}

#[derive(Deserialize)]
struct Broker {
    rtt: Option<Window>,
}

#[derive(Deserialize)]
struct Topic {
    #[serde(default)]
    partitions: HashMap<i32, Partition>,
}

#[derive(Deserialize)]
struct Partition {
    #[serde(default)]
    committed_offset: i64,
}

impl WayStatistics {
    /// `None`: not statistics, which is logged.
    pub(crate) fn read(report: &[u8]) -> Option<Self> {
        let read = serde_json::from_slice(report);
        read.inspect_err(|error| tracing::warn!("a report of the client cannot be read: {error}")).ok()
    }

    /// The round trips since the last report, over all brokers.
    pub(crate) fn round_trip(&self) -> Option<RoundTrip> {
        round_trip(self.brokers.values().filter_map(|broker| broker.rtt.as_ref()))
    }

    /// Whether an idempotent producer has its id (`eos.idemp_state`), which librdkafka reports nowhere else.
    pub(crate) fn has_producer_id(&self) -> bool {
        self.eos.as_ref().and_then(|eos| eos.idemp_state.as_deref()) == Some("Assigned")
    }

    /// Partitions and their committed offsets.
    pub(crate) fn committed(&self) -> impl Iterator<Item = (i32, i64)> {
        let partitions = self.topics.values().flat_map(|topic| &topic.partitions);
        partitions.map(|(&partition, state)| (partition, state.committed_offset))
    }
}

/// The round trips of several brokers together; `None` if no response came.
pub(crate) fn round_trip<'a>(windows: impl Iterator<Item = &'a Window>) -> Option<RoundTrip> {
    let (mut count, mut sum, mut shortest, mut longest) = (0_u64, 0_u64, u64::MAX, 0_u64);
    let positive = |number: i64| u64::try_from(number).unwrap_or(0);
    for window in windows.filter(|window| window.cnt > 0) {
        count += positive(window.cnt);
        sum += positive(window.sum);
        shortest = shortest.min(positive(window.min));
        longest = longest.max(positive(window.max));
    }
    let mean = Duration::from_micros(sum.checked_div(count)?);
    let [shortest, longest] = [shortest, longest].map(Duration::from_micros);
    Some(RoundTrip { mean, shortest: shortest.min(mean), longest: longest.max(mean) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_count_by_their_requests() {
        let window = |cnt, sum, max| Window { cnt, sum, min: 500, max, ..Window::default() };
        let found = round_trip([window(3, 3_000, 1_500), window(1, 9_000, 9_000), window(0, 0, 0)].iter());
        let micros = Duration::from_micros;
        assert_eq!(found, Some(RoundTrip { mean: micros(3_000), shortest: micros(500), longest: micros(9_000) }));
        assert_eq!(round_trip([window(0, 0, 0)].iter()), None);
    }

    #[test]
    fn a_report_is_read_without_the_rest_of_it() {
        let report = r#"{"name": "x", "brokers": {"b": {"nodeid": 1}}, "topics": {"t": {"partitions": {
            "-1": {"committed_offset": -1001}, "3": {"committed_offset": 7, "lo_offset": 1}}}}}"#;
        let statistics = WayStatistics::read(report.as_bytes()).unwrap();
        let mut committed: Vec<(i32, i64)> = statistics.committed().collect();
        committed.sort_unstable();
        assert_eq!((statistics.round_trip(), committed), (None, vec![(-1, -1001), (3, 7)]));
        assert!(WayStatistics::read(b"{").is_none());
        let has_id = |report: &str| WayStatistics::read(report.as_bytes()).unwrap().has_producer_id();
        assert!(has_id(r#"{"eos": {"idemp_state": "Assigned", "producer_id": 7}}"#) && !statistics.has_producer_id());
        assert!(!has_id(r#"{"eos": {"idemp_state": "WaitPID"}}"#) && !has_id(r#"{"eos": {}}"#));
    }
}
