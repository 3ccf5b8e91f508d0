//! The dialog that makes rows of all combinations of lists.

use eframe::egui::{Context, TextEdit, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_DELETE};

use super::BenchmarkTab;
use super::product::{KeptProduct, TypedLists};
use super::settings::rows;
use crate::gui::widgets;
use crate::gui::widgets::button::{icon_button, icon_text_button_enabled};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, field};
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::configuration::FIELDS;

/// The dialog, while it is open.
pub struct CombinationsDialog {
    typed: TypedLists,
    product: KeptProduct,
    replaces: bool,
}

impl Default for CombinationsDialog {
    fn default() -> Self {
        Self { typed: TypedLists::default(), product: KeptProduct::default(), replaces: true }
    }
}

impl CombinationsDialog {
    /// How often the rows were worked out.
    pub(super) fn products_built(&self) -> u64 {
        self.product.built
    }
}

impl TypedLists {
    /// A line of each field, then the properties.
    fn lines_ui(&mut self, ui: &mut Ui) {
        for (field, text) in FIELDS.iter().zip(&mut self.fields) {
            line(ui, &field.heading(), field.hint, text);
        }
        let mut removed = None;
        for (index, (name, values)) in self.properties.iter_mut().enumerate() {
            ui.horizontal(|ui| {
                let hint = "consumer.fetch.min.bytes";
                named_text(ui, name, &format!("Property {}", index + 1), hint, 210.0);
                named_text(ui, values, &format!("Values of property {}", index + 1), "1, 1000000", 170.0);
                if icon_button(ui, ICON_DELETE, &format!("Delete property {}", index + 1)).clicked() {
                    removed = Some(index);
                }
            });
        }
        removed.map(|index| self.properties.remove(index));
        let help = "Any property of Kafka's producer, consumer or topic: producer.…, consumer.… or topic.…";
        if icon_text_button_enabled(ui, ICON_ADD, "Add a property", true).on_hover_text(help).clicked() {
            self.properties.push(Default::default());
        }
    }
}

fn named_text(ui: &mut Ui, text: &mut String, name: &str, hint: &str, width: f32) {
    let response = ui.add_sized([width, 28.0], TextEdit::singleline(text).hint_text(hint));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}

/// Draws the dialog, while it is open.
pub(super) fn combinations_dialog(ctx: &Context, tab: &mut BenchmarkTab) {
    let Some(dialog) = &mut tab.combinations else { return };
    let settings = &tab.settings;
    let mut makes = false;
    let response = widgets::dialog::dialog(ctx, "All combinations", 460.0, |ui| {
        caption(ui, "Values separated by commas; every combination becomes a row");
        dialog.typed.lines_ui(ui);
        ui.checkbox(&mut dialog.replaces, "Replace the existing rows");
        let product = dialog.product.of(&dialog.typed, settings);
        match product {
            Ok(product) => _ = caption(ui, &product.summary),
            Err(problem) => _ = status(ui, Severity::Error, problem),
        }
        let is_ok = product.is_ok();
        ui.horizontal(|ui| {
            makes = icon_text_button_enabled(ui, ICON_ADD, "Make the rows", is_ok).clicked();
            ui.button("Cancel").clicked()
        })
        .inner
    });
    if !(response.inner || response.should_close() || makes) {
        return;
    }
    let Some(dialog) = tab.combinations.take() else { return };
    if let (true, Some(all)) = (makes, dialog.product.into_configurations()) {
        let mut new = if dialog.replaces { Vec::new() } else { tab.settings.rows.clone() };
        // The combinations differ from each other.
        let known = new.len();
        for row in rows(all) {
            if !new[..known].iter().any(|one| one.configuration == row.configuration) {
                new.push(row);
            }
        }
        tab.settings.rows = new;
    }
}

fn line(ui: &mut Ui, name: &str, help: &str, text: &mut String) {
    field(ui, &Field { name, help }, |ui| {
        let response = ui.add_sized([260.0, 28.0], TextEdit::singleline(text));
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
        response
    });
}
