//! Folders of classes, as torchvision's `ImageFolder`, timm and Keras read them: `SPLIT/LABEL/NAME`.
//!
//! Carries the label of an image as far as it can be a name of a folder, and nothing else: images without a label are left
//! out, and all objects.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{Distinct, Loss, Losses, SetFiles, SetFormat, SetImage, SetWriter};

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "imagefolder",
    title: "class folders",
    distinct: Distinct::Name,
    needs_label: true,
    last: "train",
    open: |outline| Box::new(ImageFolder { folders: outline.label_folders.clone(), renamed: BTreeSet::new() }),
};

struct ImageFolder {
    /// By label.
    folders: BTreeMap<String, String>,
    /// Labels whose folder has another name, as far as they are counted.
    renamed: BTreeSet<String>,
}

impl SetWriter for ImageFolder {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, losses: &mut Losses) -> io::Result<()> {
        let folder = self.folders.get(image.label).map_or(image.label, String::as_str);
        files.place_image(&format!("{}/{folder}/{}", image.split, image.name))?;
        if folder != image.label && self.renamed.insert(image.label.to_owned()) {
            losses.replaced(Loss::LabelNames, "a folder of a similar name");
        }
        losses.count(Loss::Objects, image.objects.len() as u64);
        Ok(())
    }

    fn finish(self: Box<Self>, _files: &mut dyn SetFiles) -> io::Result<()> {
        Ok(())
    }
}
