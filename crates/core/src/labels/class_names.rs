//! The names of YOLO's classes, of which its label files have only the numbers.

use std::collections::HashMap;
use std::path::Path;

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

/// The key `names` of a YAML file, as data sets write it: a list or a map, in one line, over several lines in
/// brackets, or indented. `None`: the file has no such key.
fn from_yaml(text: &str) -> Option<HashMap<u32, String>> {
    let mut lines = text.lines();
    let rest = lines.by_ref().find_map(|line| line.strip_prefix("names")?.trim_start().strip_prefix(':'))?;
    let rest = without_comment(rest).trim();
    if let Some(opened) = rest.strip_prefix(['[', '{']) {
        let more = lines.map(without_comment);
        let inside: String = std::iter::once(opened).chain(more).flat_map(|line| [line, " "]).collect();
        let items = flow_items(&inside);
        return Some(if rest.starts_with('[') { numbered(items.into_iter().map(scalar)) } else { by_key(items) });
    }
    let block = lines
        .map(without_comment)
        .filter(|line| !line.trim().is_empty())
        .take_while(|line| line.starts_with([' ', '\t', '-']))
        .map(str::trim);
    let (items, pairs): (Vec<&str>, Vec<&str>) = block.partition(|line| line.starts_with('-'));
    Some(match items.is_empty() {
        false => numbered(items.into_iter().map(|item| scalar(&item[1..]))),
        true => by_key(pairs),
    })
}

/// `0: boat` each; a key that is no number is passed over.
fn by_key(pairs: Vec<&str>) -> HashMap<u32, String> {
    let pair = |pair: &str| {
        let (key, name) = pair.split_once(':')?;
        Some((scalar(key).parse().ok()?, scalar(name)))
    };
    pairs.into_iter().filter_map(pair).collect()
}

/// A name without its quotes.
fn scalar(text: &str) -> String {
    let text = text.trim();
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    match (inside('\''), inside('"')) {
        (Some(single), _) => single.replace("''", "'"),
        (_, Some(double)) => double.replace("\\\"", "\"").replace("\\\\", "\\"),
        _ => text.to_owned(),
    }
}

/// The comma-separated items up to the closing bracket.
fn flow_items(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut begin = 0;
    let mut quotes = Quotes::default();
    for (index, character) in text.char_indices() {
        if quotes.are_open_after(character) || !matches!(character, ',' | ']' | '}') {
            continue;
        }
        items.push(&text[begin..index]);
        begin = index + 1;
        if character != ',' {
            break;
        }
    }
    // A comma may stand before the bracket.
    items.pop_if(|last| last.trim().is_empty());
    items
}

/// A `#` at the beginning or after a space begins a comment, outside of quotes.
fn without_comment(line: &str) -> &str {
    let mut quotes = Quotes::default();
    let mut before = ' ';
    for (index, character) in line.char_indices() {
        if !quotes.are_open_after(character) && character == '#' && before.is_whitespace() {
            return &line[..index];
        }
        before = character;
    }
    line
}

/// Follows quotes along a text.
#[derive(Default)]
struct Quotes {
    open: Option<char>,
    before: Option<char>,
}

impl Quotes {
    /// An apostrophe within a word, as in `captain's chair`, opens nothing.
    fn are_open_after(&mut self, character: char) -> bool {
        let is_at_word = self.before.is_none_or(|before| before.is_whitespace() || ",[{:-".contains(before));
        match self.open {
            Some(quote) if character == quote && (quote == '\'' || self.before != Some('\\')) => self.open = None,
            None if matches!(character, '\'' | '"') && is_at_word => self.open = Some(character),
            _ => {}
        }
        self.before = Some(character);
        self.open.is_some()
    }
}

#[cfg(test)]
#[path = "class_names_tests.rs"]
mod tests;
