//! The ways in which one path is written: as it is, as a tool may have written it, and in any letter case.

use percent_encoding::percent_decode_str;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Extensions of files of images, whether the program streams them or not.
const IMAGE_EXTENSIONS: [&str; 22] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "dib", "tif", "tiff", "heic", "heif", "avif", "jxl",
    "dcm", "psd", "svg", "dng", "npy", "ppm", "pgm",
];

/// A path with `/` between folders, in three forms.
#[derive(Clone, Debug)]
pub(super) struct Spelling {
    exact: Box<str>,
    /// Without escapes, URL parts and combining marks; `None`: as `exact`.
    plain: Option<Box<str>>,
    /// The plain form in lower case; `None`: as the plain form.
    folded: Option<Box<str>>,
}

impl Spelling {
    /// Of a path.
    pub(super) fn new(exact: String) -> Self {
        let plain = plain(&exact);
        let folded = plain.to_lowercase();
        Self {
            folded: (folded != plain).then(|| folded.into()),
            plain: (plain != exact).then(|| plain.into()),
            exact: exact.into(),
        }
    }

    /// Of a path as a list of labels has it.
    pub(super) fn of_entry(text: &str) -> Self {
        let path = text.trim().replace('\\', "/");
        Self::new(path.strip_prefix("./").map(str::to_owned).unwrap_or(path))
    }

    pub(super) fn exact(&self) -> &str {
        &self.exact
    }

    /// From the strictest to the loosest.
    pub(super) fn forms(&self) -> [&str; 3] {
        let plain = self.plain.as_deref().unwrap_or(&self.exact);
        [&self.exact, plain, self.folded.as_deref().unwrap_or(plain)]
    }

    pub(super) fn folded(&self) -> &str {
        self.forms()[2]
    }
}

fn plain(text: &str) -> String {
    let text = text.trim();
    let text = match text.split_once("://") {
        // The host stays as if it were a folder.
        Some((_, rest)) => rest.split(['?', '#']).next().unwrap_or(rest),
        None => match text.split_once('?') {
            Some((path, _)) if has_image_extension(path) => path,
            _ => text,
        },
    };
    let text = percent_decode_str(text).decode_utf8().unwrap_or(text.into());
    let text: String = if is_nfc(&text) { text.into_owned() } else { text.nfc().collect() };
    let folders = text.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    folders.collect::<Vec<_>>().join("/")
}

/// Whether a path ends as the name of an image does.
pub(super) fn has_image_extension(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| IMAGE_EXTENSIONS.contains(&extension.as_str()))
}

/// The last component of a path.
pub(super) fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path without the extension of its last component, if that has one.
pub(super) fn without_extension(path: &str) -> Option<&str> {
    let at = path.rfind('.')?;
    let is_of_last = !path[at..].contains('/') && at > 0 && !path[..at].ends_with('/');
    is_of_last.then_some(&path[..at])
}

/// Whether `long` is `short` with folders before it; if so, the folders.
pub(super) fn folders_before<'a>(long: &'a str, short: &str) -> Option<&'a str> {
    long.strip_suffix(short)?.strip_suffix('/')
}

/// Folders of images, and the folders of labels beside them, in data sets of YOLO, VOC and KITTI.
const TWIN_FOLDERS: [(&str, &str); 4] =
    [("images", "labels"), ("JPEGImages", "Annotations"), ("imgs", "anns"), ("image_2", "label_2")];

/// `path` with the folder of labels in place of the last folder of images; `None` without such a folder.
pub(super) fn in_twin_folder(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    let twin = |part: &str| TWIN_FOLDERS.iter().find(|(images, _)| part.eq_ignore_ascii_case(images));
    let (at, labels) = parts.iter().enumerate().rev().find_map(|(at, part)| Some((at, twin(part)?.1)))?;
    parts[at] = labels;
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_is_written_in_many_ways() {
        let same = [
            "d/café.jpg",
            "d/cafe\u{301}.jpg",
            "d/caf%C3%A9.jpg",
            "./d\\café.jpg",
            "D/Café.JPG",
            "d//./café.jpg",
            "https://d/caf%C3%A9.jpg?X-Amz-Signature=ab/cd#x",
            "d/café.jpg?size=9/9",
            "../d/café.jpg",
        ];
        for text in same {
            assert_eq!(Spelling::of_entry(text).folded(), "d/café.jpg", "{text}");
        }
        assert_eq!(Spelling::of_entry("50% off.png").folded(), "50% off.png");
        assert_eq!(Spelling::of_entry("what?.png").folded(), "what?.png");
        assert_eq!(Spelling::of_entry("a%ZZ%ff.png").folded(), "a%zz%ff.png");
    }

    #[test]
    fn parts_of_paths() {
        assert_eq!(without_extension("a.b/c.d.jpg"), Some("a.b/c.d"));
        for path in ["a.b/c", "a/.jpg", ".jpg", ""] {
            assert_eq!(without_extension(path), None, "{path}");
        }
        assert_eq!(folders_before("a/b/c", "b/c"), Some("a"));
        assert_eq!((folders_before("ab/c", "b/c"), folders_before("b/c", "b/c")), (None, None));
        assert_eq!(in_twin_folder("images/x/images/a").as_deref(), Some("images/x/labels/a"));
        assert_eq!(in_twin_folder("x/a"), None);
    }
}
