//! Reports the steps of a check as they pass.

use std::time::{Duration, Instant};

pub use crate::kafka::check_step::CheckStep;
use crate::kafka::connection_log::{ConnectionLog, Milestone, Reached};
use crate::kafka::problem::ConnectionProblem;
use crate::model::client_settings::ClientSettings;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// It passed; what was found.
    Passed(String),
    /// It is not needed, and why.
    Skipped(String),
    /// It failed.
    Failed(Box<ConnectionProblem>),
}

/// News about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepChange {
    /// Which step.
    pub step: CheckStep,
    /// What became of it; `None`: it is in progress.
    pub outcome: Option<StepOutcome>,
    /// How long it took, or zero.
    pub took: Duration,
}

/// Follows a check, and reports its steps.
pub(super) struct Steps<'a> {
    report: &'a mut dyn FnMut(StepChange),
    current: Option<CheckStep>,
    since: Instant,
    protocol: String,
}

impl<'a> Steps<'a> {
    /// Begins with the first step.
    pub(super) fn begin(report: &'a mut dyn FnMut(StepChange)) -> Self {
        let mut steps = Self { report, current: None, since: Instant::now(), protocol: String::new() };
        steps.start(Some(CheckStep::ALL[0]));
        steps
    }

    /// Whether TLS and SASL are steps depends on the security protocol.
    pub(super) fn secured_as(&mut self, client: &ClientSettings) {
        let protocol = client.property("security.protocol").unwrap_or("plaintext");
        self.protocol = protocol.to_ascii_lowercase();
    }

    /// The current step passed just now.
    pub(super) fn pass(&mut self, found: impl Into<String>) {
        self.pass_at(Instant::now(), found.into());
    }

    /// The current step is not needed.
    pub(super) fn skip(&mut self, why: impl Into<String>) {
        self.end(StepOutcome::Skipped(why.into()), Duration::ZERO);
    }

    /// Passes the steps that the client's connection has come through.
    pub(super) fn follow(&mut self, log: &ConnectionLog) {
        let milestones = log.milestones();
        while let Some((reached, found)) = self.current.and_then(|step| ends_with(step, &milestones)) {
            self.pass_at(reached, found);
        }
    }

    /// The cluster has answered: what came before has passed, also if the client did not report it.
    pub(super) fn answered(&mut self) {
        while self.current.is_some_and(|step| step < CheckStep::Metadata) {
            self.pass("");
        }
    }

    /// A step failed: the one in progress, unless the cause belongs to another one.
    pub(super) fn fail(&mut self, step: Option<CheckStep>, problem: ConnectionProblem) {
        let Some(step) = step.or(self.current) else { return };
        let took = if self.current == Some(step) { self.since.elapsed() } else { Duration::ZERO };
        self.current = None;
        (self.report)(StepChange { step, outcome: Some(StepOutcome::Failed(Box::new(problem))), took });
    }

    fn pass_at(&mut self, at: Instant, found: String) {
        let took = at.saturating_duration_since(self.since);
        self.since = self.since.max(at);
        self.end(StepOutcome::Passed(found), took);
    }

    fn end(&mut self, outcome: StepOutcome, took: Duration) {
        let Some(step) = self.current else { return };
        (self.report)(StepChange { step, outcome: Some(outcome), took });
        self.start(step.next());
    }

    fn start(&mut self, step: Option<CheckStep>) {
        self.current = step;
        let Some(step) = step else { return };
        let is_used = match step {
            CheckStep::Tls => self.protocol.ends_with("ssl"),
            CheckStep::SignIn => self.protocol.starts_with("sasl"),
            _ => true,
        };
        if is_used {
            (self.report)(StepChange { step, outcome: None, took: Duration::ZERO });
        } else {
            self.skip(format!("not part of {}", self.protocol.to_ascii_uppercase()));
        }
    }
}

/// When a step of connecting ended, and what was found.
fn ends_with(step: CheckStep, milestones: &[Milestone]) -> Option<(Instant, String)> {
    let needed = match step {
        CheckStep::Resolve => Reached::Address,
        CheckStep::Connect => Reached::Connected,
        CheckStep::Tls => Reached::Encrypted,
        CheckStep::SignIn => Reached::Up,
        _ => return None,
    };
    let found = milestones.iter().find(|one| one.reached >= needed)?;
    Some((found.at, found.address.clone()))
}

#[cfg(test)]
mod tests {
    use rdkafka::client::ClientContext;
    use rdkafka::config::RDKafkaLogLevel;

    use super::*;

    fn client(protocol: &str) -> ClientSettings {
        let properties = vec![("security.protocol".to_owned(), protocol.to_owned())];
        ClientSettings { properties, ..ClientSettings::default() }
    }

    fn note(log: &ConnectionLog, facility: &str, message: &str) {
        log.log(RDKafkaLogLevel::Debug, facility, message);
    }

    /// The name of each step and what became of it.
    fn shown(changes: &[StepChange]) -> Vec<String> {
        let word = |change: &StepChange| match &change.outcome {
            None => "begins".to_owned(),
            Some(StepOutcome::Passed(found)) => format!("passed {found}"),
            Some(StepOutcome::Skipped(why)) => format!("skipped {why}"),
            Some(StepOutcome::Failed(problem)) => format!("failed {}", problem.summary),
        };
        changes.iter().map(|change| format!("{}: {}", change.step.name(), word(change))).collect()
    }

    #[test]
    fn steps_pass_as_the_connection_reports_them() {
        let (mut changes, log) = (Vec::new(), ConnectionLog::default());
        let mut keep = |change| changes.push(change);
        let mut steps = Steps::begin(&mut keep);
        steps.secured_as(&client("SASL_PLAINTEXT"));
        steps.pass("valid");
        steps.follow(&log);
        note(&log, "CONNECT", "b: Connecting to ipv4#127.0.0.1:1 (sasl_plaintext) with socket 7");
        steps.follow(&log);
        note(&log, "CONNECT", "b: Connected to ipv4#127.0.0.1:1");
        note(&log, "STATE", "b: Broker changed state AUTH_REQ -> UP");
        steps.follow(&log);
        steps.answered();
        steps.pass("1 broker");
        steps.fail(None, ConnectionProblem::stated("down".to_owned(), "", String::new()));
        let expected = [
            "Client properties: begins",
            "Client properties: passed valid",
            "Resolve names: begins",
            "Resolve names: passed 127.0.0.1:1",
            "Connect: begins",
            "Connect: passed 127.0.0.1:1",
            "TLS: skipped not part of SASL_PLAINTEXT",
            "Sign in: begins",
            "Sign in: passed ",
            "Metadata: begins",
            "Metadata: passed 1 broker",
            "Every broker: begins",
            "Every broker: failed down",
        ];
        assert_eq!(shown(&changes), expected);
    }

    #[test]
    fn a_cause_belongs_to_its_step() {
        let mut changes = Vec::new();
        let mut keep = |change| changes.push(change);
        let mut steps = Steps::begin(&mut keep);
        steps.secured_as(&client("plaintext"));
        steps.pass("");
        steps.fail(Some(CheckStep::Tls), ConnectionProblem::stated("TLS expected".to_owned(), "", String::new()));
        assert_eq!(shown(&changes).last().map(String::as_str), Some("TLS: failed TLS expected"));
    }
}
