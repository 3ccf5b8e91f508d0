use super::*;
use crate::labels::files::Search;

/// Which entry each image of a folder gets, or `!` where nothing is guessed.
fn assigned(images: &[&str], entries: &[&str], by_name: bool) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("set").join("images");
    for image in images {
        let path = input.join(image);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    let names = Arc::new(ImageNames::below(&input, &Search::new(&[], &|| false)));
    let mut list = Entries::new(&input, &names, by_name);
    for entry in entries {
        list.entry(entry, || (*entry).to_owned());
    }
    let find = |image: &&str| {
        let found = list.find(ImageFile { path: &input.join(image), listed_name: image });
        let entry = match found {
            Ok(entry) => entry.cloned().unwrap_or_default(),
            Err(_) => "!".to_owned(),
        };
        (image.to_string(), entry)
    };
    images.iter().map(find).collect()
}

#[track_caller]
fn assert_assigned(entries: &[&str], expected: &[(&str, &str)]) {
    let images: Vec<&str> = expected.iter().map(|(image, _)| *image).collect();
    let found = assigned(&images, entries, true);
    let found: Vec<_> = found.iter().map(|(image, entry)| (image.as_str(), entry.as_str())).collect();
    assert_eq!(found, expected, "{entries:?}");
}

#[test]
fn an_entry_that_is_for_an_image_serves_no_other_one() {
    assert_assigned(&["train/1.jpg"], &[("train/1.jpg", "train/1.jpg"), ("val/1.jpg", "")]);
    assert_assigned(&["1.jpg"], &[("1.jpg", "1.jpg"), ("sub/1.jpg", "")]);
    assert_assigned(&["set/images/train/1.jpg"], &[("train/1.jpg", "set/images/train/1.jpg"), ("val/1.jpg", "")]);
    assert_assigned(&["/data/train/1.jpg"], &[("train/1.jpg", "/data/train/1.jpg"), ("val/1.jpg", "")]);
    assert_assigned(&["sub/1.jpg"], &[("other/1.jpg", "sub/1.jpg")]);
}

#[test]
fn what_fits_two_alike_is_refused() {
    assert_assigned(&["1.jpg"], &[("train/1.jpg", "!"), ("val/1.jpg", "!")]);
    assert_assigned(&["x/1.jpg"], &[("train/1.jpg", "!"), ("val/1.jpg", "!")]);
    assert_assigned(&["1", "train/1"], &[("train/1.jpg", "train/1"), ("val/1.jpg", "!")]);
    assert_assigned(&["a/1.jpg", "b/1.jpg"], &[("1.jpg", "!")]);
    assert_assigned(&["a"], &[("a.jpg", "!"), ("a.png", "!")]);
    assert_assigned(&["A.jpg"], &[("a.JPG", "!"), ("a.jpg", "!")]);
}

#[test]
fn names_are_found_as_tools_write_them() {
    for entry in [
        "café.jpg",
        "cafe\u{301}.jpg",
        "caf%C3%A9.jpg",
        "CAFÉ.JPG",
        "café",
        ".\\café.jpg",
        "C:\\Users\\x\\café.jpg",
        "https://example.org/d/caf%C3%A9.jpg?X-Amz-Signature=ab/cd",
    ] {
        assert_assigned(&[entry], &[("cafe\u{301}.jpg", entry), ("other.jpg", "")]);
    }
    assert_assigned(&["d%C3%A9.jpg", "100%.jpg"], &[("d%C3%A9.jpg", "d%C3%A9.jpg"), ("100%.jpg", "100%.jpg")]);
    assert_assigned(&["dé.jpg"], &[("d%C3%A9.jpg", "dé.jpg")]);
    assert_assigned(&["a.jpg", "A.jpg"], &[("a.jpg", "a.jpg"), ("A.jpg", "A.jpg")]);
}

#[test]
fn the_input_folder_tells_which_of_two_entries() {
    assert_assigned(&["set/images/1.jpg", "set/other/1.jpg"], &[("1.jpg", "set/images/1.jpg")]);
    // The folder of labels beside it does too.
    let found = assigned(&["1.jpg"], &["set/labels/1", "other/labels/1"], false);
    assert_eq!(found[0].1, "set/labels/1");
    assert_assigned(&["train/1.jpg", "val/1.jpg"], &[("1.jpg", "!")]);
}

#[test]
fn label_files_are_for_no_image_in_another_folder() {
    assert_eq!(assigned(&["val/1.jpg"], &["train/1"], false)[0].1, "");
    assert_eq!(assigned(&["train/images/1.jpg"], &["train/labels/1"], false)[0].1, "train/labels/1");
}

/// A small generator of its own, so that a failure names its seed.
fn random(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize % below
}

#[test]
fn whatever_the_names_no_entry_serves_two_images() {
    let folders = ["", "a/", "b/", "a/b/"];
    let names = ["1.jpg", "1.JPG", "é.jpg", "e\u{301}.jpg", "x%20y.jpg", "x y.jpg", "1.png"];
    for seed in 0..300 {
        let mut state = seed;
        let mut some = |with_stems: bool| -> Vec<String> {
            let number = 1 + random(&mut state, 6);
            let mut some: Vec<String> = (0..number)
                .map(|_| {
                    let name = names[random(&mut state, names.len())];
                    let name = if with_stems && random(&mut state, 4) == 0 { &name[..name.len() - 4] } else { name };
                    format!("{}{name}", folders[random(&mut state, folders.len())])
                })
                .collect();
            some.sort();
            some.dedup();
            some
        };
        let (images, entries) = (some(false), some(true));
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        for by_name in [true, false] {
            let found = assigned(&images, &entries, by_name);
            for entry in &entries {
                let served: Vec<_> = found.iter().filter(|(_, of)| of == entry).collect();
                assert!(served.len() <= 1, "seed {seed}: {served:?} of {entries:?}");
            }
            for (image, of) in found.iter().filter(|(image, _)| entries.contains(&image.as_str())) {
                assert_eq!(image, of, "seed {seed}: its own entry is for it");
            }
        }
    }
}
