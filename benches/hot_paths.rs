//! The work for every record: recording, encoding, decoding.

#![allow(missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kafka_image_bench_core::configuration::Encoding;
use kafka_image_bench_core::metrics::Recorder;
use kafka_image_bench_core::pipeline::codec::{RecordHeaders, decode};

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
            decode(Some(black_box(&value)), &RecordHeaders::default(), usize::MAX).map(|image| image.image.len())
        });
    });
    group.finish();
}

criterion_group!(benches, recording, encoding);
criterion_main!(benches);
