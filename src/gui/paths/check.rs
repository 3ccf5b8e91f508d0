//! Checks and completes typed paths, in threads.

use std::path::{Path, PathBuf};

use crate::given_path::from_address;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// What a path has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathRule {
    /// A folder that exists.
    Folder,
    /// A folder that exists, or can be made.
    NewFolder,
    /// A file that exists.
    File,
    /// A file or folder that exists.
    Existing,
    /// A file to write, in a folder that exists.
    NewFile,
}

/// What became of a typed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is what it has to be; absolute.
    Fits(PathBuf),
    /// It is a file that would be replaced.
    Exists(PathBuf),
    /// Why it does not fit.
    Refused(String),
}

/// Names that are offered at most.
pub(super) const COMPLETIONS_MAX: usize = 6;
/// Entries of a folder that are looked at for them.
const ENTRIES_MAX: usize = 20_000;

/// The path that a text means: without the quotes and `file://` that come along when it is pasted, with `~` for the
/// home folder.
pub fn path_of(text: &str) -> PathBuf {
    let text = text.trim();
    let unquoted =
        ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text);
    if let Some(address) = unquoted.strip_prefix("file://") {
        return from_address(address);
    }
    let rest = match unquoted.strip_prefix('~') {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix(std::path::is_separator),
        None => None,
    };
    match (rest, directories::BaseDirs::new()) {
        (Some(rest), Some(user)) => user.home_dir().join(rest),
        _ => PathBuf::from(unquoted),
    }
}

/// Looks at what a text names.
pub(super) fn check(text: &str, rule: PathRule) -> Checked {
    let typed = path_of(text);
    if typed.as_os_str().is_empty() {
        return Checked::Refused("Type a path".to_owned());
    }
    let path = std::path::absolute(&typed).unwrap_or(typed);
    let refused = |reason: String| Checked::Refused(format!("{reason}: {}", path.display()));
    let metadata = match std::fs::metadata(&path) {
        Ok(metadata) => Some(metadata),
        Err(error) if is_absent(&error) => None,
        Err(error) => return refused(format!("It cannot be opened ({error})")),
    };
    let is_dir = metadata.as_ref().is_some_and(std::fs::Metadata::is_dir);
    match (rule, metadata) {
        (PathRule::Folder, None) => refused("There is no such folder".to_owned()),
        (PathRule::Folder | PathRule::NewFolder, Some(_)) if !is_dir => {
            refused("It is a file, not a folder".to_owned())
        }
        (PathRule::Folder | PathRule::NewFolder, Some(_)) => Checked::Fits(path),
        (PathRule::NewFolder, None) => match path.ancestors().skip(1).find(|above| above.exists()) {
            Some(above) if above.is_dir() => Checked::Fits(path),
            Some(above) => Checked::Refused(format!("It is a file, not a folder: {}", above.display())),
            None => refused("No folder can be created there".to_owned()),
        },
        (PathRule::File, None) => refused("There is no such file".to_owned()),
        (PathRule::Existing, None) => refused("There is no such file or folder".to_owned()),
        (PathRule::File | PathRule::NewFile, Some(_)) if is_dir => {
            refused("It is a folder; the name of a file is missing".to_owned())
        }
        (PathRule::File | PathRule::Existing, Some(_)) => Checked::Fits(path),
        (PathRule::NewFile, Some(_)) => Checked::Exists(path),
        (PathRule::NewFile, None) => match path.parent() {
            Some(folder) if folder.is_dir() => Checked::Fits(path),
            Some(folder) => Checked::Refused(format!("There is no such folder: {}", folder.display())),
            None => refused("It is not the path of a file".to_owned()),
        },
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// Folders, and files where the rule asks for one, whose path begins with the text; sorted, and at most
/// [`COMPLETIONS_MAX`].
pub(super) fn completions(text: &str, rule: PathRule, stop: &Cancellation) -> Vec<String> {
    let typed = path_of(text);
    if typed.as_os_str().is_empty() {
        return Vec::new();
    }
    let ends_with_separator = text.trim_end().ends_with(std::path::is_separator);
    let (folder, begin) = if ends_with_separator {
        (typed, String::new())
    } else {
        let begin = typed.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        (typed.parent().map(Path::to_owned).unwrap_or_default(), begin)
    };
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let wants_files = matches!(rule, PathRule::File | PathRule::Existing | PathRule::NewFile);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .take(ENTRIES_MAX)
        .take_while(|_| !stop.is_requested())
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_hidden = name.starts_with('.') && !begin.starts_with('.');
            if is_hidden || !name.to_lowercase().starts_with(&begin) {
                return None;
            }
            let path = entry.path();
            // A link counts as what it leads to.
            match path.is_dir() {
                true => Some(format!("{}{}", path.display(), std::path::MAIN_SEPARATOR)),
                false => wants_files.then(|| path.display().to_string()),
            }
        })
        .collect();
    found.sort();
    found.truncate(COMPLETIONS_MAX);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_is_read_as_a_path() {
        for text in ["/a b/c", " /a b/c \n", "\"/a b/c\"", "'/a b/c'", "file:///a%20b/c"] {
            assert_eq!(path_of(text), PathBuf::from("/a b/c"), "{text}");
        }
        assert_eq!(path_of("file:///C:/x%c3%a4"), PathBuf::from("C:/xä"));
        assert_eq!(path_of("file:///100%"), PathBuf::from("/100%"));
        assert_eq!(path_of("~name"), PathBuf::from("~name"));
        let home = directories::UserDirs::new().unwrap().home_dir().to_owned();
        assert_eq!((path_of("~"), path_of("~/x")), (home.clone(), home.join("x")));
    }

    #[test]
    fn a_path_is_what_its_rule_asks_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file.csv");
        std::fs::write(&file, "").unwrap();
        let missing = folder.path().join("missing");
        let of = |path: &Path, rule| check(&path.display().to_string(), rule);
        let fits = |path: &Path| Checked::Fits(path.to_owned());
        assert_eq!(of(folder.path(), PathRule::Folder), fits(folder.path()));
        assert_eq!(of(&missing, PathRule::NewFolder), fits(&missing));
        assert_eq!(of(&missing.join("deep"), PathRule::NewFolder), fits(&missing.join("deep")));
        assert_eq!(of(&file, PathRule::File), fits(&file));
        assert_eq!(of(&file, PathRule::Existing), fits(&file));
        assert_eq!(of(&missing, PathRule::NewFile), fits(&missing));
        assert_eq!(of(&file, PathRule::NewFile), Checked::Exists(file.clone()));
        let refused = [
            (missing.clone(), PathRule::Folder, "no such folder"),
            (file.clone(), PathRule::Folder, "is a file"),
            (file.join("below"), PathRule::NewFolder, "is a file"),
            (missing.clone(), PathRule::File, "no such file"),
            (missing.clone(), PathRule::Existing, "no such file or folder"),
            (folder.path().to_owned(), PathRule::NewFile, "is a folder"),
            (missing.join("a.csv"), PathRule::NewFile, "no such folder"),
            (PathBuf::from(" "), PathRule::Folder, "Type a path"),
        ];
        for (path, rule, reason) in refused {
            let found = of(&path, rule);
            assert!(matches!(&found, Checked::Refused(why) if why.contains(reason)), "{path:?}: {found:?}");
        }
    }

    #[test]
    fn names_are_completed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["harbour", "Harvest", ".hidden", "sea"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("harbour.csv"), "").unwrap();
        let stop = Cancellation::default();
        let names = |text: &str, rule| -> Vec<String> {
            let typed = format!("{}/{text}", folder.path().display());
            let found = completions(&typed, rule, &stop).into_iter();
            found.map(|path| path[folder.path().display().to_string().len() + 1..].replace('\\', "/")).collect()
        };
        assert_eq!(names("har", PathRule::Folder), ["Harvest/", "harbour/"]);
        assert_eq!(names("har", PathRule::File), ["Harvest/", "harbour.csv", "harbour/"]);
        assert_eq!(names("", PathRule::Folder), ["Harvest/", "harbour/", "sea/"]);
        assert_eq!(names(".h", PathRule::Folder), [".hidden/"]);
        assert!(names("no/such/", PathRule::Folder).is_empty());
        for number in 0..40 {
            std::fs::create_dir(folder.path().join(format!("many-{number}"))).unwrap();
        }
        assert_eq!(names("many", PathRule::Folder).len(), COMPLETIONS_MAX);
        stop.request();
        assert!(names("many", PathRule::Folder).is_empty());
    }
}
