//! Editing a connection.

use eframe::egui::{Context, ScrollArea, Ui, vec2};
use egui_material_icons::icons::ICON_LINK;

use super::connection_edit::ConnectionEdit;
use super::fields::{AskedFile, fields};
use super::import::AfterImport;
use super::settings::SavedConnection;
use super::steps_view::{TestChoice, test_ui};
use crate::gui::action::Action;
use crate::gui::paths::{CertificateField, PathFields, PathPurpose, PathRequest};
use crate::gui::session::Session;
use crate::gui::widgets;
use crate::gui::widgets::button::primary_button;
use crate::gui::widgets::card::caption;
use crate::gui::workers::dialogs::DialogKind;

const FIELDS_WIDTH: f32 = 440.0;
const TEST_WIDTH: f32 = 300.0;
const BETWEEN: f32 = 20.0;
/// Of the fields and the test, where the window is high enough; the fields of SASL and TLS are scrolled to.
const HEIGHT: f32 = 480.0;

/// What a person did.
#[derive(Default)]
struct Choices {
    asked: Option<AskedFile>,
    test: Option<TestChoice>,
    connects: bool,
    cancels: bool,
}

/// Draws the dialog, while there is one.
pub fn connection_dialog(ctx: &Context, session: &mut Session) {
    let Some(dialog) = &mut session.broker.dialog else { return };
    let after = dialog.poll_import();
    if let Some(test) = &mut dialog.test {
        test.poll();
    }
    dialog.forget_old_test();
    let (paths, connections) = (&mut session.paths.fields, &session.settings.connections);
    let mut choices = Choices::default();
    let title = if dialog.original.is_some() { "Edit connection" } else { "New connection" };
    let width = FIELDS_WIDTH + BETWEEN + TEST_WIDTH;
    let response = widgets::dialog::dialog(ctx, title, width, |ui| {
        // Both parts have the same room whatever stands in them: the dialog stays where it is under the pointer.
        let height = (ui.ctx().content_rect().height() - 150.0).clamp(240.0, HEIGHT);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = BETWEEN;
            in_room(ui, FIELDS_WIDTH, height, |ui| {
                ui.spacing_mut().scroll.floating = false;
                let area = ScrollArea::vertical().id_salt("fields").auto_shrink([false, false]);
                area.show(ui, |ui| choices.asked = fields(ui, dialog, paths));
            });
            in_room(ui, TEST_WIDTH, height, |ui| choices.test = test_ui(ui, dialog));
        });
        ui.separator();
        ui.horizontal(|ui| buttons(ui, dialog, connections, &mut choices));
    });
    choices.cancels |= response.should_close();
    act(ctx, session, after, choices);
}

fn in_room(ui: &mut Ui, width: f32, height: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui(vec2(width, height), |ui| {
        ui.set_min_size(vec2(width, height));
        ui.set_max_size(vec2(width, height));
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        ui.vertical(add);
    });
}

fn buttons(ui: &mut Ui, dialog: &ConnectionEdit, connections: &[SavedConnection], choices: &mut Choices) {
    let name = dialog.edited().0.name;
    let is_taken = dialog.original.as_deref() != Some(name.as_str()) && connections.iter().any(|one| one.name == name);
    let can_keep = !dialog.connection.bootstrap_servers.trim().is_empty() && !is_taken;
    choices.connects = primary_button(ui, ICON_LINK, "Connect", can_keep).clicked();
    choices.cancels = ui.button("Cancel").clicked();
    if is_taken {
        caption(ui, format!("Another connection is called {name}: give this one a name"));
    }
}

/// Carries out what was chosen, or what waited for properties that were read.
fn act(ctx: &Context, session: &mut Session, after: Option<AfterImport>, choices: Choices) {
    let Some(dialog) = &mut session.broker.dialog else { return };
    if choices.test == Some(TestChoice::Cancel) {
        dialog.import.after = None;
        if let Some(test) = &mut dialog.test {
            test.cancel();
        }
    }
    let wanted = match (choices.test, choices.connects) {
        (_, true) => Some(AfterImport::Connect),
        (Some(TestChoice::Test), _) => Some(AfterImport::Test),
        _ => None,
    };
    if wanted.is_some() {
        take_typed(ctx, dialog, &mut session.paths.fields);
    }
    let now = match wanted {
        Some(_) if dialog.import.is_running() => {
            dialog.import.after = wanted;
            None
        }
        wanted => wanted.or(after),
    };
    let mut is_closed = choices.cancels;
    match now {
        Some(AfterImport::Test) => dialog.test(ctx),
        Some(AfterImport::Connect) => {
            let (connection, secret) = dialog.edited();
            let name = connection.name.clone();
            let original = dialog.original.clone();
            session.actions.push(Action::KeepConnection(original, Box::new(connection), secret));
            session.actions.push(Action::SelectBroker(super::BrokerSettings::Saved(name)));
            is_closed = true;
        }
        None => {}
    }
    if let Some(asked) = choices.asked {
        ask_file(session, asked);
    }
    if is_closed {
        session.broker.dialog = None;
        for which in CertificateField::ALL {
            session.paths.fields.forget(PathPurpose::Certificate(which));
        }
    }
}

fn ask_file(session: &mut Session, asked: AskedFile) {
    let Some(dialog) = &mut session.broker.dialog else { return };
    let (purpose, title, suggested) = match asked {
        AskedFile::Certificate(which) => {
            let suggested = dialog.connection.certificate(which).clone();
            (PathPurpose::Certificate(which), "Certificate or key", suggested)
        }
        AskedFile::Properties => (PathPurpose::ClientProperties, "Properties of a Kafka client", None),
    };
    session.choose_path(PathRequest { purpose, title, kind: DialogKind::OpenFile(&[]), start: None, suggested });
}

/// Paths count as they stand in their fields: buttons below them are pressed without Enter.
fn take_typed(ctx: &Context, dialog: &mut ConnectionEdit, paths: &mut PathFields) {
    dialog.take_text(ctx);
    for which in CertificateField::ALL {
        let path = dialog.connection.certificate(which);
        *path = paths.as_typed(PathPurpose::Certificate(which), path.take());
    }
}
