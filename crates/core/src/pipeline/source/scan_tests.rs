use super::*;

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01";

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn kinds(folder: &Path, exclude: &[PathBuf], processed: &str) -> Vec<String> {
    let mut kinds = Vec::new();
    scan(folder, exclude, Selection::Images, &|name| name == processed, &mut |found| {
        let (kind, path) = match found {
            Found::Image(candidate) => ("image", candidate.path),
            Found::AlreadyProcessed { path } => ("processed", path),
            Found::NotAnImage { path, .. } => ("other", path),
            Found::LabelFile { path } => ("labels", path),
            Found::ContentMissing { path, .. } => ("missing", path),
            Found::Unreadable { path, .. } => ("unreadable", path),
        };
        kinds.push(format!("{kind} {}", listed_name(path.strip_prefix(folder).unwrap())));
        ControlFlow::Continue(())
    })
    .unwrap();
    kinds
}

#[test]
fn images_are_known_by_content_and_come_in_order() {
    let folder = folder(&[
        ("b.txt", PNG),
        ("a.png", b"not an image"),
        ("sub/c.png", PNG),
        ("sub/c.xml", b"<annotation/>"),
        ("_annotations.coco.json", b"{}"),
        (".hidden.png", PNG),
        (".git/d.png", PNG),
        ("e.png", b""),
        ("f.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ]);
    assert_eq!(
        kinds(folder.path(), &[], "b.txt"),
        [
            "labels _annotations.coco.json",
            "other a.png",
            "processed b.txt",
            "other e.png",
            "other f.png",
            "image sub/c.png",
            "labels sub/c.xml"
        ]
    );
}

#[test]
fn any_file_is_sent_when_asked_for() {
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let folder = folder(&[
        ("a.png", PNG),
        ("a.xml", b"<annotation/>"),
        ("b.heic", b"\0\0\0\x10ftypheic\0\0\0\0"),
        ("c.onnx", lfs),
        ("d", b""),
        (".hidden.csv", b"x"),
    ]);
    let sent = |with_labels| {
        let (mut sent, mut others) = (Vec::new(), Vec::new());
        let selection = Selection::AnyFile { with_labels };
        scan(folder.path(), &[], selection, &|_| false, &mut |found| {
            match found {
                Found::Image(candidate) => {
                    sent.push(format!("{} {}", candidate.listed_name, candidate.content.content_type()))
                }
                other => others.push(other),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        (sent, others)
    };
    let (all, others) = sent(true);
    let expected = ["a.png image/png", "a.xml application/xml", "b.heic image/heic", "d application/octet-stream"];
    assert_eq!(all, expected);
    assert!(matches!(&others[..], [Found::ContentMissing { .. }]), "{others:?}");
    let (without_labels, others) = sent(false);
    assert_eq!(without_labels.len(), 3);
    assert!(matches!(&others[..], [Found::LabelFile { .. }, Found::ContentMissing { .. }]), "{others:?}");
}

#[test]
fn own_outputs_are_not_inputs() {
    let folder = folder(&[("a.png", PNG), ("output_images/a.png", PNG), ("output_images2/b.png", PNG)]);
    let exclude = [folder.path().join("output_images"), folder.path().join("dead_letters")];
    assert_eq!(kinds(folder.path(), &exclude, ""), ["image a.png", "image output_images2/b.png"]);
    // A folder that is given as the input is used, even if it is an output.
    let images = folder.path().join("output_images");
    assert_eq!(kinds(&images, std::slice::from_ref(&images), ""), ["image a.png"]);
}

#[test]
fn a_missing_folder_is_reported() {
    let error =
        scan(Path::new("/no/such/folder"), &[], Selection::Images, &|_| false, &mut |_| ControlFlow::Continue(()));
    assert!(error.unwrap_err().to_string().ends_with("/no/such/folder"));
}

#[test]
fn pointers_of_data_version_control_are_named() {
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let folder = folder(&[
        ("a.png", lfs),
        ("weights.onnx", lfs),
        ("b.jpg", b"/annex/objects/SHA256E-s48--9f3c.jpg\n"),
        ("c.png.dvc", b"outs:\n- md5: 1f\n  size: 9\n  path: c.png\n"),
        ("more.dvc", b"outs:\n- md5: 2f.dir\n  path: 'more'\n"),
        ("d.png", PNG),
        ("d.png.dvc", b"outs:\n- md5: 3f\n  path: d.png\n"),
    ]);
    #[cfg(unix)]
    for (name, target) in [
        ("e.png", "../.git/annex/objects/Wx/2k/SHA256E-s48--77.png/SHA256E-s48--77.png"),
        ("f.png", "/home/x/.dvc/cache/files/md5/1f/00"),
        ("g.png", "gone.png"),
        ("h.txt", "gone.txt"),
        (".lock", "x@y.1"),
    ] {
        std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
    }
    let mut stores = Vec::new();
    scan(folder.path(), &[], Selection::Images, &|_| false, &mut |found| {
        stores.push(match found {
            Found::ContentMissing { path, store } => (path, format!("missing: {}", store.short_name())),
            Found::NotAnImage { path, content, .. } => (path, format!("{content:?}")),
            Found::Image(candidate) => (candidate.path, "image".to_owned()),
            other => panic!("{other:?}"),
        });
        ControlFlow::Continue(())
    })
    .unwrap();
    let found: Vec<(&str, &str)> =
        stores.iter().map(|(path, what)| (path.file_name().unwrap().to_str().unwrap(), what.as_str())).collect();
    let mut expected = vec![
        ("a.png", "missing: Git LFS pointer"),
        ("b.jpg", "missing: git-annex link"),
        ("c.png.dvc", "missing: DVC pointer"),
        ("d.png", "image"),
        ("d.png.dvc", "Unknown"),
    ];
    if cfg!(unix) {
        expected.extend([
            ("e.png", "missing: git-annex link"),
            ("f.png", "missing: DVC pointer"),
            ("g.png", "missing: broken link"),
            ("h.txt", "Elsewhere(Nowhere)"),
        ]);
    }
    expected.extend([("more.dvc", "missing: DVC pointer"), ("weights.onnx", "Elsewhere(GitLfs)")]);
    assert_eq!(found, expected);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_parent_folder_is_reported() {
    let folder = folder(&[("a.png", PNG)]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    assert_eq!(kinds(folder.path(), &[], ""), ["image a.png", "unreadable loop"]);
}
