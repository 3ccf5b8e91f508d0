use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::kafka::check::check_settings;
use crate::model::client_settings::ClientSettings;

fn read_text(text: &str) -> Result<CommandConfig, String> {
    java_file::parse(text).and_then(|entries| translate(&entries, "the file"))
}

fn value<'a>(config: &'a CommandConfig, name: &str) -> Option<&'a str> {
    config.properties.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "fixtures", "properties", name].iter().collect()
}

#[test]
fn java_credentials_are_translated() {
    let read = read_text(
        "sasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule \
         required username=\"alice\" password=\"a\\\\\"b\";\nssl.truststore.type=PEM\nssl.truststore.location=/ca.pem\n\
         ssl.truststore.password=x",
    )
    .unwrap();
    assert_eq!(value(&read, "sasl.mechanisms"), Some("SCRAM-SHA-256"));
    assert_eq!((value(&read, "sasl.username"), value(&read, "sasl.password")), (Some("alice"), Some("a\"b")));
    assert_eq!(value(&read, "ssl.ca.location"), Some("/ca.pem"));
    assert_eq!(value(&read, "ssl.truststore.password"), None);
}

#[test]
fn jaas_lines_as_people_have_them() {
    for file in ["jaas-single.properties", "jaas-spaces.properties", "jaas-tabs.properties"] {
        let read = read(&fixture(file)).unwrap();
        let credentials = (value(&read, "sasl.username"), value(&read, "sasl.password"));
        assert_eq!(credentials, (Some("alice"), Some("secret")), "{file}");
    }
}

#[test]
fn files_of_java_programs_are_taken_and_what_has_no_effect_is_said_once() {
    let cloud = read(&fixture("confluent-cloud.properties")).unwrap();
    assert_eq!(cloud.bootstrap_servers.as_deref(), Some("pkc-00000.example.invalid:9092"));
    assert_eq!((value(&cloud, "sasl.username"), value(&cloud, "sasl.password")), (Some("KEY"), Some("SECRET")));
    let [note] = &cloud.notes[..] else { panic!("{:?}", cloud.notes) };
    assert!(note.contains("schema.registry.url") && !note.contains("K:S"), "{note}");
    let misc = read(&fixture("java-misc.properties")).unwrap();
    assert_eq!(value(&misc, "fetch.wait.max.ms"), Some("500"));
    assert_eq!(value(&misc, "socket.receive.buffer.bytes"), Some("65536"));
    for config in [cloud, misc] {
        let settings = ClientSettings { properties: config.properties, ..ClientSettings::default() };
        check_settings(&settings).unwrap();
    }
    let store = read(&fixture("pem-store.properties")).unwrap();
    assert_eq!(value(&store, "ssl.ca.location"), Some("/no/ca.pem"));
}

#[test]
fn what_the_program_depends_on_is_not_taken_from_a_file() {
    let read = read_text("enable.auto.commit=false\ngroup.id=mine\nauto.offset.reset=none").unwrap();
    assert_eq!(value(&read, "enable.auto.commit"), None);
    assert_eq!(read.group.as_deref(), Some("mine"));
    assert_eq!(value(&read, "auto.offset.reset"), Some("error"));
    assert!(read.notes.iter().any(|note| note.contains("enable.auto.commit")), "{:?}", read.notes);
}

#[test]
fn a_typo_is_refused_with_its_line() {
    let refused = read_text("nothing.like.it=1\n").unwrap_err();
    assert!(refused.starts_with("line 1: "), "{refused}");
    let refused = read_text("acks=all\nsasl.pasword=hunter2\n").unwrap_err();
    assert!(refused.starts_with("line 2: ") && refused.contains("sasl.password?"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
}

const SECRET: &str = "zqhunterkx";

proptest! {
    /// However a line is damaged, its secret is neither in the file's message nor in the client's.
    #[test]
    fn a_damaged_line_does_not_give_its_secret_away(
        line in prop::sample::select(vec![
            "security.protocol=SASL_SSL", "sasl.password=$", "ssl.key.password: $", "ssl.keystore.password $",
            "sasl.jaas.config=x.PlainLoginModule required username=\"a\" password=\"$\";",
            "basic.auth.user.info=a:$", "sasl.oauthbearer.client.secret=$==", "linger.ms=1",
        ]),
        kind in 0_u8..4,
        place in 0_usize..90,
        sign in prop::sample::select(vec!['=', ':', ' ', 'x', '"', '\\', '\n', '\t']),
    ) {
        let mut characters: Vec<char> = line.chars().collect();
        let place = place % characters.len();
        match kind {
            0 => drop(characters.remove(place)),
            1 => characters.insert(place, sign),
            2 => characters[place] = sign,
            _ => characters.truncate(place + 1),
        }
        let text: String = characters.into_iter().collect::<String>().replace('$', SECRET);
        let message = match read_text(&text) {
            Err(message) => message,
            Ok(config) => {
                let notes = config.notes.join("\n");
                let settings = ClientSettings { properties: config.properties, ..ClientSettings::default() };
                format!("{notes}{}", check_settings(&settings).err().map(|error| error.to_string()).unwrap_or_default())
            }
        };
        prop_assert!(!message.contains(SECRET), "{text}: {message}");
    }
}

#[test]
fn a_text_is_read_like_a_file() {
    let text = "bootstrap.servers=b:9096\nsecurity.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n\
                sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\\n  \
                username=\"alice\" password=\"a=b\";\nkey.serializer=x.Y\nclient.id=yard\n";
    let config = from_text(text, "the text").unwrap();
    assert_eq!(config.bootstrap_servers.as_deref(), Some("b:9096"));
    let value = |name: &str| config.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!((value("sasl.username"), value("sasl.password")), (Some("alice"), Some("a=b")));
    assert_eq!((value("sasl.mechanisms"), value("client.id")), (Some("SCRAM-SHA-512"), Some("yard")));
    assert_eq!(config.notes, ["Without effect here, of the text: key.serializer"]);
    let refused = from_text("batch.sise=1", "the text").unwrap_err().to_string();
    assert!(refused.contains("line 1: ") && refused.contains("did you mean batch.size?"), "{refused}");

    assert_eq!((unknown_in(text), unknown_in("batch.sise=1")), (None, Some(refused)));

    assert!(has_java_properties(text));
    assert!(!has_java_properties("bootstrap.servers=b:1\nsasl.username=a\nlinger.ms=7"));
    assert!(!has_java_properties("nothing\nbatch.sise=1"));
}
