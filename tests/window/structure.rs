//! The structure of `src/gui`: tabs use the session but not each other, the session uses no tab, and no files import
//! each other in a circle. Only `use` lines are read; names that a `mod.rs` re-exports count for the file that declares
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TABS: [&str; 6] = ["stream", "images", "benchmark", "results", "log", "topics"];

/// Files by module path (`broker::menu`), and the files that each imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// What touches the disk.
const DISK_WORDS: [&str; 16] = [
    ".is_dir(",
    ".is_file(",
    ".is_symlink(",
    ".exists(",
    ".try_exists(",
    ".metadata(",
    ".symlink_metadata(",
    ".canonicalize(",
    ".read_dir(",
    "fs::",
    "File::",
    "OpenOptions",
    "tempfile::",
    "RunStore::open(",
    "current_exe(",
    "UserDirs",
];

/// Files that touch the disk, how often, and why that does not hold up the window's thread.
const ON_DISK: [(&str, usize, &str); 19] = [
    ("app::idle_checks", 1, "in a job"),
    ("folder", 1, "called by jobs"),
    ("images::listing", 3, "called by jobs"),
    ("images::original", 1, "called by a job"),
    ("instance", 5, "before the window opens, and when it has closed"),
    ("log::tab", 3, "called by a job"),
    ("log_buffer", 1, "an event's metadata, not a file's"),
    ("opening", 6, "called by a job"),
    ("options", 2, "before the window opens"),
    ("pace", 3, "before the window opens"),
    ("paths::check", 7, "called by jobs"),
    ("paths::requests", 1, "called by a job"),
    ("results::exports", 1, "called by a job"),
    ("run", 1, "called by jobs"),
    ("settings_file", 5, "before the window opens, in a job, and when it has closed"),
    ("tour::figures", 2, "a tour, after what it measures"),
    ("tour::picture", 1, "in a thread"),
    ("workers::dialogs", 1, "in a job"),
    ("workers::picture", 3, "called by workers"),
];

/// The code of a file without tests, comments and imports.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
    let is_code = |line: &&str| !line.starts_with("//") && !line.starts_with("use ") && !line.starts_with("pub use ");
    code.lines().map(str::trim).filter(is_code)
}

fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gui");
    let (mut found, mut folders) = (BTreeMap::new(), vec![(String::new(), root)]);
    while let Some((module, folder)) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let name = if module.is_empty() { stem.clone() } else { format!("{module}::{stem}") };
            if path.is_dir() {
                folders.push((name, path));
            } else if !stem.ends_with("tests") {
                let name = if stem == "mod" { module.clone() } else { name };
                found.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// The paths of all `use` lines before the tests, relative to `gui`: `broker::BrokerState`.
fn used(module: &str, text: &str) -> Vec<(bool, String)> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    let is_code = |line: &&str| !line.starts_with("//") && !line.starts_with("#[");
    for statement in code.lines().map(str::trim).filter(is_code).collect::<Vec<_>>().join("\n").split(';') {
        let is_use = |line: &str| line.starts_with("use ") || line.starts_with("pub use ");
        let line = statement.lines().skip_while(|line| !is_use(line)).collect::<Vec<_>>().join(" ");
        let Some(path) = line.strip_prefix("pub use ").or(line.strip_prefix("use ")) else { continue };
        let (path, is_public) = (path.to_owned(), line.starts_with("pub"));
        let (head, names) = match path.split_once('{') {
            Some((head, rest)) => (head.to_owned(), rest.trim_end_matches('}').split(',').map(str::trim).collect()),
            None => (String::new(), vec![path.as_str()]),
        };
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let name = name.split(" as ").next().unwrap().trim_end_matches("::self").trim_end_matches("self");
            found.extend(absolute(module, &format!("{head}{name}")).map(|path| (is_public, path)));
        }
    }
    found
}

fn absolute(module: &str, path: &str) -> Option<String> {
    let mut at: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    if let Some(rest) = path.strip_prefix("crate::gui::") {
        return Some(rest.to_owned());
    }
    let mut rest = path;
    if !path.starts_with("super::") {
        // A child, or another crate.
        return Some(at.into_iter().chain([path]).collect::<Vec<_>>().join("::"));
    }
    while let Some(shorter) = rest.strip_prefix("super::") {
        at.pop()?;
        rest = shorter;
    }
    Some(at.into_iter().chain([rest]).collect::<Vec<_>>().join("::"))
}

fn imports() -> Imports {
    let sources = sources();
    let uses: BTreeMap<&String, Vec<(bool, String)>> =
        sources.iter().map(|(module, text)| (module, used(module, text))).collect();
    let file_of = |path: &str| -> Option<String> {
        let mut at = path;
        loop {
            if sources.contains_key(at) {
                return Some(at.to_owned());
            }
            at = at.rsplit_once("::")?.0;
        }
    };
    // The file that declares a name of a `mod.rs`.
    let home_of = |path: &str| -> Option<String> {
        let file = file_of(path)?;
        let name = path.strip_prefix(&file)?.strip_prefix("::").unwrap_or_default();
        let again = uses[&file].iter().find(|(is_public, from)| *is_public && from.ends_with(&format!("::{name}")));
        match again.filter(|_| !name.is_empty()) {
            Some((_, from)) => file_of(from),
            None => Some(file),
        }
    };
    let is_family =
        |one: &str, other: &str| one.starts_with(&format!("{other}::")) || other.starts_with(&format!("{one}::"));
    uses.iter()
        .map(|(module, paths)| {
            let files = paths.iter().filter_map(|(_, path)| home_of(path));
            let files = files.filter(|file| file != *module && !file.is_empty() && !is_family(file, module));
            ((*module).clone(), files.collect())
        })
        .filter(|(module, _): &(String, BTreeSet<String>)| !module.is_empty())
        .collect()
}

fn tab_of(module: &str) -> Option<&'static str> {
    TABS.into_iter().find(|tab| module == *tab || module.starts_with(&format!("{tab}::")))
}

/// All files that a file imports, directly or indirectly; includes the file itself if it is part of a circle.
fn reached<'a>(from: &str, imports: &'a Imports) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&str> = imports[from].iter().map(String::as_str).collect();
    while let Some(file) = waiting.pop() {
        if found.insert(file) {
            waiting.extend(imports.get(file).into_iter().flatten().map(String::as_str));
        }
    }
    found
}

#[test]
fn the_session_knows_no_tab_and_no_tab_another_one() {
    let imports = imports();
    let known: Vec<&str> = reached("session", &imports).into_iter().filter(|file| tab_of(file).is_some()).collect();
    assert!(known.is_empty(), "the session imports {known:?}");
    for (module, files) in &imports {
        let Some(tab) = tab_of(module) else { continue };
        let others: Vec<&String> = files.iter().filter(|file| tab_of(file).is_some_and(|other| other != tab)).collect();
        assert!(others.is_empty(), "{module} imports {others:?}");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    let in_circle: Vec<&String> =
        imports.keys().filter(|file| reached(file, &imports).contains(file.as_str())).collect();
    assert!(in_circle.is_empty(), "in a circle: {in_circle:?}");
}

/// No disk on the window's thread. Whether a line runs in a job is not visible here, so each file that touches the disk is
/// listed with its reason: a new one has to be looked at.
#[test]
fn the_disk_is_touched_where_it_holds_up_nothing() {
    let begins = |line: &str, at: usize, word: &str| {
        word.starts_with('.') || !line[..at].ends_with(|before: char| before.is_alphanumeric())
    };
    let in_line = |line: &str| {
        DISK_WORDS
            .map(|word| line.match_indices(word).filter(|(at, _)| begins(line, *at, word)).count())
            .iter()
            .sum::<usize>()
    };
    let count = |text: &str| code(text).map(in_line).sum::<usize>();
    let found: BTreeMap<String, usize> =
        sources().iter().map(|(file, text)| (file.clone(), count(text))).filter(|(_, count)| *count > 0).collect();
    let allowed: BTreeMap<String, usize> =
        ON_DISK.iter().map(|(file, count, _)| ((*file).to_owned(), *count)).collect();
    assert_eq!(found, allowed, "the disk is for jobs (workers::job); found on the left");
    assert!(ON_DISK.iter().all(|(_, _, reason)| !reason.is_empty()));
    let text = "use std::fs::File;\n// a.exists()\nlet x = a.is_dir() || fs::read(SettingsFile::b);\n#[cfg(test)]\nfn t() { a.exists() }";
    assert_eq!(count(text), 2);
}

#[test]
fn imports_are_read_as_they_are_meant() {
    let text =
        "use std::io;\nuse super::{A, b::C};\npub use child::D;\nuse crate::gui::x::{E,\n F};\n#[cfg(test)]\nuse y::Z;";
    let found: Vec<String> = used("m", text).into_iter().map(|(_, path)| path).collect();
    assert_eq!(found, ["m::std::io", "A", "b::C", "m::child::D", "x::E", "x::F"]);
    let imports = imports();
    assert!(imports["session"].contains("broker::state") && !imports["session"].contains("broker"));
    assert!(imports["broker::menu"].contains("session") && imports["app"].contains("tabs"));
    let circle: Imports =
        [("a", "b"), ("b", "c"), ("c", "a")].map(|(a, b)| (a.to_owned(), [b.to_owned()].into())).into();
    assert!(reached("a", &circle).contains("a"));
}
