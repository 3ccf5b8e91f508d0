use std::collections::BTreeSet;

use super::*;

fn lists(lists: &[(&str, &[&str])]) -> Result<Lists, String> {
    let mut all = Lists::default();
    for (key, values) in lists {
        all.add(Variable::find(key)?, values.iter().map(|value| (*value).to_owned()).collect())?;
    }
    Ok(all)
}

fn names(all: Vec<Configuration>) -> Vec<String> {
    all.into_iter().map(|one| one.name).collect()
}

#[test]
fn each_field_is_written_read_and_shown() {
    let written = serde_json::to_value(Configuration::default()).unwrap();
    assert_eq!(
        written.as_object().unwrap().len(),
        FIELDS.len() + 1,
        "a member without an entry in the table: {written}"
    );
    for field in &FIELDS {
        let text = field.get(&Configuration::default());
        let json = &written[field.key];
        assert_eq!(
            json.as_str().map_or_else(|| json.as_f64(), |name| name.parse().ok()),
            text.parse().ok(),
            "{field:?}"
        );
        assert!(field.check(&text).is_ok() && field.check("no such value").is_err());
        for text in [field.option, field.name, field.value_name, field.help, field.meaning, field.hint] {
            assert!(!text.is_empty(), "{field:?}");
        }
        for value in field.example.split(", ") {
            let mut one = Configuration::default();
            field.set(&mut one, value).unwrap();
            assert_eq!(field.get(&one), value);
        }
    }
    let distinct = |of: fn(&Field) -> &'static str| FIELDS.iter().map(of).collect::<BTreeSet<_>>().len();
    assert_eq!((distinct(|field| field.key), distinct(|field| field.option)), (FIELDS.len(), FIELDS.len()));
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    for (key, value) in [
        ("batch-size", "0"),
        ("batch-size", "1.5"),
        ("batch-size", "2147483648"),
        ("linger-ms", "-1"),
        ("linger-ms", "NaN"),
        ("linger-ms", "inf"),
        ("compression-type", "lz5"),
        ("acks", "2"),
        ("partitions", "0"),
        ("encoding", "xml"),
        ("topic.min.insync.replicas", "0"),
        ("topic.cleanup.policy", "delete,none"),
        ("topic.preallocate", "yes"),
        ("consumer.fetch.min.bytes", " "),
    ] {
        let refused = lists(&[(key, &[value])]).unwrap_err();
        assert!(refused.contains(value) || value == " ", "{refused}");
    }
    assert!(lists(&[("acks", &["-1", "0"]), ("topic.cleanup.policy", &["compact,delete"])]).is_ok());
}

#[test]
fn the_standard_configurations_are_the_five() {
    let expected = ["16384/0/none", "32768/5/gzip", "65536/10/snappy", "128000/20/none", "512000/50/gzip"];
    assert_eq!(names(standard()), expected);
}

#[test]
fn every_preset_has_different_configurations() {
    for preset in Preset::ALL {
        assert!(lists::distinct(preset.configurations()).unwrap().len() > 1, "{preset:?}");
    }
    let encodings: Vec<Encoding> = Preset::Encodings.configurations().iter().map(|one| one.encoding).collect();
    assert_eq!(encodings, Encoding::ALL);
    let tune = Preset::Tune.configurations();
    assert!(tune.len() == 90 && tune.iter().all(|one| one.acks == Configuration::default().acks));
}

#[test]
fn lists_are_multiplied() {
    // In the order of the table, whatever the order of the lists.
    let two = lists(&[("compression-type", &["none", "lz4", "zstd"]), ("batch-size", &["1", "2"])]).unwrap();
    let names = names(two.product().unwrap());
    assert_eq!(names[..4], ["1/5/none", "1/5/lz4", "1/5/zstd", "2/5/none"]);
    assert_eq!(names.len(), 6);
    assert!(lists(&[("batch-size", &["1", "1"])]).unwrap().product().is_err());
    let linger: Vec<String> = (0..40).map(|linger| linger.to_string()).collect();
    let linger: Vec<&str> = linger.iter().map(String::as_str).collect();
    let batch: Vec<&str> = linger[1..].to_vec();
    let all = lists(&[("linger-ms", &linger), ("batch-size", &batch)]).unwrap();
    assert_eq!(all.product().unwrap().len(), 40 * 39);
    let all = lists(&[("linger-ms", &linger), ("batch-size", &batch), ("partitions", &["1", "2", "4", "8"])]).unwrap();
    assert!(all.product().unwrap_err().to_string().contains("5000"));
}

#[test]
fn properties_are_varied_and_named() {
    let all = lists(&[
        ("consumer.fetch.min.bytes", &["1", "1000000"]),
        ("linger-ms", &["0"]),
        ("topic.min.insync.replicas", &["1", "2"]),
    ]);
    let all = all.unwrap().product().unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(all[1].name, "1000000/0/none/consumer.fetch.min.bytes=1/topic.min.insync.replicas=2");
    assert_eq!(all[3].properties_of(Scope::Topic), [("min.insync.replicas".to_owned(), "2".to_owned())]);
    assert!(all[3].sets("fetch.min.bytes") && all[3].sets("queue.buffering.max.ms") && !all[3].sets("debug"));
    let keys: Vec<String> = Variable::of(&all).iter().map(Variable::key).collect();
    assert_eq!(keys[FIELDS.len()..], ["consumer.fetch.min.bytes", "topic.min.insync.replicas"]);
    let written = serde_json::to_string(&all[0]).unwrap();
    assert!(written.contains(r#""properties":{"consumer.fetch.min.bytes":"1""#), "{written}");
    assert_eq!(serde_json::from_str::<Configuration>(&written).unwrap(), all[0]);
    assert!(!serde_json::to_string(&standard()[0]).unwrap().contains("properties"));
}

#[test]
fn properties_that_cannot_be_varied_are_refused_by_name() {
    for (key, reason) in [
        ("producer.linger.ms", "--linger-ms"),
        ("producer.compression.codec", "--compression-type"),
        ("consumer.group.id", "its own"),
        ("consumer.sasl.password", "secret"),
        ("topic.max.message.bytes", "largest image"),
        ("topic.retention", "no property"),
        ("broker.x.y", "begins with"),
        ("linger.ms", "begins with"),
        ("producer.", "begins with"),
        ("batchsize", "batchsize"),
    ] {
        let refused = Variable::find(key).unwrap_err();
        assert!(refused.contains(reason), "{key}: {refused}");
    }
    let damaged = Configuration { properties: [("x".to_owned(), "1".to_owned())].into(), ..Configuration::default() };
    assert!(damaged.check_properties().is_err());
}

#[test]
fn what_all_share_is_not_measured_under_another_name() {
    let pair = |name: &str| (name.to_owned(), "1".to_owned());
    let properties = vec![pair("linger.ms"), pair("compression.codec"), pair("socket.keepalive.enable")];
    let shared = ClientSettings { properties, ..ClientSettings::default() };
    let mut one = standard().remove(0);
    one.properties = [("producer.retries".to_owned(), "1".to_owned())].into();
    let settings = one.client_settings(&shared);
    assert_eq!(settings.properties, [pair("socket.keepalive.enable")]);
    assert_eq!(settings.of_producer().property("linger.ms"), Some("0"));
    assert_eq!(settings.producer.last(), Some(&pair("retries")));
    assert_eq!(settings.of_consumer().property("retries"), None);
}
