//! What is told at the top of the window, and for a moment in its corner.

use std::time::Duration;

use eframe::egui::Context;
use egui_notify::Toasts;

use super::action::Action;
use super::widgets::message::Severity;

/// A button's text, and the wish that it makes.
pub type BannerAction = (&'static str, fn() -> Action);

/// What happened, why, and what to do next.
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
    /// At the top, in their order.
    pub banners: Vec<Banner>,
    toasts: Toasts,
}

impl Notices {
    /// Shows a banner, in place of an earlier one of its topic.
    pub fn show(&mut self, banner: Banner) {
        self.clear(banner.topic);
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
        let text: String = text.into();
        self.toasts.basic(text).duration(Duration::from_secs(3)).show_progress_bar(false);
    }

    /// Draws the toasts.
    pub fn show_toasts(&mut self, ctx: &Context) {
        self.toasts.show(ctx);
    }
}
