use std::fs;

use crate::bench::{Bench, png};

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
    // Some 17 MB, more than the usual limit of 16 MiB once it is base64.
    let big = png(7, 2_400);
    assert!(big.len() > 13_000_000, "{}", big.len());
    fs::write(bench.input().join("big.png"), &big).unwrap();
    bench.run("stream", "a", &[]).expect_code(0);
    assert_eq!(fs::read(bench.work("a").join("output_images/big.png")).unwrap(), big);
}
