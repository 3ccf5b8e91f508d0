//! Draws the field of a path.

use std::path::Path;
use std::sync::Arc;

use eframe::egui::text::{CCursor, CCursorRange, LayoutJob};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Button, Color32, Galley, Id, Key, Response, RichText, TextEdit, Ui};

use egui_material_icons::icons::ICON_FOLDER_OPEN;

use super::{PathFields, PathPurpose, PathRule, TypedPath};
use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::{icon_button, named};
use crate::gui::widgets::card::caption;
use crate::gui::widgets::field::{Field, field};

/// A path that is asked for.
pub struct PathAsk<'a> {
    /// What it is for.
    pub purpose: PathPurpose,
    /// What it has to be.
    pub rule: PathRule,
    /// The accessible name.
    pub name: &'a str,
    /// What stands in the empty field.
    pub hint: &'a str,
    /// What is in use now.
    pub current: Option<&'a Path>,
    /// Height below the field that is kept free for completions and what is wrong; 0 where what comes below may move.
    pub room: f32,
    /// Whether what was typed is also used when the field is left, as in other settings.
    pub is_setting: bool,
}

/// Draws a field over the width that there is, with what completes it and what is wrong with it below. True: what was
/// typed is used from now on.
pub fn path_field(ui: &mut Ui, fields: &mut PathFields, ask: &PathAsk<'_>) -> bool {
    let ctx = ui.ctx().clone();
    let id = ui.make_persistent_id(("path", ask.name));
    let typed = fields.of(ask.purpose);
    if typed.shown_for.as_deref() != ask.current {
        // Another one is in use by now, however that came.
        typed.text = ask.current.map(|path| path.display().to_string()).unwrap_or_default();
        typed.shown_for = ask.current.map(Path::to_owned);
        typed.problem = None;
        typed.completions.clear();
    }
    let response = ui.scope(|ui| edit_path(ui, id, &mut typed.text, ask.hint)).inner;
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(ask.name.to_owned()));
    if !response.has_focus() && !typed.text.is_empty() {
        // The field is often narrower than the path.
        response.clone().on_hover_text(&typed.text);
    }
    if std::mem::take(&mut typed.wants_focus) {
        response.request_focus();
        cursor_to_end(ui, &response, &typed.text);
    }
    if response.changed() {
        typed.problem = None;
        typed.replaces = None;
    }
    if response.has_focus() && typed.completed_for != typed.text {
        // Not for what was there when the field was entered.
        let is_current = ask.current.is_some_and(|path| path.display().to_string() == typed.text);
        if is_current { typed.completed_for.clone_from(&typed.text) } else { typed.complete(&ctx, ask.rule) }
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let is_cancelled = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
    if is_cancelled {
        // Escape takes back what was typed.
        *typed = TypedPath::default();
        ctx.request_repaint();
    }
    typed.setting = ask.is_setting.then_some(ask.rule);
    let is_left = response.lost_focus() && typed.is_pending() && !typed.text.trim().is_empty();
    let draw = |ui: &mut Ui| {
        ui.set_min_height(ask.room);
        ui.spacing_mut().item_spacing.y = 1.0;
        let is_completed = completions_ui(ui, typed, ask.rule);
        below(ui, typed, ask);
        is_completed
    };
    let is_completed = ui.scope(draw).inner;
    let is_taken = std::mem::take(&mut typed.is_taken);
    if is_entered {
        fields.enter(&ctx, ask.purpose, ask.rule);
    } else if is_left && !is_completed {
        fields.enter_left(&ctx, ask.purpose, ask.rule);
    }
    is_taken
}

/// The field itself. A path that is wider than the field shows its end, by which paths differ, while nobody types in it.
fn edit_path(ui: &mut Ui, id: Id, text: &mut String, hint: &str) -> Response {
    // Menus draw their buttons without a frame, and fields too.
    ui.reset_style();
    let edit = TextEdit::singleline(text).id(id).hint_text(hint).desired_width(f32::INFINITY);
    if ui.memory(|memory| memory.has_focus(id)) {
        return edit.show(ui).response.response;
    }
    let shown = edit.text_color(Color32::TRANSPARENT).show(ui);
    let (room, color) = (shown.text_clip_rect, ui.visuals().widgets.inactive.text_color());
    let whole = shown.galley;
    let is_wider = whole.size().x > room.width();
    let visible = if is_wider { end_of(ui, &whole, room.width()) } else { whole };
    ui.painter_at(room).galley_with_override_text_color(shown.galley_pos, visible, color);
    let response = shown.response.response;
    if is_wider && response.gained_focus() {
        cursor_to_end(ui, &response, text);
    }
    response
}

/// The end of one line of text that fits into `width`, after an ellipsis.
fn end_of(ui: &Ui, whole: &Galley, width: f32) -> Arc<Galley> {
    let format = whole.job.sections.first().map(|section| section.format.clone()).unwrap_or_default();
    let lay_out =
        |text: String| ui.fonts_mut(|fonts| fonts.layout_job(LayoutJob::single_section(text, format.clone())));
    let room = width - lay_out("…".to_owned()).size().x;
    let glyphs = whole.rows.first().map(|row| row.glyphs.as_slice()).unwrap_or_default();
    let hidden = glyphs.partition_point(|glyph| whole.size().x - glyph.pos.x > room);
    lay_out(std::iter::once('…').chain(whole.text().chars().skip(hidden)).collect())
}

/// A setting that is a path: its name, a button for the system's dialog, and the field below. True: the button was
/// pressed.
pub fn path_row(
    ui: &mut Ui,
    fields: &mut PathFields,
    of: &Field<'_>,
    purpose: PathPurpose,
    rule: PathRule,
    current: Option<&Path>,
) -> bool {
    let choose = format!("Choose: {}", of.name);
    let asks = field(ui, of, |ui| icon_button(ui, ICON_FOLDER_OPEN, &choose)).clicked();
    let hint = "Type or paste a path";
    path_field(ui, fields, &PathAsk { purpose, rule, name: of.name, hint, current, room: 0.0, is_setting: true });
    asks
}

/// Names that the text could mean; a click takes one. True: one was taken.
fn completions_ui(ui: &mut Ui, typed: &mut TypedPath, rule: PathRule) -> bool {
    let mut chosen = None;
    for path in &typed.completions {
        let shown = shortened(path, 34);
        let button = Button::new(RichText::new(shown).size(CAPTION_SIZE)).frame_when_inactive(false);
        if named(ui.add(button), path).on_hover_text(path).clicked() {
            chosen = Some(path.clone());
        }
    }
    let Some(path) = chosen else { return false };
    typed.text = path;
    typed.problem = None;
    typed.completions.clear();
    typed.completing = None;
    typed.wants_focus = true;
    typed.complete(&ui.ctx().clone(), rule);
    true
}

/// What is wrong, or what is still to be done.
fn below(ui: &mut Ui, typed: &TypedPath, ask: &PathAsk<'_>) {
    if let Some(problem) = &typed.problem {
        let text = RichText::new(problem).size(CAPTION_SIZE).color(Tokens::of(ui).error);
        ui.add(eframe::egui::Label::new(text).wrap());
        return;
    }
    let is_other = super::path_of(&typed.text).as_path() != ask.current.unwrap_or(Path::new(""));
    if typed.checking.is_some() {
        caption(ui, "Checking");
    } else if is_other && !typed.text.trim().is_empty() {
        // Whether or not the field has the focus: what stands below must not move when a click takes the focus away.
        caption(ui, "Enter uses this path");
    }
}

fn cursor_to_end(ui: &Ui, response: &Response, text: &str) {
    let mut state = TextEditState::load(ui.ctx(), response.id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(text.chars().count()))));
    state.store(ui.ctx(), response.id);
}
