//! Which configuration to take, and why.

use std::str::FromStr;

use serde::Serialize;

use super::compare::Metric;
use super::statistics::{median, welch_interval};
use crate::model::printable::printable;
use crate::report::results::{BenchmarkResults, Configuration, ConfigurationResult};

/// Room that a record needs beside its image.
const RECORD_ROOM_BYTES: u64 = 64 * 1024;

/// The configurations to take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// Most images a second; `null` where the rate was fixed.
    pub throughput: Option<Choice>,
    /// Shortest end-to-end latency; `null` where none was measured (a backlog).
    pub latency: Option<Choice>,
    /// The best compromise of the two.
    pub balanced: Option<Choice>,
    /// What limits the trust in all this.
    pub cautions: Vec<String>,
    /// Largest image that was sent, in bytes.
    pub max_image_bytes: u64,
}

/// A configuration, and why it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The configuration.
    pub configuration: Configuration,
    /// A sentence.
    pub reason: String,
}

/// Whose properties are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Client {
    /// librdkafka and what is built on it.
    #[default]
    Librdkafka,
    /// Kafka's own Java client.
    Java,
}

/// No run counts.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no configuration has a run that counts: there is nothing to recommend")]
pub struct NoGoodRun;

impl FromStr for Client {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "librdkafka" => Ok(Self::Librdkafka),
            "java" => Ok(Self::Java),
            other => Err(format!("properties are printed for librdkafka or java, not \"{other}\"")),
        }
    }
}

struct Candidate<'a> {
    result: &'a ConfigurationResult,
    rates: Vec<f64>,
    images_per_s: f64,
    /// Of all good runs together, in microseconds; `None` where none was measured.
    p99_micros: Option<f64>,
}

/// Chooses among the configurations that have a good run.
///
/// * throughput: the highest median of the producer's images a second;
/// * latency: the lowest 99th percentile, end to end, of all repeats together;
/// * balanced: of those on the Pareto front (no other one is better in both), the one that gives up the least: with
///   each figure as its ratio to the best one, the smallest sum of the squared logarithms.
///
/// # Errors
/// No configuration has a good run.
pub fn recommend(results: &BenchmarkResults) -> Result<Recommendation, NoGoodRun> {
    let candidates: Vec<Candidate<'_>> = results.configurations.iter().filter_map(candidate).collect();
    let fastest = candidates.iter().max_by(|a, b| a.images_per_s.total_cmp(&b.images_per_s)).ok_or(NoGoodRun)?;
    let by_latency = |a: &(&Candidate<'_>, f64), b: &(&Candidate<'_>, f64)| a.1.total_cmp(&b.1);
    let measured: Vec<(&Candidate<'_>, f64)> =
        candidates.iter().filter_map(|one| Some((one, one.p99_micros?))).collect();
    let quickest = measured.iter().copied().min_by(by_latency);
    // At a fixed rate all are equally fast: only their latencies tell them apart.
    let has_free_rate = results.method.rate_images_per_s.is_none();
    let balanced = quickest
        .filter(|_| has_free_rate)
        .and_then(|(_, best_p99)| balanced(&measured, fastest.images_per_s, best_p99));
    Ok(Recommendation {
        throughput: has_free_rate.then(|| Choice {
            configuration: fastest.result.configuration.clone(),
            reason: throughput_reason(fastest, &candidates),
        }),
        latency: quickest.map(|(one, p99)| Choice {
            configuration: one.result.configuration.clone(),
            reason: format!(
                "the shortest end-to-end latency: 99 in 100 images within {}, at {:.0} images/s",
                Metric::P99.shown(p99),
                one.images_per_s
            ),
        }),
        balanced,
        cautions: cautions(results),
        max_image_bytes: results.payloads.max_bytes,
    })
}

fn candidate(result: &ConfigurationResult) -> Option<Candidate<'_>> {
    let rates: Vec<f64> = result.representative_runs().iter().map(|run| run.producer.images_per_s).collect();
    let latency = &result.end_to_end_latency;
    let p99_micros = (latency.count > 0).then_some(latency.p99_micros.max(1) as f64);
    let images_per_s = median(&rates);
    (images_per_s > 0.0).then_some(Candidate { result, rates, images_per_s, p99_micros })
}

fn throughput_reason(fastest: &Candidate<'_>, all: &[Candidate<'_>]) -> String {
    let is_close = |other: &&Candidate<'_>| {
        !std::ptr::eq(*other, fastest)
            && welch_interval(&other.rates, &fastest.rates).is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    };
    let close: Vec<&str> = all.iter().filter(is_close).map(|one| one.result.configuration.name.as_str()).collect();
    let mut reason = format!("the most images a second: {:.0}", fastest.images_per_s);
    if !close.is_empty() {
        reason.push_str(&format!("; within noise of it: {}", close.join(", ")));
    }
    reason
}

fn balanced(measured: &[(&Candidate<'_>, f64)], best_rate: f64, best_p99: f64) -> Option<Choice> {
    let is_beaten = |one: &Candidate<'_>, p99: f64| {
        measured.iter().any(|&(other, other_p99)| {
            (other.images_per_s >= one.images_per_s && other_p99 < p99)
                || (other.images_per_s > one.images_per_s && other_p99 <= p99)
        })
    };
    let loss =
        |one: &Candidate<'_>, p99: f64| (best_rate / one.images_per_s).ln().powi(2) + (p99 / best_p99).ln().powi(2);
    let front = measured.iter().filter(|(one, p99)| !is_beaten(one, *p99));
    let &(one, p99) = front.min_by(|a, b| loss(a.0, a.1).total_cmp(&loss(b.0, b.1)))?;
    Some(Choice {
        configuration: one.result.configuration.clone(),
        reason: format!(
            "the best compromise: {:.0} % of the best throughput, at {:.1} times the shortest latency",
            100.0 * one.images_per_s / best_rate,
            p99 / best_p99
        ),
    })
}

fn cautions(results: &BenchmarkResults) -> Vec<String> {
    let mut cautions = Vec::new();
    if results.broker.kind != "external" {
        cautions.push("measured on the embedded broker: measure again on the cluster".to_owned());
    }
    if results.method.rate_images_per_s.is_none() && results.method.max_rate_p99_ms.is_none() {
        cautions.push("latency was measured at full speed, with full queues: --rate measures it at yours".to_owned());
    }
    let runs = || results.configurations.iter().flat_map(|one| &one.runs);
    if results.method.backlog {
        cautions.push("end-to-end latency has no meaning for a backlog: there is no choice for it".to_owned());
    }
    match results.configurations.iter().map(|one| one.representative_runs().len()).min() {
        Some(0 | 1) => {
            cautions.push("there are configurations with a single run: what is noise cannot be told".to_owned());
        }
        // Welch's interval reaches up to 12.7 standard errors from its middle with two, and 4.3 with three.
        Some(2) => cautions.push("two repeats leave much within noise: three or more tell more apart".to_owned()),
        _ => {}
    }
    if runs().any(|run| run.remarks.iter().any(|remark| remark.starts_with("short"))) {
        cautions.push("some runs were short: longer ones (--duration) are worth more".to_owned());
    }
    if !results.is_complete {
        cautions.push("the benchmark was stopped before its end, or a configuration skipped".to_owned());
    }
    cautions
}

impl Recommendation {
    /// For people: the choices, the reasons, and properties to paste.
    pub fn to_text(&self, client: Client) -> String {
        let mut lines = Vec::new();
        let choices = [
            ("throughput", self.throughput.as_ref()),
            ("latency", self.latency.as_ref()),
            ("balanced", self.balanced.as_ref()),
        ];
        for (name, choice) in choices {
            if let Some(choice) = choice {
                let of = printable(&choice.configuration.name);
                lines.push(format!("Best for {name}: {of} – {}", printable(&choice.reason)));
            }
        }
        lines.extend(self.cautions.iter().map(|caution| format!("Mind: {caution}")));
        let by_worth = [("balanced", &self.balanced), ("latency", &self.latency), ("throughput", &self.throughput)];
        if let Some((name, chosen)) = by_worth.into_iter().find_map(|(name, choice)| Some((name, choice.as_ref()?))) {
            lines.push(String::new());
            lines.push(format!("# best for {name}, for {}", client.name()));
            lines.push(self.properties(&chosen.configuration, client));
        }
        lines.join("\n")
    }

    /// The properties of a configuration, one a line.
    pub fn properties(&self, configuration: &Configuration, client: Client) -> String {
        let idempotent = matches!(configuration.acks.as_str(), "all" | "-1");
        // JSON carries base64, which is a third longer.
        let encoded =
            if configuration.encoding == "raw" { self.max_image_bytes } else { self.max_image_bytes.div_ceil(3) * 4 };
        let record_bytes = (encoded + RECORD_ROOM_BYTES).max(1_048_576);
        let (linger, limit) = match client {
            Client::Librdkafka => (configuration.linger_ms.to_string(), "message.max.bytes"),
            // Whole milliseconds only.
            Client::Java => (format!("{}", configuration.linger_ms.ceil()), "max.request.size"),
        };
        format!(
            "# measured with {} partitions and {} encoding\nbatch.size={}\nlinger.ms={linger}\ncompression.type={}\n\
             acks={}\nenable.idempotence={idempotent}\n{limit}={record_bytes}",
            configuration.partitions,
            configuration.encoding,
            configuration.batch_size_bytes,
            configuration.compression_type,
            configuration.acks,
        )
    }
}

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::Librdkafka => "librdkafka",
            Self::Java => "Java clients",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{configuration, results};
    use super::*;
    use crate::report::results::{LatencyResult, RunStatus};

    fn with_latencies(figures: &[(&str, &[f64], u64)]) -> BenchmarkResults {
        let named: Vec<_> = figures.iter().map(|(name, rates, _)| (configuration(name), *rates)).collect();
        let mut results = results(&named);
        for (one, (_, _, p99)) in results.configurations.iter_mut().zip(figures) {
            one.end_to_end_latency = LatencyResult { count: 9, p99_micros: *p99, ..LatencyResult::default() };
        }
        results
    }

    #[test]
    fn each_aim_has_its_best() {
        let results = with_latencies(&[
            ("fast", &[1_000.0, 1_010.0, 990.0], 500_000),
            ("as fast", &[995.0, 1_005.0, 985.0], 600_000),
            ("both", &[900.0, 905.0, 895.0], 20_000),
            ("quick", &[100.0, 101.0, 99.0], 10_000),
            ("beaten", &[90.0, 91.0, 89.0], 15_000),
        ]);
        let chosen = recommend(&results).unwrap();
        assert_eq!(chosen.throughput.as_ref().unwrap().configuration.name, "fast");
        let reason = &chosen.throughput.as_ref().unwrap().reason;
        assert!(reason.contains("within noise of it: as fast"), "{reason}");
        assert_eq!(chosen.latency.as_ref().unwrap().configuration.name, "quick");
        assert_eq!(chosen.balanced.as_ref().unwrap().configuration.name, "both");
        let text = chosen.to_text(Client::Java);
        assert!(text.contains("max.request.size=") && text.contains("embedded broker"), "{text}");
        assert!(chosen.to_text(Client::Librdkafka).contains("message.max.bytes="));
    }

    #[test]
    fn few_repeats_are_a_caution() {
        let cautions_with = |rates: &[f64], part: &str| {
            let chosen = recommend(&with_latencies(&[("a", &[5.0; 3], 1), ("b", rates, 1)])).unwrap();
            chosen.cautions.iter().any(|caution| caution.contains(part))
        };
        assert!(cautions_with(&[5.0], "a single run") && !cautions_with(&[5.0; 2], "a single run"));
        assert!(cautions_with(&[5.0; 2], "two repeats") && !cautions_with(&[5.0; 3], "two repeats"));
    }

    #[test]
    fn failed_runs_recommend_nothing() {
        let mut results = with_latencies(&[("a", &[5.0], 1)]);
        results.configurations[0].runs[0].status = RunStatus::Failed;
        assert_eq!(recommend(&results), Err(NoGoodRun));
    }

    #[test]
    fn a_fixed_rate_tells_latencies_only() {
        let mut results = with_latencies(&[("a", &[5.0], 2_000), ("b", &[5.0], 1_000)]);
        results.method.rate_images_per_s = Some(5.0);
        let chosen = recommend(&results).unwrap();
        assert!(chosen.throughput.is_none() && chosen.balanced.is_none());
        assert!(chosen.to_text(Client::Java).contains("# best for latency"));
    }

    #[test]
    fn java_takes_whole_milliseconds() {
        let chosen = recommend(&with_latencies(&[("a", &[5.0], 1)])).unwrap();
        let one = Configuration { linger_ms: 0.5, acks: "1".to_owned(), ..configuration("a") };
        assert!(chosen.properties(&one, Client::Java).contains("linger.ms=1\n"));
        let properties = chosen.properties(&one, Client::Librdkafka);
        assert!(
            properties.contains("linger.ms=0.5\n") && properties.contains("enable.idempotence=false"),
            "{properties}"
        );
    }
}
