//! High contrast and reduced motion: chosen in a menu, seen at once, and remembered.

use kafka_image_bench::gui::settings::{ContrastChoice, MotionChoice, ThemeChoice};
use kafka_image_bench::gui::theme::Tokens;
use kafka_image_bench::gui::theme::tokens::{DARK, DARK_HIGH, LIGHT_HIGH};

use crate::bench::Bench;
use crate::window::Window;

fn tokens(window: &Window) -> &'static Tokens {
    Tokens::of_visuals(&window.harness.ctx.global_style().visuals)
}

#[test]
fn contrast_and_motion_are_chosen_and_remembered() {
    let bench = Bench::with_images(2);
    {
        let mut window = Window::ready_with(bench.options(), |settings| settings.shared.theme = ThemeChoice::Dark);
        assert!(std::ptr::eq(tokens(&window), &DARK));
        window.press("Appearance and commands");
        window.press("Contrast: high");
        window.press("Motion: reduced");
        assert!(std::ptr::eq(tokens(&window), &DARK_HIGH));
        window.press("Theme: light");
        assert!(std::ptr::eq(tokens(&window), &LIGHT_HIGH));
        let style = window.harness.ctx.global_style();
        assert!(style.animation_time == 0.0 && !style.visuals.text_cursor.blink);
        window.assert_named();
        window.key(eframe::egui::Key::Escape);
        assert!(!window.has_control("Contrast: high"));
    }
    let mut window = Window::ready(bench.options());
    let settings = &window.session().settings;
    assert_eq!((settings.contrast, settings.motion), (ContrastChoice::High, MotionChoice::Reduced));
    assert!(std::ptr::eq(tokens(&window), &LIGHT_HIGH));
    window.press("Appearance and commands");
    window.press("Contrast: normal");
    window.press("Motion: full");
    assert!(!std::ptr::eq(tokens(&window), &LIGHT_HIGH));
    assert!(window.harness.ctx.global_style().animation_time > 0.0);
}
