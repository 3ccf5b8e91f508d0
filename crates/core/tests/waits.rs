//! No polling by sleep: a wait ends with what it waits for, or when its run is stopped (`run::cancellation`). Only where the
//! clock is the point a thread may sleep, and each such place is listed here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;

/// Files that sleep, how often, and why.
const SLEEPS: [(&str, usize, &str); 2] = [
    ("crates/core/src/pipeline/sink/slow_disk.rs", 1, "a slow disk, in tests only"),
    ("crates/embedded-broker/src/connection.rs", 1, "a timer beside the read, in one `select!`"),
];

#[test]
fn nothing_polls_by_sleep() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeMap::new();
    for folder in ["src", "crates/core/src", "crates/embedded-broker/src", "crates/sample-images/src"] {
        let before = found.len();
        find(&root, Path::new(folder), &mut found);
        assert!(found.len() > before, "{folder} has no sources");
    }
    found.retain(|_, count| *count > 0);
    let allowed: BTreeMap<String, usize> = SLEEPS.iter().map(|(file, count, _)| ((*file).to_owned(), *count)).collect();
    assert_eq!(found, allowed, "a wait has to end with its event and with the cancellation; found on the left");
    assert!(SLEEPS.iter().all(|(_, _, reason)| !reason.is_empty()));
}

/// Counts the calls of `sleep` in the files of a folder, without tests.
fn find(root: &Path, folder: &Path, found: &mut BTreeMap<String, usize>) {
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = folder.join(&name);
        if root.join(&path).is_dir() {
            if name != "tests" {
                find(root, &path, found);
            }
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            let text = std::fs::read_to_string(root.join(&path)).unwrap();
            let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let count = lines.map(|line| line.matches("sleep(").count()).sum();
            found.insert(path.to_str().unwrap().replace('\\', "/"), count);
        }
    }
}

#[test]
fn every_sleep_counts_but_in_tests_and_comments() {
    let folder = tempfile::tempdir().unwrap();
    let text = "// sleep(1)\nfn a() { thread::sleep(x); sleep(y) }\n#[cfg(test)]\nmod tests { fn b() { sleep(z) } }\n";
    std::fs::write(folder.path().join("a.rs"), text).unwrap();
    std::fs::write(folder.path().join("a_tests.rs"), text).unwrap();
    let mut found = BTreeMap::new();
    find(folder.path(), Path::new(""), &mut found);
    assert_eq!(found, BTreeMap::from([("a.rs".to_owned(), 2)]));
}
