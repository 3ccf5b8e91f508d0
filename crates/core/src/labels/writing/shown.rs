//! From the frame that is stored to the one that is shown: the reverse of [`placing`](super::super::placing).

use super::super::pixels::hundredths;
use crate::model::frame::{Frame, Orientation};
use crate::model::objects::LabelledObject;

/// Objects of the stored picture, in pixels of the shown one.
pub(super) fn shown(objects: &[LabelledObject], frame: Frame) -> Vec<LabelledObject> {
    if frame.orientation == Orientation::Upright {
        return objects.to_vec();
    }
    let at = |[x, y]: [f32; 2]| frame.shown_point([f64::from(x), f64::from(y)]).map(hundredths);
    let turned = |object: &LabelledObject| {
        let mask = object.mask.as_ref().and_then(|mask| mask.stored(frame.turned_back()));
        let mut object = object.clone().moved(at);
        object.bbox.width = hundredths(object.bbox.width.into());
        object.bbox.height = hundredths(object.bbox.height.into());
        object.mask = mask;
        object
    };
    objects.iter().map(turned).collect()
}
