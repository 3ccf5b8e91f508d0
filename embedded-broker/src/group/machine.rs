//! One consumer group: who its members are and where it stands between two rebalances (as Kafka's classic protocol).
//!
//! ```text
//! Empty ──join──> Joining ──all have joined, or time is up──> Syncing ──the leader's assignment──> Stable
//!                    ^                                           │ join, leave, silence               │
//!                    └───────────────────────────────────────────┴────────────────────────────────────┘
//! ```
//!
//! Nothing here waits: a join or sync that cannot be answered yet leaves a channel with the member.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A first member waits this long for others, so that members started together share one rebalance.
const INITIAL_DELAY: Duration = Duration::from_millis(100);

/// What a member says of itself when it joins.
#[derive(Debug, Clone)]
pub(crate) struct Joining {
    /// Empty at the first time.
    pub member_id: StrBytes,
    /// A name that outlives the member id (static membership).
    pub instance_id: Option<StrBytes>,
    /// Client id and address, for people who look at the group.
    pub client_id: StrBytes,
    /// Where the member connects from.
    pub client_host: StrBytes,
    /// Silent for longer, the member is removed.
    pub session_timeout: Duration,
    /// How long it may take to come back in a rebalance.
    pub rebalance_timeout: Duration,
    /// `consumer` for consumers.
    pub protocol_type: StrBytes,
    /// Assignment strategies in order of preference, with the member's data for each.
    pub protocols: Vec<(StrBytes, Bytes)>,
    /// Whether the client knows the error that hands out member ids (JoinGroup from version 4 on).
    pub can_retry_with_id: bool,
}

/// The answer to a join.
#[derive(Debug, Clone)]
pub(crate) struct Joined {
    pub error: Option<ResponseError>,
    pub generation: i32,
    pub protocol_type: StrBytes,
    pub protocol: StrBytes,
    pub leader: StrBytes,
    pub member_id: StrBytes,
    /// For the leader only: member id, instance id and data of each member.
    pub members: Vec<(StrBytes, Option<StrBytes>, Bytes)>,
}

impl Joined {
    pub(crate) fn refused(error: ResponseError, member_id: StrBytes) -> Self {
        Self {
            error: Some(error),
            generation: -1,
            protocol_type: StrBytes::default(),
            protocol: StrBytes::default(),
            leader: StrBytes::default(),
            member_id,
            members: Vec::new(),
        }
    }
}

/// The answer to a sync: the member's assignment, with the protocol it belongs to.
pub(crate) type Synced = Result<(Bytes, StrBytes, StrBytes), ResponseError>;

/// An answer, or the promise of one.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    Now(T),
    Later(oneshot::Receiver<T>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Empty,
    Joining { until: Instant },
    Syncing,
    Stable,
}

#[derive(Debug)]
struct Member {
    about: Joining,
    assignment: Bytes,
    expires: Instant,
    join: Option<oneshot::Sender<Joined>>,
    sync: Option<oneshot::Sender<Synced>>,
}

/// A group's members for people who look at it.
#[derive(Debug)]
pub(crate) struct Described {
    pub state: &'static str,
    pub protocol_type: StrBytes,
    pub protocol: StrBytes,
    pub members: Vec<DescribedMember>,
}

/// One member for people who look at the group.
#[derive(Debug)]
pub(crate) struct DescribedMember {
    pub member_id: StrBytes,
    pub instance_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub metadata: Bytes,
    pub assignment: Bytes,
}

/// A consumer group.
#[derive(Debug)]
pub(crate) struct Group {
    phase: Phase,
    generation: i32,
    protocol_type: StrBytes,
    protocol: StrBytes,
    leader: StrBytes,
    /// In a fixed order, so that the same member leads from one generation to the next.
    members: BTreeMap<StrBytes, Member>,
    /// Ids handed out to members that have not come back with them yet, and until when they may.
    pending: HashMap<StrBytes, Instant>,
    instances: HashMap<StrBytes, StrBytes>,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            phase: Phase::Empty,
            generation: 0,
            protocol_type: StrBytes::default(),
            protocol: StrBytes::default(),
            leader: StrBytes::default(),
            members: BTreeMap::new(),
            pending: HashMap::new(),
            instances: HashMap::new(),
        }
    }
}

impl Group {
    /// Whether nobody is in the group or about to be.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.pending.is_empty()
    }

    /// A member joins, for the first time or in a rebalance. `new_id` is used where it needs an id.
    pub(crate) fn join(&mut self, mut about: Joining, new_id: StrBytes, now: Instant) -> Reply<Joined> {
        let refused = |error, id: &StrBytes| Reply::Now(Joined::refused(error, id.clone()));
        if !self.takes_protocols_of(&about) {
            return refused(ResponseError::InconsistentGroupProtocol, &about.member_id);
        }
        let known_instance = about.instance_id.as_ref().and_then(|instance| self.instances.get(instance).cloned());
        if about.member_id.is_empty() {
            if let Some(old_id) = known_instance {
                // The member was restarted: it takes its predecessor's place.
                about.member_id = new_id;
                return self.replace(&old_id, about, now);
            }
            if about.instance_id.is_none() && about.can_retry_with_id {
                self.pending.insert(new_id.clone(), now + about.session_timeout);
                return refused(ResponseError::MemberIdRequired, &new_id);
            }
            about.member_id = new_id;
            return self.add(about, now);
        }
        if let Some(id) = known_instance
            && id != about.member_id
        {
            return refused(ResponseError::FencedInstanceId, &about.member_id);
        }
        if self.pending.remove(&about.member_id).is_some() {
            return self.add(about, now);
        }
        if self.members.contains_key(&about.member_id) {
            return self.rejoin(about, now);
        }
        refused(ResponseError::UnknownMemberId, &about.member_id)
    }

    fn takes_protocols_of(&self, about: &Joining) -> bool {
        if about.protocols.is_empty() || about.protocol_type.is_empty() {
            return false;
        }
        let others = || {
            self.members.values().filter(|member| {
                member.about.member_id != about.member_id
                    && (about.instance_id.is_none() || member.about.instance_id != about.instance_id)
            })
        };
        others().next().is_none()
            || (about.protocol_type == self.protocol_type
                && about.protocols.iter().any(|(name, _)| others().all(|member| supports(member, name))))
    }

    fn add(&mut self, about: Joining, now: Instant) -> Reply<Joined> {
        let member_id = about.member_id.clone();
        self.protocol_type = about.protocol_type.clone();
        if let Some(instance) = &about.instance_id {
            self.instances.insert(instance.clone(), member_id.clone());
        }
        let (sender, receiver) = oneshot::channel();
        let expires = now + about.session_timeout;
        let member = Member { about, assignment: Bytes::new(), expires, join: Some(sender), sync: None };
        self.members.insert(member_id, member);
        self.rebalance(now);
        self.complete_join_if_ready(now);
        Reply::Later(receiver)
    }

    fn replace(&mut self, old_id: &StrBytes, about: Joining, now: Instant) -> Reply<Joined> {
        if let Some(old) = self.members.remove(old_id) {
            if let Some(join) = old.join {
                let _ = join.send(Joined::refused(ResponseError::FencedInstanceId, old_id.clone()));
            }
            if let Some(sync) = old.sync {
                let _ = sync.send(Err(ResponseError::FencedInstanceId));
            }
        }
        self.add(about, now)
    }

    fn rejoin(&mut self, about: Joining, now: Instant) -> Reply<Joined> {
        let Some(member) = self.members.get_mut(&about.member_id) else {
            return Reply::Now(Joined::refused(ResponseError::UnknownMemberId, about.member_id));
        };
        let is_unchanged = member.about.protocols == about.protocols;
        let is_leader = self.leader == about.member_id;
        member.expires = now + about.session_timeout;
        let nothing_new = match self.phase {
            // The answer to its join was lost.
            Phase::Syncing => is_unchanged,
            // A leader that joins again asks for a new assignment.
            Phase::Stable => is_unchanged && !is_leader,
            Phase::Empty | Phase::Joining { .. } => false,
        };
        if nothing_new {
            return Reply::Now(self.joined(&about.member_id));
        }
        let (sender, receiver) = oneshot::channel();
        member.about = about;
        member.join = Some(sender);
        self.rebalance(now);
        self.complete_join_if_ready(now);
        Reply::Later(receiver)
    }

    /// Calls every member back; those that wait for their assignment are told to join again.
    fn rebalance(&mut self, now: Instant) {
        let until = match self.phase {
            Phase::Joining { .. } => return,
            Phase::Empty => now + INITIAL_DELAY,
            Phase::Syncing | Phase::Stable => {
                let longest = self.members.values().map(|member| member.about.rebalance_timeout).max();
                now + longest.unwrap_or_default()
            }
        };
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
            if let Some(sync) = member.sync.take() {
                member.expires = now + member.about.session_timeout;
                let _ = sync.send(Err(ResponseError::RebalanceInProgress));
            }
        }
        self.phase = Phase::Joining { until };
    }

    fn complete_join_if_ready(&mut self, now: Instant) {
        let Phase::Joining { until } = self.phase else { return };
        // Only a group that was empty waits although all are there: others may be on their way.
        let all_here = self.pending.is_empty() && self.members.values().all(|member| member.join.is_some());
        if (all_here && self.generation_has_members()) || now >= until {
            self.complete_join(now);
        }
    }

    /// Whether the present rebalance follows a generation that had members.
    fn generation_has_members(&self) -> bool {
        !self.leader.is_empty() || self.members.is_empty()
    }

    fn complete_join(&mut self, now: Instant) {
        let is_gone = |member: &Member| member.join.is_none() && member.about.instance_id.is_none();
        self.members.retain(|_, member| !is_gone(member));
        self.generation = self.generation.wrapping_add(1).max(1);
        if self.members.values().all(|member| member.join.is_none()) {
            // Static members that stayed away: there is nobody to lead. They come back, or expire.
            self.phase = Phase::Empty;
            self.leader = StrBytes::default();
            return;
        }
        self.protocol = self.choose_protocol();
        let leads = |id: &StrBytes| self.members.get(id).is_some_and(|member| member.join.is_some());
        if !leads(&self.leader) {
            let first = self.members.iter().find(|(_, member)| member.join.is_some()).map(|(id, _)| id.clone());
            self.leader = first.unwrap_or_default();
        }
        self.phase = Phase::Syncing;
        let ids: Vec<_> = self.members.keys().cloned().collect();
        for id in ids {
            let answer = self.joined(&id);
            if let Some(member) = self.members.get_mut(&id)
                && let Some(join) = member.join.take()
            {
                member.expires = now + member.about.session_timeout;
                let _ = join.send(answer);
            }
        }
    }

    /// The strategy all members know that most of them prefer.
    fn choose_protocol(&self) -> StrBytes {
        let mut votes: BTreeMap<&StrBytes, usize> = BTreeMap::new();
        for member in self.members.values() {
            let is_common = |name: &StrBytes| self.members.values().all(|other| supports(other, name));
            if let Some((name, _)) = member.about.protocols.iter().find(|(name, _)| is_common(name)) {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    fn joined(&self, member_id: &StrBytes) -> Joined {
        let members = if *member_id == self.leader {
            let listed = |(id, member): (&StrBytes, &Member)| {
                (id.clone(), member.about.instance_id.clone(), metadata(member, &self.protocol))
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
        }
    }

    /// A member asks for its assignment; the leader brings everybody's.
    pub(crate) fn sync(
        &mut self,
        who: Identity<'_>,
        protocol: Option<(&StrBytes, &StrBytes)>,
        assignments: Vec<(StrBytes, Bytes)>,
        now: Instant,
    ) -> Reply<Synced> {
        if let Err(error) = self.check(&who) {
            return Reply::Now(Err(error));
        }
        if protocol.is_some_and(|(kind, name)| *kind != self.protocol_type || *name != self.protocol) {
            return Reply::Now(Err(ResponseError::InconsistentGroupProtocol));
        }
        let is_leader = self.leader == *who.member_id;
        let names = (self.protocol_type.clone(), self.protocol.clone());
        let Some(member) = self.members.get_mut(who.member_id) else {
            return Reply::Now(Err(ResponseError::UnknownMemberId));
        };
        member.expires = now + member.about.session_timeout;
        match self.phase {
            Phase::Empty => Reply::Now(Err(ResponseError::UnknownMemberId)),
            Phase::Joining { .. } => Reply::Now(Err(ResponseError::RebalanceInProgress)),
            Phase::Stable => Reply::Now(Ok((member.assignment.clone(), names.0, names.1))),
            Phase::Syncing if !is_leader => {
                let (sender, receiver) = oneshot::channel();
                member.sync = Some(sender);
                Reply::Later(receiver)
            }
            Phase::Syncing => {
                for (id, assignment) in assignments {
                    if let Some(member) = self.members.get_mut(&id) {
                        member.assignment = assignment;
                    }
                }
                self.phase = Phase::Stable;
                for member in self.members.values_mut() {
                    if let Some(sync) = member.sync.take() {
                        member.expires = now + member.about.session_timeout;
                        let _ = sync.send(Ok((member.assignment.clone(), names.0.clone(), names.1.clone())));
                    }
                }
                let own = self.members.get(who.member_id).map(|member| member.assignment.clone());
                Reply::Now(Ok((own.unwrap_or_default(), names.0, names.1)))
            }
        }
    }

    /// A member says that it is alive.
    pub(crate) fn heartbeat(&mut self, who: Identity<'_>, now: Instant) -> Result<(), ResponseError> {
        self.check(&who)?;
        if let Some(member) = self.members.get_mut(who.member_id) {
            member.expires = now + member.about.session_timeout;
        }
        match self.phase {
            Phase::Joining { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// A member goes; a static one may say so by its instance id alone.
    pub(crate) fn leave(
        &mut self,
        member_id: &StrBytes,
        instance_id: Option<&StrBytes>,
        now: Instant,
    ) -> Result<(), ResponseError> {
        let known = instance_id.and_then(|instance| self.instances.get(instance));
        let id = match (instance_id, known) {
            (Some(_), None) => return Err(ResponseError::UnknownMemberId),
            (Some(_), Some(id)) if !member_id.is_empty() && id != member_id => {
                return Err(ResponseError::FencedInstanceId);
            }
            (Some(_), Some(id)) => id.clone(),
            (None, _) => member_id.clone(),
        };
        if self.pending.remove(&id).is_some() {
            self.complete_join_if_ready(now);
            return Ok(());
        }
        if !self.members.contains_key(&id) {
            return Err(ResponseError::UnknownMemberId);
        }
        self.remove(&id, now);
        Ok(())
    }

    fn remove(&mut self, id: &StrBytes, now: Instant) {
        let Some(member) = self.members.remove(id) else { return };
        if let Some(instance) = &member.about.instance_id {
            self.instances.remove(instance);
        }
        if let Some(join) = member.join {
            let _ = join.send(Joined::refused(ResponseError::UnknownMemberId, id.clone()));
        }
        if let Some(sync) = member.sync {
            let _ = sync.send(Err(ResponseError::UnknownMemberId));
        }
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            self.leader = StrBytes::default();
            self.generation = self.generation.wrapping_add(1).max(1);
            return;
        }
        match self.phase {
            Phase::Syncing | Phase::Stable => self.rebalance(now),
            Phase::Empty | Phase::Joining { .. } => {}
        }
        self.complete_join_if_ready(now);
    }

    /// Whether offsets may be committed; a consumer that assigns its partitions itself has no member id.
    pub(crate) fn may_commit(&mut self, who: Identity<'_>, now: Instant) -> Result<(), ResponseError> {
        if who.generation < 0 && who.member_id.is_empty() {
            return if self.members.is_empty() { Ok(()) } else { Err(ResponseError::UnknownMemberId) };
        }
        self.check(&who)?;
        if let Some(member) = self.members.get_mut(who.member_id) {
            member.expires = now + member.about.session_timeout;
        }
        match self.phase {
            Phase::Syncing => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    fn check(&self, who: &Identity<'_>) -> Result<(), ResponseError> {
        if let Some(instance) = who.instance_id {
            match self.instances.get(instance) {
                None => return Err(ResponseError::UnknownMemberId),
                Some(id) if id != who.member_id => return Err(ResponseError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if !self.members.contains_key(who.member_id) {
            return Err(ResponseError::UnknownMemberId);
        }
        if who.generation != self.generation { Err(ResponseError::IllegalGeneration) } else { Ok(()) }
    }

    /// Removes who has been silent for too long and ends a rebalance whose time is up.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.pending.retain(|_, until| *until > now);
        // Who waits for an answer cannot be expected to speak.
        let is_silent = |member: &Member| member.expires <= now && member.join.is_none() && member.sync.is_none();
        let silent: Vec<_> =
            self.members.iter().filter(|(_, member)| is_silent(member)).map(|(id, _)| id.clone()).collect();
        for id in silent {
            tracing::info!("a group member was silent for too long and is removed: {id}");
            self.remove(&id, now);
        }
        self.complete_join_if_ready(now);
    }

    /// When [`Self::tick`] is next worth a call.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let silent = self
            .members
            .values()
            .filter(|member| member.join.is_none() && member.sync.is_none())
            .map(|member| member.expires);
        let until = match self.phase {
            Phase::Joining { until } => Some(until),
            _ => None,
        };
        silent.chain(self.pending.values().copied()).chain(until).min()
    }

    /// The group for people who look at it.
    pub(crate) fn describe(&self) -> Described {
        let members = self.members.iter().map(|(id, member)| DescribedMember {
            member_id: id.clone(),
            instance_id: member.about.instance_id.clone(),
            client_id: member.about.client_id.clone(),
            client_host: member.about.client_host.clone(),
            metadata: metadata(member, &self.protocol),
            assignment: member.assignment.clone(),
        });
        Described {
            state: match self.phase {
                Phase::Empty => "Empty",
                Phase::Joining { .. } => "PreparingRebalance",
                Phase::Syncing => "CompletingRebalance",
                Phase::Stable => "Stable",
            },
            protocol_type: self.protocol_type.clone(),
            protocol: if self.phase == Phase::Stable { self.protocol.clone() } else { StrBytes::default() },
            members: members.collect(),
        }
    }
}

/// Who a request says it comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub member_id: &'a StrBytes,
    pub instance_id: Option<&'a StrBytes>,
    pub generation: i32,
}

fn supports(member: &Member, protocol: &StrBytes) -> bool {
    member.about.protocols.iter().any(|(name, _)| name == protocol)
}

fn metadata(member: &Member, protocol: &StrBytes) -> Bytes {
    member.about.protocols.iter().find(|(name, _)| name == protocol).map(|(_, data)| data.clone()).unwrap_or_default()
}
