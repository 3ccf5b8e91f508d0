//! Safe file names from any text.

use crate::model::content_kind::ContentKind;
use crate::model::image_info::ImageFormat;

/// The longest name that [`clean_file_name`] returns, in bytes of UTF-8. File systems allow 255; the rest is for the
/// hash that distinguishes images of the same name.
pub const MAX_NAME_BYTES: usize = 200;

/// The longest name with a hash in it.
const MAX_SUFFIXED_BYTES: usize = 250;

/// The name of an image whose own name has no usable characters.
const FALLBACK_STEM: &str = "image";

/// Where the wanted name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameSource {
    /// The header with the sender's file name: of a path only the last component counts, and the extension of another
    /// image format is replaced.
    FileName,
    /// The annotation, for a record without a file name: it is used as a whole, path separators become `_`, and the
    /// extension is added to it.
    Annotation,
}

/// Returns a name for a file in the output folder.
///
/// The result is a single, visible path component of at most [`MAX_NAME_BYTES`] bytes that is allowed on Linux,
/// macOS and Windows and ends with a customary extension of `format`. Letters of any script stay as they are. The
/// function is deterministic, and a name that it returned stays unchanged.
///
/// * Characters that Windows forbids (`< > : " | ? *`), control characters and line separators become `_`.
/// * Marks that change the writing direction, and could disguise an extension, are removed.
/// * Leading dots and white space, and trailing ones before the extension, are removed.
/// * Names of Windows devices (`CON`, `nul.png`) get a leading `_`.
///
/// A file that is not an image keeps its own extension, or has none; one that is named after its annotation gets a
/// customary one of its type.
pub fn clean_file_name(wanted: &str, source: NameSource, content: impl Into<ContentKind>) -> String {
    let content = content.into();
    let base = match source {
        NameSource::FileName => wanted.split(['/', '\\']).rfind(|part| !part.is_empty()).unwrap_or_default(),
        NameSource::Annotation => wanted,
    };
    let text = clean_text(base);
    let format = match content {
        ContentKind::Image(format) => format,
        ContentKind::File(_) if source == NameSource::FileName => return finish_any(&text),
        ContentKind::File(_) => return finish(&text, content.extension()),
    };
    let (stem, extension) = match split_extension(&text) {
        Some((stem, extension)) if format.has_extension(extension) => (stem, extension),
        Some((stem, extension)) if source == NameSource::FileName && is_image_extension(extension) => {
            (stem, format.extension())
        }
        _ => (text.as_str(), format.extension()),
    };
    finish(stem, extension)
}

/// A safe file name of `stem` and `extension`, by the same rules.
pub(crate) fn clean_with_extension(stem: &str, extension: &str) -> String {
    finish(&clean_text(stem), extension)
}

/// `name` with `-suffix` before its extension.
pub(crate) fn with_suffix(name: &str, suffix: &str) -> String {
    let (stem, extension) = match split_extension(name) {
        Some((stem, extension)) => (stem, format!(".{extension}")),
        None => (name, String::new()),
    };
    let max_stem_bytes = MAX_SUFFIXED_BYTES.saturating_sub(suffix.len() + extension.len() + 1);
    format!("{}-{suffix}{extension}", cut(stem, max_stem_bytes))
}

/// Replaces and removes characters, and trims both ends.
fn clean_text(text: &str) -> String {
    let mapped: String = text.chars().filter_map(clean_char).collect();
    mapped.trim_start_matches(is_trimmed).trim_end_matches(is_trimmed).to_owned()
}

fn clean_char(c: char) -> Option<char> {
    match c {
        // Marks, embeddings, overrides and isolates of the writing direction; the byte order mark.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => None,
        '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{2028}' | '\u{2029}' => Some('_'),
        _ if c.is_control() => Some('_'),
        _ => Some(c),
    }
}

fn is_trimmed(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// The parts before and after the last dot, if neither is empty.
fn split_extension(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.').filter(|(stem, extension)| !stem.is_empty() && !extension.is_empty())
}

fn is_image_extension(extension: &str) -> bool {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    [Png, Jpeg, WebP, Gif, Bmp, Tiff].iter().any(|format| format.has_extension(extension))
}

/// The longest extension of a file that is not an image, in bytes; what follows the last dot of a longer name is a part of
/// its stem.
const MAX_EXTENSION_BYTES: usize = 32;

/// A cleaned name of a file of any kind, with its own extension if it has one.
fn finish_any(text: &str) -> String {
    match split_extension(text) {
        Some((stem, extension)) if extension.len() <= MAX_EXTENSION_BYTES => finish(stem, extension),
        _ if text.is_empty() => "file".to_owned(),
        _ => {
            // With the characters in front of a device's name it is not one, whatever its length.
            let escaped = if is_windows_device(text) { format!("_{text}") } else { text.to_owned() };
            let name = cut(&escaped, MAX_NAME_BYTES);
            if is_windows_device(name) { cut(&format!("_{name}"), MAX_NAME_BYTES).to_owned() } else { name.to_owned() }
        }
    }
}

/// Joins cleaned parts.
fn finish(stem: &str, extension: &str) -> String {
    let max_stem_bytes = MAX_NAME_BYTES.saturating_sub(extension.len() + 1);
    let mut stem = cut(stem, max_stem_bytes);
    let escaped;
    if stem.is_empty() {
        stem = FALLBACK_STEM;
    } else if is_windows_device(stem) {
        escaped = format!("_{stem}");
        stem = cut(&escaped, max_stem_bytes);
    }
    format!("{stem}.{extension}")
}

/// The beginning of `text`, at most `max_bytes` long, on a character boundary, without dots and spaces at its end.
fn cut(text: &str, max_bytes: usize) -> &str {
    text[..text.floor_char_boundary(max_bytes)].trim_end_matches(is_trimmed)
}

/// Whether Windows would take a file of this name for a device, whatever follows the first dot.
fn is_windows_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    if matches!(base.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let Some(port) = base.strip_prefix("COM").or_else(|| base.strip_prefix("LPT")) else { return false };
    let mut rest = port.chars();
    matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    fn from_file_name(wanted: &str) -> String {
        clean_file_name(wanted, NameSource::FileName, ImageFormat::Png)
    }

    fn from_annotation(wanted: &str) -> String {
        clean_file_name(wanted, NameSource::Annotation, ImageFormat::Png)
    }

    #[test]
    fn ordinary_names_stay() {
        for name in ["2024-09-10.png", "cat 1.PNG", "猫.png", "صورة.png", "a.b.png", "-x.png", "ไทย (2).png", "🐈.png"]
        {
            assert_eq!(from_file_name(name), name);
        }
        assert_eq!(from_annotation("2024-09-10"), "2024-09-10.png");
    }

    #[test]
    fn the_extension_is_the_real_one() {
        assert_eq!(from_file_name("photo.jpg"), "photo.png");
        assert_eq!(clean_file_name("photo.jpeg", NameSource::FileName, ImageFormat::Jpeg), "photo.jpeg");
        assert_eq!(clean_file_name("photo.PNG", NameSource::FileName, ImageFormat::Jpeg), "photo.jpg");
        assert_eq!(from_file_name("scan.001"), "scan.001.png");
        assert_eq!(from_file_name("photo"), "photo.png");
        assert_eq!(from_file_name("evil.png.exe"), "evil.png.exe.png");
        // An annotation is not a file name: it stays whole.
        assert_eq!(from_annotation("v1.gif"), "v1.gif.png");
        assert_eq!(from_annotation("v1.png"), "v1.png");
    }

    #[test]
    fn files_of_any_kind_keep_their_names() {
        let file = |wanted: &str, source| clean_file_name(wanted, source, ContentKind::File("application/pdf"));
        for name in ["a.pdf", "README", "archive.tar.gz", "photo.HEIC", "a.png", "猫.npy", "setup.exe", "a b"] {
            assert_eq!(file(name, NameSource::FileName), name);
        }
        let cleaned = [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\a:b.txt", "a_b.txt"),
            (".bashrc", "bashrc"),
            ("..", "file"),
            ("", "file"),
            ("CON", "_CON"),
            ("aux.txt", "_aux.txt"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("a.", "a"),
        ];
        for (wanted, name) in cleaned {
            assert_eq!(file(wanted, NameSource::FileName), name, "{wanted:?}");
        }
        assert_eq!(file("v1.2", NameSource::Annotation), "v1.2.pdf");
        let unknown = ContentKind::File("application/octet-stream");
        assert_eq!(clean_file_name("a/b", NameSource::Annotation, unknown), "a_b.bin");
        assert_eq!((with_suffix("README", "1a"), with_suffix("a.b", "1a")), ("README-1a".into(), "a-1a.b".into()));
    }

    #[test]
    fn nothing_leaves_the_folder() {
        assert_eq!(from_file_name("../../etc/passwd"), "passwd.png");
        assert_eq!(from_file_name("/etc/cron.d/x.png"), "x.png");
        assert_eq!(from_file_name("C:\\Windows\\system.png"), "system.png");
        assert_eq!(from_file_name("C:x.png"), "C_x.png");
        assert_eq!(from_file_name("\\\\server\\share\\x.png"), "x.png");
        assert_eq!(from_file_name("sub/dir/a.png"), "a.png");
        assert_eq!(from_file_name("sub/dir/"), "dir.png");
        assert_eq!(from_annotation("../../etc/passwd"), "_.._etc_passwd.png");
        assert_eq!(from_annotation("animals/cat"), "animals_cat.png");
        for nothing in ["", ".", "..", "...", "/", "\\", "../..", " ", "\u{202e}", " . "] {
            assert_eq!(from_file_name(nothing), "image.png", "{nothing:?}");
        }
    }

    #[test]
    fn characters_that_harm_are_gone() {
        assert_eq!(from_file_name("a\0b\nc\u{7f}.png"), "a_b_c_.png");
        assert_eq!(from_file_name("a<b>c:d\"e|f?g*.png"), "a_b_c_d_e_f_g_.png");
        assert_eq!(from_file_name("photo\u{202e}gnp.exe"), "photognp.exe.png");
        assert_eq!(from_file_name(".hidden.png"), "hidden.png");
        assert_eq!(from_file_name("a. .png"), "a.png");
        assert_eq!(from_file_name("a.png. "), "a.png");
        assert_eq!(from_file_name("  a.png"), "a.png");
    }

    #[test]
    fn windows_devices_are_renamed() {
        assert_eq!(from_file_name("CON"), "_CON.png");
        assert_eq!(from_file_name("nul.png"), "_nul.png");
        assert_eq!(from_file_name("com1.tar.png"), "_com1.tar.png");
        assert_eq!(from_file_name("LPT¹.png"), "_LPT¹.png");
        assert_eq!(from_file_name("aux .b.png"), "_aux .b.png");
        assert_eq!(from_file_name("com10.png"), "com10.png");
        assert_eq!(from_file_name("console.png"), "console.png");
        assert_eq!(from_file_name(&format!("con{}x.png", " ".repeat(300))), "_con.png");
    }

    #[test]
    fn long_names_are_cut_and_keep_their_extension() {
        let name = from_file_name(&format!("{}.PNG", "猫".repeat(1400)));
        assert!(name.len() <= MAX_NAME_BYTES && name.len() > MAX_NAME_BYTES - 4, "{}", name.len());
        assert!(name.ends_with("猫.PNG"));
        let suffixed = with_suffix(&name, &"f".repeat(64));
        assert!(suffixed.len() <= 255 && suffixed.ends_with("ff.PNG"), "{suffixed}");
        assert_eq!(with_suffix("a.b.png", "0011aabb"), "a.b-0011aabb.png");
    }

    const FORMATS: [ImageFormat; 6] =
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff];

    fn check(wanted: &str, source: NameSource, format: ImageFormat) -> Result<(), TestCaseError> {
        let name = clean_file_name(wanted, source, format);
        let components: Vec<_> = Path::new(&name).components().collect();
        prop_assert!(matches!(components.as_slice(), [Component::Normal(only)] if *only == name.as_str()));
        prop_assert!(!name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.starts_with('.'));
        prop_assert!(!name.contains(|c: char| c.is_control() || "/\\:".contains(c)));
        prop_assert!(name.rsplit_once('.').is_some_and(|(_, extension)| format.has_extension(extension)));
        prop_assert!(!is_windows_device(&name));
        for again in [NameSource::FileName, NameSource::Annotation] {
            prop_assert_eq!(clean_file_name(&name, again, format), name.as_str());
        }
        Ok(())
    }

    fn check_file(wanted: &str) -> Result<(), TestCaseError> {
        let name = clean_file_name(wanted, NameSource::FileName, ContentKind::File("x/y"));
        let components: Vec<_> = Path::new(&name).components().collect();
        prop_assert!(matches!(components.as_slice(), [Component::Normal(only)] if *only == name.as_str()));
        prop_assert!(
            !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.starts_with('.') && !name.ends_with('.')
        );
        prop_assert!(!name.contains(|c: char| c.is_control() || "/\\:".contains(c)));
        prop_assert!(!is_windows_device(&name), "{:?}", name);
        prop_assert_eq!(clean_file_name(&name, NameSource::FileName, ContentKind::File("x/y")), name.as_str());
        let suffixed = with_suffix(&name, &"f".repeat(64));
        prop_assert!(suffixed.len() <= 255 && !suffixed.ends_with('.'));
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_gives_a_file_of_any_kind_a_safe_stable_name(wanted in ".{0,300}") {
            check_file(&wanted)?;
        }

        #[test]
        fn nasty_text_gives_a_file_of_any_kind_a_safe_stable_name(
            wanted in "(\\.|/|\\\\| |con|NUL|com1|gz|\u{202e}|\0|:|a{1,90}|猫|\n){0,12}",
        ) {
            check_file(&wanted)?;
        }

        #[test]
        fn any_text_gives_a_safe_stable_name(wanted in ".{0,300}", format in 0..6_usize, file in any::<bool>()) {
            check(&wanted, if file { NameSource::FileName } else { NameSource::Annotation }, FORMATS[format])?;
        }

        #[test]
        fn nasty_text_gives_a_safe_stable_name(
            wanted in "(\\.|/|\\\\| |con|NUL|com1|png|jpg|\u{202e}|\0|:|a{1,90}|猫|\n){0,12}",
            format in 0..6_usize,
            file in any::<bool>(),
        ) {
            check(&wanted, if file { NameSource::FileName } else { NameSource::Annotation }, FORMATS[format])?;
        }
    }
}
