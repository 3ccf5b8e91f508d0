//! Watching a run that has no window, over HTTP: its figures in Prometheus' text format, and a live page. Read only.

#[cfg(feature = "metrics")]
mod exposition;
#[cfg(feature = "metrics")]
mod families;
#[cfg(feature = "metrics")]
mod page;
#[cfg(feature = "metrics")]
mod server;
#[cfg(feature = "metrics")]
mod service;
#[cfg(feature = "metrics")]
mod watched;

#[cfg(not(feature = "metrics"))]
mod absent;

#[cfg(not(feature = "metrics"))]
pub use absent::{Listening, MetricsServer};
#[cfg(feature = "metrics")]
pub use service::{Listening, MetricsServer};

use std::net::SocketAddr;
use std::time::Duration;

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricsRequest {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How long to wait after the end of the run for the final figures to be scraped.
    pub linger: Duration,
}
