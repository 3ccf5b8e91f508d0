//! What `--help` shows beside the options: examples, how a command is called, and exit codes; and `help` as a word.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;

/// The heading of the options that every command has.
pub(super) const GENERAL: &str = "General";

/// How a command is called: also that it needs `--headless`.
pub(super) fn usage(command: &Command) -> String {
    let values = command.get_positionals().map(|argument| format!(" {argument}"));
    format!("kafka-image-bench --headless {} [OPTIONS]{}", command.get_name(), values.collect::<String>())
}

/// `help COMMAND`, as other programs have it, means `COMMAND --help`. A folder called `help` can be opened all the same.
pub(super) fn word_as_option(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.iter().skip(1).position(|argument| argument != "--headless").map(|index| index + 1);
    if let Some(index) = first.filter(|&index| arguments[index] == "help" && !Path::new("help").exists()) {
        arguments.remove(index);
        arguments.push("--help".into());
    }
    arguments
}

pub(super) const EXAMPLES: &str = "\
Examples:
  kafka-image-bench --headless
      Streams the images of Labeled_Images/ through the embedded broker into output_images/.
  kafka-image-bench --headless stream --input photos --labels folder \\
      --work-dir results
      Your own folder, labelled by the names of its sub-folders; everything is written below results/.
  kafka-image-bench --headless produce --bootstrap-server localhost:9092 \\
      --compression-type zstd
      Sends to a cluster; `consume` saves what arrives, here or elsewhere.
  kafka-image-bench --headless consume --bootstrap-server b1:9093 \\
      --command-config client.properties
      A secured cluster: the file holds security.protocol, sasl.mechanism and so on.";

pub(super) const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 the run failed, or images or records were rejected or lost; 2 wrong usage or settings; \
3 a --threshold was missed; 130 interrupted.
Options can also stand in kafka-image-bench.toml, and in variables: --work-dir is KIB_WORK_DIR. \
--print-config shows what applies.
Each command has its own --help.";

pub(super) const STREAM: &str = "\
Examples:
  kafka-image-bench --headless stream
      Labeled_Images/ through the embedded broker; a second run sends only what is new.
  kafka-image-bench --headless stream --resend --encoding raw --linger-ms 20 \\
      --batch-size 512000
      Sends everything again, without base64 and in larger batches.
  kafka-image-bench --headless stream --input inbox --watch
      Keeps sending new files until Ctrl+C.";

pub(super) const PRODUCE: &str = "\
Examples:
  kafka-image-bench --headless produce --input photos
      Sends to the embedded broker, which keeps the records for a later `consume`.
  kafka-image-bench --headless produce --bootstrap-server localhost:9092 \\
      --rate 30
      Sends thirty images per second to a cluster.";

pub(super) const CONSUME: &str = "\
Examples:
  kafka-image-bench --headless consume --until-idle 5
      Saves everything that is waiting, and ends when nothing has arrived for five seconds.
  kafka-image-bench --headless consume --bootstrap-server localhost:9092 \\
      --consumers 4 --work-dir results
      Four consumers in the group, until Ctrl+C.
  kafka-image-bench --headless consume --count 100
      Stops after a hundred records.";

pub(super) const BROKER: &str = "\
Examples:
  kafka-image-bench --headless broker
      Listens on 127.0.0.1:9092, so that any Kafka client on this machine can use it.
  kafka-image-bench --headless broker --listen 127.0.0.1:0 --data memory
      Uses a free port, and keeps nothing on disk.";

pub(super) const BENCHMARK: &str = "\
Examples:
  kafka-image-bench --headless benchmark
      The five standard configurations, three runs each, on the embedded broker.
  kafka-image-bench --headless benchmark --bootstrap-server localhost:9092 \\
      --batch-size 250000,1000000 --linger-ms 0,5,50
      Every combination of the lists, on a cluster. Each run creates its topic and deletes it.
  kafka-image-bench --headless benchmark --linger-ms 0,5 \\
      --sweep consumer.fetch.min.bytes=1,1000000
      The same with any other Kafka property of producer, consumer or topic.
  kafka-image-bench --headless benchmark --preset encodings --rate 200 \\
      --duration 10
      Latency at a fixed rate.
  kafka-image-bench --headless benchmark --compression-type none,lz4 \\
      --find-max-rate --p99-ms 50
      The highest rate that holds 50 ms end to end.
  kafka-image-bench --headless benchmark --linger-ms 0,20 --ladder
      Latency and loss at rising rates, up to the first that does not hold.
  kafka-image-bench --headless benchmark --linger-ms 0,5,50 \\
      --compression-type none,lz4 --until-decided --budget 2
      Measures until one can be taken, for two minutes at most.
  kafka-image-bench --headless benchmark --rate 200 \\
      --threshold 'p99<50ms,loss=0'
      For CI: ends with exit code 3 at the first run that misses one.";

pub(super) const COMPARE: &str = "\
Examples:
  kafka-image-bench --headless compare before.json after.json
      Every figure of every configuration in both: how much faster or slower, as fast, or undecided.
  kafka-image-bench --headless compare before.json after.json \\
      --threshold throughput=-5%,p99=+10%
      The same, with exit code 3 if a figure is significantly worse than that.";

pub(super) const RECOMMEND: &str = "\
Examples:
  kafka-image-bench --headless recommend results.json --for java
      The best configurations, why, and the properties of the best compromise for a Java client.";

pub(super) const REPORT: &str = "\
Examples:
  kafka-image-bench --headless report results.json --out report.html
      Everything on one page, to read, print or send.
  kafka-image-bench --headless report after.json --baseline before.json \\
      --out report.html --charts charts
      Also shows what changed, and writes each chart as PNG and SVG.";

pub(super) const CHECK: &str = "\
Examples:
  kafka-image-bench --headless check --bootstrap-server localhost:9092
      Names, TCP, TLS, SASL, metadata and every broker, each with its time; exit code 1 if one fails.
  kafka-image-bench --headless check --command-config client.properties \\
      --topic image-data
      With the properties of a Java client, and what its user may do with the topic.";
pub(super) const RUNS: &str = "\
Examples:
  kafka-image-bench --headless runs
      Every benchmark and stream that is kept, the newest first.
  kafka-image-bench --headless runs tag:cluster gzip date:2026-11
      Those with the tag that measured gzip in that month.
  kafka-image-bench --headless runs date:2026-11-28 --tag nightly
      Adds a tag to the runs of a day.";

pub(super) const LAG: &str = "\
Examples:
  kafka-image-bench --headless lag --bootstrap-server localhost:9092 \\
      --group my-group
      By partition, every second, with the rate and the remaining time.
  kafka-image-bench --headless lag --once --output-format csv
      One reading, for scripts.";

pub(super) const RESET_OFFSETS: &str = "\
Examples:
  kafka-image-bench --headless reset-offsets --group my-group --to first \\
      --bootstrap-server localhost:9092 --dry-run
      What reading everything again would repeat, by partition; nothing is changed.
  kafka-image-bench --headless reset-offsets --group my-group \\
      --topic image-data --to 2026-11-24T08:30:00Z
      Continues at the first record of that time. Stop the consumers of the group before.";

pub(super) const EXPORT: &str = "\
Examples:
  kafka-image-bench --headless export --to coco dataset
      The saved images of the current folder and their boxes, as COCO. Images are hard links where possible.
  kafka-image-bench --headless export --to yolo dataset \\
      --split 80/10/10 --seed 7 --work-dir results
      For Ultralytics, divided: data.yaml, images/ and labels/.
  kafka-image-bench --headless export --to webdataset shards \\
      --topic image-data --bootstrap-server localhost:9092
      Straight from a topic, as tar files.";

pub(super) const REDRIVE: &str = "\
Examples:
  kafka-image-bench --headless redrive --dry-run
      What would be sent of the dead letters in the current folder, where to, and why each one is there.
  kafka-image-bench --headless redrive --bootstrap-server localhost:9092 \\
      --from results --where reason=base64
      Sends those with that reason again, to the topics that they came from.
  kafka-image-bench --headless redrive --bootstrap-server localhost:9092 \\
      --dead-letter-topic image-data-dlq --topic image-data
      Reads the letters from a dead letter topic, also from one of Kafka Connect.";

pub(super) const SAMPLES: &str = "\
Examples:
  kafka-image-bench --headless samples photos
      The 192 sample images, with the boxes of their objects in _annotations.coco.json.
  kafka-image-bench --headless samples load --count 20000 --size-bytes 100000
      Load: twenty thousand images of 100 kB.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  eval \"$(kafka-image-bench completions bash)\"
      In ~/.bashrc: bash completes commands and options. Packages bring the completions of bash, zsh and fish along.
  kafka-image-bench completions zsh >_kafka-image-bench
      For zsh: the file belongs into a folder that its variable fpath lists.";

pub(super) const BROWSE: &str = "\
Examples:
  kafka-image-bench --headless browse --bootstrap-server localhost:9092 \\
      --topic image-data
      The newest 20 records: position, label and image, or the reason why they hold none.
  kafka-image-bench --headless browse --topic image-data --partition 2 \\
      --offset 10 --count 20 --save found
      Twenty records from that offset on, their images written into found/.
  kafka-image-bench --headless browse --from 2026-11-24T08:30:00Z \\
      --output-format json
      From a point in time, one JSON object per record, for scripts.
  kafka-image-bench --headless browse --topic image-data \\
      --where 'label ~ boat and size > 500kB'
      The newest 20 records that match.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_a_word_too() {
        let read = |line: &str| {
            let words = word_as_option(line.split(' ').map(OsString::from).collect());
            words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(read("kib help"), "kib --help");
        assert_eq!(read("kib help benchmark"), "kib benchmark --help");
        assert_eq!(read("kib --headless help lag"), "kib --headless lag --help");
        assert_eq!(read("kib stream --topic help"), "kib stream --topic help");
        assert_eq!(read("kib"), "kib");
    }

    /// Lines that the terminal's width breaks cannot be copied.
    #[test]
    fn examples_fit_a_terminal_of_eighty_columns() {
        let program = crate::cli::command();
        for command in program.get_subcommands().chain([&program]) {
            let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
            for line in examples.lines().filter(|line| line.starts_with("  kafka") || line.starts_with("      --")) {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
