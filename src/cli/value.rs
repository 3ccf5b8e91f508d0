//! Parsers for the values of options.

use std::ffi::OsStr;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use kafka_image_bench_core::browse::BrowseFrom;
use kafka_image_bench_core::groups::ResetTo;
use kafka_image_bench_core::model::written_time::parse_time;

/// Printed for a word that belongs to no option, if properties are given.
pub(super) const STRAY: &str = "unexpected argument; a property is one word, -X name=value, in quotation marks if it contains \
     spaces. The argument is not repeated here, since it may hold a secret";

/// Printed for an invalid property. It does not repeat the value, which may be a secret.
pub(super) const NO_PROPERTY: &str = "-X takes a property as name=value, in one word; the value is not repeated here, \
                                      since it may hold a secret";

/// A finite number, 0 or more.
pub(super) fn number(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("expected a number, 0 or more".to_owned()),
    }
}

/// Where `--from` begins.
pub(super) fn from(text: &str) -> Result<BrowseFrom, String> {
    match text {
        "beginning" | "earliest" => return Ok(BrowseFrom::Beginning),
        "latest" => return Ok(BrowseFrom::Latest),
        _ => {}
    }
    parse_time(text)
        .map(BrowseFrom::Time)
        .ok_or_else(|| "expected beginning, latest, or a time such as 2026-11-24T08:30:00Z".to_owned())
}

/// Where a group continues.
pub(super) fn reset_to(text: &str) -> Result<ResetTo, String> {
    let offset = || text.parse::<i64>().ok().filter(|offset| *offset >= 0);
    match text {
        "first" | "earliest" => Ok(ResetTo::First),
        "last" | "latest" => Ok(ResetTo::Last),
        _ => offset()
            .map(ResetTo::Offset)
            .or_else(|| parse_time(text).map(ResetTo::Time))
            .ok_or_else(|| "expected first, last, an offset from 0, or a time such as 2026-11-24T08:30:00Z".to_owned()),
    }
}

/// Parses a property `name=value`; unlike `clap`'s own errors, its error does not repeat the value.
#[derive(Clone)]
pub(super) struct PropertyParser;

impl TypedValueParser for PropertyParser {
    type Value = (String, String);

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Self::Value, Error> {
        let text = StringValueParser::new().parse_ref(command, arg, value)?;
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
            _ => Err(Error::raw(ErrorKind::ValueValidation, NO_PROPERTY)),
        }
    }
}
