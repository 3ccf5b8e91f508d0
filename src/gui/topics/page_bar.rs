//! Which records of a topic are read, and the buttons that read them.

use eframe::egui::{ComboBox, DragValue, Key, TextEdit, Ui};
use egui_material_icons::icons::{
    ICON_CHEVRON_RIGHT, ICON_PAUSE, ICON_PLAY_ARROW, ICON_SEARCH, ICON_SENSORS, ICON_STOP,
};

use super::cells::{name, name_choice, one_line};
use super::cluster::Cluster;
use super::page::{PageStart, TopicPage};
use super::tail::Tail;
use crate::gui::format;
use crate::gui::widgets::button::{icon_text_button, icon_text_button_enabled};
use crate::gui::widgets::message::{Severity, status_text};

const DAMAGED_HELP: &str =
    "Records that hold no image, and those that the client cannot read; reads until a page of them is found";

/// Draws the choices and the buttons.
pub(super) fn page_bar(ui: &mut Ui, page: &mut TopicPage, cluster: &Cluster, count: &mut usize) {
    let ctx = ui.ctx().clone();
    let mut reads = false;
    ui.horizontal_wrapped(|ui| {
        let is_following = page.tail.as_ref().is_some_and(Tail::is_running);
        ui.add_enabled_ui(!is_following, |ui| {
            partition_choice(ui, page);
            reads |= start_choice(ui, page);
            let response = ui.checkbox(&mut page.choice.only_damaged, "Damaged only").on_hover_text(DAMAGED_HELP);
            reads |= response.changed();
        });
        let counts = ui.add(DragValue::new(count).range(1..=10_000).speed(1.0).suffix(" records"));
        name(&counts.on_hover_text("Records of a page"), "Records of a page");
        if page.is_busy() {
            if icon_text_button(ui, ICON_STOP, "Stop reading").clicked() {
                page.stop();
            }
        } else if icon_text_button_enabled(ui, ICON_SEARCH, "Read", !is_following).clicked() {
            reads = true;
        }
        let has_next = !page.is_busy() && page.tail.is_none() && page.has_next();
        if icon_text_button_enabled(ui, ICON_CHEVRON_RIGHT, "Next page", has_next).clicked() {
            page.read_next(&ctx, cluster, *count);
        }
        tail_buttons(ui, page, cluster);
    });
    if reads {
        page.read(&ctx, cluster, *count);
    }
    remarks(ui, page);
}

fn partition_choice(ui: &mut Ui, page: &mut TopicPage) {
    let text = |partition: Option<i32>| match partition {
        None => "all partitions".to_owned(),
        Some(number) => format!("partition {number}"),
    };
    let shown = text(page.choice.partition);
    let last = i32::try_from(page.partitions).unwrap_or(i32::MAX);
    let combo = ComboBox::from_id_salt("topic-partition").width(118.0).selected_text(shown.clone());
    let response = combo.show_ui(ui, |ui| {
        let one = &mut page.choice.partition;
        ui.selectable_value(one, None, text(None));
        for number in 0..last {
            ui.selectable_value(one, Some(number), text(Some(number)));
        }
    });
    name_choice(&response.response, "Partition", shown);
}

/// True: what was typed is to be read.
fn start_choice(ui: &mut Ui, page: &mut TopicPage) -> bool {
    let shown = page.choice.from.name();
    let combo = ComboBox::from_id_salt("topic-start").width(118.0).selected_text(shown);
    let response = combo.show_ui(ui, |ui| {
        for start in PageStart::ALL {
            ui.selectable_value(&mut page.choice.from, start, start.name());
        }
    });
    name_choice(&response.response, "Begin at", shown.to_owned());
    let (text, label, hint, width) = match page.choice.from {
        PageStart::Offset => (&mut page.choice.offset, "Offset", "0", 90.0),
        PageStart::Time => (&mut page.choice.time, "Time", "2026-11-24 14:03", 176.0),
        PageStart::Last | PageStart::First => return false,
    };
    let response = ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(width));
    name(&response, label);
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

fn tail_buttons(ui: &mut Ui, page: &mut TopicPage, cluster: &Cluster) {
    let ctx = ui.ctx().clone();
    let is_running = page.tail.as_ref().is_some_and(Tail::is_running);
    if !is_running {
        let hover = "Shows records as they arrive; the last 1,000 are kept";
        if icon_text_button(ui, ICON_SENSORS, "Follow").on_hover_text(hover).clicked() {
            page.follow(&ctx, cluster, true);
        }
        return;
    }
    if let Some(tail) = &mut page.tail {
        if tail.is_paused() {
            if icon_text_button(ui, ICON_PLAY_ARROW, "Resume").clicked() {
                tail.pause(false);
            }
        } else if icon_text_button(ui, ICON_PAUSE, "Pause").clicked() {
            tail.pause(true);
        }
        if icon_text_button(ui, ICON_STOP, "Stop following").clicked() {
            tail.stop();
        }
    }
}

fn remarks(ui: &mut Ui, page: &TopicPage) {
    let problem = page.tail.as_ref().map_or(page.problem.as_ref(), |tail| tail.problem.as_ref());
    if let Some(problem) = problem {
        status_text(ui, Severity::Error, problem);
    }
    let text = match &page.tail {
        Some(tail) => tail.caption(),
        None if page.is_busy() => "Reading".to_owned(),
        None if !page.has_read() => return,
        None => {
            let read = format::counted_exactly(page.records.len() as u64, "record", "records");
            format!("{read} · {}", page.remarks.join(" · "))
        }
    };
    one_line(ui, &text, "");
}
