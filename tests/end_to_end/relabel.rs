use std::collections::BTreeMap;
use std::fs;

use crate::bench::{Bench, Process, image_name, wait_until};

/// Gives each image a label with this word; returns the rule that reads the labels.
fn label_all(bench: &Bench, count: u32, word: impl Fn(u32) -> &'static str) -> String {
    let rows = (0..count).map(|number| format!("{},{}\n", image_name(number), word(number)));
    let path = bench.folder.path().join("labels.csv");
    fs::write(&path, format!("file,label\n{}", rows.collect::<String>())).unwrap();
    format!("csv:{}", path.display())
}

/// The label of each image in its last row, which is the one that readers use.
fn labels(bench: &Bench) -> BTreeMap<String, String> {
    bench.rows("a").into_iter().collect()
}

fn expected(count: u32, word: impl Fn(u32) -> &'static str) -> BTreeMap<String, String> {
    (0..count).map(|number| (format!("output_images/{}", image_name(number)), word(number).to_owned())).collect()
}

#[test]
fn images_that_are_sent_again_with_other_labels_get_these() {
    let mut bench = Bench::new();
    bench.write_images(12);
    let rule = label_all(&bench, 12, |_| "boat");
    bench.run("stream", "a", &["--labels", &rule]).expect_code(0);
    let changed = |number| if number < 5 { "ship" } else { "boat" };
    label_all(&bench, 12, changed);
    let run = bench.run("stream", "a", &["--labels", &rule, "--resend"]).expect_code(0);
    assert_eq!((run.number("saved"), run.number("already_saved"), run.number("relabelled")), (12, 12, 5), "{run:?}");
    assert_eq!((bench.rows("a").len(), labels(&bench)), (12, expected(12, changed)));
    let history = fs::read_to_string(bench.work("a").join("image_records.csv")).unwrap();
    assert_eq!(history.lines().count(), 1 + 12 + 5, "{history}");
    let text = bench.text_command("stream", "a", &["--labels", &rule, "--resend"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("12 saved before") && !text.contains("changed"), "{text}");
    // The topic has all three labels of each image; a reader from the beginning ends with the last one.
    bench.group.push_str("-2");
    let whole = bench.run("consume", "a", &["--until-idle", "2"]).expect_code(0);
    assert_eq!(whole.number("already_saved"), 36, "{whole:?}");
    assert_eq!((bench.rows("a").len(), labels(&bench)), (12, expected(12, changed)));
}

#[test]
fn a_relabelling_that_was_killed_leaves_a_whole_table_and_continues() {
    let bench = Bench::new();
    bench.write_images(600);
    let rule = label_all(&bench, 600, |_| "boat");
    bench.run("stream", "a", &["--labels", &rule]).expect_code(0);
    label_all(&bench, 600, |_| "ship");
    let options = ["--labels", &rule, "--resend", "--rate", "600"];
    let first = Process::start(bench.command("stream", "a", &options));
    wait_until("some labels have changed", || {
        fs::read_to_string(bench.work("a").join("annotation.csv")).unwrap().matches(",ship").count() > 20
    });
    first.kill();
    let between = labels(&bench);
    assert_eq!(between.len(), 600);
    assert!(between.values().all(|label| label == "boat" || label == "ship"), "{between:?}");
    bench.run("stream", "a", &options[..3]).expect_code(0);
    assert_eq!((bench.rows("a").len(), labels(&bench)), (600, expected(600, |_| "ship")));
}
