//! From the frame that a tool showed to the frame that is stored.
//!
//! Where a label file has the image's size, that decides which of the two it means, as long as they differ. Where it does not,
//! it is the shown one: the tools that people draw boxes with turn a picture by its EXIF orientation. Ultralytics
//! (`exif_size` in `ultralytics/data/utils.py`), LabelMe (`apply_exif_orientation` in `labelme/utils/image.py`), labelImg
//! (`setAutoTransform`), CVAT, and all that show an image in a browser (`image-orientation: from-image`, CSS Images 3): Label
//! Studio, VIA, Roboflow. pycocotools reads no pixels; what trains on COCO (`read_image` of detectron2) turns them too. Boxes of
//! Open Images are on the stored picture.

use super::format::{Annotated, Units};
use super::pixels::hundredths;
use crate::model::frame::{Frame, Orientation};
use crate::model::objects::LabelledObject;

/// What labels have for one image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageObjects {
    /// The objects, in pixels of the stored picture.
    pub objects: Vec<LabelledObject>,
    /// Whether the labels have an entry for the image.
    pub is_listed: bool,
    /// A class of these objects that has only a number.
    pub(super) unnamed: Option<String>,
    /// The size that the labels state, where it is neither that of the stored nor that of the shown picture.
    pub(super) other_size: Option<[f64; 2]>,
}

/// Places objects on an image; with `scale`, those for another size are scaled to it.
pub(super) fn place(annotated: Annotated, frame: Frame, scale: bool) -> ImageObjects {
    let Annotated { objects, units, unnamed } = annotated;
    let placed = |objects, other_size| ImageObjects { objects, is_listed: true, unnamed, other_size };
    let (stored, shown) = (frame.stored_px.map(f64::from), frame.shown_px().map(f64::from));
    let (stated, is_fraction) = match units {
        Units::Fractions => (Some([1.0, 1.0]), true),
        Units::Pixels { stated_px } => (stated_px.filter(|sides| sides.iter().all(|side| *side > 0.0)), false),
        Units::StoredPixels => return placed(objects, None),
    };
    let other_size = stated.filter(|size| !is_fraction && *size != shown && *size != stored);
    let is_stored = match stated {
        _ if is_fraction || frame.orientation == Orientation::Upright => false,
        Some(size) if other_size.is_none() => size == stored && size != shown,
        // Of two frames of different form the one of more similar form.
        Some([width, height]) => frame.orientation.swaps_sides() && (width > height) == (stored[0] > stored[1]),
        None => false,
    };
    let basis = if is_stored { stored } else { shown };
    let factors = match stated {
        Some(size) if is_fraction || (scale && other_size.is_some()) => [basis[0] / size[0], basis[1] / size[1]],
        _ => [1.0, 1.0],
    };
    let turns = !is_stored && frame.orientation != Orientation::Upright;
    if !turns && factors == [1.0, 1.0] {
        return placed(objects, other_size);
    }
    let at = |[x, y]: [f32; 2]| {
        let point = [f64::from(x) * factors[0], f64::from(y) * factors[1]];
        (if turns { frame.stored_point(point) } else { point }).map(hundredths)
    };
    let objects = objects.into_iter().map(|mut object| {
        let mask = object.mask.take().filter(|mask| factors == [1.0, 1.0] || mask.size_px() == frame.shown_px());
        let mut object = object.moved(at);
        object.bbox.width = hundredths(object.bbox.width.into());
        object.bbox.height = hundredths(object.bbox.height.into());
        object.mask = mask.and_then(|mask| if turns { mask.stored(frame) } else { Some(mask) });
        object
    });
    placed(objects.collect(), other_size)
}

#[cfg(test)]
#[path = "placing_tests.rs"]
mod tests;
