//! Takes the properties of a file, or of a pasted text, over into the fields of a connection.

use std::path::PathBuf;

use eframe::egui::Context;

use super::connection_edit::ConnectionEdit;
use super::import::AfterImport;
use crate::gui::format::counted;
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::kafka::properties::{self, CommandConfig};

/// What was pasted, in notes.
const PASTED: &str = "the pasted text";

impl ConnectionEdit {
    /// Takes the text of the properties' field over into the fields that there are. Java's properties are translated first,
    /// in a thread.
    pub(super) fn take_text(&mut self, ctx: &Context) {
        if self.import.is_running() {
            return;
        }
        self.import.note = None;
        if properties::has_java_properties(&self.properties) {
            let text = self.properties.clone();
            self.import.is_file = false;
            self.import.job = Some(Job::start("properties", ctx, move |_| {
                properties::from_text(&text, PASTED).map_err(|error| error.to_string())
            }));
            return;
        }
        self.move_to_fields();
        self.import.note = properties::unknown_in(&self.properties).map(|reason| (Severity::Warning, reason));
    }

    /// Reads a file of properties, as `--command-config` does.
    pub fn take_file(&mut self, ctx: &Context, path: PathBuf) {
        (self.import.note, self.import.after, self.import.is_file) = (None, None, true);
        self.import.job =
            Some(Job::start("properties", ctx, move |_| properties::read(&path).map_err(|error| error.to_string())));
    }

    /// Takes what was read. The result: what was waiting for it.
    pub(super) fn poll_import(&mut self) -> Option<AfterImport> {
        let read = job::take(&mut self.import.job, "the properties were read")?;
        let after = self.import.after.take();
        match read.and_then(|read| read) {
            Ok(config) => {
                self.take_over(config);
                after
            }
            Err(reason) => {
                self.problem = after.is_some().then(|| reason.clone());
                self.import.note = Some((Severity::Error, reason));
                None
            }
        }
    }

    fn take_over(&mut self, config: CommandConfig) {
        let (mut notes, mut rest) = (config.notes, Vec::new());
        let count = config.properties.len() + usize::from(config.bootstrap_servers.is_some());
        if let Some(servers) = config.bootstrap_servers {
            self.connection.bootstrap_servers = servers;
        }
        for (name, value) in config.properties {
            if self.take(&name, &value) {
                continue;
            }
            if value.contains('\n') {
                notes.push(format!("{name} is a whole certificate or key: save it as a PEM file and choose that file"));
            } else {
                rest.push(format!("{name}={value}"));
            }
        }
        if config.group.is_some() {
            notes.push("group.id is set in Stream, under Group".to_owned());
        }
        if self.import.is_file {
            let kept = self.properties.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
            rest.splice(0..0, kept);
        }
        self.properties = rest.join("\n");
        let severity = if notes.is_empty() { Severity::Ok } else { Severity::Warning };
        let taken = counted(count as u64, "property", "properties");
        notes.insert(0, format!("Took over {taken}"));
        self.import.note = Some((severity, notes.join(". ")));
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::{SavedConnection, Secret};
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn translated_properties_go_where_they_belong() {
        let mut edit = ConnectionEdit::new(None, SavedConnection::default(), Secret::default());
        edit.properties = "client.id=yard".to_owned();
        edit.import.is_file = true;
        edit.take_over(CommandConfig {
            properties: vec![
                pair("security.protocol", "SASL_SSL"),
                pair("sasl.password", " geheim "),
                pair("ssl.ca.pem", "-----BEGIN\nCERTIFICATE"),
                pair("socket.timeout.ms", "5000"),
            ],
            bootstrap_servers: Some("b:9096".to_owned()),
            group: Some("g".to_owned()),
            notes: vec!["Without effect here, of x: key.serializer".to_owned()],
        });
        assert_eq!((&*edit.connection.bootstrap_servers, &*edit.connection.security_protocol), ("b:9096", "sasl_ssl"));
        assert_eq!(edit.secret.password, " geheim ");
        assert_eq!(edit.properties, "client.id=yard\nsocket.timeout.ms=5000");
        let (severity, note) = edit.import.note.unwrap();
        assert_eq!(severity, Severity::Warning);
        for part in ["Took over 5 properties", "key.serializer", "ssl.ca.pem", "group.id"] {
            assert!(note.contains(part), "{note}");
        }
        assert!(!note.contains("geheim"));
    }
}
