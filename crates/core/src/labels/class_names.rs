//! The names of YOLO's classes, of which its label files have only the numbers.

use std::collections::HashMap;
use std::path::Path;

use saphyr_parser::{Event, Parser};

use super::LabelError;
use super::files;

/// One name per line.
const LISTS: [&str; 2] = ["classes.txt", "obj.names"];
/// The names are under the key `names`.
const YAML_FILES: [&str; 2] = ["data.yaml", "dataset.yaml"];

/// Names by number.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ClassNames(HashMap<u32, String>);

impl ClassNames {
    /// Reads the first file of names in `folder`, or else in the folder above it. Without such a file there are no names.
    pub(super) fn find(folder: &Path) -> Result<Self, LabelError> {
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        for folder in [Some(&*absolute), absolute.parent()].into_iter().flatten() {
            for name in LISTS.into_iter().chain(YAML_FILES) {
                let path = folder.join(name);
                let text = match files::read_text(&path) {
                    Ok(Some(text)) => text,
                    Ok(None) => continue,
                    Err(reason) => return Err(LabelError::Unusable { path, reason }),
                };
                let names = if LISTS.contains(&name) { Some(from_lines(&text)) } else { from_yaml(&text) };
                if let Some(names) = names {
                    return Ok(Self(names));
                }
            }
        }
        Ok(Self::default())
    }

    /// `class 3` where the number has no name.
    pub(super) fn of(&self, class: u32) -> String {
        self.0.get(&class).cloned().unwrap_or_else(|| format!("class {class}"))
    }
}

fn from_lines(text: &str) -> HashMap<u32, String> {
    numbered(text.lines().map(|line| line.trim().to_owned()))
}

fn numbered(names: impl Iterator<Item = String>) -> HashMap<u32, String> {
    (0..).zip(names).filter(|(_, name)| !name.is_empty()).collect()
}

/// The names under the key `names` of a YAML file: a list, or a map by number. `None`: the file has no such key.
///
/// Only the value of that key is parsed, so that nothing else in the file matters. A damaged value has the names before
/// the damage.
fn from_yaml(text: &str) -> Option<HashMap<u32, String>> {
    let (mut items, mut is_map, mut depth) = (Vec::new(), false, 0);
    for (event, _) in Parser::new_from_str(value_of_names(text)?).map_while(Result::ok) {
        match &event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                match depth {
                    0 => is_map = matches!(event, Event::MappingStart(..)),
                    1 => items.push(String::new()),
                    _ => {}
                }
                depth += 1;
            }
            Event::SequenceEnd | Event::MappingEnd => depth -= 1,
            Event::Scalar(name, ..) if depth == 1 => items.push(name.to_string()),
            Event::Alias(_) if depth == 1 => items.push(String::new()),
            _ => {}
        }
        let has_ended = depth == 0 && !matches!(event, Event::StreamStart | Event::DocumentStart(_));
        if has_ended {
            break;
        }
    }
    if !is_map {
        return Some(numbered(items.into_iter()));
    }
    let (pairs, _) = items.as_chunks::<2>();
    Some(pairs.iter().filter_map(|[number, name]| Some((number.parse().ok()?, name.clone()))).collect())
}

/// What follows the key `names`, which is not indented.
fn value_of_names(text: &str) -> Option<&str> {
    let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    line_starts
        .filter_map(|at| text[at..].strip_prefix("names"))
        .find_map(|rest| rest.trim_start_matches([' ', '\t']).strip_prefix(':'))
}

#[cfg(test)]
#[path = "class_names_tests.rs"]
mod tests;
