//! Folders of classes, as ImageNet has them: the first folder below the data set, or below `train`, `val` or `test`, is the
//! class of all images in it, as `ImageFolder` of torchvision and `imagefolder` of Hugging Face read them
//! (<https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html>).
//!
//! Cannot carry: objects, and more than one label an image.

use std::path::Path;

use super::LabelError;
use super::format::{LabelFormat, LabelSource};
use super::image_file::ImageFile;
use super::places::is_split;

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "imagefolder",
    title: "folders of classes",
    place: None,
    has_objects: false,
    recognises: |_| false,
    open: |_, _| Ok(Box::new(ImageFolders)),
};

#[derive(Debug)]
struct ImageFolders;

impl LabelSource for ImageFolders {
    fn label_of(&self, image: ImageFile<'_>) -> Result<String, LabelError> {
        // The name as it is on the disk, not as it is escaped in the list.
        let depth = image.listed_name.matches('/').count();
        let folders = image.path.parent().unwrap_or(Path::new("")).components().rev().take(depth);
        let folders: Vec<_> = folders.map(|folder| folder.as_os_str().to_string_lossy()).collect();
        let folders: Vec<&str> = folders.iter().rev().map(|folder| &**folder).collect();
        class_of(&folders).map(|(class, _)| class.to_owned()).ok_or(LabelError::NoClass)
    }
}

/// The class of an image in these folders, and how many folders follow it.
fn class_of<'a>(folders: &[&'a str]) -> Option<(&'a str, usize)> {
    let at = folders.iter().rposition(|folder| is_split(folder)).map_or(0, |split| split + 1);
    Some((folders.get(at)?, folders.len() - at - 1))
}

/// Whether an image, by its path below the data set, lies directly in the folder of its class.
pub(super) fn is_directly_in_class(path: &str) -> bool {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    class_of(&folders).is_some_and(|(_, below)| below == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(listed_name: &str) -> Result<String, LabelError> {
        let path = Path::new("/photos/train").join(listed_name);
        ImageFolders.label_of(ImageFile { path: &path, listed_name })
    }

    #[test]
    fn the_class_is_the_folder_below_the_part_of_the_set() {
        for (name, class) in [
            ("cat/a.jpg", "cat"),
            ("train/cat/a.jpg", "cat"),
            ("val2017/großer Hund/deep/a.jpg", "großer Hund"),
            ("ILSVRC/Data/CLS-LOC/train/n01440764/n01440764_10026.JPEG", "n01440764"),
            ("cat/2024/a.jpg", "cat"),
        ] {
            assert_eq!(label(name).as_deref(), Ok(class), "{name}");
        }
        for name in ["a.jpg", "train/a.jpg", "x/test/a.jpg"] {
            assert_eq!(label(name), Err(LabelError::NoClass), "{name}");
        }
        assert!(is_directly_in_class("train/cat/a.jpg") && is_directly_in_class("cat/a.jpg"));
        assert!(!is_directly_in_class("cat/2024/a.jpg") && !is_directly_in_class("train/a.jpg"));
    }
}
