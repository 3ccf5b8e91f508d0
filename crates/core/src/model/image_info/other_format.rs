//! Formats that people keep beside images and that are not streamed as images, by their first bytes.

use std::fmt;
use std::io::{self, Read, Seek};

use serde::{Serialize, Serializer};

use super::window::Window;

/// A format that is recognised, and is not one of [`ImageFormat`](super::ImageFormat).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OtherFormat {
    /// HEIF with HEVC, as phones write it.
    Heic,
    /// AV1 Image File Format.
    Avif,
    /// JPEG XL, bare or in its container.
    JpegXl,
    /// JPEG 2000.
    Jpeg2000,
    /// Canon's raw format until 2018, inside a TIFF.
    Cr2,
    /// Canon's raw format since.
    Cr3,
    /// Nikon's raw format, inside a TIFF.
    Nef,
    /// Sony's raw format, inside a TIFF.
    Arw,
    /// Adobe's Digital Negative, inside a TIFF.
    Dng,
    /// The raw format of another camera.
    CameraRaw,
    /// Digital Imaging and Communications in Medicine.
    Dicom,
    /// Neuroimaging Informatics Technology Initiative.
    Nifti,
    /// Flexible Image Transport System, of astronomy.
    Fits,
    /// Adobe Photoshop.
    Psd,
    /// Scalable Vector Graphics.
    Svg,
    /// One NumPy array.
    Numpy,
    /// Several NumPy arrays.
    NumpyArchive,
    /// OpenEXR.
    OpenExr,
    /// Radiance's picture format.
    RadianceHdr,
    /// Portable any-map: PBM, PGM, PPM, PAM.
    Netpbm,
    /// Quite OK Image.
    Qoi,
    /// DirectDraw surface.
    Dds,
    /// Icon of Windows.
    Icon,
    /// Portable Document Format.
    Pdf,
    /// MP4, QuickTime and their relatives.
    Video,
}

/// What the program knows of a format.
struct Facts {
    /// With its article, in a sentence.
    name: &'static str,
    short: &'static str,
    content_type: &'static str,
    extension: &'static str,
    /// How its pictures can be sent as images.
    conversion: &'static str,
}

const TO_JPEG: &str = "convert it to JPEG or PNG";
const TO_TIFF: &str = "convert it to PNG or TIFF";
const DEVELOP: &str = "develop it to JPEG or TIFF";

impl OtherFormat {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::Heic,
        Self::Avif,
        Self::JpegXl,
        Self::Jpeg2000,
        Self::Cr2,
        Self::Cr3,
        Self::Nef,
        Self::Arw,
        Self::Dng,
        Self::CameraRaw,
        Self::Dicom,
        Self::Nifti,
        Self::Fits,
        Self::Psd,
        Self::Svg,
        Self::Numpy,
        Self::NumpyArchive,
        Self::OpenExr,
        Self::RadianceHdr,
        Self::Netpbm,
        Self::Qoi,
        Self::Dds,
        Self::Icon,
        Self::Pdf,
        Self::Video,
    ];

    fn facts(self) -> Facts {
        let facts = |name, short, content_type, extension, conversion| Facts {
            name,
            short,
            content_type,
            extension,
            conversion,
        };
        match self {
            Self::Heic => facts("a HEIC photo", "HEIC", "image/heic", "heic", TO_JPEG),
            Self::Avif => facts("an AVIF image", "AVIF", "image/avif", "avif", TO_JPEG),
            Self::JpegXl => facts("a JPEG XL image", "JPEG XL", "image/jxl", "jxl", TO_JPEG),
            Self::Jpeg2000 => facts("a JPEG 2000 image", "JPEG 2000", "image/jp2", "jp2", TO_TIFF),
            Self::Cr2 => facts("a Canon raw photo (CR2)", "CR2", "image/x-canon-cr2", "cr2", DEVELOP),
            Self::Cr3 => facts("a Canon raw photo (CR3)", "CR3", "image/x-canon-cr3", "cr3", DEVELOP),
            Self::Nef => facts("a Nikon raw photo (NEF)", "NEF", "image/x-nikon-nef", "nef", DEVELOP),
            Self::Arw => facts("a Sony raw photo (ARW)", "ARW", "image/x-sony-arw", "arw", DEVELOP),
            Self::Dng => facts("a raw photo (DNG)", "DNG", "image/x-adobe-dng", "dng", DEVELOP),
            Self::CameraRaw => facts("a camera's raw photo", "camera raw", "image/x-dcraw", "raw", DEVELOP),
            Self::Dicom => facts("a DICOM file", "DICOM", "application/dicom", "dcm", TO_TIFF),
            Self::Nifti => facts("a NIfTI volume", "NIfTI", "application/octet-stream", "nii", TO_TIFF),
            Self::Fits => facts("a FITS file", "FITS", "image/fits", "fits", TO_TIFF),
            Self::Psd => facts("a Photoshop file", "PSD", "image/vnd.adobe.photoshop", "psd", TO_JPEG),
            Self::Svg => facts("an SVG drawing", "SVG", "image/svg+xml", "svg", "render it to PNG"),
            Self::Numpy => facts("a NumPy array", "NumPy", "application/x-npy", "npy", TO_TIFF),
            Self::NumpyArchive => facts("an archive of NumPy arrays", "NPZ", "application/x-npz", "npz", TO_TIFF),
            Self::OpenExr => facts("an OpenEXR image", "OpenEXR", "image/x-exr", "exr", TO_TIFF),
            Self::RadianceHdr => facts("a Radiance HDR image", "HDR", "image/vnd.radiance", "hdr", TO_TIFF),
            Self::Netpbm => facts("a Netpbm image", "Netpbm", "image/x-portable-anymap", "pnm", TO_JPEG),
            Self::Qoi => facts("a QOI image", "QOI", "image/qoi", "qoi", TO_JPEG),
            Self::Dds => facts("a DDS texture", "DDS", "image/vnd-ms.dds", "dds", TO_JPEG),
            Self::Icon => facts("an icon", "ICO", "image/vnd.microsoft.icon", "ico", TO_JPEG),
            Self::Pdf => facts("a PDF document", "PDF", "application/pdf", "pdf", "render its pages to PNG"),
            Self::Video => facts("a video", "video", "video/mp4", "mp4", "extract its frames as images"),
        }
    }

    /// Its name with an article, such as `a HEIC photo`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Its name in a list of counts, such as `HEIC`.
    pub fn short_name(self) -> &'static str {
        self.facts().short
    }

    /// How its pictures can be sent as images, such as `convert it to JPEG or PNG`.
    pub fn conversion(self) -> &'static str {
        self.facts().conversion
    }

    /// The media type.
    pub fn content_type(self) -> &'static str {
        self.facts().content_type
    }

    /// The customary file extension, without the dot.
    pub fn extension(self) -> &'static str {
        self.facts().extension
    }

    /// The format of a file that is none of the streamed ones.
    pub(super) fn of(file: &mut Window<impl Read + Seek>) -> io::Result<Option<Self>> {
        let head = file.head()?;
        let by_start = match head {
            [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', b'\r', b'\n', 0x87, b'\n', ..] => {
                Some(Self::JpegXl)
            }
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', b'\r', b'\n', 0x87, b'\n', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => {
                Some(Self::Jpeg2000)
            }
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => of_brands(head),
            [b'8', b'B', b'P', b'S', 0, 1 | 2, ..] => Some(Self::Psd),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Numpy),
            [0x76, 0x2f, 0x31, 0x01, ..] => Some(Self::OpenExr),
            [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n', ..] => Some(Self::Netpbm),
            [b'q', b'o', b'i', b'f', ..] => Some(Self::Qoi),
            [b'D', b'D', b'S', b' ', 124, 0, 0, 0, ..] => Some(Self::Dds),
            [0, 0, 1, 0, 1..=64, 0, _, _, _, 0, ..] => Some(Self::Icon),
            _ if head.starts_with(b"%PDF-") => Some(Self::Pdf),
            _ if head.starts_with(b"SIMPLE  =") => Some(Self::Fits),
            _ if head.starts_with(b"#?RADIANCE") || head.starts_with(b"#?RGBE") => Some(Self::RadianceHdr),
            _ if is_raw_start(head) => Some(Self::CameraRaw),
            _ if is_array_archive(head) => Some(Self::NumpyArchive),
            _ if head.get(128..132) == Some(b"DICM".as_slice()) => Some(Self::Dicom),
            _ if matches!(head.get(344..348), Some(b"n+1\0" | b"ni1\0")) => Some(Self::Nifti),
            _ if is_svg(head) => Some(Self::Svg),
            _ => None,
        };
        Ok(by_start)
    }
}

/// By the brands of an ISO base media file (ISO/IEC 14496-12, 4.3): the major one, and then the compatible ones.
fn of_brands(head: &[u8]) -> Option<OtherFormat> {
    let length = u32::from_be_bytes(*head.first_chunk()?) as usize;
    let of_box = head.get(8..length.clamp(12, head.len()))?;
    let (brands, _) = of_box.as_chunks::<4>();
    // The second word is a version.
    let brands = || brands.iter().enumerate().filter(|(index, _)| *index != 1).map(|(_, brand)| brand);
    let has = |wanted: &[&[u8; 4]]| brands().any(|brand| wanted.contains(&brand));
    Some(match brands().next()? {
        b"crx " => OtherFormat::Cr3,
        b"jxl " => OtherFormat::JpegXl,
        // A collection's main brand leaves the codec open.
        _ if has(&[b"avif", b"avis"]) => OtherFormat::Avif,
        _ if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"]) => {
            OtherFormat::Heic
        }
        _ => OtherFormat::Video,
    })
}

/// Raw formats of cameras with a beginning of their own: Fujifilm, Panasonic, Olympus, Minolta, Sigma, and Canon's first.
fn is_raw_start(head: &[u8]) -> bool {
    const STARTS: [&[u8]; 8] =
        [b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"\0MRM", b"FOVb", b"II\x1a\0\0\0HEAPCCDR"];
    STARTS.iter().any(|start| head.starts_with(start))
}

/// A ZIP archive whose first file is an array.
fn is_array_archive(head: &[u8]) -> bool {
    let Some([b'P', b'K', 3, 4, rest @ ..]) = head.first_chunk::<30>() else { return false };
    let length = usize::from(u16::from_le_bytes([rest[22], rest[23]]));
    head.get(30..30 + length).is_some_and(|name| name.ends_with(b".npy"))
}

/// Text whose first element is `svg`, after a declaration, comments and a document type.
fn is_svg(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.first() != Some(&b'<') {
        return false;
    }
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == b'<') {
        rest = &rest[at..];
        let end = match rest {
            [b'<', b'!', b'-', b'-', ..] => rest.windows(3).position(|end| end == b"-->").map(|at| at + 3),
            [b'<', b'?' | b'!', ..] => rest.iter().position(|&byte| byte == b'>').map(|at| at + 1),
            _ => {
                return rest
                    .strip_prefix(b"<svg")
                    .is_some_and(|rest| rest.first().is_none_or(|&byte| !byte.is_ascii_alphanumeric()));
            }
        };
        let Some(end) = end else { return false };
        rest = &rest[end..];
    }
    false
}

impl fmt::Display for OtherFormat {
    /// Its name with an article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for OtherFormat {
    /// Its short name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.short_name())
    }
}
