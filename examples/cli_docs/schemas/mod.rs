//! The schemas of the JSON that the commands print, in `docs/reference/schemas/`.
//!
//! The types are those of the outputs once more, so that nothing in the program depends on schemars. The tests read what the
//! commands print with them, and compare what they write again: a field that is added, removed or renamed fails there.

mod benchmark;
mod export;
mod kept_runs;
mod kept_stream;
mod load;
mod race;
mod redrive;
mod run;
mod small;
mod stream;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What one command prints.
pub struct Output {
    /// The command, and the name of the file.
    pub name: &'static str,
    schema: fn() -> Schema,
    check: fn(&Value) -> Result<(), String>,
}

/// All outputs.
pub const OUTPUTS: [Output; 17] = [
    output::<small::Broker>("broker"),
    output::<small::BrowsedRecord>("browse"),
    output::<benchmark::Benchmark>("benchmark"),
    output::<benchmark::Results>("results"),
    output::<small::Check>("check"),
    output::<small::Comparison>("compare"),
    output::<small::DryRun>("dry-run"),
    output::<export::Export>("export"),
    output::<small::LagReading>("lag"),
    output::<small::Recommendation>("recommend"),
    output::<redrive::Redrive>("redrive"),
    output::<small::Written>("report"),
    output::<small::OffsetsReset>("reset-offsets"),
    output::<kept_runs::KeptRuns>("runs"),
    output::<small::Samples>("samples"),
    output::<stream::Report>("stream"),
    output::<kept_stream::KeptStream>("kept-stream"),
];

const fn output<T: JsonSchema + Serialize + DeserializeOwned>(name: &'static str) -> Output {
    Output { name, schema: schema::<T>, check: check::<T> }
}

impl Output {
    /// The text of its file.
    pub fn text(&self) -> String {
        let mut schema = (self.schema)();
        schema.insert("title".to_owned(), format!("kafka-image-bench {}", self.name).into());
        format!("{:#}\n", schema.to_value())
    }

    /// Whether `printed` is what the schema says.
    ///
    /// # Errors
    /// What differs.
    pub fn check(&self, printed: &Value) -> Result<(), String> {
        (self.check)(printed)
    }
}

/// The output called `name`.
pub fn named(name: &str) -> Option<&'static Output> {
    static ALL: [Output; 17] = OUTPUTS;
    ALL.iter().find(|output| output.name == name)
}

fn schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

fn check<T: Serialize + DeserializeOwned>(printed: &Value) -> Result<(), String> {
    let read: T = serde_json::from_value(printed.clone()).map_err(|error| error.to_string())?;
    let again = serde_json::to_value(read).map_err(|error| error.to_string())?;
    if again == *printed { Ok(()) } else { Err(format!("it is read as {again:#}")) }
}
