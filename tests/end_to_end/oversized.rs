use std::fs;

use crate::bench::{Bench, finish, png, program};

#[test]
fn an_image_that_the_topic_does_not_take_is_named_and_the_others_go_on() {
    let bench = Bench::new();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 2, &[("max.message.bytes", "20000")]);
    bench.write_images(20);
    fs::write(bench.input().join("a-big-one.png"), png(1, 100)).unwrap();
    let run = bench.run("stream", "a", &[]).expect_code(1);
    assert_eq!((run.number("acknowledged"), run.number("rejected")), (20, 1), "{run:?}");
    assert!(run.stderr.contains("a-big-one.png") && run.stderr.contains("20000"), "{run:?}");
    bench.assert_all_saved("a", 20);
    assert!(!bench.processed("a").contains(&"a-big-one.png".to_owned()));
}

#[test]
fn a_topic_is_made_to_fit_the_largest_image() {
    let bench = Bench::new();
    // About 17 MB, which exceeds the usual limit of 16 MiB as base64.
    let big = png(7, 2_400);
    assert!(big.len() > 13_000_000, "{}", big.len());
    fs::write(bench.input().join("big.png"), &big).unwrap();
    bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!(fs::read(bench.work("a").join("output_images/big.png")).unwrap(), big);
}

/// A PNG header, padded to `size_bytes`.
fn huge_image(size_bytes: usize) -> Vec<u8> {
    let mut image = png(3, 8);
    let mut state = 1_u64;
    while image.len() < size_bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        image.extend_from_slice(&state.to_le_bytes());
    }
    image.truncate(size_bytes);
    image
}

#[test]
fn a_record_beyond_the_clients_own_limit_arrives_and_so_does_what_follows() {
    // A cluster accepts no request of this size unless configured for it.
    let mut bench = Bench::embedded();
    let served = bench.serve();
    bench.create_topic(&served.bootstrap_servers, 1, &[("max.message.bytes", "130000000")]);
    bench.write_images(3);
    // More than librdkafka accepts by default, and more than a value that is decoded on any topic.
    let huge = huge_image(106_000_000);
    fs::write(bench.input().join("huge.png"), &huge).unwrap();
    let run = bench.run("stream", "a", &["--encoding", "raw"]).expect_code(0);
    assert_eq!((run.number("saved"), run.number("lost")), (4, 0), "{run:?}");
    assert!(fs::read(bench.work("a").join("output_images/huge.png")).unwrap() == huge);
    // Another group, and the browser, which joins no group.
    bench.group.push_str("-again");
    let again = bench.run("consume", "b", &["--count", "4"]);
    assert_eq!(again.expect_code(0).number("saved"), 4);
    let mut browse = program();
    browse.args(["--headless", "--output-format", "json", "browse", "--topic", &bench.topic]);
    browse.args(["--bootstrap-server", &served.bootstrap_servers]);
    let page = finish(browse.output().unwrap()).expect_code(0);
    assert_eq!(page.stdout.matches("huge.png").count(), 1, "{page:?}");
}

#[test]
fn what_no_consumer_could_take_is_refused_before_it_is_sent() {
    let bench = Bench::new();
    bench.write_images(2);
    fs::write(bench.input().join("a-big-one.png"), huge_image(1_950_000)).unwrap();
    let run = bench.run("stream", "a", &["-X", "receive.message.max.bytes=2000000", "--encoding", "raw"]);
    let run = run.expect_code(1);
    assert_eq!((run.number("saved"), run.number("rejected")), (2, 1), "{run:?}");
    assert!(
        run.stderr.contains("a-big-one.png") && run.stderr.contains("receive.message.max.bytes=2000000"),
        "{run:?}"
    );
    // Within the limit, it arrives.
    fs::write(bench.input().join("a-big-one.png"), huge_image(1_900_000)).unwrap();
    let run = bench.run("stream", "a", &["-X", "receive.message.max.bytes=2000000", "--encoding", "raw"]);
    assert_eq!(run.expect_code(0).number("saved"), 1);
}
