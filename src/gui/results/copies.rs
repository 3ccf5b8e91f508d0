//! Buttons that copy the properties of a configuration, in the form of a client.

use eframe::egui::Ui;
use egui_material_icons::icons::ICON_CONTENT_COPY;

use crate::gui::session::Session;
use crate::gui::widgets::button::{icon_text_button, named};
use kafka_image_bench_core::verdict::properties::Client;

/// What a copy is called on the clipboard's message.
const WHAT: &str = "client properties";
const HELP: &str = "Copies them to the clipboard; what the client cannot set is in a comment";

/// Draws them: properties files as buttons, the forms for programs in a menu. `named_as` makes the accessible name of a button
/// from its text.
pub fn copy_ui(
    ui: &mut Ui,
    session: &mut Session,
    named_as: impl Fn(&str) -> String,
    properties: impl Fn(Client) -> String,
) {
    let mut copied = None;
    for (text, client) in [("Copy as properties", Client::Librdkafka), ("Copy for Java", Client::Java)] {
        let button = match client {
            Client::Librdkafka => icon_text_button(ui, ICON_CONTENT_COPY, text),
            _ => ui.button(text),
        };
        if named(button, &named_as(text)).on_hover_text(HELP).clicked() {
            copied = Some(client);
        }
    }
    let text = "Copy for…";
    let menu = ui.menu_button(text, |ui| {
        let others = Client::ALL.into_iter().filter(|client| !matches!(client, Client::Librdkafka | Client::Java));
        for client in others {
            if ui.button(client.name()).on_hover_text(HELP).clicked() {
                copied = Some(client);
                ui.close();
            }
        }
    });
    named(menu.response, &named_as(text));
    if let Some(client) = copied {
        session.copy(properties(client), WHAT);
    }
}
