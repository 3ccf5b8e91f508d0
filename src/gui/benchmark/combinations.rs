//! The cartesian product of lists, as rows.

use std::str::FromStr;

use eframe::egui::{Context, TextEdit, Ui};
use egui_material_icons::icons::ICON_ADD;

use super::BenchmarkTab;
use super::settings::rows;
use crate::gui::format;
use crate::gui::widgets;
use crate::gui::widgets::button::icon_text_button_enabled;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, field};
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::benchmark::configurations::Lists;

/// Lists, as they are typed.
pub struct CombinationsDialog {
    batch_sizes: String,
    lingers: String,
    compressions: String,
    acks: String,
    partitions: String,
    encodings: String,
    replaces: bool,
}

impl Default for CombinationsDialog {
    fn default() -> Self {
        Self {
            batch_sizes: "16384, 131072, 1000000".to_owned(),
            lingers: "0, 5, 20".to_owned(),
            compressions: "none, lz4".to_owned(),
            acks: "all".to_owned(),
            partitions: "4".to_owned(),
            encodings: "json".to_owned(),
            replaces: true,
        }
    }
}

impl CombinationsDialog {
    fn lists(&self) -> Result<Lists, String> {
        Ok(Lists {
            batch_size: list(&self.batch_sizes, "batch.size")?,
            linger_ms: list(&self.lingers, "linger.ms")?,
            compression_type: list(&self.compressions, "compression.type")?,
            acks: list(&self.acks, "acks")?,
            partitions: list(&self.partitions, "Partitions")?,
            encoding: list(&self.encodings, "Encoding")?,
        })
    }
}

fn list<T: FromStr>(text: &str, what: &str) -> Result<Vec<T>, String> {
    let words = text.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|_| format!("{what} cannot be \"{word}\""))).collect()
}

/// Draws the dialog, while it is open.
pub(super) fn combinations_dialog(ctx: &Context, tab: &mut BenchmarkTab) {
    let Some(dialog) = &mut tab.combinations else { return };
    let settings = &tab.settings;
    let mut made = None;
    let response = widgets::dialog::dialog(ctx, "All combinations", 460.0, |ui| {
        caption(ui, "Values separated by commas; every combination becomes a row");
        line(ui, "batch.size", "Bytes", &mut dialog.batch_sizes);
        line(ui, "linger.ms", "Milliseconds", &mut dialog.lingers);
        line(ui, "compression.type", "none, gzip, snappy, lz4, zstd", &mut dialog.compressions);
        line(ui, "acks", "0, 1, all", &mut dialog.acks);
        line(ui, "Partitions", "Of the topic", &mut dialog.partitions);
        line(ui, "Encoding", "json, raw", &mut dialog.encodings);
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
        let wrong = CombinationsDialog { lingers: "5, soon".to_owned(), ..CombinationsDialog::default() };
        assert!(wrong.lists().unwrap_err().contains("\"soon\""));
    }
}
