//! The neighbours of the chosen image in a row below it. Only those in sight are drawn and decoded.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{CornerRadius, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::grid::thumbnail_of;
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, in_visual_order};
use crate::gui::widgets::picture::thumbnail_ui;

pub(super) const STRIP_HEIGHT: f32 = 76.0;
const SIDE: f32 = 64.0;
const GAP: f32 = 6.0;

/// Which of `count` images are in a strip with room for `fitting`: the chosen one in the middle, if it can be.
fn in_strip(place: usize, count: usize, fitting: usize) -> Range<usize> {
    let fitting = fitting.clamp(1, count.max(1));
    let first = place.saturating_sub(fitting / 2).min(count.saturating_sub(fitting));
    first..(first + fitting).min(count)
}

/// Draws it; a press chooses an image.
pub(super) fn filmstrip_ui(ui: &mut Ui, tab: &mut ImagesTab, session: &mut Session, strip: Rect) {
    let Some((chosen, _)) = tab.chosen() else { return };
    let fitting = ((strip.width() + GAP) / (SIDE + GAP)) as usize;
    let places = in_strip(chosen, tab.order.len(), fitting);
    let width = places.len() as f32 * (SIDE + GAP) - GAP;
    let mut corner = pos2(strip.center().x - width / 2.0, strip.bottom() - SIDE - 4.0);
    let (listing, order) = (Arc::clone(&tab.listing), Arc::clone(&tab.order));
    let mut pressed = None;
    for place in places {
        let rect = Rect::from_min_size(corner, vec2(SIDE, SIDE));
        corner.x += SIDE + GAP;
        let Some(entry) = order.get(place).and_then(|index| listing.entries.get(*index as usize)) else { continue };
        let response = ui.interact(rect, Id::unique(("film", &entry.name, entry.record)), Sense::click());
        thumbnail_ui(ui, &thumbnail_of(tab, session, entry, SIDE), rect);
        let tokens = Tokens::of(ui);
        let is_chosen = place == chosen;
        if is_chosen || response.has_focus() || response.hovered() {
            let color = if is_chosen || response.has_focus() { tokens.accent } else { tokens.muted };
            let stroke = Stroke::new(if is_chosen { 2.0 } else { 1.0 }, color);
            ui.painter().rect_stroke(rect, CornerRadius::same(6), stroke, StrokeKind::Inside);
        }
        let [number, count] = [place + 1, order.len()].map(|number| format::exact(number as u64));
        let name = format!("Image {number} of {count}, {}", entry.name);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        if response.on_hover_text(in_visual_order(&entry.name)).clicked() {
            pressed = Some(place);
        }
    }
    if let Some(place) = pressed {
        tab.choose(Some(place));
        tab.scrolls_to_chosen = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_one_is_in_the_middle_where_it_can_be() {
        assert_eq!(in_strip(50, 100_000, 11), 45..56);
        assert_eq!(in_strip(0, 100, 11), 0..11);
        assert_eq!(in_strip(99, 100, 11), 89..100);
        assert_eq!(in_strip(1, 3, 11), 0..3);
        assert_eq!(in_strip(0, 1, 0), 0..1);
        assert!((0..40).all(|place| in_strip(place, 40, 7).contains(&place) && in_strip(place, 40, 7).len() == 7));
    }
}
