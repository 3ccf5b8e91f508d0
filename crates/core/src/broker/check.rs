//! Checks whether a cluster can be used, and explains in plain words why not.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

use super::address;
use crate::kafka::check::check_settings;
use crate::kafka::client::control_config;
use crate::kafka::connection_log::ConnectionLog;
pub use crate::kafka::problem::ConnectionProblem;
use crate::model::client_settings::ClientSettings;

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
    let started = Instant::now();
    let refused = |reason: String| ConnectionProblem::refused_setting(reason).redacted(client);
    check_settings(client).map_err(|error| refused(error.to_string()))?;
    let mut client = client.clone();
    let bootstrap_servers = &address::resolve(bootstrap_servers, &mut client.properties).map_err(refused)?;
    let client = &client;
    let problem =
        |log: &ConnectionLog| ConnectionProblem::find(bootstrap_servers, &log.lines(), started.elapsed(), client);
    let refused = |reason: String| ConnectionProblem::refused_setting(reason).redacted(client);
    let mut config = control_config(bootstrap_servers, client);
    config.remove("group.id").remove("group.instance.id").set("allow.auto.create.topics", "false");
    let log = ConnectionLog::default();
    let asking: BaseConsumer<ConnectionLog> =
        config.create_with_context(log.clone()).map_err(|error| refused(error.to_string()))?;
    let Some(metadata) = metadata(&asking, &log, bootstrap_servers, started + timeout) else {
        return Err(problem(&log));
    };

    let admin: AdminClient<ConnectionLog> =
        config.create_with_context(log.clone()).map_err(|error| refused(error.to_string()))?;
    let mut version = None;
    let mut brokers: Vec<_> = metadata.brokers().iter().collect();
    brokers.sort_by_key(|broker| broker.id());
    for broker in &brokers {
        let address = format!("{}:{}", broker.host(), broker.port());
        let left = timeout.saturating_sub(started.elapsed());
        match ask_broker(&admin, broker.id(), left) {
            Ok(reported) => version = version.or(reported),
            Err(error) if is_silence(&error) => {
                let detail = log.lines().join("\n");
                return Err(ConnectionProblem::unreachable_listener(broker.id(), &address, detail).redacted(client));
            }
            // It answered: the check does not need permission to read its settings.
            Err(error) => tracing::debug!("broker {} does not report its settings: {error}", broker.id()),
        }
    }
    let topics = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__"));
    Ok(ConnectionReport {
        topics: topics.count(),
        cluster_id: asking.client().fetch_cluster_id(timeout.saturating_sub(started.elapsed())),
        brokers: brokers.iter().map(|one| format!("{} at {}:{}", one.id(), one.host(), one.port())).collect(),
        version,
        elapsed: started.elapsed(),
    })
}

fn metadata(
    asking: &BaseConsumer<ConnectionLog>,
    log: &ConnectionLog,
    servers: &str,
    deadline: Instant,
) -> Option<Metadata> {
    let mut wait = FIRST_WAIT;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = asking.fetch_metadata(None, wait.min(left));
        // The client queues errors until it is polled.
        while asking.poll(Duration::ZERO).is_some() {}
        match answer {
            Ok(metadata) => return Some(metadata),
            Err(error) => tracing::debug!("no answer yet: {error}"),
        }
        let trouble = log.in_trouble_for(servers);
        if trouble.is_some_and(|trouble| trouble > DOWN_PATIENCE) || Instant::now() >= deadline {
            return None;
        }
        // Pause before retrying a call that failed immediately, or until the client reports something new.
        asking.poll(Duration::from_millis(20).min(left));
        wait *= 2;
        if trouble.is_some() {
            wait = wait.min(DOWN_PATIENCE);
        }
    }
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
