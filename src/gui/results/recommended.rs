//! Which configuration to take, and why.

use eframe::egui::{RichText, Ui};
use egui_material_icons::icons::ICON_CONTENT_COPY;

use super::race::choice_ui;
use super::tab::ResultsTab;
use crate::gui::control_names::with_control_names;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::{icon_text_button, named};
use crate::gui::widgets::card::{caption, card};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::verdict::recommend::{Aim, Client};

/// Draws the choices.
pub fn recommended_ui(ui: &mut Ui, tab: &ResultsTab, session: &mut Session) {
    let Some(shown) = tab.shown() else { return };
    let Some(recommendation) = &shown.recommendation else {
        caption(ui, "No configuration has a run that counts");
        return;
    };
    for text in recommendation.preface() {
        caption(ui, printable(&with_control_names(&format!("Caution: {text}"))));
    }
    if let Some(race) = &shown.race {
        choice_ui(ui, race, session);
    }
    for aim in Aim::ALL {
        let Some(choice) = recommendation.choice(aim) else { continue };
        let name = aim.name();
        card(ui, |ui| {
            let tokens = Tokens::of(ui);
            ui.spacing_mut().item_spacing.y = 3.0;
            let leads = if choice.is_certain { "" } else { " (leads, not decided)" };
            caption(ui, format!("For {name}{leads}"));
            let text = RichText::new(printable(&choice.configuration.name)).font(semibold(14.0)).color(tokens.text);
            ui.add(eframe::egui::Label::new(text).wrap());
            let reason = RichText::new(printable(&with_control_names(&choice.reason.to_string())))
                .size(12.0)
                .color(tokens.muted);
            ui.add(eframe::egui::Label::new(reason).wrap());
            let mut copy = |ui: &mut Ui, text: &str, client: Client| {
                let button = if client == Client::Librdkafka {
                    icon_text_button(ui, ICON_CONTENT_COPY, text)
                } else {
                    ui.button(text)
                };
                let response = named(button, &format!("Copy properties for {name}, {text}"));
                if response.on_hover_text("Copies the properties to the clipboard").clicked() {
                    let properties = recommendation.properties(&choice.configuration, client);
                    session.copy(properties, "client properties");
                }
            };
            ui.horizontal_wrapped(|ui| {
                copy(ui, "Copy as properties", Client::Librdkafka);
                copy(ui, "Copy for Java", Client::Java);
            });
        });
    }
    for open in &recommendation.open {
        caption(ui, printable(&with_control_names(&open.to_string())));
    }
    for text in recommendation.notes() {
        caption(ui, printable(&with_control_names(&format!("Caution: {text}"))));
    }
}
