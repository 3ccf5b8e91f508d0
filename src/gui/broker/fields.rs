//! The fields of a connection.

use eframe::egui::{TextEdit, Ui};
use egui_material_icons::icons::ICON_UPLOAD_FILE;

use super::connection_edit::ConnectionEdit;
use super::presets::PRESETS;
use super::settings::{SASL_MECHANISMS, SECURITY_PROTOCOLS};
use crate::gui::paths::{CertificateField, PathFields, PathPurpose, PathRule, path_row};
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::{caption, group_heading};
use crate::gui::widgets::field::{Field, TEXT_WIDTH, choice, field, text, tick};
use crate::gui::widgets::message::status_text;

/// Lines below the preset, whichever is chosen: what follows stays where it is.
const NOTE_HEIGHT: f32 = 34.0;
/// What the choice of presets shows before one is chosen.
const NO_PRESET: &str = "None";

/// A file that the system's dialog is to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedFile {
    Certificate(CertificateField),
    Properties,
}

/// Draws the fields. The result: a file that is asked for.
pub(super) fn fields(ui: &mut Ui, dialog: &mut ConnectionEdit, paths: &mut PathFields) -> Option<AskedFile> {
    preset(ui, dialog);
    let servers_hint = dialog.preset.map_or("host:9092", |preset| preset.servers_hint);
    let user_hint = dialog.shown_preset().map_or("", |preset| preset.user_hint);
    let connection = &mut dialog.connection;
    let name = Field { name: "Name", help: "The connection's name in the broker's menu" };
    text(ui, &name, &mut connection.name, "Name (optional)");
    let servers = Field {
        name: "Bootstrap servers",
        help: "host:port of one or more brokers, separated by commas (bootstrap.servers)",
    };
    text(ui, &servers, &mut connection.bootstrap_servers, servers_hint);
    let protocol =
        Field { name: "Security protocol", help: "How the brokers' listener is secured (security.protocol)" };
    choice(ui, &protocol, &mut connection.security_protocol, &SECURITY_PROTOCOLS.map(str::to_owned), Clone::clone);
    if connection.uses_sasl() {
        sasl(ui, dialog, user_hint);
    }
    let mut asked = None;
    if dialog.connection.uses_tls() {
        asked = tls(ui, dialog, paths).map(AskedFile::Certificate);
    }
    if further_properties(ui, dialog) {
        asked = Some(AskedFile::Properties);
    }
    asked
}

fn preset(ui: &mut Ui, dialog: &mut ConnectionEdit) {
    let of = Field { name: "Preset", help: "Sets what a service needs; what was typed stays" };
    let names: Vec<String> =
        [NO_PRESET].into_iter().chain(PRESETS.iter().map(|preset| preset.name)).map(str::to_owned).collect();
    let mut chosen = dialog.shown_preset().map_or(NO_PRESET, |preset| preset.name).to_owned();
    if choice(ui, &of, &mut chosen, &names, Clone::clone).changed() {
        dialog.preset = PRESETS.iter().find(|preset| preset.name == chosen);
        if let Some(preset) = dialog.preset {
            preset.apply(&mut dialog.connection);
        }
    }
    ui.scope(|ui| {
        ui.set_min_height(NOTE_HEIGHT);
        let note =
            dialog.shown_preset().map_or("A preset sets protocol, mechanism and port of a service", |one| one.note);
        caption(ui, note);
    });
}

fn sasl(ui: &mut Ui, dialog: &mut ConnectionEdit, user_hint: &str) {
    let connection = &mut dialog.connection;
    group_heading(ui, "SASL");
    let mechanism = Field { name: "SASL mechanism", help: "How user and password are sent (sasl.mechanisms)" };
    choice(ui, &mechanism, &mut connection.sasl_mechanism, &SASL_MECHANISMS.map(str::to_owned), Clone::clone);
    let user = Field { name: "User", help: "sasl.username" };
    text(ui, &user, &mut connection.username, user_hint);
    let password = Field { name: "Password", help: "sasl.password; kept in memory only, unless the keyring keeps it" };
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

fn tls(ui: &mut Ui, dialog: &ConnectionEdit, paths: &mut PathFields) -> Option<CertificateField> {
    let connection = &dialog.connection;
    let mut asks_for = None;
    group_heading(ui, "TLS");
    let files = [
        (
            "CA certificate",
            CertificateField::Ca,
            &connection.ca_path,
            "Of the authority that signed the brokers' certificates (ssl.ca.location); none for the system's own authorities",
        ),
        ("Client certificate", CertificateField::Certificate, &connection.certificate_path, "ssl.certificate.location"),
        ("Client key", CertificateField::Key, &connection.key_path, "ssl.key.location"),
    ];
    for (name, which, path, help) in files {
        let (of, purpose) = (Field { name, help }, PathPurpose::Certificate(which));
        if path_row(ui, paths, &of, purpose, PathRule::File, path.as_deref()) {
            asks_for = Some(which);
        }
    }
    asks_for
}

/// True: a file of properties is asked for.
fn further_properties(ui: &mut Ui, dialog: &mut ConnectionEdit) -> bool {
    group_heading(ui, "Further client properties");
    let hint = "name=value, one a line; a client.properties can be pasted here";
    let edit = TextEdit::multiline(&mut dialog.properties).hint_text(hint).desired_rows(3).desired_width(f32::INFINITY);
    let response = ui.add_enabled(!dialog.import.is_running(), edit);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Further client properties"));
    if response.lost_focus() {
        dialog.take_text(&ui.ctx().clone());
    }
    let opens = icon_text_button(ui, ICON_UPLOAD_FILE, "Open a client.properties…")
        .on_hover_text("Takes a properties file of Java or librdkafka over into the fields")
        .clicked();
    if dialog.import.is_running() {
        caption(ui, "Reading the properties");
    } else if let Some((severity, note)) = &dialog.import.note {
        status_text(ui, *severity, note);
    }
    opens
}
