//! The heading of a chart: its title, a legend that hides and shows, and a button for its table.

use std::collections::BTreeSet;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Button, Color32, FontId, Id, Layout, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};
use egui_material_icons::icons::{ICON_SHOW_CHART, ICON_TABLE_CHART};

use super::button::named;
use super::card::heading;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::theme::{Tokens, semibold};

const SQUARE: f32 = 8.0;
/// From a square to its name.
const NAME_GAP: f32 = 4.0;
const ENTRY_GAP: f32 = 10.0;
const ENTRY_HEIGHT: f32 = 20.0;
const BUTTON: f32 = 22.0;
/// From this width on a legend that hides and shows can stand beside the title.
const BESIDE_MIN: f32 = 420.0;

/// What a person chose for a chart. It is kept while the window is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartChoices {
    /// Whether its table is shown in place of the drawing.
    pub is_table: bool,
    hidden: BTreeSet<String>,
}

impl ChartChoices {
    /// Those for a chart.
    pub fn of(ui: &Ui, chart: Id) -> Self {
        ui.data(|data| data.get_temp(chart)).unwrap_or_default()
    }

    /// Whether a series is drawn.
    pub fn shows(&self, series: &str) -> bool {
        !self.hidden.contains(series)
    }

    fn toggle(&mut self, series: &str) {
        if !self.hidden.remove(series) {
            self.hidden.insert(series.to_owned());
        }
    }
}

/// A heading.
pub struct ChartHeading<'a> {
    /// Identifies the chart.
    pub chart: Id,
    /// In the names of its controls.
    pub title: &'a str,
    /// As it is written, with the unit.
    pub shown: &'a str,
    /// The series, with their colours.
    pub legend: &'a [(&'a str, Color32)],
    /// Whether the entries of the legend hide and show their series.
    pub hides: bool,
}

/// The title with the legend beside it. True: the table is shown in place of the drawing.
pub fn title_and_legend(ui: &mut Ui, title: &str, legend: &[(&str, Color32)]) -> bool {
    let chart = chart_id("", title);
    chart_heading(ui, &ChartHeading { chart, title, shown: title, legend, hides: false }).is_table
}

/// The same with a legend that hides and shows.
pub fn title_and_switches(ui: &mut Ui, title: &str, legend: &[(&str, Color32)]) -> ChartChoices {
    let chart = chart_id("", title);
    chart_heading(ui, &ChartHeading { chart, title, shown: title, legend, hides: true })
}

/// Identifies a chart by its title, and the group that it is in.
pub fn chart_id(group: &str, title: &str) -> Id {
    Id::unique(("chart", group, title))
}

/// Draws the heading.
pub fn chart_heading(ui: &mut Ui, of: &ChartHeading<'_>) -> ChartChoices {
    let before = ChartChoices::of(ui, of.chart);
    let mut choices = before.clone();
    let measure =
        |text: &str, font: FontId| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x;
    let entry = |name: &str| measure(name, FontId::proportional(CAPTION_SIZE)) + SQUARE + NAME_GAP + ENTRY_GAP;
    let names: f32 = of.legend.iter().map(|(name, _)| entry(name)).sum();
    let space = ui.available_width() - measure(of.shown, semibold(14.0)) - BUTTON - ENTRY_GAP - 8.0;
    // Charts beside each other have the same width: either all have their legends below their titles or none.
    let is_beside = names <= space && (!of.hides || ui.available_width() >= BESIDE_MIN);
    title_row(ui, of.shown, |ui| {
        ui.spacing_mut().item_spacing.x = ENTRY_GAP;
        table_button(ui, of.title, &mut choices);
        let beside = if is_beside { of.legend } else { &[] };
        for (name, color) in beside.iter().rev() {
            legend_entry(ui, name, *color, of.hides, &mut choices);
        }
    });
    if !is_beside {
        // Long names have lines of their own.
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(ENTRY_GAP, 2.0);
            for (name, color) in of.legend {
                legend_entry(ui, name, *color, of.hides, &mut choices);
            }
        });
    }
    if choices != before {
        ui.data_mut(|data| data.insert_temp(of.chart, choices.clone()));
    }
    choices
}

/// A title, and `add` from right to left at the end of its row.
pub fn title_row(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = BUTTON;
        ui.horizontal(|ui| {
            heading(ui, title);
            ui.with_layout(Layout::right_to_left(Align::Center), add);
        });
    });
}

/// The button of a chart that has another kind of heading. True: the table is shown in place of the drawing.
pub fn table_switch(ui: &mut Ui, title: &str) -> bool {
    let chart = chart_id("", title);
    let before = ChartChoices::of(ui, chart);
    let mut choices = before.clone();
    table_button(ui, title, &mut choices);
    let is_table = choices.is_table;
    if choices != before {
        ui.data_mut(|data| data.insert_temp(chart, choices));
    }
    is_table
}

fn table_button(ui: &mut Ui, title: &str, choices: &mut ChartChoices) {
    let (icon, name) = match choices.is_table {
        true => (ICON_SHOW_CHART, format!("Show {title} as chart")),
        false => (ICON_TABLE_CHART, format!("Show {title} as table")),
    };
    let icon = icon.rich_text().size(15.0).color(Tokens::of(ui).muted);
    let button = Button::new(icon).frame_when_inactive(false).min_size(Vec2::splat(BUTTON));
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = Vec2::splat(2.0);
            ui.spacing_mut().interact_size.y = BUTTON;
            ui.add(button)
        })
        .inner;
    if named(response, &name).on_hover_text(&name).clicked() {
        choices.is_table = !choices.is_table;
    }
}

fn legend_entry(ui: &mut Ui, name: &str, color: Color32, hides: bool, choices: &mut ChartChoices) {
    let tokens = Tokens::of(ui);
    let is_shown = choices.shows(name);
    let mut job = LayoutJob::simple_singleline(name.to_owned(), FontId::proportional(CAPTION_SIZE), tokens.muted);
    if !is_shown {
        job.sections.iter_mut().for_each(|section| section.format.strikethrough = Stroke::new(1.0, tokens.muted));
    }
    job.wrap.max_width = (ui.max_rect().width() - SQUARE - NAME_GAP).max(40.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = ui.painter().layout_job(job);
    let sense = if hides { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + SQUARE + NAME_GAP, ENTRY_HEIGHT), sense);
    let square = Rect::from_center_size(pos2(rect.left() + SQUARE * 0.5, rect.center().y), Vec2::splat(SQUARE));
    if is_shown {
        ui.painter().rect_filled(square, 2.0, color);
    } else {
        ui.painter().rect_stroke(square, 2.0, Stroke::new(1.0, color), StrokeKind::Inside);
    }
    let is_cut = galley.elided;
    ui.painter().galley(pos2(square.right() + NAME_GAP, rect.center().y - galley.size().y * 0.5), galley, tokens.muted);
    if !hides {
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
        if is_cut {
            response.on_hover_text(name);
        }
        return;
    }
    focus_ring(ui, &response, rect.expand(2.0));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), is_shown, format!("Show {name}")));
    if response.on_hover_text(format!("{} {name}", if is_shown { "Hide" } else { "Show" })).clicked() {
        choices.toggle(name);
    }
}

/// Shows where the keyboard is.
pub(super) fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.0, Tokens::of(ui).accent);
        ui.painter().rect_stroke(rect, 3.0, stroke, StrokeKind::Outside);
    }
}
