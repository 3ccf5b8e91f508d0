//! The options for the values that a benchmark varies: one per field of the table, and `--sweep`.

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, ValueEnum};

use kafka_image_bench_core::configuration::{Configuration, FIELDS, Field, Kind, Lists, Preset, Variable};

/// Heading of the options.
pub(super) const CONFIGURATIONS: &str = "Configurations";

const SWEEP: &str = "sweep";

/// The lists that were given.
#[derive(Debug, Default)]
pub(super) struct ListArgs(pub(super) Lists);

/// A preset, as `clap` offers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PresetArg(pub(super) Preset);

/// The values of one property.
type Sweep = (Variable, Vec<String>);

impl ValueEnum for PresetArg {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [PresetArg; Preset::ALL.len()] = {
            let mut all = [PresetArg(Preset::Standard); Preset::ALL.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = PresetArg(Preset::ALL[index]);
                index += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()).help(self.0.description()))
    }
}

impl Args for ListArgs {
    fn augment_args(command: Command) -> Command {
        let fields = FIELDS.iter().map(option);
        let sweep = Arg::new(SWEEP)
            .long(SWEEP)
            .value_name("NAME=VALUE,…")
            .help(
                "Any property of the producer, the consumer or the topic, for example consumer.fetch.min.bytes=1,1000000 or \
                 topic.min.insync.replicas=1,2; may be repeated",
            )
            .action(ArgAction::Append)
            .value_parser(swept);
        command.args(
            fields
                .chain([sweep])
                .map(|option| option.help_heading(CONFIGURATIONS).conflicts_with_all(["preset", "configurations"])),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn option(field: &'static Field) -> Arg {
    let default = field.get(&Configuration::default());
    Arg::new(field.option)
        .long(field.option)
        .value_name(field.value_name)
        .help(format!("{} [default: {default}]", field.help))
        .action(ArgAction::Append)
        .value_delimiter(',')
        .allow_hyphen_values(matches!(field.kind, Kind::Decimal { .. }))
        .allow_negative_numbers(!matches!(field.kind, Kind::Decimal { .. }))
        .value_parser(move |text: &str| field.check(text).map(|()| text.to_owned()))
}

/// `consumer.fetch.min.bytes=1,1000000`.
fn swept(text: &str) -> Result<Sweep, String> {
    let (key, values) = text.split_once('=').ok_or("a property and its values are given as NAME=VALUE,…")?;
    let variable = Variable::Property(key.trim().parse()?);
    let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
    Lists::default().add(variable.clone(), values.clone())?;
    Ok((variable, values))
}

impl FromArgMatches for ListArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let refuse = |reason: String| Error::raw(clap::error::ErrorKind::ValueValidation, reason);
        let mut lists = Lists::default();
        for field in &FIELDS {
            let values = matches.get_many::<String>(field.option).unwrap_or_default();
            lists.add(Variable::Field(field), values.cloned().collect()).map_err(refuse)?;
        }
        for (variable, values) in matches.get_many::<Sweep>(SWEEP).unwrap_or_default() {
            lists.add(variable.clone(), values.clone()).map_err(refuse)?;
        }
        Ok(Self(lists))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
