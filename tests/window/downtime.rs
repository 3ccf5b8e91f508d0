use crate::bench::Bench;
use crate::broker::Cluster;
use crate::window::Window;

#[test]
fn a_broker_that_goes_and_comes_back_loses_nothing() {
    let bench = Bench::with_images(150);
    let mut cluster = Cluster::start(bench.folder.path().join("cluster"));
    let servers = cluster.servers();
    let options =
        kafka_image_bench::gui::WindowOptions { cluster: Some((servers.clone(), Vec::new())), ..bench.options() };
    let mut window = Window::open(options);
    window.wait_for_text(&format!("Broker: {servers}, ready"));
    window.wait_for_text("Folder: input, 150 images");
    window.set("Rate limit", 60.0);
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 15);
    cluster.stop();
    window.wait_for_text("The broker does not answer");
    assert!(window.has(&format!("Broker: {servers}, down, waiting")));
    assert!(window.says("nothing is lost"));
    let before = window.saved();
    assert!(before < 150);
    cluster.start_again();
    window.wait_for("the banner is gone", |window| !window.has("The broker does not answer"));
    assert!(window.has(&format!("Broker: {servers}, ready")));
    // The warning at the bottom disappears with its cause.
    window.wait_for("the status line", |window| window.session().notices.last_warning().is_none());
    window.wait_for_end();
    assert!(window.has("Finished"));
    // The charts show when, in words too.
    assert!(
        window
            .texts()
            .iter()
            .any(|text| text.starts_with("Chart: Lag, images. ") && text.contains("broker down from "))
    );
    bench.assert_all_saved(150);
}
