//! Records as they arrive: the last ones, with a pause.

use std::collections::VecDeque;

use eframe::egui::Context;

use super::cluster::{Cluster, sentence};
use super::feed::Feed;
use crate::gui::format;
use kafka_image_bench_core::browse::{BrowsePlan, BrowsedRecord, TailBatch, tail};

/// Records that are kept.
pub(super) const KEPT_MAX: usize = 1_000;

/// Follows a topic.
pub struct Tail {
    feed: Option<Feed<Result<TailBatch, String>>>,
    /// The last records, oldest first.
    records: VecDeque<BrowsedRecord>,
    /// What is shown during a pause.
    paused: Option<VecDeque<BrowsedRecord>>,
    /// Whether records that are added from now on are seen.
    pub follows: bool,
    /// Records that arrived, also those that are no longer kept.
    pub arrived: u64,
    /// Of them, those during the pause.
    pub since_pause: u64,
    /// Why it ended.
    pub problem: Option<String>,
}

impl Tail {
    pub(super) fn start(ctx: &Context, cluster: &Cluster, plan: BrowsePlan) -> Self {
        let Cluster { servers, client } = cluster.clone();
        let feed = Feed::start("tail", ctx, move |stop, report: &dyn Fn(Result<TailBatch, String>)| {
            if let Err(error) = tail(&servers, &client, &plan, stop, |batch| report(Ok(batch)))
                && !stop.is_requested()
            {
                report(Err(sentence(&error)));
            }
        });
        Self { feed: Some(feed), ..Self::of_records() }
    }

    fn of_records() -> Self {
        Self {
            feed: None,
            records: VecDeque::new(),
            paused: None,
            follows: false,
            arrived: 0,
            since_pause: 0,
            problem: None,
        }
    }

    /// Takes what has arrived.
    pub(super) fn poll(&mut self) {
        let Some(feed) = &self.feed else { return };
        for report in feed.take() {
            match report {
                Ok(batch) => self.take(batch),
                Err(problem) => self.problem = Some(problem),
            }
        }
        if self.feed.as_ref().is_some_and(Feed::has_ended) {
            self.problem.get_or_insert_with(|| "Internal error; see the log for the backtrace".to_owned());
            self.stop();
        }
    }

    fn take(&mut self, batch: TailBatch) {
        self.follows = true;
        let arrived = batch.records.len() as u64 + batch.dropped;
        self.arrived += arrived;
        if self.paused.is_some() {
            self.since_pause += arrived;
        }
        self.records.extend(batch.records);
        let more = self.records.len().saturating_sub(KEPT_MAX);
        self.records.drain(..more);
    }

    /// Ends it; the records stay.
    pub(super) fn stop(&mut self) {
        self.feed = None;
        self.follows = false;
    }

    /// Whether it has not ended.
    pub fn is_running(&self) -> bool {
        self.feed.is_some()
    }

    /// Whether what is shown stays as it is.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Keeps what is shown as it is, or shows what has arrived since.
    pub(super) fn pause(&mut self, is_paused: bool) {
        self.paused = is_paused.then(|| self.records.clone());
        self.since_pause = 0;
    }

    /// The records that are shown, oldest first.
    pub fn shown(&self) -> &VecDeque<BrowsedRecord> {
        self.paused.as_ref().unwrap_or(&self.records)
    }

    /// What happens, in a sentence.
    pub(super) fn caption(&self) -> String {
        let arrived = format::counted_exactly(self.arrived, "record has arrived", "records have arrived");
        let left_out = self.arrived.saturating_sub(self.records.len() as u64);
        let left_out = match left_out {
            0 => String::new(),
            count => format!(
                "; the last {} are kept, {} older left out",
                format::exact(KEPT_MAX as u64),
                format::exact(count)
            ),
        };
        match (self.is_running(), self.is_paused(), self.follows) {
            (false, ..) => format!("Not following any more: {arrived}{left_out}"),
            (true, true, _) => format!(
                "Paused: {} since then{left_out}",
                format::counted_exactly(self.since_pause, "record", "records")
            ),
            (true, false, false) => "Connecting".to_owned(),
            (true, false, true) => format!("Following: {arrived}{left_out}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::browse::ValueKind;

    fn batch(offsets: std::ops::Range<i64>, dropped: u64) -> TailBatch {
        let record = |offset| BrowsedRecord {
            partition: 0,
            offset,
            timestamp_millis: None,
            value_bytes: 0,
            file_name: None,
            sent_at_micros: None,
            key: None,
            headers: Vec::new(),
            more_headers: 0,
            encoding: None,
            kind: ValueKind::Text,
            content: Err("text".to_owned()),
            raw: None,
        };
        TailBatch { records: offsets.map(record).collect(), dropped }
    }

    #[test]
    fn the_last_records_are_kept_and_a_pause_holds_what_is_shown() {
        let mut tail = Tail::of_records();
        tail.take(batch(0..5, 0));
        assert_eq!((tail.shown().len(), tail.arrived), (5, 5));
        tail.pause(true);
        tail.take(batch(5..905, 0));
        tail.take(batch(1_000..1_200, 95));
        assert_eq!((tail.shown().len(), tail.since_pause, tail.arrived), (5, 1_195, 1_200));
        tail.pause(false);
        assert_eq!((tail.shown().len(), tail.shown()[0].offset), (KEPT_MAX, 105));
        assert!(tail.caption().contains("the last 1,000 are kept, 200 older left out"), "{}", tail.caption());
    }
}
