//! The topics of a cluster, with what it reports about each.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminOptions, ConfigResource, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::metadata::{Metadata, MetadataTopic};

use super::bounds::both_ends;
use super::client::Reader;
use crate::kafka::error::ClientError;
use crate::kafka::log_size;
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;
use crate::run::error::RunError;

/// Topics whose settings are asked for in one request.
const TOPICS_A_REQUEST: usize = 100;

/// The topics of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicList {
    /// All topics, also internal ones, by name.
    pub topics: Vec<TopicDetails>,
    /// Why sizes are not known: a clause.
    pub no_sizes: Option<String>,
    /// Why settings are not known, of some topics or of all: a clause.
    pub no_settings: Option<String>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDetails {
    /// Its name.
    pub name: String,
    /// Its name begins with `__`: Kafka itself or a tool uses it.
    pub is_internal: bool,
    /// The number of its partitions.
    pub partitions: usize,
    /// Partitions that no broker leads, and those whose broker did not answer; they are not part of `records`.
    pub silent_partitions: usize,
    /// Copies of each partition; of the partition with the fewest.
    pub replication: usize,
    /// End offsets minus begin offsets: at least the number of records, more if the topic is compacted or has transactions.
    pub records: u64,
    /// Bytes of its logs on the disks of all brokers, replicas included.
    pub disk_bytes: Option<u64>,
    /// Its settings, where the cluster reports them.
    pub settings: Option<TopicSettings>,
}

/// Settings of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicSettings {
    /// `retention.ms`; negative: for ever.
    pub retention_ms: Option<i64>,
    /// `retention.bytes` of a partition; negative: without a bound.
    pub retention_bytes: Option<i64>,
    /// `cleanup.policy`.
    pub cleanup_policy: Option<String>,
}

/// Lists all topics. Nothing is created.
///
/// # Errors
/// [`ClientError::Unreachable`] with the client's last message, or settings that it rejects. What the cluster does not report
/// is left out instead.
pub fn topic_list(
    bootstrap_servers: &str,
    client: &ClientSettings,
    timeout: Duration,
    stop: &Cancellation,
) -> Result<TopicList, ClientError> {
    let reader = Reader::open(bootstrap_servers, client, timeout, None, stop)?;
    let metadata = reader.metadata()?;
    let known = || metadata.topics().iter().filter(|topic| topic.error().is_none());
    let mut wanted = TopicPartitionList::new();
    for topic in known() {
        // A partition without a leader would delay the answer for the others.
        for partition in topic.partitions().iter().filter(|partition| partition.leader() >= 0) {
            wanted.add_partition(topic.name(), partition.id());
        }
    }
    let mut records: HashMap<String, (usize, u64)> = HashMap::new();
    for ((topic, _), (low, high)) in both_ends(&reader, &wanted)? {
        let of_topic = records.entry(topic).or_default();
        *of_topic = (of_topic.0 + 1, of_topic.1 + u64::try_from(high - low).unwrap_or(0));
    }
    if stop.is_requested() {
        return Err(RunError::Stopped.into());
    }
    let (sizes, no_sizes) = sizes(&reader, &metadata);
    let names: Vec<&str> = known().map(MetadataTopic::name).collect();
    let (mut settings, no_settings) = settings(&reader, &names)?;
    let details = |topic: &MetadataTopic| {
        let (answered, records) = records.get(topic.name()).copied().unwrap_or_default();
        TopicDetails {
            name: topic.name().to_owned(),
            is_internal: topic.name().starts_with("__"),
            partitions: topic.partitions().len(),
            silent_partitions: topic.partitions().len().saturating_sub(answered),
            replication: topic.partitions().iter().map(|one| one.replicas().len()).min().unwrap_or(0),
            records,
            disk_bytes: sizes.as_ref().map(|sizes| sizes.get(topic.name()).copied().unwrap_or(0)),
            settings: settings.remove(topic.name()),
        }
    };
    let mut topics: Vec<TopicDetails> = known().map(details).collect();
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(TopicList { topics, no_sizes, no_settings })
}

/// Bytes on disks by topic, or why they are not known.
fn sizes(reader: &Reader, metadata: &Metadata) -> (Option<HashMap<String, u64>>, Option<String>) {
    if !reader.is_plaintext() {
        return (None, Some("it is asked only over connections without TLS and SASL".to_owned()));
    }
    let brokers = metadata.brokers().iter();
    let addresses = brokers.map(|broker| (broker.host(), u16::try_from(broker.port()).unwrap_or(0)));
    match log_size::of_all_topics(addresses) {
        Ok(Some(sizes)) => (Some(sizes), None),
        Ok(None) => (None, Some("the broker keeps its records in memory".to_owned())),
        Err(error) => (None, Some(format!("the brokers do not report it ({error})"))),
    }
}

/// Settings by topic, and why some are missing.
fn settings(reader: &Reader, topics: &[&str]) -> Result<(HashMap<String, TopicSettings>, Option<String>), ClientError> {
    let admin = reader.admin()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|source| RunError::Thread { name: "topics".to_owned(), source })?;
    let options = AdminOptions::new().request_timeout(Some(reader.timeout()));
    let (mut found, mut problem) = (HashMap::new(), None);
    for some in topics.chunks(TOPICS_A_REQUEST) {
        let specifiers: Vec<ResourceSpecifier<'_>> = some.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        let described = match runtime.block_on(admin.describe_configs(&specifiers, &options)) {
            Ok(described) => described,
            Err(error) => return Ok((found, Some(format!("the cluster does not report them ({error})")))),
        };
        for resource in described {
            match resource {
                Ok(resource) => {
                    if let OwnedResourceSpecifier::Topic(topic) = &resource.specifier {
                        found.insert(topic.clone(), settings_of(&resource));
                    }
                }
                Err(code) => problem = Some(format!("the cluster does not report them ({code})")),
            }
        }
    }
    Ok((found, problem))
}

fn settings_of(resource: &ConfigResource) -> TopicSettings {
    let value = |name: &str| resource.get(name).and_then(|entry| entry.value.clone());
    let number = |name: &str| value(name)?.parse().ok();
    TopicSettings {
        retention_ms: number("retention.ms"),
        retention_bytes: number("retention.bytes"),
        cleanup_policy: value("cleanup.policy"),
    }
}
