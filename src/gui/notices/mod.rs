//! Messages at the top of the window and, for a moment, in its corner, and the history of both.

mod area;
mod history;
mod warning;

pub use area::notice_area;
pub use history::{History, PastNotice};
pub use warning::WarningEnd;

use std::time::Duration;

use eframe::egui::{Context, Vec2};
use egui_notify::{Anchor, Toasts};

use super::action::Action;
use super::control_names::with_control_names;
use super::widgets::message::Severity;
use kafka_image_bench_core::model::notice::Notice;
use kafka_image_bench_core::model::printable::printable_lines;
use warning::LastWarning;

/// Lines of a toast, and letters of a line; the whole text is in the history.
const TOAST_LINES_MAX: usize = 3;
const TOAST_LINE_LETTERS: usize = 58;
/// Between toasts and the window's right edge, and its lower one with the status line.
const TOAST_MARGIN: Vec2 = Vec2::new(16.0, 44.0);
/// Toasts at a time.
const TOASTS_MAX: usize = 4;

/// A button's text, and its action.
pub type BannerAction = (&'static str, fn() -> Action);

/// What happened, why, and what to do next.
#[derive(Clone, Debug)]
pub struct Banner {
    /// Later banners of a topic replace earlier ones.
    pub topic: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// What happened.
    pub title: String,
    /// Why.
    pub detail: String,
    /// Buttons for what to do next.
    pub actions: Vec<BannerAction>,
}

/// The messages.
pub struct Notices {
    /// At the top, oldest first.
    pub banners: Vec<Banner>,
    /// All messages since the start.
    pub history: History,
    /// Whether the area at the top shows all of them in full, to be scrolled.
    shows_all: bool,
    /// Whether a text was too long for the area when it was last drawn.
    is_elided: bool,
    last_warning: LastWarning,
    revision: u64,
    toasts: Toasts,
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            banners: Vec::new(),
            history: History::default(),
            shows_all: false,
            is_elided: false,
            last_warning: LastWarning::default(),
            revision: 0,
            // At the top they would lie over the broker and Start.
            toasts: Toasts::new().with_anchor(Anchor::BottomRight).with_margin(TOAST_MARGIN),
        }
    }
}

impl Notices {
    /// Shows a banner, in place of an earlier one of its topic.
    pub fn show(&mut self, mut banner: Banner) {
        for text in [&mut banner.title, &mut banner.detail] {
            *text = printable_lines(&with_control_names(text)).into_owned();
        }
        self.clear(banner.topic);
        self.revision += 1;
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
        let before = self.banners.len();
        self.banners.retain(|banner| banner.topic != topic);
        if self.banners.len() != before {
            self.revision += 1;
        }
    }

    /// Shows a message for a moment.
    pub fn toast(&mut self, text: impl Into<String>) {
        let text = printable_lines(&with_control_names(&text.into())).into_owned();
        self.history.add(Severity::Info, &text, "");
        self.revision += 1;
        while self.toasts.len() >= TOASTS_MAX {
            self.toasts.dismiss_oldest_toast();
            // A toast that is on its way out still counts.
            if self.toasts.len() >= TOASTS_MAX {
                break;
            }
        }
        self.toasts.basic(in_lines(&text)).duration(Duration::from_secs(3)).show_progress_bar(false);
    }

    /// A number that changes with every message that is shown or cleared.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The last warning of a run that is still true.
    pub fn last_warning(&self) -> Option<&str> {
        self.last_warning.text()
    }

    /// Remembers what a run reports, if it is a warning.
    pub fn note(&mut self, notice: &Notice) {
        self.last_warning.take(notice);
    }

    /// Forgets a warning whose cause has ended.
    pub fn forget_warning(&mut self, end: WarningEnd) {
        self.last_warning.forget(end);
    }

    /// Draws the toasts.
    pub fn show_toasts(&mut self, ctx: &Context) {
        self.toasts.show(ctx);
    }

    /// The banners by their index, in the order in which they are shown: the most severe first, of these the newest.
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

/// The beginning of a text in the lines of a toast, which does not wrap by itself.
fn in_lines(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        while !word.is_empty() {
            let used = lines.last().map_or(0, |line| line.chars().count());
            let space = usize::from(used > 0);
            if used + space + word.len() <= TOAST_LINE_LETTERS || used == 0 {
                let rest = word.split_off(word.len().min(TOAST_LINE_LETTERS));
                if let Some(line) = lines.last_mut() {
                    line.extend(std::iter::repeat_n(' ', space));
                    line.extend(word);
                }
                word = rest;
            }
            if !word.is_empty() {
                if lines.len() == TOAST_LINES_MAX {
                    let mut shown = lines.join("\n");
                    shown.push('…');
                    return shown;
                }
                lines.push(String::new());
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toasts_are_narrow_and_short() {
        assert_eq!(in_lines("Copied: client properties"), "Copied: client properties");
        for text in ["word ".repeat(200), "/path".repeat(200), "ab ".to_owned() + &"c".repeat(100), String::new()] {
            let shown = in_lines(&text);
            let lines: Vec<&str> = shown.lines().collect();
            assert!(lines.len() <= TOAST_LINES_MAX, "{shown}");
            assert!(lines.iter().all(|line| line.chars().count() <= TOAST_LINE_LETTERS + 1), "{shown}");
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            assert!(letters(&text).starts_with(letters(&shown).trim_end_matches('…')), "{shown}");
        }
        assert!(in_lines(&"word ".repeat(200)).ends_with('…'));
    }
}
