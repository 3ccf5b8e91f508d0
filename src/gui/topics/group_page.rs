//! One consumer group: its members, its partitions, and how far it is behind over time.

use std::time::{Duration, Instant};

use eframe::egui::{Context, Id, RichText, ScrollArea, Ui};
use egui_material_icons::icons::{ICON_GROUPS, ICON_SETTINGS_BACKUP_RESTORE};

use super::cluster::{Cluster, sentence};
use super::feed::Feed;
use super::group_parts::{members_ui, partitions_ui};
use super::group_table::{protocol, state_ui};
use crate::gui::format;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::icon_text_button_enabled;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::chart::grown;
use crate::gui::widgets::chart_gestures::zoom_row;
use crate::gui::widgets::line_chart::{LineChart, Series, line_chart};
use crate::gui::widgets::message::{Severity, empty_state, status_text};
use crate::gui::widgets::time_view::TimeView;
use kafka_image_bench_core::groups::{GroupLister, GroupReading, GroupState, GroupSummary, GroupWatch};
use kafka_image_bench_core::report::axis_unit::Quantity;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Between two readings.
const PAUSE: Duration = Duration::from_secs(2);
/// Readings of the chart: an hour of them. Of more the oldest are left out.
const HISTORY_MAX: usize = 1_800;
const CHART_HEIGHT: f32 = 110.0;

/// A group as it is at one moment; no summary: it is gone.
type Look = (Option<GroupSummary>, GroupReading);

/// The group that is open.
pub struct GroupPage {
    /// Its name.
    pub name: String,
    /// Its state and members; `None` until it was asked, or if it is gone.
    pub summary: Option<GroupSummary>,
    /// Its offsets and lag.
    pub reading: Option<GroupReading>,
    /// Why it could not be read the last time.
    pub problem: Option<String>,
    /// Lag over time: seconds since it was opened, records.
    pub history: Vec<[f64; 2]>,
    opened: Instant,
    feed: Option<Feed<Result<Look, String>>>,
}

impl GroupPage {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            summary: None,
            reading: None,
            problem: None,
            history: Vec::new(),
            opened: Instant::now(),
            feed: None,
        }
    }

    /// Begins to read it, where that is not being done.
    pub(super) fn keep_watching(&mut self, ctx: &Context, cluster: &Cluster) {
        if self.feed.is_some() {
            return;
        }
        let (cluster, name) = (cluster.clone(), self.name.clone());
        self.feed = Some(Feed::start("group", ctx, move |stop, report: &dyn Fn(Result<Look, String>)| {
            watch(&cluster, &name, stop, report);
        }));
    }

    /// Reads it no more.
    pub(super) fn rest(&mut self) {
        self.feed = None;
    }

    /// Takes what was read.
    pub(super) fn poll(&mut self) {
        let Some(feed) = &self.feed else { return };
        for look in feed.take() {
            match look {
                Ok((summary, reading)) => {
                    if self.history.len() >= HISTORY_MAX {
                        self.history.remove(0);
                    }
                    self.history.push([self.opened.elapsed().as_secs_f64(), reading.lag.total_lag as f64]);
                    (self.summary, self.reading, self.problem) = (summary, Some(reading), None);
                }
                Err(problem) => self.problem = Some(problem),
            }
        }
    }

    /// The topics on which it has committed.
    pub(super) fn topics(&self) -> Vec<String> {
        let partitions = self.reading.iter().flat_map(|reading| &reading.lag.partitions);
        let mut topics: Vec<String> = partitions.map(|one| one.topic.clone()).collect();
        topics.dedup();
        topics
    }

    /// Draws it. True: its offsets are to be reset.
    pub(super) fn ui(&self, ui: &mut Ui) -> bool {
        if let Some(problem) = &self.problem {
            status_text(ui, Severity::Error, problem);
        }
        let Some(reading) = &self.reading else {
            if self.problem.is_none() {
                empty_state(
                    ui,
                    ICON_GROUPS,
                    "Asking the broker",
                    "The group's members and offsets are being read",
                    None,
                );
            }
            return false;
        };
        let mut resets = false;
        ScrollArea::vertical().id_salt("group-page").auto_shrink([false, false]).show(ui, |ui| {
            card(ui, |ui| resets = self.facts_ui(ui, reading));
            card(ui, |ui| self.chart_ui(ui));
            card(ui, |ui| {
                heading(ui, "Partitions");
                let over = match reading.rates_over_s {
                    Some(seconds) => {
                        format!("Rates are those of the last {}", format::duration(Duration::from_secs_f64(seconds)))
                    }
                    None => "Rates need a second reading".to_owned(),
                };
                caption(ui, over);
                partitions_ui(ui, reading, self.summary.as_ref());
            });
            if let Some(members) = self.summary.as_ref().and_then(|summary| summary.members.as_ref()) {
                card(ui, |ui| {
                    heading(ui, "Members");
                    members_ui(ui, members);
                });
            }
        });
        resets
    }

    fn facts_ui(&self, ui: &mut Ui, reading: &GroupReading) -> bool {
        let mut resets = false;
        let members = self.summary.as_ref().and_then(|summary| summary.members.as_ref()).map(Vec::len);
        ui.horizontal_wrapped(|ui| {
            match &self.summary {
                Some(summary) => {
                    state_ui(ui, summary.state);
                    caption(ui, protocol(summary));
                }
                None => state_ui(ui, GroupState::Undescribed),
            }
            let lag = format::counted_exactly(reading.lag.total_lag, "record behind", "records behind");
            ui.label(RichText::new(lag).font(semibold(14.0)));
            caption(ui, rates_text(reading))
                .on_hover_text("End offsets minus committed offsets, over all topics of the group");
            let can_reset = members == Some(0) && !reading.lag.partitions.is_empty();
            let button = icon_text_button_enabled(ui, ICON_SETTINGS_BACKUP_RESTORE, "Reset offsets…", can_reset);
            let why = match members {
                Some(0) => "The group has committed nothing",
                _ => "Kafka resets offsets only of groups without members: stop its consumers first",
            };
            resets = button.on_disabled_hover_text(why).clicked();
        });
        resets
    }

    fn chart_ui(&self, ui: &mut Ui) {
        let color = Tokens::of(ui).series_color(0);
        let series = [Series { name: "records behind".to_owned(), color, points: self.history.clone() }];
        let (first, last) = (self.history.first().map_or(0.0, |at| at[0]), self.history.last().map_or(0.0, |at| at[0]));
        let chart = LineChart {
            title: "Lag over time, records",
            group: "topics",
            height: grown(ui, CHART_HEIGHT),
            series: &series,
            spans: &[],
            x_range: first..=last.max(first + 30.0),
            quantity: Quantity::Records,
            axes: Axes::Linear,
            zooms: true,
            empty: "Two readings make a line",
        };
        let id = Id::unique(("lag of a group", &self.name, self.opened));
        let mut view = TimeView::load(ui, id);
        line_chart(ui, &chart, &mut view);
        view.end_frame(ui.ctx());
        zoom_row(ui, &mut view, true);
        view.store(ui, id);
    }
}

/// How fast it reads, and how long that takes.
pub(super) fn rates_text(reading: &GroupReading) -> String {
    let lag = &reading.lag;
    let (Some(consumed), Some(produced)) = (lag.consumed_per_s, lag.produced_per_s) else {
        return "rates need a second reading".to_owned();
    };
    let left = match lag.left_s.and_then(|left| Duration::try_from_secs_f64(left).ok()) {
        _ if lag.total_lag == 0 => "nothing waits".to_owned(),
        Some(left) => format!("{} left", format::duration(left)),
        None => "not catching up".to_owned(),
    };
    format!("{} consumed/s · {} produced/s · {left}", format::scaled(consumed), format::scaled(produced))
}

/// Describes the group and reads its offsets, again and again.
fn watch(cluster: &Cluster, name: &str, stop: &Cancellation, report: &dyn Fn(Result<Look, String>)) {
    let access = cluster.group_access();
    let opened =
        GroupLister::open(&access, stop).and_then(|lister| Ok((lister, GroupWatch::open(&access, name, stop)?)));
    let (lister, mut group) = match opened {
        Ok(opened) => opened,
        Err(error) => return report(Err(sentence(&error))),
    };
    while !stop.is_requested() {
        let look = lister.describe(name).and_then(|summary| Ok((summary, group.read()?)));
        if stop.is_requested() {
            return;
        }
        report(look.map_err(|error| sentence(&error)));
        stop.wait_timeout(PAUSE);
    }
}
