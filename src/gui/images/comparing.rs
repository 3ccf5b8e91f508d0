//! An image as it was sent, as it was saved, and the difference, side by side; zoomed and panned together.

use std::sync::Arc;

use eframe::egui::{Align2, Color32, Context, FontId, Painter, Rect, Response, Ui, UiBuilder, Vec2, pos2, vec2};

use super::comparison::{Compared, Comparing, Pane, compared, panes};
use super::original::{SentImage, find};
use super::pan_zoom::{WHOLE, interact};
use super::tab::ImagesTab;
use super::view::View;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::checkerboard::checkerboard;
use crate::gui::widgets::message::{Severity, status_text};
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::picture::PictureSource;
use crate::gui::workers::thumbnails::PictureKey;

const GAP: f32 = 6.0;
const TITLE_HEIGHT: f32 = 18.0;
const STATUS_HEIGHT: f32 = 40.0;

impl ImagesTab {
    /// Whether the image that was sent is shown beside the saved one.
    pub fn compares(&self) -> bool {
        self.comparing.is_on && self.settings.source == ImageSource::Output
    }

    pub(super) fn toggle_comparison(&mut self) {
        // The pictures that were compared are not kept.
        self.comparing = Comparing { is_on: !self.comparing.is_on, ..Comparing::default() };
        // Beside the sheet there is little room for three images.
        self.is_expanded |= self.comparing.is_on && !self.is_full;
    }

    /// Takes what was compared.
    pub(super) fn poll_comparison(&mut self, ctx: &Context) {
        let Some((key, comparison)) = &self.comparing.job else { return };
        let key = *key;
        let compared = match comparison.poll() {
            job::Progress::Running => return,
            job::Progress::Done(compared) => compared,
            job::Progress::Lost => {
                let sentence = "Internal error while comparing; see the log for the backtrace".to_owned();
                let (difference, severity) = (None, Severity::Error);
                Some(Compared { sent: None, saved: None, is_identical: false, difference, severity, sentence })
            }
        };
        self.comparing.job = None;
        self.comparing.shown = compared.map(|compared| (key, panes(ctx, compared)));
    }

    /// Starts to compare the chosen image, if another one is shown or none.
    fn compare(&mut self, session: &Session) {
        let Some((_, entry)) = self.chosen() else { return };
        let key = PictureKey::of((self.full_key_of(entry), &session.settings.folder, session.folder.survey.list.len()));
        let is_known = self.comparing.shown.as_ref().is_some_and(|(shown, _)| *shown == key);
        if is_known || self.comparing.job.as_ref().is_some_and(|(running, _)| *running == key) {
            return;
        }
        let facts = self.listing.facts_of(entry).filter(|facts| facts.record.is_some());
        let sent = SentImage {
            saved_as: entry.name.to_string(),
            sent_as: facts.and_then(|facts| facts.file_name.as_deref().map(str::to_owned)),
            sha256: facts.map(|facts| facts.sha256),
            size_bytes: facts.map_or(entry.size_bytes, |facts| facts.size_bytes),
        };
        let saved = PictureSource::File(self.listing.path_of(entry));
        let (folder, survey) = (session.settings.folder.clone(), Arc::clone(&session.folder.survey));
        let job = Job::start("compare", &session.ctx, move |stop| {
            let original = find(folder.as_deref(), &survey, &sent, stop).transpose()?;
            compared(&saved, original.map(|original| (PictureSource::File(original.path), original.is_as_saved)), stop)
        });
        self.comparing.job = Some((key, job));
        self.comparing.shown = None;
    }
}

/// Draws the chosen image as it was sent and as it was saved; gives its size in pixels and where it is fitted, once that is
/// known.
pub(super) fn compare_ui(
    ui: &mut Ui,
    tab: &mut ImagesTab,
    session: &Session,
    response: &Response,
    mut room: Rect,
) -> Option<(Vec2, Rect)> {
    tab.compare(session);
    let (tokens, painter) = (Tokens::of(ui), ui.painter_at(room));
    let Some((_, shown)) = &tab.comparing.shown else {
        painter.text(room.center(), Align2::CENTER_CENTER, "Comparing", FontId::proportional(14.0), tokens.muted);
        return None;
    };
    let status = Rect::from_min_max(pos2(room.left() + 8.0, room.bottom() - STATUS_HEIGHT), room.max);
    room.max.y -= STATUS_HEIGHT;
    ui.scope_builder(UiBuilder::new().max_rect(status), |ui| status_text(ui, shown.severity, &shown.sentence));
    let count = shown.panes.len() as f32;
    let size = vec2((room.width() - GAP * (count - 1.0)) / count, room.height());
    let mut view = tab.view;
    let mut fitted = None;
    let places = (0..shown.panes.len())
        .map(|index| Rect::from_min_size(room.min + vec2(index as f32 * (size.x + GAP), 0.0), size));
    let places: Vec<Rect> = places.collect();
    let pointer = response.hover_pos().or(response.interact_pointer_pos());
    let under = pointer.and_then(|at| places.iter().position(|place| place.contains(at))).unwrap_or(1);
    if let Some((pane, place)) = shown.panes.get(under).zip(places.get(under)).filter(|(pane, _)| pane.size_px.x > 0.0)
    {
        interact(ui, response, (inner(*place), room), pane.size_px, &mut view);
    }
    for (pane, place) in shown.panes.iter().zip(places) {
        draw(&ui.painter_at(place), tokens, pane, place, &view);
        fitted = fitted.or((pane.size_px.x > 0.0).then_some((pane.size_px, inner(place))));
    }
    tab.view = view;
    fitted
}

/// Where the image of a pane is drawn, below its title.
fn inner(place: Rect) -> Rect {
    Rect::from_min_max(place.min + vec2(0.0, TITLE_HEIGHT), place.max)
}

fn draw(painter: &Painter, tokens: &Tokens, pane: &Pane, place: Rect, view: &View) {
    let font = FontId::proportional(CAPTION_SIZE);
    painter.text(place.min + vec2(4.0, 2.0), Align2::LEFT_TOP, pane.title, font, tokens.muted);
    let room = inner(place);
    let painter = painter.with_clip_rect(room);
    let Some(texture) = &pane.texture else {
        let text = "not available";
        painter.text(room.center(), Align2::CENTER_CENTER, text, FontId::proportional(13.0), tokens.muted);
        return;
    };
    let at = view.place(room, pane.size_px);
    if pane.has_alpha {
        checkerboard(&painter, at, room);
    }
    painter.image(texture.id(), at, WHOLE, Color32::WHITE);
}
