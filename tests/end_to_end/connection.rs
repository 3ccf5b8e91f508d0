//! The connection test, against whatever can be wrong.

use std::time::{Duration, Instant};

use kafka_image_bench::broker::check::{ConnectionProblem, check_connection};
use kafka_image_bench::model::client_settings::ClientSettings;
use kafka_image_bench::pipeline::properties;

use crate::bench::Bench;
use crate::secured::secured;

type Properties = Vec<(String, String)>;

const TIMEOUT: Duration = Duration::from_secs(20);

fn settings(properties: &[(&str, &str)]) -> ClientSettings {
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ClientSettings { properties, ..ClientSettings::default() }
}

/// The problem, which is found long before the time is up.
#[track_caller]
fn problem(servers: &str, client: &ClientSettings) -> ConnectionProblem {
    let started = Instant::now();
    let problem = check_connection(servers, client, TIMEOUT).unwrap_err();
    assert!(started.elapsed() < TIMEOUT, "{:?}: {problem:?}", started.elapsed());
    problem
}

/// A port that was free a moment ago.
fn closed_port() -> String {
    format!("127.0.0.1:{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port())
}

#[test]
fn a_broker_that_answers_is_described() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    // The second server is not needed, as long as the first one answers.
    let servers = format!("{},{}", served.bootstrap_servers, closed_port());
    let report = check_connection(&servers, &ClientSettings::default(), TIMEOUT).unwrap();
    let [broker] = &report.brokers[..] else { panic!("{report:?}") };
    assert!(broker.ends_with(&format!(" at {}", served.bootstrap_servers)), "{report:?}");
    assert!(report.topics >= 1 && report.elapsed < TIMEOUT, "{report:?}");
}

#[test]
fn what_is_wrong_with_an_address_is_said() {
    let refused = problem(&closed_port(), &ClientSettings::default());
    assert!(refused.summary.contains("Nobody listens") && refused.detail.contains("127.0.0.1"), "{refused:?}");

    let unknown = problem("no-such-host.invalid:9092", &ClientSettings::default());
    assert!(unknown.summary.contains("cannot be resolved"), "{unknown:?}");

    let setting = problem(&closed_port(), &settings(&[("no.such.property", "1")]));
    assert!(setting.detail.contains("no.such.property"), "{setting:?}");
}

#[test]
fn a_port_that_never_answers_costs_the_timeout_and_no_more() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let started = Instant::now();
    let servers = listener.local_addr().unwrap().to_string();
    let silent = check_connection(&servers, &ClientSettings::default(), Duration::from_secs(2)).unwrap_err();
    assert!(silent.summary.contains("No answer in time"), "{silent:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn tls_to_a_port_without_is_said() {
    let bench = Bench::new();
    let served = bench.serve();
    let tls = problem(&served.bootstrap_servers, &settings(&[("security.protocol", "SSL")]));
    assert!(tls.summary.contains("a port without TLS"), "{tls:?}");
}

#[test]
fn what_is_wrong_with_credentials_is_said() {
    let Some(cluster) = secured() else { return };
    let allowed = properties::read(cluster.allowed.as_ref()).unwrap().properties;
    let client = |change: &dyn Fn(&mut Properties)| {
        let mut properties = allowed.clone();
        change(&mut properties);
        ClientSettings { properties, ..ClientSettings::default() }
    };
    let set = |name: &'static str, value: &'static str| {
        move |properties: &mut Properties| properties.push((name.to_owned(), value.to_owned()))
    };
    let report = check_connection(&cluster.servers, &client(&|_| {}), TIMEOUT).unwrap();
    assert_eq!(report.brokers.len(), 1, "{report:?}");

    let wrong = problem(&cluster.servers, &client(&set("sasl.password", "not-the-password")));
    assert!(wrong.summary.contains("wrong user name or password"), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("not-the-password"), "{wrong:?}");

    let without_ca = client(&|properties| properties.retain(|(name, _)| !name.starts_with("ssl.ca")));
    let unknown = problem(&cluster.servers, &without_ca);
    assert!(unknown.summary.contains("unknown certificate authority"), "{unknown:?}");

    let mechanism = problem(&cluster.servers, &client(&set("sasl.mechanisms", "PLAIN")));
    assert!(mechanism.summary.contains("does not offer this SASL mechanism"), "{mechanism:?}");

    let plaintext = problem(&cluster.servers, &ClientSettings::default());
    assert!(plaintext.summary.contains("speaks TLS"), "{plaintext:?}");

    let without_sasl = client(&|properties| {
        properties.retain(|(name, _)| name.starts_with("ssl."));
        properties.push(("security.protocol".to_owned(), "SSL".to_owned()));
    });
    let sasl = problem(&cluster.servers, &without_sasl);
    assert!(sasl.summary.contains("SASL"), "{sasl:?}");
}
