//! In a build without the feature `metrics`: no option asks for a server, and none is ever made.

use std::io;

use crossbeam_channel::Receiver;

use super::MetricsRequest;
use kafka_image_bench_core::engine::plan::Plan;
use kafka_image_bench_core::engine::{Engine, Event};

/// Never made.
pub enum Listening {}

/// Never made.
pub enum MetricsServer {}

impl Listening {
    /// See the build with the feature.
    ///
    /// # Errors
    /// Always.
    pub fn new(_request: MetricsRequest) -> Result<Self, String> {
        Err("this build of the program has no metrics server".to_owned())
    }

    /// Never called.
    pub fn has_chosen_port(&self) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn announcements(&self) -> Vec<String> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub fn serve(self, _plan: &Plan, _engine: &Engine) -> io::Result<MetricsServer> {
        match self {}
    }
}

impl MetricsServer {
    /// Never called.
    pub fn note(&self, _event: &Event) {
        match *self {}
    }

    /// Never called.
    pub fn linger(&self, _interrupted: &Receiver<()>) {
        match *self {}
    }
}
