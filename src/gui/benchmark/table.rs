//! The rows: edited before a run, followed during it.

use eframe::egui::scroll_area::ScrollBarVisibility;
use eframe::egui::{Align, Label, Layout, ProgressBar, Response, RichText, Ui, Vec2};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_CONTENT_COPY, ICON_DELETE, ICON_SKIP_NEXT};

use super::BenchmarkTab;
use super::cells::{edit_ui, right, tick_ui};
use super::progress::{RowState, row_states};
use super::settings::Row;
use crate::gui::control_names::with_control_names;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::icon_button;
use crate::gui::widgets::message::{Severity, status};
use crate::gui::widgets::scroll::sideways;
use kafka_image_bench_core::configuration::{Configuration, Kind, Variable};

const ROW_HEIGHT: f32 = 36.0;
/// Between two columns.
const GAP: f32 = 8.0;

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Tick,
    Value(Variable),
    State,
    Rate,
    P99,
    Buttons,
}

use Cell::{Buttons, P99, Rate, State as Status, Tick, Value};

/// The columns in their order.
struct Columns {
    cells: Vec<Cell>,
    /// So many of them stay in sight while the others are scrolled.
    fixed: usize,
    /// The width of the state, which fills what the columns in sight leave.
    state_width: f32,
    is_scrolled: bool,
}

impl Columns {
    /// Where not all have room, the last ones are scrolled to: first those whose value is the default in every row. Where that
    /// is not enough, what was measured stands first, and stays in sight while the settings beside it are scrolled.
    fn new(rows: &[Row], room: f32, is_idle: bool) -> Self {
        let mut values = Variable::of(rows.iter().map(|row| &row.configuration));
        let mut moved: Vec<Variable> = Vec::new();
        let wide = |values: &[Variable]| -> Vec<Cell> {
            let values = values.iter().cloned().map(Value);
            [Tick].into_iter().chain(values).chain([Status, Rate, P99, Buttons]).collect()
        };
        while row_width(&wide(&values)) > room
            && let Some(last) = values.pop_if(|last| is_default(last, rows))
        {
            moved.insert(0, last);
        }
        let mut cells = wide(&values);
        let left = room - row_width(&cells);
        if left >= 0.0 {
            let is_scrolled = !moved.is_empty();
            cells.extend(moved.into_iter().map(Value));
            return Self { cells, fixed: 0, state_width: Status.width() + left, is_scrolled };
        }
        let values = values.into_iter().chain(moved).map(Value);
        let (fixed, cells) = match is_idle {
            true => (4, [Tick, Status, Rate, P99].into_iter().chain(values).chain([Buttons]).collect()),
            // While it runs nothing is edited, and a row can be skipped.
            false => (5, [Tick, Status, Rate, P99, Buttons].into_iter().chain(values).collect()),
        };
        Self { cells, fixed, state_width: 116.0, is_scrolled: true }
    }
}

/// Whether every row has the default.
fn is_default(variable: &Variable, rows: &[Row]) -> bool {
    let default = variable.get(&Configuration::default());
    rows.iter().all(|row| variable.get(&row.configuration) == default)
}

/// Width of a value with its heading.
fn width(variable: &Variable) -> f32 {
    let least = match variable {
        Variable::Property(_) => 104.0,
        Variable::Field(field) => match field.kind {
            Kind::Bytes { .. } => 104.0,
            Kind::Decimal { .. } => 78.0,
            Kind::Whole { .. } => 74.0,
            Kind::Choice(names) => 42.0 + 8.0 * names.iter().map(|name| name.len()).max().unwrap_or(0) as f32,
        },
    };
    least.max(7.0 * variable.heading().len() as f32)
}

impl Cell {
    fn heading(&self) -> String {
        match self {
            Tick | Buttons => String::new(),
            Value(variable) => variable.heading(),
            Status => "State".to_owned(),
            Rate => "images/s".to_owned(),
            P99 => "p99".to_owned(),
        }
    }

    /// The width, which is the least for the state where there is room.
    fn width(&self) -> f32 {
        match self {
            Tick => 26.0,
            Value(variable) => width(variable),
            Status => 120.0,
            Rate => 78.0,
            P99 => 76.0,
            Buttons => 64.0,
        }
    }
}

/// Room that a row takes with all its columns.
fn row_width(columns: &[Cell]) -> f32 {
    columns.iter().map(Cell::width).sum::<f32>() + GAP * columns.len().saturating_sub(1) as f32
}

/// The latencies of several runs are put together before the percentile is taken.
fn p99_about(row: &RowState) -> String {
    format!("p99: {}", if row.is_search { row.about_figures() } else { "of the runs so far together" })
}

/// What was asked of a row.
enum RowAction {
    Duplicate(usize),
    Delete(usize),
    Skip(usize),
}

/// Some columns of the table, which is drawn in two parts where one of them is scrolled.
struct Part<'a> {
    id: &'static str,
    cells: &'a [Cell],
    state_width: f32,
    height: f32,
    /// How far it is scrolled, where that is that of the other part.
    offset: Option<f32>,
    has_bar: bool,
}

/// Draws the table.
pub fn table_ui(ui: &mut Ui, tab: &mut BenchmarkTab, session: &mut Session) {
    let states = row_states(tab, &session.run);
    let is_idle = !session.run.is_running();
    ui.spacing_mut().item_spacing = Vec2::new(GAP, 4.0);
    let columns = Columns::new(&tab.settings.rows, ui.available_width(), is_idle);
    let (fixed, scrolled) = columns.cells.split_at(columns.fixed);
    let height = ui.available_height() - if columns.is_scrolled { 14.0 } else { 0.0 };
    let part = |id, cells| Part { id, cells, state_width: columns.state_width, height, offset: None, has_bar: true };
    let rows = &mut tab.settings.rows;
    let action = if fixed.is_empty() {
        let whole = part("benchmark-rows", scrolled);
        let mut draw = |ui: &mut Ui| part_ui(ui, &whole, rows, &states, is_idle).1;
        if columns.is_scrolled { sideways(ui, "benchmark-rows", draw) } else { draw(ui) }
    } else {
        let before = tab.scrolled_rows;
        let fixed = Part { offset: Some(before), has_bar: false, ..part("benchmark-results", fixed) };
        let (offset, action) =
            beside_ui(ui, &fixed, part("benchmark-rows", scrolled), (rows.as_mut_slice(), states.as_slice(), is_idle));
        tab.scrolled_rows = offset;
        if offset != before {
            // The left part follows the right one.
            ui.ctx().request_repaint();
        }
        action
    };
    let rows = &mut tab.settings.rows;
    match action {
        Some(RowAction::Duplicate(index)) => {
            let copy = rows[index].clone();
            rows.insert(index + 1, copy);
        }
        Some(RowAction::Delete(index)) => tab.delete_row(index),
        Some(RowAction::Skip(place)) => tab.skip(session, place),
        None => {}
    }
}

/// The results at the left, and the settings that are scrolled beside them. Both are scrolled up and down together.
fn beside_ui(
    ui: &mut Ui,
    fixed: &Part<'_>,
    scrolled: Part<'_>,
    (rows, states, is_idle): (&mut [Row], &[RowState], bool),
) -> (f32, Option<RowAction>) {
    ui.horizontal_top(|ui| {
        let width =
            fixed.cells.iter().map(|cell| fixed.width(cell)).sum::<f32>() + GAP * (fixed.cells.len() - 1) as f32;
        let size = Vec2::new(width, ui.available_height());
        let left = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            part_ui(ui, fixed, rows, states, is_idle)
        });
        let (offset, action) = left.inner;
        let scrolled = Part { offset: Some(offset), ..scrolled };
        let (offset, other) = sideways(ui, "benchmark-rows", |ui| {
            // Otherwise the rows would stand to the right of their heading.
            ui.vertical(|ui| part_ui(ui, &scrolled, rows, states, is_idle)).inner
        });
        (offset, action.or(other))
    })
    .inner
}

impl Part<'_> {
    fn width(&self, cell: &Cell) -> f32 {
        if *cell == Status { self.state_width } else { cell.width() }
    }
}

/// Draws some columns; how far they are scrolled now, and what was asked of a row.
fn part_ui(
    ui: &mut Ui,
    part: &Part<'_>,
    rows: &mut [Row],
    states: &[RowState],
    is_idle: bool,
) -> (f32, Option<RowAction>) {
    let mut action = None;
    let bar = if part.has_bar { ScrollBarVisibility::VisibleWhenNeeded } else { ScrollBarVisibility::AlwaysHidden };
    let mut table = TableBuilder::new(ui)
        .id_salt(part.id)
        .striped(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .max_scroll_height(part.height)
        .scroll_bar_visibility(bar)
        .auto_shrink([false, false]);
    if let Some(offset) = part.offset {
        table = table.vertical_scroll_offset(offset);
    }
    for cell in part.cells {
        table = table.column(Column::exact(part.width(cell)));
    }
    let table = table.header(26.0, |mut header| {
        for cell in part.cells {
            header.col(|ui| heading_ui(ui, cell));
        }
    });
    let output = table.body(|body| {
        body.rows(ROW_HEIGHT, rows.len(), |mut table_row| {
            let index = table_row.index();
            let row = &mut rows[index];
            let row_state = states.get(index).cloned().unwrap_or_default();
            let mut changed = false;
            for cell in part.cells {
                table_row.col(|ui| match cell {
                    Tick => tick_ui(ui, row, index, is_idle),
                    Status => state_ui(ui, &row_state, row),
                    Rate => right(ui, row_state.rate_text(), &format!("images/s: {}", row_state.about_figures())),
                    P99 => right(ui, row_state.p99_micros.map(format::latency_text), &p99_about(&row_state)),
                    Buttons => action = buttons_ui(ui, index, is_idle, &row_state).or(action.take()),
                    Value(variable) => changed |= edit_ui(ui, variable, &mut row.configuration, index, is_idle),
                });
            }
            if changed {
                row.configuration = row.configuration.clone().with_short_name();
            }
        });
    });
    (output.state.clamped_offset().y, action)
}

fn heading_ui(ui: &mut Ui, cell: &Cell) {
    let text = RichText::new(cell.heading()).size(CAPTION_SIZE).color(Tokens::of(ui).muted);
    let layout = match cell {
        Rate | P99 => Layout::right_to_left(Align::Center),
        _ => Layout::left_to_right(Align::Center),
    };
    ui.with_layout(layout, |ui| ui.label(text));
}

fn buttons_ui(ui: &mut Ui, index: usize, is_idle: bool, row: &RowState) -> Option<RowAction> {
    ui.spacing_mut().item_spacing.x = 0.0;
    let mut action = None;
    if is_idle {
        if icon_button(ui, ICON_CONTENT_COPY, &format!("Duplicate row {}", index + 1)).clicked() {
            action = Some(RowAction::Duplicate(index));
        }
        if icon_button(ui, ICON_DELETE, &format!("Delete row {}", index + 1)).clicked() {
            action = Some(RowAction::Delete(index));
        }
    } else if let Some(place) = row.can_skip
        && icon_button(ui, ICON_SKIP_NEXT, &format!("Skip row {}", index + 1)).clicked()
    {
        action = Some(RowAction::Skip(place));
    }
    action
}

fn state_ui(ui: &mut Ui, state: &RowState, row: &Row) {
    let tokens = Tokens::of(ui);
    let muted = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).color(tokens.muted));
    let most = if state.is_search && state.run < state.runs { "at most " } else { "" };
    let of_runs = || format!("{} of {most}{}", state.run, format::counted(u64::from(state.runs), "run", "runs"));
    let response = match state.progress {
        Some(progress) => {
            let (run, runs) = (state.run.min(state.runs), state.runs);
            let text = match state.is_search {
                true => format!("{} {run}, at most {runs}", state.phase),
                false => format!("{} {run}/{runs}", state.phase),
            };
            let bar =
                ProgressBar::new(progress).desired_width(ui.available_width()).desired_height(18.0).corner_radius(4);
            let text = RichText::new(text).size(CAPTION_SIZE).color(tokens.text);
            ui.add(bar.fill(tokens.accent.gamma_multiply(0.45)).text(text))
        }
        None if state.is_missed => {
            status(ui, Severity::Error, "threshold missed").on_hover_text(with_control_names(&state.problem))
        }
        None if state.standing.is_some() && state.runs > 0 => {
            standing_ui(ui, state.standing.as_deref().unwrap_or_default())
        }
        None if state.is_failed => {
            status(ui, Severity::Error, "failed").on_hover_text(with_control_names(&state.problem))
        }
        None if state.no_rate_held => status(ui, Severity::Warning, "no rate held"),
        None if state.is_skipped => status(ui, Severity::Warning, "skipped"),
        None if state.runs > 0 && state.run >= state.runs => status(ui, Severity::Ok, "measured"),
        // Nothing is waited for once the benchmark has ended.
        None if state.runs > 0 && state.is_over && state.run > 0 => status(ui, Severity::Warning, &of_runs()),
        None if state.runs > 0 && state.is_over => status(ui, Severity::Warning, "not run"),
        None if state.run > 0 => ui.label(of_runs()),
        None if state.runs > 0 => muted(ui, "waiting"),
        None if !row.ticked => muted(ui, "left out"),
        None => muted(ui, "–"),
    };
    response.on_hover_text(&row.configuration.name);
}

/// Where a row stands in the race that it took part in: two lines, where the column is narrow.
fn standing_ui(ui: &mut Ui, standing: &str) -> Response {
    let color = Tokens::of(ui).text;
    ui.add(Label::new(RichText::new(standing).size(CAPTION_SIZE).color(color)).wrap())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_room_before_the_table_is_scrolled() {
        let row = |configuration| Row { ticked: true, configuration };
        let wide = |one: &Configuration| Columns::new(&[row(one.clone())], 10_000.0, true).cells;
        let mut one = Configuration::default();
        let named = wide(&one);
        one.properties.insert("consumer.fetch.min.bytes".to_owned(), "1".to_owned());
        let with_property = wide(&one);
        let cells: f32 = with_property.iter().map(Cell::width).sum();
        assert!(row_width(&with_property) > row_width(&named) + 100.0);
        assert!(row_width(&with_property) > cells);
    }

    #[test]
    fn columns_of_defaults_are_the_first_to_be_scrolled_to() {
        let rows = [Row { ticked: true, configuration: Configuration { linger_ms: 7.0, ..Configuration::default() } }];
        let room = row_width(&Columns::new(&rows, 10_000.0, true).cells);
        let last = |columns: &Columns| columns.cells.last().map(Cell::heading);
        let all = Columns::new(&rows, room, true);
        assert!(!all.is_scrolled && all.state_width == Status.width() && last(&all) == Some(String::new()));
        let less = Columns::new(&rows, room - 50.0, true);
        let fields = kafka_image_bench_core::configuration::FIELDS.len();
        assert_eq!((less.is_scrolled, last(&less), less.cells.len()), (true, Some("Key".to_owned()), fields + 5));
        let narrow = Columns::new(&rows, 400.0, true);
        assert_eq!((narrow.is_scrolled, &narrow.cells[1], narrow.cells.len()), (true, &Status, fields + 5));
        // What was measured is in sight at any width.
        let in_sight = &narrow.cells[..narrow.fixed];
        assert!([Status, Rate, P99].iter().all(|cell| in_sight.contains(cell)), "{in_sight:?}");
    }
}
