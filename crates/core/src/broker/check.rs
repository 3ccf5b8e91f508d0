//! Checks whether a cluster can be used, and explains in plain words why not.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

use super::address;
use crate::kafka::check::check_settings;
use crate::kafka::client::control_config;
use crate::kafka::connection_log::ConnectionLog;
use crate::kafka::listener;
pub use crate::kafka::problem::ConnectionProblem;
use crate::model::client_settings::ClientSettings;
use crate::model::units::counted;
use crate::run::cancellation::Cancellation;
use steps::Steps;
pub use steps::{CheckStep, StepChange, StepOutcome};
use topic_rights::{Asking, topic_rights};

mod steps;
mod topic_rights;

/// The result of a successful check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionReport {
    /// The brokers by number, as `1 at host:port`: the addresses that they advertise to clients.
    pub brokers: Vec<String>,
    /// The cluster's id, if it reports one.
    pub cluster_id: Option<String>,
    /// Topics that this user may see, without the internal ones (`__…`).
    pub topics: usize,
    /// The version of the brokers' protocol; only brokers up to 3.x report it.
    pub version: Option<String>,
    /// How long the check took in total.
    pub elapsed: Duration,
}

/// The first wait for an answer; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// How long connections may fail before the check gives up: a host can have several addresses, and a broker may still
/// be starting.
const DOWN_PATIENCE: Duration = Duration::from_millis(1_500);

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// Addresses, as people write them.
    pub bootstrap_servers: &'a str,
    /// The client's properties.
    pub client: &'a ClientSettings,
    /// A topic whose rights are checked.
    pub topic: Option<&'a str>,
    /// How long all of it may take.
    pub timeout: Duration,
}

/// A problem, and the step that it belongs to; `None`: the one in progress.
type Failure = (Option<CheckStep>, ConnectionProblem);

/// Connects, requests brokers and topics, and queries every broker at the address that it advertises. Creates nothing
/// and joins nothing. Blocks for up to `timeout`, and less if the cause of a failure is clear earlier.
///
/// # Errors
/// What failed, and what to do.
pub fn check_connection(
    bootstrap_servers: &str,
    client: &ClientSettings,
    timeout: Duration,
) -> Result<ConnectionReport, ConnectionProblem> {
    let request = CheckRequest { bootstrap_servers, client, topic: None, timeout };
    check_in_steps(&request, &Cancellation::default(), &mut |_| {})
}

/// As [`check_connection`], and reports each step when it begins and when it ends. Connecting, TLS and SASL are the states
/// of the client's own connection, so that a step that is reported is one that the client came through.
///
/// # Errors
/// What failed, and what to do.
pub fn check_in_steps(
    request: &CheckRequest<'_>,
    stop: &Cancellation,
    report: &mut dyn FnMut(StepChange),
) -> Result<ConnectionReport, ConnectionProblem> {
    let mut steps = Steps::begin(report);
    check(request, stop, &mut steps).map_err(|(step, problem)| {
        let problem = problem.redacted(request.client);
        steps.fail(step, problem.clone());
        problem
    })
}

/// Whether a Kafka broker answers at an address without TLS. Blocks for a few seconds at most.
pub fn answers_without_tls(address: &str) -> bool {
    listener::speaks_plaintext(address)
}

fn check(request: &CheckRequest<'_>, stop: &Cancellation, steps: &mut Steps<'_>) -> Result<ConnectionReport, Failure> {
    let started = Instant::now();
    let deadline = started + request.timeout;
    let refused = |reason: String| (None, ConnectionProblem::refused_setting(reason));
    check_settings(request.client).map_err(|error| refused(error.to_string()))?;
    let mut client = request.client.clone();
    let servers = &address::resolve(request.bootstrap_servers, &mut client.properties).map_err(refused)?;
    let config = reporting_config(servers, &client);
    let log = ConnectionLog::default();
    let asking: BaseConsumer<ConnectionLog> =
        config.create_with_context(log.clone()).map_err(|error| refused(error.to_string()))?;
    steps.secured_as(&client);
    steps.pass("accepted by the client");

    let Some(metadata) = first_answer(&asking, &log, servers, deadline, stop, steps) else {
        let (problem, step) = ConnectionProblem::find(servers, &log.lines(), started.elapsed(), &client);
        return Err((step, problem));
    };
    steps.answered();
    let topics = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__")).count();
    let brokers = counted(metadata.brokers().len() as u64, "broker", "brokers");
    steps.pass(format!("{brokers}, {}", counted(topics as u64, "topic", "topics")));

    let admin: AdminClient<ConnectionLog> =
        config.create_with_context(log.clone()).map_err(|error| refused(error.to_string()))?;
    let (brokers, version) = ask_brokers(&admin, &metadata, &log, deadline, stop)?;
    steps.pass(brokers.join(", "));
    let left = || deadline.saturating_duration_since(Instant::now());
    let cluster_id = asking.client().fetch_cluster_id(left());
    match request.topic {
        None => steps.skip("no topic is given"),
        Some(topic) => {
            let asking = Asking { client: &asking, admin: &admin, config: &config, deadline, stop };
            steps.pass(topic_rights(&asking, topic).map_err(|problem| (None, problem))?);
        }
    }
    Ok(ConnectionReport { topics, cluster_id, brokers, version, elapsed: started.elapsed() })
}

/// Of a client that reports how far its connections come.
fn reporting_config(servers: &str, client: &ClientSettings) -> ClientConfig {
    let mut config = control_config(servers, client);
    config.remove("group.id").remove("group.instance.id").set("allow.auto.create.topics", "false");
    let debug = config.get("debug").map_or_else(|| "broker".to_owned(), |given| format!("{given},broker"));
    config.set("debug", debug).set_log_level(RDKafkaLogLevel::Debug);
    config
}

/// The metadata of the cluster. `None`: no connection came so far in time, or the cause of the failure is clear.
fn first_answer(
    asking: &BaseConsumer<ConnectionLog>,
    log: &ConnectionLog,
    servers: &str,
    deadline: Instant,
    stop: &Cancellation,
    steps: &mut Steps<'_>,
) -> Option<Metadata> {
    // The client connects when it is asked for something, and reports its states only while it is polled.
    let mut wait = Duration::from_millis(1);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = asking.fetch_metadata(None, wait.min(left));
        take_reports(asking, log, if answer.is_ok() { FIRST_WAIT } else { Duration::ZERO });
        steps.follow(log);
        match answer {
            Ok(metadata) => return Some(metadata),
            Err(error) => tracing::debug!("no answer yet: {error}"),
        }
        let trouble = log.in_trouble_for(servers);
        if trouble.is_some_and(|trouble| trouble > DOWN_PATIENCE) || Instant::now() >= deadline || stop.is_requested() {
            return None;
        }
        watch_connecting(asking, log, deadline, stop, steps);
        wait = (wait * 2).max(FIRST_WAIT);
        if trouble.is_some() {
            wait = wait.min(DOWN_PATIENCE);
        }
    }
}

/// Takes what the client has reported, for at most this long until a broker can be used: a poll without a wait takes one
/// message only, and a broker that is near answers before all of them are taken.
fn take_reports(asking: &BaseConsumer<ConnectionLog>, log: &ConnectionLog, patience: Duration) {
    while asking.poll(Duration::ZERO).is_some() {}
    let until = Instant::now() + patience;
    while !log.is_up() && Instant::now() < until {
        asking.poll(Duration::from_millis(1));
    }
}

/// Reports the states of the connection until a broker can be used, or it is time to ask again.
fn watch_connecting(
    asking: &BaseConsumer<ConnectionLog>,
    log: &ConnectionLog,
    deadline: Instant,
    stop: &Cancellation,
    steps: &mut Steps<'_>,
) {
    let until = deadline.min(Instant::now() + FIRST_WAIT);
    loop {
        // At least once: a call that fails at once is not repeated without a pause.
        asking.poll(Duration::from_millis(10));
        steps.follow(log);
        if log.is_up() || Instant::now() >= until || stop.is_requested() {
            return;
        }
    }
}

/// Asks every broker at its own address. The result: their addresses, and the version that one of them reports.
fn ask_brokers(
    admin: &AdminClient<ConnectionLog>,
    metadata: &Metadata,
    log: &ConnectionLog,
    deadline: Instant,
    stop: &Cancellation,
) -> Result<(Vec<String>, Option<String>), Failure> {
    let (mut addresses, mut version) = (Vec::new(), None);
    let mut brokers: Vec<_> = metadata.brokers().iter().collect();
    brokers.sort_by_key(|broker| broker.id());
    for broker in brokers {
        let address = format!("{}:{}", broker.host(), broker.port());
        let left = deadline.saturating_duration_since(Instant::now());
        match ask_broker(admin, broker.id(), left) {
            _ if stop.is_requested() => {
                let stopped = "The test was cancelled".to_owned();
                return Err((None, ConnectionProblem::stated(stopped, "Test again", String::new())));
            }
            Ok(reported) => version = version.or(reported),
            Err(error) if is_silence(&error) => {
                let detail = log.lines().join("\n");
                return Err((None, ConnectionProblem::unreachable_listener(broker.id(), &address, detail)));
            }
            // It answered: the check does not need permission to read its settings.
            Err(error) => tracing::debug!("broker {} does not report its settings: {error}", broker.id()),
        }
        addresses.push(format!("{} at {address}", broker.id()));
    }
    Ok((addresses, version))
}

/// Requests a broker's settings from the broker itself, at its own address.
fn ask_broker(admin: &AdminClient<ConnectionLog>, id: i32, timeout: Duration) -> Result<Option<String>, KafkaError> {
    let timeout = timeout.max(FIRST_WAIT);
    let options = AdminOptions::new().request_timeout(Some(timeout)).operation_timeout(Some(timeout));
    let specifier = [ResourceSpecifier::Broker(id)];
    let described = wait_for(admin.describe_configs(&specifier, &options))?;
    let Some(resource) = described.into_iter().next() else { return Ok(None) };
    let resource = resource.map_err(KafkaError::AdminOp)?;
    Ok(resource.get("inter.broker.protocol.version").and_then(|entry| entry.value.clone()))
}

fn is_silence(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let code = match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    };
    matches!(
        code,
        Some(
            Code::OperationTimedOut
                | Code::TimedOutQueue
                | Code::RequestTimedOut
                | Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::Resolve
                | Code::WaitingForCoordinator
        )
    )
}

/// The client's own thread completes the future; this one only waits. No runtime is needed.
fn wait_for<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
