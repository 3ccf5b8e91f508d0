//! librdkafka's own statistics (<https://github.com/confluentinc/librdkafka/blob/master/STATISTICS.md>).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rdkafka::Statistics;

use crate::run::cancellation::Cancellation;

/// Time between two reports of a client, in milliseconds.
pub(super) const INTERVAL_MS: &str = "200";
const PATIENCE: Duration = Duration::from_secs(3);

/// Sums over one client's life. Batch figures come in windows, one per report; all others are sums already.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    /// Bytes written to and read from all brokers, including the protocol.
    pub(super) tx_bytes: u64,
    pub(super) rx_bytes: u64,
    /// Bytes of the records sent (value and key), before compression.
    pub(super) record_bytes: u64,
    /// Requests sent again.
    pub(super) retries: u64,
    /// Batches sent, their bytes (compressed) and records.
    pub(super) batches: u64,
    pub(super) batch_bytes: u64,
    pub(super) batch_records: u64,
}

/// Collects the reports of one or several clients.
#[derive(Default)]
pub(super) struct ClientStatistics {
    /// By client name, which librdkafka makes unique.
    clients: Mutex<HashMap<String, Client>>,
    came: Condvar,
}

#[derive(Default)]
struct Client {
    totals: Totals,
    reports: u64,
}

impl ClientStatistics {
    /// Adds a report in JSON.
    pub(super) fn take_raw(&self, report: &[u8]) {
        match serde_json::from_slice(report) {
            Ok(report) => self.take(&report),
            Err(error) => tracing::warn!("a report of the client cannot be read: {error}"),
        }
    }

    pub(super) fn take(&self, report: &Statistics) {
        let positive = |number: i64| u64::try_from(number).unwrap_or(0);
        let mut clients = self.clients.lock();
        let client = clients.entry(report.name.clone()).or_default();
        let totals = &mut client.totals;
        totals.tx_bytes = report.brokers.values().map(|broker| broker.txbytes).sum();
        totals.rx_bytes = report.brokers.values().map(|broker| broker.rxbytes).sum();
        totals.retries = report.brokers.values().map(|broker| broker.txretries).sum();
        totals.record_bytes = positive(report.txmsg_bytes);
        for topic in report.topics.values() {
            totals.batches += positive(topic.batchsize.cnt);
            totals.batch_bytes += positive(topic.batchsize.sum);
            totals.batch_records += positive(topic.batchcnt.sum);
        }
        client.reports += 1;
        self.came.notify_all();
    }

    /// The sums over all clients, including everything until now: waits for each client's next but one report, since
    /// the next one may be in flight already. After a stop, the current sums.
    pub(super) fn settled(self: &Arc<Self>, stop: &Cancellation) -> Totals {
        let deadline = Instant::now() + PATIENCE;
        let waiting = Arc::clone(self);
        let _woken = stop.on_request(move || {
            // A thread that has checked for the request before is then waiting.
            drop(waiting.clients.lock());
            waiting.came.notify_all();
        });
        let mut clients = self.clients.lock();
        let wanted: HashMap<String, u64> =
            clients.iter().map(|(name, client)| (name.clone(), client.reports + 2)).collect();
        let is_waiting = |clients: &HashMap<String, Client>| {
            wanted.iter().any(|(name, &wanted)| clients.get(name).is_some_and(|client| client.reports < wanted))
        };
        while is_waiting(&clients) && !stop.is_requested() && !self.came.wait_until(&mut clients, deadline).timed_out()
        {
        }
        Self::sum(&clients)
    }

    /// The sums of the latest reports.
    pub(super) fn current(&self) -> Totals {
        Self::sum(&self.clients.lock())
    }

    fn sum(clients: &HashMap<String, Client>) -> Totals {
        clients.values().fold(Totals::default(), |sum, client| sum.plus(&client.totals))
    }
}

impl Totals {
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self {
            tx_bytes: self.tx_bytes + other.tx_bytes,
            rx_bytes: self.rx_bytes + other.rx_bytes,
            record_bytes: self.record_bytes + other.record_bytes,
            retries: self.retries + other.retries,
            batches: self.batches + other.batches,
            batch_bytes: self.batch_bytes + other.batch_bytes,
            batch_records: self.batch_records + other.batch_records,
        }
    }

    /// The difference to `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            tx_bytes: self.tx_bytes.saturating_sub(before.tx_bytes),
            rx_bytes: self.rx_bytes.saturating_sub(before.rx_bytes),
            record_bytes: self.record_bytes.saturating_sub(before.record_bytes),
            retries: self.retries.saturating_sub(before.retries),
            batches: self.batches.saturating_sub(before.batches),
            batch_bytes: self.batch_bytes.saturating_sub(before.batch_bytes),
            batch_records: self.batch_records.saturating_sub(before.batch_records),
        }
    }

    /// Mean bytes and mean records of a batch; 0 without batches.
    pub(super) fn batch_means(&self) -> (f64, f64) {
        let batches = self.batches as f64;
        if self.batches == 0 {
            return (0.0, 0.0);
        }
        (self.batch_bytes as f64 / batches, self.batch_records as f64 / batches)
    }

    /// Bytes before compression divided by bytes of the batches.
    pub(super) fn compression_ratio(&self) -> Option<f64> {
        (self.batch_bytes > 0).then(|| self.record_bytes as f64 / self.batch_bytes as f64)
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::statistics::{Topic, Window};

    use super::*;

    #[test]
    fn a_client_without_reports_is_not_waited_for_after_a_stop() {
        let (statistics, stop) = (Arc::new(ClientStatistics::default()), Cancellation::default());
        statistics.take(&Statistics { txmsg_bytes: 7, ..Statistics::default() });
        let began = Instant::now();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| statistics.settled(&stop));
            stop.request();
            assert_eq!(waiting.join().unwrap().record_bytes, 7);
        });
        assert!(began.elapsed() < PATIENCE);
    }

    #[test]
    fn windows_are_added_up() {
        let statistics = ClientStatistics::default();
        let mut report = Statistics { txmsg_bytes: 1_000, ..Statistics::default() };
        let window = |sum, cnt| Window { sum, cnt, ..Window::default() };
        let topic = Topic { batchsize: window(300, 3), batchcnt: window(6, 3), ..Topic::default() };
        report.topics.insert("t".to_owned(), topic);
        statistics.take(&report);
        let before = ClientStatistics::sum(&statistics.clients.lock());
        report.txmsg_bytes = 2_000;
        statistics.take(&report);
        let both = ClientStatistics::sum(&statistics.clients.lock());
        assert_eq!((both.batches, both.record_bytes), (6, 2_000));
        let since = both.since(&before);
        assert_eq!(since.batch_means(), (100.0, 2.0));
        assert_eq!(since.compression_ratio(), Some(1_000.0 / 300.0));
    }
}
