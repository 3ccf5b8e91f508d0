//! The area at the top, which takes only a part of the window however many and long the notices are.
//!
//! Those that have room stand below each other, each with a line for what happened and two for why. The others are
//! counted, and "Show all" lists all of them in full in the same room, to be scrolled.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, FontId, Frame, Galley, Label, Layout, Link, Margin, Rect, Response, ScrollArea, Ui, UiBuilder, Vec2, vec2,
};

use super::{Banner, Notices};
use crate::gui::action::Action;
use crate::gui::format::counted;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::icon_button;
use crate::gui::widgets::card::caption;
use crate::gui::widgets::message::{BannerChoice, banner};
use egui_material_icons::icons::ICON_CLOSE;

/// Of the window's height, at most.
const SHARE: f32 = 0.3;
/// Room for one notice and the line below it.
const LEAST: f32 = NOTICE_HEIGHT + FOOTER_HEIGHT;
const MOST: f32 = 260.0;
const NOTICE_HEIGHT: f32 = 64.0;
/// Of a notice that says no why.
const SHORT_NOTICE_HEIGHT: f32 = 42.0;
const FOOTER_HEIGHT: f32 = 30.0;
const DETAIL_ROWS: usize = 2;

/// How high the area is at most in a window of this height.
fn height_within(window_height: f32) -> f32 {
    (window_height * SHARE).clamp(LEAST, MOST)
}

/// Draws the area. The result is the actions that were chosen in it.
pub fn notice_area(ui: &mut Ui, notices: &mut Notices) -> Vec<Action> {
    let order = notices.in_order();
    let height = height_within(ui.ctx().content_rect().height());
    let room = height - FOOTER_HEIGHT;
    ui.spacing_mut().item_spacing.y = 0.0;
    let shown = fitting(notices, &order, room);
    let has_more = shown < order.len() || notices.is_elided;
    if !has_more && shown == order.len() {
        notices.shows_all = false;
    }
    let mut choice = None;
    if notices.shows_all {
        ui.scope(|ui| {
            ui.spacing_mut().scroll.floating = false;
            ScrollArea::vertical().max_height(room).id_salt("all-notices").show(ui, |ui| {
                for &index in &order {
                    let one = &notices.banners[index];
                    let names: Vec<&str> = one.actions.iter().map(|(name, _)| *name).collect();
                    if let Some(chosen) = banner(ui, one.severity, &one.title, &one.detail, &names) {
                        choice = Some((index, chosen));
                    }
                }
            });
        });
    } else {
        notices.is_elided = false;
        for &index in &order[..shown] {
            let (chosen, is_elided) = short_notice(ui, &notices.banners[index]);
            notices.is_elided |= is_elided;
            choice = chosen.map(|chosen| (index, chosen)).or(choice);
        }
    }
    let mut actions = Vec::new();
    if shown < order.len() || notices.is_elided || notices.shows_all {
        footer(ui, notices, order.len() - shown, &mut actions);
    }
    if let Some((index, chosen)) = choice {
        let banner = notices.banners.remove(index);
        if let BannerChoice::Act(which) = chosen
            && let Some((_, action)) = banner.actions.get(which)
        {
            actions.push(action());
        }
    }
    actions
}

/// How many of the first ones have room; one at least.
fn fitting(notices: &Notices, order: &[usize], room: f32) -> usize {
    let mut used = 0.0;
    let fits = order.iter().take_while(|&&index| {
        used += height_of(&notices.banners[index]);
        used <= room
    });
    fits.count().max(1).min(order.len())
}

fn height_of(one: &Banner) -> f32 {
    if one.detail.is_empty() { SHORT_NOTICE_HEIGHT } else { NOTICE_HEIGHT }
}

/// A notice in the room that each has. True: its texts are longer than that.
fn short_notice(ui: &mut Ui, one: &Banner) -> (Option<BannerChoice>, bool) {
    let tokens = Tokens::of(ui);
    let color = one.severity.color(tokens);
    let mut choice = None;
    let mut is_elided = false;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height_of(one)), eframe::egui::Sense::hover());
    ui.painter().rect_filled(rect, 0.0, color.gamma_multiply(0.12));
    let inner = rect.shrink2(vec2(16.0, 4.0));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
    ui.spacing_mut().item_spacing = Vec2::splat(8.0);
    if icon_button(&mut ui, ICON_CLOSE, "Dismiss").clicked() {
        choice = Some(BannerChoice::Dismiss);
    }
    for (index, (name, _)) in one.actions.iter().enumerate().rev() {
        if ui.button(*name).clicked() {
            choice = Some(BannerChoice::Act(index));
        }
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.label(one.severity.icon().rich_text().size(18.0).color(color));
        let width = ui.available_width();
        let title = lines(ui, &one.title, semibold(14.0), tokens.text, width, 1);
        let detail = lines(ui, &one.detail, FontId::proportional(13.0), tokens.muted, width, DETAIL_ROWS);
        is_elided = title.elided || detail.elided;
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let detail_height = if one.detail.is_empty() { 0.0 } else { detail.size().y + 2.0 };
            ui.add_space(((inner.height() - title.size().y - detail_height) / 2.0).max(0.0));
            hover(ui.add(Label::new(title)), &one.title);
            if !one.detail.is_empty() {
                hover(ui.add(Label::new(detail).selectable(true)), &one.detail);
            }
        });
    });
    (choice, is_elided)
}

/// The whole text where only its beginning is shown.
fn hover(response: Response, text: &str) {
    const LETTERS_MAX: usize = 2_000;
    response.on_hover_text(crate::gui::format::shortened(text, LETTERS_MAX));
}

/// A text in at most `rows` rows, with an ellipsis where it is longer.
fn lines(ui: &Ui, text: &str, font: FontId, color: eframe::egui::Color32, width: f32, rows: usize) -> Arc<Galley> {
    let text = if rows == 1 { text.replace(['\n', '\r'], " ") } else { text.to_owned() };
    let mut job = LayoutJob::simple(text, font, color, width.max(40.0));
    job.wrap.max_rows = rows;
    job.wrap.break_anywhere = rows == 1;
    ui.painter().layout_job(job)
}

fn footer(ui: &mut Ui, notices: &mut Notices, hidden: usize, actions: &mut Vec<Action>) {
    let frame = Frame::new().inner_margin(Margin::symmetric(16, 2));
    let row: Rect = ui.available_rect_before_wrap();
    let row = Rect::from_min_size(row.min, vec2(row.width(), FOOTER_HEIGHT));
    ui.scope_builder(UiBuilder::new().max_rect(row), |ui| {
        ui.set_min_size(row.size());
        frame.show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                if !notices.shows_all && hidden > 0 {
                    caption(ui, counted(hidden as u64, "more notice", "more notices"));
                }
                let text = if notices.shows_all { "Show fewer" } else { "Show all in full" };
                if ui.add(Link::new(text)).clicked() {
                    notices.shows_all = !notices.shows_all;
                }
                if ui.add(Link::new("Open in Log")).clicked() {
                    actions.push(Action::ShowNotices);
                }
                if ui.add(Link::new("Dismiss all")).clicked() {
                    notices.banners.clear();
                }
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_leaves_most_of_the_window() {
        for height in [600.0_f32, 800.0, 1_080.0, 2_160.0] {
            assert!(height_within(height) <= height * SHARE);
        }
        assert_eq!((height_within(100.0), height_within(9_000.0)), (LEAST, MOST));
    }
}
