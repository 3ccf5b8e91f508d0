//! The facets beside the sheet: values with their counts. A press asks for one by the filter, or no more.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align2, CollapsingHeader, CornerRadius, FontId, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::facets::{Facet, FacetKind, FacetValue};
use super::filter::Filter;
use super::tab::ImagesTab;
use crate::gui::format;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, in_visual_order};
use crate::gui::widgets::card::caption;
use kafka_image_bench_core::query::Query;

/// Values that are listed at first.
const ROWS: usize = 8;
const ROW_HEIGHT: f32 = 22.0;

/// Draws them.
pub(super) fn facets_ui(ui: &mut Ui, tab: &mut ImagesTab) {
    let facets = Arc::clone(&tab.facets);
    let asked = tab.filter.query();
    let mut pressed = None;
    for facet in facets.iter() {
        let is_asked = |value: &FacetValue| asked.as_ref().is_some_and(|asked| asked.has_parts_of(&value.query));
        // A value that all images share, and values of one image each, divide nothing; unless one was asked for.
        let divides = facet.values.len() > 1 && facet.values.iter().any(|value| value.images > 1);
        if !divides && !facet.values.iter().any(is_asked) {
            continue;
        }
        let title = facet.kind.title();
        CollapsingHeader::new(title).id_salt(("facet", title)).default_open(facet.kind == FacetKind::Label).show(
            ui,
            |ui| {
                if let Some(value) = values_ui(ui, tab, facet, &is_asked) {
                    pressed = Some(value.query.clone());
                }
            },
        );
    }
    if let Some(query) = pressed {
        tab.filter.words = toggled(&tab.filter, &query);
    }
}

/// The words of a filter with a query as well, or without it.
fn toggled(filter: &Filter, query: &Query) -> String {
    match filter.query() {
        Some(asked) if asked.has_parts_of(query) => {
            asked.without(query).map(|rest| rest.to_string()).unwrap_or_default()
        }
        Some(asked) => asked.and(query.clone()).to_string(),
        None => query.to_string(),
    }
}

fn values_ui<'a>(
    ui: &mut Ui,
    tab: &mut ImagesTab,
    facet: &'a Facet,
    is_asked: &dyn Fn(&FacetValue) -> bool,
) -> Option<&'a FacetValue> {
    let lists_all = tab.lists_all_values.contains(&facet.kind);
    let count = if lists_all { facet.values.len() } else { ROWS };
    let mut pressed = None;
    ui.spacing_mut().item_spacing.y = 2.0;
    for value in facet.values.iter().take(count) {
        if row_ui(ui, value, is_asked(value)) {
            pressed = Some(value);
        }
    }
    let more = facet.values.len().saturating_sub(ROWS);
    if more > 0 {
        let title = facet.kind.title().to_lowercase();
        let name =
            if lists_all { format!("Fewer {title}") } else { format!("{} more {title}", format::exact(more as u64)) };
        if ui.link(name).clicked() {
            match lists_all {
                true => tab.lists_all_values.retain(|kind| *kind != facet.kind),
                false => tab.lists_all_values.push(facet.kind),
            }
        }
    }
    if facet.more > 0 && lists_all {
        caption(ui, format!("and {} with fewer images", format::exact(facet.more as u64)));
    }
    pressed
}

/// A value; true: it was pressed.
fn row_ui(ui: &mut Ui, value: &FacetValue, is_asked: bool) -> bool {
    let tokens = Tokens::of(ui);
    let size = Vec2::new(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let painter = ui.painter_at(rect);
    if is_asked || response.hovered() {
        let fill = if is_asked { ui.visuals().selection.bg_fill } else { tokens.grid };
        painter.rect_filled(rect, CornerRadius::same(4), fill);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, CornerRadius::same(4), Stroke::new(1.0, tokens.accent), StrokeKind::Inside);
    }
    let font = FontId::proportional(CAPTION_SIZE);
    let right = pos2(rect.right() - 4.0, rect.center().y);
    let count = format::count(value.images);
    let count = painter.text(right, Align2::RIGHT_CENTER, count, font.clone(), tokens.muted);
    let mut job = LayoutJob::simple_singleline(in_visual_order(&value.name).into_owned(), font, tokens.text);
    job.wrap.max_width = (count.left() - rect.left() - 12.0).max(10.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let at = rect.left_center() + vec2(4.0, -galley.size().y * 0.5);
    painter.galley(at, galley, tokens.text);
    let text = format!("{}: {}", value.name, format::counted(value.images, "image", "images"));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_asked, format!("Only {text}")));
    let what = if is_asked { "Press to show the others too" } else { "Press to show only these" };
    response.on_hover_text(format!("{text}. {what}")).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_asked_for_beside_others_and_taken_back() {
        let filter = |words: &str| Filter { words: words.to_owned(), ..Filter::default() };
        let boat: Query = "label = boat".parse().unwrap();
        let size: Query = "size >= 10000 and size < 100000".parse().unwrap();
        let once = toggled(&filter(""), &boat);
        assert_eq!(once, "label = \"boat\"");
        let both = toggled(&filter(&once), &size);
        assert_eq!(both, format!("{boat} and {size}"));
        assert_eq!(toggled(&filter(&both), &boat), size.to_string());
        assert_eq!(toggled(&filter(&both), &size), boat.to_string());
        assert_eq!(toggled(&filter(&once), &boat), "");
        assert_eq!(toggled(&filter("tug"), &boat), "(label ~ \"tug\" or name ~ \"tug\") and label = \"boat\"");
    }
}
