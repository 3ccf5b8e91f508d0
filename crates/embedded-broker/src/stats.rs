//! Counts of a running broker.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use crate::state::State;

/// Counts of a running broker, read one after another while it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Topics, without the broker's own.
    pub topics: usize,
    /// Partitions of these topics.
    pub partitions: usize,
    /// Bytes of records kept.
    pub log_bytes: u64,
    /// Maximum bytes of records; `None` without a bound.
    pub max_data_bytes: Option<u64>,
    /// Connections being served.
    pub connections: usize,
    /// Connections closed at once because the maximum was in use, or no descriptor was free.
    pub connections_refused: u64,
    /// Unused connections closed because another one needed their place.
    pub connections_displaced: u64,
    /// Consumer groups: those with members and those with committed offsets.
    pub groups: usize,
    /// Requests read.
    pub requests: u64,
    /// Requests that did not arrive in time, or too slowly while others waited for their memory; their connections were
    /// closed.
    pub requests_given_up: u64,
    /// Bytes of memory held by requests above 64 KiB that are being read or stored.
    pub request_memory_bytes: usize,
    /// Bytes of memory held by responses that are being sent.
    pub response_memory_bytes: usize,
    /// Bytes received in requests.
    pub bytes_in: u64,
    /// Bytes sent in responses.
    pub bytes_out: u64,
    /// Why records are refused now, as a sentence; `None` while they are accepted.
    pub storage_refusal: Option<String>,
}

pub(crate) fn take(state: &State) -> Stats {
    let log = state.log_space_usage();
    let mut topics = state.topics.all();
    topics.retain(|topic| !topic.is_internal());
    let mut groups: BTreeSet<String> = state.offsets.groups().into_iter().collect();
    groups.extend(state.groups.ids().iter().map(|id| id.to_string()));
    let traffic = &state.traffic;
    Stats {
        topics: topics.len(),
        partitions: topics.iter().map(|topic| usize::try_from(topic.partition_count()).unwrap_or(0)).sum(),
        log_bytes: log.log_bytes,
        max_data_bytes: log.max_data_bytes,
        connections: state.connections.served(),
        connections_refused: state.connections.refused(),
        connections_displaced: state.connections.displaced(),
        groups: groups.len(),
        requests: traffic.requests.load(Ordering::Relaxed),
        requests_given_up: traffic.requests_given_up.load(Ordering::Relaxed),
        request_memory_bytes: traffic.memory.used(),
        response_memory_bytes: traffic.response_bytes(),
        bytes_in: traffic.bytes_in.load(Ordering::Relaxed),
        bytes_out: traffic.bytes_out.load(Ordering::Relaxed),
        storage_refusal: log.refused,
    }
}
