//! The command `samples`.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use indicatif::ProgressBar;

use super::progress::LINE_INTERVAL;
use super::{DONE, INTERRUPTED, print, say, text};
use crate::cli::{OutputFormat, SamplesArgs};
use kafka_image_bench_core::model::printable::printable;
use sample_images::{SamplesSpec, write_samples};

pub(super) fn write(args: &SamplesArgs, format: OutputFormat) -> anyhow::Result<u8> {
    let usual = SamplesSpec::default();
    let spec = SamplesSpec {
        count: args.count,
        width_px: args.width.unwrap_or(usual.width_px),
        height_px: args.height.unwrap_or(usual.height_px),
        seed: args.seed.unwrap_or(usual.seed),
        first_day: args.first_day.unwrap_or(usual.first_day),
        size_bytes: args.size_bytes,
    };
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&is_stopped);
    ctrlc::set_handler(move || {
        if stopped.swap(true, Ordering::AcqRel) {
            std::process::exit(i32::from(INTERRUPTED));
        }
    })
    .context("cannot handle Ctrl+C")?;
    let (is_text, draws_bar) = (format == OutputFormat::Text, io::stderr().is_terminal());
    let bar = if is_text && draws_bar { ProgressBar::new(u64::from(spec.count)) } else { ProgressBar::hidden() };
    let mut last_line = Instant::now();
    let report = write_samples(&args.folder, &spec, &mut |done| {
        bar.set_position(u64::from(done));
        if is_text && !draws_bar && (done == spec.count || last_line.elapsed() >= LINE_INTERVAL) {
            last_line = Instant::now();
            say(&format!("{} of {} images", text::count(u64::from(done)), text::count(u64::from(spec.count))));
        }
        if is_stopped.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    bar.finish_and_clear();
    match format {
        OutputFormat::Text => print(&format!(
            "{} written, {} already existed; {} in {}",
            text::counted(u64::from(report.written), "image", "images"),
            text::count(u64::from(report.already_there)),
            text::megabytes(report.total_bytes),
            printable(&args.folder.display().to_string())
        )),
        OutputFormat::Json => print(&serde_json::to_string_pretty(&serde_json::json!({
            "written": report.written,
            "already_there": report.already_there,
            "total_bytes": report.total_bytes,
            "folder": args.folder,
        }))?),
        OutputFormat::Csv | OutputFormat::Quiet => {}
    }
    Ok(if is_stopped.load(Ordering::Acquire) { INTERRUPTED } else { DONE })
}
