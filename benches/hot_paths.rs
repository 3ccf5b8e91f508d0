//! The work for every record: recording, encoding, decoding.

#![allow(missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kafka_image_bench_core::configuration::Encoding;
use kafka_image_bench_core::metrics::{ReceivedRecord, Recorder, RoundTrip, SentRecord};
use kafka_image_bench_core::model::record_stage::RecordStage;
use kafka_image_bench_core::pipeline::codec::{AnyFile, RecordHeaders, decode};

/// One acknowledged and saved record: all counters, its partition's lag, two latencies, two spans.
fn recording(criterion: &mut Criterion) {
    let recorder = Recorder::default();
    recorder.lag.begin(4);
    criterion.bench_function("record one acknowledgement and one saved image", |bencher| {
        let mut micros = 0_u64;
        bencher.iter(|| {
            micros = (micros + 7) % 100_000;
            let latency = Duration::from_micros(black_box(micros));
            recorder.producer.acknowledged.add_one();
            recorder.producer.acknowledged_bytes.add(79_000);
            recorder.producer.acknowledgement_latency.record(latency);
            recorder.producer.span.extend(latency);
            recorder.lag.acknowledged(Some(black_box(1)));
            recorder.lag.finished(black_box(1));
            recorder.consumer.saved.add_one();
            recorder.consumer.saved_bytes.add(79_000);
            recorder.consumer.saved_latency.record(latency);
            recorder.consumer.span.extend(latency);
        });
    });
    criterion.bench_function("stamp the stages of one record", |bencher| {
        let round_trip = RoundTrip {
            mean: Duration::from_micros(900),
            shortest: Duration::from_micros(300),
            longest: Duration::from_micros(2_000),
        };
        let mut micros = 0_u64;
        bencher.iter(|| {
            micros += 97;
            let at = |later: u64| Duration::from_micros(black_box(micros) + later);
            let append_millis = Some((micros + 30_500) as i64 / 1_000);
            let handed_over = at(0);
            let position = (0, micros as i64);
            let record =
                SentRecord { is_counted: true, position, handed_over, acknowledged: at(31_000), append_millis };
            recorder.stages.acknowledged(0, record);
            recorder.stages.received(ReceivedRecord { position, handed_over, received: at(32_000), append_millis });
            for (stage, length) in [
                (RecordStage::Read, 30),
                (RecordStage::Encode, 90),
                (RecordStage::Queue, 7),
                (RecordStage::Decode, 99),
                (RecordStage::Write, 700),
                (RecordStage::Durable, 3_000),
            ] {
                recorder.stages.record(stage, Duration::from_micros(length + micros % 50));
            }
            // About as many as between two reports of a client.
            if micros.is_multiple_of(97 * 500) {
                recorder.stages.reported(0, Some(round_trip));
            }
        });
    });
    criterion.bench_function("record one latency", |bencher| {
        let mut micros = 0_u64;
        bencher.iter(|| {
            micros = (micros + 7) % 100_000;
            recorder.consumer.received_latency.record(Duration::from_micros(black_box(micros)));
        });
    });
}

fn encoding(criterion: &mut Criterion) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Labeled_Images");
    let image = std::fs::read(folder.join("2024-09-10.png")).unwrap_or_else(|_| vec![7; 79_000]);
    let value = Encoding::Json.encode(&image, "2024-09-10").into_owned();
    let mut group = criterion.benchmark_group("one sample image");
    group.throughput(Throughput::Bytes(image.len() as u64));
    group.bench_function("encode as JSON", |bencher| {
        bencher.iter(|| Encoding::Json.encode(black_box(&image), "2024-09-10").len());
    });
    group.bench_function("decode from JSON", |bencher| {
        bencher.iter(|| {
            decode(Some(black_box(&value)), &RecordHeaders::default(), usize::MAX, AnyFile::Refused)
                .map(|image| image.image.len())
        });
    });
    group.finish();
}

criterion_group!(benches, recording, encoding);
criterion_main!(benches);
