//! The attributes of VIA's regions, of which one is the class.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::json_parts::text;
use crate::model::objects::LabelledObject;

/// Names of the attribute that is a class, in order of preference.
const CLASS_NAMES: [&str; 10] =
    ["label", "class", "class_name", "category", "category_id", "name", "type", "object", "object_name", "region"];

/// The attributes that a project declares.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// Those of which a person chooses one.
    choices: Vec<String>,
    /// What is shown for the options of each.
    options: HashMap<String, HashMap<String, String>>,
}

impl Attributes {
    /// Of `_via_attributes` in a project file.
    pub(super) fn read(declared: &Value) -> Self {
        let mut attributes = Self::default();
        for (name, attribute) in declared.get("region").and_then(Value::as_object).into_iter().flatten() {
            if matches!(attribute.get("type").and_then(Value::as_str), Some("dropdown" | "radio")) {
                attributes.choices.push(name.clone());
            }
            let options = attribute.get("options").and_then(Value::as_object).into_iter().flatten();
            let shown =
                |(id, shown): (&String, &Value)| Some((id.clone(), text(shown).filter(|text| !text.is_empty())?));
            attributes.options.insert(name.clone(), options.filter_map(shown).collect());
        }
        attributes
    }

    fn shown(&self, name: &str, option: &str) -> String {
        let shown = self.options.get(name).and_then(|options| options.get(option));
        shown.map_or(option, String::as_str).to_owned()
    }

    /// The attribute that is the class of these regions; `None`: they have no attributes.
    ///
    /// # Errors
    /// It could be several.
    pub(super) fn class<'a>(
        &self,
        regions: impl Iterator<Item = &'a LabelledObject>,
    ) -> Result<Option<String>, String> {
        let names = regions.flat_map(|region| region.attributes.keys()).filter(|name| *name != "shape_type");
        let names: BTreeSet<&str> = names.map(String::as_str).collect();
        let preferred =
            || CLASS_NAMES.iter().find_map(|wanted| names.iter().find(|name| name.eq_ignore_ascii_case(wanted)));
        let chosen = || {
            let mut chosen = names.iter().filter(|name| self.choices.iter().any(|choice| choice == *name));
            chosen.next().filter(|_| chosen.next().is_none())
        };
        let names_of_all: Vec<&str> = names.iter().copied().collect();
        match names_of_all[..] {
            [] => Ok(None),
            [name] => Ok(Some(name.to_owned())),
            [ref others @ .., last] => match preferred().or_else(chosen) {
                Some(name) => Ok(Some((*name).to_owned())),
                None => Err(format!(
                    "its regions have the attributes {} and {last}; name the one with the class \"label\"",
                    others.join(", ")
                )),
            },
        }
    }
}

/// The attributes of a region, as texts: of checkboxes those that are ticked.
pub(super) fn attributes_of(of_region: &Value, declared: &Attributes) -> BTreeMap<String, String> {
    let given = of_region.as_object().into_iter().flatten();
    let texts = given.filter_map(|(name, value)| {
        let value = match value {
            Value::Object(ticks) => {
                let ticked = ticks.iter().filter(|(_, tick)| **tick == Value::Bool(true));
                ticked.map(|(option, _)| declared.shown(name, option)).collect::<Vec<_>>().join(", ")
            }
            value => declared.shown(name, &text(value)?),
        };
        Some((name.clone(), value)).filter(|(name, value)| !name.is_empty() && !value.is_empty())
    });
    texts.collect()
}
