//! The commit that a program is built from, as a constant.
//!
//! A build script would compile the whole package with every commit, the library included. A procedural macro is expanded where
//! it is used: in the program's `main.rs`, and nothing else is compiled.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro::TokenStream;

/// What the program is made of. A change in them that is not committed is named.
const SOURCES: [&str; 6] = ["src", "crates", "assets", "build.rs", "Cargo.toml", "Cargo.lock"];
/// A commit that a package names where it is built without the repository.
const GIVEN: &str = "KIB_BUILD_COMMIT";

/// The commit of the repository that the package is the top of, or what `KIB_BUILD_COMMIT` names, as an `Option<&'static str>`.
/// What uses it is compiled again when one of them changes.
#[proc_macro]
pub fn build_commit(_: TokenStream) -> TokenStream {
    let given = env::var(GIVEN).ok().and_then(|given| given.lines().next().map(str::to_owned));
    let found = match given.filter(|commit| !commit.is_empty()) {
        Some(commit) => Found { commit: Some(commit), depends_on: Vec::new() },
        None => {
            env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).map_or_else(Found::default, |package| of(&package))
        }
    };
    expression(&found).parse().unwrap_or_default()
}

#[derive(Default)]
struct Found {
    /// `None` outside of the repository, and without git.
    commit: Option<String>,
    /// Files that change with the commit.
    depends_on: Vec<PathBuf>,
}

/// Cargo sees the variables and files that an expansion names as it sees those of any source.
fn expression(found: &Found) -> String {
    let Found { commit, depends_on } = found;
    let files = depends_on.iter().filter_map(|path| path.to_str());
    let files: String = files.map(|path| format!("const _: &[u8] = ::core::include_bytes!({path:?});")).collect();
    format!(
        "{{ const _: ::core::option::Option<&str> = ::core::option_env!({GIVEN:?}); {files} ::core::option::Option::{commit:?} }}"
    )
}

fn of(package: &Path) -> Found {
    found_by(package).unwrap_or_default()
}

fn found_by(package: &Path) -> Option<Found> {
    // Sources that were unpacked inside of another repository have none.
    let top = PathBuf::from(git(package, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != package.canonicalize().ok()? {
        return None;
    }
    // HEAD changes with the branch, its log with every commit.
    let states = ["HEAD", "logs/HEAD"].into_iter().filter_map(|name| git(package, &["rev-parse", "--git-path", name]));
    let depends_on = states.map(|path| package.join(path)).filter(|path| path.is_file()).collect();
    let commit = git(package, &["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(package, &[&["status", "--porcelain", "--"], &SOURCES[..]].concat())?;
    let commit = if changed.is_empty() { commit } else { format!("{commit}, with changes that are not committed") };
    Some(Found { commit: Some(commit), depends_on })
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_and_what_it_depends_on_are_in_the_expression() {
        let found = Found { commit: Some("0a\"b".to_owned()), depends_on: vec![PathBuf::from("/r/.git/HEAD")] };
        assert_eq!(
            expression(&found),
            "{ const _: ::core::option::Option<&str> = ::core::option_env!(\"KIB_BUILD_COMMIT\"); \
             const _: &[u8] = ::core::include_bytes!(\"/r/.git/HEAD\"); ::core::option::Option::Some(\"0a\\\"b\") }"
        );
        assert!(expression(&Found::default()).ends_with("::core::option::Option::None }"));
    }

    #[test]
    fn only_the_top_of_a_repository_has_a_commit() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(of(folder).commit.is_none() && of(Path::new("/nowhere")).commit.is_none());
    }
}
