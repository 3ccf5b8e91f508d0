use rdkafka::config::ClientConfig;

use super::*;
use crate::configuration::Compression;

/// With a property that each client has, one that only librdkafka has, and one of each other scope.
fn one() -> Configuration {
    let mut one = Configuration {
        batch_size_bytes: 16_384,
        linger_ms: 0.5,
        compression_type: Compression::Zstd,
        acks: Acks::One,
        ..Configuration::default()
    };
    for (key, value) in [
        ("producer.message.timeout.ms", "30000"),
        ("producer.sticky.partitioning.linger.ms", "10"),
        ("consumer.fetch.wait.max.ms", "100"),
        ("consumer.fetch.queue.backoff.ms", "0"),
        ("topic.min.insync.replicas", "2"),
    ] {
        one.properties.insert(key.to_owned(), value.to_owned());
    }
    one
}

fn text(client: Client) -> String {
    properties_of(&one(), 3_000_000, client)
}

/// A record of 3,000,000 bytes in base64 with its overhead.
const LIMIT: &str = "4065536";

#[test]
fn a_properties_file_has_only_what_its_client_has() {
    let librdkafka = text(Client::Librdkafka);
    for line in librdkafka.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.split_once('=').unwrap();
        let accepted = ClientConfig::new().set(name, value).create_native_config();
        assert!(accepted.is_ok(), "{line}");
    }
    assert!(librdkafka.contains("linger.ms=0.5\n") && librdkafka.contains("fetch.queue.backoff.ms=0"), "{librdkafka}");
    let java = text(Client::Java);
    let expected = format!(
        "# measured with partitions 4, encoding json, key none\nbatch.size=16384\nlinger.ms=1\ncompression.type=zstd\nacks=1\n\
         enable.idempotence=false\nmax.request.size={LIMIT}\ndelivery.timeout.ms=30000\n\
         # Java clients cannot set sticky.partitioning.linger.ms; it was 10\n# of the consumer\n\
         # Java clients cannot set fetch.queue.backoff.ms; it was 0\nfetch.max.wait.ms=100\n\
         # of the topic: min.insync.replicas=2"
    );
    assert_eq!(java, expected);
    let large = properties_of(&Configuration::default(), 40_000_000, Client::Java);
    assert!(large.ends_with("max.request.size=53398872\nbuffer.memory=53398872"), "{large}");
}

#[test]
fn python_gets_dictionaries() {
    let expected = format!(
        "# measured with partitions 4, encoding json, key none\nproducer = {{\n    \"batch.size\": 16384,\n    \"linger.ms\": 0.5,\n    \
         \"compression.type\": \"zstd\",\n    \"acks\": 1,\n    \"enable.idempotence\": False,\n    \"message.max.bytes\": {LIMIT},\n    \
         \"message.timeout.ms\": 30000,\n    \"sticky.partitioning.linger.ms\": 10,\n}}\nconsumer = {{\n    \
         \"fetch.queue.backoff.ms\": 0,\n    \"fetch.wait.max.ms\": 100,\n}}\n# of the topic: min.insync.replicas=2"
    );
    assert_eq!(text(Client::ConfluentPython), expected);
    let expected = format!(
        "# measured with partitions 4, encoding json, key none\n# pip install kafka-python[zstd]\nproducer = dict(\n    \
         batch_size=16384,\n    linger_ms=1,\n    compression_type=\"zstd\",\n    acks=1,\n    enable_idempotence=False,\n    \
         max_request_size={LIMIT},\n    delivery_timeout_ms=30000,\n)\n\
         # kafka-python cannot set sticky.partitioning.linger.ms; it was 10\nconsumer = dict(\n    fetch_max_wait_ms=100,\n)\n\
         # kafka-python cannot set fetch.queue.backoff.ms; it was 0\n# of the topic: min.insync.replicas=2"
    );
    assert_eq!(text(Client::KafkaPython), expected);
    let plain = properties_of(&Configuration::default(), 1, Client::KafkaPython);
    assert!(
        plain.contains("compression_type=None,") && plain.contains("acks=\"all\",") && !plain.contains("pip"),
        "{plain}"
    );
}

#[test]
fn go_gets_a_map_or_options() {
    let map = text(Client::ConfluentGo);
    // A ConfigMap has no numbers with decimals.
    for line in [
        "producer := &kafka.ConfigMap{",
        "    \"linger.ms\": \"0.5\",",
        "    \"enable.idempotence\": false,",
        "    \"acks\": 1,",
    ] {
        assert!(map.lines().any(|one| one == line), "{line}: {map}");
    }
    let expected = format!(
        "// measured with partitions 4, encoding json, key none\n\
         producer := []kgo.Opt{{\n{0}// batch.size was 16384; kgo has one limit for batches and records, and fails larger records\n\
         {0}kgo.ProducerBatchMaxBytes({LIMIT}),\n{0}kgo.DisableIdempotentWrite(),\n\
         {0}// without idempotence kgo has one produce request in flight to a broker, librdkafka has more: \
         kgo.MaxProduceRequestsInflightPerBroker\n{0}kgo.ProducerLinger(500 * time.Microsecond),\n\
         {0}kgo.ProducerBatchCompression(kgo.ZstdCompression()),\n{0}kgo.RequiredAcks(kgo.LeaderAck()),\n\
         {0}kgo.RecordDeliveryTimeout(30000 * time.Millisecond),\n\
         {0}// franz-go cannot set sticky.partitioning.linger.ms; it was 10\n}}\n\
         consumer := []kgo.Opt{{\n{0}// franz-go cannot set fetch.queue.backoff.ms; it was 0\n\
         {0}kgo.FetchMaxWait(100 * time.Millisecond),\n}}\n// of the topic: min.insync.replicas=2",
        "    "
    );
    assert_eq!(text(Client::FranzGo), expected);
    let plain = properties_of(&Configuration::default(), 1, Client::FranzGo);
    assert!(plain.contains("kgo.AllISRAcks()") && !plain.contains("Idempotent"), "{plain}");
    let mut leveled = one();
    leveled.properties.insert("producer.compression.level".to_owned(), "3".to_owned());
    assert!(properties_of(&leveled, 1, Client::FranzGo).contains("kgo.ZstdCompression().WithLevel(3)"));
    let huge = properties_of(&Configuration::default(), 150_000_000, Client::FranzGo);
    assert!(huge.contains("kgo.BrokerMaxWriteBytes(200065536),"), "{huge}");
}

#[test]
fn every_client_has_a_name_on_the_command_line() {
    for client in Client::ALL {
        assert_eq!(client.key().parse(), Ok(client));
    }
    let error = "perl".parse::<Client>().unwrap_err();
    assert!(error.contains("franz-go") && error.contains("perl"), "{error}");
}
