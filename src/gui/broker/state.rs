//! The state of the chosen broker.

use eframe::egui::Context;

use super::check::{CheckResult, start_check};
use super::connection_edit::ConnectionEdit;
use super::keyring;
use super::local_probe::LocalProbe;
use super::settings::{SavedConnection, Secret, Secrets};
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::broker::BrokerKind;

/// The broker that is chosen, as far as it is known.
#[derive(Default)]
pub struct BrokerState {
    /// Its status.
    pub status: BrokerStatus,
    /// Where clients connect, once that is known.
    pub bootstrap_servers: Option<String>,
    /// Passwords, in memory only.
    pub secrets: Secrets,
    /// The connection that was forgotten last, to bring it back.
    pub forgotten: Option<(SavedConnection, Secret)>,
    /// The connection that is edited.
    pub dialog: Option<ConnectionEdit>,
    /// Whether a broker answers on this computer.
    pub(super) local: LocalProbe,
    /// Of the broker that is chosen.
    check: Option<Job<CheckResult>>,
    /// Passwords of the system keyring, while they are read.
    passwords: Option<Job<Vec<(String, String)>>>,
    has_asked_keyring: bool,
}

/// The status of a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BrokerStatus {
    /// It is being started, or asked.
    #[default]
    Starting,
    /// It serves.
    Ready(BrokerKind),
    /// It is not available: a summary, and what to do.
    Failed(String, String),
    /// It went away during a run.
    Down,
}

impl BrokerStatus {
    /// Its severity and its word.
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
    /// Starts to ask whether a cluster answers.
    pub fn check(&mut self, ctx: &Context, bootstrap_servers: String, properties: Vec<(String, String)>) {
        self.status = BrokerStatus::Starting;
        self.check = Some(start_check(ctx, bootstrap_servers, properties));
    }

    /// Forgets what was asked.
    pub fn forget_check(&mut self) {
        self.check = None;
    }

    /// Reads passwords from the system keyring, once a launch.
    pub fn load_passwords_once(&mut self, ctx: &Context, connections: &[SavedConnection]) {
        if !std::mem::replace(&mut self.has_asked_keyring, true) {
            self.passwords = keyring::load_passwords(ctx, connections);
        }
    }

    /// Takes the passwords that were read. True: there are new ones.
    pub fn take_passwords(&mut self) -> bool {
        let Some(Ok(passwords)) = job::take(&mut self.passwords, "the keyring was read") else { return false };
        for (name, password) in passwords {
            self.secrets.0.entry(name).or_default().password = password;
        }
        true
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
