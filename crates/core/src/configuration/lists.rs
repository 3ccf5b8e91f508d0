//! Lists of values, whose every combination is a configuration.

use std::collections::HashSet;

use super::ConfigurationError;
use super::fields::{Configuration, FIELDS, Field};
use super::properties::Property;

/// The most configurations of a benchmark: the number of combinations grows fast, and what is typed by mistake would take days.
pub(crate) const CONFIGURATIONS_MAX: usize = 5_000;

/// What differs between configurations: a named field, or a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Variable {
    /// A named field.
    Field(&'static Field),
    /// A property.
    Property(Property),
}

impl Variable {
    /// All named fields, then the properties that any of these configurations has.
    pub fn of<'a>(configurations: impl IntoIterator<Item = &'a Configuration>) -> Vec<Self> {
        let mut keys: Vec<&str> =
            configurations.into_iter().flat_map(|one| one.properties.keys()).map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        // The check of the plan reports a damaged key.
        let properties = keys.into_iter().filter_map(|key| key.parse().ok());
        FIELDS.iter().map(Self::Field).chain(properties.map(Self::Property)).collect()
    }

    /// The variable of a key in a TOML file.
    ///
    /// # Errors
    /// There is no such field, or the property cannot be varied.
    pub fn find(key: &str) -> Result<Self, String> {
        if let Some(field) = FIELDS.iter().find(|field| field.option == key) {
            return Ok(Self::Field(field));
        }
        match key.contains('.') {
            true => key.parse().map(Self::Property),
            false => {
                let known: Vec<&str> = FIELDS.iter().map(|field| field.option).collect();
                let known = known.join(", ");
                Err(format!(
                    "there is no field {key}; there are {known}, and properties such as consumer.fetch.min.bytes"
                ))
            }
        }
    }

    /// Column of the results files.
    pub fn key(&self) -> String {
        match self {
            Self::Field(field) => field.key.to_owned(),
            Self::Property(property) => property.to_string(),
        }
    }

    /// Heading of a column in the window.
    pub fn heading(&self) -> String {
        match self {
            Self::Field(field) => field.heading(),
            Self::Property(property) => property.to_string(),
        }
    }

    /// Name with its unit.
    pub fn label(&self) -> String {
        match self {
            Self::Field(field) => field.label(),
            Self::Property(property) => property.to_string(),
        }
    }

    /// What it is, for the report.
    pub fn meaning(&self) -> String {
        match self {
            Self::Field(field) => field.meaning.to_owned(),
            Self::Property(property) => format!("Kafka's property of the {}; – is its default", property.scope.name()),
        }
    }

    /// The value as files have it; `None` for a property that keeps its default.
    pub fn get(&self, one: &Configuration) -> Option<String> {
        match self {
            Self::Field(field) => Some(field.get(one)),
            Self::Property(property) => one.properties.get(&property.to_string()).cloned(),
        }
    }

    /// The value for display.
    pub fn shown(&self, one: &Configuration) -> Option<String> {
        match self {
            Self::Field(field) => Some(field.shown(one)),
            Self::Property(_) => self.get(one),
        }
    }

    /// Sets the value, and keeps the name.
    ///
    /// # Errors
    /// `text` cannot be its value.
    pub fn set(&self, one: &mut Configuration, text: &str) -> Result<(), String> {
        match self {
            Self::Field(field) => field.set(one, text),
            Self::Property(property) => {
                property.check(text)?;
                one.properties.insert(property.to_string(), text.trim().to_owned());
                Ok(())
            }
        }
    }
}

/// Lists whose every combination is a configuration; fields without a list keep their default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lists(Vec<(Variable, Vec<String>)>);

impl Lists {
    /// Adds values, after those that the list of this variable has.
    ///
    /// # Errors
    /// One of them cannot be its value.
    pub fn add(&mut self, variable: Variable, values: Vec<String>) -> Result<(), String> {
        for value in &values {
            variable.set(&mut Configuration::default(), value)?;
        }
        match self.0.iter_mut().find(|(known, _)| *known == variable) {
            Some((_, all)) => all.extend(values),
            None if values.is_empty() => {}
            None => self.0.push((variable, values)),
        }
        Ok(())
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every combination. Fields come in the order of the table, then properties; the last one changes fastest.
    ///
    /// # Errors
    /// There are too many, or one is listed twice.
    pub fn product(&self) -> Result<Vec<Configuration>, ConfigurationError> {
        let total = self.0.iter().try_fold(1_usize, |total, (_, values)| total.checked_mul(values.len()));
        if total.is_none_or(|total| total > CONFIGURATIONS_MAX) {
            return Err(ConfigurationError(format!(
                "the lists make more than {CONFIGURATIONS_MAX} configurations; shorten them"
            )));
        }
        let place = |variable: &Variable| match variable {
            Variable::Field(field) => FIELDS.iter().position(|known| known == *field),
            Variable::Property(_) => None,
        };
        let mut lists: Vec<&(Variable, Vec<String>)> = self.0.iter().collect();
        lists.sort_by_key(|(variable, _)| place(variable).unwrap_or(FIELDS.len()));
        let mut all = vec![Configuration::default()];
        for (variable, values) in lists {
            all = varied(&all, variable, values).map_err(ConfigurationError)?;
        }
        distinct(all.into_iter().map(Configuration::with_short_name).collect())
    }
}

fn varied(all: &[Configuration], variable: &Variable, values: &[String]) -> Result<Vec<Configuration>, String> {
    let mut more = Vec::with_capacity(all.len() * values.len());
    for one in all {
        for value in values {
            let mut next = one.clone();
            variable.set(&mut next, value)?;
            more.push(next);
        }
    }
    Ok(more)
}

/// The same configuration twice would be measured twice and shown under one name.
pub(super) fn distinct(all: Vec<Configuration>) -> Result<Vec<Configuration>, ConfigurationError> {
    let mut names = HashSet::with_capacity(all.len());
    match all.iter().find(|one| !names.insert(one.name.as_str())) {
        Some(twice) => Err(ConfigurationError(format!("the configuration {} appears twice", twice.name))),
        None => Ok(all),
    }
}
