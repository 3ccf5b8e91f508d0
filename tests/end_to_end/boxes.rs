use std::fs;
use std::path::Path;

use kafka_image_bench_core::model::objects::counts;
use kafka_image_bench_core::pipeline::sink::{IMAGE_RECORDS_CSV, read_image_records};

use crate::bench::{Bench, Record, files_in, finish, image_name, message, png};

#[test]
fn boxes_travel_with_the_sample_images() {
    let bench = Bench::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("Labeled_Images");
    for day in ["2024-09-10.png", "2024-09-11.png", "2024-09-12.png"] {
        fs::copy(samples.join(day), bench.input().join(day)).unwrap();
    }
    bench.run("stream", "plain", &[]).expect_code(0);
    let labels = format!("coco:{}", samples.join("_annotations.coco.json").display());
    bench.run("stream", "boxes", &["--labels", &labels]).expect_code(0);

    let sorted = |work: &str| {
        let mut rows = bench.rows(work);
        rows.sort();
        rows
    };
    assert_eq!((sorted("plain").len(), sorted("boxes")), (3, sorted("plain")));
    assert_eq!(
        files_in(&bench.work("boxes").join("output_images")),
        files_in(&bench.work("plain").join("output_images"))
    );
    let plain = read_image_records(&bench.work("plain")).unwrap();
    let boxes = read_image_records(&bench.work("boxes")).unwrap();
    assert_eq!((plain.len(), boxes.len()), (3, 3));
    assert!(plain.values().all(|image| image.objects.is_empty()));
    let coco: serde_json::Value =
        serde_json::from_slice(&fs::read(samples.join("_annotations.coco.json")).unwrap()).unwrap();
    for (path, image) in &boxes {
        let name = path.strip_prefix("output_images/").unwrap();
        let of_images = coco["images"].as_array().unwrap().iter().find(|image| image["file_name"] == name).unwrap();
        let annotations = coco["annotations"].as_array().unwrap().iter();
        let expected: Vec<_> = annotations.filter(|annotation| annotation["image_id"] == of_images["id"]).collect();
        assert!(!expected.is_empty() && image.objects.len() == expected.len(), "{}", counts(&image.objects));
        for (object, annotation) in image.objects.iter().zip(expected) {
            let bbox = [object.bbox.x, object.bbox.y, object.bbox.width, object.bbox.height];
            assert_eq!(serde_json::json!(bbox.map(f64::from)), annotation["bbox"]);
        }
        assert_eq!(image.annotation, name.strip_suffix(".png").unwrap());
        assert_eq!(image.size_bytes, fs::metadata(samples.join(name)).unwrap().len());
        assert_eq!((&*image.topic, image.bytes_as_sent), (&*bench.topic, Some(true)));
        let received_at_micros = image.record.unwrap().received_at_micros;
        assert!(image.sent_at_micros.is_some_and(|sent_at| sent_at <= received_at_micros), "{image:?}");
        assert!(image.latency_micros.is_some_and(|micros| micros > 0 && micros < 60_000_000), "{image:?}");
    }
}

#[test]
fn a_damaged_label_file_rejects_its_image_only() {
    let bench = Bench::new();
    bench.write_images(3);
    let labels = bench.folder.path().join("labels");
    fs::create_dir(&labels).unwrap();
    fs::write(labels.join("image-0000.txt"), "1 0.5 0.5 0.5 0.5\n").unwrap();
    fs::write(labels.join("image-0001.txt"), "1 0.5 0.5\n").unwrap();
    fs::write(labels.join("classes.txt"), "boat\nbuoy\n").unwrap();
    let run = bench.run("stream", "a", &["--labels", &format!("yolo:{}", labels.display())]).expect_code(1);
    assert_eq!((run.number("saved"), run.number("rejected")), (2, 1), "{run:?}");
    assert!(run.stderr.contains("image-0001.txt") && run.stderr.contains("line 1"), "{run:?}");
    let known = read_image_records(&bench.work("a")).unwrap();
    let objects = &known[&format!("output_images/{}", image_name(0))].objects;
    assert_eq!((counts(objects).as_str(), objects[0].bbox.x), ("1 buoy", 2.0));

    let damaged = bench.folder.path().join("labels.json");
    fs::write(&damaged, "{\"images\": 3}").unwrap();
    let run = bench.run("stream", "b", &["--labels", &format!("coco:{}", damaged.display())]).expect_code(1);
    assert!(run.stderr.contains("labels.json") && run.stderr.contains("line 1"), "{run:?}");
}

#[test]
fn no_image_is_refused_for_its_boxes() {
    let bench = Bench::new();
    bench.write_images(1);
    let served = bench.serve();
    // Enough for the image and some of its boxes.
    bench.create_topic(&served.bootstrap_servers, 1, &[("max.message.bytes", "4000")]);
    let labels = bench.folder.path().join("labels");
    fs::create_dir(&labels).unwrap();
    fs::write(labels.join("image-0000.txt"), "0 0.5 0.5 0.5 0.5\n".repeat(5_000)).unwrap();
    let run = bench.run("stream", "a", &["--labels", &format!("yolo:{}", labels.display())]).expect_code(0);
    assert_eq!(run.number("saved"), 1, "{run:?}");
    let known = read_image_records(&bench.work("a")).unwrap();
    let objects = known[&format!("output_images/{}", image_name(0))].objects.len();
    assert!(objects > 10 && objects < 5_000, "{objects}");
}

#[test]
fn facts_are_kept_of_what_other_programs_send_and_only_once() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[]);
    let value = message(&png(1, 8), "a \"label\"\nof two lines");
    let bare = Record { value: Some(&value), ..Record::default() };
    let headers = [("file-name", "x.png"), ("objects", "no json"), ("sent-at-micros", "9000000000000000")];
    let strange = Record { value: Some(&value), headers: &headers, ..Record::default() };
    bench.send(&served.bootstrap_servers, &[bare, strange]);
    bench.send(&served.bootstrap_servers, &[Record { value: Some(&value), headers: &headers, ..Record::default() }]);
    bench.run("consume", "a", &["--count", "3"]).expect_code(0);
    let table = bench.work("a").join(IMAGE_RECORDS_CSV);
    assert_eq!(fs::read_to_string(&table).unwrap().lines().count(), 3);
    let known = read_image_records(&bench.work("a")).unwrap();
    assert_eq!(known.len(), 2);
    for image in known.values() {
        assert_eq!((image.annotation.as_str(), image.bytes_as_sent), ("a \"label\" of two lines", None));
        // Its clock is in the future: no latency.
        assert!(image.latency_micros.is_none() && image.objects.is_empty(), "{image:?}");
    }
    assert_eq!(known["output_images/x.png"].sent_at_micros, Some(9_000_000_000_000_000));
}

#[test]
fn images_are_saved_though_their_facts_cannot_be() {
    let bench = Bench::new();
    bench.write_images(20);
    fs::create_dir_all(bench.work("a").join(IMAGE_RECORDS_CSV)).unwrap();
    let output = bench.text_command("stream", "a", &[]).output().unwrap();
    let run = finish(output).expect_code(0);
    bench.assert_all_saved("a", 20);
    assert_eq!(run.stderr.matches(IMAGE_RECORDS_CSV).count(), 1, "{run:?}");
}
