use rdkafka::config::ClientConfig;
use rdkafka::consumer::BaseConsumer;

use super::*;
use crate::kafka::record_limit::RecordLimit;

const RECEIVE: &str = "receive.message.max.bytes";

fn with(properties: &[(&str, &str)]) -> ClientSettings {
    let properties = properties.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    ClientSettings { properties, ..ClientSettings::default() }
}

#[test]
fn the_client_names_what_it_refuses() {
    let refusal = |settings: &ClientSettings| check_settings(settings).unwrap_err().to_string();
    assert!(refusal(&with(&[("batch.sise", "1")])).contains("batch.sise"));
    assert!(refusal(&with(&[("linger.ms", "soon")])).contains("linger.ms=soon"));
    assert!(refusal(&with(&[("enable.auto.offset.store", "true")])).contains("durable"));
    for never_ending in ["transactional.id", "delivery.report.only.error", "statistics.interval.ms"] {
        assert!(refusal(&with(&[(never_ending, "1")])).contains(never_ending));
    }
    check_settings(&with(&[("group.protocol", "consumer")])).unwrap();
    let contradiction = with(&[("enable.idempotence", "true"), ("acks", "1")]);
    assert!(refusal(&contradiction).contains("acks"), "{}", refusal(&contradiction));
}

#[test]
fn a_property_of_one_side_is_checked_for_that_side() {
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let of_consumer = |name, value| ClientSettings { consumer: pair(name, value), ..ClientSettings::default() };
    let of_producer = |name, value| ClientSettings { producer: pair(name, value), ..ClientSettings::default() };
    check_settings(&of_consumer("fetch.min.bytes", "1000")).unwrap();
    check_settings(&of_producer("max.in.flight.requests.per.connection", "1")).unwrap();
    check_settings(&of_producer("socket.send.buffer.bytes", "100000")).unwrap();
    for (settings, word) in [
        (of_producer("max.in.flight.requests.per.connection", "9"), "max.in.flight"),
        (of_producer("max.in.flite", "1"), "max.in.flite"),
        (of_consumer("fetch.min.bytes", "many"), "fetch.min.bytes=many"),
        (of_consumer("enable.auto.commit", "false"), "enable.auto.commit"),
    ] {
        let refused = check_settings(&settings).unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn a_property_of_the_other_side_is_refused() {
    for (side, name, value) in [
        (Scope::Consumer, "linger.ms", "5"),
        (Scope::Consumer, "message.timeout.ms", "5"),
        (Scope::Producer, "fetch.min.bytes", "5"),
        (Scope::Producer, "auto.offset.reset", "latest"),
    ] {
        let refused = check_side(side, name, value).unwrap_err().to_string();
        assert_eq!(refused, format!("{name} is not a property of the {}", side.name()));
    }
    for (side, name, value) in [
        (Scope::Consumer, "fetch.min.bytes", "5"),
        (Scope::Consumer, "socket.receive.buffer.bytes", "100000"),
        (Scope::Producer, "socket.send.buffer.bytes", "100000"),
        (Scope::Producer, "max.in.flight.requests.per.connection", "1"),
        (Scope::Topic, "min.insync.replicas", "1"),
    ] {
        check_side(side, name, value).unwrap();
    }
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    let refused = check_settings(&with(&[("ssl.ca.location", "/no/ca.pem")])).unwrap_err().to_string();
    assert!(refused.contains("ssl.ca.location") && refused.ends_with("does not exist: /no/ca.pem"), "{refused}");
}

#[test]
fn fewer_acks_give_up_idempotence() {
    let one = ClientSettings { producer: vec![("acks".into(), "1".into())], ..ClientSettings::default() };
    check_settings(&one).unwrap();
    assert_eq!(producer_config("", &one, 0).get("enable.idempotence"), Some("false"));
    assert_eq!(producer_config("", &ClientSettings::default(), 0).get("enable.idempotence"), Some("true"));
}

#[test]
fn a_secret_is_not_repeated() {
    let refused = KafkaError::ClientConfig(
        rdkafka::types::RDKafkaConfRes::RD_KAFKA_CONF_INVALID,
        "no".into(),
        "sasl.password".into(),
        "hunter2".into(),
    );
    assert!(!client_reason(&refused).contains("hunter2"));
}

fn consumer(settings: &ClientSettings, topic_bytes: Option<u64>) -> ClientConfig {
    let mut config = consumer_config("127.0.0.1:1", settings, "g", 3, topic_bytes);
    config.set_log_level(rdkafka::config::RDKafkaLogLevel::Emerg);
    config
}

#[test]
fn what_may_be_sent_can_be_received_whatever_is_set() {
    let topics = [None, Some(20_000), Some(16 << 20), Some(104_857_600), Some(1 << 30), Some(i32::MAX as u64)];
    let people = [
        with(&[]),
        with(&[("receive.message.max.bytes", "300000000")]),
        with(&[("receive.message.max.bytes", "1000512")]),
        with(&[("receive.message.max.bytes", "2147483647")]),
        with(&[("fetch.max.bytes", "200000000")]),
        with(&[("fetch.max.bytes", "500000")]),
        with(&[("fetch.max.bytes", "2147483135")]),
        with(&[("message.max.bytes", "1000000000")]),
        with(&[("message.max.bytes", "2000")]),
        with(&[("receive.message.max.bytes", "150000000"), ("message.max.bytes", "900000000")]),
        with(&[("receive.message.max.bytes", "150000000"), ("fetch.max.bytes", "1000000")]),
    ];
    for settings in &people {
        check_settings(settings).unwrap();
        for topic_bytes in topics {
            let config = consumer(settings, topic_bytes);
            // The client itself checks that the limits are consistent.
            let _: BaseConsumer = config.create().unwrap_or_else(|error| panic!("{settings:?}: {error}"));
            let receive_bytes: u64 = config.get(RECEIVE).unwrap().parse().unwrap();
            let limit = RecordLimit::in_force(settings, "t", topic_bytes);
            assert!(limit.bytes < receive_bytes, "{settings:?}, {topic_bytes:?}: {limit:?}");
            if let Some(own) = settings.property(RECEIVE) {
                assert_eq!(config.get(RECEIVE), Some(own));
            }
        }
    }
}

#[test]
fn contradictions_are_refused_by_name() {
    let refusal = |properties: &[(&str, &str)]| check_settings(&with(properties)).unwrap_err().to_string();
    let both = refusal(&[("receive.message.max.bytes", "2000000"), ("fetch.max.bytes", "2000000")]);
    assert!(both.contains("fetch.max.bytes + 512"), "{both}");
    assert!(refusal(&[("receive.message.max.bytes", "3000")]).contains("at least"));
}
