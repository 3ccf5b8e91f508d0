//! The connection test, against everything that can be wrong.

use std::time::{Duration, Instant};

use kafka_image_bench_core::broker::check::{
    CheckRequest, CheckStep, ConnectionProblem, StepChange, StepOutcome, answers_without_tls, check_connection,
    check_in_steps,
};
use kafka_image_bench_core::kafka::properties;
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::run::cancellation::Cancellation;

use crate::bench::Bench;
use crate::secured::secured;

type Properties = Vec<(String, String)>;

const TIMEOUT: Duration = Duration::from_secs(20);

fn settings(properties: &[(&str, &str)]) -> ClientSettings {
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ClientSettings { properties, ..ClientSettings::default() }
}

/// The problem, which is found long before the timeout.
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
    // The second server is not needed as long as the first one answers.
    let servers = format!("{},{}", served.bootstrap_servers, closed_port());
    let report = check_connection(&servers, &ClientSettings::default(), TIMEOUT).unwrap();
    let [broker] = &report.brokers[..] else { panic!("{report:?}") };
    assert!(broker.ends_with(&format!(" at {}", served.bootstrap_servers)), "{report:?}");
    assert!(report.topics >= 1 && report.elapsed < TIMEOUT, "{report:?}");
}

/// The end of each step, in the order in which they came.
fn steps(servers: &str, client: &ClientSettings, topic: Option<&str>) -> Vec<StepChange> {
    let request = CheckRequest { bootstrap_servers: servers, client, topic, timeout: TIMEOUT };
    let mut changes = Vec::new();
    let result = check_in_steps(&request, &Cancellation::default(), &mut |change| changes.push(change));
    let failed = changes.iter().any(|change| matches!(change.outcome, Some(StepOutcome::Failed(_))));
    assert_eq!(failed, result.is_err(), "{changes:?}");
    changes.retain(|change| change.outcome.is_some());
    changes
}

fn passed(changes: &[StepChange], step: CheckStep) -> &str {
    let end = changes.iter().find(|change| change.step == step).and_then(|change| change.outcome.as_ref());
    let Some(StepOutcome::Passed(found)) = end else { panic!("{step:?}: {changes:?}") };
    found
}

/// The step that failed, which is the last one.
#[track_caller]
fn failing(servers: &str, client: &ClientSettings) -> CheckStep {
    let changes = steps(servers, client, None);
    let last = changes.last().unwrap();
    assert!(matches!(last.outcome, Some(StepOutcome::Failed(_))), "{changes:?}");
    last.step
}

#[test]
fn the_steps_of_a_check_come_in_order_and_change_nothing() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 3, &[]);
    let (servers, client) = (&served.bootstrap_servers, ClientSettings::default());
    let changes = steps(servers, &client, Some(&bench.topic));
    assert_eq!(changes.iter().map(|change| change.step).collect::<Vec<_>>(), CheckStep::ALL);
    let skipped = |change: &&StepChange| matches!(change.outcome, Some(StepOutcome::Skipped(_)));
    let skipped: Vec<_> = changes.iter().filter(skipped).map(|change| change.step).collect();
    assert_eq!(skipped, [CheckStep::Tls, CheckStep::SignIn]);
    let port = servers.rsplit_once(':').unwrap().1;
    assert!(passed(&changes, CheckStep::Connect).ends_with(port), "the client's own connection: {changes:?}");
    assert!(passed(&changes, CheckStep::Brokers).contains(" at "), "{changes:?}");
    let rights = passed(&changes, CheckStep::Topic);
    assert!(rights.starts_with("3 partitions; reading is allowed"), "{rights}");

    let before = check_connection(servers, &client, TIMEOUT).unwrap();
    let missing = steps(servers, &client, Some("no-such-topic"));
    assert_eq!(passed(&missing, CheckStep::Topic), "it does not exist yet; this user may create it");
    assert_eq!(check_connection(servers, &client, TIMEOUT).unwrap().topics, before.topics);
}

#[test]
fn each_failure_belongs_to_its_step() {
    let none = ClientSettings::default();
    assert_eq!(failing(&closed_port(), &none), CheckStep::Connect);
    assert_eq!(failing("no-such-host.invalid:9092", &none), CheckStep::Resolve);
    assert_eq!(failing(&closed_port(), &settings(&[("no.such.property", "1")])), CheckStep::Properties);
    let (expired, other) = (TlsServer::start(&["127.0.0.1"], -2, -1), TlsServer::start(&["127.0.0.1"], -1, 1));
    assert_eq!(failing(&expired.address.to_string(), &expired.settings()), CheckStep::Tls);
    assert_eq!(failing(&expired.address.to_string(), &other.settings()), CheckStep::Tls);
    assert_eq!(failing(&other.address.to_string(), &none), CheckStep::Tls);
}

#[test]
fn the_steps_of_a_secured_cluster_are_those_of_its_connection() {
    let Some(cluster) = secured() else { return };
    let mut client = settings(&[]);
    client.properties = properties::read(cluster.allowed.as_ref()).unwrap().properties;
    let changes = steps(&cluster.servers, &client, None);
    let ended: Vec<_> = changes.iter().map(|change| change.step).collect();
    assert_eq!(ended, CheckStep::ALL);
    passed(&changes, CheckStep::Tls);
    passed(&changes, CheckStep::SignIn);
    client.properties.push(("sasl.password".to_owned(), "not-the-password".to_owned()));
    assert_eq!(failing(&cluster.servers, &client), CheckStep::SignIn);

    // Another user, to whom no ACL allows anything.
    let bench = Bench::new();
    client.properties = properties::read(cluster.denied.as_ref()).unwrap().properties;
    let changes = steps(&cluster.servers, &client, Some(&bench.topic));
    let last = changes.last().unwrap();
    let Some(StepOutcome::Failed(problem)) = &last.outcome else { panic!("{changes:?}") };
    assert!(last.step == CheckStep::Topic && problem.summary.contains("This user may not"), "{changes:?}");
}

#[test]
fn only_a_broker_answers_like_one() {
    let bench = Bench::new();
    let served = bench.serve();
    assert!(answers_without_tls(&served.bootstrap_servers));
    let tls = TlsServer::start(&["127.0.0.1"], -1, 1);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed_port(), tls.address.to_string(), silent.local_addr().unwrap().to_string()] {
        assert!(!answers_without_tls(&address), "{address}");
    }
}

#[test]
fn what_is_wrong_with_an_address_is_said() {
    let refused = problem(&closed_port(), &ClientSettings::default());
    assert!(refused.summary.contains("Nothing is listening") && refused.detail.contains("127.0.0.1"), "{refused:?}");

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
    assert!(plaintext.summary.contains("expects TLS"), "{plaintext:?}");

    let without_sasl = client(&|properties| {
        properties.retain(|(name, _)| name.starts_with("ssl."));
        properties.push(("security.protocol".to_owned(), "SSL".to_owned()));
    });
    let sasl = problem(&cluster.servers, &without_sasl);
    assert!(sasl.summary.contains("SASL"), "{sasl:?}");
}

/// A server whose certificate is for `names`, valid from and to this many days from now.
struct TlsServer {
    address: std::net::SocketAddr,
    authority: tempfile::NamedTempFile,
}

impl TlsServer {
    fn start(names: &[&str], from_days: i64, to_days: i64) -> Self {
        use openssl::ssl::{SslAcceptor, SslMethod};

        let (authority, authority_key) = certificate("authority", &[], None, -10_000, 10_000);
        let (certificate, key) = certificate("broker", names, Some((&authority, &authority_key)), from_days, to_days);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), authority.to_pem().unwrap()).unwrap();
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        let (acceptor, listener) = (acceptor.build(), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let address = listener.local_addr().unwrap();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                drop(acceptor.accept(stream));
            }
        });
        Self { address, authority: file }
    }

    fn settings(&self) -> ClientSettings {
        settings(&[("security.protocol", "SSL"), ("ssl.ca.location", self.authority.path().to_str().unwrap())])
    }
}

type Key = openssl::pkey::PKey<openssl::pkey::Private>;

fn certificate(
    name: &str,
    names: &[&str],
    issuer: Option<(&openssl::x509::X509, &Key)>,
    from_days: i64,
    to_days: i64,
) -> (openssl::x509::X509, Key) {
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
    use openssl::x509::{X509, X509NameBuilder};

    let group = EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let key = Key::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let at = |days: i64| Asn1Time::from_unix(now + days * 86_400).unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1 + names.len() as u32).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |(issuer, _)| issuer.subject_name())).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&at(from_days)).unwrap();
    builder.set_not_after(&at(to_days)).unwrap();
    if issuer.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    let mut alternative = SubjectAlternativeName::new();
    for name in names {
        match name.parse::<std::net::IpAddr>() {
            Ok(_) => alternative.ip(name),
            Err(_) => alternative.dns(name),
        };
    }
    if !names.is_empty() {
        let extension = alternative.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(extension).unwrap();
    }
    builder.sign(issuer.map_or(&key, |(_, key)| key), openssl::hash::MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

/// Checks that a run ends at once with the sentence, long before its broker timeout.
#[track_caller]
fn run_says(servers: &str, properties: &[(&str, &str)], sentence: &str) {
    let bench = Bench::new();
    bench.write_images(1);
    for command in ["stream", "produce", "consume", "lag", "browse", "benchmark"] {
        let mut program = crate::bench::program();
        program.args(["--headless", command, "--bootstrap-server", servers, "--broker-timeout", "100"]);
        for (name, value) in properties {
            program.args(["-X", &format!("{name}={value}")]);
        }
        if matches!(command, "stream" | "produce" | "benchmark") {
            program.arg("--input").arg(bench.input());
        }
        if !matches!(command, "lag" | "browse") {
            program.arg("--work-dir").arg(bench.work(command));
        }
        let started = Instant::now();
        let run = crate::bench::finish(program.output().unwrap()).expect_code(1);
        assert!(run.stderr.contains(sentence), "{command}: {run:?}");
        assert!(started.elapsed() < Duration::from_secs(60), "{command}: {:?}", started.elapsed());
    }
}

#[test]
fn each_fault_of_a_certificate_has_its_sentence() {
    for (names, from_days, to_days, sentence) in [
        (&["127.0.0.1"][..], -2, -1, "certificate has expired"),
        (&["127.0.0.1"], 1, 2, "certificate is not valid yet"),
        (&["broker.example"], -1, 1, "certificate is for another host name"),
        (&["127.0.0.2"], -1, 1, "certificate is for another host name"),
    ] {
        let server = TlsServer::start(names, from_days, to_days);
        let found = problem(&server.address.to_string(), &server.settings());
        assert!(found.summary.contains(sentence), "{found:?}");
    }
    let (server, other) = (TlsServer::start(&["127.0.0.1"], -1, 1), TlsServer::start(&[], -1, 1));
    let found = problem(&server.address.to_string(), &other.settings());
    assert!(found.summary.contains("unknown certificate authority"), "{found:?}");
    let found = problem(&server.address.to_string(), &settings(&[]));
    assert!(found.summary.contains("expects TLS"), "{found:?}");
}

#[test]
fn every_command_ends_at_once_where_trying_again_cannot_help() {
    let server = TlsServer::start(&["127.0.0.1"], -2, -1);
    let ca = server.authority.path().to_str().unwrap();
    let properties = [("security.protocol", "SSL"), ("ssl.ca.location", ca)];
    run_says(&server.address.to_string(), &properties, "certificate has expired");
    run_says(&server.address.to_string(), &[], "The broker expects TLS");
    let bench = Bench::embedded();
    let served = bench.serve_embedded("127.0.0.1:0");
    run_says(
        &served.bootstrap_servers,
        &[("security.protocol", "SSL")],
        "You connected with TLS to a port without TLS",
    );
}
