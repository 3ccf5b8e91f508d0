//! Consumer groups: the registry, the task for each group's deadlines, and the committed offsets.

mod machine;
mod member;
mod memory;
#[cfg(test)]
mod model_tests;
mod offsets;
mod requests;
mod subscription;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::files;
use crate::sync::lock;
use machine::Group;
pub(crate) use machine::Settings;
use member::Reply;
pub(crate) use member::{Described, Identity, Joined, Joining, Synced};
pub(crate) use memory::copied;
use memory::{GROUP_BYTES, GroupMemory, Share, copied_bytes};
pub(crate) use offsets::{Committed, Offsets};

#[derive(Debug)]
struct Watched {
    group: Mutex<Group>,
    /// The memory that it uses.
    share: Share,
    /// Notified when the next deadline may be earlier.
    changed: Notify,
    /// The task that keeps the deadlines.
    task: OnceLock<AbortHandle>,
}

impl Watched {
    /// Changes the group, and records the memory that it uses afterwards.
    fn change<T>(&self, change: impl FnOnce(&mut Group) -> T) -> T {
        let mut group = lock(&self.group);
        let done = change(&mut group);
        self.share.set(group.bytes());
        done
    }
}

type Registry = Arc<Mutex<HashMap<StrBytes, Arc<Watched>>>>;

/// All groups that have members, are about to, or had some until recently.
#[derive(Debug)]
pub(crate) struct Groups {
    settings: Settings,
    registry: Registry,
    memory: Arc<GroupMemory>,
}

impl Groups {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, registry: Registry::default(), memory: Arc::default() }
    }

    /// Joins a group, creating it if needed; waits until all members have joined.
    pub(crate) async fn join(&self, group_id: &StrBytes, about: Joining) -> Joined {
        let about = about.copied();
        let member_id = about.member_id.clone();
        if !self.settings.session_timeouts.contains(&about.session_timeout) {
            return Joined::refused(ResponseError::InvalidSessionTimeout, member_id);
        }
        if !self.memory.has_space_for(GROUP_BYTES + about.bytes()) {
            return Joined::refused(ResponseError::GroupMaxSizeReached, member_id);
        }
        let reply = {
            let mut groups = lock(&self.registry);
            let watched = match groups.get(group_id) {
                Some(watched) => Arc::clone(watched),
                None if !member_id.is_empty() => return Joined::refused(ResponseError::UnknownMemberId, member_id),
                None => {
                    let watched = Arc::new(Watched {
                        group: Mutex::new(Group::new(self.settings.clone(), Instant::now())),
                        share: Share::new(&self.memory),
                        changed: Notify::new(),
                        task: OnceLock::new(),
                    });
                    let group_id = copied(group_id);
                    groups.insert(group_id.clone(), Arc::clone(&watched));
                    let watching = watch(Arc::clone(&self.registry), group_id, Arc::clone(&watched));
                    let _ = watched.task.set(tokio::spawn(watching).abort_handle());
                    watched
                }
            };
            // Still under the registry's lock, so that the group is not removed in between.
            let name = about.instance_id.as_ref().unwrap_or(&about.client_id);
            let new_id = StrBytes::from_string(format!("{}-{:032x}", name.as_str(), files::random_id()));
            let reply = watched.change(|group| group.join(about, new_id, Instant::now()));
            watched.changed.notify_one();
            reply
        };
        settle(reply).await.unwrap_or_else(|| Joined::refused(ResponseError::CoordinatorNotAvailable, member_id))
    }

    /// Gets a member's assignment; waits until the leader has sent it. `protocol` is the type and name that the member
    /// expects, if it sends them.
    pub(crate) async fn sync(
        &self,
        group_id: &StrBytes,
        who: Identity<'_>,
        protocol: (Option<&StrBytes>, Option<&StrBytes>),
        assignments: Vec<(StrBytes, Bytes)>,
    ) -> Synced {
        let watched = self.get(group_id).ok_or(ResponseError::UnknownMemberId)?;
        let bytes = assignments.iter().map(|(_, assignment)| assignment.len()).sum();
        if !assignments.is_empty() && !self.memory.has_space_for(bytes) {
            // As Kafka, for data that is too large for its topic of groups.
            return Err(ResponseError::UnknownServerError);
        }
        let assignments = assignments.into_iter().map(|(id, assignment)| (id, copied_bytes(&assignment))).collect();
        let reply = watched.change(|group| group.sync(who, protocol, assignments, Instant::now()));
        watched.changed.notify_one();
        settle(reply).await.unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    pub(crate) fn heartbeat(&self, group_id: &StrBytes, who: Identity<'_>) -> Result<(), ResponseError> {
        let watched = self.get(group_id).ok_or(ResponseError::UnknownMemberId)?;
        lock(&watched.group).heartbeat(who, Instant::now())
    }

    /// Removes members, each given by member id, instance id, or both.
    pub(crate) fn leave(
        &self,
        group_id: &StrBytes,
        who: &[(StrBytes, Option<StrBytes>)],
    ) -> Vec<Result<(), ResponseError>> {
        let Some(watched) = self.get(group_id) else {
            return vec![Err(ResponseError::UnknownMemberId); who.len()];
        };
        let left = watched.change(|group| group.leave(who, Instant::now()));
        watched.changed.notify_one();
        left
    }

    /// Whether offsets may be committed. A member of a group that is not in the registry is answered as one whose session
    /// has expired, so that it joins again. Kafka answers `GROUP_ID_NOT_FOUND`, but only after the group was deleted: it
    /// reads its groups again after a restart, and this broker does not. The Java consumer stops at that error.
    pub(crate) fn may_commit(&self, group_id: &StrBytes, who: Identity<'_>) -> Result<(), ResponseError> {
        match self.get(group_id) {
            Some(watched) => lock(&watched.group).may_commit(who, Instant::now()),
            None if who.generation < 0 => Ok(()),
            None => Err(ResponseError::UnknownMemberId),
        }
    }

    /// Runs `look` on a group; `None` if it has no members (it may still have committed offsets).
    fn look<T>(&self, group_id: &StrBytes, look: impl FnOnce(&Group) -> T) -> Option<T> {
        self.get(group_id).map(|watched| look(&lock(&watched.group)))
    }

    /// Describes a group; `None` if it is not in the registry.
    pub(crate) fn describe(&self, group_id: &StrBytes) -> Option<Described> {
        self.look(group_id, Group::describe)
    }

    /// Which of `topics` have offsets that must stay, because a member subscribes to them; `None` if the group is
    /// not in the registry.
    ///
    /// # Errors
    ///
    /// When the members are not consumers, so that their subscriptions are unknown.
    pub(crate) fn subscribed<'a>(
        &self,
        group_id: &StrBytes,
        topics: impl Iterator<Item = &'a str>,
    ) -> Option<Result<Vec<bool>, ResponseError>> {
        self.look(group_id, |group| group.subscribed(topics))
    }

    /// Removes a group that has no members; returns whether it was in the registry.
    ///
    /// # Errors
    ///
    /// When it has members.
    pub(crate) fn forget(&self, group_id: &StrBytes) -> Result<bool, ResponseError> {
        let mut groups = lock(&self.registry);
        let Some(watched) = groups.get(group_id) else { return Ok(false) };
        if !lock(&watched.group).is_empty() {
            return Err(ResponseError::NonEmptyGroup);
        }
        if let Some(task) = watched.task.get() {
            task.abort();
        }
        groups.remove(group_id);
        Ok(true)
    }

    /// The groups in the registry.
    pub(crate) fn ids(&self) -> Vec<StrBytes> {
        lock(&self.registry).keys().cloned().collect()
    }

    fn get(&self, group_id: &StrBytes) -> Option<Arc<Watched>> {
        lock(&self.registry).get(group_id).cloned()
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for watched in lock(&self.registry).values() {
            if let Some(task) = watched.task.get() {
                task.abort();
            }
        }
    }
}

async fn settle<T>(reply: Reply<T>) -> Option<T> {
    match reply {
        Reply::Now(answer) => Some(answer),
        Reply::Later(receiver) => receiver.await.ok(),
    }
}

/// Watches a group's deadlines until it has been empty long enough, then removes it from the registry.
async fn watch(registry: Registry, group_id: StrBytes, watched: Arc<Watched>) {
    loop {
        let deadline = {
            let mut groups = lock(&registry);
            let now = Instant::now();
            let (is_forgettable, deadline) = watched.change(|group| {
                group.tick(now);
                (group.is_forgettable(now), group.next_deadline())
            });
            if is_forgettable {
                groups.remove(&group_id);
                return;
            }
            deadline
        };
        match deadline {
            Some(deadline) => tokio::select! {
                () = tokio::time::sleep_until(deadline) => {}
                () = watched.changed.notified() => {}
            },
            None => watched.changed.notified().await,
        }
    }
}
