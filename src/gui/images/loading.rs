//! Images that are being decoded.

use eframe::egui::ColorImage;

use super::levels::LevelChoice;
use super::loaded::Loaded;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::thumbnails::PictureKey;

/// An image that is being decoded.
pub(super) type Loading = (PictureKey, Job<Option<Loaded>>);
/// A picture that is being made with other levels.
pub(super) type Levelling = (PictureKey, LevelChoice, Job<Option<ColorImage>>);

/// The neighbours of the chosen image that are decoded before they are chosen.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) loading: Option<Loading>,
    /// Of which image, and which of its neighbours were begun: what does not fit is not tried again.
    pub(super) of: Option<PictureKey>,
    pub(super) begun: usize,
}

/// Takes an image that was decoded out of its place; of one that was stopped or lost nothing is left.
pub(super) fn finished(slot: &mut Option<Loading>) -> Option<(PictureKey, Loaded)> {
    let (key, loading) = slot.as_ref()?;
    let result = match loading.poll() {
        job::Progress::Running => return None,
        job::Progress::Done(Some(loaded)) => Some((*key, loaded)),
        job::Progress::Done(None) | job::Progress::Lost => None,
    };
    *slot = None;
    result
}
