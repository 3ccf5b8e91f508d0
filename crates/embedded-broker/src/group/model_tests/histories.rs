//! Random histories of a group: the data of its members, and the events.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;
use proptest::prelude::*;

use super::super::machine::Settings;
use super::super::member::Joining;
use super::{INSTANCES, TOPICS, text};

/// How a request differs from what the client knows of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guise {
    /// The id it had this many ids ago.
    pub ids_ago: usize,
    pub generation: i32,
    pub names_instance: bool,
}

pub(super) const HONEST: Guise = Guise { ids_ago: 0, generation: 0, names_instance: true };

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// The client takes its next step: joins, syncs or sends a heartbeat, unless it waits for an answer.
    Act(usize),
    /// All act, but for one where it is named.
    ActAll {
        but: Option<usize>,
    },
    /// As one that was restarted, where `is_restarted`, with an older version where not `is_new`.
    Join {
        who: usize,
        is_restarted: bool,
        is_new: bool,
    },
    Change(usize, Joining),
    Sync {
        who: usize,
        guise: Guise,
        protocol: Option<&'static str>,
    },
    Heartbeat(usize, Guise),
    Leave(Vec<(usize, Guise, bool)>),
    Commit {
        who: usize,
        guise: Guise,
        topic: usize,
    },
    CommitAsNobody {
        generation: i32,
        topic: usize,
    },
    DeleteOffsets {
        topic: usize,
    },
    /// Time passes; the group's task is late where `is_late`.
    Pass {
        millis: u64,
        is_late: bool,
    },
}

/// The data of a client that joins; it has no id yet.
pub(super) fn profile() -> impl Strategy<Value = Joining> {
    let session_timeout = prop_oneof![3 => Just(6000), 3 => 6000..20_000_u64, 1 => Just(90_000)];
    let rebalance_timeout = prop_oneof![4 => 2000..30_000_u64, 1 => Just(0), 1 => Just(700_000)];
    let protocol_type = prop_oneof![60 => Just("consumer"), 2 => Just("connect"), 1 => Just("")];
    // Mostly with one that all have.
    let names = prop_oneof![
        6 => prop::sample::select(vec![vec!["range"], vec!["range", "sticky"], vec!["sticky", "range"]]),
        3 => Just(vec!["eager", "sticky", "range"]).prop_shuffle(),
        1 => prop::sample::subsequence(vec!["range", "sticky", "eager"], 0..3),
    ];
    let topics = (prop::sample::subsequence(TOPICS.to_vec(), 0..=2), prop::bool::weighted(0.95));
    (session_timeout, rebalance_timeout, protocol_type, names, topics).prop_map(
        |(session_timeout, rebalance_timeout, protocol_type, names, (topics, is_readable))| {
            let protocols = names.iter().map(|name| (text(name), metadata(name, &topics, is_readable)));
            Joining {
                protocol_type: text(protocol_type),
                ..member(session_timeout, rebalance_timeout, protocols.collect())
            }
        },
    )
}

/// A consumer.
pub(super) fn member(session_timeout: u64, rebalance_timeout: u64, protocols: Vec<(StrBytes, Bytes)>) -> Joining {
    Joining {
        member_id: text(""),
        instance_id: None,
        client_id: text("test"),
        client_host: text("/127.0.0.1"),
        session_timeout: Duration::from_millis(session_timeout),
        rebalance_timeout: Duration::from_millis(rebalance_timeout),
        protocol_type: text("consumer"),
        protocols,
        can_retry_with_id: true,
        can_skip_assignment: true,
    }
}

/// A subscription, which differs from strategy to strategy.
fn metadata(protocol: &str, topics: &[&str], is_readable: bool) -> Bytes {
    let mut data = vec![if is_readable { 0 } else { 0xff }, 1, 0, 0, 0, u8::try_from(topics.len()).unwrap()];
    for topic in topics {
        data.extend([0, u8::try_from(topic.len()).unwrap()]);
        data.extend(topic.as_bytes());
    }
    data.extend(protocol.as_bytes());
    data.into()
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..INSTANCES.len();
    let guise = || {
        (prop_oneof![6 => Just(0), 1 => 1..4_usize], prop_oneof![6 => Just(0), 1 => -3..2], prop::bool::weighted(0.8))
            .prop_map(|(ids_ago, generation, names_instance)| Guise { ids_ago, generation, names_instance })
    };
    let protocol = prop_oneof![3 => Just(None), 1 => Just(Some("range")), 1 => Just(Some("sticky"))];
    // Static members more often: they may come back at any time.
    let join = (prop_oneof![who(), 3..INSTANCES.len()], any::<bool>(), any::<bool>())
        .prop_map(|(who, is_restarted, is_new)| Step::Join { who, is_restarted, is_new });
    let millis = prop_oneof![10 => 0..3000_u64, 4 => 0..30_000_u64, 1 => 0..700_000_u64];
    let step = prop_oneof![
        25 => who().prop_map(Step::Act),
        40 => prop::option::weighted(0.5, who()).prop_map(|but| Step::ActAll { but }),
        14 => join,
        3 => (who(), profile()).prop_map(|(who, profile)| Step::Change(who, profile)),
        6 => (who(), guise(), protocol).prop_map(|(who, guise, protocol)| Step::Sync { who, guise, protocol }),
        6 => (who(), guise()).prop_map(|(who, guise)| Step::Heartbeat(who, guise)),
        4 => prop::collection::vec((who(), guise(), prop::bool::weighted(0.2)), 1..3).prop_map(Step::Leave),
        8 => (who(), guise(), 0..2_usize).prop_map(|(who, guise, topic)| Step::Commit { who, guise, topic }),
        1 => (-1..3, 0..2_usize).prop_map(|(generation, topic)| Step::CommitAsNobody { generation, topic }),
        3 => (0..2_usize).prop_map(|topic| Step::DeleteOffsets { topic }),
        15 => (millis, prop::bool::weighted(0.2)).prop_map(|(millis, is_late)| Step::Pass { millis, is_late }),
    ];
    prop::collection::vec(step, 1..150)
}

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    let delay = prop_oneof![9 => Just(0), 4 => Just(3000), 1 => 1..40_000_u64, 1 => Just(400_000)];
    let max_size = prop_oneof![3 => Just(usize::MAX), 1 => 1..5_usize];
    (delay, max_size).prop_map(|(delay, max_size)| Settings {
        initial_delay: Duration::from_millis(delay),
        session_timeouts: Duration::ZERO..=Duration::MAX,
        max_size,
    })
}
