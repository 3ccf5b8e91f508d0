//! The client that reads: it needs a group's name, but never joins the group and never commits.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::admin::AdminClient;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

use crate::kafka::check::check_settings;
use crate::kafka::client::{consumer_config, control_config};
use crate::kafka::closing;
use crate::kafka::connection_log::ConnectionLog;
use crate::kafka::control::max_message_bytes;
use crate::kafka::error::ClientError;
use crate::kafka::inspector::Inspector;
use crate::kafka::problem::final_problem;
use crate::kafka::record_limit::decoded_bytes_max;
use crate::model::client_settings::ClientSettings;
use crate::model::run_id::RunId;
use crate::run::cancellation::Cancellation;
use crate::run::error::RunError;

/// The limit of records that are queued in the client, in KiB.
const QUEUED_KBYTES: &str = "16384";
/// There is nothing to commit and no group to leave when it closes.
const CLOSING_PATIENCE: Duration = Duration::from_millis(500);
/// The timeout of a request's first attempt; it doubles with each further one.
const FIRST_ATTEMPT: Duration = Duration::from_millis(300);
const ATTEMPT_MAX: Duration = Duration::from_secs(30);
const RETRY_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Reader {
    bootstrap_servers: String,
    settings: ClientSettings,
    timeout: Duration,
    stop: Cancellation,
    log: ConnectionLog,
    config: ClientConfig,
    topic_bytes: Option<u64>,
    // `None` only while it is being closed.
    client: Option<BaseConsumer<ConnectionLog>>,
}

impl Reader {
    /// Opens it for the records of `topic`, up to the topic's record limit; without a topic only for requests.
    pub(super) fn open(
        bootstrap_servers: &str,
        settings: &ClientSettings,
        timeout: Duration,
        topic: Option<&str>,
        stop: &Cancellation,
    ) -> Result<Self, ClientError> {
        check_settings(settings)?;
        let log = ConnectionLog::default();
        let topic_bytes = match topic {
            Some(topic) => {
                // If the topic cannot be reached or seen, this request reports the reason.
                Self::open(bootstrap_servers, settings, timeout, None, stop)?.topic(topic)?;
                max_message_bytes_of(bootstrap_servers, settings, &log, topic, timeout)?
            }
            None => None,
        };
        let mut config = consumer_config(bootstrap_servers, settings, "", 1, topic_bytes);
        // After the user's own properties, which may set a group and a static member.
        config.remove("group.instance.id");
        config
            .set("group.id", format!("kafka-image-bench-browser-{}", RunId::new()))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("allow.auto.create.topics", "false")
            .set("queued.max.messages.kbytes", QUEUED_KBYTES);
        let client = config
            .create_with_context(log.clone())
            .map_err(|source| ClientError::Call { doing: "create the client that reads records", source })?;
        Ok(Self {
            bootstrap_servers: bootstrap_servers.to_owned(),
            settings: settings.clone(),
            timeout,
            stop: stop.clone(),
            log,
            config,
            topic_bytes,
            client: Some(client),
        })
    }

    pub(super) fn client(&self) -> Result<&BaseConsumer<ConnectionLog>, ClientError> {
        self.client.as_ref().ok_or_else(|| RunError::Stopped.into())
    }

    /// Reads single offsets of `topic`, to find out why no records arrive.
    pub(super) fn inspector(&self, topic: &str) -> Result<Inspector, ClientError> {
        Inspector::open(&self.config, topic)
            .map_err(|source| ClientError::Call { doing: "create the client that looks for damage", source })
    }

    /// The last message that the client reported.
    pub(super) fn last_report(&self) -> Option<String> {
        self.log.last()
    }

    /// The size of the largest value that is decoded, in bytes.
    pub(super) fn decoded_bytes_max(&self) -> usize {
        decoded_bytes_max(self.topic_bytes)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// All topics; the request creates none.
    pub(super) fn metadata(&self) -> Result<Metadata, ClientError> {
        self.ask("read the list of topics", |client, left| client.fetch_metadata(None, left))
    }

    /// One topic; the request does not create it.
    pub(super) fn topic(&self, topic: &str) -> Result<Metadata, ClientError> {
        self.ask("read the topic's metadata", |client, left| client.fetch_metadata(Some(topic), left))
    }

    /// The result of `offsets_for_times`; the times -1 and -2 request the end and the beginning. One request per
    /// broker, regardless of the number of partitions.
    pub(super) fn offsets(&self, wanted: &TopicPartitionList) -> Result<TopicPartitionList, ClientError> {
        self.ask("read the offsets", |client, left| client.offsets_for_times(wanted.clone(), left))
    }

    /// The client that asks for settings.
    pub(super) fn admin(&self) -> Result<AdminClient<ConnectionLog>, ClientError> {
        let made = |source| ClientError::Call { doing: "create the client that reads settings", source };
        control_config(&self.bootstrap_servers, &self.settings).create_with_context(self.log.clone()).map_err(made)
    }

    /// Whether connections are neither encrypted nor authenticated.
    pub(super) fn is_plaintext(&self) -> bool {
        self.settings.property("security.protocol").is_none_or(|protocol| protocol.eq_ignore_ascii_case("plaintext"))
    }

    pub(super) fn unreachable(&self) -> ClientError {
        ClientError::Unreachable {
            bootstrap_servers: self.bootstrap_servers.clone(),
            timeout_s: self.timeout.as_secs_f64(),
            reason: self.log.last().unwrap_or_else(|| "no answer".to_owned()),
        }
    }

    fn ask<T>(
        &self,
        doing: &'static str,
        question: impl Fn(&BaseConsumer<ConnectionLog>, Duration) -> Result<T, KafkaError>,
    ) -> Result<T, ClientError> {
        let client = self.client()?;
        let deadline = Instant::now() + self.timeout;
        let mut attempt = FIRST_ATTEMPT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let answer = question(client, attempt.min(left.max(FIRST_ATTEMPT)));
            // The client queues errors until it is polled.
            while client.assignment().is_ok_and(|assigned| assigned.count() == 0)
                && client.poll(Duration::ZERO).is_some()
            {}
            let error = match answer {
                Ok(answer) => return Ok(answer),
                Err(source) => ClientError::Call { doing, source },
            };
            if !error.is_passing() {
                return Err(error);
            }
            if let Some(problem) = final_problem(&self.bootstrap_servers, &self.log.lines(), &self.settings) {
                return Err(ClientError::Connection(problem));
            }
            if Instant::now() + RETRY_PAUSE >= deadline {
                return Err(self.unreachable());
            }
            if self.stop.wait_timeout(RETRY_PAUSE) {
                return Err(RunError::Stopped.into());
            }
            attempt = (attempt * 2).min(ATTEMPT_MAX);
        }
    }
}

/// The `max.message.bytes` of `topic`, if the cluster reports it within `timeout`.
fn max_message_bytes_of(
    bootstrap_servers: &str,
    settings: &ClientSettings,
    log: &ConnectionLog,
    topic: &str,
    timeout: Duration,
) -> Result<Option<u64>, ClientError> {
    let made = |source| ClientError::Call { doing: "create the client that reads the topic's limit", source };
    let config = control_config(bootstrap_servers, settings);
    let admin: AdminClient<ConnectionLog> = config.create_with_context(log.clone()).map_err(made)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|source| RunError::Thread { name: "browser".to_owned(), source })?;
    Ok(runtime.block_on(max_message_bytes(&admin, topic, timeout)))
}

pub(super) fn failed_to_read(source: KafkaError) -> ClientError {
    ClientError::Call { doing: "read from the topic", source }
}

/// Ignores temporary errors while `topic` is read, and errors of the group, which is never used.
pub(super) fn judge(topic: &str, error: KafkaError) -> Result<(), ClientError> {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(code @ Code::TopicAuthorizationFailed) => {
            Err(ClientError::Denied { what: format!("read the topic {topic}"), code })
        }
        Some(code @ (Code::UnknownTopicOrPartition | Code::UnknownTopic)) => {
            Err(ClientError::Topic { topic: topic.to_owned(), reason: code.to_string() })
        }
        _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => Err(failed_to_read(error)),
        _ => {
            tracing::debug!("while browsing: {error}");
            Ok(())
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            closing::close("browser", client, || CLOSING_PATIENCE);
        }
    }
}
