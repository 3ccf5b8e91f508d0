//! The latest images, as they arrive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Align2, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use egui_material_icons::icons::ICON_IMAGE;

use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::notices::Banner;
use crate::gui::session::Session;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, in_visual_order};
use crate::gui::widgets::card::{card, heading};
use crate::gui::widgets::message::Severity;
use crate::gui::widgets::picture::thumbnail_ui;
use crate::gui::workers::picture::PictureSource;
use crate::gui::workers::thumbnails::{PictureKey, Thumbnail};
use kafka_image_bench_core::model::saved_image::SavedImage;
use kafka_image_bench_core::pipeline::sink::unescape_formula;

/// Of an image, where its size is not chosen to fill the height.
const SIDE: f32 = 113.0;
const LARGEST_SIDE: f32 = 200.0;
const GAP: f32 = 10.0;
const CAPTION_HEIGHT: f32 = 34.0;

/// For how long images are shown at least while others come.
const STAY: Duration = Duration::from_millis(400);

type Images = Arc<[Arc<SavedImage>]>;

/// The images that are shown. At full speed hundreds come between two frames, and none would be decoded in time if each
/// frame requested other ones.
#[derive(Default)]
pub struct Latest {
    shown: Images,
    /// Whether all their pictures were drawn.
    are_there: bool,
    since: Option<Instant>,
}

/// Draws them, over the height that is left.
pub(super) fn latest_images(ui: &mut Ui, images: &mut Latest, session: &mut Session) {
    let height = ui.available_height().max(SIDE + CAPTION_HEIGHT + 56.0);
    card(ui, |ui| {
        ui.set_min_height(height - 22.0);
        heading(ui, "Latest images");
        let newest = Arc::clone(&session.run.stream.latest_saved);
        let latest = images.choose(newest, session.run.is_running(), Instant::now());
        if latest.is_empty() {
            let tokens = Tokens::of(ui);
            let room = ui.available_rect_before_wrap();
            let text = match session.run.is_streaming() {
                true => "Images are shown here as they are saved",
                false => "Start sends the folder's images; they are shown here as they arrive",
            };
            let font = FontId::proportional(14.0);
            ui.painter().text(room.center() + vec2(0.0, 14.0), Align2::CENTER_CENTER, text, font, tokens.muted);
            let icon = FontId::new(28.0, ICON_IMAGE.font_family());
            let at = room.center() - vec2(0.0, 14.0);
            ui.painter().text(at, Align2::CENTER_CENTER, ICON_IMAGE.codepoint, icon, tokens.muted);
            return;
        }
        let grid = Grid::within(ui.available_width(), ui.available_height());
        ui.spacing_mut().item_spacing = vec2(GAP, GAP);
        let mut are_there = true;
        for row in latest.chunks(grid.columns).take(grid.rows) {
            ui.horizontal(|ui| {
                for image in row {
                    are_there &= one(ui, session, image, grid.side);
                }
            });
        }
        images.are_there = are_there;
    });
}

/// How the images are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Grid {
    columns: usize,
    rows: usize,
    side: f32,
}

impl Grid {
    /// Images of about [`SIDE`], or larger ones where these fill the height clearly better.
    fn within(width: f32, height: f32) -> Self {
        const CLEARLY: f32 = 1.2;
        let of = |columns: usize| {
            let side = (width - (columns - 1) as f32 * GAP) / columns as f32;
            let rows = ((height + GAP) / (side + CAPTION_HEIGHT + GAP)).floor().max(1.0);
            (Self { columns, rows: rows as usize, side }, rows * (side + CAPTION_HEIGHT + GAP) - GAP)
        };
        let most = ((width + GAP) / (SIDE + GAP)).floor().max(1.0) as usize;
        let (mut best, mut filled) = of(most);
        for (grid, fills) in (1..most).rev().map(of) {
            if grid.side <= LARGEST_SIDE && fills <= height && fills > filled * CLEARLY {
                (best, filled) = (grid, fills);
            }
        }
        best
    }
}

/// Draws an image. False: its picture is not there yet.
fn one(ui: &mut Ui, session: &mut Session, image: &SavedImage, side: f32) -> bool {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side + CAPTION_HEIGHT), Sense::click());
    let picture = Rect::from_min_size(rect.min, vec2(side, side));
    // Where that stream saved it, wherever the next one will save.
    let path = session.run.stream_dir.join(&image.path_in_csv);
    let key = PictureKey::of((&path, image.sha256));
    let thumbnail = session.thumbnails.get(key, side, || PictureSource::File(path));
    thumbnail_ui(ui, &thumbnail, picture);
    let latency = image.latency_micros.map_or_else(|| "latency unknown".to_owned(), format::latency_text);
    let font = FontId::proportional(CAPTION_SIZE);
    let line = |y: f32, text: &str, color| {
        let mut job = eframe::egui::text::LayoutJob::simple_singleline(text.to_owned(), font.clone(), color);
        job.wrap.max_width = side;
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(pos2(rect.left(), picture.bottom() + y), galley, color);
    };
    let annotation = unescape_formula(&image.annotation);
    line(3.0, &in_visual_order(annotation), tokens.text);
    line(18.0, &latency, tokens.muted);
    let name = format!("{annotation}, {latency}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let hover = format!("{}\n{} bytes, {latency}", image.path_in_csv, format::exact(image.size_bytes));
    if response.on_hover_text(hover).clicked() && is_saved_here(session, "This image was") {
        session.actions.push(Action::ShowSavedImage(image.path_in_csv.clone()));
    }
    !matches!(thumbnail, Thumbnail::Pending)
}

/// Whether Images shows the folder that the stream saved into; otherwise a banner says so, with a way back.
pub(super) fn is_saved_here(session: &mut Session, what: &str) -> bool {
    let is_here = session.run.stream_dir == session.work_dir;
    if !is_here {
        session.notices.show(Banner {
            topic: "saved elsewhere",
            severity: Severity::Info,
            title: format!("{what} saved in another folder"),
            detail: format!(
                "The folder is {}; Save to now names {}, which Images shows",
                session.run.stream_dir.display(),
                session.work_dir.display()
            ),
            actions: vec![("Save to it again", || Action::SaveWhereStreamSaved)],
        });
    }
    is_here
}

impl Latest {
    /// The images to show. During a run, images stay until they have been seen.
    fn choose(&mut self, newest: Images, is_running: bool, now: Instant) -> Images {
        let were_seen = self.are_there && self.since.is_none_or(|since| now - since >= STAY);
        let is_other = !Arc::ptr_eq(&self.shown, &newest);
        if is_other && (!is_running || self.shown.is_empty() || newest.is_empty() || were_seen) {
            self.shown = newest;
            self.are_there = false;
            self.since = Some(now);
        }
        Arc::clone(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(count: usize) -> Images {
        let image = Arc::new(SavedImage {
            path_in_csv: String::new(),
            file_name: None,
            annotation: String::new(),
            size_bytes: 0,
            topic: "".into(),
            record: None,
            sent_at_micros: None,
            latency_micros: None,
            sha256: [0; 32],
            bytes_as_sent: None,
            objects: Arc::default(),
        });
        vec![image; count].into()
    }

    #[test]
    fn images_are_larger_where_that_fills_the_height() {
        let grid = |width, height| {
            let Grid { columns, rows, side } = Grid::within(width, height);
            assert!((columns as f32) * (side + GAP) - GAP <= width + 0.1);
            (columns, rows)
        };
        assert_eq!(grid(1_060.0, 340.0), (8, 2), "two rows fill it");
        assert_eq!(grid(970.0, 300.0), (5, 1), "one row of seven would leave half of it empty");
        assert_eq!(grid(970.0, 170.0), (7, 1));
        assert_eq!(grid(80.0, 90.0), (1, 1), "there is always one");
    }

    #[test]
    fn images_stay_until_they_have_been_seen() {
        let (start, mut latest) = (Instant::now(), Latest::default());
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(latest.choose(images(1), true, at(0)).len(), 1);
        // Their pictures are not decoded yet, however long that takes.
        assert_eq!(latest.choose(images(2), true, at(5_000)).len(), 1);
        latest.are_there = true;
        assert_eq!(latest.choose(images(3), true, at(5_001)).len(), 3);
        latest.are_there = true;
        assert_eq!(latest.choose(images(4), true, at(5_002)).len(), 3, "too soon to be seen");
        assert_eq!(latest.choose(images(5), false, at(5_003)).len(), 5, "nothing comes after them");
        assert_eq!(latest.choose(images(0), true, at(5_004)).len(), 0, "a new run begins");
    }
}
