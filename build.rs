//! Records the commit that the program is built from, for `--version`; on Windows also adds its icon and its manifest.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program is made of. A change in them that is not committed is named.
const SOURCES: [&str; 6] = ["src", "crates", "assets", "build.rs", "Cargo.toml", "Cargo.lock"];
/// A commit that a package names where it is built without the repository.
const GIVEN: &str = "KIB_BUILD_COMMIT";

fn main() {
    add_resources();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={GIVEN}");
    let given = env::var(GIVEN).ok().filter(|commit| !commit.is_empty());
    // While developing, a commit must not rebuild everything.
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = given.or_else(|| if is_release { commit_of_repository() } else { None });
    if let Some(commit) = commit {
        // Cargo gives it to the programs that it starts too: not with the prefix of options.
        println!("cargo::rustc-env=BUILD_COMMIT={}", commit.lines().next().unwrap_or_default());
    }
}

/// The icon in the file manager, and the manifest: code page UTF-8, long paths, sharp on every monitor.
#[cfg(windows)]
fn add_resources() {
    println!("cargo::rerun-if-changed=packaging/windows");
    let mut resources = winresource::WindowsResource::new();
    resources.set_icon("packaging/windows/icon.ico");
    resources.set_manifest_file("packaging/windows/kafka-image-bench.manifest");
    if let Err(error) = resources.compile() {
        println!("cargo::warning=the program has no icon and no manifest: {error}");
    }
}

#[cfg(not(windows))]
fn add_resources() {}

/// `None` outside of the repository, and without git.
fn commit_of_repository() -> Option<String> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    // Sources that were unpacked inside of another repository have none.
    let top = PathBuf::from(git(&package, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != package.canonicalize().ok()? {
        return None;
    }
    // HEAD changes with the branch, its log with every commit. A path that is missing would run this script every time.
    let states = ["HEAD", "logs/HEAD"].into_iter().filter_map(|name| git(&package, &["rev-parse", "--git-path", name]));
    let sources = SOURCES.iter().map(|name| (*name).to_owned());
    for path in states.chain(sources).map(|path| package.join(path)).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let commit = git(&package, &["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&package, &[&["status", "--porcelain", "--"], &SOURCES[..]].concat())?;
    Some(if changed.is_empty() { commit } else { format!("{commit}, with changes that are not committed") })
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
