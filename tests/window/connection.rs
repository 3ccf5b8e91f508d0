use std::net::TcpListener;

use kafka_image_bench::gui::WindowOptions;
use kafka_image_bench::gui::workers::dialogs::{Chosen, DialogKind};

use crate::bench::Bench;
use crate::broker::Cluster;
use crate::window::Window;

#[test]
fn fields_follow_the_security_protocol() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    let shown = |window: &Window| {
        ["User", "Password", "SASL mechanism", "CA certificate", "Client key"].map(|name| window.has_control(name))
    };
    assert_eq!(shown(&window), [false; 5]);
    window.choose("Security protocol", "sasl_plaintext");
    assert_eq!(shown(&window), [true, true, true, false, false]);
    window.choose("Security protocol", "ssl");
    assert_eq!(shown(&window), [false, false, false, true, true]);
    window.choose("Security protocol", "sasl_ssl");
    assert_eq!(shown(&window), [true; 5]);
    window.assert_named();
    window.press("Cancel");
    assert!(!window.has_control("Security protocol") && window.session().settings.connections.is_empty());
}

#[test]
fn a_connection_is_tested_then_used() {
    let bench = Bench::with_images(8);
    let cluster = Cluster::start(bench.folder.path().join("cluster"));
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    // A port that was free a moment ago.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    window.fill("Name", "Other");
    window.fill("Bootstrap servers", &closed.to_string());
    window.press("Test connection");
    window.wait_for_text(&format!("Nothing is listening at that address: {closed}"));
    assert!(window.has("Check host and port, and whether the broker runs"));
    assert!(!window.says("Connected in"));

    window.fill("Bootstrap servers", &cluster.servers());
    window.press("Test connection");
    window.wait_for_text("Connected in ");
    assert!(window.says(&format!("Brokers: 1 at {}; ", cluster.servers())), "{}", window.texts().join("\n"));
    window.press("Connect");
    window.wait_for_text("Broker: Other, ready");
    window.stream();
    assert!(window.has("Finished"));
    bench.assert_all_saved(8);
    let groups = crate::broker::groups(&cluster.servers());
    assert_eq!(groups, ["image-consumer-group"], "it went through this broker");
}

#[test]
fn a_pasted_client_properties_fills_the_fields() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    let text = "bootstrap.servers=127.0.0.1:1\nsecurity.protocol=SASL_SSL\nsasl.username=alice\nsasl.password=hunter2\nlinger.ms=7";
    window.fill("Further client properties", text);
    window.press("Test connection");
    assert_eq!(window.control("Bootstrap servers").value().as_deref(), Some("127.0.0.1:1"));
    assert_eq!(window.control("User").value().as_deref(), Some("alice"));
    assert_eq!(window.control("Further client properties").value().as_deref(), Some("linger.ms=7"));
    assert!(!window.texts().join("\n").contains("hunter2"));
    window.wait_for_text("Nothing is listening at that address: 127.0.0.1:1");
}

#[test]
fn a_preset_sets_what_a_service_needs_and_keeps_what_was_typed() {
    let bench = Bench::new();
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    window.fill("Bootstrap servers", "b-1.example,b-2.example");
    window.choose("Preset", "Amazon MSK, SCRAM");
    let value = |window: &Window, name: &str| window.control(name).value().unwrap_or_default();
    assert_eq!(value(&window, "Bootstrap servers"), "b-1.example:9096,b-2.example:9096");
    assert_eq!(value(&window, "Security protocol"), "sasl_ssl");
    assert_eq!(value(&window, "SASL mechanism"), "SCRAM-SHA-512");
    assert!(window.says("AWS Secrets Manager"));
    window.fill("User", "alice");
    window.choose("Preset", "Confluent Cloud");
    assert_eq!((value(&window, "SASL mechanism"), value(&window, "User")), ("PLAIN".into(), "alice".into()));
    window.choose("Security protocol", "plaintext");
    assert_eq!(value(&window, "Preset"), "None", "it is not secured like that service any more");
}

#[test]
fn a_test_shows_its_steps_and_what_failed() {
    let bench = Bench::new();
    let cluster = Cluster::start(bench.folder.path().join("cluster"));
    crate::broker::create_topic(&cluster.servers(), "harbour", 2);
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    assert!(window.has("Resolve names: waiting") && window.says("Each step of connecting is shown here"));
    window.fill("Bootstrap servers", &cluster.servers());
    window.fill("Topic", "harbour");
    window.press("Test connection");
    window.wait_for_text("Connected in ");
    for step in ["Client properties", "Resolve names", "Connect", "Metadata", "Every broker"] {
        assert!(window.says(&format!("{step}: passed")), "{}", window.texts().join("\n"));
    }
    for step in ["TLS", "Sign in"] {
        assert!(window.has(&format!("{step}: not needed, not part of PLAINTEXT")));
    }
    let rights = window.texts().into_iter().find(|text| text.starts_with("Topic rights: passed")).unwrap();
    assert!(rights.ends_with("2 partitions; reading is allowed; writing shows with the first record"), "{rights}");

    window.fill("Topic", "");
    window.choose("Security protocol", "ssl");
    assert!(window.has("TLS: waiting"), "the test was of other settings");
    window.press("Test connection");
    window.wait_for_text("You connected with TLS to a port without TLS");
    assert!(window.says("Connect: passed") && window.says("TLS: failed") && window.has("Metadata: waiting"));
}

#[test]
fn a_test_can_be_cancelled() {
    let bench = Bench::new();
    // It accepts connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut window = Window::ready(bench.options());
    window.open_new_connection();
    window.fill("Bootstrap servers", &silent.local_addr().unwrap().to_string());
    let place = |window: &Window, name: &str| window.control(name).rect();
    let before = place(&window, "Connect");
    window.press("Test connection");
    window.wait_for("it is connected", |window| window.says("Connect: passed"));
    assert_eq!(place(&window, "Connect"), before);
    window.press("Cancel test");
    assert!(window.has("Metadata: cancelled") && window.has("Cancelled") && window.has_control("Test connection"));
    assert_eq!(place(&window, "Connect"), before);
}

#[test]
fn a_file_of_a_java_client_is_opened() {
    let bench = Bench::new();
    let file = bench.folder.path().join("client.properties");
    let text = "bootstrap.servers=127.0.0.1:1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n\
                sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\\n  \
                username=\"alice\" password=\"hunter2\";\nkey.serializer=x.Y\nclient.id=yard\n";
    std::fs::write(&file, text).unwrap();
    let mut window = Window::ready(WindowOptions { chooser: no_dialog, ..bench.options() });
    window.open_new_connection();
    window.press_hidden("Open a client.properties…");
    window.wait_for("the dialog", |window| window.has_control("Path of the file"));
    window.fill("Path of the file", &file.display().to_string());
    window.key(eframe::egui::Key::Enter);
    window.wait_for_text("Took over ");
    let value = |window: &Window, name: &str| window.control(name).value().unwrap_or_default();
    assert_eq!(value(&window, "Bootstrap servers"), "127.0.0.1:1");
    assert_eq!((value(&window, "SASL mechanism"), value(&window, "User")), ("SCRAM-SHA-512".into(), "alice".into()));
    assert_eq!(value(&window, "Further client properties"), "client.id=yard");
    assert!(window.says("Without effect here") && window.says("key.serializer"));
    assert!(!window.texts().join("\n").contains("hunter2"));
    assert_eq!(window.session().broker.dialog.as_ref().unwrap().secret.password, "hunter2");

    // The same text, pasted just before the test.
    window.press("Cancel");
    window.open_new_connection();
    window.fill("Further client properties", text);
    window.press("Test connection");
    window.wait_for_text("Nothing is listening at that address: 127.0.0.1:1");
    assert_eq!(value(&window, "User"), "alice");
    window.fill("Further client properties", "batch.sise=1");
    window.key(eframe::egui::Key::Tab);
    window.wait_for_text("did you mean batch.size?");
}

#[test]
fn a_broker_on_this_computer_is_found_when_the_menu_opens() {
    let bench = Bench::new();
    let mut cluster = Cluster::start(bench.folder.path().join("cluster"));
    let mut window = Window::ready(WindowOptions { local_servers: cluster.servers(), ..bench.options() });
    let broker = window.controls("Broker: ").remove(0);
    window.press(&broker);
    window.wait_for("a broker", |window| window.has("a broker answers"));
    window.key(eframe::egui::Key::Escape);
    assert!(!window.has("a broker answers"));
    cluster.stop();
    // An open port alone is not a broker.
    let _silent = TcpListener::bind(cluster.address).unwrap();
    window.press(&broker);
    window.wait_for("none", |window| window.has("no broker answers"));
}

fn no_dialog(_: &str, _: &DialogKind, _: Option<std::path::PathBuf>) -> Chosen {
    Chosen::NoDialog
}
