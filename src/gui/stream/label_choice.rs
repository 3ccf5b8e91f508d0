//! Where labels can come from.

use serde::{Deserialize, Serialize};

use kafka_image_bench_core::labels::{LABEL_FORMATS, LabelPlace};

/// Where labels come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelChoice {
    /// What is found in the folder.
    #[default]
    Auto,
    /// The file name up to its first dot.
    Stem,
    /// The folder that holds the image.
    Folder,
    /// The folder of a class, as in ImageNet.
    #[serde(rename = "imagefolder")]
    ImageFolder,
    /// A CSV file.
    Csv,
    /// A COCO file.
    Coco,
    /// A folder of YOLO files.
    Yolo,
    /// A folder of Pascal VOC files.
    Voc,
    /// A folder of LabelMe files.
    #[serde(rename = "labelme")]
    LabelMe,
    /// A CVAT file.
    Cvat,
    /// A Label Studio file.
    #[serde(rename = "labelstudio")]
    LabelStudio,
    /// A VIA file.
    Via,
    /// A folder of KITTI files.
    Kitti,
    /// An Open Images file.
    #[serde(rename = "openimages")]
    OpenImages,
    /// A Datumaro file.
    Datumaro,
    /// Metadata files of Hugging Face.
    #[serde(rename = "hf")]
    HuggingFace,
}

impl LabelChoice {
    /// All, in their order.
    pub const ALL: [Self; 16] = [
        Self::Auto,
        Self::Stem,
        Self::Folder,
        Self::ImageFolder,
        Self::Csv,
        Self::Coco,
        Self::Yolo,
        Self::Voc,
        Self::LabelMe,
        Self::Cvat,
        Self::LabelStudio,
        Self::Via,
        Self::Kitti,
        Self::OpenImages,
        Self::Datumaro,
        Self::HuggingFace,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "automatic",
            Self::Stem => "file name",
            Self::Folder => "folder",
            Self::ImageFolder => "folders of classes",
            Self::Csv => "CSV file",
            Self::Coco => "COCO file",
            Self::Yolo => "YOLO folder",
            Self::Voc => "VOC folder",
            Self::LabelMe => "LabelMe folder",
            Self::Cvat => "CVAT file",
            Self::LabelStudio => "Label Studio file",
            Self::Via => "VIA file",
            Self::Kitti => "KITTI folder",
            Self::OpenImages => "Open Images file",
            Self::Datumaro => "Datumaro file",
            Self::HuggingFace => "Hugging Face metadata",
        }
    }

    /// The name of its format in a label rule.
    pub(super) fn format_name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Stem => "stem",
            Self::Folder => "folder",
            Self::ImageFolder => "imagefolder",
            Self::Csv => "csv",
            Self::Coco => "coco",
            Self::Yolo => "yolo",
            Self::Voc => "voc",
            Self::LabelMe => "labelme",
            Self::Cvat => "cvat",
            Self::LabelStudio => "labelstudio",
            Self::Via => "via",
            Self::Kitti => "kitti",
            Self::OpenImages => "openimages",
            Self::Datumaro => "datumaro",
            Self::HuggingFace => "hf",
        }
    }

    pub(super) fn of_format(name: &str) -> Self {
        Self::ALL.into_iter().find(|choice| choice.format_name() == name).unwrap_or_default()
    }

    /// Whether a path belongs to it, and whether that is a folder.
    pub fn wants_path(self) -> Option<PathKind> {
        let format = LABEL_FORMATS.iter().find(|format| format.name == self.format_name())?;
        Some(match format.place? {
            LabelPlace::File => PathKind::File,
            LabelPlace::Folder => PathKind::Folder,
            LabelPlace::FolderOrFile => PathKind::FolderOrFile,
        })
    }
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A file, or a folder of such files.
    File,
    /// A folder.
    Folder,
    /// A folder, or a file of it.
    FolderOrFile,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_format_can_be_chosen() {
        assert_eq!(LabelChoice::ALL.map(LabelChoice::format_name), LABEL_FORMATS.map(|format| format.name));
    }
}
