//! A replay of the capture times: what is sent when, by the times that the records carry.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime};

use crate::bench::{Bench, finish, png, program};
use crate::benchmark;
use crate::dead_letters::{Raw, read};

/// EXIF data with `DateTimeOriginal`, `SubSecTimeOriginal` and `OffsetTimeOriginal`, made by hand.
fn exif(original: &str, fraction: &str, offset: &str) -> Vec<u8> {
    let texts: Vec<(u16, Vec<u8>)> = [(0x9003, original), (0x9011, offset), (0x9291, fraction)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(tag, text)| (tag, [text.as_bytes(), b"\0"].concat()))
        .collect();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    // The header, and a directory with one entry: where the second one is.
    let mut data =
        [b"MM\0\x2a\0\0\0\x08\0\x01".to_vec(), entry(0x8769, 4, 1, 26_u32.to_be_bytes()), vec![0; 4]].concat();
    let mut place = 26 + 2 + 12 * texts.len() as u32 + 4;
    let mut values: Vec<u8> = Vec::new();
    data.extend((texts.len() as u16).to_be_bytes());
    for (tag, text) in &texts {
        let length = text.len() as u32;
        if let Ok(short) = <[u8; 4]>::try_from([&text[..], &[0; 4]].concat()[..4].to_vec())
            && length <= 4
        {
            data.extend(entry(*tag, 2, length, short));
            continue;
        }
        data.extend(entry(*tag, 2, length, place.to_be_bytes()));
        values.extend(text);
        place += length;
    }
    data.extend([0; 4]);
    data.extend(values);
    data
}

/// A PNG file with EXIF data, which stands before the pixels.
fn captured(number: u32, exif: &[u8]) -> Vec<u8> {
    const HEAD: usize = 8 + 25;
    let png = png(number, 8);
    let chunk = [&(exif.len() as u32).to_be_bytes()[..], b"eXIf", exif, b"crc_"].concat();
    [&png[..HEAD], &chunk, &png[HEAD..]].concat()
}

/// Eight images that are captured within 100 s, in another order than that of their names: five have the time in EXIF data, with
/// and without fraction and offset, and three are known by the time of their file. Returns what is due after the first, in
/// milliseconds of the capture.
fn write_captures(bench: &Bench) -> BTreeMap<String, u64> {
    let exifs = [
        ("a.png", ("2024:09:10 08:00:40", "5", "+02:00"), 40_500),
        ("b.png", ("2024:09:10 06:00:00", "", "+00:00"), 0),
        ("c.png", ("2024:09:10 02:01:40", "", "-04:00"), 100_000),
        ("d.png", ("2024:09:10 06:00:40", "500", "+00:00"), 40_500),
        ("sub/e.png", ("2024:09:10 06:00:10", "25", "+00:00"), 10_250),
    ];
    fs::create_dir_all(bench.input().join("sub")).unwrap();
    let mut all = BTreeMap::new();
    for (number, (name, (original, fraction, offset), due)) in exifs.into_iter().enumerate() {
        fs::write(bench.input().join(name), captured(number as u32, &exif(original, fraction, offset))).unwrap();
        all.insert(name.to_owned(), due);
    }
    // 2024-09-10 06:00:00 UTC.
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_725_948_000);
    for (number, (name, due)) in [("f.png", 70_000), ("g.png", 10_250), ("h.png", 20_000)].into_iter().enumerate() {
        let path = bench.input().join(name);
        fs::write(&path, png(100 + number as u32, 8)).unwrap();
        let file = fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(start + Duration::from_millis(due)).unwrap();
        all.insert(name.to_owned(), due);
    }
    all
}

/// When each record was to be sent, after the first, in nanoseconds; in the order of the times.
fn sent(bench: &Bench, servers: &str, records: usize) -> Vec<(String, u64)> {
    let text = |record: &Raw, name: &str| {
        let (_, value) = record.headers.iter().find(|(key, _)| key == name).unwrap();
        String::from_utf8(value.clone().unwrap()).unwrap()
    };
    let mut found: Vec<(String, u64)> = read(servers, &bench.topic)
        .iter()
        .map(|record| (text(record, "file-name"), text(record, "sent-monotonic-nanos").parse().unwrap()))
        .collect();
    assert_eq!(found.len(), records, "{found:?}");
    found.sort_by_key(|(_, nanos)| *nanos);
    let first = found[0].1;
    found.into_iter().map(|(name, nanos)| (name, nanos - first)).collect()
}

/// Checks that the distances are those of the captures, divided by `speed`.
fn assert_kept(sent: &[(String, u64)], captured: &BTreeMap<String, u64>, speed: f64) {
    for (name, nanos) in sent {
        let expected = captured[name] as f64 * 1e6 / speed;
        // Less than a microsecond: the times are sums of rounded distances.
        assert!((*nanos as f64 - expected).abs() < 1_000.0, "{name}: {nanos}, not {expected}: {sent:?}");
    }
}

#[test]
fn images_are_sent_at_the_distances_of_their_captures() {
    let bench = Bench::new();
    let served = bench.serve();
    let captures = write_captures(&bench);
    let dry = bench.run("produce", "a", &["--replay-speed", "50", "--dry-run"]).expect_code(0).report();
    let run = bench.run("produce", "a", &["--replay-speed", "50", "--producers", "2"]).expect_code(0);
    let report = run.report();
    assert_kept(&sent(&bench, &served.bootstrap_servers, 8), &captures, 50.0);

    let replay = &report["stream"]["replay"];
    assert_eq!(dry["send"]["replay"], *replay);
    assert_eq!((&replay["images"], &replay["by_exif"], &replay["by_file_time"]), (&8.into(), &5.into(), &3.into()));
    assert_eq!((&replay["takes_s"], &replay["first_captured_at"]), (&2.0.into(), &"2024-09-10T06:00:00Z".into()));
    let lateness = &report["lateness"];
    assert_eq!((&lateness["count"], &report["found"], &report["scan_finished"]), (&8.into(), &8.into(), &true.into()));
    assert!(lateness["p50_micros"].as_u64() <= lateness["max_micros"].as_u64(), "{lateness}");
    let said = "8 images by capture time (5 by EXIF, 3 by file time); the replay takes 2.0 s at speed 50";
    assert!(run.stderr.contains(said), "{run:?}");

    // What was sent before is not sent again, and the rest begins at once.
    fs::write(bench.input().join("i.png"), png(200, 8)).unwrap();
    let again = bench.run("produce", "a", &["--replay-speed", "1"]).expect_code(0);
    assert_eq!((again.number("acknowledged"), again.number("already_processed")), (1, 8), "{again:?}");
}

#[test]
fn what_is_rejected_moves_no_other_image_and_pauses_are_shortened() {
    let bench = Bench::new();
    let served = bench.serve();
    let mut captures = write_captures(&bench);
    let labels = bench.folder.path().join("labels.csv");
    let rows: Vec<String> = captures.keys().filter(|name| *name != "h.png").map(|name| format!("{name},x")).collect();
    fs::write(&labels, format!("image_path,annotation\n{}\n", rows.join("\n"))).unwrap();
    let labels = format!("csv:{}", labels.display());
    let options = ["--replay-speed", "20", "--replay-max-pause", "1", "--labels", &labels];
    let run = bench.run("stream", "a", &options).expect_code(1);
    assert_eq!((run.number("saved"), run.number("rejected")), (7, 1), "{run:?}");
    assert_eq!(run.report()["stream"]["replay"]["shortened_pauses"], 3, "{run:?}");
    // In milliseconds at speed 20: 0, 512.5, 1,000 (rejected), then pauses of a second.
    let shortened = [("a.png", 40_000), ("d.png", 40_000), ("f.png", 60_000), ("c.png", 80_000)];
    captures.extend(shortened.map(|(name, due)| (name.to_owned(), due)));
    assert_kept(&sent(&bench, &served.bootstrap_servers, 7), &captures, 20.0);
}

#[test]
fn a_benchmark_replays_the_folder_in_both_modes() {
    let bench = Bench::new();
    let served = bench.serve();
    write_captures(&bench);
    for mode in ["transport", "pipeline"] {
        let options =
            ["--replay-speed", "100", "--repeats", "1", "--linger-ms", "0", "--warmup", "0.1", "--mode", mode];
        let (finished, results) = benchmark::run(&bench, &served.bootstrap_servers, &options);
        finished.expect_code(0);
        let run = &results["configurations"][0]["runs"][0];
        assert_eq!((&run["sent"], &run["lateness"]["count"]), (&8.into(), &8.into()), "{mode}: {run}");
        assert_eq!((&results["method"]["images"], &results["method"]["replay"]["by_exif"]), (&8.into(), &5.into()));
        assert_eq!(results["method"]["load_shape"]["replay"]["speed"], 100.0);
        // A second from the first to the last, however fast the machine is.
        assert!(run["producer"]["elapsed_s"].as_f64().unwrap() >= 1.0, "{mode}: {run}");
        // The folder begins again after the mean distance.
        let options = [&options[..], &["--images", "11"]].concat();
        let (finished, results) = benchmark::run(&bench, &served.bootstrap_servers, &options);
        finished.expect_code(0);
        let run = &results["configurations"][0]["runs"][0];
        assert_eq!(run["sent"], 11);
        assert!(run["producer"]["elapsed_s"].as_f64().unwrap() >= 1.0 + 1.0 / 7.0 + 0.102, "{mode}: {run}");
    }
}

#[test]
fn a_replay_that_cannot_be_is_refused() {
    let bench = Bench::new();
    bench.write_images(1);
    for (options, word) in [
        (vec!["--replay-speed", "0"], "the speed of a replay"),
        (vec!["--replay-speed", "-1"], "a number, 0 or more"),
        (vec!["--replay-speed", "1", "--replay-max-pause", "0"], "the longest pause"),
        (vec!["--replay-max-pause", "5"], "--replay-speed"),
        (vec!["--replay-speed", "1", "--burst", "5/1"], "--burst"),
        (vec!["--replay-speed", "1", "--rate", "5"], "--rate"),
    ] {
        for command in ["stream", "benchmark"] {
            let mut program = program();
            program.args(["--headless", command, "--bootstrap-server", "127.0.0.1:1", "--input"]).arg(bench.input());
            let finished = finish(program.arg("--work-dir").arg(bench.work("a")).args(&options).output().unwrap());
            assert_eq!(finished.code, 2, "{finished:?}");
            assert!(finished.stderr.contains(word), "{word}: {finished:?}");
        }
    }
}
