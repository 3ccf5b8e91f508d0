//! The bar above an image: the pixel under the pointer, and the zoom.

use eframe::egui::{Align, DragValue, Label, Layout, Rect, RichText, Ui, UiBuilder, Vec2, vec2};
use egui_material_icons::icons::{ICON_ZOOM_IN, ICON_ZOOM_OUT};

use super::loaded::Loaded;
use super::tab::ImagesTab;
use super::view::{ZOOM_MAX, ZOOM_MIN};
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::icon_button;
use crate::gui::workers::samples::{Pixel, SampleKind, Samples};
use crate::gui::workers::turn;
use kafka_image_bench_core::model::frame::Frame;

pub(super) const BAR_HEIGHT: f32 = 30.0;
const TEXT_SIZE: f32 = 11.0;

/// The pixel at a place of the image as it is turned, in its own pixels: where it is, and its stored value. `None`: there is
/// none.
pub(super) fn pixel_text(loaded: &Loaded, at: Vec2) -> Option<[String; 2]> {
    let stored_px = loaded.stored_px?;
    let [width, height] = turn::size(loaded.turn, stored_px);
    if at.x < 0.0 || at.y < 0.0 || at.x >= width as f32 || at.y >= height as f32 {
        return None;
    }
    let shown = [at.x, at.y].map(|side| f64::from(side.floor()) + 0.5);
    let frame = Frame { stored_px, orientation: u16::from(loaded.turn.to_exif()).into() };
    let stored = frame.stored_point(shown).map(|side| side.max(0.0) as usize);
    let exact = |side: usize| format::exact(side as u64);
    let mut place = format!("x {}, y {}", exact(at.x as usize), exact(at.y as usize));
    if turn::words(loaded.turn).is_some() {
        place.push_str(&format!(" · stored {}, {}", exact(stored[0]), exact(stored[1])));
    }
    let samples = loaded.samples.as_deref();
    let value = samples.and_then(|samples| Some(value_text(samples, &samples.at(stored)?, stored)));
    Some([place, value.unwrap_or_else(|| "no value is stored here".to_owned())])
}

/// A pixel's value; where not all pixels are kept it is that of the nearest one, whose place is named.
fn value_text(samples: &Samples, pixel: &Pixel, asked: [usize; 2]) -> String {
    let number = |sample: f32| match samples.kind() {
        SampleKind::Bytes | SampleKind::Words => format::exact(sample as u64),
        SampleKind::Numbers => significant(sample),
    };
    let names: &[&str] = match samples.channels() {
        1 => &["grey"],
        2 => &["grey", "alpha"],
        3 => &["R", "G", "B"],
        _ => &["R", "G", "B", "alpha"],
    };
    let values = names.iter().zip(&pixel.samples).map(|(name, sample)| format!("{name} {}", number(*sample)));
    let values = values.collect::<Vec<_>>().join("  ");
    if pixel.at == asked {
        return values;
    }
    let [x, y] = pixel.at.map(|side| format::exact(side as u64));
    format!("{values} at {x}, {y}")
}

/// Six significant digits, which is what a 32-bit float has.
fn significant(sample: f32) -> String {
    if sample == 0.0 || !sample.is_finite() {
        return sample.to_string();
    }
    let digits = (5 - sample.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{sample:.digits$}");
    let is_small = sample.abs() < 1e-4;
    match text.contains('.') {
        _ if is_small => format!("{sample:.5e}"),
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Draws the bar: the image's size as shown, with where it is fitted, and the pixel under the pointer.
pub(super) fn readout_ui(
    ui: &mut Ui,
    tab: &mut ImagesTab,
    bar: Rect,
    fitted: Option<(Vec2, Rect)>,
    pixel: Option<[String; 2]>,
) {
    let muted = Tokens::of(ui).muted;
    let inner = bar.shrink2(vec2(8.0, 1.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 0.0);
        if let Some((size_px, room)) = fitted {
            zoom_ui(ui, tab, room, size_px);
        }
        let Some(lines) = pixel else { return };
        ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
            for line in lines {
                ui.add(Label::new(RichText::new(line).size(TEXT_SIZE).color(muted)).truncate().selectable(false));
            }
        });
    });
}

/// From right to left.
fn zoom_ui(ui: &mut Ui, tab: &mut ImagesTab, room: Rect, size_px: Vec2) {
    let scale = ui.ctx().pixels_per_point() * 100.0;
    let before = tab.view.zoom_in(room, size_px);
    let mut factor = 1.0;
    if icon_button(ui, ICON_ZOOM_IN, "Larger").clicked() {
        factor = 1.25;
    }
    let mut percent = before * scale;
    let (speed, decimals) = (percent * 0.01, usize::from(percent < 10.0));
    let value = DragValue::new(&mut percent).range(ZOOM_MIN * scale..=ZOOM_MAX * scale).speed(speed);
    let value = value.suffix(" %").max_decimals(decimals).update_while_editing(false);
    let response = ui.add_sized(vec2(64.0, 24.0), value).on_hover_text("Pixels of the screen for a pixel of the image");
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Zoom"));
    if response.changed() {
        factor = percent / scale / before;
    }
    if icon_button(ui, ICON_ZOOM_OUT, "Smaller").clicked() {
        factor = 0.8;
    }
    if (factor - 1.0_f32).abs() > 1e-4 {
        tab.view.zoom_at(room, size_px, room.center(), factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::workers::samples::SampleKeeper;

    #[test]
    fn values_are_those_that_are_stored() {
        let mut keeper = SampleKeeper::new([2, 1], 2, SampleKind::Words, 65_535.0);
        keeper.add_numbers(&[1_234.0, 65_535.0, 7.0, 0.0]);
        let words = keeper.finish();
        assert_eq!(value_text(&words, &words.at([0, 0]).unwrap(), [0, 0]), "grey 1,234  alpha 65,535");
        let mut keeper = SampleKeeper::new([1, 1], 3, SampleKind::Bytes, 255.0);
        keeper.add_bytes(&[1, 20, 255]);
        let bytes = keeper.finish();
        let elsewhere = Pixel { at: [1_000, 4], ..bytes.at([0, 0]).unwrap() };
        assert_eq!(value_text(&bytes, &elsewhere, [1_001, 4]), "R 1  G 20  B 255 at 1,000, 4");
        assert_eq!(
            [0.0, -1.5, 0.123_456, 12_345.6, 1e-7].map(significant),
            ["0", "-1.5", "0.123456", "12345.6", "1.00000e-7"]
        );
    }
}
