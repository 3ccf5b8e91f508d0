use eframe::egui::{Key, Modifiers};
use kafka_image_bench::gui::settings::Tab;

use crate::bench::Bench;
use crate::window::Window;

#[test]
fn keys_do_all_that_the_header_does() {
    let bench = Bench::with_images(60);
    let mut window = Window::ready_with(bench.options(), |settings| settings.stream.rate_images_per_s = 30.0);
    let keys = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];
    for (tab, key) in Tab::ALL.into_iter().zip(keys).rev() {
        window.key_with(Modifiers::COMMAND, key);
        assert_eq!(window.session().settings.tab, tab);
    }
    window.key(Key::F1);
    assert!(window.has("Start the run of this tab") && window.has_control("Close"));
    window.key(Key::Escape);
    assert!(!window.has("Start the run of this tab"));

    window.key(Key::F5);
    window.wait_for("some are saved", |window| window.saved() >= 3);
    window.key(Key::Escape);
    window.wait_for_end();
    assert!(window.has("Stopped"));
    let first = bench.saved().len();
    assert!(first < 60);
    bench.assert_rows_are_files();

    // Move from control to control, and activate Start.
    tab_to(&mut window, "Start");
    window.key(Key::Space);
    window.wait_for("it continues", |window| window.session().run.is_running() && bench.saved().len() > first);
    tab_to(&mut window, "Stop");
    window.key(Key::Enter);
    window.wait_for_end();
    bench.assert_rows_are_files();
    assert!(bench.saved().len() > first);

    tab_to(&mut window, "Results");
    window.key(Key::Enter);
    assert!(window.has("No results yet"));
}

#[track_caller]
fn tab_to(window: &mut Window, name: &str) {
    for _ in 0..60 {
        if window.control(name).is_focused() {
            return;
        }
        window.key(Key::Tab);
    }
    panic!("no number of tabs leads to {name}");
}
