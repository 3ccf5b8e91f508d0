//! The broker in the header: its state, and a menu to choose another.

use eframe::egui::{Button, RichText, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_ARROW_DROP_DOWN, ICON_CHECK, ICON_DELETE, ICON_EDIT, ICON_REFRESH};

use super::settings::{BrokerSettings, LOCAL_BOOTSTRAP_SERVERS};
use crate::gui::action::Action;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{icon_button, icon_text_button, named};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::message::{Severity, status};
use kafka_image_bench_core::broker::HAS_EMBEDDED_BROKER;

/// Draws the broker and its menu.
pub fn broker_menu(ui: &mut Ui, session: &mut Session) {
    let tokens = Tokens::of(ui);
    let (severity, word) = session.broker.status.shown();
    let color = severity.color(tokens);
    let atoms = (
        severity.icon().rich_text().size(15.0).color(color),
        RichText::new(session.settings.broker.name()),
        RichText::new(word).color(color),
        ICON_ARROW_DROP_DOWN.rich_text().color(tokens.muted),
    );
    let button = Button::new(atoms).min_size(eframe::egui::vec2(0.0, 32.0));
    let name = format!("Broker: {}, {word}", session.settings.broker.name());
    let (response, _) = eframe::egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| menu(ui, session));
    let hover = match &session.broker.status {
        super::BrokerStatus::Failed(summary, what_to_do) => format!("{summary}. {what_to_do}"),
        _ => session.broker.bootstrap_servers.clone().unwrap_or_default(),
    };
    let response = named(response, &name);
    if !hover.is_empty() {
        response.on_hover_text(hover);
    }
}

/// What is known of the broker on this computer.
fn local_text(answers: Option<bool>) -> (&'static str, Option<Severity>) {
    match answers {
        Some(true) => ("a broker answers", Some(Severity::Ok)),
        Some(false) => ("no broker answers", None),
        None => ("looking for a broker", None),
    }
}

fn menu(ui: &mut Ui, session: &mut Session) {
    ui.set_min_width(320.0);
    let chosen = session.settings.broker.clone();
    let local = session.broker.local.follow(ui.ctx(), &session.options.local_servers);
    let mut actions = Vec::new();
    let mut choice = |ui: &mut Ui, broker: BrokerSettings, detail: &str, severity: Option<Severity>| {
        let is_chosen = broker == chosen;
        ui.horizontal(|ui| {
            let mark = if is_chosen { ICON_CHECK.codepoint } else { " " };
            ui.add_sized([18.0, 18.0], eframe::egui::Label::new(mark));
            let name = broker.name().to_owned();
            if ui.add(Button::selectable(is_chosen, name).min_size(eframe::egui::vec2(150.0, 0.0))).clicked() {
                actions.push(Action::SelectBroker(broker.clone()));
                ui.close();
            }
            match severity {
                Some(severity) => status(ui, severity, detail),
                None => caption(ui, detail),
            };
            if let BrokerSettings::Saved(name) = &broker {
                if icon_button(ui, ICON_EDIT, &format!("Edit {name}")).clicked() {
                    actions.push(Action::EditConnection(Some(name.clone())));
                    ui.close();
                }
                if icon_button(ui, ICON_DELETE, &format!("Forget {name}")).clicked() {
                    actions.push(Action::ForgetConnection(name.clone()));
                    ui.close();
                }
            }
        });
    };
    if HAS_EMBEDDED_BROKER {
        choice(ui, BrokerSettings::Embedded, "in this program", None);
    }
    let (detail, severity) = local_text(local);
    choice(ui, BrokerSettings::Local, detail, severity);
    for connection in &session.settings.connections {
        let detail = if connection.bootstrap_servers == connection.name {
            connection.security_protocol.clone()
        } else {
            format!("{}, {}", connection.bootstrap_servers, connection.security_protocol)
        };
        choice(ui, BrokerSettings::Saved(connection.name.clone()), &detail, None);
    }
    debug_assert_eq!(BrokerSettings::Local.name(), LOCAL_BOOTSTRAP_SERVERS);
    ui.separator();
    ui.horizontal(|ui| {
        if icon_text_button(ui, ICON_ADD, "New connection…").clicked() {
            actions.push(Action::EditConnection(None));
            ui.close();
        }
        if icon_text_button(ui, ICON_REFRESH, "Connect again").clicked() {
            actions.push(Action::RetryBroker);
            ui.close();
        }
    });
    if session.run.is_running() {
        caption(ui, "The other broker is used from the next run on");
    }
    session.actions.extend(actions);
}
