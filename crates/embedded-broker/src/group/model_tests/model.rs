//! A second, simpler implementation of Kafka's classic group protocol: times are durations, requests have numbers.
//!
//! Where Kafka leaves a choice open (who leads after the leader, which of two strategies with as many votes, what comes
//! first of what is due at the same moment), the coordinator's own fixed order is the model's too.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError::{self, *};
use kafka_protocol::protocol::StrBytes;

use super::super::member::{Joined, Joining, Synced};

/// The number of a request that may have to wait for its answer.
pub(super) type Ticket = usize;
/// Time since the test began.
pub(super) type At = Duration;

const EMPTY_RETENTION: At = Duration::from_secs(600);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Join(Joined),
    Sync(Synced),
    /// The same member has sent another request.
    Lost,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
}

/// The identity that a request claims.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub id: StrBytes,
    pub instance: Option<StrBytes>,
    pub generation: i32,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub about: Joining,
    pub assignment: Bytes,
    pub join: Option<Ticket>,
    pub sync: Option<Ticket>,
    pub expires: At,
    pub is_new: bool,
}

/// What is due, in the order of what is due at the same moment.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Pending(StrBytes),
    Member(StrBytes),
    Join,
    Sync,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub initial_delay: At,
    pub max_size: usize,
    pub state: State,
    pub generation: i32,
    pub peers: BTreeMap<StrBytes, Peer>,
    /// What is to be answered now.
    pub answers: BTreeMap<Ticket, Answer>,
    pub protocol_type: StrBytes,
    pub protocol: StrBytes,
    pub leader: StrBytes,
    pub pending: BTreeMap<StrBytes, At>,
    /// Members that have not requested their assignment in this generation.
    pub unsynced: BTreeSet<StrBytes>,
    /// When joining, or asking for assignments, ends.
    pub until: At,
    /// In the first rebalance of an empty group: this wait, what may follow, whether a member joined.
    pub initial: Option<(At, At, bool)>,
    pub empty_since: At,
    /// Subscriptions of this generation; `None` if unknown.
    pub topics: Option<BTreeSet<&'static str>>,
}

impl Model {
    pub(super) fn refuse(&mut self, ticket: Ticket, error: ResponseError, id: &StrBytes) {
        self.answers.insert(ticket, Answer::Join(Joined::refused(error, id.clone())));
    }

    pub(super) fn refuse_waiting(&mut self, peer: &mut Peer, error: ResponseError, id: &StrBytes) {
        if let Some(ticket) = peer.join.take() {
            self.refuse(ticket, error, id);
        }
        self.answers.extend(peer.sync.take().map(|ticket| (ticket, Answer::Sync(Err(error)))));
    }

    pub(super) fn is_common(&self, name: &StrBytes) -> bool {
        self.peers.values().all(|peer| peer.about.protocols.iter().any(|(known, _)| known == name))
    }

    pub(super) fn holder(&self, instance: &StrBytes) -> Option<StrBytes> {
        self.peers.iter().find(|(_, peer)| peer.about.instance_id.as_ref() == Some(instance)).map(|(id, _)| id.clone())
    }

    pub(super) fn rebalance_or_complete_join(&mut self, now: At) {
        if self.state == State::PreparingRebalance {
            return self.maybe_complete_join(now);
        }
        if self.state == State::CompletingRebalance {
            for peer in self.peers.values_mut() {
                peer.assignment = Bytes::new();
                if let Some(ticket) = peer.sync.take() {
                    self.answers.insert(ticket, Answer::Sync(Err(RebalanceInProgress)));
                    peer.expires = now + peer.about.session_timeout;
                }
            }
        }
        self.unsynced.clear();
        let (longest, delay) = (self.rebalance_timeout(), self.initial_delay);
        let was_empty = self.state == State::Empty;
        self.state = State::PreparingRebalance;
        self.initial = was_empty.then(|| (delay, longest.saturating_sub(delay), false));
        self.until = now + if was_empty { delay } else { longest };
        if was_empty && delay.is_zero() {
            self.complete_join(now);
        }
        self.maybe_complete_join(now);
    }

    pub(super) fn rebalance_timeout(&self) -> At {
        self.peers.values().map(|peer| peer.about.rebalance_timeout).max().unwrap_or_default()
    }

    pub(super) fn all_are_here(&self) -> bool {
        let all_joined = self.pending.is_empty() && self.peers.values().all(|peer| peer.join.is_some());
        self.state == State::PreparingRebalance && (all_joined || self.peers.is_empty())
    }

    pub(super) fn maybe_complete_join(&mut self, now: At) {
        if self.initial.is_none() && self.all_are_here() {
            self.complete_join(now);
        }
    }

    pub(super) fn complete_join(&mut self, now: At) {
        self.initial = None;
        let here: Vec<_> =
            self.peers.iter().filter(|(_, peer)| peer.join.is_some()).map(|(id, _)| id.clone()).collect();
        let is_gone = |peer: &Peer| peer.join.is_none() && peer.about.instance_id.is_none();
        let gone: Vec<_> = self.peers.iter().filter(|(_, peer)| is_gone(peer)).map(|(id, _)| id.clone()).collect();
        gone.iter().for_each(|id| self.remove(id));
        if here.is_empty() && !self.peers.is_empty() {
            self.until = now + self.rebalance_timeout().max(Duration::from_millis(100));
            return;
        }
        if let Some(first) = here.first().filter(|_| !here.contains(&self.leader)) {
            self.leader = first.clone();
        }
        self.generation += 1;
        self.protocol = self.vote();
        self.topics = self.subscriptions();
        self.unsynced = self.peers.keys().cloned().collect();
        self.until = now + self.rebalance_timeout();
        self.state = State::CompletingRebalance;
        if self.peers.is_empty() {
            (self.state, self.empty_since) = (State::Empty, now);
        }
        for id in self.unsynced.clone() {
            let joined = self.joined(&id);
            let peer = self.peers.get_mut(&id).unwrap();
            self.answers.extend(peer.join.take().map(|ticket| (ticket, Answer::Join(joined))));
            peer.expires = now + peer.about.session_timeout;
            peer.is_new = false;
        }
    }

    /// Each member votes for the first of its strategies that all have.
    pub(super) fn vote(&self) -> StrBytes {
        let first =
            |peer: &Peer| peer.about.protocols.iter().map(|(name, _)| name).find(|name| self.is_common(name)).cloned();
        let votes: Vec<_> = self.peers.values().map(|peer| first(peer).unwrap()).collect();
        let count = |name: &StrBytes| votes.iter().filter(|vote| *vote == name).count();
        votes.iter().max_by_key(|name| (count(name), (*name).clone())).cloned().unwrap_or_default()
    }

    /// The test's subscriptions are found by their topics' names, and begin with a zero.
    pub(super) fn subscriptions(&self) -> Option<BTreeSet<&'static str>> {
        let mut found = BTreeSet::new();
        for peer in self.peers.values() {
            let metadata = self.metadata(peer);
            let names = |name: &str| metadata.windows(name.len()).any(|part| part == name.as_bytes());
            found.extend(super::TOPICS.into_iter().filter(|name| metadata[0] == 0 && names(name)));
            if metadata[0] != 0 {
                return None;
            }
        }
        Some(found).filter(|_| self.is_of_consumers())
    }

    pub(super) fn is_of_consumers(&self) -> bool {
        self.protocol_type == StrBytes::from_static_str("consumer")
    }

    pub(super) fn metadata(&self, peer: &Peer) -> Bytes {
        let said = peer.about.protocols.iter().find(|(name, _)| *name == self.protocol);
        said.map(|(_, data)| data.clone()).unwrap()
    }

    pub(super) fn joined(&self, id: &StrBytes) -> Joined {
        let listed = |(id, peer): (&StrBytes, &Peer)| (id.clone(), peer.about.instance_id.clone(), self.metadata(peer));
        let members = self.peers.iter().filter(|_| self.leader == *id).map(listed).collect();
        Joined {
            error: None,
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            member_id: id.clone(),
            members,
            skip_assignment: false,
        }
    }

    pub(super) fn remove(&mut self, id: &StrBytes) {
        self.pending.remove(id);
        self.unsynced.remove(id);
        let Some(mut peer) = self.peers.remove(id) else { return };
        self.refuse_waiting(&mut peer, UnknownMemberId, &StrBytes::default());
        if self.leader == *id {
            self.leader = self.peers.keys().next().cloned().unwrap_or_default();
        }
    }

    fn next_due(&self) -> Option<(At, Due)> {
        let counts = |peer: &Peer| peer.is_new || (peer.join.is_none() && peer.sync.is_none());
        let pending = self.pending.iter().map(|(id, at)| (*at, Due::Pending(id.clone())));
        let members = self.peers.iter().filter(|(_, peer)| counts(peer));
        let members = members.map(|(id, peer)| (peer.expires, Due::Member(id.clone())));
        let phase = match self.state {
            State::Empty => None,
            State::PreparingRebalance => Some(Due::Join),
            State::CompletingRebalance | State::Stable => Some(Due::Sync).filter(|_| !self.unsynced.is_empty()),
        };
        pending.chain(members).chain(phase.map(|due| (self.until, due))).min()
    }

    /// Whether the group may be forgotten.
    pub(super) fn is_forgettable(&self, now: At) -> bool {
        self.forgotten_at().is_some_and(|at| at <= now)
    }

    pub(super) fn forgotten_at(&self) -> Option<At> {
        let is_unused = self.state == State::Empty && self.pending.is_empty();
        is_unused.then(|| self.empty_since + EMPTY_RETENTION)
    }

    /// The next deadline.
    pub(super) fn next_deadline(&self) -> Option<At> {
        self.next_due().map(|(at, _)| at).into_iter().chain(self.forgotten_at()).min()
    }

    pub(super) fn tick(&mut self, now: At) {
        while let Some((_, due)) = self.next_due().filter(|(at, _)| *at <= now) {
            match (due, self.initial) {
                (Due::Join, Some((wait, remaining, true))) if !remaining.is_zero() => {
                    let next = self.initial_delay.min(remaining);
                    self.initial = Some((next, remaining.saturating_sub(wait), false));
                    self.until = now + next;
                }
                (Due::Join, _) => self.complete_join(now),
                (Due::Sync, _) => {
                    for id in self.unsynced.clone() {
                        self.remove(&id);
                    }
                    self.rebalance_or_complete_join(now);
                }
                (Due::Pending(id) | Due::Member(id), _) => {
                    let was_member = self.peers.contains_key(&id);
                    self.remove(&id);
                    // Silence ends the initial wait too, where no other member is awaited.
                    if self.all_are_here() {
                        self.complete_join(now);
                    } else if was_member && self.state != State::PreparingRebalance {
                        self.rebalance_or_complete_join(now);
                    }
                }
            }
        }
    }
}
