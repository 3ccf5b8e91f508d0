//! Facts that a query compares and that were not known.

use super::Query;
use super::facts::Facts;
use super::field::Field;
use crate::model::units;

/// Counts for how many images or records a field of a query was not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownFacts {
    seen: u64,
    missing: Vec<(Field, u64)>,
}

impl UnknownFacts {
    /// Nothing has been seen.
    pub fn of(query: &Query) -> Self {
        Self { seen: 0, missing: query.fields().into_iter().map(|field| (field, 0)).collect() }
    }

    /// Counts an image or a record.
    pub fn add(&mut self, facts: &Facts<'_>) {
        self.seen += 1;
        for (field, count) in &mut self.missing {
            *count += u64::from(!field.is_known(facts));
        }
    }

    /// Images or records that were counted.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// A sentence for each field that was not known of some, without a full stop. `things` are what was counted.
    pub fn remarks(&self, things: &str) -> Vec<String> {
        let missing = self.missing.iter().filter(|(_, count)| *count > 0);
        let sentence = |(field, count): &(Field, u64)| {
            let of = match *count == self.seen {
                true => format!("any of {} {things}", units::exact(self.seen)),
                false => format!("{} of {} {things}", units::exact(*count), units::exact(self.seen)),
            };
            format!("{} is not known for {of}; comparisons with it are false there", field.name())
        };
        missing.map(sentence).collect()
    }
}
