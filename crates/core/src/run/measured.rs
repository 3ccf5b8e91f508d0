//! What is measured now, and what the earlier runs of a benchmark have counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::metrics::{Gauges, RunTotals};

/// Behind one lock, so that a run is at every moment either the present one or part of the totals.
pub(super) struct Measured {
    now: Arc<dyn Gauges>,
    /// The configuration that `now` belongs to; `None` if it is the recorder of the run itself.
    configuration: Option<String>,
    /// Of runs that have ended, by configuration.
    totals: BTreeMap<String, RunTotals>,
}

impl Measured {
    pub(super) fn new(now: Arc<dyn Gauges>) -> Self {
        Self { now, configuration: None, totals: BTreeMap::new() }
    }

    pub(super) fn now(&self) -> Arc<dyn Gauges> {
        Arc::clone(&self.now)
    }

    /// From now on `now` is measured, for `configuration`; what was measured before has ended.
    pub(super) fn replace(&mut self, now: Arc<dyn Gauges>, configuration: Option<String>) {
        if let Some(ended) = self.configuration.take() {
            self.totals.entry(ended).or_default().add(&*self.now);
        }
        (self.now, self.configuration) = (now, configuration);
    }

    /// By configuration, the present run included.
    pub(super) fn totals(&self) -> BTreeMap<String, RunTotals> {
        let mut totals = self.totals.clone();
        if let Some(configuration) = &self.configuration {
            totals.entry(configuration.clone()).or_default().add(&*self.now);
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::Recorder;

    fn counted(images: u64) -> Arc<Recorder> {
        let recorder = Arc::new(Recorder::default());
        for _ in 0..images {
            recorder.producer.sent.add_one();
            recorder.producer.acknowledged.add_one();
            recorder.consumer.saved.add_one();
            recorder.consumer.saved_latency.record(Duration::from_millis(1));
        }
        recorder
    }

    #[test]
    fn totals_never_decrease_from_one_run_to_the_next() {
        let whole: Arc<dyn Gauges> = Arc::new(Recorder::default());
        let mut measured = Measured::new(Arc::clone(&whole));
        let of = |measured: &Measured| -> Vec<(String, u64, u64)> {
            let totals = measured.totals();
            totals.into_iter().map(|(name, one)| (name, one.counts.finished, one.latency.count())).collect()
        };
        assert_eq!(of(&measured), []);
        measured.replace(counted(3), Some("a".to_owned()));
        assert_eq!(of(&measured), [("a".to_owned(), 3, 3)]);
        measured.replace(counted(5), Some("b".to_owned()));
        measured.replace(Arc::clone(&whole), None);
        measured.replace(whole, None);
        assert_eq!(of(&measured), [("a".to_owned(), 3, 3), ("b".to_owned(), 5, 5)]);
        measured.replace(counted(4), Some("a".to_owned()));
        assert_eq!(of(&measured), [("a".to_owned(), 7, 7), ("b".to_owned(), 5, 5)]);
    }
}
