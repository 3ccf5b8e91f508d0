//! A client of the metrics server, and a strict reader of Prometheus' text format.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::bench::{PATIENCE, Process};

/// An answer, with its headers in lower case.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

/// Waits until the program prints where its metrics are, and returns the address.
pub fn address(process: &mut Process) -> String {
    let line = process.wait_for_line(|line| line.contains("/metrics (Prometheus)"));
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
    address.to_owned()
}

/// Sends these bytes unchanged, and reads until the server closes the connection.
pub fn raw(address: &str, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8(answer).unwrap())
}

pub fn request(address: &str, method: &str, path: &str, host: &str) -> std::io::Result<Answer> {
    let text = raw(address, format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    Ok(Answer { status, headers: head.to_lowercase(), body: body.to_owned() })
}

pub fn get(address: &str, path: &str) -> Answer {
    request(address, "GET", path, address).unwrap()
}

/// Samples by `name{labels}` as they are written.
pub struct Samples(BTreeMap<String, f64>);

/// The figures of this moment; `None` if the program does not listen any more.
pub fn try_scrape(address: &str) -> Option<Samples> {
    let answer = request(address, "GET", "/metrics", address).ok()?;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.headers.contains("content-type: text/plain; version=0.0.4"), "{answer:?}");
    Some(Samples::parse(&answer.body))
}

pub fn scrape(address: &str) -> Samples {
    try_scrape(address).expect("the program listens")
}

impl Samples {
    /// Fails unless each sample belongs to a family that was announced with its type and help, and comes once.
    fn parse(text: &str) -> Self {
        let (mut samples, mut types, mut helps) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').unwrap();
                assert!(!words.is_empty() && helps.insert(name.to_owned()), "{line}");
                continue;
            }
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                continue;
            }
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|suffix| name.strip_suffix(suffix))
                .find(|family| types.get(*family).is_some_and(|kind| kind == "histogram"))
                .unwrap_or(name);
            assert!(types.contains_key(family) && helps.contains(family), "{line}");
            let value: f64 = value.parse().unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(samples.insert(sample.to_owned(), value).is_none(), "twice: {line}");
        }
        assert!(text.ends_with('\n'));
        let samples = Self(samples);
        types.iter().filter(|(_, kind)| *kind == "histogram").for_each(|(name, _)| samples.check_histogram(name));
        samples
    }

    /// The buckets are cumulative, and the last one has all.
    fn check_histogram(&self, name: &str) {
        let prefix = format!("{name}_count");
        for (sample, count) in self.0.iter().filter(|(sample, _)| sample.starts_with(&prefix)) {
            let labels = sample[prefix.len()..].trim_matches(['{', '}']);
            let mut buckets: Vec<(f64, f64)> = self
                .0
                .iter()
                .filter(|(sample, _)| sample.starts_with(&format!("{name}_bucket{{")) && sample.contains(labels))
                .map(|(sample, count)| {
                    let bound = sample.split("le=\"").nth(1).unwrap().split('"').next().unwrap();
                    (bound.replace("+Inf", "inf").parse().unwrap(), *count)
                })
                .collect();
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(buckets.len() > 10 && buckets.is_sorted_by(|one, other| one.1 <= other.1), "{name}: {buckets:?}");
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)), "{name}");
        }
    }

    /// The value of a sample of the program's own; `name` may have labels.
    #[track_caller]
    pub fn own(&self, name: &str) -> f64 {
        self.of(&format!("kafka_image_bench_{name}"))
    }

    #[track_caller]
    pub fn of(&self, sample: &str) -> f64 {
        let names: Vec<&String> = self.0.keys().collect();
        *self.0.get(sample).unwrap_or_else(|| panic!("no {sample} in {names:#?}"))
    }

    pub fn has(&self, sample: &str) -> bool {
        self.0.contains_key(sample)
    }

    /// The sum over all labels.
    pub fn sum(&self, name: &str) -> f64 {
        let prefix = format!("{name}{{");
        self.0.iter().filter(|(sample, _)| sample.starts_with(&prefix)).map(|(_, value)| value).sum()
    }

    /// Labels of the samples of a family of the program's own, as they are written.
    pub fn labels(&self, name: &str) -> Vec<String> {
        let prefix = format!("kafka_image_bench_{name}{{");
        self.0
            .keys()
            .filter_map(|sample| Some(sample.strip_prefix(&prefix)?.trim_end_matches('}').to_owned()))
            .collect()
    }

    /// Counters, and the counts of histograms.
    pub fn assert_not_less_than(&self, before: &Self) {
        let counts = |name: &str| ["_total", "_count", "_sum", "_bucket"].iter().any(|suffix| name.ends_with(suffix));
        for (sample, value) in before.0.iter().filter(|(sample, _)| counts(sample.split('{').next().unwrap())) {
            assert!(self.of(sample) >= *value, "{sample}: {} < {value}", self.of(sample));
        }
    }
}
