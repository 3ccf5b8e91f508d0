//! The list of commands (Ctrl+K): every action and every control of the window by its name.

mod control_tree;
mod entries;
mod listed;
mod score;
mod titles;

pub use control_tree::ControlTree;

use eframe::egui::{
    Align, Context, CornerRadius, FontId, Key, Label, Layout, Margin, Modifiers, Response, RichText, Role, ScrollArea,
    Sense, TextEdit, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::session::Session;
use super::tabs::Tabs;
use super::theme::Tokens;
use super::theme::tokens::{CAPTION_SIZE, FIELD_RADIUS};
use super::widgets;
use super::widgets::card::caption;
use entries::{Chosen, Entry, entries, fitting};

const WIDTH: f32 = 620.0;
const LIST_HEIGHT: f32 = 360.0;
const ROW_HEIGHT: f32 = 30.0;
/// Rows that Page Up and Page Down move by.
const PAGE: usize = 10;

/// The list, and what is typed in it.
#[derive(Default)]
pub struct Palette {
    state: State,
    query: String,
    selected: usize,
    /// Whether the selected row is to be scrolled to.
    moved: bool,
}

#[derive(Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// The controls of the window are read in the next frame.
    Reading,
    /// Just opened: the field gets the focus.
    Opened,
    Open,
}

impl Palette {
    /// Opens it.
    pub fn open(&mut self, ctx: &Context) {
        *self = Self { state: State::Reading, ..Self::default() };
        ctx.with_plugin(ControlTree::ask);
        ctx.request_repaint();
    }

    /// Whether it is open, or about to be.
    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// Draws it.
    pub fn ui(&mut self, ctx: &Context, session: &mut Session, tabs: &Tabs) {
        if ctx.with_plugin(|tree: &mut ControlTree| tree.is_waiting()).unwrap_or(false) {
            // The frame in which the tree is read, and those until a control is used.
            ctx.request_repaint();
        }
        if self.state == State::Closed {
            return;
        }
        let controls = ctx.with_plugin(|tree: &mut ControlTree| tree.controls().map(<[_]>::to_vec)).flatten();
        let Some(controls) = controls else { return };
        if self.state == State::Reading {
            self.state = State::Opened;
        }
        let mut entries = entries(session, tabs, &controls);
        let response = widgets::dialog::dialog(ctx, "Commands", WIDTH, |ui| self.list_ui(ui, &entries));
        if let Some(index) = response.inner {
            self.state = State::Closed;
            match entries.swap_remove(index).chosen {
                Chosen::Action(action) => session.actions.push(action),
                Chosen::Control(control) => {
                    ctx.with_plugin(|tree: &mut ControlTree| tree.activate(&control));
                }
            }
            ctx.request_repaint();
        } else if response.should_close() {
            self.state = State::Closed;
        }
    }

    /// The result: the entry that was chosen.
    fn list_ui(&mut self, ui: &mut Ui, entries: &[Entry]) -> Option<usize> {
        let is_entered = self.take_keys(ui, fitting(entries, &self.query).len());
        let field = TextEdit::singleline(&mut self.query).hint_text("Type what you are looking for");
        let response = ui.add_sized(vec2(WIDTH, 30.0), field.margin(Margin::symmetric(8, 6)));
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Search commands"));
        if self.state == State::Opened {
            response.request_focus();
            self.state = State::Open;
        }
        if response.changed() {
            (self.selected, self.moved) = (0, true);
        }
        let found = fitting(entries, &self.query);
        self.selected = self.selected.min(found.len().saturating_sub(1));
        let mut chosen = found.get(self.selected).copied().filter(|_| is_entered);
        let room = (ui.ctx().content_rect().height() - 190.0).clamp(120.0, LIST_HEIGHT);
        let area = ScrollArea::vertical().id_salt("commands").auto_shrink([false, false]);
        area.min_scrolled_height(room).max_height(room).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (place, &index) in found.iter().enumerate() {
                let is_selected = place == self.selected;
                let row = row_ui(ui, &entries[index], is_selected);
                if is_selected && std::mem::take(&mut self.moved) {
                    row.scroll_to_me(None);
                }
                if row.clicked() {
                    chosen = Some(index);
                }
            }
            if found.is_empty() {
                caption(ui, "No command has these letters. Other tabs have other controls");
            }
        });
        caption(ui, "↑ ↓ to move, Enter to choose, Esc to close");
        chosen.filter(|index| entries[*index].is_enabled)
    }

    /// Moves the selection. True: Enter chooses it.
    fn take_keys(&mut self, ui: &Ui, count: usize) -> bool {
        // A row that has the focus takes Enter itself.
        let is_in_field = ui.ctx().text_edit_focused();
        let last = count.saturating_sub(1);
        ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            let before = self.selected;
            if pressed(Key::ArrowDown) {
                self.selected = if self.selected >= last { 0 } else { self.selected + 1 };
            }
            if pressed(Key::ArrowUp) {
                self.selected = self.selected.checked_sub(1).unwrap_or(last);
            }
            if pressed(Key::PageDown) {
                self.selected = (self.selected + PAGE).min(last);
            }
            if pressed(Key::PageUp) {
                self.selected = self.selected.saturating_sub(PAGE);
            }
            self.moved |= self.selected != before;
            is_in_field && pressed(Key::Enter)
        })
    }
}

/// A row: its name, what it is about, and its keys.
fn row_ui(ui: &mut Ui, entry: &Entry, is_selected: bool) -> Response {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    let keys = entry.keys.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    let name = if keys.is_empty() { entry.name.clone() } else { format!("{} ({keys})", entry.name) };
    let about = entry.about.clone();
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::Button, entry.is_enabled, is_selected, name.as_str());
        info.current_text_value = Some(about.clone());
        info
    });
    if is_selected || response.hovered() {
        let fill = if is_selected { ui.visuals().selection.bg_fill } else { tokens.grid };
        ui.painter().rect_filled(rect, CornerRadius::same(FIELD_RADIUS), fill);
    }
    let inner = UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 0.0)));
    let mut row = ui.new_child(inner.layout(Layout::right_to_left(Align::Center)));
    let small = |text: &str| RichText::new(text).font(FontId::proportional(CAPTION_SIZE)).color(tokens.muted);
    if !keys.is_empty() {
        row.label(small(&keys));
    }
    row.label(small(&entry.about));
    let color = if entry.is_enabled { tokens.text } else { tokens.muted };
    row.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add(Label::new(RichText::new(&entry.name).color(color)).truncate());
    });
    response
}
