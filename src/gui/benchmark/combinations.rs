//! The cartesian product of lists, as rows.

use eframe::egui::{Context, TextEdit, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_DELETE};

use super::BenchmarkTab;
use super::settings::rows;
use crate::gui::format;
use crate::gui::widgets;
use crate::gui::widgets::button::{icon_button, icon_text_button_enabled};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, field};
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::configuration::{FIELDS, Lists, Variable};

/// Lists, as they are typed.
pub struct CombinationsDialog {
    /// Of each field of the table.
    fields: Vec<String>,
    /// Of properties: name and values.
    properties: Vec<(String, String)>,
    replaces: bool,
}

impl Default for CombinationsDialog {
    fn default() -> Self {
        let fields = FIELDS.iter().map(|field| field.example.to_owned()).collect();
        Self { fields, properties: Vec::new(), replaces: true }
    }
}

impl CombinationsDialog {
    fn lists(&self) -> Result<Lists, String> {
        let mut lists = Lists::default();
        for (field, text) in FIELDS.iter().zip(&self.fields) {
            lists.add(Variable::Field(field), values(text))?;
        }
        for (name, text) in &self.properties {
            let (name, values) = (name.trim(), values(text));
            // A line that is not filled in yet.
            if name.is_empty() && values.is_empty() {
                continue;
            }
            if values.is_empty() {
                return Err(format!("{name} has no values"));
            }
            lists.add(Variable::Property(name.parse()?), values)?;
        }
        Ok(lists)
    }

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

fn values(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn named_text(ui: &mut Ui, text: &mut String, name: &str, hint: &str, width: f32) {
    let response = ui.add_sized([width, 28.0], TextEdit::singleline(text).hint_text(hint));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
}

/// Draws the dialog, while it is open.
pub(super) fn combinations_dialog(ctx: &Context, tab: &mut BenchmarkTab) {
    let Some(dialog) = &mut tab.combinations else { return };
    let settings = &tab.settings;
    let mut made = None;
    let response = widgets::dialog::dialog(ctx, "All combinations", 460.0, |ui| {
        caption(ui, "Values separated by commas; every combination becomes a row");
        dialog.lines_ui(ui);
        ui.checkbox(&mut dialog.replaces, "Replace the rows that are there");
        let product = dialog.lists().and_then(|lists| lists.product().map_err(|error| error.to_string()));
        match &product {
            Ok(all) => {
                let plan = kafka_image_bench_core::benchmark::plan::BenchmarkPlan {
                    configurations: all.clone(),
                    ..settings.plan(
                        kafka_image_bench_core::broker::BrokerChoice::Embedded(
                            kafka_image_bench_core::broker::DataPlace::Memory,
                        ),
                        Vec::new(),
                        std::path::Path::new(""),
                        std::path::Path::new(""),
                    )
                };
                let time =
                    plan.estimate().map(|time| format!(", about {}", format::duration(time))).unwrap_or_default();
                let rows = format::counted(all.len() as u64, "row", "rows");
                caption(ui, format!("{rows}, {}{time}", format::counted(plan.runs().into(), "run", "runs")));
            }
            Err(problem) => _ = status(ui, Severity::Error, problem),
        }
        ui.horizontal(|ui| {
            if icon_text_button_enabled(ui, ICON_ADD, "Make the rows", product.is_ok()).clicked() {
                made = product.ok();
            }
            ui.button("Cancel").clicked()
        })
        .inner
    });
    let is_over = response.inner || response.should_close() || made.is_some();
    if let Some(all) = made {
        let replaces = tab.combinations.as_ref().is_some_and(|dialog| dialog.replaces);
        let mut new = if replaces { Vec::new() } else { tab.settings.rows.clone() };
        for row in rows(all) {
            if !new.iter().any(|one| one.configuration == row.configuration) {
                new.push(row);
            }
        }
        tab.replace_rows(new);
    }
    if is_over {
        tab.combinations = None;
    }
}

fn line(ui: &mut Ui, name: &str, help: &str, text: &mut String) {
    field(ui, &Field { name, help }, |ui| {
        let response = ui.add_sized([260.0, 28.0], TextEdit::singleline(text));
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name.to_owned()));
        response
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let all = CombinationsDialog::default().lists().unwrap().product().unwrap();
        assert_eq!(all.len(), 18);
        let mut wrong = CombinationsDialog::default();
        wrong.fields[1] = "5, soon".to_owned();
        assert!(wrong.lists().unwrap_err().contains("\"soon\""));
        let property = |name: &str, values: &str| (name.to_owned(), values.to_owned());
        let dialog = |properties| CombinationsDialog { properties, ..CombinationsDialog::default() };
        let two = dialog(vec![property("consumer.fetch.min.bytes", "1, 1000000"), property("", "")]);
        assert_eq!(two.lists().unwrap().product().unwrap().len(), 36);
        assert!(dialog(vec![property("linger.ms", "1")]).lists().unwrap_err().contains("begins with"));
        assert!(dialog(vec![property("producer.retries", " ")]).lists().unwrap_err().contains("no values"));
    }
}
