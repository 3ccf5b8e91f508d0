//! The producer of a transport run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::Statistics;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, PurgeConfig, ThreadedProducer};

use super::counters::{Counters, UNCOUNTED};
use super::payloads::Pool;
use super::statistics::ClientStatistics;
use crate::kafka::client::{ClientEvents, fatal_reason};
use crate::pipeline::PipelineError;
use crate::run::byte_budget::ByteBudget;
use crate::run::context::RunContext;

/// Bytes of records on their way, as in Java's `buffer.memory`: without a bound a latency is only the length of the
/// client's queue.
pub(super) const IN_FLIGHT_BYTES: u64 = 32 * 1024 * 1024;
/// The header that carries a record's number and its time.
pub(super) const HEADER: &str = "bench";
/// With no acknowledgement for so long, what is in flight is given up.
const STALLED: Duration = Duration::from_secs(30);
/// How long is waited for room among the records in flight.
const FULL_PAUSE: Duration = Duration::from_micros(200);
/// Below this, waiting for the next record's time is done awake.
const AWAKE: Duration = Duration::from_micros(100);

/// Sends records, and counts what becomes of them.
pub(super) struct Sender {
    client: ThreadedProducer<DeliveryContext>,
    topic: String,
    shared: Arc<Shared>,
    next: usize,
}

struct Shared {
    counters: Arc<Counters>,
    pool: Arc<Pool>,
    budget: Arc<ByteBudget>,
    statistics: Arc<ClientStatistics>,
    is_ready: AtomicBool,
}

struct DeliveryContext {
    events: ClientEvents,
    shared: Arc<Shared>,
}

/// What travels in the header.
#[derive(Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) sequence: u64,
    pub(super) intended: Duration,
    pub(super) index: usize,
}

impl Facts {
    fn to_bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[8..16].copy_from_slice(&(self.intended.as_nanos() as u64).to_be_bytes());
        bytes[16..].copy_from_slice(&(self.index as u64).to_be_bytes());
        bytes
    }

    /// `None`: not a header of ours.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let facts = Self {
            sequence: number(0)?,
            intended: Duration::from_nanos(number(8)?),
            index: usize::try_from(number(16)?).ok()?,
        };
        (bytes.len() == 24).then_some(facts)
    }
}

/// When to stop.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Elapsed(Duration),
    Count(u64),
}

impl ClientContext for DeliveryContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.events.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.shared.counters.error(|| format!("{error}: {reason}"));
        self.events.on_error(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let state = statistics.eos.as_ref().map(|eos| eos.idemp_state.as_str());
        if state == Some("Assigned") {
            self.shared.is_ready.store(true, Ordering::Release);
        }
        self.shared.statistics.take(&statistics);
    }
}

impl ProducerContext for DeliveryContext {
    // Three numbers in one, so that no memory is taken for a record.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, packed: usize) {
        let (message, error) = match result {
            Ok(message) => (message, None),
            Err((error, message)) => (message, Some(error)),
        };
        self.shared.budget.give_back(message.payload_len() as u64);
        let Packed { is_counted, index, intended } = Packed::unpack(packed);
        let counters = &self.shared.counters;
        match error {
            Some(error) => {
                counters.error(|| error.to_string());
                if is_counted {
                    counters.failed.add_one();
                }
            }
            None if is_counted => {
                counters.acknowledged(intended, self.shared.pool.image_bytes[index], message.partition());
            }
            None => counters.acknowledged_uncounted(message.partition()),
        }
    }
}

/// What goes with a record to its acknowledgement: whether it counts (1 bit), which image it is (23 bits), and when it
/// was to be sent, in units of 100 ns (40 bits, 30 hours).
#[derive(Debug, PartialEq)]
struct Packed {
    is_counted: bool,
    index: usize,
    intended: Duration,
}

const TIME_BITS: u32 = 40;
const INDEX_BITS: u32 = 23;
const TIME_UNIT_NANOS: u64 = 100;
/// Images that a pool may hold.
pub(super) const POOL_IMAGES_MAX: usize = 1 << INDEX_BITS;
const _: () = assert!(usize::BITS == 64, "the benchmark packs a record's facts into 64 bits");

impl Packed {
    fn pack(&self) -> usize {
        let time = (self.intended.as_nanos() as u64 / TIME_UNIT_NANOS) & ((1 << TIME_BITS) - 1);
        let packed = (u64::from(self.is_counted) << 63) | ((self.index as u64) << TIME_BITS) | time;
        packed as usize
    }

    fn unpack(packed: usize) -> Self {
        let packed = packed as u64;
        Self {
            is_counted: packed >> 63 == 1,
            index: ((packed >> TIME_BITS) as usize) & (POOL_IMAGES_MAX - 1),
            intended: Duration::from_nanos((packed & ((1 << TIME_BITS) - 1)) * TIME_UNIT_NANOS),
        }
    }
}

impl Sender {
    pub(super) fn new(
        context: &Arc<RunContext>,
        config: &ClientConfig,
        topic: &str,
        counters: &Arc<Counters>,
        pool: &Arc<Pool>,
        statistics: &Arc<ClientStatistics>,
    ) -> Result<Self, PipelineError> {
        let is_idempotent = config.get("enable.idempotence") == Some("true");
        let shared = Arc::new(Shared {
            counters: Arc::clone(counters),
            pool: Arc::clone(pool),
            budget: ByteBudget::new(IN_FLIGHT_BYTES.max(pool.max_value_bytes() as u64)),
            statistics: Arc::clone(statistics),
            is_ready: AtomicBool::new(!is_idempotent),
        });
        let delivery = DeliveryContext { events: ClientEvents::new(context, "producer"), shared: Arc::clone(&shared) };
        let client = config
            .create_with_context(delivery)
            .map_err(|source| PipelineError::Kafka { doing: "make the producer", source })?;
        Ok(Self { client, topic: topic.to_owned(), shared, next: 0 })
    }

    /// Connects, and waits for the producer's id.
    pub(super) fn warm_up(&self, give_up: &dyn Fn() -> bool) {
        // Should this fail, sending tries for itself.
        let _ = self.client.client().fetch_metadata(Some(&self.topic), Duration::from_secs(5));
        while !self.shared.is_ready.load(Ordering::Acquire) && !give_up() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// One uncounted record to each partition.
    pub(super) fn probe(&mut self, partitions: i32) -> Result<(), PipelineError> {
        for partition in 0..partitions {
            let now = self.shared.counters.now();
            self.send(Some(partition), UNCOUNTED, now, &|| false)?;
        }
        self.flush(&|| false)
    }

    /// Sends until it is enough, or `give_up` says so. `is_counted`: whether figures count these records.
    pub(super) fn run(
        &mut self,
        until: Until,
        rate_per_s: Option<f64>,
        is_counted: bool,
        give_up: &dyn Fn() -> bool,
    ) -> Result<(), PipelineError> {
        let counters = Arc::clone(&self.shared.counters);
        let begin = counters.now();
        let interval_s = rate_per_s.map(|rate| 1.0 / rate);
        for number in 0_u64.. {
            let intended = match interval_s {
                Some(interval_s) => begin + Duration::from_secs_f64(interval_s * number as f64),
                None => counters.now(),
            };
            let is_enough = match until {
                Until::Elapsed(span) => intended.saturating_sub(begin) >= span,
                Until::Count(count) => number >= count,
            };
            if is_enough || !wait_until(&counters, intended, give_up) {
                break;
            }
            let sequence = if is_counted { number } else { UNCOUNTED };
            if !self.send(None, sequence, intended, give_up)? {
                break;
            }
            if is_counted {
                counters.producer_span.open(intended);
                counters.sent.add_one();
            }
        }
        Ok(())
    }

    /// False: given up.
    fn send(
        &mut self,
        partition: Option<i32>,
        sequence: u64,
        intended: Duration,
        give_up: &dyn Fn() -> bool,
    ) -> Result<bool, PipelineError> {
        let index = self.next;
        self.next = (index + 1) % self.shared.pool.values.len();
        let value = &self.shared.pool.values[index];
        // Given back by the delivery report. Being woken by each one of them would cost more than this.
        while !self.shared.budget.try_take(value.len() as u64) {
            if give_up() {
                return Ok(false);
            }
            std::thread::sleep(FULL_PAUSE);
        }
        let facts = Facts { sequence, intended, index }.to_bytes();
        let headers = OwnedHeaders::new_with_capacity(1).insert(Header { key: HEADER, value: Some(&facts[..]) });
        let packed = Packed { is_counted: sequence != UNCOUNTED, index, intended }.pack();
        let mut record: BaseRecord<'_, (), [u8], usize> =
            BaseRecord::with_opaque_to(&self.topic, packed).payload(&value[..]).headers(headers);
        record.partition = partition;
        loop {
            let (error, refused) = match self.client.send(record) {
                Ok(()) => return Ok(true),
                Err(refused) => refused,
            };
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(PipelineError::Kafka { doing: "send a record", source: error });
            }
            if give_up() {
                self.shared.budget.give_back(value.len() as u64);
                return Ok(false);
            }
            std::thread::sleep(FULL_PAUSE);
            record = refused;
        }
    }

    /// Waits until everything sent is acknowledged or has failed.
    pub(super) fn flush(&self, give_up: &dyn Fn() -> bool) -> Result<(), PipelineError> {
        let (mut last_progress, mut last_count) = (Instant::now(), self.client.in_flight_count());
        while self.client.in_flight_count() > 0 {
            if let Some(reason) = fatal_reason::<DeliveryContext, _>(&self.client) {
                return Err(PipelineError::Settings(format!("the producer failed: {reason}")));
            }
            let _ = self.client.flush(Duration::from_millis(50));
            let count = self.client.in_flight_count();
            if count != last_count {
                (last_progress, last_count) = (Instant::now(), count);
            }
            if give_up() || last_progress.elapsed() > STALLED {
                self.client.purge(PurgeConfig::default().queue().inflight());
                let _ = self.client.flush(Duration::from_secs(1));
                break;
            }
        }
        Ok(())
    }
}

/// False: given up.
fn wait_until(counters: &Counters, intended: Duration, give_up: &dyn Fn() -> bool) -> bool {
    loop {
        let left = intended.saturating_sub(counters.now());
        if left.is_zero() {
            return !give_up();
        }
        if left > AWAKE {
            if give_up() {
                return false;
            }
            std::thread::sleep((left - AWAKE).min(Duration::from_millis(20)));
        } else {
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_packed_without_loss() {
        for (is_counted, index, nanos) in
            [(true, 0, 0), (false, POOL_IMAGES_MAX - 1, 100_000_000_000_000), (true, 77, 700)]
        {
            let facts = Packed { is_counted, index, intended: Duration::from_nanos(nanos) };
            assert_eq!(Packed::unpack(facts.pack()), facts);
        }
        let facts = Facts { sequence: 7, intended: Duration::from_nanos(9), index: 5 };
        assert_eq!(Facts::from_bytes(&facts.to_bytes()), Some(facts));
        assert_eq!(Facts::from_bytes(&[0; 23]), None);
    }
}
