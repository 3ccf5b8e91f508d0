//! What an option takes, and the words that stand for a value of it on the command line.

use std::any::TypeId;
use std::error::Error as _;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use toml::de::DeValue;

use super::{PROPERTIES, name};

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// On or off.
    Flag,
    /// How often it is given.
    Count,
    Number,
    Text,
    Path,
    /// Text that may look like a number, as `acks`.
    Word,
    /// Several values.
    List,
    /// Names with values.
    Properties,
}

impl Kind {
    pub(super) fn of(argument: &Arg) -> Self {
        let holds = argument.get_value_parser().type_id();
        let is = |candidates: &[TypeId]| candidates.iter().any(|candidate| holds == *candidate);
        let numbers = [
            TypeId::of::<u8>(),
            TypeId::of::<u16>(),
            TypeId::of::<u32>(),
            TypeId::of::<u64>(),
            TypeId::of::<usize>(),
            TypeId::of::<i32>(),
            TypeId::of::<i64>(),
            TypeId::of::<f64>(),
        ];
        match argument.get_action() {
            _ if argument.get_id() == PROPERTIES => Self::Properties,
            ArgAction::SetTrue | ArgAction::SetFalse => Self::Flag,
            ArgAction::Count => Self::Count,
            ArgAction::Append => Self::List,
            _ if is(&numbers) => Self::Number,
            _ if is(&[TypeId::of::<PathBuf>()]) => Self::Path,
            _ if is(&[TypeId::of::<String>()]) => Self::Text,
            _ => Self::Word,
        }
    }

    /// What it takes in a file.
    fn expected(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Count => "a number from 0 to 9",
            Self::Number => "a number, without quotation marks",
            Self::Text | Self::Path => "text in quotation marks",
            Self::Word => "text in quotation marks, or a number",
            Self::List => "a value, or several as [a, b]",
            Self::Properties => "a table of names and values",
        }
    }
}

/// A value of a file as texts: one, or several of a list.
///
/// # Errors
/// What is expected instead.
pub(super) fn texts(kind: Kind, value: &DeValue<'_>) -> Result<Vec<String>, &'static str> {
    let one = || scalar(value).map(|text| vec![text]).ok_or(kind.expected());
    match (kind, value) {
        (Kind::Flag, DeValue::Boolean(is_on)) => Ok(vec![is_on.to_string()]),
        (Kind::Count, DeValue::Integer(_)) => one(),
        (Kind::Number, DeValue::Integer(_) | DeValue::Float(_)) => one(),
        (Kind::Text | Kind::Path, DeValue::String(_)) => one(),
        (Kind::Word | Kind::List, DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_)) => one(),
        (Kind::Word, DeValue::Datetime(_)) => one(),
        (Kind::List, DeValue::Array(values)) => {
            let texts = values.iter().map(|value| texts(Kind::List, value.get_ref()));
            let texts: Vec<Vec<String>> = texts.collect::<Result<_, _>>()?;
            Ok(texts.into_iter().flatten().collect())
        }
        (Kind::Properties, DeValue::Table(_)) => {
            let mut pairs = Vec::new();
            properties(value, "", &mut pairs)?;
            Ok(pairs)
        }
        _ => Err(kind.expected()),
    }
}

/// `a.b = 1` is a table in a table to TOML, and a name with a full stop to Kafka.
fn properties(value: &DeValue<'_>, prefix: &str, pairs: &mut Vec<String>) -> Result<(), &'static str> {
    match value {
        DeValue::Table(table) => table.iter().try_for_each(|(key, value)| {
            let dot = if prefix.is_empty() { "" } else { "." };
            properties(value.get_ref(), &format!("{prefix}{dot}{}", key.get_ref()), pairs)
        }),
        value => {
            let text = scalar(value).ok_or("text, a number, true or false for each property")?;
            pairs.push(format!("{prefix}={text}"));
            Ok(())
        }
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(is_on) => Some(is_on.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// The words for `texts` on the command line. A flag that is off has none.
///
/// # Errors
/// What is expected instead.
pub(super) fn words(argument: &Arg, texts: Vec<OsString>) -> Result<Vec<OsString>, String> {
    let kind = Kind::of(argument);
    let long = format!("--{}", name(argument));
    let first = texts.first().map(|text| text.to_string_lossy().trim().to_ascii_lowercase()).unwrap_or_default();
    match kind {
        Kind::Flag => match first.as_str() {
            "true" | "1" | "yes" | "on" => Ok(vec![long.into()]),
            "false" | "0" | "no" | "off" => Ok(Vec::new()),
            _ => Err(format!("expected {}", kind.expected())),
        },
        Kind::Count => match first.parse::<usize>() {
            Ok(count) if count < 10 => Ok(vec![long.into(); count]),
            _ => Err(format!("expected {}", kind.expected())),
        },
        Kind::Properties => {
            let has_name = |text: &OsString| text.to_string_lossy().find('=').is_some_and(|place| place > 0);
            if !texts.iter().all(has_name) {
                return Err(
                    "expected NAME=VALUE; the value is not repeated here, since it may hold a secret".to_owned()
                );
            }
            Ok(texts.into_iter().flat_map(|text| ["-X".into(), text]).collect())
        }
        _ => {
            let word = |text: OsString| {
                let mut word = OsString::from(format!("{long}="));
                word.push(text);
                word
            };
            let words: Vec<OsString> = texts.into_iter().map(word).collect();
            check(argument, &words).map(|()| words)
        }
    }
}

/// Checks values by the option's own parser.
fn check(argument: &Arg, words: &[OsString]) -> Result<(), String> {
    let mut option = Arg::new(argument.get_id().clone())
        .long(name(argument).to_owned())
        .value_parser(argument.get_value_parser().clone())
        .action(ArgAction::Append)
        .allow_hyphen_values(true);
    if let Some(delimiter) = argument.get_value_delimiter() {
        option = option.value_delimiter(delimiter);
    }
    let checked = Command::new("check").no_binary_name(true).arg(option).try_get_matches_from(words);
    checked.map(|_| ()).map_err(|error| reason(&error))
}

/// Why a value is refused, without what `clap` says around it.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    match (error.kind(), error.get(ContextKind::ValidValue)) {
        (_, Some(ContextValue::Strings(valid))) => format!("expected one of {}", valid.join(", ")),
        (ErrorKind::InvalidValue, _) => "a value is missing".to_owned(),
        _ => "the option does not take this value".to_owned(),
    }
}

/// A path of a file, which is relative to that file's folder.
pub(super) fn below(folder: &Path, argument: &Arg, text: String) -> String {
    let absolute = |text: &str| folder.join(text).display().to_string();
    match (Kind::of(argument), argument.get_id().as_str()) {
        (Kind::Path, "data") if text == "memory" => text,
        (Kind::Path, _) => absolute(&text),
        (_, "labels") => match text.split_once(':') {
            Some((format, path)) => format!("{format}:{}", absolute(path)),
            None => text,
        },
        _ => text,
    }
}
