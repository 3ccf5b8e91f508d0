//! Dialogs over the window.

use eframe::egui::{Context, Frame, Id, Margin, Modal, ModalResponse, Order, RichText, Ui};

use crate::gui::theme::semibold;

/// Draws a dialog of a title and `add`, `width` points wide. Escape and a click beside it ask to close it.
pub fn dialog<R>(ctx: &Context, title: &str, width: f32, add: impl FnOnce(&mut Ui) -> R) -> ModalResponse<R> {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(16));
    let id = Id::unique(("dialog", title));
    // Below the lists that are opened in it: areas of one order may change places with a quick click.
    let area = Modal::default_area(id).order(Order::Middle);
    Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
        ui.set_width(width);
        ui.label(RichText::new(title).font(semibold(16.0)));
        add(ui)
    })
}
