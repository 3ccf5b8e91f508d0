use crate::bench::Bench;
use crate::broker::Cluster;
use crate::window::Window;

#[test]
fn closing_finishes_what_is_in_flight_and_then_closes() {
    let bench = Bench::with_images(120);
    let mut window = Window::ready(bench.options());
    window.set("Rate limit", 60.0);
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 10);
    assert!(!window.close());
    assert!(window.says("Close again to leave at once"));
    window.wait_for_end();
    assert!(!window.session().leaves_at_once);
    // The window has closed by then.
    assert!(window.close() && window.end());
    bench.assert_rows_are_files();
}

#[test]
fn closing_twice_leaves_a_run_that_does_not_end() {
    let bench = Bench::with_images(150);
    let mut cluster = Cluster::start(bench.folder.path().join("cluster"));
    let servers = cluster.servers();
    let options = kafka_image_bench::gui::WindowOptions { cluster: Some((servers, Vec::new())), ..bench.options() };
    let mut window = Window::open(options);
    window.wait_for_text("Folder: input, 150 images");
    window.set("Rate limit", 60.0);
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 15);
    // Records in flight cannot be finished now.
    cluster.stop();
    window.wait_for_text("The broker does not answer");
    assert!(!window.close());
    window.settle();
    assert!(window.session().run.is_running());
    assert!(window.close());
    assert!(!window.end(), "nobody waits for the run");
}
