//! Consumer groups: the registry, the task that watches each group's deadlines, and the committed offsets.

mod machine;
mod offsets;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::files::{self, lock};
pub(crate) use machine::{Described, Identity, Joined, Joining, Synced};
use machine::{Group, Reply};
pub(crate) use offsets::{Committed, Offsets};

#[derive(Debug, Default)]
struct Watched {
    group: Mutex<Group>,
    /// Notified when a deadline may have come nearer.
    changed: Notify,
    /// The task that keeps the deadlines.
    task: OnceLock<AbortHandle>,
}

/// All groups that have, or are about to have, members.
#[derive(Debug, Default)]
pub(crate) struct Groups(Arc<Mutex<HashMap<StrBytes, Arc<Watched>>>>);

impl Groups {
    /// Joins a group, which is made where it is missing; waits until its members have gathered.
    pub(crate) async fn join(&self, group_id: &StrBytes, about: Joining) -> Joined {
        let member_id = about.member_id.clone();
        let reply = {
            let mut groups = lock(&self.0);
            let watched = match groups.get(group_id) {
                Some(watched) => Arc::clone(watched),
                None if !member_id.is_empty() => return Joined::refused(ResponseError::UnknownMemberId, member_id),
                None => {
                    let watched = Arc::<Watched>::default();
                    groups.insert(group_id.clone(), Arc::clone(&watched));
                    let task = tokio::spawn(watch(Arc::clone(&self.0), group_id.clone(), Arc::clone(&watched)));
                    let _ = watched.task.set(task.abort_handle());
                    watched
                }
            };
            // Still under the registry's lock, so that the group is not taken out in between.
            let name = about.instance_id.as_ref().unwrap_or(&about.client_id);
            let new_id = StrBytes::from_string(format!("{}-{:032x}", name.as_str(), files::random_id()));
            let reply = lock(&watched.group).join(about, new_id, Instant::now());
            watched.changed.notify_one();
            reply
        };
        settle(reply).await.unwrap_or_else(|| Joined::refused(ResponseError::CoordinatorNotAvailable, member_id))
    }

    /// Gets a member's assignment; waits until the leader has brought it.
    pub(crate) async fn sync(
        &self,
        group_id: &StrBytes,
        who: Identity<'_>,
        protocol: Option<(&StrBytes, &StrBytes)>,
        assignments: Vec<(StrBytes, Bytes)>,
    ) -> Synced {
        let watched = self.get(group_id).ok_or(ResponseError::UnknownMemberId)?;
        let reply = lock(&watched.group).sync(who, protocol, assignments, Instant::now());
        watched.changed.notify_one();
        settle(reply).await.unwrap_or(Err(ResponseError::CoordinatorNotAvailable))
    }

    /// A member says that it is alive.
    pub(crate) fn heartbeat(&self, group_id: &StrBytes, who: Identity<'_>) -> Result<(), ResponseError> {
        let watched = self.get(group_id).ok_or(ResponseError::UnknownMemberId)?;
        lock(&watched.group).heartbeat(who, Instant::now())
    }

    /// A member goes.
    pub(crate) fn leave(
        &self,
        group_id: &StrBytes,
        member_id: &StrBytes,
        instance_id: Option<&StrBytes>,
    ) -> Result<(), ResponseError> {
        let watched = self.get(group_id).ok_or(ResponseError::UnknownMemberId)?;
        let left = lock(&watched.group).leave(member_id, instance_id, Instant::now());
        watched.changed.notify_one();
        left
    }

    /// Whether offsets may be committed.
    pub(crate) fn may_commit(&self, group_id: &StrBytes, who: Identity<'_>) -> Result<(), ResponseError> {
        match self.get(group_id) {
            Some(watched) => lock(&watched.group).may_commit(who, Instant::now()),
            None if who.generation < 0 && who.member_id.is_empty() => Ok(()),
            None if who.generation < 0 => Err(ResponseError::UnknownMemberId),
            None => Err(ResponseError::IllegalGeneration),
        }
    }

    /// A group for people who look at it; `None` where it has no members.
    pub(crate) fn describe(&self, group_id: &StrBytes) -> Option<Described> {
        self.get(group_id).map(|watched| lock(&watched.group).describe())
    }

    /// The groups that have members.
    pub(crate) fn ids(&self) -> Vec<StrBytes> {
        lock(&self.0).keys().cloned().collect()
    }

    fn get(&self, group_id: &StrBytes) -> Option<Arc<Watched>> {
        lock(&self.0).get(group_id).cloned()
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for watched in lock(&self.0).values() {
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

/// Keeps a group's deadlines until it is empty, and takes it out of the registry then.
async fn watch(groups: Arc<Mutex<HashMap<StrBytes, Arc<Watched>>>>, group_id: StrBytes, watched: Arc<Watched>) {
    loop {
        let deadline = {
            let mut groups = lock(&groups);
            let mut group = lock(&watched.group);
            group.tick(Instant::now());
            if group.is_empty() {
                groups.remove(&group_id);
                return;
            }
            group.next_deadline()
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
