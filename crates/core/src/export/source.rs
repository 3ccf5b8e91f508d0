//! Where the images of a set come from.

use std::io;
use std::sync::Arc;

use super::left_out::LeftOut;
use super::plan::ExportSource;
use crate::model::objects::LabelledObject;
use crate::query::{Query, UnknownFacts};
use crate::work_dir::Dir;

/// An image that can be exported.
#[derive(Clone, Debug)]
pub(super) struct SourceImage {
    /// Its file in the folder of the source.
    pub(super) file: String,
    /// The name that it has in a set, if no other image has it.
    pub(super) name: String,
    /// The name that it was sent under, with its folders, if that is known.
    pub(super) sent_as: Option<Box<str>>,
    pub(super) label: Box<str>,
    /// Of its bytes, or of its name where that is not known.
    pub(super) sha256: [u8; 32],
    /// Where its objects are; `None`: they are not known.
    pub(super) objects_at: Option<u64>,
    /// Of a record: whether the query asks for it.
    pub(super) is_selected: bool,
}

/// The images of a source.
pub(super) struct ListedImages {
    pub(super) from: ExportSource,
    /// The folder with the files.
    pub(super) folder: Dir,
    /// By name.
    pub(super) images: Vec<SourceImage>,
    /// What could not be used, and why.
    pub(super) left_out: [LeftOut; 2],
}

/// Images, and what is known of them.
pub(super) trait ImageSource {
    fn listed(&self) -> &ListedImages;

    /// Whether a query asks for an image.
    fn is_selected(&self, image: &SourceImage, query: &Query, unknown: &mut UnknownFacts) -> io::Result<bool>;

    /// What else a person should know of them.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// The objects of an image, in pixels of the stored picture.
    fn objects(&self, image: &SourceImage) -> io::Result<Arc<[LabelledObject]>>;
}
