//! All consumer groups of the broker, read again while they are shown.

use std::collections::HashMap;
use std::time::Duration;

use eframe::egui::{Align, Context, Layout, Ui};
use egui_extras::{Column, TableBuilder};
use egui_material_icons::icons::{ICON_GROUPS, ICON_PLAY_ARROW, ICON_REFRESH, ICON_SEARCH};

use super::cells::{
    HEADER_HEIGHT, ROW_HEIGHT, figure, fixed, is_row_clicked, open_button, sort_heading, sorted_by, space_table,
    unknown, words,
};
use super::cluster::{Cluster, sentence};
use super::feed::Feed;
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::widgets::message::{Severity, empty_state, status, status_text};
use kafka_image_bench_core::groups::{GroupLister, GroupState, GroupSummary, GroupWatch};
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Between two looks at all groups.
const PAUSE: Duration = Duration::from_secs(5);
/// Groups whose lag is read for the list: each needs a client of its own.
const LAGS_MAX: usize = 50;

const STATE_HELP: &str =
    "stable: the members have their partitions; empty: without members; rebalancing: partitions are being assigned";

/// What the worker reports.
enum Report {
    Listed(Vec<GroupSummary>),
    Lag(String, Result<u64, String>),
    Failed(String),
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupColumn {
    /// By name.
    Name,
    /// By state.
    State,
    /// By how partitions are assigned.
    Protocol,
    /// By members.
    Members,
    /// By lag.
    Lag,
}

impl GroupColumn {
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Name, "Group", ""),
        (Self::State, "State", STATE_HELP),
        (
            Self::Protocol,
            "Protocol",
            "How partitions are assigned (partition.assignment.strategy), or what the members are",
        ),
        (Self::Members, "Members", ""),
        (Self::Lag, "Lag", "Records that wait: end offsets minus committed offsets, over all topics"),
    ];

    fn is_number(self) -> bool {
        matches!(self, Self::Members | Self::Lag)
    }
}

/// The list, and which part of it is shown.
pub struct GroupTable {
    /// What the broker has; `None` until it was asked.
    pub groups: Option<Vec<GroupSummary>>,
    /// The lag of each, as far as it was read, or why it could not be.
    pub lags: HashMap<String, Result<u64, String>>,
    /// Why groups could not be listed the last time.
    pub problem: Option<String>,
    /// Only groups whose name has this.
    pub search: String,
    /// By which column, and whether the least comes first.
    pub sort: (GroupColumn, bool),
    feed: Option<Feed<Report>>,
}

impl Default for GroupTable {
    fn default() -> Self {
        Self {
            groups: None,
            lags: HashMap::new(),
            problem: None,
            search: String::new(),
            sort: (GroupColumn::Name, true),
            feed: None,
        }
    }
}

impl GroupTable {
    /// Begins to read them, where that is not being done.
    pub(super) fn keep_watching(&mut self, ctx: &Context, cluster: &Cluster) {
        if self.feed.is_none() {
            self.refresh(ctx, cluster);
        }
    }

    /// Reads them at once, and then again and again.
    pub(super) fn refresh(&mut self, ctx: &Context, cluster: &Cluster) {
        let cluster = cluster.clone();
        self.feed =
            Some(Feed::start("groups", ctx, move |stop, report: &dyn Fn(Report)| watch(&cluster, stop, report)));
    }

    /// Reads them no more.
    pub(super) fn rest(&mut self) {
        self.feed = None;
    }

    /// Takes what was read.
    pub(super) fn poll(&mut self) {
        let Some(feed) = &self.feed else { return };
        for report in feed.take() {
            match report {
                Report::Listed(groups) => {
                    self.problem = None;
                    self.lags.retain(|name, _| groups.iter().any(|group| group.name == *name));
                    self.groups = Some(groups);
                }
                Report::Lag(name, lag) => _ = self.lags.insert(name, lag),
                Report::Failed(problem) => self.problem = Some(problem),
            }
        }
    }

    /// The groups that are shown, in their order.
    pub fn shown(&self) -> Vec<&GroupSummary> {
        let wanted = self.search.trim().to_lowercase();
        let all = self.groups.iter().flatten();
        let mut shown: Vec<&GroupSummary> = all.filter(|group| group.name.to_lowercase().contains(&wanted)).collect();
        let members = |group: &GroupSummary| group.members.as_ref().map(Vec::len);
        let lag = |group: &GroupSummary| self.lags.get(&group.name).and_then(|lag| lag.as_ref().ok().copied());
        let (column, ascends) = self.sort;
        shown.sort_by(|a, b| {
            let order = match column {
                GroupColumn::Name => a.name.cmp(&b.name),
                GroupColumn::State => a.state.name().cmp(b.state.name()),
                GroupColumn::Protocol => protocol(a).cmp(protocol(b)),
                GroupColumn::Members => members(a).cmp(&members(b)),
                GroupColumn::Lag => lag(a).cmp(&lag(b)),
            };
            (if ascends { order } else { order.reverse() }).then_with(|| a.name.cmp(&b.name))
        });
        shown
    }

    /// Draws the list. Some: the group to open.
    pub(super) fn ui(&mut self, ui: &mut Ui, session: &mut Session, cluster: &Cluster) -> Option<String> {
        let shown = self.shown();
        if shown.is_empty() {
            self.empty(ui, session, cluster);
            return None;
        }
        if let Some(problem) = &self.problem {
            status_text(ui, Severity::Warning, &format!("These are the groups of an earlier look: {problem}"));
        }
        let (mut opened, mut clicked, sort) = (None, None, self.sort);
        space_table(ui);
        let table = TableBuilder::new(ui)
            .id_salt("groups-table")
            .auto_shrink(false)
            .min_scrolled_height(60.0)
            .cell_layout(Layout::right_to_left(Align::Center))
            .column(Column::remainder().at_least(180.0).clip(true))
            .column(Column::exact(124.0))
            .column(Column::exact(150.0).clip(true))
            .columns(fixed(90.0), 2);
        let table = table.header(HEADER_HEIGHT, |mut header| {
            for (column, name, help) in GroupColumn::ALL {
                let ascends = (sort.0 == column).then_some(sort.1);
                header.col(|ui| {
                    if sort_heading(ui, name, help, column.is_number(), ascends) {
                        clicked = Some(column);
                    }
                });
            }
        });
        table.body(|body| {
            body.rows(ROW_HEIGHT, shown.len(), |mut row| {
                let group = shown[row.index()];
                let mut is_opened = false;
                row.col(|ui| {
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        is_opened = open_button(ui, &group.name, &group.name, false).clicked();
                    });
                });
                row.col(|ui| _ = ui.with_layout(Layout::left_to_right(Align::Center), |ui| state_ui(ui, group.state)));
                row.col(|ui| words(ui, protocol(group), ""));
                row.col(|ui| match &group.members {
                    Some(members) => figure(ui, &format::exact(members.len() as u64), ""),
                    None => unknown(ui, UNDESCRIBED),
                });
                row.col(|ui| self.lag_ui(ui, group));
                if is_opened || is_row_clicked(&row.response()) {
                    opened = Some(group.name.clone());
                }
            });
        });
        if let Some(column) = clicked {
            self.sort = sorted_by(self.sort, column, !column.is_number());
        }
        opened
    }

    fn lag_ui(&self, ui: &mut Ui, group: &GroupSummary) {
        match self.lags.get(&group.name) {
            Some(Ok(lag)) => figure(ui, &format::count(*lag), &format::counted_exactly(*lag, "record", "records")),
            Some(Err(problem)) => unknown(ui, problem),
            None if !has_offsets(group) => unknown(ui, "Its members are no consumers of a topic"),
            None => unknown(ui, "Not read yet; open the group to read it at once"),
        }
    }

    fn empty(&mut self, ui: &mut Ui, session: &mut Session, cluster: &Cluster) {
        let search = self.search.trim().to_owned();
        if let Some(problem) = &self.problem {
            let retry = Some((ICON_REFRESH, "Try again"));
            if empty_state(ui, ICON_GROUPS, "The consumer groups cannot be listed", problem, retry) {
                self.problem = None;
                self.refresh(&ui.ctx().clone(), cluster);
            }
        } else if self.groups.is_none() {
            empty_state(ui, ICON_GROUPS, "Asking the broker", "Its consumer groups are being listed", None);
        } else if !search.is_empty() {
            let text = format!("No group has \"{search}\" in its name");
            if empty_state(ui, ICON_SEARCH, "Nothing found", &text, Some((ICON_SEARCH, "Show all"))) {
                self.search.clear();
            }
        } else {
            let text = "A stream makes one when it starts; those of other consumers are listed here too";
            if empty_state(ui, ICON_GROUPS, "No consumer groups yet", text, Some((ICON_PLAY_ARROW, "Start a stream"))) {
                session.actions.push(Action::Show(Tab::Stream));
                session.actions.push(Action::Start);
            }
        }
    }
}

pub(super) const UNDESCRIBED: &str = "The broker lists the group but does not describe it in this form: a group of the protocol \"consumer\" \
                                      (KIP-848), or one that this user may not see";

/// A state: a symbol and a word.
pub(super) fn state_ui(ui: &mut Ui, state: GroupState) {
    let severity = match state {
        GroupState::Stable => Severity::Ok,
        GroupState::Empty => Severity::Info,
        GroupState::Rebalancing | GroupState::Undescribed => Severity::Warning,
    };
    let response = status(ui, severity, state.name());
    if state == GroupState::Undescribed {
        response.on_hover_text(UNDESCRIBED);
    }
}

pub(super) fn protocol(group: &GroupSummary) -> &str {
    if group.protocol.is_empty() { &group.protocol_type } else { &group.protocol }
}

/// Groups of Kafka Connect and others commit nothing.
fn has_offsets(group: &GroupSummary) -> bool {
    group.state == GroupState::Undescribed || matches!(group.protocol_type.as_str(), "" | "consumer")
}

/// Lists the groups and reads how far each is behind, again and again.
fn watch(cluster: &Cluster, stop: &Cancellation, report: &dyn Fn(Report)) {
    let access = cluster.group_access();
    let lister = match GroupLister::open(&access, stop) {
        Ok(lister) => lister,
        Err(error) => return report(Report::Failed(sentence(&error))),
    };
    while !stop.is_requested() {
        let groups = match lister.list() {
            Ok(groups) => groups,
            Err(_) if stop.is_requested() => return,
            Err(error) => {
                report(Report::Failed(sentence(&error)));
                stop.wait_timeout(PAUSE);
                continue;
            }
        };
        let names: Vec<String> =
            groups.iter().filter(|group| has_offsets(group)).map(|group| group.name.clone()).take(LAGS_MAX).collect();
        report(Report::Listed(groups));
        for name in names {
            if stop.is_requested() {
                return;
            }
            let reading = GroupWatch::open(&access, &name, stop).and_then(|mut group| group.read());
            let lag = reading.map(|reading| reading.lag.total_lag).map_err(|error| sentence(&error));
            report(Report::Lag(name, lag));
        }
        stop.wait_timeout(PAUSE);
    }
}
