//! Banners, statuses, and empty panels.

use eframe::egui::{Align, Color32, Frame, Layout, Margin, Response, RichText, Stroke, Ui};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_CHECK_CIRCLE, ICON_CLOSE, ICON_ERROR, ICON_INFO, ICON_WARNING};

use super::button::{icon_button, icon_text_button};
use super::card::caption;
use crate::gui::theme::{Tokens, semibold};

/// The severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good.
    Ok,
    /// Neither good nor bad.
    Info,
    /// Worth a look.
    Warning,
    /// Wrong.
    Error,
}

impl Severity {
    /// Its symbol.
    pub fn icon(self) -> MaterialIcon {
        match self {
            Self::Ok => ICON_CHECK_CIRCLE,
            Self::Info => ICON_INFO,
            Self::Warning => ICON_WARNING,
            Self::Error => ICON_ERROR,
        }
    }

    /// Its colour.
    pub fn color(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Ok => tokens.ok,
            Self::Info => tokens.accent,
            Self::Warning => tokens.warning,
            Self::Error => tokens.error,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }
}

/// A status: a symbol and a word, in its colour.
pub fn status(ui: &mut Ui, severity: Severity, word: &str) -> Response {
    let color = severity.color(Tokens::of(ui));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(severity.icon().rich_text().size(15.0).color(color));
        ui.label(RichText::new(word).color(color))
    })
    .inner
}

/// The same with a sentence, which takes as many lines as it needs in the width that there is.
pub fn status_text(ui: &mut Ui, severity: Severity, sentence: &str) {
    let color = severity.color(Tokens::of(ui));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(severity.icon().rich_text().size(15.0).color(color));
        ui.add(eframe::egui::Label::new(RichText::new(sentence).color(color)).wrap());
    });
}

/// What a person chose on a banner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BannerChoice {
    /// The button for what to do next, by its index.
    Act(usize),
    /// To put it away.
    Dismiss,
}

/// What happened, why, and what to do next.
pub fn banner(ui: &mut Ui, severity: Severity, title: &str, detail: &str, actions: &[&str]) -> Option<BannerChoice> {
    let tokens = Tokens::of(ui);
    let color = severity.color(tokens);
    let mut choice = None;
    Frame::new().fill(color.gamma_multiply(0.12)).stroke(Stroke::NONE).inner_margin(Margin::symmetric(16, 8)).show(
        ui,
        |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, ICON_CLOSE, "Dismiss").clicked() {
                    choice = Some(BannerChoice::Dismiss);
                }
                for (index, action) in actions.iter().enumerate().rev() {
                    if ui.button(*action).clicked() {
                        choice = Some(BannerChoice::Act(index));
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.label(severity.icon().rich_text().size(18.0).color(color));
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        ui.label(RichText::new(title).font(semibold(14.0)).color(tokens.text));
                        if !detail.is_empty() {
                            let text = RichText::new(detail).size(13.0).color(tokens.muted);
                            ui.add(eframe::egui::Label::new(text).wrap().selectable(true));
                        }
                    });
                });
            });
        },
    );
    choice
}

/// What will stand here, and the one action that fills it. True: it was asked for.
pub fn empty_state(
    ui: &mut Ui,
    icon: MaterialIcon,
    title: &str,
    detail: &str,
    action: Option<(MaterialIcon, &str)>,
) -> bool {
    let tokens = Tokens::of(ui);
    let mut asked = false;
    let room = ui.available_height();
    ui.vertical_centered(|ui| {
        ui.add_space((room * 0.5 - 70.0).clamp(8.0, 240.0));
        ui.label(icon.rich_text().size(34.0).color(tokens.muted));
        ui.label(RichText::new(title).font(semibold(15.0)).color(tokens.text));
        caption(ui, detail);
        if let Some((icon, text)) = action {
            ui.add_space(4.0);
            asked = icon_text_button(ui, icon, text).clicked();
        }
    });
    asked
}
