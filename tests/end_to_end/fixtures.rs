use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, Record, files_in};

/// Messages as Python's `json.dumps` writes them, written by `tests/fixtures/make_fixtures.py`.
#[test]
fn messages_from_python_are_read_and_written_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let read = |name: &Value| fs::read(folder.join(name.as_str().unwrap())).unwrap();
    let good = manifest["good"].as_array().unwrap();
    let bad = manifest["bad"].as_array().unwrap();
    assert!(good.len() > 20 && bad.len() > 15);

    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let values: Vec<Vec<u8>> = good.iter().chain(bad).map(|fixture| read(&fixture["name"])).collect();
    let records: Vec<_> = values.iter().map(|value| Record { value: Some(value), ..Record::default() }).collect();
    bench.send(&served.bootstrap_servers, &records);
    let count = records.len().to_string();
    let run = bench.run("consume", "a", &["--count", &count]).expect_code(1);
    assert_eq!(run.number("dead_letters") as usize, bad.len(), "{run:?}");
    assert_eq!(run.number("saved") as usize, good.len(), "{run:?}");

    let saved: Vec<Vec<u8>> = files_in(&bench.work("a").join("output_images")).into_values().collect();
    let labels: Vec<String> = bench.rows("a").into_iter().map(|(_, label)| label).collect();
    for fixture in good {
        let image = read(&fixture["image"]);
        assert!(saved.contains(&image), "{}", fixture["name"]);
        let label = fixture["annotation"].as_str().unwrap();
        let cell = kafka_image_bench_core::pipeline::sink::escape_formula(label);
        assert!(labels.iter().any(|known| *known == cell), "{}: {labels:?}", fixture["name"]);
    }

    let canonical: Vec<_> = good.iter().filter(|fixture| fixture["canonical"] == true).collect();
    assert!(canonical.len() > 10);
    for fixture in canonical {
        let written = kafka_image_bench_core::configuration::Encoding::Json;
        let image = read(&fixture["image"]);
        let value = written.encode(&image, fixture["annotation"].as_str().unwrap());
        assert_eq!(&value[..], &read(&fixture["name"])[..], "{}", fixture["name"]);
    }
}
