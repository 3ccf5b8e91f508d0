//! The program started anywhere: the folder that is given, and the samples that come with a package.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::bench::{Bench, finish, image_name, png, program};

/// The program as a package installs it below `prefix`, with two samples.
#[cfg(all(unix, not(target_os = "macos")))]
fn install(prefix: &Path) -> (PathBuf, PathBuf) {
    let (bin, samples) = (prefix.join("bin"), prefix.join("share/kafka-image-bench/Labeled_Images"));
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::create_dir_all(&samples).unwrap();
    let built = env!("CARGO_BIN_EXE_kafka-image-bench");
    let installed = bin.join("kafka-image-bench");
    // The same file under another name, or a copy where the folders are on two disks.
    std::fs::hard_link(built, &installed).or_else(|_| std::fs::copy(built, &installed).map(|_| ())).unwrap();
    for number in 0..2 {
        std::fs::write(samples.join(image_name(number)), png(number, 8)).unwrap();
    }
    std::fs::write(samples.join("_annotations.coco.json"), "{}").unwrap();
    (installed, samples)
}

/// All files of a folder, with their content.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(|file| file.unwrap().into_path());
    files.map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default())).collect()
}

fn from(program: &Path, folder: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("KAFKA_BOOTSTRAP_SERVERS").env_remove("CARGO_MANIFEST_DIR").current_dir(folder);
    command.env("HOME", home).env("XDG_STATE_HOME", home).env("XDG_DATA_HOME", home);
    command.args(["--headless", "--data", "memory"]);
    command
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn installed_samples_are_streamed_where_there_are_none_and_only_read() {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (installed, samples) = install(&root.path().join("usr"));
    let before = content(&samples);
    let (home, here) = (root.path().join("home"), root.path().join("here"));
    std::fs::create_dir(&home).unwrap();
    std::fs::create_dir(&here).unwrap();
    let run = finish(from(&installed, &here, &home).output().unwrap()).expect_code(0);
    assert!(run.stderr.contains("installed sample images") && run.stderr.contains("usr/share"), "{run:?}");
    // Outputs stay in the current folder.
    assert!(here.join("output_images").join(image_name(1)).is_file() && here.join("processed_files.txt").is_file());
    assert_eq!(content(&samples), before);

    // A folder of the usual name in the current folder comes first, as before.
    let own = here.join("Labeled_Images");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("own.png"), png(9, 8)).unwrap();
    let run = finish(from(&installed, &here, &home).output().unwrap()).expect_code(0);
    assert!(!run.stderr.contains("installed sample images"), "{run:?}");
    assert!(here.join("output_images").join("own.png").is_file());
}

#[test]
fn without_any_samples_it_is_said_how_to_make_them() {
    let root = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_kafka-image-bench"));
    let run = finish(from(program, root.path(), root.path()).output().unwrap()).expect_code(2);
    assert!(run.stderr.contains("--headless samples Labeled_Images") && run.stderr.contains("--input"), "{run:?}");
}

#[test]
fn a_folder_is_given_without_an_option() {
    let bench = Bench::embedded();
    bench.write_images(2);
    let address = format!("file://{}", bench.input().display());
    for (number, folder) in [bench.input().display().to_string(), address].iter().enumerate() {
        let mut command = program();
        command.args(["--headless", "--data", "memory", "--output-format", "json", folder, "--work-dir"]);
        command.arg(bench.work(&number.to_string()));
        let run = finish(command.output().unwrap()).expect_code(0);
        let summary: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(summary["saved"], 2, "{summary}");
    }
    for (arguments, word) in [
        (&["/no/such/folder"][..], "/no/such/folder"),
        (&["strem"], "did you mean stream?"),
        (&["/tmp", "/"], "one folder"),
        (&["/tmp", "--input", "/"], "--input"),
        (&["/tmp", "--new-window"], "--new-window"),
    ] {
        let run = finish(program().arg("--headless").args(arguments).output().unwrap()).expect_code(2);
        assert!(run.stderr.contains(word), "{arguments:?}: {run:?}");
    }
    // Also where it would open the window.
    let run = finish(program().arg("benchmrak").output().unwrap()).expect_code(2);
    assert!(run.stderr.contains("did you mean benchmark?"), "{run:?}");
}
