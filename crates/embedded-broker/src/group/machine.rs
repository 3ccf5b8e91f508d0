//! One consumer group: its members and its state between two rebalances (as Kafka's classic protocol).
//!
//! ```text
//! Empty ──join──> Preparing ──all have joined, or time is up──> Completing ──the leader's assignment──> Stable
//!   ^                ^  │                                           │ join, leave, silence                │
//!   └──all have left─┼──┘                                           │                                     │
//!                    └──────────────────────────────────────────────┴─────────────────────────────────────┘
//! ```
//!
//! Nothing here waits: a join or sync that cannot be answered yet leaves a channel with the member. The requests of
//! members are in `requests.rs`; their consequences are here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::time::Instant;

use super::member::{Described, DescribedMember, Joined, Member};
use super::memory::{GROUP_BYTES, MEMBER_BYTES};
use super::subscription;

/// The protocol type of consumers, whose subscriptions can be read.
const CONSUMER: &str = "consumer";
/// A group without members is kept this long, with or without offsets; Kafka checks for such groups at this interval.
pub(super) const EMPTY_RETENTION: Duration = Duration::from_secs(600);
/// Minimum further wait of a rebalance that no member has joined.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// The settings of groups.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long a first member waits for others.
    pub initial_delay: Duration,
    /// The session timeouts that a member may request.
    pub session_timeouts: RangeInclusive<Duration>,
    /// Most members of a group.
    pub max_size: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Empty,
    Preparing { until: Instant, initial: Option<Initial> },
    Completing,
    Stable,
}

/// The wait of a group that was empty: it is extended while new members join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Initial {
    /// The wait in progress.
    step: Duration,
    /// The remaining wait after it.
    remaining: Duration,
    /// Whether a member has joined since it began.
    pub more_came: bool,
}

/// The subject of a deadline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Pending(StrBytes),
    Member(StrBytes),
    Rebalance,
    Syncs,
}

/// A consumer group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(super) settings: Settings,
    pub(super) phase: Phase,
    pub(super) generation: i32,
    pub(super) protocol_type: StrBytes,
    pub(super) protocol: StrBytes,
    /// Empty without members.
    pub(super) leader: StrBytes,
    /// In a fixed order, so that the outcome does not depend on chance.
    pub(super) members: BTreeMap<StrBytes, Member>,
    /// Ids assigned to members that have not joined with them yet, and until when they may.
    pub(super) pending: BTreeMap<StrBytes, Instant>,
    /// Static members: instance id and member id.
    pub(super) instances: HashMap<StrBytes, StrBytes>,
    /// Members of this generation that have not requested their assignment, and until when they may.
    pub(super) not_synced: BTreeSet<StrBytes>,
    pub(super) sync_until: Option<Instant>,
    /// The topics to which consumers subscribe in this generation; `None` if unknown.
    subscribed: Option<BTreeSet<String>>,
    empty_since: Instant,
}

impl Group {
    pub(crate) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            settings,
            phase: Phase::Empty,
            generation: 0,
            protocol_type: StrBytes::default(),
            protocol: StrBytes::default(),
            leader: StrBytes::default(),
            members: BTreeMap::new(),
            pending: BTreeMap::new(),
            instances: HashMap::new(),
            not_synced: BTreeSet::new(),
            sync_until: None,
            subscribed: None,
            empty_since: now,
        }
    }

    /// Whether the group has no members (some may be about to join).
    pub(crate) fn is_empty(&self) -> bool {
        self.phase == Phase::Empty
    }

    /// Whether the group has been without members long enough to be removed.
    pub(crate) fn is_forgettable(&self, now: Instant) -> bool {
        self.forgettable_from().is_some_and(|at| now >= at)
    }

    /// A group that a member is about to join is kept, however long it has been empty.
    fn forgettable_from(&self) -> Option<Instant> {
        (self.is_empty() && self.pending.is_empty()).then(|| self.empty_since + EMPTY_RETENTION)
    }

    /// The approximate memory of the group.
    pub(super) fn bytes(&self) -> usize {
        let members = self.members.values().map(|member| member.about.bytes() + member.assignment.len());
        GROUP_BYTES + MEMBER_BYTES * self.pending.len() + members.sum::<usize>()
    }

    fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_str() == CONSUMER
    }

    /// Which of `topics` a consumer subscribes to: all, where that is unknown.
    ///
    /// # Errors
    ///
    /// When the members are not consumers.
    pub(crate) fn subscribed<'a>(&self, topics: impl Iterator<Item = &'a str>) -> Result<Vec<bool>, ResponseError> {
        if !self.is_empty() && !self.is_of_consumers() {
            return Err(ResponseError::NonEmptyGroup);
        }
        let is_subscribed =
            |topic| self.subscribed.as_ref().map_or(self.is_of_consumers(), |topics| topics.contains(topic));
        Ok(topics.map(is_subscribed).collect())
    }

    /// Begins a rebalance unless one is in progress, and completes the join if all members have joined.
    pub(super) fn rebalance(&mut self, now: Instant) {
        let was_empty = match self.phase {
            Phase::Preparing { .. } => return self.complete_join_if_ready(now),
            Phase::Empty => true,
            Phase::Completing | Phase::Stable => false,
        };
        if self.phase == Phase::Completing {
            for member in self.members.values_mut() {
                member.assignment.clear();
                if member.answer_sync(Err(ResponseError::RebalanceInProgress)) {
                    member.expires = now + member.about.session_timeout;
                }
            }
        }
        self.not_synced.clear();
        self.sync_until = None;
        let longest = self.longest_rebalance_timeout();
        let step = self.settings.initial_delay;
        if was_empty && !step.is_zero() {
            let remaining = longest.saturating_sub(step);
            let initial = Some(Initial { step, remaining, more_came: false });
            self.phase = Phase::Preparing { until: now + step, initial };
            return;
        }
        self.phase = Phase::Preparing { until: now + longest, initial: None };
        if was_empty {
            self.complete_join(now);
        } else {
            self.complete_join_if_ready(now);
        }
    }

    fn longest_rebalance_timeout(&self) -> Duration {
        self.members.values().map(|member| member.about.rebalance_timeout).max().unwrap_or_default()
    }

    fn all_have_joined(&self) -> bool {
        self.pending.is_empty() && self.members.values().all(|member| member.join.is_some())
    }

    /// Completes the join if all members have joined; a group that was empty waits for its time.
    pub(super) fn complete_join_if_ready(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Preparing { initial: None, .. })
            && (self.all_have_joined() || self.members.is_empty())
        {
            self.complete_join(now);
        }
    }

    /// As [`Self::complete_join_if_ready`] after a member was silent for too long: the initial wait ends too.
    fn complete_join_without_silent(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Preparing { .. }) && (self.all_have_joined() || self.members.is_empty()) {
            self.complete_join(now);
        }
    }

    fn complete_join(&mut self, now: Instant) {
        let stays_away = |member: &Member| member.join.is_none() && !member.is_static();
        let gone: Vec<_> =
            self.members.iter().filter(|(_, member)| stays_away(member)).map(|(id, _)| id.clone()).collect();
        for id in gone {
            tracing::info!("a group member did not join the rebalance and is removed: {id}");
            self.take(&id);
        }
        if !self.members.is_empty() && !self.elect() {
            // Static members only, and none has joined: they join, or expire.
            let until = now + self.longest_rebalance_timeout().max(SHORTEST_WAIT);
            self.phase = Phase::Preparing { until, initial: None };
            return;
        }
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        self.protocol = self.choose_protocol();
        self.subscribed = self.subscriptions();
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            self.empty_since = now;
            return;
        }
        self.phase = Phase::Completing;
        self.not_synced = self.members.keys().cloned().collect();
        self.sync_until = Some(now + self.longest_rebalance_timeout());
        let ids: Vec<_> = self.members.keys().cloned().collect();
        for id in ids {
            let answer = self.joined(&id);
            if let Some(member) = self.members.get_mut(&id) {
                member.answer_join(answer);
                member.expires = now + member.about.session_timeout;
                member.is_new = false;
            }
        }
    }

    /// Makes a member that has joined the leader; returns whether there is one.
    fn elect(&mut self) -> bool {
        let is_here = |member: &Member| member.join.is_some();
        if !self.members.get(&self.leader).is_some_and(is_here) {
            let Some((id, _)) = self.members.iter().find(|(_, member)| is_here(member)) else { return false };
            self.leader = id.clone();
        }
        true
    }

    /// The strategy that all members support and most prefer.
    pub(super) fn choose_protocol(&self) -> StrBytes {
        let mut votes: BTreeMap<&StrBytes, usize> = BTreeMap::new();
        for member in self.members.values() {
            let is_common = |name: &StrBytes| self.members.values().all(|other| other.supports(name));
            if let Some((name, _)) = member.about.protocols.iter().find(|(name, _)| is_common(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    fn subscriptions(&self) -> Option<BTreeSet<String>> {
        let mut topics = BTreeSet::new();
        if !self.is_of_consumers() {
            return None;
        }
        for member in self.members.values() {
            subscription::add_topics(&member.metadata(&self.protocol), &mut topics)?;
        }
        Some(topics)
    }

    /// The response to a member's join in this generation.
    pub(super) fn joined(&self, member_id: &StrBytes) -> Joined {
        let members = if *member_id == self.leader {
            let listed = |(id, member): (&StrBytes, &Member)| {
                (id.clone(), member.about.instance_id.clone(), member.metadata(&self.protocol))
            };
            self.members.iter().map(listed).collect()
        } else {
            Vec::new()
        };
        Joined {
            error: None,
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            member_id: member_id.clone(),
            members,
            skip_assignment: false,
        }
    }

    /// Removes a member or an id that was assigned to one; if it led, another member leads. A request that waits as
    /// this member gets an error.
    pub(super) fn take(&mut self, id: &StrBytes) {
        self.pending.remove(id);
        self.not_synced.remove(id);
        let Some(mut member) = self.members.remove(id) else { return };
        if let Some(instance) = &member.about.instance_id {
            self.instances.remove(instance);
        }
        member.answer_join(Joined::refused(ResponseError::UnknownMemberId, StrBytes::default()));
        member.answer_sync(Err(ResponseError::UnknownMemberId));
        if self.leader == *id {
            self.leader = self.members.keys().next().cloned().unwrap_or_default();
        }
    }

    /// Does what is due: removes members that have been silent for too long, and ends waits whose time is up.
    pub(crate) fn tick(&mut self, now: Instant) {
        while let Some((at, due)) = self.next_due()
            && at <= now
        {
            match due {
                Due::Pending(id) => {
                    self.take(&id);
                    self.complete_join_without_silent(now);
                }
                Due::Member(id) => {
                    tracing::info!("a group member was silent for too long and is removed: {id}");
                    self.take(&id);
                    match self.phase {
                        Phase::Completing | Phase::Stable => self.rebalance(now),
                        Phase::Preparing { .. } | Phase::Empty => self.complete_join_without_silent(now),
                    }
                }
                Due::Rebalance => self.end_wait(now),
                Due::Syncs => {
                    for id in std::mem::take(&mut self.not_synced) {
                        tracing::info!("a group member did not request its assignment and is removed: {id}");
                        self.take(&id);
                    }
                    self.rebalance(now);
                }
            }
        }
    }

    fn end_wait(&mut self, now: Instant) {
        match self.phase {
            Phase::Preparing { initial: Some(initial), .. } if initial.more_came && !initial.remaining.is_zero() => {
                let step = self.settings.initial_delay.min(initial.remaining);
                let remaining = initial.remaining.saturating_sub(initial.step);
                let initial = Some(Initial { step, remaining, more_came: false });
                self.phase = Phase::Preparing { until: now + step, initial };
            }
            _ => self.complete_join(now),
        }
    }

    fn next_due(&self) -> Option<(Instant, Due)> {
        let pending = self.pending.iter().map(|(id, &until)| (until, Due::Pending(id.clone())));
        let members = self.members.iter().filter(|(_, member)| member.can_expire());
        let members = members.map(|(id, member)| (member.expires, Due::Member(id.clone())));
        let rebalance = match self.phase {
            Phase::Preparing { until, .. } => Some((until, Due::Rebalance)),
            _ => None,
        };
        let syncs = self.sync_until.map(|until| (until, Due::Syncs));
        pending.chain(members).chain(rebalance).chain(syncs).min()
    }

    /// When [`Self::tick`] or [`Self::is_forgettable`] has to be called next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.next_due().map(|(at, _)| at).into_iter().chain(self.forgettable_from()).min()
    }

    pub(crate) fn describe(&self) -> Described {
        let is_stable = self.phase == Phase::Stable;
        let members = self.members.iter().map(|(id, member)| DescribedMember {
            member_id: id.clone(),
            instance_id: member.about.instance_id.clone(),
            client_id: member.about.client_id.clone(),
            client_host: member.about.client_host.clone(),
            metadata: if is_stable { member.metadata(&self.protocol) } else { bytes::Bytes::new() },
            assignment: if is_stable { member.assignment.clone() } else { bytes::Bytes::new() },
        });
        Described {
            state: match self.phase {
                Phase::Empty => "Empty",
                Phase::Preparing { .. } => "PreparingRebalance",
                Phase::Completing => "CompletingRebalance",
                Phase::Stable => "Stable",
            },
            protocol_type: self.protocol_type.clone(),
            protocol: if is_stable { self.protocol.clone() } else { StrBytes::default() },
            members: members.collect(),
        }
    }
}
