//! How the broker is, and the test of a connection.

use std::time::Duration;

use eframe::egui::Context;

use super::dialog::ConnectionDialog;
use super::settings::{SavedConnection, Secret, Secrets};
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::broker::BrokerKind;
use kafka_image_bench_core::broker::check::{ConnectionProblem, ConnectionReport, check_connection};
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// For how long a connection is tried.
const CHECK_TIMEOUT: Duration = Duration::from_secs(8);

/// What came of trying a connection.
pub type CheckResult = Result<ConnectionReport, ConnectionProblem>;

/// The broker that is chosen, as far as it is known.
#[derive(Default)]
pub struct BrokerState {
    /// How it is.
    pub status: BrokerStatus,
    /// Where clients connect, once that is known.
    pub bootstrap_servers: Option<String>,
    /// Passwords, in memory only.
    pub secrets: Secrets,
    /// The connection that was forgotten last, to bring it back.
    pub forgotten: Option<(SavedConnection, Secret)>,
    /// The connection that is edited.
    pub dialog: Option<ConnectionDialog>,
    /// Of the broker that is chosen.
    check: Option<Job<CheckResult>>,
}

/// How a broker is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BrokerStatus {
    /// It is being started, or asked.
    #[default]
    Starting,
    /// It serves.
    Ready(BrokerKind),
    /// It cannot be had: in short, and what to do.
    Failed(String, String),
    /// It went away during a run.
    Down,
}

impl BrokerStatus {
    /// How grave that is, and its word.
    pub fn shown(&self) -> (Severity, &'static str) {
        match self {
            Self::Starting => (Severity::Info, "connecting"),
            Self::Ready(BrokerKind::EmbeddedElsewhere) => (Severity::Ok, "ready, in another program"),
            Self::Ready(_) => (Severity::Ok, "ready"),
            Self::Failed(..) => (Severity::Error, "not reachable"),
            Self::Down => (Severity::Warning, "down, waiting"),
        }
    }
}

impl BrokerState {
    /// Begins to ask whether a cluster answers.
    pub fn check(&mut self, ctx: &Context, bootstrap_servers: String, properties: Vec<(String, String)>) {
        self.status = BrokerStatus::Starting;
        self.check = Some(start_check(ctx, bootstrap_servers, properties));
    }

    /// Forgets what was asked.
    pub fn forget_check(&mut self) {
        self.check = None;
    }

    /// Takes the answer. Some: what the broker's status has become.
    pub fn poll(&mut self) -> Option<&BrokerStatus> {
        let status = match job::take(&mut self.check, "the broker was asked")? {
            Ok(Ok(_)) => BrokerStatus::Ready(BrokerKind::External),
            Ok(Err(problem)) => BrokerStatus::Failed(problem.summary, problem.what_to_do),
            Err(fault) => BrokerStatus::Failed(fault, String::new()),
        };
        self.status = status;
        Some(&self.status)
    }
}

/// Tries a connection off the window's thread.
pub fn start_check(ctx: &Context, bootstrap_servers: String, properties: Vec<(String, String)>) -> Job<CheckResult> {
    Job::start("connection-test", ctx, move |_| {
        let client = ClientSettings { properties, ..ClientSettings::default() };
        check_connection(&bootstrap_servers, &client, CHECK_TIMEOUT)
    })
}

/// The name under which the system keyring keeps passwords.
const KEYRING_SERVICE: &str = "kafka-image-bench";

/// Looks for the passwords that the system keyring keeps.
pub fn load_passwords(ctx: &Context, connections: &[SavedConnection]) -> Option<Job<Vec<(String, String)>>> {
    let names: Vec<String> = connections.iter().filter(|one| one.keep_password).map(|one| one.name.clone()).collect();
    if names.is_empty() {
        return None;
    }
    Some(Job::start("keyring", ctx, move |_| {
        names
            .into_iter()
            .filter_map(|name| {
                let password = keyring::v1::Entry::new(KEYRING_SERVICE, &name).and_then(|entry| entry.get_password());
                match password {
                    Ok(password) => Some((name, password)),
                    Err(error) => {
                        tracing::info!("the keyring has no password for a connection: {error}");
                        None
                    }
                }
            })
            .collect()
    }))
}

/// Gives a password to the system keyring, where it is to keep it. The result is what to tell, where that failed.
pub fn store_password(ctx: &Context, connection: &SavedConnection, secret: &Secret) -> Option<Job<Option<String>>> {
    if !connection.keep_password {
        return None;
    }
    let (name, password) = (connection.name.clone(), secret.password.clone());
    Some(Job::start("keyring", ctx, move |_| {
        let stored = keyring::v1::Entry::new(KEYRING_SERVICE, &name).and_then(|entry| entry.set_password(&password));
        stored.err().map(|error| format!("The system keyring did not take the password ({error})"))
    }))
}

/// Takes a password back from the system keyring.
pub fn forget_password(ctx: &Context, connection: &SavedConnection) -> Job<Option<String>> {
    let name = connection.name.clone();
    Job::start("keyring", ctx, move |_| {
        let gone = keyring::v1::Entry::new(KEYRING_SERVICE, &name).and_then(|entry| entry.delete_credential());
        gone.err().map(|error| format!("The system keyring did not give the password back ({error})"))
    })
}
