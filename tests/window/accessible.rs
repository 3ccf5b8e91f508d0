use eframe::egui::{Key, Modifiers};
use kafka_image_bench::gui::settings::ThemeChoice;

use crate::bench::{Bench, image_name};
use crate::results::keep_fixture;
use crate::window::Window;

const TABS: [Key; 6] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];

#[test]
fn every_input_of_every_tab_has_a_name() {
    let bench = Bench::with_images(6);
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let mut window = Window::ready_with(bench.options(), |settings| settings.shared.theme = theme);
        for key in TABS {
            window.key_with(Modifiers::COMMAND, key);
            window.assert_named();
        }
        keep_fixture(&bench, "kept", |_| {});
        if bench.saved().is_empty() {
            window.key_with(Modifiers::COMMAND, Key::Num1);
            window.stream();
        }
        drop(window);
        let mut window = Window::ready_with(bench.options(), |settings| settings.shared.theme = theme);
        window.wait_for("the kept run", |window| window.tabs().results.shown().is_some());
        for key in TABS {
            window.key_with(Modifiers::COMMAND, key);
            if key == Key::Num2 {
                let sorted: Vec<String> = (0..6).map(image_name).collect();
                window.wait_for("the saved images, sorted", |window| window.controls("image-0") == sorted);
                window.press("image-0001.png");
                window.wait_for("its facts", |window| window.has("same as sent"));
            }
            window.assert_named();
        }
        window.key_with(Modifiers::COMMAND, Key::Num3);
        window.press("All combinations…");
        window.assert_named();
        window.key(Key::Escape);
        window.key(Key::F1);
        window.assert_named();
    }
}
