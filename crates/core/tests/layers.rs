//! The order of the folders, and no circles between files. A folder imports what stands above it in [`FOLDERS`]; a file may
//! import its parents and the children that it declares, and otherwise nothing that imports it.
//!
//! Only lines are read: `mod name;`, and paths that begin with `crate::` or `super::`. Tests are left out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each folder, and what it imports. Whatever these import may be imported too.
const FOLDERS: [(&str, &[&str]); 21] = [
    ("model", &[]),
    ("configuration", &["model"]),
    ("metrics", &["model"]),
    ("trace", &[]),
    ("work_dir", &[]),
    ("run", &["model", "metrics", "trace"]),
    // Waits end when the run is stopped, and clients report to the run whether the broker answers.
    ("kafka", &["run", "configuration", "work_dir"]),
    ("broker", &["kafka"]),
    ("labels", &["model"]),
    ("query", &["model"]),
    ("pipeline", &["kafka", "labels", "query"]),
    ("results", &["metrics", "configuration", "work_dir"]),
    ("verdict", &["results"]),
    ("report", &["metrics", "results", "verdict"]),
    ("benchmark", &["broker", "pipeline", "results", "verdict"]),
    // Records are decoded as the consuming side does, and saved by the same rules for names and links.
    ("browse", &["pipeline"]),
    ("export", &["browse"]),
    ("lag", &["kafka"]),
    ("groups", &["lag"]),
    ("redrive", &["broker", "pipeline"]),
    ("engine", &["broker", "benchmark", "browse", "export", "groups", "redrive", "report"]),
];

/// Files by module path (`kafka::properties`), and the modules that each imports.
struct Sources {
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Sources {
    fn read() -> Self {
        Self::of_crate("core")
    }

    fn of_crate(name: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name(name).join("src");
        let mut texts = BTreeMap::new();
        let mut waiting = vec![("".to_owned(), root.join("lib.rs"))];
        while let Some((module, file)) = waiting.pop() {
            let text = without_tests(&std::fs::read_to_string(&file).unwrap());
            let has_own_folder = file.ends_with("mod.rs") || file.ends_with("lib.rs");
            let folder = if has_own_folder { file.parent().unwrap().into() } else { file.with_extension("") };
            for name in text.iter().filter_map(|line| declared(line)) {
                let nested = folder.join(name).join("mod.rs");
                let file = if nested.exists() { nested } else { folder.join(format!("{name}.rs")) };
                waiting.push((joined(&module, name), file));
            }
            texts.insert(module, text);
        }
        let of = |(module, text): (&String, &Vec<String>)| (module.clone(), imported(module, text, &texts));
        Self { imports: texts.iter().map(of).collect() }
    }

    fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.imports.iter().flat_map(|(from, all)| all.iter().map(move |to| (from.as_str(), to.as_str())))
    }
}

fn joined(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// The lines of a file without comments and tests; a `use` of several lines is one.
fn without_tests(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_test = false;
    let mut is_open = false;
    for line in text.lines() {
        let code = line.trim();
        if code.starts_with("//") || code.starts_with("#[path") {
            continue;
        }
        if code == "#[cfg(test)]" || code.starts_with("#[cfg(all(test") {
            is_test = true;
            continue;
        }
        if std::mem::take(&mut is_test) {
            // The tests of a file are its end.
            if code.starts_with("mod ") && code.ends_with('{') {
                break;
            }
            continue;
        }
        match lines.last_mut().filter(|_| is_open) {
            Some(last) => last.push_str(code),
            None => lines.push(code.to_owned()),
        }
        let is_use = lines.last().is_some_and(|last| last.starts_with("use ") || last.contains(" use "));
        is_open = is_use && !code.ends_with(';');
    }
    lines
}

/// The child that a line declares.
fn declared(line: &str) -> Option<&str> {
    let (visibility, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
    (visibility.is_empty() || visibility.starts_with("pub")).then_some(name)
}

/// The files whose items `text` names.
fn imported(module: &str, text: &[String], files: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = text.iter().filter_map(|line| Some(joined(module, declared(line)?))).collect();
    for path in text.iter().flat_map(|line| paths(line)) {
        let mut at = module.to_owned();
        for part in path.split("::") {
            match part {
                "crate" => at.clear(),
                "super" => at.truncate(at.rfind("::").unwrap_or(0)),
                name if files.contains_key(&joined(&at, name)) => at = joined(&at, name),
                _ => break,
            }
        }
        found.insert(at);
    }
    // A child may use its parents.
    found.retain(|file| file != module && !file.is_empty() && !module.starts_with(&format!("{file}::")));
    found
}

/// The paths of a line that begin with `crate` or `super`; of names in braces each.
fn paths(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in line.match_indices(start) {
            let is_whole = !line[..at].ends_with(|before: char| before.is_alphanumeric() || "_:$".contains(before));
            if !is_whole {
                continue;
            }
            let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
            let end = line[at..].find(|letter| !is_path(letter)).map_or(line.len(), |length| at + length);
            let path = &line[at..end];
            let names = line[end..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
            match names.filter(|_| path.ends_with("::")) {
                Some((names, _)) => {
                    assert!(!names.contains('{'), "write one `use` per module: {line}");
                    found.extend(names.split(',').map(|name| format!("{path}{}", name.trim())));
                }
                None => found.push(path.to_owned()),
            }
        }
    }
    found
}

fn folder(module: &str) -> &str {
    module.split("::").next().unwrap()
}

/// All that a folder may import.
fn allowed(name: &str) -> BTreeSet<&'static str> {
    let row = FOLDERS.iter().find(|(known, _)| *known == name);
    let (_, direct) = row.unwrap_or_else(|| panic!("`{name}` has no place in the order of the folders"));
    direct.iter().flat_map(|one| allowed(one).into_iter().chain([*one])).collect()
}

/// A circle through `edges`, if there is one.
fn circle(edges: &BTreeSet<(&str, &str)>) -> Option<Vec<String>> {
    let mut left = edges.clone();
    loop {
        let targets: BTreeSet<&str> = left.iter().map(|(_, to)| *to).collect();
        let sources: BTreeSet<&str> = left.iter().map(|(from, _)| *from).collect();
        let before = left.len();
        left.retain(|(from, to)| targets.contains(from) && sources.contains(to));
        if left.len() == before {
            break;
        }
    }
    // Only circles and what lies between them are left: whoever follows imports comes round.
    let mut way = vec![left.first()?.0];
    loop {
        let at = *way.last().unwrap();
        let next = left.iter().find(|(from, _)| *from == at)?.1;
        if let Some(start) = way.iter().position(|known| *known == next) {
            return Some(way[start..].iter().chain([&next]).map(|file| (*file).to_owned()).collect());
        }
        way.push(next);
    }
}

#[test]
fn folders_import_only_what_is_below_them() {
    for (index, (name, imports)) in FOLDERS.iter().enumerate() {
        let is_above = |one: &&str| FOLDERS[..index].iter().any(|(known, _)| known == one);
        assert!(imports.iter().all(is_above), "{name} imports what is not above it in the table");
    }
    let sources = Sources::read();
    let mut wrong = Vec::new();
    for (from, to) in sources.edges().filter(|(from, _)| !from.is_empty()) {
        let (above, below) = (folder(from), folder(to));
        if above != below && !allowed(above).contains(below) {
            wrong.push(format!("{from} imports {to}"));
        }
    }
    assert!(wrong.is_empty(), "against the order of the folders:\n{}", wrong.join("\n"));
}

#[test]
fn files_form_no_circle() {
    let sources = Sources::read();
    let edges: BTreeSet<(&str, &str)> = sources.edges().filter(|edge| !edge.0.is_empty()).collect();
    if let Some(circle) = circle(&edges) {
        panic!("a circle between files: {}", circle.join(" -> "));
    }
}

#[test]
fn files_and_folders_of_the_embedded_broker_form_no_circle() {
    let sources = Sources::of_crate("embedded-broker");
    let files: BTreeSet<(&str, &str)> = sources.edges().filter(|edge| !edge.0.is_empty()).collect();
    let folders = files.iter().map(|(from, to)| (folder(from), folder(to))).filter(|(from, to)| from != to);
    for edges in [&files, &folders.collect()] {
        if let Some(circle) = circle(edges) {
            panic!("a circle in the embedded broker: {}", circle.join(" -> "));
        }
    }
}

#[test]
fn lines_are_read_as_they_are_meant() {
    let text = "use crate::a::{B,\n    c};\n// crate::not::this\nlet x = super::d::e(crate::f());\n#[cfg(test)]\nmod tests {\n    use crate::g;\n}";
    let lines = without_tests(text);
    let found: Vec<String> = lines.iter().flat_map(|line| paths(line)).collect();
    assert_eq!(found, ["crate::a::B", "crate::a::c", "crate::f", "super::d::e"]);
    let names = ["", "x", "x::y", "a", "a::c", "d", "x::d"].map(|name| (name.to_owned(), Vec::new()));
    let imports = imported("x::y", &lines, &names.into());
    assert_eq!(imports.into_iter().collect::<Vec<_>>(), ["a", "a::c", "x::d"]);
    assert_eq!(
        ["mod a;", "pub mod b;", "pub(crate) mod c;", "mod d {"].map(declared),
        [Some("a"), Some("b"), Some("c"), None]
    );

    let edges: BTreeSet<(&str, &str)> = [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")].into();
    assert_eq!(circle(&edges).unwrap().join(" "), "b c b");
    assert_eq!(circle(&[("a", "b"), ("a", "c"), ("b", "c")].into()), None);
}
