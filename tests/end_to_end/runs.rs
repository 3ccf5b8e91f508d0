//! Kept runs on the command line: found by words, tagged, noted.

use std::path::Path;

use serde_json::Value;

use crate::bench::Finished;
use crate::benchmark::command;

/// A folder with two kept benchmarks: those of the window's tests, with other names and dates.
fn kept() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, started_at) in [("one", "2026-01-01T10:00:00Z"), ("two", "2026-02-01T10:00:00Z")] {
        let mut results: Value = serde_json::from_str(include_str!("../window/results.json")).unwrap();
        results["benchmark_id"] = name.into();
        results["display_name"] = format!("Run {name}").into();
        results["started_at"] = started_at.into();
        std::fs::write(folder.path().join(format!("{name}.json")), results.to_string()).unwrap();
    }
    folder
}

fn runs(folder: &Path, arguments: &[&str]) -> Finished {
    let folder = folder.to_str().unwrap();
    command(&[&["runs", "--runs-folder", folder], arguments].concat())
}

#[test]
fn runs_are_found_tagged_and_noted() {
    let folder = kept();
    let measured = std::fs::read(folder.path().join("one.json")).unwrap();
    let all = runs(folder.path(), &[]).expect_code(0);
    assert_eq!(all.stdout.lines().count(), 2, "{all:?}");
    assert!(all.stdout.lines().next().unwrap().contains("Run two: 15 runs, embedded"), "{all:?}");
    let tagged = runs(folder.path(), &["date:2026-01", "gzip", "--tag", "nightly", "--note", "on the cluster"]);
    assert!(tagged.expect_code(0).stdout.contains("Run one: 15 runs, embedded #nightly\n"));
    let found = runs(folder.path(), &["tag:nightly"]).expect_code(0);
    assert!(found.stdout.contains("Run one") && !found.stdout.contains("Run two"), "{found:?}");
    assert!(found.stdout.trim_end().ends_with("on the cluster"), "{found:?}");
    assert_eq!(std::fs::read(folder.path().join("one.json")).unwrap(), measured);
    runs(folder.path(), &["tag:nightly", "--untag", "nightly"]).expect_code(0);
    assert!(runs(folder.path(), &["tag:nightly"]).expect_code(0).stdout.contains("No run is found"));
}

#[test]
fn notes_of_all_runs_are_not_changed_by_mistake() {
    let folder = kept();
    for (arguments, code, word) in [
        (&["--tag", "x"][..], 2, "need words"),
        (&["run", "--note", "x"], 2, "find 2 runs"),
        (&["nowhere", "--tag", "x"], 1, "nothing is changed"),
        (&["one", "--tag", "a,b"], 2, "no comma"),
    ] {
        let refused = runs(folder.path(), arguments).expect_code(code);
        assert!(refused.stderr.contains(word), "{refused:?}");
    }
    assert!(!folder.path().join("one.notes").exists() && !folder.path().join("two.notes").exists());
    let missing = command(&["runs", "--runs-folder", "no-such-folder"]).expect_code(2);
    assert!(missing.stderr.contains("no-such-folder"), "{missing:?}");
}
