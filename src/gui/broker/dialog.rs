//! Editing a connection.

use eframe::egui::{Context, RichText, ScrollArea, TextEdit, Ui};
use egui_material_icons::icons::ICON_LINK;

use super::connection_edit::ConnectionEdit;
use super::settings::{SASL_MECHANISMS, SECURITY_PROTOCOLS};
use crate::gui::action::Action;
use crate::gui::control_names::with_control_names;
use crate::gui::format;
use crate::gui::paths::{CertificateField, PathFields, PathPurpose, PathRequest, PathRule, path_row};
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::widgets;
use crate::gui::widgets::button::{icon_text_button, primary_button};
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, TEXT_WIDTH, choice, field, text, tick};
use crate::gui::widgets::message::{Severity, status, status_text};
use crate::gui::workers::dialogs::DialogKind;
use crate::gui::workers::job;

/// Of the fields, where the window is high enough; the fields of SASL and TLS are scrolled to.
const FIELDS_HEIGHT: f32 = 360.0;
/// Of what a test found.
const RESULT_HEIGHT: f32 = 84.0;

/// Draws the dialog, while there is one.
pub fn connection_dialog(ctx: &Context, session: &mut Session) {
    let Some(dialog) = &mut session.broker.dialog else { return };
    if let Some(result) = job::take(&mut dialog.test, "the connection was tried") {
        dialog.result = Some(result);
    }
    dialog.forget_old_test();
    let (mut actions, paths) = (Vec::new(), &mut session.paths.fields);
    let mut asks_for = None;
    let connections = &session.settings.connections;
    let mut is_open = true;
    let title = if dialog.original.is_some() { "Edit connection" } else { "New connection" };
    let response = widgets::dialog::dialog(ctx, title, 460.0, |ui| {
        // Fields and results have the same room whatever stands in it: the dialog stays where it is under the pointer.
        let room = (ui.ctx().content_rect().height() - RESULT_HEIGHT - 210.0).clamp(160.0, FIELDS_HEIGHT);
        in_room(ui, "fields", room, |ui| asks_for = fields(ui, dialog, paths));
        ui.separator();
        test_button(ui, dialog, paths);
        in_room(ui, "result", RESULT_HEIGHT, |ui| result_ui(ui, dialog));
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let name = dialog.edited().0.name;
            let is_taken =
                dialog.original.as_deref() != Some(name.as_str()) && connections.iter().any(|one| one.name == name);
            let can_keep = !dialog.connection.bootstrap_servers.trim().is_empty() && !is_taken;
            if primary_button(ui, ICON_LINK, "Connect", can_keep).clicked() {
                take_typed(dialog, paths);
                let (connection, secret) = dialog.edited();
                let name = connection.name.clone();
                actions.push(Action::KeepConnection(dialog.original.clone(), Box::new(connection), secret));
                actions.push(Action::SelectBroker(super::BrokerSettings::Saved(name)));
                is_open = false;
            }
            if ui.button("Cancel").clicked() {
                is_open = false;
            }
            if is_taken {
                caption(ui, format!("Another connection is called {name}: give this one a name"));
            }
        });
    });
    if let Some(which) = asks_for {
        let connection = &mut dialog.connection;
        let suggested = connection.certificate(which).clone();
        session.choose_path(PathRequest {
            purpose: PathPurpose::Certificate(which),
            title: "Certificate or key",
            kind: DialogKind::OpenFile(&[]),
            start: None,
            suggested,
        });
    }
    if !is_open || response.should_close() {
        session.broker.dialog = None;
        for which in CertificateField::ALL {
            session.paths.fields.forget(PathPurpose::Certificate(which));
        }
    }
    session.actions.extend(actions);
}

/// A part of the dialog that is always so high.
fn in_room(ui: &mut Ui, name: &str, height: f32, add: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().scroll.floating = false;
        let area = ScrollArea::vertical().id_salt(name).auto_shrink([false, false]);
        area.min_scrolled_height(height).max_height(height).show(ui, add);
    });
}

/// The fields. The result is the certificate that the system's dialog is to ask for.
fn fields(ui: &mut Ui, dialog: &mut ConnectionEdit, paths: &mut PathFields) -> Option<CertificateField> {
    let mut asks_for = None;
    let connection = &mut dialog.connection;
    let name = Field { name: "Name", help: "The connection's name in the broker's menu" };
    text(ui, &name, &mut connection.name, "Name (optional)");
    let servers = Field {
        name: "Bootstrap servers",
        help: "host:port of one or more brokers, separated by commas (bootstrap.servers)",
    };
    text(ui, &servers, &mut connection.bootstrap_servers, "host:9092");
    let protocol =
        Field { name: "Security protocol", help: "How the brokers' listener is secured (security.protocol)" };
    choice(ui, &protocol, &mut connection.security_protocol, &SECURITY_PROTOCOLS.map(str::to_owned), Clone::clone);
    if connection.uses_sasl() {
        group_heading(ui, "SASL");
        let mechanism = Field { name: "SASL mechanism", help: "How user and password are sent (sasl.mechanisms)" };
        choice(ui, &mechanism, &mut connection.sasl_mechanism, &SASL_MECHANISMS.map(str::to_owned), Clone::clone);
        let user = Field { name: "User", help: "sasl.username" };
        text(ui, &user, &mut connection.username, "");
        let password =
            Field { name: "Password", help: "sasl.password; kept in memory only, unless the keyring keeps it" };
        field(ui, &password, |ui| {
            let edit = TextEdit::singleline(&mut dialog.secret.password).password(true);
            let response = ui.add_sized([ui.available_width().min(TEXT_WIDTH), 28.0], edit);
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Password"));
            response
        });
        let keep =
            Field { name: "Keep in the system keyring", help: "Otherwise the password is asked for after each launch" };
        tick(ui, &keep, &mut connection.keep_password);
    }
    if connection.uses_tls() {
        group_heading(ui, "TLS");
        let files = [
            (
                "CA certificate",
                CertificateField::Ca,
                &connection.ca_path,
                "Of the authority that signed the brokers' certificates (ssl.ca.location); none for the system's own authorities",
            ),
            (
                "Client certificate",
                CertificateField::Certificate,
                &connection.certificate_path,
                "ssl.certificate.location",
            ),
            ("Client key", CertificateField::Key, &connection.key_path, "ssl.key.location"),
        ];
        for (name, which, path, help) in files {
            if path_row(
                ui,
                paths,
                &Field { name, help },
                PathPurpose::Certificate(which),
                PathRule::File,
                path.as_deref(),
            ) {
                asks_for = Some(which);
            }
        }
    }
    further_properties(ui, dialog);
    asks_for
}

fn further_properties(ui: &mut Ui, dialog: &mut ConnectionEdit) {
    group_heading(ui, "Further client properties");
    let hint = "name=value, one a line; a client.properties can be pasted here";
    let edit = TextEdit::multiline(&mut dialog.properties).hint_text(hint).desired_rows(3).desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Further client properties"));
    if response.lost_focus() {
        dialog.move_to_fields();
    }
}

/// Paths count as they stand in their fields: buttons below them are pressed without Enter.
fn take_typed(dialog: &mut ConnectionEdit, paths: &mut PathFields) {
    dialog.move_to_fields();
    for which in CertificateField::ALL {
        let path = dialog.connection.certificate(which);
        *path = paths.as_typed(PathPurpose::Certificate(which), path.take());
    }
}

fn test_button(ui: &mut Ui, dialog: &mut ConnectionEdit, paths: &mut PathFields) {
    if icon_text_button(ui, ICON_LINK, "Test connection").clicked() {
        take_typed(dialog, paths);
        dialog.test(&ui.ctx().clone());
    }
}

fn result_ui(ui: &mut Ui, dialog: &ConnectionEdit) {
    let tokens = Tokens::of(ui);
    match &dialog.result {
        _ if dialog.test.is_some() => {
            status(ui, Severity::Info, "Connecting");
        }
        None => {}
        Some(Err(reason)) => {
            status_text(ui, Severity::Error, &with_control_names(reason));
        }
        Some(Ok(Ok(report))) => {
            let version = report.version.as_deref().map(|version| format!(", Kafka {version}")).unwrap_or_default();
            status(
                ui,
                Severity::Ok,
                &format!("Connected in {}{version}", format::millis(report.elapsed.as_secs_f64() * 1e3)),
            );
            let topics = format::counted(report.topics as u64, "topic", "topics");
            caption(ui, format!("Brokers: {}; {topics}", report.brokers.join(", ")));
        }
        Some(Ok(Err(problem))) => {
            status_text(ui, Severity::Error, &problem.summary);
            caption(ui, with_control_names(&problem.what_to_do));
            let detail = RichText::new(with_control_names(&problem.detail)).size(11.0).color(tokens.muted);
            ui.add(eframe::egui::Label::new(detail).wrap().selectable(true));
        }
    }
}
