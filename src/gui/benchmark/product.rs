//! The rows that typed lists amount to, worked out once a change.

use std::path::Path;

use super::settings::BenchmarkSettings;
use crate::gui::format;
use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::configuration::{Configuration, FIELDS, Lists, Variable};

/// Lists, as they are typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TypedLists {
    /// Of each field of the table.
    pub(super) fields: Vec<String>,
    /// Of properties: name and values.
    pub(super) properties: Vec<(String, String)>,
}

/// All combinations of lists.
#[derive(Debug)]
pub(super) struct Product {
    configurations: Vec<Configuration>,
    /// Rows, runs, and how long they take.
    pub(super) summary: String,
}

/// The combinations of the lists that they were worked out for last.
#[derive(Debug, Default)]
pub(super) struct KeptProduct {
    of: Option<(TypedLists, BenchmarkSettings)>,
    product: Option<Result<Product, String>>,
    /// How often they were worked out.
    pub(super) built: u64,
}

impl Default for TypedLists {
    fn default() -> Self {
        Self { fields: FIELDS.iter().map(|field| field.example.to_owned()).collect(), properties: Vec::new() }
    }
}

impl TypedLists {
    fn lists(&self) -> Result<Lists, String> {
        let mut lists = Lists::default();
        for (field, text) in FIELDS.iter().zip(&self.fields) {
            lists.add(Variable::Field(field), values(text))?;
        }
        for (name, text) in &self.properties {
            let (name, values) = (name.trim(), values(text));
            // A line that is not filled in yet.
            if name.is_empty() && values.is_empty() {
                continue;
            }
            if values.is_empty() {
                return Err(format!("{name} has no values"));
            }
            lists.add(Variable::Property(name.parse()?), values)?;
        }
        Ok(lists)
    }
}

fn values(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

impl Product {
    fn new(typed: &TypedLists, settings: &BenchmarkSettings) -> Result<Self, String> {
        let configurations = typed.lists()?.product().map_err(|error| error.to_string())?;
        let (broker, nowhere) = (BrokerChoice::Embedded(DataPlace::Memory), Path::new(""));
        let plan = BenchmarkPlan { configurations, ..settings.plan(broker, Vec::new(), nowhere, nowhere) };
        let time = plan.estimate().map(|time| format!(", about {}", format::duration(time))).unwrap_or_default();
        let rows = format::counted(plan.configurations.len() as u64, "row", "rows");
        let summary = match plan.race {
            Some(_) => format!("{rows}, a race of at most {}", format::duration(plan.race_budget())),
            None => {
                let most = if plan.is_search() { "at most " } else { "" };
                format!("{rows}, {most}{}{time}", format::counted(plan.runs().into(), "run", "runs"))
            }
        };
        Ok(Self { configurations: plan.configurations, summary })
    }
}

impl KeptProduct {
    /// The combinations of these lists, measured with these settings.
    pub(super) fn of(&mut self, typed: &TypedLists, settings: &BenchmarkSettings) -> Result<&Product, &String> {
        let is_same = self.of.as_ref().is_some_and(|(lists, of)| lists == typed && of == settings);
        if !is_same {
            self.of = Some((typed.clone(), settings.clone()));
            self.product = None;
            self.built += 1;
        }
        self.product.get_or_insert_with(|| Product::new(typed, settings)).as_ref()
    }

    /// The configurations that were worked out last.
    pub(super) fn into_configurations(self) -> Option<Vec<Configuration>> {
        Some(self.product?.ok()?.configurations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let all = TypedLists::default().lists().unwrap().product().unwrap();
        assert_eq!(all.len(), 18);
        let mut wrong = TypedLists::default();
        wrong.fields[1] = "5, soon".to_owned();
        assert!(wrong.lists().unwrap_err().contains("\"soon\""));
        let property = |name: &str, values: &str| (name.to_owned(), values.to_owned());
        let dialog = |properties| TypedLists { properties, ..TypedLists::default() };
        let two = dialog(vec![property("consumer.fetch.min.bytes", "1, 1000000"), property("", "")]);
        assert_eq!(two.lists().unwrap().product().unwrap().len(), 36);
        assert!(dialog(vec![property("linger.ms", "1")]).lists().unwrap_err().contains("begins with"));
        assert!(dialog(vec![property("producer.retries", " ")]).lists().unwrap_err().contains("no values"));
    }
}
