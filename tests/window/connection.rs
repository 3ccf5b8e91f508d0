use std::net::TcpListener;

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
