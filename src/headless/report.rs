//! The command `report`: results as an HTML page, and charts as files.

use std::path::Path;

use anyhow::Context;

use super::{DONE, print, print_text, say, stages};
use crate::cli::{OutputFormat, ReportArgs};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::report::charts::{self, ChartLook};
use kafka_image_bench_core::report::html::html;
use kafka_image_bench_core::results::files::{read, replace};

/// Sharp on high-density screens, and in documents.
const CHART_SCALE: u32 = 2;

pub(super) fn write(args: &ReportArgs, format: OutputFormat) -> anyhow::Result<u8> {
    let refuse = |reason: &str| {
        say(&format!("error: {reason}"));
        Ok(super::USAGE)
    };
    let results = match read(&args.results) {
        Ok(results) => results,
        Err(error) => return refuse(&error),
    };
    let baseline = match args.baseline.as_deref().map(read).transpose() {
        Ok(baseline) => baseline,
        Err(error) => return refuse(&error),
    };
    if let Some(out) = &args.out
        && std::iter::once(&args.results).chain(&args.baseline).any(|input| is_same(input, out))
    {
        return refuse(&format!("--out would replace the results; name another file: {}", out.display()));
    }
    let mut written = Vec::new();
    if let Some(out) = &args.out {
        replace(out, html(&results, baseline.as_ref(), args.margin, args.axes).as_bytes())
            .with_context(|| format!("the report cannot be written: {}", out.display()))?;
        written.push(out.clone());
    }
    if let Some(folder) = &args.charts {
        written.extend(charts::write_all(
            &results,
            folder,
            ChartLook { theme: args.theme, axes: args.axes },
            CHART_SCALE,
        )?);
    }
    if args.stages && format == OutputFormat::Text {
        print_text(&stages::text(&results));
    }
    match format {
        OutputFormat::Text => written.iter().for_each(|path| print(&printable(&path.display().to_string()))),
        OutputFormat::Json => print(&serde_json::to_string_pretty(&serde_json::json!({ "files": written }))?),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    Ok(DONE)
}

/// Whether both paths are the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
