//! A list of names below headings, such as images below the reasons why they were not sent. Only rows in sight are drawn.

use std::collections::BTreeSet;

use eframe::egui::{Button, Label, RichText, Role, ScrollArea, Ui, WidgetInfo};
use egui_material_icons::icons::{ICON_CHEVRON_RIGHT, ICON_EXPAND_MORE};

use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::model::refusal::{RefusalGroup, RefusalKind};

const ROW_HEIGHT: f32 = 24.0;
/// Where all names are at most so many, they are shown at once.
const FEW_NAMES: usize = 5;

/// A heading, and the names below it.
pub struct NameGroup<'a> {
    /// The heading.
    pub title: String,
    /// How many names there are, known or not.
    pub count: u64,
    /// How many of them are known.
    pub known: usize,
    /// A name, and what is to be said of it alone.
    pub name: Box<dyn Fn(usize) -> (&'a str, Option<&'a str>) + 'a>,
}

/// Which headings of a list are open.
#[derive(Default)]
pub struct OpenGroups {
    toggled: BTreeSet<usize>,
}

impl OpenGroups {
    fn is_open(&self, index: usize, is_short: bool) -> bool {
        self.toggled.contains(&index) != is_short
    }

    fn toggle(&mut self, index: usize) {
        if !self.toggled.remove(&index) {
            self.toggled.insert(index);
        }
    }
}

/// Draws the list, at most `height` points high.
pub fn grouped_list(ui: &mut Ui, id: &str, groups: &[NameGroup<'_>], open: &mut OpenGroups, height: f32) {
    let is_short = groups.iter().map(|group| group.known).sum::<usize>() <= FEW_NAMES;
    let rows_of = |index: usize, group: &NameGroup<'_>| match open.is_open(index, is_short) {
        true => 1 + group.known + usize::from(group.count > group.known as u64),
        false => 1,
    };
    let rows: Vec<usize> = groups.iter().enumerate().map(|(index, group)| rows_of(index, group)).collect();
    let mut toggled = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt(id).max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, ROW_HEIGHT, rows.iter().sum(), |ui, range| {
        let mut first = 0;
        for (index, (group, count)) in groups.iter().zip(&rows).enumerate() {
            let shown = range.start.max(first)..range.end.min(first + count);
            for row in shown {
                match row - first {
                    0 => {
                        if heading_row(ui, &group.title, open.is_open(index, is_short)) {
                            toggled = Some(index);
                        }
                    }
                    row => name_row(ui, group, row - 1),
                }
            }
            first += count;
        }
    });
    if let Some(index) = toggled {
        open.toggle(index);
    }
}

fn heading_row(ui: &mut Ui, title: &str, is_open: bool) -> bool {
    let icon = if is_open { ICON_EXPAND_MORE } else { ICON_CHEVRON_RIGHT };
    ui.horizontal(|ui| {
        ui.set_min_height(ROW_HEIGHT);
        ui.spacing_mut().button_padding.x = 2.0;
        let button = Button::new((icon.rich_text().size(16.0), RichText::new(title))).frame_when_inactive(false);
        let response = ui.add(button.truncate());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_open, title));
        response.on_hover_text(title).clicked()
    })
    .inner
}

fn name_row(ui: &mut Ui, group: &NameGroup<'_>, index: usize) {
    let muted = Tokens::of(ui).muted;
    ui.horizontal(|ui| {
        ui.set_min_height(ROW_HEIGHT);
        ui.add_space(24.0);
        if index >= group.known {
            let left_out = group.count.saturating_sub(group.known as u64);
            ui.label(RichText::new(format!("and {} more", format::exact(left_out))).color(muted));
            return;
        }
        let (name, note) = (group.name)(index);
        let name = printable(name);
        match note {
            None => {
                ui.add(Label::new(&*name).truncate().selectable(true)).on_hover_text(&*name);
            }
            Some(note) => {
                let note = printable(note);
                ui.add(Label::new(&*name).selectable(true).extend());
                let text = RichText::new(&*note).size(CAPTION_SIZE).color(muted);
                ui.add(Label::new(text).truncate()).on_hover_text(&*note);
            }
        }
    });
}

/// What was refused in a run, as groups of this list.
pub fn refusal_groups(groups: &[RefusalGroup]) -> Vec<NameGroup<'_>> {
    let group = |group: &'_ RefusalGroup| {
        let what = match group.kind {
            RefusalKind::NotSent => format::counted(group.count, "image not sent", "images not sent"),
            RefusalKind::DeadLetter => format::counted(group.count, "dead letter", "dead letters"),
        };
        format!("{what}: {}", printable(&group.reason))
    };
    groups
        .iter()
        .map(|one| NameGroup {
            title: group(one),
            count: one.count,
            known: one.entries.len(),
            name: Box::new(move |index| {
                one.entries.get(index).map_or(("", None), |entry| (entry.name.as_str(), entry.reason.as_deref()))
            }),
        })
        .collect()
}
