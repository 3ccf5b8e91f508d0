//! The setup of a run: its clients' settings and the sizes of its records.

use rdkafka::config::ClientConfig;

use super::error::BenchmarkError;
use super::in_flight::in_flight_bytes;
use super::plan::BenchmarkPlan;
use super::run::BenchmarkRun;
use super::statistics::INTERVAL_MS;
use crate::broker::BrokerKind;
use crate::configuration::{BenchmarkMode, Scope};
use crate::kafka::client::{consumer_config, producer_config};
use crate::kafka::control::{Control, TOPIC_MESSAGE_BYTES_MIN};
use crate::kafka::error::ClientError;

/// Bytes that a record needs in addition to its value.
const RECORD_OVERHEAD_BYTES: u64 = 64 * 1024;
const TIMESTAMP_TYPE: &str = "message.timestamp.type";

/// A run and its setup.
pub(super) struct RunSetup<'a> {
    pub(super) run: &'a BenchmarkRun<'a>,
    pub(super) plan: &'a BenchmarkPlan,
    pub(super) broker_kind: BrokerKind,
    /// The producer's properties.
    pub(super) producer: ClientConfig,
    /// The properties of each consumer; `group.id` is that of the first group.
    pub(super) consumer: ClientConfig,
    pub(super) value_bytes: ValueBytes,
}

/// Sizes of the records' values, in bytes.
#[derive(Clone, Copy)]
pub(super) struct ValueBytes {
    pub(super) smallest: u64,
    pub(super) largest: u64,
}

impl<'a> RunSetup<'a> {
    pub(super) fn new(
        run: &'a BenchmarkRun<'a>,
        plan: &'a BenchmarkPlan,
        (servers, broker_kind): (&str, BrokerKind),
        value_bytes: ValueBytes,
    ) -> Self {
        let producer = producer_properties(run, plan, servers, value_bytes.largest);
        let consumer = consumer_properties(run, plan, servers, value_bytes.largest);
        Self { run, plan, broker_kind, producer, consumer, value_bytes }
    }

    /// The name of the consumer group of this index.
    pub(super) fn group_name(&self, index: usize) -> String {
        group_name(self.run, self.plan, index)
    }

    /// The names of all consumer groups.
    pub(super) fn group_names(&self) -> Vec<String> {
        (0..self.plan.groups).map(|index| self.group_name(index)).collect()
    }

    /// Creates the run's topic. Its broker stamps records when it appends them, unless the configuration says otherwise or
    /// the cluster refuses that: then the stages of a record's way are less detailed.
    pub(super) fn create_topic(&self, control: &Control) -> Result<(), BenchmarkError> {
        let configuration = self.run.configuration;
        let given = configuration.properties_of(Scope::Topic);
        let create = |properties: &[(String, String)]| {
            let message_bytes = || Ok::<_, BenchmarkError>(self.topic_message_bytes());
            control.ensure_topic(&self.run.name, configuration.partitions, properties, message_bytes).map(|_| ())
        };
        if given.iter().any(|(name, _)| name == TIMESTAMP_TYPE) {
            return create(&given);
        }
        let stamped = [&given[..], &[(TIMESTAMP_TYPE.to_owned(), "LogAppendTime".to_owned())]].concat();
        match create(&stamped) {
            Err(BenchmarkError::Client(error @ ClientError::Topic { .. })) => {
                tracing::info!("{error}; trying without {TIMESTAMP_TYPE}");
                create(&given)
            }
            result => result,
        }
    }

    /// The largest record of the run's topic, in bytes.
    pub(super) fn topic_message_bytes(&self) -> u64 {
        topic_message_bytes(self.value_bytes.largest)
    }
}

/// A single group is named after the run.
pub(super) fn group_name(run: &BenchmarkRun<'_>, plan: &BenchmarkPlan, index: usize) -> String {
    if plan.groups == 1 { run.name.clone() } else { format!("{}-{}", run.name, index + 1) }
}

fn producer_properties(run: &BenchmarkRun<'_>, plan: &BenchmarkPlan, servers: &str, largest: u64) -> ClientConfig {
    let settings = run.configuration.client_settings(&plan.client).of_producer();
    let mut config = producer_config(servers, &settings, largest + RECORD_OVERHEAD_BYTES);
    for (name, value) in [
        ("statistics.interval.ms", INTERVAL_MS.to_owned()),
        ("queue.buffering.max.kbytes", (2 * in_flight_bytes(plan.producers) / 1024).to_string()),
        // A record that cannot be sent is a failure of the run, instead of being retried indefinitely.
        ("message.timeout.ms", "30000".to_owned()),
    ] {
        if settings.property(name).is_none() {
            config.set(name, value);
        }
    }
    config
}

fn consumer_properties(run: &BenchmarkRun<'_>, plan: &BenchmarkPlan, servers: &str, largest: u64) -> ClientConfig {
    let settings = run.configuration.client_settings(&plan.client);
    let record_bytes = Some(topic_message_bytes(largest));
    let mut config = consumer_config(servers, &settings, &group_name(run, plan, 0), plan.members(), record_bytes);
    // Transport runs have nothing to save before an offset is stored.
    let stores_itself = plan.mode == BenchmarkMode::Transport;
    config.set("enable.auto.offset.store", if stores_itself { "true" } else { "false" });
    config.set("statistics.interval.ms", INTERVAL_MS);
    config
}

fn topic_message_bytes(largest_value_bytes: u64) -> u64 {
    (largest_value_bytes + RECORD_OVERHEAD_BYTES).max(TOPIC_MESSAGE_BYTES_MIN)
}
