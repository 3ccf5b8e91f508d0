//! Which client properties exist, and messages about those that do not.
//!
//! A damaged line can have a secret in the place of its name, so an unknown name is repeated only if it cannot contain
//! one.

use super::known_names::{JAVA_ONLY, JAVA_ONLY_PREFIXES, JAVA_TRANSLATED, LIBRDKAFKA};
use crate::model::client_settings::is_secret;

/// Longer unknown names are not repeated.
const SHOWN_LEN_MAX: usize = 64;
/// The most letters in which a misspelt name differs.
const TYPO_MAX: usize = 2;

/// Whether it is a property of librdkafka.
pub(super) fn is_of_librdkafka(name: &str) -> bool {
    LIBRDKAFKA.contains(&name)
}

/// Whether only Java programs have the property, without an equivalent here.
pub(super) fn is_of_java_only(name: &str) -> bool {
    JAVA_ONLY.contains(&name) || JAVA_ONLY_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The name of such a property, without parts that may contain a secret.
pub(super) fn shown(name: &str) -> String {
    let prefix = JAVA_ONLY_PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
    match prefix.filter(|_| !JAVA_ONLY.contains(&name)) {
        Some(prefix) => format!("{prefix}…"),
        None => name.to_owned(),
    }
}

/// Whether the property exists, in librdkafka or Java.
pub(super) fn is_known(name: &str) -> bool {
    is_of_librdkafka(name) || is_of_java_only(name) || JAVA_TRANSLATED.contains(&name)
}

/// Whether the property's value may be repeated in messages.
pub(crate) fn is_harmless(name: &str) -> bool {
    is_of_librdkafka(name) && !is_secret(name)
}

/// The message about a property that does not exist.
pub(crate) fn no_such_property(name: &str) -> String {
    let nearest = known().map(|known| (distances(known, name).0, known)).min();
    let typo_max = if name.contains('.') { TYPO_MAX } else { 1 };
    match nearest {
        Some((distance, known)) if distance <= typo_max => {
            format!("there is no property {name}; did you mean {known}?")
        }
        _ if can_be_shown(name) => format!("there is no property {name}"),
        _ => "there is no property of that name (not shown, since it may hold a secret)".to_owned(),
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    LIBRDKAFKA.into_iter().chain(JAVA_TRANSLATED).chain(JAVA_ONLY)
}

/// Whether the name has the form of a property's, and is not that of a secret property with something appended.
fn can_be_shown(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let has_shape = name.len() <= SHOWN_LEN_MAX && name.contains('.') && name.split('.').all(is_word);
    let mut secrets = known().filter(|known| is_secret(known));
    has_shape && !secrets.any(|secret| distances(secret, name).1 <= TYPO_MAX)
}

/// The edit distance (Levenshtein's) between both, and the smallest between `known` and any prefix of `given`.
fn distances(known: &str, given: &str) -> (usize, usize) {
    let known = known.as_bytes();
    if given.len() > 2 * SHOWN_LEN_MAX {
        return (usize::MAX, usize::MAX);
    }
    let mut row: Vec<usize> = (0..=known.len()).collect();
    let mut of_beginning = known.len();
    for (index, given) in given.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (place, known) in known.iter().enumerate() {
            let substituted = diagonal + usize::from(*known != given);
            diagonal = row[place + 1];
            row[place + 1] = substituted.min(diagonal + 1).min(row[place] + 1);
        }
        of_beginning = of_beginning.min(row[known.len()]);
    }
    (row[known.len()], of_beginning)
}

#[cfg(test)]
mod tests {
    use rdkafka::config::ClientConfig;
    use rdkafka::error::KafkaError;
    use rdkafka::types::RDKafkaConfRes;

    use super::*;

    #[test]
    fn librdkafka_has_what_is_listed_as_its_own() {
        for name in LIBRDKAFKA {
            let set = ClientConfig::new().set(name, "no such value").create_native_config();
            let is_unknown = matches!(&set, Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)));
            assert!(!is_unknown, "{name}");
        }
        for name in JAVA_ONLY.into_iter().chain(JAVA_TRANSLATED) {
            assert!(ClientConfig::new().set(name, "1").create_native_config().is_err(), "{name} is librdkafka's too");
        }
    }

    #[test]
    fn a_typo_is_named_and_what_may_be_a_secret_is_not() {
        assert!(no_such_property("sasl.pasword").contains("sasl.pasword; did you mean sasl.password?"));
        assert!(no_such_property("batch.sise").contains("did you mean batch.size?"));
        assert!(no_such_property("no.such.property").contains("no.such.property"));
        for name in
            ["hunter", "sasl.passwordhunter", "sasl.paswordhunter", "Hunter2.x", "sasl.password.hunter", "a.hunter2"]
        {
            let message = no_such_property(name);
            assert!(!message.to_lowercase().contains("hunter"), "{message}");
        }
    }
}
