//! What is told at the top of the window and for a moment in its corner, and the history of both.

mod area;
mod history;

pub use area::notice_area;
pub use history::{History, PastNotice};

use std::time::Duration;

use eframe::egui::Context;
use egui_notify::Toasts;

use super::action::Action;
use super::widgets::message::Severity;
use crate::model::printable::printable_lines;

/// Letters of a toast; the whole text is in the history.
const TOAST_LETTERS_MAX: usize = 160;
/// Toasts at a time.
const TOASTS_MAX: usize = 4;

/// A button's text, and the wish that it makes.
pub type BannerAction = (&'static str, fn() -> Action);

/// What happened, why, and what to do next.
#[derive(Clone, Debug)]
pub struct Banner {
    /// Later banners of a topic replace earlier ones.
    pub topic: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// Buttons for what to do next.
    pub actions: Vec<BannerAction>,
}

/// What is told.
#[derive(Default)]
pub struct Notices {
    /// At the top, oldest first.
    pub banners: Vec<Banner>,
    /// Everything that was told since the start.
    pub history: History,
    /// Whether the area at the top shows all of them in full, to be scrolled.
    shows_all: bool,
    /// Whether a text was too long for the area when it was last drawn.
    is_elided: bool,
    toasts: Toasts,
}

impl Notices {
    /// Shows a banner, in place of an earlier one of its topic.
    pub fn show(&mut self, mut banner: Banner) {
        for text in [&mut banner.title, &mut banner.detail] {
            *text = printable_lines(text).into_owned();
        }
        self.clear(banner.topic);
        self.history.add(banner.severity, &banner.title, &banner.detail);
        self.banners.push(banner);
    }

    /// Shows that something failed.
    pub fn error(&mut self, topic: &'static str, title: impl Into<String>, detail: impl Into<String>) {
        let (title, detail) = (title.into(), detail.into());
        self.show(Banner { topic, severity: Severity::Error, title, detail, actions: Vec::new() });
    }

    /// Takes the banner of a topic away.
    pub fn clear(&mut self, topic: &str) {
        self.banners.retain(|banner| banner.topic != topic);
    }

    /// Tells something for a moment.
    pub fn toast(&mut self, text: impl Into<String>) {
        let text = printable_lines(&text.into()).into_owned();
        self.history.add(Severity::Info, &text, "");
        while self.toasts.len() >= TOASTS_MAX {
            self.toasts.dismiss_oldest_toast();
            // A toast that is on its way out still counts.
            if self.toasts.len() >= TOASTS_MAX {
                break;
            }
        }
        let shown = super::format::shortened(&text, TOAST_LETTERS_MAX);
        self.toasts.basic(shown).duration(Duration::from_secs(3)).show_progress_bar(false);
    }

    /// Draws the toasts.
    pub fn show_toasts(&mut self, ctx: &Context) {
        self.toasts.show(ctx);
    }

    /// The banners by their index, in the order in which they are shown: the gravest first, of these the newest.
    fn in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.banners.len()).rev().collect();
        order.sort_by_key(|&index| match self.banners[index].severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
            Severity::Ok => 3,
        });
        order
    }
}
