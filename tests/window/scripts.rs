use std::sync::Arc;

use egui_system_font_provider::SystemFontProvider;

use crate::bench::{Bench, png};
use crate::window::Window;

/// Sends images with these labels, and shows each of them. A letter missing from all fonts fails the test: the harness
/// draws no replacement boxes.
fn labels_are_drawn(labels: &[&str], has_system_fonts: bool) {
    let bench = Bench::new();
    for (number, label) in (0..).zip(labels) {
        std::fs::write(bench.input().join(format!("{label}.png")), png(number)).unwrap();
    }
    let mut window = Window::open(bench.options());
    if has_system_fonts {
        // As in the real window.
        window.harness.ctx.add_font_provider(Arc::new(SystemFontProvider::new()));
    }
    window.wait_for("the folder", |window| window.session().folder.survey.finished);
    window.stream();
    let rows: Vec<String> = bench.rows().into_iter().map(|(_, label)| label).collect();
    let mut expected: Vec<&str> = labels.to_vec();
    expected.sort_unstable();
    assert_eq!(rows, expected, "labels are kept as they are read, whatever their direction");
    assert!(labels.iter().all(|label| window.says(&format!("{label}, "))), "the latest images have their names");
    window.press("Images");
    window.wait_for("the sheet", |window| labels.iter().all(|label| window.has_control(&format!("{label}.png"))));
    for label in labels {
        window.press(&format!("{label}.png"));
        window.wait_for("its facts", |window| window.has("same as sent"));
    }
    window.fill("Filter", labels[0]);
    window.wait_for("the filter", |window| window.tabs().images.order.len() == 1);
}

#[test]
fn labels_in_cyrillic_greek_and_emoji_are_drawn() {
    labels_are_drawn(&["Гавань 12", "λιμάνι", "bến cảng", "⚓🚢 boat", "Zürich – Łódź"], false);
}

#[test]
fn labels_in_every_script_that_the_system_has_fonts_for_are_drawn() {
    if std::env::var_os("KIB_TEST_FONTS").is_none() {
        eprintln!("KIB_TEST_FONTS is not set: this system may have no font with Chinese, Arabic and Hebrew");
        return;
    }
    labels_are_drawn(&["港口 2024", "海港の船", "ميناء بحري قديم", "נמל ישן 12"], true);
}
