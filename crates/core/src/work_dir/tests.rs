use std::fs;
use std::io::Read;

use super::*;

/// The same rules apply to both implementations of a folder.
macro_rules! handle_tests {
    ($module:ident, $handle:ty) => {
        mod $module {
            use super::*;

            type Handle = $handle;

            #[test]
            fn files_are_made_read_moved_and_removed() {
                let folder = tempfile::tempdir().unwrap();
                let top = Handle::open(folder.path()).unwrap();
                top.make_folder("in").unwrap();
                assert_eq!(top.make_folder("in").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
                let inner = top.folder("in").unwrap();
                inner.new_file("a").unwrap().write_all(b"one").unwrap();
                assert_eq!(inner.new_file("a").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
                inner.file("a", Access::Append).unwrap().write_all(b"two").unwrap();
                inner.file("a", Access::Write).unwrap().write_all(b"O").unwrap();
                assert_eq!(inner.file("b", Access::Write).unwrap_err().kind(), io::ErrorKind::NotFound);
                inner.rename_new("a", &top, "b").unwrap();
                inner.file("a", Access::Create).unwrap();
                let taken = inner.rename_new("a", &top, "b").unwrap_err();
                assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
                let mut text = String::new();
                top.file("b", Access::Read).unwrap().read_to_string(&mut text).unwrap();
                assert_eq!((text.as_str(), top.entry("b").unwrap().size_bytes), ("Onetwo", 6));
                inner.rename("a", &top, "b").unwrap();
                assert_eq!(top.entry("b").unwrap().size_bytes, 0);
                let mut names = top.names().unwrap();
                names.sort();
                assert_eq!(names, ["b", "in"]);
                top.remove_file("b").unwrap();
                assert_eq!(top.entry("b").unwrap_err().kind(), io::ErrorKind::NotFound);
                top.sync().unwrap();
            }

            #[cfg(unix)]
            #[test]
            fn no_link_is_followed() {
                use std::os::unix::fs::symlink;
                let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
                fs::write(elsewhere.path().join("target"), "theirs").unwrap();
                symlink(elsewhere.path().join("target"), folder.path().join("file")).unwrap();
                symlink(elsewhere.path().join("missing"), folder.path().join("dangling")).unwrap();
                symlink(elsewhere.path(), folder.path().join("folder")).unwrap();
                let top = Handle::open(folder.path()).unwrap();
                for name in ["file", "dangling", "folder"] {
                    for access in [Access::Read, Access::Write, Access::Create, Access::Append] {
                        let error = top.file(name, access).unwrap_err();
                        assert!(matches!(Refusal::of(&error), Some(Refusal::Link)), "{name}: {error}");
                    }
                    let error = top.folder(name).unwrap_err();
                    assert!(matches!(Refusal::of(&error), Some(Refusal::Link)), "{name}: {error}");
                    assert!(top.new_file(name).is_err() && top.make_folder(name).is_err());
                    assert!(top.entry(name).unwrap().is_link);
                    // The link itself may be removed.
                    top.remove_file(name).unwrap();
                }
                assert_eq!(fs::read_to_string(elsewhere.path().join("target")).unwrap(), "theirs");
                assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
                // The folder itself may be reached through a link.
                symlink(elsewhere.path(), folder.path().join("top")).unwrap();
                assert_eq!(Handle::open(&folder.path().join("top")).unwrap().names().unwrap(), ["target"]);
            }
        }
    };
}

#[cfg(unix)]
handle_tests!(by_descriptor, unix::Handle);
handle_tests!(by_path, portable::Handle);

#[test]
fn only_single_names_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let dir = Dir::open(folder.path()).unwrap();
    for name in ["", ".", "..", "/etc/passwd", "a/b", "a/", "../a", "./a"] {
        assert_eq!(dir.file(name, Access::Create).unwrap_err().kind(), io::ErrorKind::InvalidFilename, "{name}");
        assert!(dir.remove_file(name).is_err() && dir.folder(name).is_err() && dir.replace(name, b"", false).is_err());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn what_would_be_changed_elsewhere_or_would_wait_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dir = Dir::open(folder.path()).unwrap();
    fs::write(folder.path().join("theirs"), "theirs").unwrap();
    fs::hard_link(folder.path().join("theirs"), folder.path().join("ours")).unwrap();
    let error = dir.file("ours", Access::Append).unwrap_err();
    assert!(matches!(Refusal::of(&error), Some(Refusal::HardLink)), "{error}");
    dir.file("ours", Access::Read).unwrap();
    // Replacing does not change the other name.
    dir.replace("ours", b"ours", true).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("theirs")).unwrap(), "theirs");
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    for access in [Access::Read, Access::Create] {
        let error = dir.file("pipe", access).unwrap_err();
        assert!(matches!(Refusal::of(&error), Some(Refusal::NotAFile)), "{error}");
    }
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let dir = Dir::open_or_create(&folder.path().join("new/work")).unwrap();
    dir.replace("a.csv", b"one", true).unwrap();
    dir.replace("a.csv", b"two", false).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("a.csv")).unwrap(), "two");
    dir.make_folder("folder").unwrap();
    dir.replace("folder", b"x", false).unwrap_err();
    assert_eq!(dir.names().unwrap().len(), 2, "no temporary file stays");
}
