//! Which dead letters are sent again.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// A condition that a letter has to meet, from `FIELD=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `reason=TEXT`: the reason contains the text, in any case.
    Reason(String),
    /// `name=TEXT`: the header `file-name` contains the text, in any case.
    Name(String),
    /// `topic=TOPIC`: the topic that the record came from.
    Topic(String),
    /// `partition=N`: the partition that the record came from.
    Partition(i32),
    /// `offset=N` or `offset=N-M`: the offset that the record had there.
    Offset(RangeInclusive<i64>),
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (field, value) = text.split_once('=').unwrap_or((text, ""));
        let value = value.trim();
        if value.is_empty() {
            return Err(format!("{field} has no value; give FIELD=VALUE, for example reason=base64"));
        }
        let number = |text: &str| text.trim().parse::<i64>().ok().filter(|&number| number >= 0);
        let refused = |what: &str| Err(format!("{field} is {what}, not {value}"));
        match field.trim() {
            "reason" => Ok(Self::Reason(value.to_lowercase())),
            "name" => Ok(Self::Name(value.to_lowercase())),
            "topic" => Ok(Self::Topic(value.to_owned())),
            "partition" => match number(value).and_then(|number| i32::try_from(number).ok()) {
                Some(partition) => Ok(Self::Partition(partition)),
                None => refused("a number from 0"),
            },
            "offset" => {
                let (from, to) = value.split_once('-').unwrap_or((value, value));
                match (number(from), number(to)) {
                    (Some(from), Some(to)) if from <= to => Ok(Self::Offset(from..=to)),
                    _ => refused("a number from 0, or two as in 10-20"),
                }
            }
            other => Err(format!("letters have no {other}; the fields are reason, name, topic, partition and offset")),
        }
    }
}

/// What conditions are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct LetterFacts<'a> {
    pub(super) topic: Option<&'a str>,
    pub(super) partition: Option<i32>,
    pub(super) offset: Option<i64>,
    pub(super) reason: &'a str,
}

impl Condition {
    /// Whether a letter meets it, as far as that is known without its headers.
    pub(super) fn allows(&self, facts: LetterFacts<'_>) -> bool {
        match self {
            Self::Reason(text) => facts.reason.to_lowercase().contains(text),
            Self::Name(_) => true,
            Self::Topic(topic) => facts.topic == Some(topic),
            Self::Partition(partition) => facts.partition == Some(*partition),
            Self::Offset(offsets) => facts.offset.is_some_and(|offset| offsets.contains(&offset)),
        }
    }

    /// Whether a letter with this name meets it, as far as that depends on the name.
    pub(super) fn allows_name(&self, name: Option<&str>) -> bool {
        match self {
            Self::Name(text) => name.is_some_and(|name| name.to_lowercase().contains(text)),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: LetterFacts<'_> =
        LetterFacts { topic: Some("images"), partition: Some(2), offset: Some(15), reason: "Invalid Base64" };

    #[test]
    fn conditions_are_met_or_not() {
        let allows = |text: &str| text.parse::<Condition>().unwrap().allows(FACTS);
        for met in ["reason=base64", "topic=images", "partition=2", "offset=15", "offset=10-20", "name=x"] {
            assert!(allows(met), "{met}");
        }
        for missed in ["reason=png", "topic=image", "partition=1", "offset=16", "offset=16-20"] {
            assert!(!allows(missed), "{missed}");
        }
        let name = "name=CAT".parse::<Condition>().unwrap();
        assert!(name.allows_name(Some("a/cat.png")) && !name.allows_name(Some("dog.png")) && !name.allows_name(None));
        let nowhere = LetterFacts { topic: None, partition: None, offset: None, reason: "" };
        assert!(
            ["topic=t", "partition=0", "offset=0"]
                .iter()
                .all(|text| !text.parse::<Condition>().unwrap().allows(nowhere))
        );
    }

    #[test]
    fn what_cannot_be_a_condition_is_refused_with_what_can() {
        let refused = |text: &str| text.parse::<Condition>().unwrap_err();
        assert!(refused("size=3").contains("reason, name, topic, partition and offset"));
        for text in ["reason", "reason=", "partition=x", "partition=-1", "offset=5-3", "offset=a-b", "offset=-3"] {
            assert!(!refused(text).is_empty(), "{text}");
        }
    }
}
