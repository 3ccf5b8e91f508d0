//! Draws the tab.

use eframe::egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, TextEdit, Ui};
use egui_material_icons::icons::{ICON_CHEVRON_RIGHT, ICON_DNS, ICON_REFRESH};

use super::cells::{name, one_line};
use super::cluster::Cluster;
use super::detail_panel::detail_panel;
use super::page::{Rows, TopicPage};
use super::page_bar::page_bar;
use super::record_table::record_table;
use super::tab::{TopicsTab, TopicsView};
use super::topic_table::retention;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::{EDGE, GAP};
use crate::gui::widgets::button::icon_text_button_enabled;
use crate::gui::widgets::card::{card, heading};
use crate::gui::widgets::message::empty_state;
use crate::gui::widgets::side_panel::side_frame;
use kafka_image_bench_core::browse::TopicDetails;

impl TopicsTab {
    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        self.was_drawn = true;
        let tab = self;
        let Some(cluster) = tab.follow_broker(session) else {
            let text = "The topics of the chosen broker are listed here once it answers";
            empty_state(ui, ICON_DNS, "The broker is not ready", text, None);
            return;
        };
        let has_record = tab.view == TopicsView::Topics && tab.page.as_ref().is_some_and(TopicPage::has_chosen);
        if let Some(page) = tab.page.as_mut().filter(|_| has_record) {
            let width = (ui.available_width() * 0.4).clamp(300.0, 560.0);
            let most = (ui.available_width() - 400.0).max(300.0);
            let panel = Panel::right("topic-record").resizable(true).default_size(width).size_range(290.0..=most);
            panel.frame(side_frame(ui)).show(ui, |ui| detail_panel(ui, page, session, &cluster));
        }
        let margin = Margin { left: EDGE as i8, right: EDGE as i8, top: 10, bottom: 8 };
        CentralPanel::default().frame(Frame::new().inner_margin(margin)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            top_row(ui, tab, &cluster);
            match tab.view {
                TopicsView::Topics if tab.page.is_some() => page_ui(ui, tab, &cluster),
                TopicsView::Topics => topics_ui(ui, tab, &cluster),
                TopicsView::Groups => groups_ui(ui, tab, session, &cluster),
            }
        });
    }
}

/// Which view it is, what is open in it, and what the list offers.
fn top_row(ui: &mut Ui, tab: &mut TopicsTab, cluster: &Cluster) {
    let muted = Tokens::of(ui).muted;
    ui.horizontal(|ui| {
        let is_topics = tab.view == TopicsView::Topics;
        if ui.selectable_label(is_topics && tab.page.is_none(), "All topics").clicked() {
            tab.view = TopicsView::Topics;
            tab.page = None;
        }
        if ui.selectable_label(!is_topics && tab.group.is_none(), "Consumer groups").clicked() {
            tab.view = TopicsView::Groups;
            tab.group = None;
        }
        let open = match (tab.view, &tab.page, &tab.group) {
            (TopicsView::Topics, Some(page), _) => Some((page.topic.clone(), tab.topics.details(&page.topic))),
            (TopicsView::Groups, _, Some(group)) => Some((group.name.clone(), None)),
            _ => None,
        };
        if let Some((open, details)) = open {
            ui.label(ICON_CHEVRON_RIGHT.rich_text().size(16.0).color(muted));
            heading(ui, &format::shortened(&open, 48)).on_hover_text(&open);
            if let Some(details) = details {
                one_line(ui, &topic_facts(details).join(" · "), "");
            }
            return;
        }
        let search = if is_topics { &mut tab.topics.search } else { &mut tab.groups.search };
        let response = ui.add(TextEdit::singleline(search).hint_text("Search…").desired_width(200.0));
        name(&response, "Search");
        if is_topics {
            ui.checkbox(&mut tab.settings.shows_internal, "Internal topics")
                .on_hover_text("Topics whose name begins with __, which Kafka itself or a tool uses");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_busy = is_topics && tab.topics.is_busy();
            if icon_text_button_enabled(ui, ICON_REFRESH, "Refresh", !is_busy).clicked() {
                let ctx = ui.ctx().clone();
                match tab.view {
                    TopicsView::Topics => tab.topics.refresh(&ctx, cluster),
                    TopicsView::Groups => tab.groups.refresh(&ctx, cluster),
                }
            }
        });
    });
}

fn topic_facts(details: &TopicDetails) -> Vec<String> {
    let mut facts = vec![
        format::counted(details.partitions as u64, "partition", "partitions"),
        format::counted(details.records, "record", "records"),
    ];
    facts.extend(details.disk_bytes.map(|bytes| format!("{} on disk", format::bytes(bytes))));
    let kept = details.settings.as_ref().and_then(|settings| settings.retention_ms);
    facts.extend(kept.map(|millis| format!("kept {}", retention(millis))));
    facts
}

fn topics_ui(ui: &mut Ui, tab: &mut TopicsTab, cluster: &Cluster) {
    let mut opened = None;
    let room = ui.available_height();
    card(ui, |ui| {
        ui.set_min_height(room - 22.0);
        ui.set_max_height(room - 22.0);
        opened = tab.topics.ui(ui, &mut tab.settings, cluster);
    });
    if let Some(topic) = opened {
        let partitions = tab.topics.details(&topic).map_or(1, |details| details.partitions);
        let ctx = ui.ctx().clone();
        tab.page = Some(TopicPage::open(&ctx, cluster, topic, partitions, tab.settings.records));
    }
}

fn page_ui(ui: &mut Ui, tab: &mut TopicsTab, cluster: &Cluster) {
    let Some(page) = &mut tab.page else { return };
    let count = &mut tab.settings.records;
    page_bar(ui, page, cluster, count);
    let rows = Rows::of(page.tail.as_ref(), &page.records);
    if let Some(millis) = page.timeline.ui(ui, rows.iter()) {
        let ctx = ui.ctx().clone();
        page.jump(&ctx, cluster, millis, *count);
    }
    ui.add_space(GAP - 8.0);
    let room = ui.available_height();
    card(ui, |ui| {
        ui.set_min_height(room - 22.0);
        ui.set_max_height(room - 22.0);
        record_table(ui, page, cluster, *count);
    });
}

fn groups_ui(ui: &mut Ui, tab: &mut TopicsTab, session: &mut Session, cluster: &Cluster) {
    let ctx = ui.ctx().clone();
    if let Some(group) = &mut tab.group {
        group.keep_watching(&ctx, cluster);
        if group.ui(ui) {
            tab.reset.open(group.name.clone(), group.topics());
        }
        return;
    }
    tab.groups.keep_watching(&ctx, cluster);
    let mut opened = None;
    let room = ui.available_height();
    card(ui, |ui| {
        ui.set_min_height(room - 22.0);
        ui.set_max_height(room - 22.0);
        opened = tab.groups.ui(ui, session, cluster);
    });
    if let Some(name) = opened {
        tab.group = Some(super::group_page::GroupPage::new(name));
    }
}
