//! How the contact sheet is shown.

use serde::{Deserialize, Serialize};

use crate::gui::image_source::ImageSource;

/// The settings of the tab Images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImagesSettings {
    /// Which images.
    pub source: ImageSource,
    /// In which order.
    pub sort: SortBy,
    /// Width of a thumbnail in points.
    pub size: f32,
    /// What images are grouped by.
    pub group: GroupBy,
    /// What stands below a thumbnail.
    pub captions: Captions,
    /// Thumbnails show whole images, and not squares of their middle.
    pub keeps_aspect: bool,
    /// Draw boxes on thumbnails.
    pub thumbnail_boxes: bool,
    /// Draw boxes and labels over an image.
    pub show_objects: bool,
    /// The topic that is read.
    pub topic: String,
    /// Where reading begins.
    pub from: TopicStart,
    /// The offset, where reading begins at one.
    pub offset: i64,
    /// The time, where reading begins at one.
    pub time: String,
    /// The partition; −1 for all.
    pub partition: i32,
    /// Records of a page.
    pub records: usize,
}

/// Where reading a topic begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicStart {
    /// At the newest records.
    #[default]
    Latest,
    /// At the oldest record.
    Beginning,
    /// At an offset.
    Offset,
    /// At a time.
    Time,
}

/// In which order images are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// By name.
    #[default]
    Name,
    /// By annotation.
    Annotation,
    /// Last changed first.
    Newest,
    /// Largest first.
    Largest,
}

/// What images are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Not at all.
    #[default]
    Nothing,
    /// By the folder that they are in, or were sent from.
    Folder,
    /// By label.
    Label,
}

/// What stands below a thumbnail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Captions {
    /// The label, or the name of an image without one.
    #[default]
    Label,
    /// The name.
    Name,
    /// Both.
    Both,
    /// Nothing.
    Nothing,
}

impl GroupBy {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Folder, Self::Label];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Folder => "folder",
            Self::Label => "label",
        }
    }
}

impl Captions {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Label, Self::Name, Self::Both, Self::Nothing];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Name => "file name",
            Self::Both => "both",
            Self::Nothing => "none",
        }
    }

    /// Lines of text.
    pub fn lines(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Label | Self::Name => 1,
            Self::Both => 2,
        }
    }
}

impl TopicStart {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Latest, Self::Beginning, Self::Offset, Self::Time];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Beginning => "beginning",
            Self::Offset => "offset",
            Self::Time => "time",
        }
    }
}

impl SortBy {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Name, Self::Annotation, Self::Newest, Self::Largest];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Annotation => "annotation",
            Self::Newest => "newest first",
            Self::Largest => "largest first",
        }
    }
}

impl Default for ImagesSettings {
    fn default() -> Self {
        Self {
            source: ImageSource::Output,
            sort: SortBy::Name,
            size: 112.0,
            group: GroupBy::Nothing,
            captions: Captions::Label,
            keeps_aspect: false,
            thumbnail_boxes: false,
            show_objects: true,
            topic: "image-data".to_owned(),
            from: TopicStart::Latest,
            offset: 0,
            time: String::new(),
            partition: -1,
            records: 200,
        }
    }
}
