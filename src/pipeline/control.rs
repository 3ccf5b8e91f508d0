//! The client that asks for metadata and manages the topic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::producer::{BaseProducer, Producer};
use tokio::runtime::Handle;

use super::PipelineError;
use super::client::ClientEvents;
use super::context::{RunContext, spawn_stage};
use crate::model::notice::Notice;

/// Records of this size at least are taken by a topic that a run makes, in bytes.
pub const TOPIC_MESSAGE_BYTES_MIN: u64 = 16 * 1024 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// One for each run; all calls block.
pub struct Control {
    bootstrap_servers: String,
    // Asks for metadata. A producer, because its queue of errors and logs can be served.
    client: BaseProducer<ClientEvents>,
    admin: AdminClient<ClientEvents>,
    runtime: Handle,
}

/// What is known of the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicFacts {
    /// Partitions that it has.
    pub partitions: usize,
    /// Its `max.message.bytes`; `None` where the cluster does not tell.
    pub max_message_bytes: Option<u64>,
    /// Whether this run made it.
    pub created: bool,
}

impl Control {
    /// Makes the clients; they connect by themselves.
    pub fn new(
        context: &Arc<RunContext>,
        bootstrap_servers: &str,
        config: &ClientConfig,
        runtime: Handle,
    ) -> Result<Self, PipelineError> {
        let made = |source| PipelineError::Kafka { doing: "make the Kafka client", source };
        let events = ClientEvents::new(context, "control");
        let client = config.create_with_context(events.clone()).map_err(made)?;
        let admin = config.create_with_context(events).map_err(made)?;
        Ok(Self { bootstrap_servers: bootstrap_servers.to_owned(), client, admin, runtime })
    }

    /// Hands on what the clients have to say.
    pub fn serve(&self) {
        self.client.poll(Duration::ZERO);
    }

    /// Whether a broker answers within `timeout`.
    pub fn answers(&self, timeout: Duration) -> bool {
        let answered = self.client.client().fetch_metadata(Some(PROBE_TOPIC), timeout).is_ok();
        self.serve();
        answered
    }

    /// Waits until a broker answers. A second without an answer is told; after `timeout` it is an error, and
    /// so is being asked to stop.
    pub fn wait_until_reachable(&self, context: &RunContext, timeout: Duration) -> Result<(), PipelineError> {
        let started = Instant::now();
        let mut told = false;
        while !self.answers(timeout.saturating_sub(started.elapsed()).clamp(MIN_PROBE, Duration::from_secs(1))) {
            let reason = with_hint(context.reachability.last_reason());
            if started.elapsed() >= timeout {
                return Err(PipelineError::Unreachable {
                    bootstrap_servers: self.bootstrap_servers.clone(),
                    timeout_s: timeout.as_secs_f64(),
                    reason,
                });
            }
            if context.stop.is_requested() {
                return Err(PipelineError::Stopped);
            }
            if !told {
                told = true;
                let (servers, timeout_s) = (&self.bootstrap_servers, timeout.as_secs_f64());
                context.notify(Notice::warning(format!(
                    "No broker answers at {servers} yet ({reason}); trying for {timeout_s} s"
                )));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// The number of partitions of `topic`; `None` where there is no such topic.
    pub fn partitions(&self, topic: &str) -> Result<Option<usize>, PipelineError> {
        // Asking for one topic by name would have some brokers create it.
        let metadata = self
            .client
            .client()
            .fetch_metadata(None, REQUEST_TIMEOUT)
            .map_err(|source| PipelineError::Kafka { doing: "ask for the topics", source })?;
        Ok(metadata
            .topics()
            .iter()
            .find(|found| found.name() == topic && found.error().is_none())
            .map(|found| found.partitions().len()))
    }

    /// Uses `topic` as it is, or makes it with `partitions` partitions for records of up to
    /// `max_message_bytes`, and waits until its partitions have leaders.
    pub fn ensure_topic(
        &self,
        topic: &str,
        partitions: i32,
        max_message_bytes: impl FnOnce() -> Result<u64, PipelineError>,
    ) -> Result<TopicFacts, PipelineError> {
        let mut created = false;
        let mut found = self.partitions(topic)?;
        if found.is_none() {
            let limit = max_message_bytes()?.to_string();
            let new_topic =
                NewTopic::new(topic, partitions, TopicReplication::Fixed(-1)).set("max.message.bytes", &limit);
            let options = AdminOptions::new().operation_timeout(Some(REQUEST_TIMEOUT));
            let result = self
                .runtime
                .block_on(self.admin.create_topics([&new_topic], &options))
                .map_err(|source| PipelineError::Kafka { doing: "create the topic", source })?;
            match result.into_iter().next() {
                Some(Ok(_)) => created = true,
                None | Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => {}
                Some(Err((_, code))) => {
                    return Err(PipelineError::Topic { topic: topic.to_owned(), reason: code.to_string() });
                }
            }
            let deadline = Instant::now() + REQUEST_TIMEOUT;
            while found.is_none() {
                found = self.partitions(topic)?;
                if found.is_none() && Instant::now() > deadline {
                    let reason = "it was created, but no broker leads it".to_owned();
                    return Err(PipelineError::Topic { topic: topic.to_owned(), reason });
                }
                if found.is_none() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
        Ok(TopicFacts { partitions: found.unwrap_or(0), max_message_bytes: self.max_message_bytes(topic), created })
    }

    /// Deletes a topic and a group that this run made. What cannot be deleted is told, and stays.
    pub fn delete(&self, context: &RunContext, topic: &str, group: Option<&str>) {
        let options = AdminOptions::new().operation_timeout(Some(REQUEST_TIMEOUT));
        let told = |what: &str, name: &str, reason: String| {
            context.notify(Notice::warning(format!("The {what} {name} could not be deleted: {reason}")));
        };
        match self.runtime.block_on(self.admin.delete_topics(&[topic], &options)) {
            Ok(results) => {
                for (name, code) in results.into_iter().filter_map(Result::err) {
                    told("topic", &name, code.to_string());
                }
            }
            Err(error) => told("topic", topic, error.to_string()),
        }
        let Some(group) = group else { return };
        match self.runtime.block_on(self.admin.delete_groups(&[group], &options)) {
            Ok(results) => {
                for (name, code) in results.into_iter().filter_map(Result::err) {
                    // A group that never committed is gone with its last member.
                    if code != RDKafkaErrorCode::GroupIdNotFound {
                        told("consumer group", &name, code.to_string());
                    }
                }
            }
            Err(error) => told("consumer group", group, error.to_string()),
        }
    }

    /// Brokers of the cluster, and the version that the first one tells, if any does.
    pub fn brokers(&self) -> Result<(usize, Option<String>), PipelineError> {
        let metadata = self
            .client
            .client()
            .fetch_metadata(Some(PROBE_TOPIC), REQUEST_TIMEOUT)
            .map_err(|source| PipelineError::Kafka { doing: "ask for the brokers", source })?;
        let first = metadata.brokers().first().map(|broker| broker.id());
        Ok((metadata.brokers().len(), first.and_then(|id| self.broker_version(id))))
    }

    /// Brokers up to 3.x tell their protocol's version; later ones tell none.
    fn broker_version(&self, id: i32) -> Option<String> {
        let specifier = ResourceSpecifier::Broker(id);
        let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
        let described = self.runtime.block_on(self.admin.describe_configs([&specifier], &options));
        let resource = described.ok()?.into_iter().next()?.ok()?;
        resource.get("inter.broker.protocol.version")?.value.clone()
    }

    /// The topic's own limit; `None` where the cluster does not tell.
    fn max_message_bytes(&self, topic: &str) -> Option<u64> {
        self.runtime.block_on(max_message_bytes(&self.admin, topic, REQUEST_TIMEOUT))
    }
}

/// The `max.message.bytes` of `topic`; `None` where the cluster does not report it.
pub async fn max_message_bytes<C: ClientContext>(
    admin: &AdminClient<C>,
    topic: &str,
    timeout: Duration,
) -> Option<u64> {
    let specifier = ResourceSpecifier::Topic(topic);
    let options = AdminOptions::new().request_timeout(Some(timeout));
    let described = admin.describe_configs([&specifier], &options).await;
    let resource = described.ok()?.into_iter().next()?.ok()?;
    resource.get("max.message.bytes")?.value.as_ref()?.parse().ok()
}

/// Runs `work` while a thread of its own follows whether the broker answers.
pub fn while_watched<T>(
    context: &Arc<RunContext>,
    control: &Arc<Control>,
    work: impl FnOnce() -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    let is_over = Arc::new(AtomicBool::new(false));
    let (watched, watching, over) = (Arc::clone(context), Arc::clone(control), Arc::clone(&is_over));
    let probe = spawn_stage(context, "probe", move || {
        watched.reachability.watch(&watched, &watching, || over.load(Ordering::Acquire));
        Ok(())
    })?;
    let result = work();
    is_over.store(true, Ordering::Release);
    // A panic has been reported by the thread itself.
    let _ = probe.join();
    result
}

/// A listener with TLS hangs up on a client without, and says nothing.
fn with_hint(reason: Option<String>) -> String {
    match reason {
        None => "no answer".to_owned(),
        Some(reason) if reason.contains("closed by peer") => {
            format!("{reason}; does it want TLS? Then set security.protocol with --command-config")
        }
        Some(reason) => reason,
    }
}

/// A topic that is not there keeps the answer small on large clusters.
const PROBE_TOPIC: &str = "__kafka_image_bench_probe";
const MIN_PROBE: Duration = Duration::from_millis(100);
