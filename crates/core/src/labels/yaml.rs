//! YAML files, as far as data sets use them: scalars, lists, maps and aliases.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

/// A node of a YAML file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    Scalar(String),
    List(Vec<Self>),
    /// Keys that are no scalars are empty.
    Map(Vec<(String, Self)>),
}

/// Nested nodes, at most.
const DEPTH_MAX: usize = 64;

impl Yaml {
    /// The first document of a file; `None`: it is empty, or damaged before its end.
    pub(super) fn whole(text: &str) -> Option<Self> {
        Builder::default().build(text, true)
    }

    /// The first document as far as it can be read.
    pub(super) fn beginning(text: &str) -> Option<Self> {
        Builder::default().build(text, false)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn scalar(&self) -> Option<&str> {
        if let Self::Scalar(text) = self { Some(text) } else { None }
    }

    pub(super) fn items(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

/// Builds a document from the parser's events.
#[derive(Default)]
struct Builder {
    /// What is open, from outside to inside.
    open: Vec<Open>,
    anchors: HashMap<usize, Yaml>,
}

struct Open {
    node: Yaml,
    /// The key that waits for its value, in a map.
    key: Option<String>,
    anchor: usize,
}

impl Builder {
    fn build(mut self, text: &str, must_be_whole: bool) -> Option<Yaml> {
        for event in Parser::new_from_str(text) {
            let Ok((event, _)) = event else { break };
            let (node, anchor) = match event {
                Event::Scalar(text, _, anchor, _) => (Yaml::Scalar(text.into_owned()), anchor),
                Event::Alias(anchor) => (self.anchors.get(&anchor).cloned().unwrap_or(Yaml::Scalar(String::new())), 0),
                Event::SequenceStart(anchor, _) => {
                    self.begin(Yaml::List(Vec::new()), anchor)?;
                    continue;
                }
                Event::MappingStart(anchor, _) => {
                    self.begin(Yaml::Map(Vec::new()), anchor)?;
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Open { node, anchor, .. } = self.open.pop()?;
                    (node, anchor)
                }
                _ => continue,
            };
            if anchor > 0 {
                self.anchors.insert(anchor, node.clone());
            }
            match self.open.last_mut() {
                None => return Some(node),
                Some(open) => open.add(node),
            }
        }
        // Damaged, or without an end.
        while let Some(Open { node, .. }) = self.open.pop().filter(|_| !must_be_whole) {
            match self.open.last_mut() {
                None => return Some(node),
                Some(open) => open.add(node),
            }
        }
        None
    }

    fn begin(&mut self, node: Yaml, anchor: usize) -> Option<()> {
        self.open.push(Open { node, key: None, anchor });
        (self.open.len() <= DEPTH_MAX).then_some(())
    }
}

impl Open {
    fn add(&mut self, node: Yaml) {
        match &mut self.node {
            Yaml::List(items) => items.push(node),
            Yaml::Map(members) => match self.key.take() {
                None => self.key = Some(node.scalar().unwrap_or_default().to_owned()),
                Some(key) => members.push((key, node)),
            },
            Yaml::Scalar(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_trees() {
        let yaml = Yaml::whole("---\n  nc: 2\n  'names': &n [a, \"caf\\xE9\"]\n  again: *n\n").unwrap();
        let names = yaml.get("names").unwrap();
        assert_eq!(names.items().unwrap()[1].scalar(), Some("café"));
        assert_eq!((yaml.get("again"), yaml.get("nc").and_then(Yaml::scalar)), (Some(names), Some("2")));
        assert_eq!(Yaml::whole("a: [b, c").or(Yaml::whole("")), None);
        let begun = Yaml::beginning("a: [b, c").unwrap();
        assert_eq!(begun.get("a").and_then(Yaml::items).map(<[Yaml]>::len), Some(2));
        assert_eq!(Yaml::whole(&"[".repeat(100)), None);
    }
}
