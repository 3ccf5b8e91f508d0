//! Compares a saved image with the file that it was sent from.

use std::ops::RangeInclusive;

use eframe::egui::{Context, TextureHandle, TextureOptions, Vec2};

use super::difference::{Difference, difference};
use super::loaded::{SIDE_PX_MAX, digest};
use crate::gui::format;
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::Job;
use crate::gui::workers::picture::{Effort, PictureSource, Preview, Problem, preview};
use crate::gui::workers::reduce::Fit;
use crate::gui::workers::thumbnails::PictureKey;
use crate::gui::workers::turn;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Whether and what is compared.
#[derive(Default)]
pub(super) struct Comparing {
    pub(super) is_on: bool,
    /// Of which image, while it is being made.
    pub(super) job: Option<(PictureKey, Job<Option<Compared>>)>,
    pub(super) shown: Option<(PictureKey, Panes)>,
}

/// The result of comparing.
pub(super) struct Compared {
    /// `None`: it is not available, or is shown as the saved one.
    pub(super) sent: Option<Preview>,
    pub(super) saved: Option<Preview>,
    /// Both have the same bytes, which are decoded once.
    pub(super) is_identical: bool,
    pub(super) difference: Option<Difference>,
    pub(super) severity: Severity,
    pub(super) sentence: String,
}

/// The same on its way to the screen.
pub(super) struct Panes {
    pub(super) panes: Vec<Pane>,
    pub(super) severity: Severity,
    pub(super) sentence: String,
}

/// An image of them.
#[derive(Clone)]
pub(super) struct Pane {
    pub(super) title: &'static str,
    pub(super) texture: Option<TextureHandle>,
    pub(super) size_px: Vec2,
    pub(super) has_alpha: bool,
}

/// Compares a saved image with the file that it was sent from. `None`: `stop` was requested.
pub(super) fn compared(
    saved: &PictureSource,
    original: Result<(PictureSource, Option<bool>), String>,
    stop: &Cancellation,
) -> Option<Compared> {
    let picture = |source: &PictureSource| {
        let shown = preview(source, Fit::WithSamples(SIDE_PX_MAX), Effort::Usual, &|| stop.is_requested());
        shown.transpose()
    };
    let saved_picture = picture(saved)?;
    let (original, is_as_saved) = match original {
        Ok(original) => original,
        Err(sentence) => {
            let (saved, severity) = (saved_picture.ok(), Severity::Warning);
            return Some(Compared { sent: None, saved, is_identical: false, difference: None, severity, sentence });
        }
    };
    let same_bytes = match (digest(saved, stop), digest(&original, stop)) {
        (Ok(None), _) | (_, Ok(None)) => return None,
        (Ok(Some((_, _, one))), Ok(Some((_, _, other)))) => one == other,
        (Err(_), _) | (_, Err(_)) => false,
    };
    let changed = match is_as_saved {
        Some(false) => ". The file in the input folder is not the one that was sent, or was changed since",
        _ => "",
    };
    if same_bytes {
        let (saved, severity, sentence) = (saved_picture.ok(), Severity::Ok, "identical, byte for byte".to_owned());
        return Some(Compared { sent: None, saved, is_identical: true, difference: None, severity, sentence });
    }
    let sent_picture = picture(&original)?;
    let samples =
        |picture: &Result<Preview, Problem>| picture.as_ref().ok().and_then(|picture| picture.samples.clone());
    let pair = samples(&sent_picture).zip(samples(&saved_picture));
    let found = pair.as_ref().and_then(|(sent, saved)| difference(sent, saved, stop));
    if stop.is_requested() {
        return None;
    }
    let sentence = match (&pair, &found) {
        (_, Some(found)) => found.sentence(),
        (Some((sent, saved)), None) => {
            let size = |[width, height]: [usize; 2]| format!("{width} × {height} px");
            format!(
                "The bytes differ, and so do the sizes: sent {}, saved {}",
                size(sent.stored_px()),
                size(saved.stored_px())
            )
        }
        (None, None) => {
            let problem = sent_picture.as_ref().err().or(saved_picture.as_ref().err());
            let problem = problem.map(|problem| format!(": {problem}")).unwrap_or_default();
            format!("The bytes differ; the pixels cannot be compared{problem}")
        }
    };
    let (sent, saved, sentence) = (sent_picture.ok(), saved_picture.ok(), format!("{sentence}{changed}"));
    Some(Compared { sent, saved, is_identical: false, difference: found, severity: Severity::Warning, sentence })
}

impl Difference {
    fn sentence(&self) -> String {
        if self.differing == 0 {
            let which = if self.is_of_all { "all pixels are" } else { "every pixel of a sample is" };
            return format!("The bytes differ, but {which} equal");
        }
        let pixels = format::counted(self.compared, "pixel", "pixels");
        let which = if self.is_of_all { "" } else { " of a sample" };
        let ends = |range: &RangeInclusive<usize>| {
            format!("{} to {}", format::exact(*range.start() as u64), format::exact(*range.end() as u64))
        };
        format!(
            "{} of {pixels}{which} differ, by up to {} % of white; all within x {}, y {}",
            format::exact(self.differing),
            percent(self.largest),
            ends(&self.columns),
            ends(&self.rows)
        )
    }
}

/// Three significant digits of a share, as percent.
fn percent(share: f32) -> String {
    let percent = share * 100.0;
    let digits = (2 - percent.max(1e-6).log10().floor() as i32).clamp(0, 8) as usize;
    format!("{percent:.digits$}")
}

/// Hands the pictures to the graphics library.
pub(super) fn panes(ctx: &Context, compared: Compared) -> Panes {
    let turn = compared.saved.as_ref().map(|saved| saved.turn);
    let pane = |title, preview: Option<Preview>| {
        let size = |preview: &Preview| turn::size(preview.turn, preview.stored_px).map(|side| side as f32);
        let size_px = preview.as_ref().map_or(Vec2::ZERO, |preview| size(preview).into());
        let has_alpha = preview.as_ref().is_some_and(|preview| preview.has_alpha);
        let texture = preview.map(|preview| ctx.load_texture("compared", preview.picture, TextureOptions::LINEAR));
        Pane { title, texture, size_px, has_alpha }
    };
    let saved = pane("Saved", compared.saved);
    let sent = match compared.is_identical {
        true => Pane { title: "Sent", ..saved.clone() },
        false => pane("Sent", compared.sent),
    };
    let mut panes = vec![sent, saved];
    let differs = compared.difference.filter(|difference| difference.differing > 0);
    if let Some((difference, turn)) = differs.zip(turn) {
        let picture = turn::picture(turn, difference.picture);
        let texture = Some(ctx.load_texture("difference", picture, TextureOptions::NEAREST));
        panes.push(Pane { title: "Difference", texture, size_px: panes[1].size_px, has_alpha: false });
    }
    Panes { panes, severity: compared.severity, sentence: compared.sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_three_significant_digits() {
        assert_eq!([1.0, 0.2, 0.003_921_57, 0.000_015_259].map(percent), ["100", "20.0", "0.392", "0.00153"]);
    }
}
