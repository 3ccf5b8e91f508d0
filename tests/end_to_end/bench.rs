//! Each test's own folder, topic and broker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;

pub use crate::process::Process;

/// Far longer than anything takes; only a hang reaches this limit.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Bench {
    pub folder: tempfile::TempDir,
    pub topic: String,
    pub group: String,
    cluster: Option<String>,
}

/// A record as another program would send it.
#[derive(Default)]
pub struct Record<'a> {
    pub value: Option<&'a [u8]>,
    pub headers: &'a [(&'a str, &'a str)],
    pub partition: Option<i32>,
}

pub struct Finished {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let nanos = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let name = format!("{nanos:x}-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("input")).unwrap();
        let cluster = std::env::var("KIB_TEST_BOOTSTRAP").ok().filter(|servers| !servers.is_empty());
        Self { folder, topic: format!("images-{name}"), group: format!("group-{name}"), cluster }
    }

    /// For tests that only the embedded broker supports.
    pub fn embedded() -> Self {
        Self { cluster: None, ..Self::new() }
    }

    pub fn input(&self) -> PathBuf {
        self.folder.path().join("input")
    }

    pub fn work(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// Writes `count` different small images.
    pub fn write_images(&self, count: u32) {
        for number in 0..count {
            std::fs::write(self.input().join(image_name(number)), png(number, 8)).unwrap();
        }
    }

    pub fn broker_arguments(&self) -> [String; 2] {
        match &self.cluster {
            Some(servers) => ["--bootstrap-server".to_owned(), servers.clone()],
            None => ["--data".to_owned(), self.folder.path().join("data").to_str().unwrap().to_owned()],
        }
    }

    /// The program with `command` and its options; output goes to the work folder `work`. It prints JSON.
    pub fn command(&self, command: &str, work: &str, options: &[&str]) -> Command {
        self.command_in("json", command, &self.work(work), options)
    }

    /// The same, with text output.
    pub fn text_command(&self, command: &str, work: &str, options: &[&str]) -> Command {
        self.command_in("text", command, &self.work(work), options)
    }

    pub fn command_in(&self, format: &str, command: &str, work_dir: &Path, options: &[&str]) -> Command {
        let mut all = program();
        all.args(["--headless", "--output-format", format, command]);
        all.args(self.broker_arguments()).args(["--topic", &self.topic]);
        all.arg("--work-dir").arg(work_dir);
        if command != "consume" {
            all.arg("--input").arg(self.input());
        }
        if command != "produce" {
            all.args(["--group", &self.group]);
        }
        all.args(options);
        all
    }

    pub fn run(&self, command: &str, work: &str, options: &[&str]) -> Finished {
        finish(self.command(command, work, options).output().unwrap())
    }

    /// A broker that the test's own client can also reach: the cluster, or the embedded one in its own process. It
    /// stops when the returned value is dropped.
    pub fn serve(&self) -> Served {
        match &self.cluster {
            Some(servers) => Served { bootstrap_servers: servers.clone(), process: None },
            None => self.serve_embedded("127.0.0.1:0"),
        }
    }

    pub fn serve_embedded(&self, listen: &str) -> Served {
        let data = self.folder.path().join("data");
        let mut command = program();
        command.args(["--headless", "broker", "--listen", listen, "--data"]).arg(data);
        let mut process = Process::start(command);
        let line = process.wait_for_line(|line| line.contains("listens on"));
        let address = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).unwrap();
        Served { bootstrap_servers: address.trim_end_matches(';').to_owned(), process: Some(process) }
    }

    pub fn create_topic(&self, servers: &str, partitions: i32, settings: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", servers).create().unwrap();
        let mut topic = NewTopic::new(&self.topic, partitions, TopicReplication::Fixed(1));
        for (name, value) in settings {
            topic = topic.set(name, value);
        }
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for result in runtime.block_on(admin.create_topics([&topic], &options)).unwrap() {
            result.unwrap();
        }
    }

    /// Sends records unchanged, and waits for their acknowledgement.
    pub fn send(&self, servers: &str, records: &[Record<'_>]) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", servers)
            .set("message.max.bytes", "100000000")
            .create()
            .unwrap();
        for record in records {
            let mut headers = OwnedHeaders::new();
            for (key, value) in record.headers {
                headers = headers.insert(Header { key, value: Some(value.as_bytes()) });
            }
            let mut base: BaseRecord<'_, (), [u8]> = BaseRecord::to(&self.topic).headers(headers);
            base.partition = record.partition;
            base.payload = record.value;
            producer.send(base).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// Checks that every image of the input is saved once, byte for byte, and has one row.
    pub fn assert_all_saved(&self, work: &str, count: u32) {
        let rows = self.rows(work);
        assert_eq!(rows.len() as u32, count, "rows");
        let files = files_in(&self.work(work).join("output_images"));
        assert_eq!(files.len() as u32, count, "files");
        for number in 0..count {
            let name = image_name(number);
            assert_eq!(files.get(&name), Some(&png(number, 8)), "{name}");
            let label = name.split('.').next().unwrap();
            assert!(rows.contains(&(format!("output_images/{name}"), label.to_owned())), "{name}");
        }
    }

    /// The rows of annotation.csv; empty if it is missing.
    pub fn rows(&self, work: &str) -> Vec<(String, String)> {
        let path = self.work(work).join("annotation.csv");
        if !path.exists() {
            return Vec::new();
        }
        let mut reader = csv::Reader::from_path(path).unwrap();
        assert_eq!(reader.headers().unwrap(), vec!["image_path", "annotation"]);
        reader.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
    }

    /// Checks that every saved image has one row in image_records.csv, and that there are no other lines.
    pub fn assert_recorded(&self, work: &str, count: u32) {
        let folder = self.work(work);
        let text = std::fs::read_to_string(folder.join("image_records.csv")).unwrap();
        assert_eq!(text.lines().count() as u32, count + 1, "lines of image_records.csv");
        let records = kafka_image_bench_core::pipeline::sink::read_image_records(&folder).unwrap();
        for (path, annotation) in self.rows(work) {
            let record = records.get(&path).unwrap_or_else(|| panic!("{path} has no row"));
            let bytes = std::fs::read(folder.join(&path)).unwrap();
            assert_eq!((&record.annotation, record.size_bytes), (&annotation, bytes.len() as u64), "{path}");
        }
        assert_eq!(records.len() as u32, count, "rows of image_records.csv");
    }

    /// The number of complete rows of annotation.csv while it is being written.
    pub fn rows_so_far(&self, work: &str) -> usize {
        let text = std::fs::read(self.work(work).join("annotation.csv")).unwrap_or_default();
        text.iter().filter(|&&byte| byte == b'\n').count().saturating_sub(1)
    }

    pub fn processed(&self, work: &str) -> Vec<String> {
        std::fs::read_to_string(self.work(work).join("processed_files.txt"))
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

pub struct Served {
    pub bootstrap_servers: String,
    process: Option<Process>,
}

impl Served {
    /// The process of the embedded broker.
    pub fn process(&self) -> &Process {
        self.process.as_ref().unwrap()
    }

    /// Kills only the broker, as a power cut would.
    pub fn kill(mut self) {
        self.process.take().unwrap().kill();
    }
}

impl Finished {
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn number(&self, name: &str) -> u64 {
        self.report()[name].as_u64().unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// Panics with all output unless the exit code is `code`.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

impl std::fmt::Debug for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kafka-image-bench"));
    command.env_remove("KAFKA_BOOTSTRAP_SERVERS");
    // Keep the logs of tests out of the user's folders.
    command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")).env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

pub fn finish(output: Output) -> Finished {
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn image_name(number: u32) -> String {
    format!("image-{number:04}.png")
}

/// A different image for each number, `side` pixels square.
pub fn png(number: u32, side: u32) -> Vec<u8> {
    let mut state = number.wrapping_mul(2_654_435_761) | 1;
    let picture = image::RgbImage::from_fn(side, side, |_, _| {
        let mut channel = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        image::Rgb([channel(), channel(), channel()])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The message as the Python producer writes it.
pub fn message(image: &[u8], annotation: &str) -> Vec<u8> {
    let base64 = BASE64_STANDARD.encode(image);
    serde_json::to_vec(&serde_json::json!({"image_file": base64, "annotation": annotation})).unwrap()
}

pub fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: it did not come to that");
        thread::sleep(Duration::from_millis(2));
    }
}
