//! Passwords in the system keyring. Each request runs in its own thread: a keyring may never answer.

use eframe::egui::Context;

use super::settings::{SavedConnection, Secret};
use crate::gui::workers::job::Job;

/// The name under which the system keyring keeps passwords.
const KEYRING_SERVICE: &str = "kafka-image-bench";

/// Reads the passwords that the system keyring keeps.
pub fn load_passwords(ctx: &Context, connections: &[SavedConnection]) -> Option<Job<Vec<(String, String)>>> {
    let names: Vec<String> = connections.iter().filter(|one| one.keep_password).map(|one| one.name.clone()).collect();
    if names.is_empty() {
        return None;
    }
    Some(Job::start("keyring", ctx, move |_| {
        names
            .into_iter()
            .filter_map(|name| {
                let password = ::keyring::v1::Entry::new(KEYRING_SERVICE, &name).and_then(|entry| entry.get_password());
                match password {
                    Ok(password) => Some((name, password)),
                    Err(error) => {
                        tracing::info!("the keyring has no password for a connection: {error}");
                        None
                    }
                }
            })
            .collect()
    }))
}

/// Stores a password in the system keyring, if the connection asks for that. The result is a message if it failed.
pub fn store_password(ctx: &Context, connection: &SavedConnection, secret: &Secret) -> Option<Job<Option<String>>> {
    if !connection.keep_password {
        return None;
    }
    let (name, password) = (connection.name.clone(), secret.password.clone());
    Some(Job::start("keyring", ctx, move |_| {
        let stored = ::keyring::v1::Entry::new(KEYRING_SERVICE, &name).and_then(|entry| entry.set_password(&password));
        stored.err().map(|error| format!("The password could not be saved in the system keyring ({error})"))
    }))
}

/// Deletes a password from the system keyring.
pub fn forget_password(ctx: &Context, connection: &SavedConnection) -> Job<Option<String>> {
    let name = connection.name.clone();
    Job::start("keyring", ctx, move |_| {
        let gone = ::keyring::v1::Entry::new(KEYRING_SERVICE, &name).and_then(|entry| entry.delete_credential());
        gone.err().map(|error| format!("The password could not be deleted from the system keyring ({error})"))
    })
}
