//! All topics, with what the broker reports about each.

use std::cmp::Ordering;
use std::time::Duration;

use eframe::egui::{Align, Context, Layout, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_REFRESH, ICON_SEARCH, ICON_TOPIC};

use super::cells::{
    HEADER_HEIGHT, ROW_HEIGHT, figure, fixed, is_row_clicked, open_button, sort_heading, sorted_by, space_table,
    unknown, words,
};
use super::cluster::{Cluster, TIMEOUT, sentence};
use super::settings::TopicsSettings;
use crate::gui::format;
use crate::gui::widgets::message::empty_state;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::browse::{TopicDetails, TopicList, TopicSettings, topic_list};

const RECORDS_HELP: &str = "End offsets minus first offsets: the number of records, or an upper bound if the topic is compacted or \
                            has transactions";
const SIZE_HELP: &str = "On the disks of all brokers, replicas included";
const RETENTION_HELP: &str = "retention.ms: how long records are kept";

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicColumn {
    /// By name.
    Name,
    /// By the number of partitions.
    Partitions,
    /// By records.
    Records,
    /// By size on disk.
    Size,
    /// By retention.
    Retention,
    /// By `cleanup.policy`.
    Cleanup,
    /// By replicas.
    Replicas,
}

impl TopicColumn {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Name, "Topic", ""),
        (Self::Partitions, "Partitions", ""),
        (Self::Records, "Records", RECORDS_HELP),
        (Self::Size, "Size", SIZE_HELP),
        (Self::Retention, "Retention", RETENTION_HELP),
        (Self::Cleanup, "Cleanup", "cleanup.policy: whether old records are deleted, or compacted by key"),
        (Self::Replicas, "Replicas", "Copies of each partition, the leader's included"),
    ];

    fn compare(self, a: &TopicDetails, b: &TopicDetails) -> Ordering {
        let policy = |topic: &TopicDetails| topic.settings.as_ref().and_then(|one| one.cleanup_policy.clone());
        match self {
            Self::Name => a.name.cmp(&b.name),
            Self::Partitions => a.partitions.cmp(&b.partitions),
            Self::Records => a.records.cmp(&b.records),
            Self::Size => a.disk_bytes.cmp(&b.disk_bytes),
            Self::Retention => retention_rank(a).cmp(&retention_rank(b)),
            Self::Cleanup => policy(a).cmp(&policy(b)),
            Self::Replicas => a.replication.cmp(&b.replication),
        }
    }
}

/// What is not known comes first, what is kept for ever last.
fn retention_rank(topic: &TopicDetails) -> i64 {
    match topic.settings.as_ref().and_then(|settings| settings.retention_ms) {
        None => -1,
        Some(forever) if forever < 0 => i64::MAX,
        Some(millis) => millis,
    }
}

/// The list, and which part of it is shown.
pub struct TopicTable {
    /// What the broker has; `None` until it was asked.
    pub list: Option<TopicList>,
    /// Why it could not be listed.
    pub problem: Option<String>,
    /// Only topics whose name has this.
    pub search: String,
    /// By which column, and whether the least comes first.
    pub sort: (TopicColumn, bool),
    job: Option<Job<Result<TopicList, String>>>,
}

impl Default for TopicTable {
    fn default() -> Self {
        Self { list: None, problem: None, search: String::new(), sort: (TopicColumn::Name, true), job: None }
    }
}

impl TopicTable {
    /// Asks the broker.
    pub(super) fn refresh(&mut self, ctx: &Context, cluster: &Cluster) {
        let Cluster { servers, client } = cluster.clone();
        self.job = Some(Job::start("topics", ctx, move |stop| {
            topic_list(&servers, &client, TIMEOUT, stop).map_err(|error| sentence(&error))
        }));
    }

    /// Whether the broker is being asked.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Takes the answer.
    pub(super) fn poll(&mut self) {
        match job::take(&mut self.job, "the topics were listed").map(|result| result.and_then(|list| list)) {
            Some(Ok(list)) => (self.list, self.problem) = (Some(list), None),
            Some(Err(problem)) => self.problem = Some(problem),
            None => {}
        }
    }

    /// A topic by its name.
    pub(super) fn details(&self, topic: &str) -> Option<&TopicDetails> {
        self.list.as_ref()?.topics.iter().find(|found| found.name == topic)
    }

    /// The topics that are shown, in their order.
    pub fn shown(&self, settings: &TopicsSettings) -> Vec<&TopicDetails> {
        let wanted = self.search.trim().to_lowercase();
        let all = self.list.iter().flat_map(|list| &list.topics);
        let is_shown = |topic: &&TopicDetails| {
            (settings.shows_internal || !topic.is_internal) && topic.name.to_lowercase().contains(&wanted)
        };
        let mut shown: Vec<&TopicDetails> = all.filter(is_shown).collect();
        let (column, ascends) = self.sort;
        shown.sort_by(|a, b| {
            let order = column.compare(a, b);
            (if ascends { order } else { order.reverse() }).then_with(|| a.name.cmp(&b.name))
        });
        shown
    }

    /// Draws the list. Some: the topic to open.
    pub(super) fn ui(&mut self, ui: &mut Ui, settings: &mut TopicsSettings, cluster: &Cluster) -> Option<String> {
        let shown = self.shown(settings);
        if shown.is_empty() {
            self.empty(ui, settings, cluster);
            return None;
        }
        let (mut opened, mut clicked, sort) = (None, None, self.sort);
        let (no_sizes, no_settings) = match &self.list {
            Some(list) => (list.no_sizes.as_deref(), list.no_settings.as_deref()),
            None => (None, None),
        };
        space_table(ui);
        let table = TableBuilder::new(ui)
            .id_salt("topics-table")
            .auto_shrink(false)
            .min_scrolled_height(60.0)
            .cell_layout(Layout::right_to_left(Align::Center))
            .column(Column::remainder().at_least(160.0).clip(true))
            .columns(fixed(84.0), 4)
            .column(Column::exact(112.0).clip(true))
            .column(Column::exact(76.0));
        let table = table.header(HEADER_HEIGHT, |mut header| {
            for (column, name, help) in TopicColumn::ALL {
                let ascends = (sort.0 == column).then_some(sort.1);
                let is_number = !matches!(column, TopicColumn::Name | TopicColumn::Cleanup);
                header.col(|ui| {
                    if sort_heading(ui, name, help, is_number, ascends) {
                        clicked = Some(column);
                    }
                });
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, shown.len(), |mut row| {
                let topic = shown[row.index()];
                let mut is_opened = false;
                row.col(|ui| {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        is_opened = open_button(ui, &topic.name, &topic.name, false).clicked();
                    });
                });
                row.col(|ui| figure(ui, &format::exact(topic.partitions as u64), ""));
                row.col(|ui| records_ui(ui, topic));
                row.col(|ui| match topic.disk_bytes {
                    Some(bytes) => figure(ui, &format::bytes(bytes), &format!("{} bytes", format::exact(bytes))),
                    None => unknown(ui, &format!("Not known: {}", no_sizes.unwrap_or("the broker does not report it"))),
                });
                settings_ui(&mut row, topic.settings.as_ref(), no_settings);
                row.col(|ui| figure(ui, &format::exact(topic.replication as u64), ""));
                if is_opened || is_row_clicked(&row.response()) {
                    opened = Some(topic.name.clone());
                }
            });
        });
        if let Some(column) = clicked {
            self.sort = sorted_by(self.sort, column, matches!(column, TopicColumn::Name | TopicColumn::Cleanup));
        }
        opened
    }

    fn empty(&mut self, ui: &mut Ui, settings: &mut TopicsSettings, cluster: &Cluster) {
        let retry = Some((ICON_REFRESH, "Try again"));
        if let Some(problem) = self.problem.clone() {
            if empty_state(ui, ICON_TOPIC, "The topics cannot be listed", &problem, retry) {
                self.problem = None;
                self.refresh(ui.ctx(), cluster);
            }
            return;
        }
        let Some(list) = &self.list else {
            empty_state(ui, ICON_TOPIC, "Asking the broker", "Its topics are being listed", None);
            return;
        };
        let internal = list.topics.iter().filter(|topic| topic.is_internal).count() as u64;
        if !self.search.trim().is_empty() {
            let text = format!("No topic has \"{}\" in its name", self.search.trim());
            if empty_state(ui, ICON_SEARCH, "Nothing found", &text, Some((ICON_SEARCH, "Show all"))) {
                self.search.clear();
            }
        } else if internal > 0 {
            let text =
                format!("The broker has {} only", format::counted(internal, "internal topic", "internal topics"));
            if empty_state(ui, ICON_TOPIC, "No topics yet", &text, Some((ICON_SEARCH, "Show internal topics"))) {
                settings.shows_internal = true;
            }
        } else {
            let text = "A stream makes one when it starts; other programs' topics are listed here too";
            if empty_state(ui, ICON_TOPIC, "No topics yet", text, Some((ICON_REFRESH, "Refresh the list"))) {
                self.refresh(ui.ctx(), cluster);
            }
        }
    }
}

fn records_ui(ui: &mut Ui, topic: &TopicDetails) {
    if topic.partitions > 0 && topic.silent_partitions == topic.partitions {
        return unknown(ui, "No broker answers for its partitions");
    }
    let is_compacted = topic.settings.as_ref().and_then(|one| one.cleanup_policy.as_deref());
    let is_compacted = is_compacted.is_some_and(|policy| policy.contains("compact"));
    let sign = if is_compacted { "≤ " } else { "" };
    let mut exact = format!("{sign}{}", format::counted_exactly(topic.records, "record", "records"));
    if topic.silent_partitions > 0 {
        let silent = format::counted(topic.silent_partitions as u64, "partition", "partitions");
        exact.push_str(&format!("\nwithout {silent} for which no broker answers"));
    }
    figure(ui, &format!("{sign}{}", format::count(topic.records)), &exact);
}

fn settings_ui(row: &mut egui_extras::TableRow<'_, '_>, settings: Option<&TopicSettings>, reason: Option<&str>) {
    let reason = format!("Not known: {}", reason.unwrap_or("the cluster does not report it"));
    row.col(|ui| match settings.and_then(|settings| settings.retention_ms) {
        Some(millis) => {
            let bytes =
                settings.and_then(|settings| settings.retention_bytes).and_then(|bytes| u64::try_from(bytes).ok());
            let bytes = bytes.map(|bytes| format!("\nretention.bytes {} a partition", format::exact(bytes)));
            figure(ui, &retention(millis), &format!("retention.ms {millis}{}", bytes.unwrap_or_default()));
        }
        None => unknown(ui, &reason),
    });
    row.col(|ui| match settings.and_then(|settings| settings.cleanup_policy.as_deref()) {
        Some(policy) => words(ui, policy, ""),
        None => unknown(ui, &reason),
    });
}

/// `7 d`, `12 h`, `unlimited`.
pub(super) fn retention(millis: i64) -> String {
    const DAY_MILLIS: u64 = 86_400_000;
    match u64::try_from(millis) {
        Err(_) => "unlimited".to_owned(),
        Ok(millis) if millis >= DAY_MILLIS => {
            format!("{} d", format::trimmed(&format::significant(millis as f64 / DAY_MILLIS as f64)))
        }
        Ok(millis) if millis >= 3_600_000 => {
            format!("{} h", format::trimmed(&format::significant(millis as f64 / 3_600_000.0)))
        }
        Ok(millis) => format::duration(Duration::from_millis(millis)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, records: u64, retention_ms: Option<i64>) -> TopicDetails {
        TopicDetails {
            name: name.to_owned(),
            is_internal: name.starts_with("__"),
            partitions: 1,
            silent_partitions: 0,
            replication: 1,
            records,
            disk_bytes: None,
            settings: retention_ms.map(|ms| TopicSettings { retention_ms: Some(ms), ..TopicSettings::default() }),
        }
    }

    #[test]
    fn topics_are_found_and_sorted() {
        let topics = vec![
            topic("__consumer_offsets", 9, None),
            topic("boats", 5, Some(-1)),
            topic("Harbour", 70, Some(1_000)),
            topic("quay", 6, None),
        ];
        let mut table =
            TopicTable { list: Some(TopicList { topics, ..TopicList::default() }), ..TopicTable::default() };
        let mut settings = TopicsSettings::default();
        let names = |table: &TopicTable, settings: &TopicsSettings| -> Vec<String> {
            table.shown(settings).iter().map(|topic| topic.name.clone()).collect()
        };
        assert_eq!(names(&table, &settings), ["Harbour", "boats", "quay"]);
        table.sort = (TopicColumn::Records, false);
        assert_eq!(names(&table, &settings), ["Harbour", "quay", "boats"]);
        table.sort = (TopicColumn::Retention, true);
        assert_eq!(names(&table, &settings), ["quay", "Harbour", "boats"]);
        settings.shows_internal = true;
        table.search = " O".to_owned();
        assert_eq!(names(&table, &settings), ["__consumer_offsets", "Harbour", "boats"]);
    }

    #[test]
    fn retention_in_the_unit_that_fits() {
        assert_eq!(
            [-1, 604_800_000, 129_600_000, 7_200_000, 90_000].map(retention),
            ["unlimited", "7 d", "1.5 d", "2 h", "1 min 30 s"]
        );
    }
}
