//! The requests of members: join, sync, heartbeat, leave, commit.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::machine::{Group, Phase};
use super::member::{Identity, Joined, Joining, Member, Reply, Synced};

/// A new member that waits longer than this for its join is most likely gone; if not, it retries.
const NEW_MEMBER_JOIN_TIMEOUT: Duration = Duration::from_secs(300);

impl Group {
    /// A member joins, for the first time or in a rebalance. `new_id` is used where it needs an id.
    pub(crate) fn join(&mut self, mut about: Joining, new_id: StrBytes, now: Instant) -> Reply<Joined> {
        let refused = |error, id: &StrBytes| Reply::Now(Joined::refused(error, id.clone()));
        if !self.has_space_for(&about.member_id) {
            self.take(&about.member_id);
            self.complete_join_if_ready(now);
            return refused(ResponseError::GroupMaxSizeReached, &StrBytes::default());
        }
        if !self.takes_protocols_of(&about) {
            return refused(ResponseError::InconsistentGroupProtocol, &about.member_id);
        }
        if about.member_id.is_empty() {
            let Some(instance) = &about.instance_id else {
                if about.can_retry_with_id {
                    self.pending.insert(new_id.clone(), now + about.session_timeout);
                    return refused(ResponseError::MemberIdRequired, &new_id);
                }
                about.member_id = new_id;
                return self.add(about, now);
            };
            let known = self.instances.get(instance).cloned();
            about.member_id = new_id;
            return match known {
                // The member was restarted: it takes its predecessor's place.
                Some(old_id) => self.replace(&old_id, about, now),
                None => self.add(about, now),
            };
        }
        if self.pending.contains_key(&about.member_id) && about.instance_id.is_none() {
            return self.add(about, now);
        }
        match self.check_member(&about.member_id, about.instance_id.as_ref()) {
            Ok(()) => self.rejoin(about, now),
            Err(error) => refused(error, &about.member_id),
        }
    }

    fn has_space_for(&self, member_id: &StrBytes) -> bool {
        let max = self.settings.max_size;
        let known = self.members.get(member_id);
        match self.phase {
            Phase::Empty => true,
            Phase::Preparing { .. } => {
                known.is_some_and(|member| member.join.is_some())
                    || self.members.values().filter(|member| member.join.is_some()).count() < max
            }
            Phase::Completing | Phase::Stable => known.is_some() || self.members.len() < max,
        }
    }

    fn takes_protocols_of(&self, about: &Joining) -> bool {
        if self.is_empty() {
            return !about.protocol_type.is_empty() && !about.protocols.is_empty();
        }
        about.protocol_type == self.protocol_type
            && about.protocols.iter().any(|(name, _)| self.members.values().all(|member| member.supports(name)))
    }

    fn add(&mut self, about: Joining, now: Instant) -> Reply<Joined> {
        let member_id = about.member_id.clone();
        self.pending.remove(&member_id);
        if self.members.is_empty() {
            self.protocol_type = about.protocol_type.clone();
            self.leader = member_id.clone();
        }
        if let Some(instance) = &about.instance_id {
            self.instances.insert(instance.clone(), member_id.clone());
        }
        if let Phase::Preparing { initial: Some(initial), .. } = &mut self.phase {
            initial.more_came = true;
        }
        let (sender, receiver) = oneshot::channel();
        let expires = now + NEW_MEMBER_JOIN_TIMEOUT;
        let member = Member { about, assignment: Bytes::new(), expires, is_new: true, join: Some(sender), sync: None };
        self.members.insert(member_id, member);
        self.rebalance(now);
        Reply::Later(receiver)
    }

    /// A static member takes its predecessor's place, assignment and all. There is no rebalance unless the group's
    /// protocol changes with it.
    fn replace(&mut self, old_id: &StrBytes, about: Joining, now: Instant) -> Reply<Joined> {
        let Some(mut member) = self.members.remove(old_id) else { return self.add(about, now) };
        member.answer_join(Joined::refused(ResponseError::FencedInstanceId, old_id.clone()));
        member.answer_sync(Err(ResponseError::FencedInstanceId));
        let id = about.member_id.clone();
        let (old_leader, can_skip) = (self.leader.clone(), about.can_skip_assignment);
        if old_leader == *old_id {
            self.leader = id.clone();
        }
        if let Some(instance) = &about.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        if self.not_synced.remove(old_id) {
            self.not_synced.insert(id.clone());
        }
        member.expires = now + member.about.session_timeout;
        member.is_new = false;
        member.about.member_id = id.clone();
        update(&mut member, about);
        self.members.insert(id.clone(), member);
        if self.phase == Phase::Stable && self.choose_protocol() == self.protocol {
            let joined = self.joined(&id);
            return Reply::Now(if can_skip {
                Joined { skip_assignment: self.leader == id, ..joined }
            } else {
                // If the response named the client as leader, it would lead and assign anew.
                Joined { leader: old_leader, members: Vec::new(), ..joined }
            });
        }
        self.wait_to_join(&id, now)
    }

    fn rejoin(&mut self, about: Joining, now: Instant) -> Reply<Joined> {
        let id = about.member_id.clone();
        let Some(member) = self.members.get_mut(&id) else {
            return Reply::Now(Joined::refused(ResponseError::UnknownMemberId, id));
        };
        let is_unchanged = member.about.protocols == about.protocols;
        let nothing_new = match self.phase {
            // The response to its join was lost.
            Phase::Completing => is_unchanged,
            // A leader that joins again asks for a new assignment.
            Phase::Stable => is_unchanged && self.leader != id,
            Phase::Empty | Phase::Preparing { .. } => false,
        };
        if nothing_new {
            return Reply::Now(self.joined(&id));
        }
        update(member, about);
        self.wait_to_join(&id, now)
    }

    fn wait_to_join(&mut self, id: &StrBytes, now: Instant) -> Reply<Joined> {
        let (sender, receiver) = oneshot::channel();
        if let Some(member) = self.members.get_mut(id) {
            // A request that waited as this member ends with its channel, and the client retries.
            member.join = Some(sender);
        }
        self.rebalance(now);
        Reply::Later(receiver)
    }

    /// A member requests its assignment; the leader sends all assignments. `protocol` is the type and name that the
    /// member expects, if it sends them.
    pub(crate) fn sync(
        &mut self,
        who: Identity<'_>,
        protocol: (Option<&StrBytes>, Option<&StrBytes>),
        assignments: Vec<(StrBytes, Bytes)>,
        now: Instant,
    ) -> Reply<Synced> {
        if let Err(error) = self.check(&who) {
            return Reply::Now(Err(error));
        }
        let names = (self.protocol_type.clone(), self.protocol.clone());
        if protocol.0.is_some_and(|kind| *kind != names.0) || protocol.1.is_some_and(|name| *name != names.1) {
            return Reply::Now(Err(ResponseError::InconsistentGroupProtocol));
        }
        let Some(member) = self.members.get_mut(who.member_id) else {
            return Reply::Now(Err(ResponseError::UnknownMemberId));
        };
        match self.phase {
            Phase::Empty => return Reply::Now(Err(ResponseError::UnknownMemberId)),
            Phase::Preparing { .. } => return Reply::Now(Err(ResponseError::RebalanceInProgress)),
            Phase::Completing | Phase::Stable => {}
        }
        self.not_synced.remove(who.member_id);
        if self.not_synced.is_empty() {
            self.sync_until = None;
        }
        if self.phase == Phase::Stable {
            return Reply::Now(Ok((member.assignment.clone(), names.0, names.1)));
        }
        let (sender, receiver) = oneshot::channel();
        member.sync = Some(sender);
        if self.leader == *who.member_id {
            self.phase = Phase::Stable;
            let mut assignments: HashMap<_, _> = assignments.into_iter().collect();
            for (id, member) in &mut self.members {
                member.assignment = assignments.remove(id).unwrap_or_default();
                if member.answer_sync(Ok((member.assignment.clone(), names.0.clone(), names.1.clone()))) {
                    member.expires = now + member.about.session_timeout;
                }
            }
        }
        Reply::Later(receiver)
    }

    pub(crate) fn heartbeat(&mut self, who: Identity<'_>, now: Instant) -> Result<(), ResponseError> {
        self.check(&who)?;
        self.keep(who.member_id, now);
        match self.phase {
            Phase::Preparing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Members leave, followed by one rebalance of the others; a static one may be given by its instance id alone.
    pub(crate) fn leave(
        &mut self,
        who: &[(StrBytes, Option<StrBytes>)],
        now: Instant,
    ) -> Vec<Result<(), ResponseError>> {
        let left: Vec<_> = who.iter().map(|(id, instance)| self.leave_one(id, instance.as_ref())).collect();
        if left.iter().any(Result::is_ok) {
            match self.phase {
                Phase::Completing | Phase::Stable => self.rebalance(now),
                Phase::Preparing { .. } => self.complete_join_if_ready(now),
                Phase::Empty => {}
            }
        }
        left
    }

    fn leave_one(&mut self, member_id: &StrBytes, instance_id: Option<&StrBytes>) -> Result<(), ResponseError> {
        let id = if member_id.is_empty() {
            let known = instance_id.and_then(|instance| self.instances.get(instance));
            known.cloned().ok_or(ResponseError::UnknownMemberId)?
        } else {
            if !self.pending.contains_key(member_id) {
                self.check_member(member_id, instance_id)?;
            }
            member_id.clone()
        };
        self.take(&id);
        Ok(())
    }

    /// Whether offsets may be committed; a consumer that assigns its partitions itself has no member id.
    pub(crate) fn may_commit(&mut self, who: Identity<'_>, now: Instant) -> Result<(), ResponseError> {
        if who.generation < 0 && self.is_empty() {
            return Ok(());
        }
        if who.generation < 0 && who.member_id.is_empty() && who.instance_id.is_none() {
            return Err(ResponseError::UnknownMemberId);
        }
        self.check(&who)?;
        if self.phase == Phase::Completing {
            return Err(ResponseError::RebalanceInProgress);
        }
        self.keep(who.member_id, now);
        Ok(())
    }

    fn keep(&mut self, member_id: &StrBytes, now: Instant) {
        if let Some(member) = self.members.get_mut(member_id) {
            member.expires = now + member.about.session_timeout;
        }
    }

    fn check_member(&self, member_id: &StrBytes, instance_id: Option<&StrBytes>) -> Result<(), ResponseError> {
        if let Some(instance) = instance_id {
            match self.instances.get(instance) {
                None => return Err(ResponseError::UnknownMemberId),
                Some(id) if id != member_id => return Err(ResponseError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(ResponseError::UnknownMemberId) }
    }

    fn check(&self, who: &Identity<'_>) -> Result<(), ResponseError> {
        self.check_member(who.member_id, who.instance_id)?;
        if who.generation != self.generation { Err(ResponseError::IllegalGeneration) } else { Ok(()) }
    }
}

/// Updates the data of a member that joins again.
fn update(member: &mut Member, about: Joining) {
    member.about.protocols = about.protocols;
    member.about.rebalance_timeout = about.rebalance_timeout;
    member.about.session_timeout = about.session_timeout;
}
