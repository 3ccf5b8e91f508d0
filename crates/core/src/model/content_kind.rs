//! What a record carries: an image, or any other file.

use super::image_info::{FileContent, ImageFormat, NotAnImage, OtherFormat};

/// What a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// An image.
    Image(ImageFormat),
    /// Any other file, of this media type.
    File(&'static str),
}

/// The media type of bytes of which nothing is known.
pub const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Media types of files by their extension, for what is not known by its content. Of an extension that a type has twice,
/// the first one is the customary one.
const TYPES: [(&str, &str); 82] = [
    ("3fr", "image/x-hasselblad-3fr"),
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("arrow", "application/vnd.apache.arrow.file"),
    ("avi", "video/x-msvideo"),
    ("avro", "application/vnd.apache.avro"),
    ("bin", UNKNOWN_TYPE),
    ("bz2", "application/x-bzip2"),
    ("cbor", "application/cbor"),
    ("crw", "image/x-canon-crw"),
    ("csv", "text/csv"),
    ("css", "text/css"),
    ("dcr", "image/x-kodak-dcr"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("erf", "image/x-epson-erf"),
    ("feather", "application/vnd.apache.arrow.file"),
    ("flac", "audio/flac"),
    ("geojson", "application/geo+json"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("gz", "application/gzip"),
    ("h5", "application/x-hdf5"),
    ("hdf5", "application/x-hdf5"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("iiq", "image/x-phaseone-iiq"),
    ("ini", "text/plain"),
    ("ipynb", "application/x-ipynb+json"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonl", "application/jsonl"),
    ("kdc", "image/x-kodak-kdc"),
    ("las", "application/vnd.las"),
    ("laz", "application/vnd.laszip"),
    ("log", "text/plain"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/mp4"),
    ("md", "text/markdown"),
    ("mkv", "video/matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpg", "video/mpeg"),
    ("mrw", "image/x-minolta-mrw"),
    ("msgpack", "application/vnd.msgpack"),
    ("nrw", "image/x-nikon-nrw"),
    ("obj", "model/obj"),
    ("ogg", "audio/ogg"),
    ("onnx", "application/onnx"),
    ("orf", "image/x-olympus-orf"),
    ("parquet", "application/vnd.apache.parquet"),
    ("pb", "application/protobuf"),
    ("pbm", "image/x-portable-bitmap"),
    ("pcd", "application/vnd.pcd"),
    ("pef", "image/x-pentax-pef"),
    ("pgm", "image/x-portable-graymap"),
    ("ply", "model/ply"),
    ("ppm", "image/x-portable-pixmap"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("py", "text/x-python"),
    ("raf", "image/x-fuji-raf"),
    ("rtf", "application/rtf"),
    ("rw2", "image/x-panasonic-rw2"),
    ("sqlite", "application/vnd.sqlite3"),
    ("srw", "image/x-samsung-srw"),
    ("stl", "model/stl"),
    ("tar", "application/x-tar"),
    ("tgz", "application/gzip"),
    ("toml", "application/toml"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("x3f", "image/x-sigma-x3f"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

impl ContentKind {
    /// Of a file with this content and name. A format that is recognised decides; else the name's extension does.
    pub fn of(content: FileContent, name: &str) -> Self {
        let by_name = || {
            let (_, extension) = name.rsplit_once('.')?;
            let (_, content_type) = TYPES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known))?;
            Some(*content_type)
        };
        match content {
            FileContent::Image(info) => Self::Image(info.format),
            // The content shows less than the name does.
            FileContent::Other(NotAnImage::Format(
                format @ (OtherFormat::CameraRaw | OtherFormat::Video | OtherFormat::Netpbm),
            )) => Self::File(by_name().unwrap_or(format.content_type())),
            FileContent::Other(NotAnImage::Format(format)) => Self::File(format.content_type()),
            // What its header announces, although no decoder opens it.
            FileContent::Other(NotAnImage::Damaged(format)) => Self::File(format.content_type()),
            FileContent::Other(_) => Self::File(by_name().unwrap_or(UNKNOWN_TYPE)),
        }
    }

    /// The same, where a sender has announced a type: it decides for what is not recognised.
    pub fn announced(content: FileContent, name: &str, content_type: Option<&str>) -> Self {
        match (Self::of(content, name), content_type) {
            (known @ Self::File(UNKNOWN_TYPE), Some(announced)) => {
                types().find(|(_, known)| *known == announced).map_or(known, |(_, announced)| Self::File(announced))
            }
            (known, _) => known,
        }
    }

    /// The media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Image(format) => format.content_type(),
            Self::File(content_type) => content_type,
        }
    }

    /// The customary extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Image(format) => format.extension(),
            Self::File(content_type) => {
                types().find(|(_, known)| *known == content_type).map_or("bin", |(extension, _)| extension)
            }
        }
    }
}

/// Extensions and types of files that are not images.
fn types() -> impl Iterator<Item = (&'static str, &'static str)> {
    let formats = OtherFormat::ALL.iter().map(|format| (format.extension(), format.content_type()));
    TYPES.iter().copied().chain(formats)
}

impl From<ImageFormat> for ContentKind {
    fn from(format: ImageFormat) -> Self {
        Self::Image(format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_before_the_name() {
        let of = |bytes: &[u8], name: &str| ContentKind::of(FileContent::read(bytes), name).content_type();
        let (png, heic) = (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01", b"\0\0\0\x10ftypheic\0\0\0\0");
        assert_eq!(of(png, "a.txt"), "image/png");
        assert_eq!(of(heic, "a.jpg"), "image/heic");
        assert_eq!(of(&png[..20], "a.png"), "image/png", "damaged, and carried as it is");
        assert_eq!(of(b"FUJIFILMCCD-RAW ", "a.RAF"), "image/x-fuji-raf");
        assert_eq!(of(b"FUJIFILMCCD-RAW ", "a"), "image/x-dcraw");
        assert_eq!(of(b"words", "a.b.JSON"), "application/json");
        assert_eq!((of(b"words", "json"), of(b"", "x.unknown")), (UNKNOWN_TYPE, UNKNOWN_TYPE));
    }

    #[test]
    fn an_announced_type_decides_for_what_is_not_recognised() {
        let of = |bytes: &[u8], name: &str, announced| {
            ContentKind::announced(FileContent::read(bytes), name, Some(announced))
        };
        assert_eq!(of(b"words", "a", "application/json"), ContentKind::File("application/json"));
        assert_eq!(of(b"words", "a", "application/json").extension(), "json");
        assert_eq!(of(b"words", "a.csv", "application/json"), ContentKind::File("text/csv"));
        assert_eq!(of(b"words", "a", "made/up\r\n"), ContentKind::File(UNKNOWN_TYPE));
        assert_eq!(of(b"%PDF-1.7", "a", "image/png"), ContentKind::File("application/pdf"));
        assert_eq!(of(b"words", "a", "made/up").extension(), "bin");
    }

    #[test]
    fn each_extension_has_one_type() {
        assert!(TYPES.iter().all(|(extension, kind)| {
            extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) && kind.contains('/')
        }));
        let mut sorted = TYPES.map(|(extension, _)| extension);
        sorted.sort_unstable();
        sorted.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1]));
    }
}
