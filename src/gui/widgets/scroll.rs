//! What is wider than its room.

use eframe::egui::scroll_area::ScrollAreaOutput;
use eframe::egui::{ScrollArea, Ui};

use crate::gui::theme::Tokens;

/// Lets `add` be as wide as it needs, with a bar below that is always in sight: it shows that there is more to the right.
pub fn sideways<R>(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    with_bars(ui, ScrollArea::horizontal().id_salt(id), add).inner
}

/// The same for any area: its bars are always in sight where there is more.
pub fn with_bars<R>(ui: &mut Ui, area: ScrollArea, add: impl FnOnce(&mut Ui) -> R) -> ScrollAreaOutput<R> {
    let usual = ui.style().clone();
    let color = Tokens::of(ui).muted.gamma_multiply(0.6);
    ui.scope(|ui| {
        ui.spacing_mut().scroll.floating = false;
        let widgets = &mut ui.visuals_mut().widgets;
        for look in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            look.fg_stroke.color = color;
        }
        area.show(ui, |ui| {
            // The bar's look is not what stands in it.
            ui.set_style(usual);
            add(ui)
        })
    })
    .inner
}
