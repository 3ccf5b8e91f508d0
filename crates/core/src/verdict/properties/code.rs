//! librdkafka's properties in the programs of clients that are built on it.

use super::{Client, Setting, Settings};

/// How a value is written in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Go,
}

/// Dictionaries for confluent-kafka.
pub(super) fn python_dictionaries(settings: &Settings) -> Vec<String> {
    let of = |name: &str, all: &[Setting]| -> Vec<String> {
        let entries =
            all.iter().map(|(key, value)| format!("    {}: {},", quoted(key), literal(value, Language::Python)));
        [format!("{name} = {{")].into_iter().chain(entries).chain(["}".to_owned()]).collect()
    };
    both(settings, of)
}

/// Maps for confluent-kafka-go.
pub(super) fn go_maps(settings: &Settings) -> Vec<String> {
    let of = |name: &str, all: &[Setting]| -> Vec<String> {
        let entries = all.iter().map(|(key, value)| format!("    {}: {},", quoted(key), literal(value, Language::Go)));
        let begin = format!("{name} := &kafka.ConfigMap{{");
        [begin].into_iter().chain(entries).chain(["}".to_owned()]).collect()
    };
    both(settings, of)
}

/// The lines of the producer, and of the consumer if anything is set there.
fn both(settings: &Settings, of: impl Fn(&str, &[Setting]) -> Vec<String>) -> Vec<String> {
    let mut lines = of("producer", &settings.producer);
    if !settings.consumer.is_empty() {
        lines.extend(of("consumer", &settings.consumer));
    }
    lines
}

/// A text as Python, Go and JSON write it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Numbers and flags as such, everything else as text. A map of confluent-kafka-go takes no numbers with decimals.
pub(super) fn literal(value: &str, language: Language) -> String {
    let is_number = match language {
        Language::Python => is_plain_number(value),
        Language::Go => value.parse::<i32>().is_ok_and(|number| number.to_string() == value),
    };
    match (value, language) {
        _ if is_number => value.to_owned(),
        ("true", Language::Python) => "True".to_owned(),
        ("false", Language::Python) => "False".to_owned(),
        ("true" | "false", Language::Go) => value.to_owned(),
        _ => quoted(value),
    }
}

/// Whether it reads as this number in a program too: not `inf`, `1e3` or `007`.
fn is_plain_number(value: &str) -> bool {
    value.parse::<f64>().is_ok_and(|number| number.to_string() == value && number.is_finite())
}

/// What the client cannot set, as a comment.
pub(super) fn cannot_set(client: Client, (name, value): &Setting) -> String {
    format!("{} {} cannot set {name}; it was {value}", client.comment(), client.name())
}
