//! One setting of a topic: its kind, which values it takes, and what it does.

use super::TopicConfig;
use crate::config::BrokerConfig;

/// Longest name or value that is quoted in a refusal, in characters.
const MAX_QUOTED_CHARS: usize = 200;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean,
    /// One word of several.
    Word,
    /// A number of 31 bits and a sign.
    Int,
    /// A number of 63 bits and a sign.
    Long,
    /// A number from 0 to 1.
    Ratio,
    /// Items between commas.
    List,
}

impl Kind {
    /// The protocol's number for it.
    pub(crate) fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::Word => 2,
            Self::Int => 3,
            Self::Long => 5,
            Self::Ratio => 6,
            Self::List => 7,
        }
    }
}

/// A setting that a topic may have.
pub(crate) struct Setting {
    pub name: &'static str,
    /// The broker's setting that a topic without this one inherits.
    pub broker_name: Option<&'static str>,
    pub kind: Kind,
    pub documentation: &'static str,
    /// Least and greatest number.
    range: (i64, i64),
    /// Words that are legal in Kafka.
    words: &'static [&'static str],
    /// The only value that this broker supports, and the reason.
    only: Option<(&'static str, &'static str)>,
    /// The one value that has its full effect here, and what happens with any other.
    pub full: Option<(&'static str, &'static str)>,
    default: fn(&BrokerConfig) -> String,
    effect: Effect,
}

/// What a value does to a topic's configuration.
enum Effect {
    None,
    Number(fn(&mut TopicConfig, i64)),
    Words(fn(&mut TopicConfig, &str)),
}

/// A setting that takes any value of its kind and has no effect: it concerns something that this broker does not have.
pub(super) const fn setting(name: &'static str, kind: Kind, default: fn(&BrokerConfig) -> String) -> Setting {
    Setting {
        name,
        broker_name: None,
        kind,
        documentation: "Accepted and shown; it concerns something that this broker does not have.",
        range: (0, i64::MAX),
        words: &[],
        only: None,
        full: None,
        default,
        effect: Effect::None,
    }
}

impl Setting {
    /// Inherits the broker's setting of this name.
    pub(super) const fn inherited(mut self, broker_name: &'static str) -> Self {
        self.broker_name = Some(broker_name);
        self
    }

    pub(super) const fn range(mut self, least: i64, greatest: i64) -> Self {
        self.range = (least, greatest);
        self
    }

    pub(super) const fn words(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    /// Refuses every value but one, for a reason.
    pub(super) const fn only(mut self, value: &'static str, reason: &'static str) -> Self {
        self.only = Some((value, reason));
        self
    }

    /// Notes what happens with values other than this one.
    pub(super) const fn fully(mut self, value: &'static str, otherwise: &'static str) -> Self {
        self.full = Some((value, otherwise));
        self
    }

    pub(super) const fn applied(mut self, apply: fn(&mut TopicConfig, i64)) -> Self {
        self.effect = Effect::Number(apply);
        self
    }

    pub(super) const fn applied_as_words(mut self, apply: fn(&mut TopicConfig, &str)) -> Self {
        self.effect = Effect::Words(apply);
        self
    }

    pub(super) const fn documented(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Applies a checked value.
    pub(super) fn apply(&self, config: &mut TopicConfig, value: &str) {
        match self.effect {
            Effect::None => {}
            Effect::Number(apply) => value.parse().into_iter().for_each(|number| apply(config, number)),
            Effect::Words(apply) => apply(config, value),
        }
    }

    /// The value for a topic without this setting.
    pub(crate) fn default(&self, broker: &BrokerConfig) -> String {
        (self.default)(broker)
    }

    /// The value as it is kept, or a message about why it is invalid.
    pub(crate) fn check(&self, value: &str) -> Result<String, String> {
        let checked = self.parse(value.trim()).and_then(|parsed| match self.only {
            Some((only, why)) if parsed != only => Err(format!("{why}, so it can only be {only}")),
            _ => Ok(parsed),
        });
        checked.map_err(|reason| format!("Invalid value {} for configuration {}: {reason}", quoted(value), self.name))
    }

    fn parse(&self, value: &str) -> Result<String, String> {
        match self.kind {
            Kind::Boolean => match value.to_ascii_lowercase() {
                flag if flag == "true" || flag == "false" => Ok(flag),
                _ => Err("Expected value to be either true or false".to_owned()),
            },
            Kind::Word if self.words.contains(&value) => Ok(value.to_owned()),
            Kind::Word => Err(format!("String must be one of: {}", self.words.join(", "))),
            Kind::Int => self.parse_number(value.parse::<i32>().ok().map(i64::from), "INT"),
            Kind::Long => self.parse_number(value.parse().ok(), "LONG"),
            Kind::Ratio => match value.parse::<f64>() {
                Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio.to_string()),
                Ok(_) => Err("Value must lie between 0 and 1".to_owned()),
                Err(_) => Err("Not a number of type DOUBLE".to_owned()),
            },
            Kind::List => self.parse_list(value),
        }
    }

    fn parse_number(&self, parsed: Option<i64>, kind: &str) -> Result<String, String> {
        let (least, greatest) = self.range;
        match parsed {
            None => Err(format!("Not a number of type {kind}")),
            Some(number) if number < least => Err(format!("Value must be at least {least}")),
            Some(number) if number > greatest => Err(format!("Value must be no more than {greatest}")),
            Some(number) => Ok(number.to_string()),
        }
    }

    fn parse_list(&self, value: &str) -> Result<String, String> {
        let mut items = items(value);
        if !self.words.is_empty() {
            items.dedup();
            return match items.iter().all(|item| self.words.contains(item)) {
                true => Ok(items.join(",")),
                false => Err(format!("String must be one of: {}", self.words.join(", "))),
            };
        }
        let is_replica = |item: &&str| {
            item.split_once(':')
                .is_some_and(|(partition, broker)| partition.parse::<u32>().is_ok() && broker.parse::<u32>().is_ok())
        };
        match items == ["*"] || items.iter().all(is_replica) {
            true => Ok(items.join(",")),
            false => Err("it must be the literal '*' or a list of [partitionId]:[brokerId]".to_owned()),
        }
    }
}

/// The items of a list's value.
pub(crate) fn items(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// A client's text, short enough for any response and without line breaks.
pub(crate) fn quoted(words: &str) -> String {
    words.chars().take(MAX_QUOTED_CHARS).map(|each| if each.is_control() { ' ' } else { each }).collect()
}
