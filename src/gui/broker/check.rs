//! Tries a connection, in a thread.

use std::time::Duration;

use eframe::egui::Context;

use crate::gui::workers::job::Job;
use kafka_image_bench_core::broker::check::{ConnectionProblem, ConnectionReport, check_connection};
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// For how long a connection is tried.
pub(super) const CHECK_TIMEOUT: Duration = Duration::from_secs(8);

/// The result of trying a connection.
pub type CheckResult = Result<ConnectionReport, ConnectionProblem>;

/// Starts to try a connection.
pub fn start_check(ctx: &Context, bootstrap_servers: String, properties: Vec<(String, String)>) -> Job<CheckResult> {
    Job::start("connection-test", ctx, move |_| {
        let client = ClientSettings { properties, ..ClientSettings::default() };
        check_connection(&bootstrap_servers, &client, CHECK_TIMEOUT)
    })
}
