//! The file behind `--command-config`: Kafka's own tools take Java client properties, librdkafka its own.
//! Both are read; what only Java has is translated where librdkafka has an equal.
//!
//! The format is that of `java.util.Properties.load`
//! (<https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html>).

use std::path::Path;

use super::PipelineError;

/// Java properties without meaning for librdkafka: passed over, so that one file serves both.
const JAVA_ONLY: [&str; 10] = [
    "key.serializer",
    "value.serializer",
    "key.deserializer",
    "value.deserializer",
    "ssl.truststore.type",
    "ssl.keystore.type",
    "sasl.login.callback.handler.class",
    "max.poll.records",
    "buffer.memory",
    "max.block.ms",
];

/// Reads a properties file into librdkafka properties, in the file's order.
///
/// # Errors
/// [`PipelineError::Settings`] names the file, the line or the property, never a value.
pub fn read(path: &Path) -> Result<Vec<(String, String)>, PipelineError> {
    let refuse = |what: String| PipelineError::Settings(format!("the command config {}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let lines = parse(&text).map_err(refuse)?;
    translate(lines).map_err(refuse)
}

/// Logical lines as pairs: comments and blank lines dropped, continued lines joined, escapes undone.
fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while ends_in_continuation(&logical) {
            logical.pop();
            let Some(next) = lines.next() else { break };
            logical.push_str(next.trim_start());
        }
        let (name, value) = split(&logical);
        if name.is_empty() {
            return Err("a line without a property's name".to_owned());
        }
        pairs.push((unescape(name)?, unescape(value)?.trim_end().to_owned()));
    }
    Ok(pairs)
}

fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

/// Splits at the first `=`, `:` or white space that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (index, character) in line.char_indices() {
        if !escaped && (matches!(character, '=' | ':') || character.is_whitespace()) {
            let rest = line[index..].trim_start();
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (&line[..index], rest.trim_start());
        }
        escaped = character == '\\' && !escaped;
    }
    (line, "")
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.push(code.ok_or_else(|| "a \\u escape without four hexadecimal digits".to_owned())?);
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Ok(out)
}

fn translate(pairs: Vec<(String, String)>) -> Result<Vec<(String, String)>, String> {
    let lookup = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut out = Vec::with_capacity(pairs.len());
    for (name, value) in &pairs {
        match name.as_str() {
            "sasl.jaas.config" => {
                for (option, property) in [("username", "sasl.username"), ("password", "sasl.password")] {
                    let credential = jaas_option(value, option).ok_or_else(|| {
                        format!("sasl.jaas.config has no {option}=\"…\"; only PLAIN and SCRAM are read")
                    })?;
                    out.push((property.to_owned(), credential));
                }
            }
            "sasl.mechanism" => out.push(("sasl.mechanisms".to_owned(), value.clone())),
            "ssl.truststore.location" => match lookup("ssl.truststore.type").as_deref() {
                Some("PEM") => out.push(("ssl.ca.location".to_owned(), value.clone())),
                _ => {
                    return Err("ssl.truststore.location is a Java keystore; \
                                export its certificates as PEM and set ssl.ca.location instead"
                        .to_owned());
                }
            },
            "ssl.truststore.certificates" => out.push(("ssl.ca.pem".to_owned(), value.clone())),
            "ssl.keystore.certificate.chain" => out.push(("ssl.certificate.pem".to_owned(), value.clone())),
            "ssl.keystore.key" => out.push(("ssl.key.pem".to_owned(), value.clone())),
            "ssl.endpoint.identification.algorithm" if value.is_empty() => {
                out.push((name.clone(), "none".to_owned()));
            }
            other if JAVA_ONLY.contains(&other) => tracing::debug!("{other} is passed over: only Java clients have it"),
            _ => out.push((name.clone(), value.clone())),
        }
    }
    Ok(out)
}

/// An option of a JAAS line: `…ScramLoginModule required username="alice" password="…";`.
fn jaas_option(line: &str, option: &str) -> Option<String> {
    let start = line.find(&format!("{option}="))? + option.len() + 1;
    let rest = &line[start..];
    match rest.strip_prefix('"') {
        Some(quoted) => {
            let mut value = String::new();
            let mut characters = quoted.chars();
            loop {
                match characters.next()? {
                    '"' => return Some(value),
                    '\\' => value.push(characters.next()?),
                    other => value.push(other),
                }
            }
        }
        None => Some(rest.split([' ', ';']).next()?.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<(String, String)>, String> {
        parse(text).and_then(translate)
    }

    #[test]
    fn the_java_format() {
        let read = read_text("# c\n! c\n\na=1\nb : two words \\\n   and more\nc\td\\u00e9\nlast=").unwrap();
        let pairs: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "two words and more"), ("c", "dé"), ("last", "")]);
    }

    #[test]
    fn java_credentials_are_translated() {
        let read = read_text(
            "sasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule \
             required username=\"alice\" password=\"a\\\\\"b\";\nssl.truststore.type=PEM\nssl.truststore.location=/ca.pem",
        )
        .unwrap();
        let value = |name: &str| read.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(value("sasl.mechanisms"), Some("SCRAM-SHA-256"));
        assert_eq!((value("sasl.username"), value("sasl.password")), (Some("alice"), Some("a\"b")));
        assert_eq!(value("ssl.ca.location"), Some("/ca.pem"));
    }

    #[test]
    fn a_java_keystore_says_what_to_do() {
        assert!(read_text("ssl.truststore.location=/x.jks").unwrap_err().contains("ssl.ca.location"));
    }
}
