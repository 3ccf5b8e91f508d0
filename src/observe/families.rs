//! The counters of a run and of a benchmark's configurations: their names, what they mean, and where they come from.

use super::watched::WatchedJob;
use kafka_image_bench_core::configuration::BenchmarkMode;
use kafka_image_bench_core::engine::Observation;
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::metrics::{LatencyBuckets, RunTotals};

/// A counter, or a histogram, by what it has.
pub(super) struct Family<RunValue, TotalsValue> {
    /// Without the program's prefix and the suffix `_total`.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    /// Of a run of these sides.
    of_run: Option<(Sides, RunValue)>,
    /// Of a configuration, in benchmarks of this mode.
    of_configuration: Option<(Measured, TotalsValue)>,
}

pub(super) type CounterFamily = Family<fn(&Observation) -> u64, fn(&RunTotals) -> u64>;
pub(super) type HistogramFamily = Family<fn(&Observation) -> &LatencyBuckets, fn(&RunTotals) -> &LatencyBuckets>;

#[derive(Clone, Copy, PartialEq)]
enum Sides {
    Any,
    Producer,
    Consumer,
    /// A stream: what needs both sides in one process.
    Both,
}

#[derive(Clone, Copy, PartialEq)]
enum Measured {
    Any,
    Transport,
    Pipeline,
}

impl<RunValue: Copy, TotalsValue: Copy> Family<RunValue, TotalsValue> {
    /// How it is read of a run, if `job` has it.
    pub(super) fn of_run(&self, job: WatchedJob) -> Option<RunValue> {
        let (sides, value) = self.of_run?;
        let WatchedJob::Stream(mode) = job else { return None };
        let has_it = match sides {
            Sides::Any => true,
            Sides::Producer => mode.produces(),
            Sides::Consumer => mode.consumes(),
            Sides::Both => mode == Mode::Stream,
        };
        has_it.then_some(value)
    }

    /// How it is read of a configuration, if `job` has it.
    pub(super) fn of_configuration(&self, job: WatchedJob) -> Option<TotalsValue> {
        let (measured, value) = self.of_configuration?;
        let WatchedJob::Benchmark(mode) = job else { return None };
        let has_it = match measured {
            Measured::Any => true,
            Measured::Transport => mode == BenchmarkMode::Transport,
            Measured::Pipeline => mode == BenchmarkMode::Pipeline,
        };
        has_it.then_some(value)
    }
}

const fn family<RunValue, TotalsValue>(
    name: &'static str,
    help: &'static str,
    of_run: Option<(Sides, RunValue)>,
    of_configuration: Option<(Measured, TotalsValue)>,
) -> Family<RunValue, TotalsValue> {
    Family { name, help, of_run, of_configuration }
}

pub(super) const COUNTERS: [CounterFamily; 23] = [
    family("found_images", "Images found that are to be sent", Some((Sides::Producer, |run| run.snapshot.found)), None),
    family("found_bytes", "Bytes of their files", Some((Sides::Producer, |run| run.snapshot.found_bytes)), None),
    family(
        "already_processed_images",
        "Images that processed_files.txt lists and that are not sent again",
        Some((Sides::Producer, |run| run.snapshot.already_processed)),
        None,
    ),
    family(
        "sent_images",
        "Images handed to the Kafka client, each attempt counted",
        Some((Sides::Producer, |run| run.snapshot.sent)),
        Some((Measured::Any, |all| all.sent)),
    ),
    family(
        "sent_bytes",
        "Bytes of the files of images handed to the Kafka client, each attempt counted",
        Some((Sides::Producer, |run| run.sent_bytes)),
        None,
    ),
    family(
        "acknowledged_images",
        "Images acknowledged by the broker",
        Some((Sides::Producer, |run| run.snapshot.acknowledged)),
        Some((Measured::Any, |all| all.counts.acknowledged)),
    ),
    family(
        "acknowledged_bytes",
        "Bytes of the files of acknowledged images",
        Some((Sides::Producer, |run| run.snapshot.acknowledged_bytes)),
        Some((Measured::Any, |all| all.counts.acknowledged_bytes)),
    ),
    family(
        "acknowledged_value_bytes",
        "Bytes of the values of acknowledged records, before compression",
        Some((Sides::Producer, |run| run.snapshot.acknowledged_value_bytes)),
        None,
    ),
    family(
        "failed_deliveries",
        "Deliveries that failed: sent again, rejected, or left to the next run",
        Some((Sides::Producer, |run| run.failed_deliveries)),
        None,
    ),
    family(
        "retried_images",
        "Images sent again after a failed delivery",
        Some((Sides::Producer, |run| run.snapshot.retried)),
        None,
    ),
    family(
        "rejected_images",
        "Images that could not be sent",
        Some((Sides::Producer, |run| run.snapshot.rejected)),
        None,
    ),
    family(
        "received_records",
        "Records received",
        Some((Sides::Consumer, |run| run.snapshot.received)),
        Some((Measured::Transport, |all| all.counts.finished)),
    ),
    family(
        "received_value_bytes",
        "Bytes of the values of received records, decompressed",
        Some((Sides::Consumer, |run| run.snapshot.received_value_bytes)),
        None,
    ),
    family(
        "received_image_bytes",
        "Bytes of the image files in received records",
        None,
        Some((Measured::Transport, |all| all.counts.finished_bytes)),
    ),
    family(
        "saved_images",
        "Images saved durably with their label, each record counted once",
        Some((Sides::Consumer, |run| run.snapshot.saved)),
        Some((Measured::Pipeline, |all| all.counts.finished)),
    ),
    family(
        "saved_bytes",
        "Bytes of saved images",
        Some((Sides::Consumer, |run| run.snapshot.saved_bytes)),
        Some((Measured::Pipeline, |all| all.counts.finished_bytes)),
    ),
    family(
        "already_saved_images",
        "Saved images that an earlier run or record had saved already",
        Some((Sides::Consumer, |run| run.snapshot.already_saved)),
        None,
    ),
    family(
        "relabelled_images",
        "Images whose label or objects were replaced",
        Some((Sides::Consumer, |run| run.snapshot.relabelled)),
        None,
    ),
    family(
        "dead_letters",
        "Records without a usable image, kept as dead letters",
        Some((Sides::Consumer, |run| run.snapshot.dead_letters)),
        None,
    ),
    family(
        "lost_records",
        "Records that were deleted before they were read, or were acknowledged and never arrived",
        Some((Sides::Consumer, |run| run.snapshot.lost)),
        None,
    ),
    family(
        "redelivered_records",
        "Records that were delivered again after they were finished",
        Some((Sides::Consumer, |run| run.snapshot.redelivered)),
        None,
    ),
    family(
        "taken_by_others_records",
        "Records of this run that another member of the consumer group took",
        Some((Sides::Both, |run| run.snapshot.taken_by_others)),
        None,
    ),
    family(
        "client_errors",
        "Errors that the Kafka clients reported",
        Some((Sides::Any, |run| run.client_errors)),
        Some((Measured::Any, |all| all.client_errors)),
    ),
];

pub(super) const HISTOGRAMS: [HistogramFamily; 3] = [
    family(
        "acknowledgement_latency",
        "Time from sending an image to its acknowledgement",
        Some((Sides::Producer, |run| &run.acknowledgement_latency)),
        Some((Measured::Any, |all| &all.acknowledgement_latency)),
    ),
    family(
        "received_latency",
        "Time from sending an image to receiving it",
        Some((Sides::Both, |run| &run.received_latency)),
        Some((Measured::Transport, |all| &all.latency)),
    ),
    family(
        "saved_latency",
        "Time from sending an image to having saved it durably with its label",
        Some((Sides::Both, |run| &run.saved_latency)),
        Some((Measured::Pipeline, |all| &all.latency)),
    ),
];
