//! Examples first.

pub(super) const EXAMPLES: &str = "\
Examples:
  kafka-image-bench --headless
      Streams the images of Labeled_Images/ through the embedded broker into output_images/.
  kafka-image-bench --headless stream --input photos --labels folder --work-dir results
      An own folder, labelled by its sub-folders' names; everything is written below results/.
  kafka-image-bench --headless produce --bootstrap-server localhost:9092 --compression-type zstd
      Sends to a cluster; `consume` saves what arrives, here or elsewhere.
  kafka-image-bench --headless consume --bootstrap-server b1:9093 --command-config client.properties
      A secured cluster: the file holds security.protocol, sasl.mechanism and so on.";

pub(super) const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 the run failed, or images or records were rejected or lost; 2 wrong usage or settings; \
3 a --threshold was missed; 130 interrupted.
Each command has its own --help.";

pub(super) const STREAM: &str = "\
Examples:
  kafka-image-bench --headless stream
      Labeled_Images/ through the embedded broker; a second run sends only what is new.
  kafka-image-bench --headless stream --resend --encoding raw --linger-ms 20 --batch-size 512000
      Sends everything again, without base64 and in larger batches.
  kafka-image-bench --headless stream --input inbox --watch
      Goes on with new files until Ctrl+C.";

pub(super) const PRODUCE: &str = "\
Examples:
  kafka-image-bench --headless produce --input photos
      Sends to the embedded broker, which keeps the records for a later `consume`.
  kafka-image-bench --headless produce --bootstrap-server localhost:9092 --rate 30
      Thirty images a second to a cluster.";

pub(super) const CONSUME: &str = "\
Examples:
  kafka-image-bench --headless consume --until-idle 5
      Saves all that waits, and ends when nothing has come for five seconds.
  kafka-image-bench --headless consume --bootstrap-server localhost:9092 --consumers 4 --work-dir results
      Four members of the group, until Ctrl+C.
  kafka-image-bench --headless consume --count 100
      A hundred records, no more.";

pub(super) const BROKER: &str = "\
Examples:
  kafka-image-bench --headless broker
      Listens on 127.0.0.1:9092, so that any Kafka client on this machine can use it.
  kafka-image-bench --headless broker --listen 127.0.0.1:0 --data memory
      A free port, and nothing is kept.";

pub(super) const BENCHMARK: &str = "\
Examples:
  kafka-image-bench --headless benchmark
      The five standard configurations, three runs each, on the embedded broker.
  kafka-image-bench --headless benchmark --bootstrap-server localhost:9092 --batch-size 250000,1000000 --linger-ms 0,5,50
      Every combination of the lists, on a cluster. Topics are made for each run, and deleted.
  kafka-image-bench --headless benchmark --preset encodings --rate 200 --duration 10
      Latency at a fixed rate.
  kafka-image-bench --headless benchmark --compression-type none,lz4 --find-max-rate --p99-ms 50
      The highest rate that holds 50 ms end to end.";

pub(super) const COMPARE: &str = "\
Examples:
  kafka-image-bench --headless compare before.json after.json
      Every figure of every configuration that both have: faster or slower by how much, as fast, or undecided.
  kafka-image-bench --headless compare before.json after.json --threshold throughput=-5%,p99=+10%
      The same, with exit code 3 where a figure is worse than that for certain.";

pub(super) const RECOMMEND: &str = "\
Examples:
  kafka-image-bench --headless recommend kafka_performance_results-20261124T101500Z.json --for java
      The best configurations, why, and the properties of the best compromise for a Java client.";

pub(super) const REPORT: &str = "\
Examples:
  kafka-image-bench --headless report kafka_performance_results-20261124T101500Z.json --out report.html
      Everything on one page, to read, print or send.
  kafka-image-bench --headless report after.json --baseline before.json --out report.html --charts charts
      With what changed, and each chart as PNG and SVG.";

pub(super) const LAG: &str = "\
Examples:
  kafka-image-bench --headless lag --bootstrap-server localhost:9092 --group my-group
      By partition, every second, with the rate and the time left.
  kafka-image-bench --headless lag --once --output-format csv
      One reading, for scripts.";

pub(super) const SAMPLES: &str = "\
Examples:
  kafka-image-bench --headless samples photos
      The 192 sample images, with the boxes of what they show in _annotations.coco.json.
  kafka-image-bench --headless samples load --count 20000 --size-bytes 100000
      Load: twenty thousand images of 100 kB.";

pub(super) const BROWSE: &str = "\
Examples:
  kafka-image-bench --headless browse --bootstrap-server localhost:9092 --topic image-data
      The newest 20 records: where they are, what they are labelled, which image they hold, or why none.
  kafka-image-bench --headless browse --topic image-data --partition 2 --offset 10 --count 20 --save found
      Twenty records from that offset on, their images written into found/.
  kafka-image-bench --headless browse --from 2026-11-24T08:30:00Z --output-format json
      From a time on, one JSON object a record, for scripts.";
