//! A log in files against a simple model of it: random histories, every answer compared.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use proptest::prelude::*;

use super::checkpoint::Checkpoint;
use super::segment::Segment;
use super::test_batches::plain;
use super::{LogConfig, LogSpace, Part, Partition, batch};
use crate::files;

/// Batches that a producer's duplicates are recognised among.
const REMEMBERED: usize = 5;

#[derive(Debug, Clone)]
enum Step {
    Append { producer: Option<i64>, timestamps: Vec<i64>, value_bytes: usize },
    Repeat { producer: i64, back: usize },
    SkipSequence { producer: i64 },
    Read { at: f64, max_bytes: usize, first_max_bytes: usize },
    DeleteBefore { at: f64 },
    AtTimestamp(i64),
    AtMaxTimestamp,
    Retain { now_ms: i64 },
    Flush,
    Reopen,
    Kill,
    Tear { at: f64, garbage: Vec<u8> },
    LoseIndexes,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let timestamps = prop::collection::vec(0..200_i64, 1..5);
    let append = (prop::option::of(0..3_i64), timestamps, 0..1500_usize)
        .prop_map(|(producer, timestamps, value_bytes)| Step::Append { producer, timestamps, value_bytes });
    let at = || 0.0..1.05_f64;
    let read = (at(), 0..60_000_usize, prop_oneof![Just(usize::MAX), 0..3000_usize])
        .prop_map(|(at, max_bytes, first_max_bytes)| Step::Read { at, max_bytes, first_max_bytes });
    let garbage = prop::collection::vec(any::<u8>(), 0..200);
    let step = prop_oneof![
        30 => append,
        4 => (0..3_i64, 0..7_usize).prop_map(|(producer, back)| Step::Repeat { producer, back }),
        1 => (0..3_i64).prop_map(|producer| Step::SkipSequence { producer }),
        20 => read,
        2 => at().prop_map(|at| Step::DeleteBefore { at }),
        8 => (0..210_i64).prop_map(Step::AtTimestamp),
        3 => Just(Step::AtMaxTimestamp),
        2 => (0..500_i64).prop_map(|now_ms| Step::Retain { now_ms }),
        2 => Just(Step::Flush),
        2 => Just(Step::Reopen),
        2 => Just(Step::Kill),
        2 => (at(), garbage).prop_map(|(at, garbage)| Step::Tear { at, garbage }),
        1 => Just(Step::LoseIndexes),
    ];
    prop::collection::vec(step, 1..120)
}

fn settings() -> impl Strategy<Value = LogConfig> {
    let limit = |range: std::ops::Range<u64>| prop::option::of(range);
    // Small segments, and ones with several entries in their index.
    let segment_bytes = prop_oneof![500..12_000_u64, 30_000..100_000_u64];
    (segment_bytes, limit(0..150), limit(0..300), limit(2000..30_000), prop::option::weighted(0.1, 1..20_u64)).prop_map(
        |(segment_bytes, segment_ms, retention_ms, retention_bytes, flush_messages)| LogConfig {
            segment_bytes,
            segment_ms,
            retention_ms,
            retention_bytes,
            flush_messages,
            ..LogConfig::default()
        },
    )
}

/// A batch as it must come back.
#[derive(Debug, Clone)]
struct Stored {
    base_offset: i64,
    timestamps: Vec<i64>,
    bytes: Vec<u8>,
}

impl Stored {
    fn end_offset(&self) -> i64 {
        self.base_offset + self.timestamps.len() as i64
    }

    fn records(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        (self.base_offset..).zip(self.timestamps.iter().copied())
    }
}

/// What an idempotent producer has sent: sequence of its first record, the batch, where it went.
type Sent = (i32, Bytes, Stored);

#[derive(Default)]
struct Model {
    batches: Vec<Stored>,
    start_offset: i64,
    next_offset: i64,
    sent: HashMap<i64, Vec<Sent>>,
}

impl Model {
    fn records(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.batches.iter().flat_map(Stored::records).filter(|&(offset, _)| offset >= self.start_offset)
    }

    fn next_sequence(&self, producer: i64) -> i32 {
        let last = self.sent.get(&producer).and_then(|sent| sent.last());
        last.map_or(0, |(first, _, stored)| first + stored.timestamps.len() as i32)
    }

    /// An offset somewhere in the log, or slightly outside of it.
    fn offset_at(&self, at: f64) -> i64 {
        self.start_offset - 1 + ((self.next_offset - self.start_offset + 2) as f64 * at) as i64
    }
}

struct Run {
    folder: tempfile::TempDir,
    config: LogConfig,
    partition: Option<Partition>,
    shared: Arc<LogSpace>,
    model: Model,
}

impl Run {
    fn new(config: LogConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Self { folder, config, partition: None, shared: Arc::default(), model: Model::default() };
        run.open();
        run
    }

    fn open(&mut self) {
        self.shared = Arc::default();
        let folder = Some(self.folder.path().to_owned());
        self.partition = Some(Partition::open(folder, Arc::clone(&self.shared), self.config.clone()).unwrap());
    }

    fn partition(&self) -> &Partition {
        self.partition.as_ref().unwrap()
    }

    /// Base offsets of the segments' files, ascending.
    fn files(&self) -> Vec<i64> {
        files_of(self.folder.path(), "log")
    }

    fn segment_path(&self, base_offset: i64) -> PathBuf {
        Segment::path(self.folder.path(), base_offset)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Append { producer, timestamps, value_bytes } => self.append(*producer, timestamps, *value_bytes),
            Step::Repeat { producer, back } => self.repeat(*producer, *back),
            Step::SkipSequence { producer } => {
                if self.model.sent.get(producer).is_some_and(|sent| !sent.is_empty()) {
                    let sequence = self.model.next_sequence(*producer) + 1;
                    let (bytes, header) = plain(&[1], 1, Some((*producer, 0, sequence)));
                    let refused = self.partition().append(&bytes, header).unwrap_err();
                    assert_eq!(refused.error, ResponseError::OutOfOrderSequenceNumber);
                }
            }
            Step::Read { at, max_bytes, first_max_bytes } => {
                self.read(self.model.offset_at(*at), *max_bytes, *first_max_bytes);
            }
            Step::DeleteBefore { at } => {
                let offset = self.model.offset_at(*at);
                let deleted = self.partition().delete_before(offset);
                if offset > self.model.next_offset || offset < -1 {
                    assert_eq!(deleted, Err(ResponseError::OffsetOutOfRange));
                } else {
                    let offset = if offset == -1 { self.model.next_offset } else { offset };
                    self.model.start_offset = self.model.start_offset.max(offset);
                    assert_eq!(deleted, Ok(self.model.start_offset));
                }
            }
            Step::AtTimestamp(timestamp) => {
                let expected = self.model.records().find(|(_, time)| time >= timestamp);
                assert_eq!(self.partition().at_timestamp(*timestamp).unwrap(), expected);
            }
            Step::AtMaxTimestamp => {
                let latest = self.model.records().map(|(_, time)| time).max();
                let expected = latest.and_then(|latest| self.model.records().find(|&(_, time)| time == latest));
                assert_eq!(self.partition().at_max_timestamp().unwrap(), expected);
            }
            Step::Retain { now_ms } => self.retain(*now_ms),
            Step::Flush => drop(self.partition().flush(false).unwrap()),
            Step::Reopen => {
                self.partition().flush(true).unwrap();
                self.partition = None;
                let (files, indexes) = (self.files(), files_of(self.folder.path(), "index"));
                assert!(indexes.iter().all(|index| files.contains(index)), "{indexes:?} {files:?}");
                self.open();
            }
            Step::Kill => self.kill(None, &[]),
            Step::Tear { at, garbage } => self.kill(Some(*at), garbage),
            Step::LoseIndexes => {
                for index in files_of(self.folder.path(), "index") {
                    std::fs::remove_file(self.segment_path(index).with_extension("index")).unwrap();
                }
            }
        }
        assert_eq!(self.partition().bounds(), (self.model.start_offset, self.model.next_offset), "{step:?}");
        let bytes: u64 = self.files().iter().map(|&base| self.segment_path(base).metadata().unwrap().len()).sum();
        assert_eq!(self.shared.usage().log_bytes, bytes, "{step:?}");
    }

    fn append(&mut self, producer: Option<i64>, timestamps: &[i64], value_bytes: usize) {
        let writer = producer.map(|id| (id, 0, self.model.next_sequence(id)));
        let (bytes, header) = plain(timestamps, value_bytes, writer);
        let appended = self.partition().append(&bytes, header).unwrap();
        let base_offset = self.model.next_offset;
        assert_eq!((appended.base_offset, appended.start_offset), (base_offset, self.model.start_offset));
        let mut expected = bytes.to_vec();
        let stamp = batch::BatchHeader { base_offset, ..header };
        expected[..batch::HEADER_BYTES].copy_from_slice(&batch::stamped_header(&bytes, &stamp));
        let stored = Stored { base_offset, timestamps: timestamps.to_vec(), bytes: expected };
        self.model.next_offset = stored.end_offset();
        if let Some((id, _, sequence)) = writer {
            self.model.sent.entry(id).or_default().push((sequence, bytes, stored.clone()));
        }
        self.model.batches.push(stored);
    }

    fn repeat(&mut self, producer: i64, back: usize) {
        let Some(sent) = self.model.sent.get(&producer) else { return };
        let Some((_, bytes, stored)) = sent.len().checked_sub(1 + back).and_then(|at| sent.get(at)) else { return };
        let appended = self.partition().append(bytes, batch::validate(bytes).unwrap());
        if back < REMEMBERED {
            assert_eq!(appended.unwrap().base_offset, stored.base_offset);
        } else {
            assert_eq!(appended.unwrap_err().error, ResponseError::OutOfOrderSequenceNumber);
        }
    }

    fn read(&self, offset: i64, max_bytes: usize, first_max_bytes: usize) {
        let reading = self.partition().read(offset, max_bytes, first_max_bytes);
        if offset < self.model.start_offset || offset > self.model.next_offset {
            assert_eq!(reading.unwrap_err(), ResponseError::OffsetOutOfRange);
            return;
        }
        let reading = reading.unwrap();
        assert_eq!((reading.start_offset, reading.end_offset), (self.model.start_offset, self.model.next_offset));
        let first = self.model.batches.partition_point(|stored| stored.end_offset() <= offset);
        let mut rest = self.model.batches[first..].iter();
        let Some(first) = rest.next() else {
            assert_eq!((reading.slice.bytes, reading.slice.withheld), (0, false));
            return;
        };
        let mut expected = Vec::new();
        if first.bytes.len() <= first_max_bytes {
            expected.extend_from_slice(&first.bytes);
            let files = self.files();
            // One answer comes from one segment.
            for next in rest.take_while(|next| !files.contains(&next.base_offset)) {
                if expected.len() + next.bytes.len() > max_bytes {
                    break;
                }
                expected.extend_from_slice(&next.bytes);
            }
        }
        assert_eq!(reading.slice.withheld, expected.is_empty());
        assert_eq!(content(&reading.slice.parts), expected, "read from {offset}");
    }

    /// Kafka's rules, written a second time: whole segments from the start on, by bytes first, then by age.
    fn retain(&mut self, now_ms: i64) {
        let files = self.files();
        let mut segments: Vec<(i64, u64, i64)> = Vec::new();
        for (at, &base) in files.iter().enumerate() {
            let end = files.get(at + 1).copied().unwrap_or(i64::MAX);
            let within = self.model.batches.iter().filter(|stored| (base..end).contains(&stored.base_offset));
            let (mut last, mut bytes, mut newest) = (base, 0, i64::MIN);
            for stored in within {
                last = stored.end_offset();
                bytes += stored.bytes.len() as u64;
                newest = newest.max(stored.timestamps.iter().copied().max().unwrap());
            }
            if bytes > 0 {
                segments.push((last, bytes, newest));
            }
        }
        let mut total: u64 = segments.iter().map(|segment| segment.1).sum();
        let mut segments = segments.into_iter().peekable();
        let mut start_offset = self.model.start_offset;
        let by_bytes = |&(_, bytes, _): &(i64, u64, i64)| {
            let is_gone = self.config.retention_bytes.is_some_and(|limit| total >= limit + bytes);
            total -= if is_gone { bytes } else { 0 };
            is_gone
        };
        let mut by_bytes = by_bytes;
        while let Some((end, ..)) = segments.next_if(&mut by_bytes) {
            start_offset = end;
        }
        let is_old = |&(_, _, newest): &(i64, u64, i64)| {
            self.config.retention_ms.is_some_and(|limit| now_ms - newest > i64::try_from(limit).unwrap())
        };
        while let Some((end, ..)) = segments.next_if(is_old) {
            start_offset = end;
        }
        self.partition().retain(now_ms).unwrap();
        self.model.start_offset = self.model.start_offset.max(start_offset);
        let kept = self.files();
        assert!(kept.iter().all(|base| files.contains(base)));
    }

    /// Drops the log without a flush, as a kill would, and opens it again; with `tear` the last segment's file loses
    /// its end from somewhere behind the checkpoint on. Then `garbage` follows.
    fn kill(&mut self, tear: Option<f64>, garbage: &[u8]) {
        self.partition = None;
        let files = self.files();
        let checkpoint = Checkpoint::read(self.folder.path()).unwrap().map(|(checkpoint, _)| checkpoint);
        let vouched = checkpoint.unwrap_or_default();
        let mut kept = i64::MAX;
        if let (Some(tear), Some(&last)) = (tear, files.last()) {
            let path = self.segment_path(last);
            let length = path.metadata().unwrap().len();
            let floor = match vouched.segment.cmp(&last) {
                Ordering::Less => 0,
                Ordering::Equal => vouched.position,
                Ordering::Greater => length,
            };
            let cut = floor + ((length - floor) as f64 * tear.min(1.0)) as u64;
            OpenOptions::new().write(true).open(&path).unwrap().set_len(cut).unwrap();
            let mut position = 0;
            kept = last;
            for stored in self.model.batches.iter().filter(|stored| stored.base_offset >= last) {
                position += stored.bytes.len() as u64;
                if position <= cut {
                    kept = stored.end_offset();
                }
            }
            let whole = std::fs::read(&path).unwrap();
            std::fs::write(&path, [&whole, garbage].concat()).unwrap();
        }
        let model = &mut self.model;
        model.batches.retain(|stored| stored.end_offset() <= kept);
        model.next_offset = model.next_offset.min(kept).max(model.start_offset).max(vouched.next_offset);
        for sent in model.sent.values_mut() {
            // Those of deleted segments too: the checkpoint knows them.
            sent.retain(|(_, _, stored)| stored.end_offset() <= kept);
        }
        self.open();
    }
}

fn files_of(folder: &Path, suffix: &str) -> Vec<i64> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let with_suffix = paths.filter(|path| path.extension().is_some_and(|extension| extension == suffix));
    let mut bases: Vec<i64> =
        with_suffix.map(|path| path.file_stem().unwrap().to_str().unwrap().parse().unwrap()).collect();
    bases.sort_unstable();
    bases
}

fn content(parts: &[Part]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        let Part::File { file, position, length } = part else { panic!("{part:?}") };
        let mut bytes = vec![0; *length];
        files::read_exact_at(file, &mut bytes, *position).unwrap();
        all.extend_from_slice(&bytes);
    }
    all
}

proptest! {
    #![proptest_config(crate::random::cases(80))]

    #[test]
    fn the_log_answers_as_its_model_does(config in settings(), steps in steps()) {
        let mut run = Run::new(config);
        for step in &steps {
            run.step(step);
        }
        for offset in run.model.start_offset..=run.model.next_offset {
            run.read(offset, 1, usize::MAX);
        }
    }
}
