//! The requests of members to the model.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError::{self, *};
use kafka_protocol::protocol::StrBytes;

use super::super::member::Joining;
use super::model::{Answer, At, Claim, Model, Peer, State, Ticket};

const NEW_MEMBER_JOIN_TIMEOUT: At = Duration::from_secs(300);

impl Model {
    pub(super) fn join(&mut self, ticket: Ticket, mut about: Joining, new_id: StrBytes, now: At) {
        let id = about.member_id.clone();
        if !self.has_space_for(&id) {
            self.remove(&id);
            self.maybe_complete_join(now);
            self.refuse(ticket, GroupMaxSizeReached, &StrBytes::default());
        } else if !self.supports(&about) {
            self.refuse(ticket, InconsistentGroupProtocol, &id);
        } else if id.is_empty() {
            about.member_id = new_id.clone();
            match about.instance_id.as_ref().map(|instance| self.holder(instance)) {
                Some(Some(old)) => self.replace(ticket, &old, about, now),
                None if about.can_retry_with_id => {
                    self.pending.insert(new_id.clone(), now + about.session_timeout);
                    self.refuse(ticket, MemberIdRequired, &new_id);
                }
                _ => self.add(ticket, about, now),
            }
        } else if about.instance_id.is_none() && self.pending.remove(&id).is_some() {
            self.add(ticket, about, now);
        } else if let Err(error) = self.validate(&id, about.instance_id.as_ref()) {
            self.refuse(ticket, error, &id);
        } else {
            self.rejoin(ticket, about, now);
        }
    }

    fn has_space_for(&self, id: &StrBytes) -> bool {
        match self.state {
            State::Empty => true,
            State::PreparingRebalance => {
                self.peers.get(id).is_some_and(|peer| peer.join.is_some())
                    || self.peers.values().filter(|peer| peer.join.is_some()).count() < self.max_size
            }
            _ => self.peers.contains_key(id) || self.peers.len() < self.max_size,
        }
    }

    fn supports(&self, about: &Joining) -> bool {
        if self.state == State::Empty {
            return !about.protocol_type.is_empty() && !about.protocols.is_empty();
        }
        about.protocol_type == self.protocol_type && about.protocols.iter().any(|(name, _)| self.is_common(name))
    }

    fn add(&mut self, ticket: Ticket, about: Joining, now: At) {
        let id = about.member_id.clone();
        if self.peers.is_empty() {
            (self.protocol_type, self.leader) = (about.protocol_type.clone(), id.clone());
        }
        if let Some((_, _, has_grown)) = &mut self.initial {
            *has_grown = true;
        }
        let expires = now + NEW_MEMBER_JOIN_TIMEOUT;
        let peer = Peer { about, assignment: Bytes::new(), join: Some(ticket), sync: None, expires, is_new: true };
        self.peers.insert(id, peer);
        self.rebalance_or_complete_join(now);
    }

    fn replace(&mut self, ticket: Ticket, old: &StrBytes, about: Joining, now: At) {
        let id = about.member_id.clone();
        let mut peer = self.peers.remove(old).unwrap();
        self.refuse_waiting(&mut peer, FencedInstanceId, old);
        peer.is_new = false;
        peer.expires = now + peer.about.session_timeout;
        peer.about = about.clone();
        self.peers.insert(id.clone(), peer);
        let old_leader = self.leader.clone();
        if self.leader == *old {
            self.leader = id.clone();
        }
        if self.unsynced.remove(old) {
            self.unsynced.insert(id.clone());
        }
        if self.state == State::Stable && self.vote() == self.protocol {
            let mut joined = self.joined(&id);
            if about.can_skip_assignment {
                joined.skip_assignment = self.leader == id;
            } else {
                (joined.leader, joined.members) = (old_leader, Vec::new());
            }
            self.answers.insert(ticket, Answer::Join(joined));
        } else {
            self.peers.get_mut(&id).unwrap().join = Some(ticket);
            self.rebalance_or_complete_join(now);
        }
    }

    fn rejoin(&mut self, ticket: Ticket, about: Joining, now: At) {
        let id = about.member_id.clone();
        let is_changed = self.peers[&id].about.protocols != about.protocols;
        let asks_for_rebalance = match self.state {
            State::Stable => is_changed || self.leader == id,
            State::CompletingRebalance => is_changed,
            _ => true,
        };
        if !asks_for_rebalance {
            self.answers.insert(ticket, Answer::Join(self.joined(&id)));
            return;
        }
        let peer = self.peers.get_mut(&id).unwrap();
        peer.about = Joining { instance_id: peer.about.instance_id.clone(), ..about };
        self.answers.extend(peer.join.replace(ticket).map(|ticket| (ticket, Answer::Lost)));
        self.rebalance_or_complete_join(now);
    }

    pub(super) fn sync(
        &mut self,
        ticket: Ticket,
        who: &Claim,
        protocol: Option<&StrBytes>,
        assignments: &[(StrBytes, Bytes)],
        now: At,
    ) {
        let refused = match self.check(who) {
            Ok(()) if protocol.is_some_and(|name| *name != self.protocol) => Err(InconsistentGroupProtocol),
            Ok(()) if self.state == State::PreparingRebalance => Err(RebalanceInProgress),
            checked => checked,
        };
        if let Err(error) = refused {
            self.answers.insert(ticket, Answer::Sync(Err(error)));
            return;
        }
        self.unsynced.remove(&who.id);
        let peer = self.peers.get_mut(&who.id).unwrap();
        let names = (self.protocol_type.clone(), self.protocol.clone());
        let answered = |peer: &Peer| Answer::Sync(Ok((peer.assignment.clone(), names.0.clone(), names.1.clone())));
        if self.state == State::Stable {
            self.answers.insert(ticket, answered(peer));
            return;
        }
        self.answers.extend(peer.sync.replace(ticket).map(|ticket| (ticket, Answer::Lost)));
        if self.leader == who.id {
            self.state = State::Stable;
            for (id, peer) in &mut self.peers {
                let given = assignments.iter().rfind(|(given, _)| given == id);
                peer.assignment = given.map(|(_, assignment)| assignment.clone()).unwrap_or_default();
                if let Some(ticket) = peer.sync.take() {
                    peer.expires = now + peer.about.session_timeout;
                    self.answers.insert(ticket, answered(peer));
                }
            }
        }
    }

    fn check(&self, who: &Claim) -> Result<(), ResponseError> {
        self.validate(&who.id, who.instance.as_ref())?;
        if who.generation == self.generation { Ok(()) } else { Err(IllegalGeneration) }
    }

    pub(super) fn heartbeat(&mut self, who: &Claim, now: At) -> Result<(), ResponseError> {
        self.check(who)?;
        self.keep(&who.id, now);
        if self.state == State::PreparingRebalance { Err(RebalanceInProgress) } else { Ok(()) }
    }

    fn keep(&mut self, id: &StrBytes, now: At) {
        let peer = self.peers.get_mut(id).unwrap();
        peer.expires = now + peer.about.session_timeout;
    }

    pub(super) fn leave(&mut self, who: &[(StrBytes, Option<StrBytes>)], now: At) -> Vec<Result<(), ResponseError>> {
        let mut left = Vec::new();
        for (id, instance) in who {
            let holder = instance.as_ref().and_then(|instance| self.holder(instance));
            let found = match holder {
                Some(holder) if id.is_empty() => Ok(holder),
                _ if self.pending.contains_key(id) => Ok(id.clone()),
                _ => self.validate(id, instance.as_ref()).map(|()| id.clone()),
            };
            left.push(found.map(|id| self.remove(&id)));
        }
        if left.contains(&Ok(())) && self.state != State::Empty {
            self.rebalance_or_complete_join(now);
        }
        left
    }

    pub(super) fn may_commit(&mut self, who: &Claim, now: At) -> Result<(), ResponseError> {
        if who.generation < 0 && self.state == State::Empty {
            return Ok(());
        }
        self.check(who)?;
        if self.state == State::CompletingRebalance {
            return Err(RebalanceInProgress);
        }
        self.keep(&who.id, now);
        Ok(())
    }

    fn validate(&self, id: &StrBytes, instance: Option<&StrBytes>) -> Result<(), ResponseError> {
        match instance.map(|instance| self.holder(instance)) {
            Some(None) => Err(UnknownMemberId),
            Some(Some(holder)) if holder != *id => Err(FencedInstanceId),
            _ if self.peers.contains_key(id) => Ok(()),
            _ => Err(UnknownMemberId),
        }
    }

    /// Whether a consumer subscribes to a topic; an error where the members are not consumers.
    pub(super) fn is_subscribed_to(&self, topic: &str) -> Result<bool, ResponseError> {
        if self.state != State::Empty && !self.is_of_consumers() {
            return Err(NonEmptyGroup);
        }
        Ok(self.topics.as_ref().map_or(self.is_of_consumers(), |topics| topics.contains(topic)))
    }
}
