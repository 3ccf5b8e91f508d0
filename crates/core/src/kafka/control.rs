//! The client that reads metadata and manages the topic.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, Producer};
use tokio::runtime::Handle;

use super::client::{PROBE_TOPIC, control_config};
use super::error::ClientError;
use super::events::ClientEvents;
use super::log_size;
use super::patience::Patience;
use crate::configuration::REPLICATION_FACTOR;
use crate::model::client_settings::ClientSettings;
use crate::model::notice::Notice;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::error::RunError;

/// The smallest `max.message.bytes` of a topic that a run creates.
pub const TOPIC_MESSAGE_BYTES_MIN: u64 = 16 * 1024 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest wait of one probe.
const PROBE_MAX: Duration = Duration::from_secs(1);
/// The least timeout of a request that changes something, or that goes to a broker which must be connected first.
const ADMIN_MIN: Duration = Duration::from_secs(2);

/// One per run; all calls block.
pub struct Control {
    // Reads metadata. A producer, because its queue of errors and logs can be polled.
    client: BaseProducer<ClientEvents>,
    admin: AdminClient<ClientEvents>,
    runtime: Handle,
    patience: Patience,
    stop: Cancellation,
    /// Whether connections are neither encrypted nor authenticated.
    is_plaintext: bool,
}

/// Facts about a run's topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicMetadata {
    /// The number of its partitions.
    pub partitions: usize,
    /// Its `max.message.bytes`; `None` if the cluster does not report it.
    pub max_message_bytes: Option<u64>,
    /// Whether this run created it.
    pub created: bool,
}

impl Control {
    /// Creates the clients; they connect in the background. Each request is retried for `timeout`.
    pub fn new(
        context: &Arc<RunContext>,
        bootstrap_servers: &str,
        settings: &ClientSettings,
        timeout: Duration,
        runtime: Handle,
    ) -> Result<Self, ClientError> {
        let mut config = control_config(bootstrap_servers, settings);
        // A metadata request must not create the topic.
        config.set("allow.auto.create.topics", "false");
        let made = |source| ClientError::Call { doing: "create the Kafka client", source };
        let events = ClientEvents::new(context, "control");
        let client = config.create_with_context(events.clone()).map_err(made)?;
        let admin = config.create_with_context(events).map_err(made)?;
        let patience = Patience::new(context, bootstrap_servers, settings, timeout);
        let protocol = settings.property("security.protocol");
        let is_plaintext = protocol.is_none_or(|protocol| protocol.eq_ignore_ascii_case("plaintext"));
        Ok(Self { client, admin, runtime, patience, stop: context.stop.clone(), is_plaintext })
    }

    /// Handles the events in the client's queue.
    pub fn serve(&self) {
        self.client.poll(Duration::ZERO);
    }

    /// Whether a broker answers within `timeout`.
    pub fn answers(&self, timeout: Duration) -> bool {
        let answered = self.client.client().fetch_metadata(Some(PROBE_TOPIC), timeout).is_ok();
        self.serve();
        answered
    }

    /// Retries requests until they are answered.
    pub fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Waits until a broker answers. A second without an answer is reported. Fails after the timeout, for a permanent
    /// problem, and when the run is stopped.
    pub fn wait_until_reachable(&self) -> Result<(), ClientError> {
        self.patience.retry(|attempt| match self.answers(attempt.min(PROBE_MAX)) {
            true => Ok(()),
            false => Err(ClientError::NoAnswer),
        })
    }

    /// The number of partitions of `topic`; `None` if it does not exist.
    ///
    /// # Errors
    /// [`ClientError::Denied`] for a topic that this user may not see, and time-outs.
    pub fn partitions(&self, topic: &str) -> Result<Option<usize>, ClientError> {
        let metadata = self.patience.retry(|attempt| {
            let answer = self.client.client().fetch_metadata(Some(topic), attempt);
            self.serve();
            answer.map_err(|source| ClientError::Call { doing: "read the topic's metadata", source })
        })?;
        let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else { return Ok(None) };
        match found.error().map(RDKafkaErrorCode::from) {
            None => Ok(Some(found.partitions().len())),
            Some(code @ RDKafkaErrorCode::TopicAuthorizationFailed) => {
                Err(ClientError::Denied { what: format!("see the topic {topic}"), code })
            }
            Some(_) => Ok(None),
        }
    }

    /// `topic` as it is; `None` where it does not exist.
    ///
    /// # Errors
    /// As [`Self::partitions`].
    pub fn existing_topic(&self, topic: &str) -> Result<Option<TopicMetadata>, ClientError> {
        let Some(partitions) = self.partitions(topic)? else { return Ok(None) };
        Ok(Some(TopicMetadata { partitions, max_message_bytes: self.max_message_bytes(topic)?, created: false }))
    }

    /// Uses an existing `topic` unchanged, or creates it with `partitions` partitions, a record limit of
    /// `max_message_bytes` and these topic `properties`, and waits until its partitions have leaders.
    pub fn ensure_topic<E: From<ClientError>>(
        &self,
        topic: &str,
        partitions: i32,
        properties: &[(String, String)],
        max_message_bytes: impl FnOnce() -> Result<u64, E>,
    ) -> Result<TopicMetadata, E> {
        let (found, created) = match self.partitions(topic)? {
            Some(found) => (found, false),
            None => {
                let created = self.create_topic(topic, partitions, properties, max_message_bytes()?)?;
                (self.wait_for_topic(topic)?, created)
            }
        };
        Ok(TopicMetadata { partitions: found, max_message_bytes: self.max_message_bytes(topic)?, created })
    }

    /// False: another program created it first.
    fn create_topic(
        &self,
        topic: &str,
        partitions: i32,
        properties: &[(String, String)],
        max_message_bytes: u64,
    ) -> Result<bool, ClientError> {
        let limit = max_message_bytes.to_string();
        let (replicas, properties): (Vec<_>, Vec<_>) =
            properties.iter().partition(|(name, _)| name == REPLICATION_FACTOR);
        let replicas = replicas.first().and_then(|(_, count)| count.parse().ok()).unwrap_or(-1);
        let new_topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(replicas));
        let new_topic = new_topic.set("max.message.bytes", &limit);
        let new_topic = properties.iter().fold(new_topic, |topic, (name, value)| topic.set(name, value));
        let mut attempts = 0;
        self.patience.retry(|attempt| {
            attempts += 1;
            let attempt = attempt.max(ADMIN_MIN);
            let options = AdminOptions::new().request_timeout(Some(attempt)).operation_timeout(Some(attempt));
            let failed = |source| ClientError::Call { doing: "create the topic", source };
            let created = self.runtime.block_on(self.admin.create_topics([&new_topic], &options)).map_err(failed)?;
            match created.into_iter().next() {
                Some(Ok(_)) => Ok(true),
                // An earlier attempt whose response was lost created it.
                None | Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(attempts > 1),
                Some(Err((_, code))) => {
                    let error = failed(KafkaError::AdminOp(code)).or_denied(|| format!("create the topic {topic}"));
                    match error {
                        ClientError::Call { .. } if !error.is_passing() => {
                            Err(ClientError::Topic { topic: topic.to_owned(), reason: code.to_string() })
                        }
                        other => Err(other),
                    }
                }
            }
        })
    }

    fn wait_for_topic(&self, topic: &str) -> Result<usize, ClientError> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        loop {
            if let Some(found) = self.partitions(topic)? {
                return Ok(found);
            }
            if Instant::now() > deadline {
                let reason = "it was created, but no broker leads it".to_owned();
                return Err(ClientError::Topic { topic: topic.to_owned(), reason });
            }
            if self.stop.wait_timeout(Duration::from_millis(50)) {
                return Err(RunError::Stopped.into());
            }
        }
    }

    /// Deletes a topic and groups that this run created. If that fails, a warning is shown and they remain.
    pub fn delete(&self, context: &RunContext, topic: &str, groups: &[String]) {
        let options = AdminOptions::new().operation_timeout(Some(REQUEST_TIMEOUT));
        let report = |what: &str, name: &str, reason: String| {
            context.notify(Notice::warning(format!("The {what} {name} could not be deleted: {reason}")));
        };
        match self.runtime.block_on(self.admin.delete_topics(&[topic], &options)) {
            Ok(results) => {
                for (name, code) in results.into_iter().filter_map(Result::err) {
                    report("topic", &name, code.to_string());
                }
            }
            Err(error) => report("topic", topic, error.to_string()),
        }
        let names: Vec<&str> = groups.iter().map(String::as_str).collect();
        if names.is_empty() {
            return;
        }
        match self.runtime.block_on(self.admin.delete_groups(&names, &options)) {
            Ok(results) => {
                for (name, code) in results.into_iter().filter_map(Result::err) {
                    // A group that never committed disappears with its last member.
                    if code != RDKafkaErrorCode::GroupIdNotFound {
                        report("consumer group", &name, code.to_string());
                    }
                }
            }
            Err(error) => report("consumer group", &names.join(", "), error.to_string()),
        }
    }

    /// The number of brokers, and the version that the first one reports, if it does.
    pub fn brokers(&self) -> Result<(usize, Option<String>), ClientError> {
        let metadata = self.patience.retry(|attempt| {
            let answer = self.client.client().fetch_metadata(Some(PROBE_TOPIC), attempt);
            self.serve();
            answer.map_err(|source| ClientError::Call { doing: "read the list of brokers", source })
        })?;
        let Some(first) = metadata.brokers().first() else { return Ok((0, None)) };
        // Only brokers up to 3.x report the version of their protocol.
        let version = self.setting(ResourceSpecifier::Broker(first.id()), "inter.broker.protocol.version")?;
        Ok((metadata.brokers().len(), version))
    }

    /// Bytes of a topic's logs on the disks of all brokers, replicas included. librdkafka has no request for it, so it takes
    /// connections of its own, which are plaintext only. `None` if a broker does not answer it.
    pub fn log_bytes(&self, topic: &str, partitions: i32) -> Option<u64> {
        if !self.is_plaintext {
            return None;
        }
        let metadata = self.client.client().fetch_metadata(Some(topic), ADMIN_MIN).ok()?;
        self.serve();
        let addresses =
            metadata.brokers().iter().map(|broker| (broker.host(), u16::try_from(broker.port()).unwrap_or(0)));
        match log_size::of_topic(addresses, (topic, partitions)) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::debug!("the brokers do not report the size of {topic}: {error}");
                None
            }
        }
    }

    /// The topic's own limit; `None` if the cluster does not report it.
    pub fn max_message_bytes(&self, topic: &str) -> Result<Option<u64>, ClientError> {
        let limit = self.setting(ResourceSpecifier::Topic(topic), "max.message.bytes")?;
        Ok(limit.and_then(|limit| limit.parse().ok()))
    }

    /// A setting of a topic or a broker; `None` if the cluster does not report it, for example for lack of permission.
    fn setting(&self, of: ResourceSpecifier<'_>, name: &str) -> Result<Option<String>, ClientError> {
        let described = self.patience.retry(|attempt| {
            let options = AdminOptions::new().request_timeout(Some(attempt.max(ADMIN_MIN)));
            let failed = |source| ClientError::Call { doing: "read settings", source };
            let described = self.runtime.block_on(self.admin.describe_configs([&of], &options)).map_err(failed)?;
            described.into_iter().next().transpose().map_err(|code| failed(KafkaError::AdminOp(code)))
        });
        match described {
            Ok(resource) => Ok(resource.and_then(|resource| resource.get(name)?.value.clone())),
            Err(ClientError::Call { source, .. }) => {
                tracing::debug!("the cluster does not report its {name}: {source}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The `max.message.bytes` of `topic`; `None` if the cluster does not report it.
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
