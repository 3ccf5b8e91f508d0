//! The field of the filter: words or a query, with what can follow and what is wrong below it.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Context, Id, Label, RichText, TextEdit, Ui};
use egui_material_icons::icons::ICON_ERROR;

use super::filter::{Filter, Meaning};
use super::tab::ImagesTab;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::card::caption;
use kafka_image_bench_core::query::{Completion, Query};

/// A query for what `words` ask for, and for objects of a class.
pub(super) fn with_class(words: &str, class: &str) -> String {
    let before = Filter { words: words.to_owned(), ..Filter::default() }.query();
    let class = Query::has_class(class);
    before.map_or(class.clone(), |before| before.and(class)).to_string()
}

/// Draws it.
pub(super) fn filter_ui(ui: &mut Ui, tab: &mut ImagesTab) {
    let id = ui.make_persistent_id("images-filter");
    let (completing, words) = (&mut tab.completing, &mut tab.filter.words);
    let had_focus = ui.memory(|memory| memory.has_focus(id));
    let mut taken = if had_focus { completing.keys(ui) } else { None };
    let edit = TextEdit::singleline(words).id(id).hint_text("Words, or label = boat…").desired_width(f32::INFINITY);
    let output = edit.show(ui);
    let response = output.response.response;
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Filter"));
    let has_focus = response.has_focus();
    response.on_hover_text(
        "Words of the label or the name; or a query, such as label = \"boat\" and latency > 50ms and objects.tug >= 2",
    );
    let cursor = output.cursor_range.map_or(usize::MAX, |range| range.primary.index.0);
    completing.follow(ui, words, cursor, has_focus);
    taken = completing.list_ui(ui).or(taken);
    if let Some(completion) = taken {
        take(ui.ctx(), id, words, &completion);
        completing.forget();
    }
    mistake_ui(ui, &tab.filter, has_focus);
    for remark in &tab.remarks {
        caption_wrapped(ui, remark);
    }
}

/// Puts a completion into the text, and the cursor behind it.
fn take(ctx: &Context, id: Id, words: &mut String, completion: &Completion) {
    let Completion { range, insert, .. } = completion;
    if words.get(range.clone()).is_none() {
        return;
    }
    words.replace_range(range.clone(), insert);
    let mut end = range.start + insert.len();
    // A class may follow this one without a blank.
    if insert != "objects" {
        if !words[end..].starts_with(' ') {
            words.insert(end, ' ');
        }
        end += 1;
    }
    let mut state = TextEditState::load(ctx, id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(words[..end].chars().count()))));
    state.store(ctx, id);
    ctx.memory_mut(|memory| memory.request_focus(id));
    ctx.request_repaint();
}

/// What is wrong with a query. While it is typed, its end is only missing.
fn mistake_ui(ui: &mut Ui, filter: &Filter, has_focus: bool) {
    let Meaning::Mistake(mistake) = filter.meaning() else { return };
    let text = format!("Not filtered: {mistake}");
    if has_focus && mistake.column > filter.words.trim_end().chars().count() {
        caption_wrapped(ui, &text);
        return;
    }
    let color = Tokens::of(ui).error;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(ICON_ERROR.rich_text().size(15.0).color(color));
        ui.add(Label::new(RichText::new(text).size(CAPTION_SIZE).color(color)).wrap());
    });
}

fn caption_wrapped(ui: &mut Ui, text: &str) {
    ui.scope(|ui| {
        ui.style_mut().wrap_mode = Some(eframe::egui::TextWrapMode::Wrap);
        caption(ui, text);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_added_to_what_is_asked_for() {
        assert_eq!(with_class("", "tug"), "has objects.tug");
        assert_eq!(with_class("has objects.tug", "tug"), "has objects.tug");
        assert_eq!(with_class("width > 5", "a b"), "width > 5 and has objects.\"a b\"");
        assert_eq!(with_class("width >", "tug"), "has objects.tug");
        assert_eq!(with_class("boat", "tug"), "(label ~ \"boat\" or name ~ \"boat\") and has objects.tug");
    }
}
