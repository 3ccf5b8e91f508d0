//! How labels are found, as it is written on the command line.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How labels are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelRule {
    /// The file name up to its first dot, trimmed.
    #[default]
    Stem,
    /// The name of the folder that holds the image.
    Folder,
    /// A row of this CSV file.
    Csv(PathBuf),
    /// As [`LabelRule::Stem`], with the objects that this COCO file has for the image.
    Coco(PathBuf),
    /// As [`LabelRule::Stem`], with the objects of the image's YOLO text file in this folder.
    Yolo(PathBuf),
    /// As [`LabelRule::Stem`], with the objects of the image's Pascal VOC file in this folder.
    Voc(PathBuf),
}

impl LabelRule {
    /// Whether images get objects.
    pub fn has_objects(&self) -> bool {
        matches!(self, Self::Coco(_) | Self::Yolo(_) | Self::Voc(_))
    }

    /// The file or folder that is not there, with the way it is given.
    pub fn missing_place(&self) -> Option<(&'static str, &Path)> {
        let (given_as, place, is_there) = match self {
            Self::Stem | Self::Folder => return None,
            Self::Csv(file) => ("csv:FILE", file, file.is_file()),
            Self::Coco(file) => ("coco:FILE", file, file.is_file()),
            Self::Yolo(folder) => ("yolo:DIR", folder, folder.is_dir()),
            Self::Voc(folder) => ("voc:DIR", folder, folder.is_dir()),
        };
        (!is_there).then_some((given_as, place))
    }
}

impl FromStr for LabelRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "stem" => Ok(Self::Stem),
            None if text == "folder" => Ok(Self::Folder),
            Some(("csv", file)) if !file.is_empty() => Ok(Self::Csv(file.into())),
            Some(("coco", file)) if !file.is_empty() => Ok(Self::Coco(file.into())),
            Some(("yolo", folder)) if !folder.is_empty() => Ok(Self::Yolo(folder.into())),
            Some(("voc", folder)) if !folder.is_empty() => Ok(Self::Voc(folder.into())),
            _ => Err("labels come from stem, folder, csv:FILE, coco:FILE, yolo:DIR or voc:DIR".to_owned()),
        }
    }
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stem => f.write_str("stem"),
            Self::Folder => f.write_str("folder"),
            Self::Csv(file) => write!(f, "csv:{}", file.display()),
            Self::Coco(file) => write!(f, "coco:{}", file.display()),
            Self::Yolo(folder) => write!(f, "yolo:{}", folder.display()),
            Self::Voc(folder) => write!(f, "voc:{}", folder.display()),
        }
    }
}
