//! The records of one topic: a page of them, or those that arrive.

use std::cmp::Reverse;
use std::sync::Arc;

use eframe::egui::Context;

use super::cluster::{Cluster, TIMEOUT, sentence};
use super::detail::Detail;
use super::tail::Tail;
use super::timeline::TimelineView;
use crate::gui::format;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::browse::{BrowseFrom, BrowsePage, BrowsePlan, BrowsedRecord, KeptValues, read, read_next};

/// Where reading begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageStart {
    /// With the newest records.
    #[default]
    Last,
    /// With the first records that exist.
    First,
    /// At an offset.
    Offset,
    /// At a time.
    Time,
}

impl PageStart {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Last, Self::First, Self::Offset, Self::Time];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Last => "newest records",
            Self::First => "first records",
            Self::Offset => "an offset",
            Self::Time => "a time",
        }
    }
}

/// Which records are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageChoice {
    /// One partition; `None`: all.
    pub partition: Option<i32>,
    /// Where reading begins.
    pub from: PageStart,
    /// The offset, as it is typed.
    pub offset: String,
    /// The time, as it is typed.
    pub time: String,
    /// Only records without an image, and unreadable ones.
    pub only_damaged: bool,
}

/// The records of a topic.
pub struct TopicPage {
    /// The topic.
    pub topic: String,
    /// The number of its partitions.
    pub partitions: usize,
    /// Which records are read.
    pub choice: PageChoice,
    /// Those that were read last, in the order in which they are shown.
    pub records: Arc<Vec<BrowsedRecord>>,
    /// Why they could not be read.
    pub problem: Option<String>,
    /// What is to be said about the page.
    pub remarks: Vec<String>,
    /// Records that arrive, while they are shown.
    pub tail: Option<Tail>,
    /// Records over time.
    pub timeline: TimelineView,
    /// The chosen record.
    pub detail: Detail,
    /// The chosen record was changed by a key, and has to be in sight.
    pub(super) scrolls_to_chosen: bool,
    next: Option<Vec<(i32, i64)>>,
    job: Option<Job<Result<BrowsePage, String>>>,
    has_read: bool,
}

/// The records that are shown, by their place in the table.
#[derive(Clone)]
pub(super) enum Rows<'a> {
    Page(&'a [BrowsedRecord]),
    /// The newest first.
    Tail(&'a Tail),
}

impl<'a> Rows<'a> {
    pub(super) fn of(tail: Option<&'a Tail>, page: &'a [BrowsedRecord]) -> Self {
        tail.map_or(Self::Page(page), Self::Tail)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Page(records) => records.len(),
            Self::Tail(tail) => tail.shown().len(),
        }
    }

    pub(super) fn get(&self, place: usize) -> Option<&'a BrowsedRecord> {
        match self {
            Self::Page(records) => records.get(place),
            Self::Tail(tail) => tail.shown().get(tail.shown().len().checked_sub(place + 1)?),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a BrowsedRecord> + Clone + use<'a> {
        let rows = self.clone();
        (0..rows.len()).filter_map(move |place| rows.get(place))
    }
}

impl TopicPage {
    /// Opens a topic at its newest records.
    pub(super) fn open(ctx: &Context, cluster: &Cluster, topic: String, partitions: usize, count: usize) -> Self {
        let mut page = Self {
            topic,
            partitions,
            choice: PageChoice::default(),
            records: Arc::default(),
            problem: None,
            remarks: Vec::new(),
            tail: None,
            timeline: TimelineView::default(),
            detail: Detail::default(),
            scrolls_to_chosen: false,
            next: None,
            job: None,
            has_read: false,
        };
        page.read(ctx, cluster, count);
        page
    }

    /// What is read; an error where something cannot be meant.
    fn plan(&self, count: usize) -> Result<BrowsePlan, String> {
        let choice = &self.choice;
        let from = match choice.from {
            PageStart::Last => BrowseFrom::Latest,
            PageStart::First => BrowseFrom::Beginning,
            PageStart::Offset => BrowseFrom::Offset(parse_offset(&choice.offset)?),
            PageStart::Time => BrowseFrom::Time(format::parse_time(&choice.time)?),
        };
        let plan = BrowsePlan {
            topic: self.topic.clone(),
            partition: choice.partition,
            from,
            count,
            only_damaged: choice.only_damaged,
            values: KeptValues::Nothing,
            timeout: TIMEOUT,
            ..BrowsePlan::default()
        };
        plan.check().map_err(|error| error.to_string())?;
        Ok(plan)
    }

    /// Reads the records that are chosen, and asks for the timeline.
    pub(super) fn read(&mut self, ctx: &Context, cluster: &Cluster, count: usize) {
        self.tail = None;
        self.next = None;
        self.timeline.refresh(ctx, cluster, &self.topic, self.choice.partition);
        self.start(ctx, cluster, count, None);
    }

    /// Reads the page after the one that is shown.
    pub(super) fn read_next(&mut self, ctx: &Context, cluster: &Cluster, count: usize) {
        let next = self.next.clone();
        if next.is_some() {
            self.start(ctx, cluster, count, next);
        }
    }

    fn start(&mut self, ctx: &Context, cluster: &Cluster, count: usize, next: Option<Vec<(i32, i64)>>) {
        let plan = match self.plan(count) {
            Ok(plan) => plan,
            Err(problem) => {
                self.job = None;
                self.problem = Some(problem);
                return;
            }
        };
        self.problem = None;
        let Cluster { servers, client } = cluster.clone();
        // One that is running is stopped.
        self.job = Some(Job::start("records", ctx, move |stop| {
            let page = match next {
                None => read(&servers, &client, &plan, stop),
                Some(next) => read_next(&servers, &client, &plan, &next, stop),
            };
            page.map_err(|error| sentence(&error))
        }));
    }

    /// Stops reading.
    pub(super) fn stop(&mut self) {
        self.job = None;
    }

    /// Shows records as they arrive, or those of the page again.
    pub(super) fn follow(&mut self, ctx: &Context, cluster: &Cluster, follows: bool) {
        self.job = None;
        self.tail = None;
        if !follows {
            return;
        }
        match self.plan(1) {
            Ok(plan) => self.tail = Some(Tail::start(ctx, cluster, plan)),
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// Reads from a time on.
    pub(super) fn jump(&mut self, ctx: &Context, cluster: &Cluster, millis: i64, count: usize) {
        self.choice.from = PageStart::Time;
        self.choice.time = format::clock(millis.saturating_mul(1_000));
        self.read(ctx, cluster, count);
    }

    /// Takes what was read.
    pub(super) fn poll(&mut self, ctx: &Context) {
        self.timeline.poll();
        self.detail.poll(ctx);
        if let Some(tail) = &mut self.tail {
            tail.poll();
        }
        match job::take(&mut self.job, "the records were read").map(|result| result.and_then(|page| page)) {
            Some(Ok(page)) => self.take(page),
            Some(Err(problem)) => {
                self.has_read = true;
                self.problem = Some(problem);
            }
            None => {}
        }
    }

    fn take(&mut self, page: BrowsePage) {
        let BrowsePage { mut records, end_reached, cut_by_budget, next, mut remarks, .. } = page;
        if self.choice.from == PageStart::Last && self.next.is_none() {
            records.sort_by_key(|record| Reverse((record.timestamp_millis, record.offset, record.partition)));
        }
        if cut_by_budget {
            remarks.push("The page ends early: its records have filled the memory limit of a page".to_owned());
        }
        remarks.push(match (end_reached, records.len()) {
            (true, _) => "The end of the topic is reached".to_owned(),
            (false, _) => "More records follow".to_owned(),
        });
        self.has_read = true;
        self.records = Arc::new(records);
        self.next = (!end_reached).then_some(next);
        self.remarks = remarks;
    }

    /// Whether records are being read.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Whether something was read, or could not be.
    pub(super) fn has_read(&self) -> bool {
        self.has_read
    }

    /// Whether another page follows.
    pub(super) fn has_next(&self) -> bool {
        self.next.is_some()
    }

    /// The records that are shown.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows::of(self.tail.as_ref(), &self.records)
    }

    /// Chooses a record, and reads its value.
    pub(super) fn choose(&mut self, ctx: &Context, cluster: &Cluster, place: usize) {
        let Some(record) = self.rows().get(place).cloned() else { return };
        self.detail.choose(ctx, cluster, &self.topic, record);
    }

    /// Whether a record is chosen.
    pub(super) fn has_chosen(&self) -> bool {
        self.detail.chosen().is_some()
    }

    /// The place of the chosen record.
    pub(super) fn chosen_place(&self) -> Option<usize> {
        let chosen = self.detail.chosen()?;
        self.rows().iter().position(|record| (record.partition, record.offset) == (chosen.partition, chosen.offset))
    }
}

fn parse_offset(text: &str) -> Result<i64, String> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ',' | ' ' | '_')).collect();
    let offset = digits.parse::<i64>().ok().filter(|offset| *offset >= 0);
    offset.ok_or_else(|| format!("An offset is a number from 0, not \"{}\"", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::parse_offset;

    #[test]
    fn offsets_are_typed_with_or_without_separators() {
        assert_eq!(parse_offset(" 1,234 567 "), Ok(1_234_567));
        assert!(parse_offset("-1").unwrap_err().contains("not \"-1\""));
        assert!(parse_offset("").is_err());
    }
}
