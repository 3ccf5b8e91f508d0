//! The command `check`: a connection, step by step.

use std::time::Duration;

use serde_json::{Value, json};

use super::{DONE, FAILED, print, print_text, say, text};
use crate::cli::{CheckPlan, OutputFormat};
use kafka_image_bench_core::broker::check::{
    CheckRequest, ConnectionProblem, ConnectionReport, StepChange, StepOutcome, check_in_steps,
};
use kafka_image_bench_core::run::cancellation::Cancellation;

pub(super) fn check(plan: &CheckPlan, format: OutputFormat) -> anyhow::Result<u8> {
    let request = CheckRequest {
        bootstrap_servers: &plan.bootstrap_servers,
        client: &plan.client,
        topic: plan.topic.as_deref(),
        timeout: plan.timeout,
    };
    let mut steps = Vec::new();
    let result = check_in_steps(&request, &Cancellation::default(), &mut |change| {
        let Some(outcome) = &change.outcome else { return };
        if format == OutputFormat::Text {
            print_text(&line(&change, outcome));
        }
        steps.push(step_json(&change, outcome));
    });
    match format {
        OutputFormat::Json => print(&serde_json::to_string_pretty(&whole_json(plan, steps, &result))?),
        OutputFormat::Text => {
            if let Ok(report) = &result {
                print_text(&connected(report));
            }
        }
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    match result {
        Ok(_) => Ok(DONE),
        Err(problem) => {
            say(&format!("error: {problem}"));
            Ok(FAILED)
        }
    }
}

/// The state of a step that has ended, and what was found.
fn state_of(outcome: &StepOutcome) -> (&'static str, &str) {
    match outcome {
        StepOutcome::Passed(found) => ("passed", found),
        StepOutcome::Skipped(why) => ("skipped", why),
        StepOutcome::Failed(problem) => ("failed", &problem.summary),
    }
}

fn line(change: &StepChange, outcome: &StepOutcome) -> String {
    let (state, found) = state_of(outcome);
    let took = match change.took.is_zero() {
        true => String::new(),
        false => text::latency(micros(change.took)),
    };
    let line = format!("{state:<8} {:<18} {took:>10}  {found}", change.step.name());
    line.trim_end().to_owned()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn connected(report: &ConnectionReport) -> String {
    let version = report.version.as_deref().map(|version| format!(", Kafka {version}")).unwrap_or_default();
    let cluster = report.cluster_id.as_deref().map(|id| format!(", cluster {id}")).unwrap_or_default();
    format!("Connected in {}{version}{cluster}", text::span(report.elapsed))
}

fn step_json(change: &StepChange, outcome: &StepOutcome) -> Value {
    let (state, found) = state_of(outcome);
    json!({"step": change.step.key(), "state": state, "found": found, "elapsed_s": change.took.as_secs_f64()})
}

fn whole_json(plan: &CheckPlan, steps: Vec<Value>, result: &Result<ConnectionReport, ConnectionProblem>) -> Value {
    let report = result.as_ref().ok();
    json!({
        "bootstrap_servers": plan.bootstrap_servers,
        "connected": result.is_ok(),
        "steps": steps,
        "brokers": report.map(|report| &report.brokers),
        "topics": report.map(|report| report.topics),
        "version": report.and_then(|report| report.version.as_ref()),
        "cluster_id": report.and_then(|report| report.cluster_id.as_ref()),
        "problem": result.as_ref().err().map(|problem| json!({
            "summary": problem.summary,
            "what_to_do": problem.what_to_do,
            "detail": problem.detail,
        })),
    })
}
