//! The connections being served, and which of them is closed for another when there are too many.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::sync::lock;

/// A connection that has not sent a whole request this long after it was opened may be closed for another.
const SILENT_AFTER: Duration = Duration::from_secs(1);
/// A connection that has not sent a whole request for this long may be closed for another.
const UNUSED_AFTER: Duration = Duration::from_secs(60);
/// Refusals are logged at most this often.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The connections of a broker.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    served: Mutex<Served>,
    refused: AtomicU64,
    displaced: AtomicU64,
    log: Mutex<LogThrottle>,
}

#[derive(Debug, Default)]
struct Served {
    next_id: u64,
    by_id: HashMap<u64, Arc<Connection>>,
}

/// One connection.
#[derive(Debug)]
struct Connection {
    turn: Mutex<Turn>,
    displaced: Notify,
}

/// Whose turn it is on a connection.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The client's, since it connected.
    First(Instant),
    /// The client's, since its last request was answered.
    Client(Instant),
    /// The broker's.
    Broker,
}

impl Connections {
    /// Serves at most `most` connections at the same time.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            served: Mutex::default(),
            refused: AtomicU64::new(0),
            displaced: AtomicU64::new(0),
            log: Mutex::default(),
        })
    }

    /// Admits a connection, replacing an unused one if there are too many; `None` if all are in use.
    pub(crate) fn admit(self: &Arc<Self>, peer: SocketAddr) -> Option<Admitted> {
        let now = Instant::now();
        let mut served = lock(&self.served);
        if served.by_id.len() >= self.most {
            let Some(id) = served.least_used(now) else {
                drop(served);
                self.refuse(peer, &format!("{} are in use, the most served at the same time", self.most));
                return None;
            };
            // It is no longer counted; its task ends as soon as it is scheduled.
            if let Some(connection) = served.by_id.remove(&id) {
                connection.displaced.notify_one();
            }
            self.displaced.fetch_add(1, Ordering::Relaxed);
        }
        let id = served.next_id;
        served.next_id += 1;
        let connection = Arc::new(Connection { turn: Mutex::new(Turn::First(now)), displaced: Notify::new() });
        served.by_id.insert(id, Arc::clone(&connection));
        drop(served);
        Some(Admitted { connections: Arc::clone(self), connection, id })
    }

    /// Counts a connection that was closed at once; logged at most once an interval.
    pub(crate) fn refuse(&self, peer: SocketAddr, reason: &str) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(count) = lock(&self.log).count(Instant::now()) {
            tracing::warn!("refused {count} connections, the last one from {peer}: {reason}");
        }
    }

    /// Connections being served.
    pub(crate) fn served(&self) -> usize {
        lock(&self.served).by_id.len()
    }

    /// Connections closed at once because all were in use.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Unused connections closed because another needed their place.
    pub(crate) fn displaced(&self) -> u64 {
        self.displaced.load(Ordering::Relaxed)
    }
}

impl Served {
    /// The connection to close: first one that never sent a request, then the one unused for longest.
    fn least_used(&self, now: Instant) -> Option<u64> {
        let unused = self.by_id.iter().filter_map(|(&id, connection)| match *lock(&connection.turn) {
            Turn::First(since) => Some((true, since, id)).filter(|_| now.duration_since(since) >= SILENT_AFTER),
            Turn::Client(since) => Some((false, since, id)).filter(|_| now.duration_since(since) >= UNUSED_AFTER),
            Turn::Broker => None,
        });
        unused.min_by_key(|&(is_first, since, _)| (!is_first, since)).map(|(.., id)| id)
    }
}

/// A connection that is being served, until this is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    connections: Arc<Connections>,
    connection: Arc<Connection>,
    id: u64,
}

impl Admitted {
    /// A request has arrived.
    pub(crate) fn request_arrived(&self) {
        *lock(&self.connection.turn) = Turn::Broker;
    }

    /// It has been answered.
    pub(crate) fn request_answered(&self) {
        *lock(&self.connection.turn) = Turn::Client(Instant::now());
    }

    /// Waits until another connection needs the place.
    pub(crate) async fn displaced(&self) {
        self.connection.displaced.notified().await;
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        lock(&self.connections.served).by_id.remove(&self.id);
    }
}

/// Limits how often something is logged, and counts what was left out.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle {
    logged_at: Option<Instant>,
    unlogged: u64,
}

impl LogThrottle {
    /// Counts one more; returns the number to report if the interval is over.
    pub(crate) fn count(&mut self, now: Instant) -> Option<u64> {
        self.unlogged += 1;
        if self.logged_at.is_some_and(|at| now.duration_since(at) < LOG_INTERVAL) {
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

    fn ago(duration: Duration) -> Instant {
        Instant::now().checked_sub(duration).unwrap()
    }

    fn set(connections: &Arc<Connections>, admitted: &Admitted, turn: Turn) {
        let served = lock(&connections.served);
        *lock(&served.by_id[&admitted.id].turn) = turn;
    }

    #[test]
    fn silent_connections_make_room_before_unused_ones_and_those_in_use_never() {
        let connections = Connections::new(4);
        let admitted: Vec<_> = (0..4).map(|_| connections.admit(PEER).unwrap()).collect();
        for connection in &admitted {
            connection.request_arrived();
        }
        assert!(connections.admit(PEER).is_none());
        admitted[0].request_answered();
        assert!(connections.admit(PEER).is_none());
        assert_eq!((connections.served(), connections.refused(), connections.displaced()), (4, 2, 0));
        set(&connections, &admitted[1], Turn::Client(ago(UNUSED_AFTER * 3)));
        set(&connections, &admitted[2], Turn::Client(ago(UNUSED_AFTER * 2)));
        set(&connections, &admitted[3], Turn::First(ago(SILENT_AFTER)));
        let mut newer: Vec<_> = (0..3)
            .map(|_| {
                let newer = connections.admit(PEER).unwrap();
                newer.request_arrived();
                newer
            })
            .collect();
        let left: Vec<_> = lock(&connections.served).by_id.keys().copied().collect();
        assert!(left.contains(&admitted[0].id) && !admitted[1..].iter().any(|gone| left.contains(&gone.id)));
        assert!(connections.admit(PEER).is_none());
        assert_eq!((connections.served(), connections.refused(), connections.displaced()), (4, 3, 3));
        // A displaced connection frees no second place when its task ends.
        drop(admitted);
        assert_eq!(connections.served(), 3);
        newer.clear();
        assert_eq!(connections.served(), 0);
    }

    #[test]
    fn what_happens_often_is_reported_with_its_count_once_an_interval() {
        let mut throttle = LogThrottle::default();
        let now = Instant::now();
        assert_eq!(throttle.count(now), Some(1));
        assert_eq!((throttle.count(now), throttle.count(now + LOG_INTERVAL / 2)), (None, None));
        assert_eq!(throttle.count(now + LOG_INTERVAL), Some(3));
        assert_eq!(throttle.count(now + LOG_INTERVAL), None);
    }
}
