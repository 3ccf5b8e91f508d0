//! A TOML file of configurations: tables `[[configuration]]` and `[lists]`, with the options' names as keys, and properties
//! such as `"consumer.fetch.min.bytes"`.

use std::path::Path;

use toml::{Table, Value};

use super::lists::{Lists, Variable, distinct};
use super::{Configuration, ConfigurationError};

/// Reads the file.
///
/// # Errors
/// Names the file, the configuration, and what cannot be used.
pub fn read_toml(path: &Path) -> Result<Vec<Configuration>, ConfigurationError> {
    let refuse = |reason: String| {
        ConfigurationError(format!("the configurations of {} cannot be used: {reason}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    from_toml(&text).map_err(refuse)
}

fn from_toml(text: &str) -> Result<Vec<Configuration>, String> {
    let file: Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let (mut all, mut lists) = (Vec::new(), Lists::default());
    for (key, value) in &file {
        match (key.as_str(), value) {
            ("configuration", Value::Array(tables)) => {
                for table in tables {
                    let table = table.as_table().ok_or("configuration is a table: write [[configuration]]")?;
                    all.push(configuration(table)?);
                }
            }
            ("lists", Value::Table(table)) => lists = read_lists(table)?,
            _ => return Err(format!("unknown table {key}: a file has [[configuration]] tables and [lists]")),
        }
    }
    if !lists.is_empty() {
        all.extend(lists.product().map_err(|error| error.to_string())?);
    }
    if all.is_empty() {
        return Err("it has neither [[configuration]] nor [lists]".to_owned());
    }
    distinct(all).map_err(|error| error.to_string())
}

fn configuration(table: &Table) -> Result<Configuration, String> {
    let mut one = Configuration::default();
    let name = table.get("name").map(|name| name.as_str().ok_or("the name of a configuration is a text"));
    one.name = name.transpose()?.unwrap_or_default().to_owned();
    for (key, value) in flat(table).into_iter().filter(|(key, _)| key != "name") {
        let set = Variable::find(&key).and_then(|variable| variable.set(&mut one, &scalar(&key, value)?));
        set.map_err(|reason| if one.name.is_empty() { reason } else { format!("{reason}: {}", one.name) })?;
    }
    Ok(if one.name.is_empty() { one.with_short_name() } else { one })
}

fn read_lists(table: &Table) -> Result<Lists, String> {
    let mut lists = Lists::default();
    for (key, value) in flat(table) {
        let variable = Variable::find(&key)?;
        let values = value.as_array().ok_or_else(|| format!("{key} is a list: write [ ] around its values"))?;
        lists.add(variable, values.iter().map(|value| scalar(&key, value)).collect::<Result<_, _>>()?)?;
    }
    Ok(lists)
}

/// `consumer.fetch.min.bytes = 1` without quotation marks makes tables within tables.
fn flat(table: &Table) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                all.extend(flat(inner).into_iter().map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            _ => all.push((key.clone(), value)),
        }
    }
    all
}

/// `acks = 1` and `acks = "all"` are both natural.
fn scalar(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(flag) => Ok(flag.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => Err(format!("{key} is one text, number or flag")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Acks, Encoding};
    use super::*;

    #[test]
    fn a_toml_file_names_configurations() {
        let text = "[[configuration]]\nname = \"mine\"\nacks = 1\nlinger-ms = 0.5\n\
                    [lists]\nencoding = [\"json\", \"raw\"]\nconsumer.fetch.min.bytes = [1]\n\
                    \"topic.min.insync.replicas\" = [1, 2]\n";
        let all = from_toml(text).unwrap();
        assert_eq!(all.len(), 5);
        assert_eq!((all[0].name.as_str(), all[0].acks, all[0].linger_ms), ("mine", Acks::One, 0.5));
        assert_eq!(all[3].encoding, Encoding::Raw);
        assert_eq!(all[4].properties["topic.min.insync.replicas"], "2");
        for (bad, word) in [
            ("", "neither"),
            ("[[configuration]]\nbatchsize = 1", "batchsize"),
            ("x = ", "1"),
            ("[list]\nacks = [1]", "list"),
            ("[lists]\nacks = 1", "acks is a list"),
            ("[[configuration]]\nname = \"mine\"\nacks = 2", "mine"),
            ("[[configuration]]\nacks = [1]", "acks is one"),
            ("[lists]\ncompression-type = [\"lz5\"]", "lz5"),
            ("[lists]\n\"producer.linger.ms\" = [1]", "linger-ms"),
        ] {
            let error = from_toml(bad).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
