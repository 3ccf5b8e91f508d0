//! Leaving a consumer group.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, ConsumerContext};

/// Leaves the group, after the client has committed the stored offsets, and destroys the client. Without a broker that
/// can block indefinitely: after `patience()`, which is evaluated again and again, the drop moves to another thread.
pub fn close<C: ConsumerContext + 'static>(name: &str, client: BaseConsumer<C>, patience: impl Fn() -> Duration) {
    if client.close_queue().is_ok() {
        let started = Instant::now();
        while !client.closed() && started.elapsed() < patience() {
            let _ = client.poll(Duration::from_millis(20));
        }
    }
    if client.closed() {
        return drop(client);
    }
    tracing::warn!("{name}: the broker did not confirm that the member leaves; its session will time out");
    let dropping = thread::Builder::new().name(format!("{name}-drop")).spawn(move || drop(client));
    if let Err(error) = dropping {
        tracing::warn!("{name}: {error}");
    }
}
