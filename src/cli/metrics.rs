//! Options of the metrics server.

#[cfg(feature = "metrics")]
use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;

#[cfg(feature = "metrics")]
use super::plans::seconds;
#[cfg(feature = "metrics")]
use super::value::number;
use super::{Cli, Command, UsageError};
use crate::observe::MetricsRequest;

/// Watching the run over HTTP.
#[derive(Args, Debug, Default)]
pub(super) struct MetricsArgs {
    /// Serve the figures of the run: http://ADDRESS:PORT/metrics for Prometheus, and a live page at /. Without passwords
    /// or encryption, so listen on a loopback address such as 127.0.0.1:9464; port 0 chooses a free port
    #[cfg(feature = "metrics")]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address, help_heading = "Metrics")]
    metrics_listen: Option<SocketAddr>,
    /// After the run, wait until its final figures have been scraped, at most this long [default: 0]
    #[cfg(feature = "metrics")]
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = number,
        requires = "metrics_listen",
        help_heading = "Metrics",
        allow_hyphen_values = true
    )]
    metrics_linger: Option<f64>,
}

#[cfg(feature = "metrics")]
fn address(text: &str) -> Result<SocketAddr, String> {
    let local = || Some(SocketAddr::from((Ipv4Addr::LOCALHOST, text.strip_prefix("localhost:")?.parse().ok()?)));
    text.parse()
        .ok()
        .or_else(local)
        .ok_or_else(|| "expected an IP address and a port, such as 127.0.0.1:9464".to_owned())
}

impl Cli {
    /// What is asked for of the metrics server.
    ///
    /// # Errors
    /// A time that is too long.
    pub fn metrics(&self) -> Result<Option<MetricsRequest>, UsageError> {
        match &self.command {
            _ if self.is_dry_run() => Ok(None),
            None => self.stream.metrics.request(),
            Some(Command::Stream(args)) => args.metrics.request(),
            Some(Command::Produce(args)) => args.metrics.request(),
            Some(Command::Consume(args)) => args.metrics.request(),
            Some(Command::Benchmark(args)) => args.metrics.request(),
            Some(Command::Lag(args)) => args.metrics.request(),
            Some(_) => Ok(None),
        }
    }
}

impl MetricsArgs {
    #[cfg(feature = "metrics")]
    fn request(&self) -> Result<Option<MetricsRequest>, UsageError> {
        let linger = seconds("--metrics-linger", self.metrics_linger.unwrap_or(0.0))?;
        Ok(self.metrics_listen.map(|listen| MetricsRequest { listen, linger }))
    }

    #[cfg(not(feature = "metrics"))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)]
    fn request(&self) -> Result<Option<MetricsRequest>, UsageError> {
        Ok(None)
    }
}
