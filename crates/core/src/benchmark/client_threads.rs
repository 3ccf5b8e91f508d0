//! Which threads of this process work for the producers of a run, and which for its consumers.
//!
//! The threads of librdkafka have the same names in every client (`rdk:main`, `rdk:broker1`), and nothing shows whose they are.
//! So the producers' clients are created and connected first; what has come by then is theirs, and what comes until the
//! consumers have joined is the consumers'. If the threads do not add up, as when another client is created meanwhile, it is
//! not known. The producing side's own threads are known by their names; those of the consuming side are remembered too, since
//! a race keeps the consumers of several configurations.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::thread_times::{self, ThreadTime};

/// A thread of librdkafka.
const CLIENT: &str = "rdk:";
/// Each client has one of these.
const MAIN: &str = "rdk:main";
/// The thread that serves rdkafka's `ThreadedProducer`, as the system cuts its name.
const POLLING: &str = "producer pollin";
/// Beginnings of the names of the producing side's threads, of which only one run has any: `bench-send-2`, `encode-1`.
const PRODUCING: [&str; 5] = ["bench-send", "source", "encode-", "send", "ledger"];
/// The same of the consuming side: `bench-consumer-1`, `bench-group-1-c`, `consumer-1-save`.
const CONSUMING: [&str; 4] = ["bench-consumer-", "bench-group-", "consumer-", "save"];

/// A side of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Producing,
    Consuming,
}

/// The threads of a run's clients and consumers, as they come.
#[derive(Debug, Default)]
pub(super) struct ClientThreads {
    /// Those that existed before the run; `None` if the system does not report threads.
    before: Option<BTreeSet<u32>>,
    producers: Option<Vec<ThreadTime>>,
    consumers: Option<Vec<ThreadTime>>,
}

/// The threads of both sides' clients, and of the consumers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Assigned {
    producers: BTreeSet<u32>,
    consumers: BTreeSet<u32>,
}

impl ClientThreads {
    /// Before the run creates a client.
    pub(super) fn before_clients() -> Self {
        let before = threads().map(|threads| threads.iter().map(|thread| thread.tid).collect());
        Self { before, ..Self::default() }
    }

    /// The producers are connected, and there are no consumers yet.
    pub(super) fn producers_connected(&mut self) {
        self.producers = self.new_ones(&[]);
    }

    /// The consumers have joined.
    pub(super) fn consumers_joined(&mut self) {
        let producers = self.producers.clone().unwrap_or_default();
        self.consumers = self.new_ones(&producers);
    }

    /// Threads that did not exist before the run, and are not among `known`.
    fn new_ones(&self, known: &[ThreadTime]) -> Option<Vec<ThreadTime>> {
        let before = self.before.as_ref()?;
        let is_known = |thread: &ThreadTime| known.iter().any(|known| known.tid == thread.tid);
        Some(threads()?.into_iter().filter(|one| !before.contains(&one.tid) && !is_known(one)).collect())
    }

    /// The threads of each side, if they are those of so many clients; `None`: it is not known whose they are.
    pub(super) fn assigned(&self, producers: usize, consumers: usize) -> Option<Assigned> {
        assign((self.producers.as_ref()?, producers), (self.consumers.as_ref()?, consumers))
    }
}

/// The threads of clients and consumers in this process.
fn threads() -> Option<Vec<ThreadTime>> {
    let is_kept = |name: &str| name.starts_with(CLIENT) || name == POLLING || begins(name, &CONSUMING);
    Some(thread_times::all()?.into_iter().filter(|thread| is_kept(&thread.name)).collect())
}

fn begins(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

fn assign(
    (producing, producers): (&[ThreadTime], usize),
    (consuming, consumers): (&[ThreadTime], usize),
) -> Option<Assigned> {
    let (of_producer, of_consumer) = (by_broker(producing, producers)?, by_broker(consuming, consumers)?);
    let tids = |threads: &[ThreadTime]| threads.iter().map(|thread| thread.tid).collect();
    // All clients know the same brokers.
    (of_producer == of_consumer).then(|| Assigned { producers: tids(producing), consumers: tids(consuming) })
}

/// How many threads a client has for each broker of a known number; `None` if they are not those of so many clients. (Threads
/// of addresses to begin with, and of a group's coordinator, are all called `rdk:broker-1`.)
fn by_broker(threads: &[ThreadTime], clients: usize) -> Option<BTreeMap<&str, usize>> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let of_clients = threads.iter().filter(|thread| thread.name.starts_with(CLIENT));
    for thread in of_clients.filter(|thread| thread.name != "rdk:broker-1") {
        *counts.entry(&thread.name).or_default() += 1;
    }
    let is_whole =
        clients > 0 && counts.get(MAIN) == Some(&clients) && counts.values().all(|count| count % clients == 0);
    is_whole.then(|| counts.into_iter().map(|(name, count)| (name, count / clients)).collect())
}

impl Assigned {
    /// The side that a thread works for.
    pub(super) fn side_of(&self, thread: &ThreadTime) -> Option<Side> {
        match thread.name.as_str() {
            _ if self.consumers.contains(&thread.tid) => Some(Side::Consuming),
            _ if self.producers.contains(&thread.tid) => Some(Side::Producing),
            name if begins(name, &PRODUCING) => Some(Side::Producing),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(super) fn of(producers: &[u32], consumers: &[u32]) -> Self {
        Self { producers: producers.iter().copied().collect(), consumers: consumers.iter().copied().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(names: &[&str], first: u32) -> Vec<ThreadTime> {
        let thread = |(tid, name): (u32, &&str)| ThreadTime { tid, name: (*name).to_owned(), nanos: 0 };
        (first..).zip(names).map(thread).collect()
    }

    #[test]
    fn clients_have_a_main_thread_and_one_for_each_broker() {
        let one = ["rdk:main", "rdk:broker-1", "rdk:broker1", "rdk:broker2"];
        let group = [&one[..], &["rdk:broker-1"], &one[..], &["rdk:broker-1"]].concat();
        let own = [&group[..], &["bench-consumer-", "bench-consumer-"]].concat();
        let (producing, consuming) = (threads(&[&one[..], &["producer pollin"]].concat(), 1), threads(&own, 100));
        let assigned = assign((&producing, 1), (&consuming, 2)).unwrap();
        let side = |tid, name: &str| assigned.side_of(&ThreadTime { tid, name: name.to_owned(), nanos: 0 });
        assert_eq!((side(3, "rdk:broker1"), side(104, "rdk:broker-1")), (Some(Side::Producing), Some(Side::Consuming)));
        assert_eq!(
            (side(5, "producer pollin"), side(111, "bench-consumer-")),
            (Some(Side::Producing), Some(Side::Consuming))
        );
        assert_eq!((side(7, "rdk:main"), side(8, "run")), (None, None));
        for name in ["bench-send", "bench-send-2", "source", "encode-0", "send-2", "ledger"] {
            assert_eq!(side(55, name), Some(Side::Producing), "{name}");
        }
        // Of another configuration.
        for name in ["bench-consumer-", "consumer-1-save", "save", "producer pollin"] {
            assert_eq!(side(55, name), None, "{name}");
        }
        for (producers, consumers) in [(2, 2), (1, 1), (1, 3), (0, 2)] {
            assert_eq!(assign((&producing, producers), (&consuming, consumers)), None);
        }
    }

    /// A thread of the producer that came late would count as the consumer's; a client of someone else as well.
    #[test]
    fn threads_that_do_not_add_up_are_not_assigned() {
        let one = ["rdk:main", "rdk:broker-1", "rdk:broker1"];
        let early = threads(&["rdk:main", "rdk:broker-1"], 1);
        let late = threads(&[&["rdk:broker1"], &one[..]].concat(), 100);
        assert_eq!(assign((&early, 1), (&late, 1)), None);
        let with_another = threads(&[&one[..], &one[..]].concat(), 100);
        assert_eq!(assign((&threads(&one, 1), 1), (&with_another, 1)), None);
        assert!(assign((&threads(&one, 1), 1), (&threads(&one, 100), 1)).is_some());
    }
}
