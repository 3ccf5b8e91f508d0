use std::time::Duration;

use super::*;
use crate::metrics::{Series, SeriesPoint, Snapshot};
use crate::model::refusal::{RefusalKind, Refusals};
use crate::results::stream::{STREAM_SCHEMA_VERSION, StreamFigures, StreamSetting};
use crate::results::{STREAM_FIGURES, StreamSeries, streams_csv};

fn stream(id: &str, started_at: &str, saved: u64) -> StreamResults {
    let snapshot = Snapshot {
        elapsed: Duration::from_millis(2_500),
        acknowledged: saved,
        saved,
        consumer_span: Duration::from_secs(2),
        rejected: 1,
        ..Snapshot::default()
    };
    let mut refused = Refusals::default();
    refused.add(RefusalKind::NotSent, "a.png".to_owned(), "no row for it");
    let points = [SeriesPoint { elapsed_s: 0.5, lag: 3, ..SeriesPoint::default() }];
    StreamResults {
        schema: STREAM_SCHEMA.to_owned(),
        schema_version: STREAM_SCHEMA_VERSION,
        run_id: id.to_owned(),
        display_name: None,
        started_at: started_at.to_owned(),
        finished_at: started_at.to_owned(),
        program_version: "1".to_owned(),
        outcome: StreamOutcome::Done,
        reason: None,
        mode: "stream".to_owned(),
        input: "/data/harbour".to_owned(),
        work_dir: "/data/out".to_owned(),
        topic: "image-data".to_owned(),
        group: "group".to_owned(),
        broker: StreamBroker {
            kind: BrokerKind::Embedded,
            bootstrap_servers: "127.0.0.1:9".to_owned(),
            partitions: 4,
            topic_created: true,
        },
        settings: vec![StreamSetting { name: "linger.ms".to_owned(), value: id.len().to_string() }],
        figures: StreamFigures::of(&snapshot),
        stages: Vec::new(),
        refused: refused.groups(),
        series: StreamSeries::of(&points.into_iter().collect::<Series>()),
    }
}

#[test]
fn a_stream_is_kept_listed_renamed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = StreamStore::new(StreamStore::folder_in(&folder.path().join("runs")));
    assert_eq!(store.list(), (Vec::new(), Vec::new()), "nothing was kept yet");
    store.keep(&stream("old", "2026-01-01T10:00:00Z", 5)).unwrap();
    let path = store.keep(&stream("new", "2026-01-02T10:00:00Z", 8)).unwrap();
    std::fs::write(path.with_file_name("other.json"), "{\"schema\": \"x\"}").unwrap();
    let (streams, problems) = store.list();
    assert_eq!(streams.iter().map(|one| &*one.run_id).collect::<Vec<_>>(), ["new", "old"]);
    assert_eq!((&*streams[0].name, streams[0].images, streams[0].images_per_s), ("harbour", 8, 4.0));
    assert!(problems.len() == 1 && problems[0].contains("other.json"), "{problems:?}");

    let read = read_stream(&path).unwrap();
    let expected = serde_json::to_value(stream("new", "2026-01-02T10:00:00Z", 8)).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), expected, "what is read is what was kept");
    assert_eq!(read.figures.snapshot.elapsed, Duration::from_millis(2_500));

    store.rename(&streams[0], " Before ").unwrap();
    assert_eq!(store.list().0[0].name, "Before");
    store.delete(&streams[0]).unwrap();
    assert!(!path.exists() && store.list().0.len() == 1);
}

#[test]
fn nothing_outside_the_folder_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let store = StreamStore::new(folder.path().join("streams"));
    store.keep(&stream("one", "2026-01-01T10:00:00Z", 1)).unwrap();
    let outside = folder.path().join("outside.json");
    std::fs::write(&outside, "{}").unwrap();
    let mut listed = store.list().0.remove(0);
    for path in [outside.clone(), folder.path().join("streams/../outside.json")] {
        listed.path = path;
        assert!(store.delete(&listed).is_err() && store.rename(&listed, "x").is_err());
    }
    assert!(outside.exists());
    assert!(store.keep(&stream("../outside", "2026-01-01T10:00:00Z", 1)).is_err());
}

#[test]
fn files_of_later_programs_and_of_benchmarks_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.json");
    let mut later = stream("one", "2026-01-01T10:00:00Z", 1);
    later.schema_version += 1;
    std::fs::write(&path, serde_json::to_vec(&later).unwrap()).unwrap();
    assert!(read_stream(&path).unwrap_err().contains("later program"));
    later.schema = "kafka-image-bench/benchmark".to_owned();
    std::fs::write(&path, serde_json::to_vec(&later).unwrap()).unwrap();
    assert!(read_stream(&path).unwrap_err().contains("does not hold the results of a stream"));
}

#[test]
fn figures_are_the_same_in_the_file_and_in_the_table() {
    let one = stream("one", "2026-01-01T10:00:00Z", 8);
    let file = serde_json::to_value(&one.figures).unwrap();
    for figure in &STREAM_FIGURES {
        if let Some(written) = file.get(figure.key) {
            let value = (figure.value)(&one.figures).unwrap_or_default();
            assert_eq!(written.as_f64(), Some(value), "{}", figure.key);
        } else {
            assert!(figure.key.ends_with("_micros"), "{} is not in the file", figure.key);
        }
    }
    let csv = String::from_utf8(streams_csv(&[one.clone(), stream("longer", "2026-01-01T10:00:00Z", 4)]).unwrap());
    let csv = csv.unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|cell| *cell == name).unwrap();
    let cells = |name: &str| rows[1..].iter().map(|row| row[column(name)]).collect::<Vec<_>>();
    assert_eq!(cells("saved"), ["8", "4"]);
    assert_eq!(cells("consumer_images_per_s"), ["4", "2"]);
    assert_eq!(cells("saved_p50_micros"), ["", ""], "no latency was measured");
    assert_eq!(cells("linger.ms"), ["3", "6"]);
    let rate = STREAM_FIGURES.iter().find(|figure| figure.key == "consumer_images_per_s").unwrap();
    let other = stream("other", "2026-01-01T10:00:00Z", 4);
    assert_eq!(rate.difference_percent(&one.figures, &other.figures), Some(100.0));
}

#[test]
fn a_stream_is_found_by_its_notes_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let store = StreamStore::new(folder.path().to_owned());
    store.keep(&stream("one", "2026-01-01T10:00:00Z", 5)).unwrap();
    let notes = Notes::typed("night", "").unwrap();
    store.note(&store.list().0[0], &notes).unwrap();
    let kept = store.list().0.remove(0);
    assert_eq!(kept.notes, notes);
    for (text, is_found) in [
        ("tag:night", true),
        ("linger.ms=3", true),
        ("127.0.0.1", true),
        ("folder:harbour", true),
        ("linger.ms=4", false),
    ] {
        assert_eq!(crate::results::run_search::RunSearch::new(text).finds(&kept.index), is_found, "{text}");
    }
}
