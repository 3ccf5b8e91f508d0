//! The server as the front end without a window uses it: listen before the run, serve during it, linger after it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, select};

use super::MetricsRequest;
use super::server::Server;
use super::watched::Watched;
use kafka_image_bench_core::engine::plan::Plan;
use kafka_image_bench_core::engine::{Engine, Event};

/// Time between two readings of the offsets of a run's consumer group.
const GROUP_LAG_INTERVAL: Duration = Duration::from_secs(5);

/// An address that this process listens on, and answers nobody yet.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    request: MetricsRequest,
}

/// Answers requests about a run until it is dropped.
pub struct MetricsServer {
    watched: Arc<Watched>,
    linger: Duration,
    /// The final figures have been scraped.
    scraped: Receiver<()>,
    // Dropped last.
    _server: Server,
}

impl Listening {
    /// Takes the address, so that a run does not begin if it is in use.
    ///
    /// # Errors
    /// A sentence that names the address and what to do.
    pub fn new(request: MetricsRequest) -> Result<Self, String> {
        let wanted = request.listen;
        let listening = TcpListener::bind(wanted).and_then(|listener| Ok((listener.local_addr()?, listener)));
        match listening {
            Ok((address, listener)) => Ok(Self { listener, address, request }),
            Err(error) => {
                let advice = match error.kind() {
                    io::ErrorKind::AddrInUse => {
                        "another program listens there; choose another port, or port 0 for a free one"
                    }
                    io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
                    io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
                    _ => "choose another address",
                };
                Err(format!("--metrics-listen {wanted} cannot be used: {advice} ({error})"))
            }
        }
    }

    /// Whether the port was left to the system.
    pub fn has_chosen_port(&self) -> bool {
        self.request.listen.port() == 0
    }

    /// What to print before the run.
    pub fn announcements(&self) -> Vec<String> {
        announcements(self.address)
    }

    /// Begins to answer, from its own thread.
    ///
    /// # Errors
    /// The thread or its runtime cannot be started.
    pub fn serve(self, plan: &Plan, engine: &Engine) -> io::Result<MetricsServer> {
        let observer = engine.observer();
        observer.read_group_lag(GROUP_LAG_INTERVAL);
        let watched = Arc::new(Watched::new(plan, observer));
        let (is_scraped, scraped) = bounded(1);
        let server = Server::start(self.listener, self.address, Arc::clone(&watched), is_scraped)?;
        Ok(MetricsServer { watched, linger: self.request.linger, scraped, _server: server })
    }
}

impl MetricsServer {
    /// Takes note of an event of the engine.
    pub fn note(&self, event: &Event) {
        self.watched.note(event);
    }

    /// The run has ended: waits until its final figures have been scraped, or `interrupted`, for as long as was asked for.
    pub fn linger(&self, interrupted: &Receiver<()>) {
        if self.linger.is_zero() {
            return;
        }
        select! {
            recv(self.scraped) -> _ => {}
            recv(interrupted) -> _ => {}
            default(self.linger) => {}
        }
    }
}

fn announcements(address: SocketAddr) -> Vec<String> {
    let mut lines =
        vec![format!("Figures of this run: http://{address}/ (page), http://{address}/metrics (Prometheus)")];
    if !address.ip().is_loopback() {
        lines.push(format!(
            "Caution: everyone who can reach {address} can read them; the server has neither passwords nor encryption"
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_others_can_reach_comes_with_a_caution() {
        let lines = |address: &str| announcements(address.parse().unwrap()).len();
        assert_eq!(["127.0.0.1:1", "[::1]:1", "0.0.0.0:1", "192.0.2.1:1", "[::]:1"].map(lines), [1, 1, 2, 2, 2]);
    }
}
