//! The broker and the client properties from the arguments: options take precedence over -X, -X over variables,
//! variables over the configuration file, and that over the command config.

use std::path::Path;

use super::UsageError;
use super::stream_args::{ClientArgs, ProducerArgs};
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace, address};
use kafka_image_bench_core::configuration::FIELDS;
use kafka_image_bench_core::kafka::properties::fixed::check_fixed;
use kafka_image_bench_core::kafka::properties::{self, CommandConfig};
use kafka_image_bench_core::model::client_settings::{ClientSettings, is_secret};

/// Variables of the environment that a cluster's credentials are taken from: unlike arguments, other users cannot see
/// them.
const VARIABLES: [(&str, &str); 4] = [
    ("KAFKA_SASL_USERNAME", "sasl.username"),
    ("KAFKA_SASL_PASSWORD", "sasl.password"),
    ("KAFKA_SSL_KEY_PASSWORD", "ssl.key.password"),
    ("KAFKA_SSL_KEYSTORE_PASSWORD", "ssl.keystore.password"),
];

const USUAL_GROUP: &str = "image-consumer-group";

/// The combined result of the arguments, the variables and the file.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) broker: BrokerChoice,
    pub(super) client: ClientSettings,
    /// The group that the file names.
    group: Option<String>,
    /// Notes for the user, sentences without a full stop.
    pub(super) notes: Vec<String>,
}

impl Connection {
    /// # Errors
    /// Options that contradict each other, a file that cannot be used, or an invalid address.
    pub(super) fn read(args: &ClientArgs, producer: &ProducerArgs) -> Result<Self, UsageError> {
        Self::with(args, producer, |name| std::env::var(name).ok())
    }

    fn with(
        args: &ClientArgs,
        producer: &ProducerArgs,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UsageError> {
        check_fixed(&args.properties)?;
        let mut config = match &args.command_config {
            Some(file) => properties::read(file)?,
            None => CommandConfig::default(),
        };
        let mut notes = std::mem::take(&mut config.notes);
        let servers = servers(args, config.bootstrap_servers.take(), &mut notes)?;
        let mut properties = std::mem::take(&mut config.properties);
        let (configured, of_command_line) = args.properties();
        properties.extend(configured.iter().cloned());
        if servers.is_some() {
            let given = VARIABLES.iter().filter_map(|(variable_name, property)| {
                let value = variable(variable_name).filter(|value| !value.is_empty())?;
                Some(((*property).to_owned(), value))
            });
            properties.extend(given);
        }
        drop_what_options_set(args, producer, &mut properties)?;
        properties.extend(of_command_line.iter().cloned());
        notes.extend(exposed(of_command_line));
        let broker = match servers {
            Some(servers) => BrokerChoice::External {
                bootstrap_servers: address::resolve(&servers, &mut properties).map_err(UsageError)?,
            },
            None => BrokerChoice::Embedded(data_place(args.data.as_deref())),
        };
        let given = producer.properties().into_iter().map(|(name, value)| (name.to_owned(), value));
        let client = ClientSettings { properties, producer: given.collect(), consumer: Vec::new() };
        Ok(Self { broker, client, group: config.group.take(), notes })
    }

    /// The consumer group: from the option, the file, or the default.
    pub(super) fn group(&mut self, given: Option<String>) -> String {
        match (given, self.group.take()) {
            (Some(given), Some(other)) if given != other => {
                self.notes.push(format!("The group is {given}, from --group; the command config has {other}"));
                given
            }
            (Some(given), _) | (None, Some(given)) => given,
            (None, None) => USUAL_GROUP.to_owned(),
        }
    }
}

/// The cluster as given; `None`: the embedded broker.
fn servers(args: &ClientArgs, of_file: Option<String>, notes: &mut Vec<String>) -> Result<Option<String>, UsageError> {
    let refuse = |reason: &str| Err(UsageError(reason.to_owned()));
    match (args.bootstrap_server.clone(), of_file) {
        (Some(given), _) if given.trim().is_empty() => refuse(
            "--bootstrap-server, or the variable KAFKA_BOOTSTRAP_SERVERS, is empty; give host:port, or leave both out (unset \
             the variable) for the embedded broker",
        ),
        (Some(_), _) if args.data.is_some() => refuse(
            "--data is the embedded broker's folder, and --bootstrap-server names another broker: give one of the two \
             (KAFKA_BOOTSTRAP_SERVERS counts as --bootstrap-server)",
        ),
        (None, Some(_)) if args.data.is_some() => refuse(
            "--data is the embedded broker's folder, and bootstrap.servers in the command config names another broker: remove \
             one of the two",
        ),
        (None, Some(of_file)) if of_file.trim().is_empty() => {
            refuse("bootstrap.servers in the command config is empty; give host:port, or remove the line")
        }
        (Some(given), Some(of_file)) => {
            let in_file = address::resolve(&of_file, &mut Vec::new());
            if address::resolve(&given, &mut Vec::new()) != in_file {
                let in_file = in_file.map(|servers| format!(" ({servers})")).unwrap_or_default();
                notes.push(format!(
                    "The cluster is {}, from --bootstrap-server or KAFKA_BOOTSTRAP_SERVERS; bootstrap.servers of the command \
                     config{in_file} is not used",
                    address::resolve(&given, &mut Vec::new()).map_err(UsageError)?
                ));
            }
            Ok(Some(given))
        }
        (given, of_file) => Ok(given.or(of_file)),
    }
}

/// Removes the files' properties that options set.
fn drop_what_options_set(
    args: &ClientArgs,
    producer: &ProducerArgs,
    properties: &mut Vec<(String, String)>,
) -> Result<(), UsageError> {
    let given = producer.properties();
    for field in FIELDS.iter().filter(|field| given.iter().any(|(name, _)| field.property() == Some(*name))) {
        let names = field.client_names;
        if let Some((name, _)) = args.properties().1.iter().find(|(name, _)| names.contains(&name.as_str())) {
            let option = field.option;
            return Err(UsageError(format!("--{option} and -X {name} set the same property: give one of the two")));
        }
        properties.retain(|(name, _)| !names.contains(&name.as_str()));
    }
    Ok(())
}

/// A warning about secrets among the arguments.
fn exposed(properties: &[(String, String)]) -> Option<String> {
    let (name, _) = properties.iter().find(|(name, _)| is_secret(name))?;
    let variable = VARIABLES.iter().find(|(_, property)| property == name);
    let or_variable = variable.map(|(variable, _)| format!(", or as the variable {variable}")).unwrap_or_default();
    Some(format!(
        "Other users of this computer can read the value of -X {name} with ps; give it in the file of \
         --command-config{or_variable}"
    ))
}

pub(super) fn data_place(data: Option<&Path>) -> DataPlace {
    match data {
        None => DataPlace::UserFolder,
        Some(data) if data == Path::new("memory") => DataPlace::Memory,
        Some(data) => DataPlace::Directory(data.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(servers: Option<&str>, file: Option<&str>) -> (tempfile::TempDir, ClientArgs) {
        let folder = tempfile::tempdir().unwrap();
        let command_config = file.map(|text| {
            let path = folder.path().join("c.properties");
            std::fs::write(&path, text).unwrap();
            path
        });
        let bootstrap_server = servers.map(str::to_owned);
        (folder, ClientArgs { bootstrap_server, command_config, ..ClientArgs::default() })
    }

    fn read(servers: Option<&str>, file: Option<&str>) -> Result<Connection, String> {
        let (_folder, args) = args(servers, file);
        Connection::with(&args, &ProducerArgs::default(), |_| None).map_err(|error| error.to_string())
    }

    fn cluster(connection: &Connection) -> &str {
        match &connection.broker {
            BrokerChoice::External { bootstrap_servers } => bootstrap_servers,
            BrokerChoice::Embedded(_) => "embedded",
        }
    }

    #[test]
    fn a_cluster_that_is_named_is_used() {
        let in_file = read(None, Some("bootstrap.servers=SSL://a:1\ngroup.id=g")).unwrap();
        assert_eq!(cluster(&in_file), "a:1");
        assert_eq!(in_file.client.property("security.protocol"), Some("SSL"));
        assert!(in_file.notes.is_empty(), "{:?}", in_file.notes);
        let both = read(Some("b:2"), Some("metadata.broker.list=a:1")).unwrap();
        assert_eq!(cluster(&both), "b:2");
        assert!(both.notes[0].contains("b:2") && both.notes[0].contains("(a:1) is not used"), "{:?}", both.notes);
        assert!(read(Some("a:1"), Some("bootstrap.servers=a:1")).unwrap().notes.is_empty());
        assert_eq!(cluster(&read(None, None).unwrap()), "embedded");
    }

    #[test]
    fn what_names_no_cluster_is_refused() {
        for (servers, file) in [
            (Some(""), None),
            (Some("  "), None),
            (Some(","), None),
            (Some("h:99999"), None),
            (Some(":1"), None),
            (None, Some("bootstrap.servers=")),
            (None, Some("bootstrap.servers=\nacks=all")),
            (None, Some("bootstrap.servers=h:0")),
            (Some("SSL://h:1"), Some("security.protocol=PLAINTEXT")),
        ] {
            assert!(read(servers, file).is_err(), "{servers:?} {file:?}");
        }
        let (_folder, args) = args(None, Some("bootstrap.servers=a:1"));
        let args = ClientArgs { data: Some("d".into()), ..args };
        let refused = Connection::with(&args, &ProducerArgs::default(), |_| None).unwrap_err();
        assert!(refused.to_string().contains("--data"), "{refused}");
    }

    #[test]
    fn the_files_group_is_used_unless_another_is_given() {
        let config = || read(None, Some("group.id=theirs")).unwrap();
        assert_eq!(config().group(None), "theirs");
        let mut given = config();
        assert_eq!(given.group(Some("mine".to_owned())), "mine");
        assert!(given.notes[0].contains("theirs"), "{:?}", given.notes);
        assert_eq!(read(None, None).unwrap().group(None), USUAL_GROUP);
    }

    #[test]
    fn a_password_comes_from_the_environment_and_is_warned_of_among_the_arguments() {
        let (_folder, mut args) = args(Some("a:1"), Some("sasl.password=of-file"));
        let variable = |name: &str| (name == "KAFKA_SASL_PASSWORD").then(|| "hunter2".to_owned());
        let connection = Connection::with(&args, &ProducerArgs::default(), variable).unwrap();
        assert_eq!(connection.client.property("sasl.password"), Some("hunter2"));
        assert!(connection.notes.is_empty(), "{:?}", connection.notes);
        args.properties.push(("sasl.password".to_owned(), "hunter3".to_owned()));
        let connection = Connection::with(&args, &ProducerArgs::default(), variable).unwrap();
        assert_eq!(connection.client.property("sasl.password"), Some("hunter3"));
        let [note] = &connection.notes[..] else { panic!("{:?}", connection.notes) };
        assert!(note.contains("ps") && note.contains("KAFKA_SASL_PASSWORD"), "{note}");
        assert!(!note.contains("hunter3"), "{note}");
    }
}
