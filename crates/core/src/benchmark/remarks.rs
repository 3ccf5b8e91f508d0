//! Remarks about a run: reasons to trust its figures less.

use std::time::Duration;

use super::plan::RunLength;
use super::setup::RunSetup;
use crate::broker::BrokerKind;
use crate::results::{Remark, RunResult};

/// A run that is shorter than this, or has fewer records, is labelled as short.
const SHORT: Duration = Duration::from_secs(5);
const FEW_RECORDS: u64 = 1_000;

/// The remarks about a run that sent `records` records, from the first to the last acknowledgement in `elapsed`.
pub(super) fn of_run(setup: &RunSetup<'_>, records: u64, elapsed: Duration) -> Vec<Remark> {
    let mut remarks = Vec::new();
    match setup.broker_kind {
        BrokerKind::External => {}
        BrokerKind::Embedded => remarks.push(Remark::EmbeddedHere),
        BrokerKind::EmbeddedElsewhere => remarks.push(Remark::EmbeddedElsewhere),
    }
    // Slices are short on purpose, and there are many of them.
    if setup.run.cut.is_none() {
        remarks.extend(short(setup.run.length, records, elapsed));
    }
    remarks.extend(one_record_a_batch(setup));
    remarks
}

/// Whether a fixed rate was missed.
pub(super) fn of_rate(run: &RunResult) -> Option<Remark> {
    let rate = run.rate_images_per_s.filter(|_| run.has_held_rate() == Some(false))?;
    Some(Remark::RateNotHeld { reached: run.producer.images_per_s.round() as u64, rate: rate.round() as u64 })
}

fn short(length: RunLength, records: u64, elapsed: Duration) -> Option<Remark> {
    // A run of five seconds is measured slightly shorter, by the time of its last record.
    let (is_short, sending) = match length {
        // Records handed over in this time may have been acknowledged much later.
        RunLength::Duration(duration) => (duration < SHORT, duration.min(elapsed)),
        RunLength::Images(_) => (elapsed < SHORT, elapsed),
    };
    (is_short || records < FEW_RECORDS).then_some(Remark::Short { records, seconds: sending.as_secs_f64() })
}

/// Whether no two records of the run fit into a batch: into `batch.size`, or into `message.max.bytes`, which bounds a batch
/// as well.
fn one_record_a_batch(setup: &RunSetup<'_>) -> Option<Remark> {
    let number = |name: &str| setup.producer.get(name).and_then(|value| value.parse::<u64>().ok());
    let batch_bytes = number("batch.size").unwrap_or_else(|| setup.run.configuration.batch_size_bytes.into());
    let limit_bytes = number("message.max.bytes").map_or(batch_bytes, |most| most.min(batch_bytes));
    too_large_for_two(batch_bytes, limit_bytes, setup.value_bytes.smallest)
}

/// In addition to its value, a record takes at least a few bytes, and the batch has a header.
fn too_large_for_two(batch_bytes: u64, limit_bytes: u64, record_bytes: u64) -> Option<Remark> {
    const RECORD_EXTRA_MIN: u64 = 7;
    const BATCH_EXTRA: u64 = 61;
    let two = BATCH_EXTRA.saturating_add(record_bytes.saturating_add(RECORD_EXTRA_MIN).saturating_mul(2));
    if batch_bytes <= record_bytes {
        return Some(Remark::BatchBelowRecord { batch_bytes, record_bytes });
    }
    (two > limit_bytes).then_some(Remark::OneRecordABatch { limit_bytes, record_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_records_that_do_not_fit_are_remarked() {
        assert_eq!(too_large_for_two(16_384, 16_384, 1_000), None);
        let below = Remark::BatchBelowRecord { batch_bytes: 16_384, record_bytes: 70_000 };
        assert_eq!(too_large_for_two(16_384, 16_384, 70_000), Some(below));
        let one = |limit_bytes| Some(Remark::OneRecordABatch { limit_bytes, record_bytes: 70_000 });
        assert_eq!(too_large_for_two(131_072, 131_072, 70_000), one(131_072));
        assert_eq!(too_large_for_two(1_000_000, 139_000, 70_000), one(139_000), "message.max.bytes bounds batches too");
        assert_eq!(too_large_for_two(140_100, 140_100, 70_000), None);
    }

    #[test]
    fn a_run_is_short_by_its_length_or_its_records() {
        let (five, four) = (Duration::from_secs(5), Duration::from_secs(4));
        let is_short = |length, records, elapsed| short(length, records, elapsed).is_some();
        assert!(!is_short(RunLength::Duration(five), FEW_RECORDS, four), "the last record came earlier");
        assert!(is_short(RunLength::Duration(five), FEW_RECORDS - 1, five));
        assert!(is_short(RunLength::Images(5_000), 5_000, four));
        let late = short(RunLength::Duration(four), 7, five);
        assert_eq!(late, Some(Remark::Short { records: 7, seconds: 4.0 }), "acknowledged after the end of sending");
    }
}
