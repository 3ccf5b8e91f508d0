//! Options of franz-go (`github.com/twmb/franz-go/pkg/kgo`).

use super::code::{cannot_set, quoted};
use super::{Client, Setting, Settings};

/// `kgo.BrokerMaxWriteBytes` unless it is set: a larger batch is refused.
const WRITE_BYTES: u64 = 100 << 20;
/// The largest limit that `kgo.ProducerBatchMaxBytes` accepts.
const BATCH_BYTES_MAX: u64 = 256 << 20;

/// The options as slices: `kgo.NewClient(append(producer, …)...)`.
pub(super) fn options(settings: &Settings) -> Vec<String> {
    let mut lines = slice("producer", producer(&settings.producer));
    if !settings.consumer.is_empty() {
        let option = |one: &Setting| shared_option(one).or_else(|| consumer_option(one));
        lines
            .extend(slice("consumer", settings.consumer.iter().map(|one| option(one).ok_or(one)).map(shown).collect()));
    }
    lines
}

fn slice(name: &str, options: Vec<String>) -> Vec<String> {
    let begin = format!("{name} := []kgo.Opt{{");
    [begin].into_iter().chain(options.into_iter().map(|one| format!("    {one}"))).chain(["}".to_owned()]).collect()
}

fn shown(option: Result<String, &Setting>) -> String {
    match option {
        Ok(option) => format!("{option},"),
        Err(setting) => cannot_set(Client::FranzGo, setting),
    }
}

fn producer(settings: &[Setting]) -> Vec<String> {
    let value = |name: &str| settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let number = |name: &str| value(name).and_then(|value| value.parse::<u64>().ok()).unwrap_or_default();
    let is_idempotent = value("enable.idempotence") == Some("true") && value("acks") == Some("all");
    let mut lines = batch_limit(number("batch.size"), number("message.max.bytes"));
    if !is_idempotent {
        lines.push("kgo.DisableIdempotentWrite(),".to_owned());
        if value("max.in.flight").or(value("max.in.flight.requests.per.connection")).is_none() {
            let note = "without idempotence kgo has one produce request in flight to a broker, librdkafka has more";
            lines.push(format!("// {note}: kgo.MaxProduceRequestsInflightPerBroker"));
        }
    }
    let codec = codec(value("compression.type").unwrap_or("none"), value("compression.level"));
    for setting in settings {
        let option = match (setting.0.as_str(), setting.1.as_str()) {
            ("batch.size" | "message.max.bytes" | "enable.idempotence" | "compression.level", _) => continue,
            ("max.in.flight" | "max.in.flight.requests.per.connection", count) if !is_idempotent => {
                Some(format!("kgo.MaxProduceRequestsInflightPerBroker({count})"))
            }
            ("compression.type", _) => Some(format!("kgo.ProducerBatchCompression({codec})")),
            _ => shared_option(setting).or_else(|| producer_option(setting)),
        };
        lines.push(shown(option.ok_or(setting)));
    }
    lines
}

/// One limit for batches and records: a record above it fails, which one above `batch.size` does not in other clients.
fn batch_limit(batch: u64, record: u64) -> Vec<String> {
    let limit = batch.max(record).min(BATCH_BYTES_MAX);
    let mut lines = Vec::new();
    if limit != batch {
        lines.push(format!(
            "// batch.size was {batch}; kgo has one limit for batches and records, and fails larger records"
        ));
    }
    lines.push(format!("kgo.ProducerBatchMaxBytes({limit}),"));
    if limit > WRITE_BYTES {
        lines.push(format!("kgo.BrokerMaxWriteBytes({limit}),"));
    }
    lines
}

fn codec(name: &str, level: Option<&str>) -> String {
    let codec = match name {
        "gzip" => "kgo.GzipCompression()",
        "snappy" => "kgo.SnappyCompression()",
        "lz4" => "kgo.Lz4Compression()",
        "zstd" => "kgo.ZstdCompression()",
        _ => "kgo.NoCompression()",
    };
    match level.and_then(|level| level.parse::<i32>().ok()) {
        Some(level) if name != "none" && level >= 0 => format!("{codec}.WithLevel({level})"),
        _ => codec.to_owned(),
    }
}

fn producer_option((name, value): &Setting) -> Option<String> {
    Some(match name.as_str() {
        "acks" => format!("kgo.RequiredAcks({})", acks(value)?),
        "linger.ms" => format!("kgo.ProducerLinger({})", duration(value)?),
        "delivery.timeout.ms" | "message.timeout.ms" => format!("kgo.RecordDeliveryTimeout({})", duration(value)?),
        "request.timeout.ms" => format!("kgo.ProduceRequestTimeout({})", duration(value)?),
        "retries" | "message.send.max.retries" => format!("kgo.RecordRetries({})", whole(value)?),
        "queue.buffering.max.messages" => format!("kgo.MaxBufferedRecords({})", whole(value)?),
        "queue.buffering.max.kbytes" => format!("kgo.MaxBufferedBytes({})", whole(value)?.checked_mul(1_024)?),
        "transactional.id" => format!("kgo.TransactionalID({})", quoted(value)),
        "transaction.timeout.ms" => format!("kgo.TransactionTimeout({})", duration(value)?),
        _ => return None,
    })
}

fn consumer_option((name, value): &Setting) -> Option<String> {
    Some(match name.as_str() {
        "fetch.min.bytes" => format!("kgo.FetchMinBytes({})", whole(value)?),
        "fetch.max.bytes" => format!("kgo.FetchMaxBytes({})", whole(value)?),
        "max.partition.fetch.bytes" | "fetch.message.max.bytes" => {
            format!("kgo.FetchMaxPartitionBytes({})", whole(value)?)
        }
        "fetch.wait.max.ms" => format!("kgo.FetchMaxWait({})", duration(value)?),
        "session.timeout.ms" => format!("kgo.SessionTimeout({})", duration(value)?),
        "heartbeat.interval.ms" => format!("kgo.HeartbeatInterval({})", duration(value)?),
        "group.instance.id" => format!("kgo.InstanceID({})", quoted(value)),
        "client.rack" => format!("kgo.Rack({})", quoted(value)),
        "isolation.level" => match value.as_str() {
            "read_committed" => "kgo.FetchIsolationLevel(kgo.ReadCommitted())".to_owned(),
            "read_uncommitted" => "kgo.FetchIsolationLevel(kgo.ReadUncommitted())".to_owned(),
            _ => return None,
        },
        _ => return None,
    })
}

/// Of any client.
fn shared_option((name, value): &Setting) -> Option<String> {
    Some(match name.as_str() {
        "client.id" => format!("kgo.ClientID({})", quoted(value)),
        "connections.max.idle.ms" => format!("kgo.ConnIdleTimeout({})", duration(value)?),
        "metadata.max.age.ms" => format!("kgo.MetadataMaxAge({})", duration(value)?),
        _ => return None,
    })
}

fn acks(value: &str) -> Option<&'static str> {
    match value {
        "all" | "-1" => Some("kgo.AllISRAcks()"),
        "1" => Some("kgo.LeaderAck()"),
        "0" => Some("kgo.NoAck()"),
        _ => None,
    }
}

fn whole(value: &str) -> Option<i64> {
    value.parse().ok()
}

/// `5 * time.Millisecond`, or microseconds where it has parts of milliseconds.
fn duration(millis: &str) -> Option<String> {
    let millis: f64 = millis.parse().ok().filter(|millis: &f64| millis.is_finite() && *millis >= 0.0)?;
    Some(match millis.fract() == 0.0 {
        true => format!("{millis} * time.Millisecond"),
        false => format!("{} * time.Microsecond", (millis * 1e3).round()),
    })
}
