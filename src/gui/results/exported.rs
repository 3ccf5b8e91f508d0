//! What was exported, to be found again.

use eframe::egui::{Label, Ui};
use egui_material_icons::icons::{ICON_FOLDER_OPEN, ICON_OPEN_IN_NEW};

use super::settings::ResultsSettings;
use crate::gui::session::Session;
use crate::gui::widgets::button::icon_button;
use crate::gui::widgets::card::caption;
use kafka_image_bench_core::model::printable::printable;

const WIDTH: f32 = 300.0;

/// Draws a menu of the exports; nothing while there are none.
pub fn exported_ui(ui: &mut Ui, settings: &mut ResultsSettings, session: &mut Session) {
    if settings.exported.is_empty() {
        return;
    }
    let mut is_cleared = false;
    ui.menu_button(format!("Exported ({})", settings.exported.len()), |ui| {
        ui.set_min_width(WIDTH);
        for one in &settings.exported {
            let name = one.path.file_name().unwrap_or(one.path.as_os_str()).to_string_lossy();
            let name = printable(&name).into_owned();
            ui.horizontal(|ui| {
                if icon_button(ui, ICON_OPEN_IN_NEW, &format!("Open {name}")).clicked() {
                    session.open_with_system(one.path.clone());
                    ui.close();
                }
                if icon_button(ui, ICON_FOLDER_OPEN, &format!("Show {name} in its folder")).clicked() {
                    session.reveal(one.path.clone());
                    ui.close();
                }
                let text = format!("{}: {name}", one.what.name());
                ui.add(Label::new(text).truncate()).on_hover_text(printable(&one.path.display().to_string()));
            });
        }
        caption(ui, "Files stay where they are when they are taken off this list");
        if ui.button("Clear the list").clicked() {
            is_cleared = true;
            ui.close();
        }
    });
    if is_cleared {
        settings.exported.clear();
    }
}
