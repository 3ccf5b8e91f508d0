use crate::bench::{Bench, image_name};
use crate::window::Window;

#[test]
fn stopping_is_orderly_and_the_next_start_finishes_the_rest() {
    let bench = Bench::with_images(120);
    let mut window = Window::ready(bench.options());
    window.set("Rate limit", 60.0);
    window.press("Start");
    window.wait_for("some are saved", |window| window.saved() >= 10);
    assert!(window.has_control("Stop") && !window.has_control("Start"));
    assert!(window.says("Locked while running"));
    window.press("Stop");
    window.wait_for_end();
    assert!(window.has("Stopped"));
    let stopped = bench.saved().len();
    assert!((10..120).contains(&stopped), "{stopped} were saved");
    bench.assert_rows_are_files();
    let listed = std::fs::read_to_string(bench.work().join("processed_files.txt")).unwrap();
    // What was acknowledged and is not saved yet is not listed, since the broker is in memory: the next run sends it again.
    assert_eq!(listed.lines().count(), stopped);
    let sent = (stopped..=120).find(|sent| window.says(&format!("{sent} sent, {stopped} saved in "))).unwrap();

    window.set("Rate limit", 0.0);
    window.stream();
    assert!(window.has("Finished"));
    bench.assert_all_saved(120);
    // Records that the first run left on the topic are saved too, and a second time as what this run sent.
    assert!(window.says(&format!("{} sent, {} saved in ", 120 - stopped, 120 - stopped + (sent - stopped))));
    assert!(bench.saved().contains_key(&image_name(119)));
}
