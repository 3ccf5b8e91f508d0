//! How long the stages of the records' way take.

use std::collections::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::{Mutex, MutexGuard};

use super::broker_clock::{BrokerClock, Stamped};
use super::histogram::LatencyHistogram;
use crate::model::record_stage::RecordStage;

/// Records that may wait for the client's next report, for their receipt, and for their commit. Further ones are left out of
/// the stages concerned.
const WAITING_MAX: usize = 1 << 16;

/// A histogram and the exact sum of each stage. All times are since the run began.
///
/// The client does not report when it wrote a record to its connection, but its statistics have the mean round trip of the
/// requests since the last report, in which a record was acknowledged. So acknowledged and received records wait here for
/// the next report, which splits their time into that in the client, and that on the wire.
pub struct StageTimes {
    times: [StageTime; RecordStage::ALL.len()],
    clock: Mutex<BrokerClock>,
    waiting: Mutex<Waiting>,
    /// How often each record is received: by each consumer group.
    groups: usize,
    /// When records were appended, so that both sides take the same instant for it, and how often they are still to be
    /// received.
    appended: Mutex<HashMap<Position, (Duration, usize)>>,
    /// When records became durable.
    uncommitted: Mutex<BTreeMap<Position, Duration>>,
}

/// Partition and offset of a record.
type Position = (i32, i64);

#[derive(Default)]
struct StageTime {
    // 176 kB, only for stages that there are.
    histogram: OnceLock<LatencyHistogram>,
    sum_nanos: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    /// By the index of the producer's client.
    clients: Vec<ClientRecords>,
    /// With how many reports there were since.
    received: Vec<(ReceivedRecord, usize)>,
}

#[derive(Default)]
struct ClientRecords {
    sent: Vec<SentRecord>,
    /// Of the last report that had one.
    round_trip: Option<RoundTrip>,
}

/// The requests of a client since its last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    /// Mean time from writing a request to its response.
    pub mean: Duration,
    /// The shortest.
    pub shortest: Duration,
    /// The longest.
    pub longest: Duration,
}

/// A record that was acknowledged.
#[derive(Clone, Copy)]
pub struct SentRecord {
    /// Whether it is part of the figures.
    pub is_counted: bool,
    /// Its partition and offset.
    pub position: (i32, i64),
    /// When it was handed over.
    pub handed_over: Duration,
    /// When it was acknowledged.
    pub acknowledged: Duration,
    /// When the broker appended it, by its clock, in milliseconds; `None`: the topic keeps the producer's time.
    pub append_millis: Option<i64>,
}

/// A record that was received.
#[derive(Clone, Copy)]
pub struct ReceivedRecord {
    /// Its partition and offset.
    pub position: (i32, i64),
    /// When it was handed over.
    pub handed_over: Duration,
    /// When it was received.
    pub received: Duration,
    /// When the broker appended it, by its clock, in milliseconds; `None`: the topic keeps the producer's time.
    pub append_millis: Option<i64>,
}

/// A stage as it was measured.
pub struct MeasuredStage {
    /// Which one.
    pub stage: RecordStage,
    /// The exact mean.
    pub mean_micros: f64,
    /// The distribution, in microseconds.
    pub histogram: Histogram<u64>,
    /// The longest time, exactly.
    pub max_micros: u64,
}

impl Default for StageTimes {
    fn default() -> Self {
        Self::of_groups(1)
    }
}

impl StageTimes {
    /// For records that so many consumer groups receive.
    pub fn of_groups(groups: usize) -> Self {
        Self {
            times: Default::default(),
            clock: Mutex::default(),
            waiting: Mutex::default(),
            groups,
            appended: Mutex::default(),
            uncommitted: Mutex::default(),
        }
    }

    /// Forgets what was recorded, when no record is on its way. What is known of the broker's clock remains.
    pub(crate) fn clear(&self) {
        self.settle();
        self.appended.lock().clear();
        for StageTime { histogram, sum_nanos } in &self.times {
            sum_nanos.store(0, Relaxed);
            if let Some(histogram) = histogram.get() {
                histogram.clear();
            }
        }
    }

    /// A record spent this time in a stage.
    pub fn record(&self, stage: RecordStage, time: Duration) {
        let StageTime { histogram, sum_nanos } = &self.times[stage.index()];
        histogram.get_or_init(LatencyHistogram::default).record(time);
        sum_nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// A record of the producer's client of this index was acknowledged.
    pub fn acknowledged(&self, client: usize, record: SentRecord) {
        let mut waiting = self.waiting.lock();
        let sent = &mut waiting.client(client).sent;
        sent.push(record);
        if sent.len() >= WAITING_MAX {
            self.split(waiting, client);
        }
    }

    /// A record of the run was received, for the first time.
    pub fn received(&self, record: ReceivedRecord) {
        self.record(RecordStage::ClientAndWire, record.received.saturating_sub(record.handed_over));
        if record.append_millis.is_some() {
            let mut waiting = self.waiting.lock();
            if waiting.received.len() < WAITING_MAX {
                waiting.received.push((record, 0));
            }
        }
    }

    /// The producer's client of this index has reported, and with it the round trips since its last report; `None`: no
    /// response came.
    pub fn reported(&self, client: usize, round_trip: Option<RoundTrip>) {
        let mut waiting = self.waiting.lock();
        let known = &mut waiting.client(client).round_trip;
        *known = round_trip.or(*known);
        if known.is_some() {
            self.split(waiting, client);
        }
    }

    /// Splits the time of what a client has sent, and of what was received of it.
    fn split(&self, mut waiting: MutexGuard<'_, Waiting>, client: usize) {
        // Its own report may come after those of all others.
        let patience = waiting.clients.len();
        let ClientRecords { sent, round_trip } = waiting.client(client);
        let (sent, round_trip) = (std::mem::take(sent), *round_trip);
        let received = std::mem::take(&mut waiting.received);
        drop(waiting);
        let mut early = match round_trip {
            Some(round_trip) => {
                self.split_sent(&sent, &received, round_trip);
                self.split_received(received, patience)
            }
            None => received,
        };
        self.waiting.lock().received.append(&mut early);
    }

    fn split_sent(&self, sent: &[SentRecord], received: &[(ReceivedRecord, usize)], round_trip: RoundTrip) {
        let mut receipts: HashMap<Position, Duration> = HashMap::with_capacity(received.len());
        for (record, _) in received {
            let earliest = receipts.entry(record.position).or_insert(record.received);
            *earliest = record.received.min(*earliest);
        }
        let clock = self.check_clock(sent, received, round_trip);
        let mut appended = self.appended.lock();
        for record in sent.iter().filter(|record| record.is_counted) {
            let latest = receipts.get(&record.position).map_or(record.acknowledged, |at| record.acknowledged.min(*at));
            let known = record.append_millis.and_then(|millis| clock.appended(millis));
            let known = known.map(|at| at.min(latest).max(record.handed_over));
            if let Some(at) = self.record_sent(record, known, round_trip.mean)
                && appended.len() < WAITING_MAX
            {
                appended.insert(record.position, (at, self.groups));
            }
        }
    }

    /// Returns the records whose acknowledgement has not been read yet.
    fn split_received(&self, received: Vec<(ReceivedRecord, usize)>, patience: usize) -> Vec<(ReceivedRecord, usize)> {
        let clock = *self.clock.lock();
        let mut appended = self.appended.lock();
        let mut early = Vec::new();
        for (record, reports) in received {
            let ReceivedRecord { position, handed_over, received, append_millis } = record;
            let at = match appended.entry(position) {
                Entry::Occupied(mut known) => {
                    let (at, left) = known.get_mut();
                    let at = *at;
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        known.remove();
                    }
                    Some(at)
                }
                Entry::Vacant(_) if reports < patience => {
                    early.push((record, reports + 1));
                    continue;
                }
                // Without its acknowledgement, or with too many records waiting, by the clock alone.
                Entry::Vacant(_) => {
                    append_millis.and_then(|millis| clock.appended(millis)).map(|at| at.max(handed_over))
                }
            };
            if let Some(at) = at {
                self.record(RecordStage::WireIn, received.saturating_sub(at));
            }
        }
        early
    }

    fn check_clock(
        &self,
        sent: &[SentRecord],
        received: &[(ReceivedRecord, usize)],
        round_trip: RoundTrip,
    ) -> BrokerClock {
        let stamped = |record: &SentRecord| {
            let SentRecord { handed_over, acknowledged, append_millis, .. } = *record;
            Some(Stamped { append_millis: append_millis?, handed_over, acknowledged })
        };
        let mut clock = self.clock.lock();
        clock.note(sent.iter().filter_map(stamped), [round_trip.shortest, round_trip.longest]);
        for (record, _) in received {
            if let Some(append_millis) = record.append_millis {
                clock.note_received(append_millis, record.received);
            }
        }
        *clock
    }

    /// Records the producer's stages of a record that was appended at this time. In the order in which it passed them,
    /// whatever the estimates are, so that the stages add up.
    fn record_sent(&self, record: &SentRecord, appended: Option<Duration>, round_trip: Duration) -> Option<Duration> {
        let SentRecord { handed_over, acknowledged, .. } = *record;
        let written = acknowledged.saturating_sub(round_trip).max(handed_over);
        let written = appended.map_or(written, |appended| written.min(appended));
        self.record(RecordStage::Acknowledge, acknowledged.saturating_sub(written));
        let appended = appended?;
        self.record(RecordStage::Client, written.saturating_sub(handed_over));
        self.record(RecordStage::WireOut, appended.saturating_sub(written));
        Some(appended)
    }

    /// A record became durable, and its offset is to be committed.
    pub fn uncommitted(&self, partition: i32, offset: i64, durable: Duration) {
        let mut uncommitted = self.uncommitted.lock();
        if uncommitted.len() < WAITING_MAX {
            uncommitted.insert((partition, offset), durable);
        }
    }

    /// A consumer reports at `now` that the records of a partition before `offset` are committed.
    pub fn committed(&self, partition: i32, offset: i64, now: Duration) {
        let mut uncommitted = self.uncommitted.lock();
        while let Some((&position, &durable)) = uncommitted.range((partition, i64::MIN)..(partition, offset)).next() {
            uncommitted.remove(&position);
            self.record(RecordStage::Commit, now.saturating_sub(durable));
        }
    }

    /// The stages that were measured, in order. Where the time of appending is not known, client and wire are one.
    pub fn measured(&self) -> Vec<MeasuredStage> {
        self.settle();
        let has = |stage: RecordStage| self.times[stage.index()].recorded().is_some();
        let is_split = has(RecordStage::WireOut) && (has(RecordStage::WireIn) || !has(RecordStage::ClientAndWire));
        let is_shown = |stage: &RecordStage| match stage {
            RecordStage::ClientAndWire => !is_split,
            RecordStage::Client | RecordStage::WireOut | RecordStage::WireIn => is_split,
            _ => true,
        };
        RecordStage::ALL.into_iter().filter(is_shown).filter_map(|stage| self.times[stage.index()].of(stage)).collect()
    }

    /// Splits the time of all that waits: no further report is expected.
    fn settle(&self) {
        let clients = self.waiting.lock().clients.len();
        (0..clients).for_each(|client| self.split(self.waiting.lock(), client));
        let received = std::mem::take(&mut self.waiting.lock().received);
        self.split_received(received, 0);
    }

    /// By how much the time of appending can be wrong, for all records together; `None`: it is not known.
    pub fn clock_bound(&self) -> Option<Duration> {
        self.clock.lock().bound()
    }
}

impl StageTime {
    /// `None`: no record passed the stage. The longest time is at least a microsecond.
    fn recorded(&self) -> Option<&LatencyHistogram> {
        self.histogram.get().filter(|histogram| histogram.max_micros() > 0)
    }

    fn of(&self, stage: RecordStage) -> Option<MeasuredStage> {
        let recorded = self.recorded()?;
        let histogram = recorded.snapshot();
        let mean_micros = self.sum_nanos.load(Relaxed) as f64 / 1e3 / histogram.len().max(1) as f64;
        Some(MeasuredStage { stage, mean_micros, max_micros: recorded.max_micros(), histogram })
    }
}

impl Waiting {
    fn client(&mut self, index: usize) -> &mut ClientRecords {
        if index >= self.clients.len() {
            self.clients.resize_with(index + 1, ClientRecords::default);
        }
        &mut self.clients[index]
    }
}

#[cfg(test)]
#[path = "stage_times_tests.rs"]
mod tests;
