//! Chooses a broker, and keeps, forgets and restores connections.

use super::connection_edit::ConnectionEdit;
use super::keyring::{forget_password, store_password};
use super::settings::{BrokerSettings, SavedConnection, Secret};
use super::state::BrokerStatus;
use crate::gui::action::Action;
use crate::gui::notices::{Banner, WarningEnd};
use crate::gui::session::Session;
use crate::gui::widgets::message::Severity;
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::engine::Command;

/// Uses a broker from now on: starts the embedded one, or asks whether a cluster answers.
pub fn select_broker(session: &mut Session, broker: BrokerSettings) {
    session.settings.broker = broker;
    session.notices.clear("broker");
    session.notices.clear("room");
    session.notices.forget_warning(WarningEnd::Broker);
    session.broker.forget_check();
    session.broker.bootstrap_servers = None;
    session.broker.status = BrokerStatus::Starting;
    match session.broker_choice() {
        Err(reason) => session.broker.status = BrokerStatus::Failed(reason, String::new()),
        Ok((choice, properties)) => {
            if let BrokerChoice::External { bootstrap_servers } = &choice {
                session.broker.bootstrap_servers = Some(bootstrap_servers.clone());
                session.broker.check(&session.ctx, bootstrap_servers.clone(), properties);
            }
            session.run.send(Command::Hold(choice));
        }
    }
    session.broker.load_passwords_once(&session.ctx, &session.settings.connections);
}

/// Opens the dialog for a kept connection, or for a new one. Its test can ask for the rights on `topic`.
pub fn edit_connection(session: &mut Session, name: Option<String>, topic: &str) {
    let kept = name.as_ref().and_then(|name| session.settings.connections.iter().find(|one| one.name == *name));
    let connection = kept.cloned().unwrap_or_default();
    let secret = session.broker.secrets.0.get(&connection.name).cloned().unwrap_or_default();
    let mut edit = ConnectionEdit::new(name, connection, secret);
    edit.topic = topic.to_owned();
    session.broker.dialog = Some(edit);
}

/// Keeps a connection in place of those of the same name and of the name that it had.
pub fn keep_connection(session: &mut Session, original: Option<&str>, connection: SavedConnection, secret: Secret) {
    let is_replaced = |name: &str| Some(name) == original || name == connection.name;
    session.settings.connections.retain(|one| !is_replaced(&one.name));
    session.chores.extend(store_password(&session.ctx, &connection, &secret));
    session.broker.secrets.0.insert(connection.name.clone(), secret);
    session.settings.connections.push(connection);
    session.settings.connections.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Forgets a connection, which can be brought back once.
pub fn forget_connection(session: &mut Session, name: String) {
    if let Some(connection) = session.settings.connections.iter().find(|one| one.name == name).cloned() {
        let chore = connection.keep_password.then(|| forget_password(&session.ctx, &connection));
        session.chores.extend(chore);
        let secret = session.broker.secrets.0.get(&name).cloned().unwrap_or_default();
        session.broker.forgotten = Some((connection, secret));
        session.notices.show(Banner {
            topic: "connection",
            severity: Severity::Info,
            title: format!("The connection {name} was removed"),
            detail: String::new(),
            actions: vec![("Undo", || Action::RestoreConnection)],
        });
    }
    session.settings.connections.retain(|one| one.name != name);
    session.broker.secrets.0.remove(&name);
    if session.settings.broker == BrokerSettings::Saved(name) {
        select_broker(session, BrokerSettings::Embedded);
    }
}

/// Brings back the connection that was forgotten last.
pub fn restore_connection(session: &mut Session) {
    if let Some((connection, secret)) = session.broker.forgotten.take() {
        keep_connection(session, None, connection, secret);
    }
}
