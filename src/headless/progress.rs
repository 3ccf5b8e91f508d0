//! Progress on stderr: a bar on a terminal, otherwise a line every few seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::race::Rounds;
use super::rate::Rate;
use super::{say, text};
use kafka_image_bench_core::engine::plan::Mode;
use kafka_image_bench_core::export::ExportProgress;
use kafka_image_bench_core::metrics::{BenchmarkProgress, Snapshot};
use kafka_image_bench_core::model::notice::Notice;
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::results::BenchmarkResults;

/// Time between two plain lines.
pub(super) const LINE_INTERVAL: Duration = Duration::from_secs(2);
/// Notices of one kind that are printed; the others are in the log, and counted in the summary.
const SAME_KIND_MAX: u64 = 10;

pub(super) struct Progress {
    is_shown: bool,
    bar: Option<ProgressBar>,
    mode: Mode,
    rate: Rate,
    last_line: Instant,
    last_done: u64,
    not_images: u64,
    rejected: u64,
    dead_letters: u64,
    rounds: Rounds,
    /// Of an export: what it does is in its own events.
    is_export: bool,
}

impl Progress {
    /// `is_shown`: whether more than notices is printed; `draws_bar`: on a terminal.
    pub(super) fn new(is_shown: bool, draws_bar: bool, mode: Mode) -> Self {
        let bar = (is_shown && draws_bar).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(style("{spinner} {msg}"));
            bar
        });
        Self {
            is_shown,
            bar,
            mode,
            rate: Rate::default(),
            last_line: Instant::now(),
            last_done: 0,
            not_images: 0,
            rejected: 0,
            dead_letters: 0,
            rounds: Rounds::default(),
            is_export: false,
        }
    }

    /// That of an export, if it is one.
    pub(super) fn of_export(self, is_export: bool) -> Self {
        Self { is_export, ..self }
    }

    /// Shows the progress of the run.
    pub(super) fn show(&mut self, snapshot: &Snapshot) {
        if !self.is_shown || self.is_export {
            return;
        }
        if let Some(progress) = &snapshot.benchmark {
            return self.show_benchmark(progress);
        }
        let (done, bytes) = match self.mode {
            Mode::Produce => (snapshot.acknowledged, snapshot.acknowledged_bytes),
            Mode::Stream | Mode::Consume => (snapshot.saved, snapshot.saved_bytes),
        };
        self.rate.note(snapshot.elapsed, done, bytes);
        let message = self.message(snapshot, done);
        let total = match self.mode {
            Mode::Consume => None,
            Mode::Stream | Mode::Produce => Some(snapshot.found + snapshot.foreign - snapshot.rejected),
        };
        if let Some(bar) = &self.bar {
            if let Some(total) = total.filter(|&total| total > 0)
                && bar.length() != Some(total)
            {
                bar.set_length(total);
                bar.set_style(style("{bar:30} {msg}"));
            }
            bar.set_position(done);
            bar.set_message(message);
            bar.tick();
        } else if self.last_line.elapsed() >= LINE_INTERVAL && done != self.last_done {
            (self.last_line, self.last_done) = (Instant::now(), done);
            say(&message);
        }
    }

    fn show_benchmark(&mut self, progress: &BenchmarkProgress) {
        let name = printable(&progress.configuration);
        let mut message = match progress.round {
            Some(round) => format!("round {round}, measurement {}: {name}, {}", progress.run, progress.phase),
            None => {
                format!("run {}: {name}, {}, {}", progress.run_text(), progress.repeat_text(), progress.phase)
            }
        };
        let clock_s = progress.clock.as_secs_f64();
        if clock_s > 0.0 {
            let rate = text::rate(progress.acknowledged as f64 / clock_s);
            let mb_per_s = text::rate(progress.acknowledged_bytes as f64 / 1e6 / clock_s);
            message.push_str(&format!(" {clock_s:.1} s, {rate} images/s, {mb_per_s} MB/s so far"));
        }
        // The estimate from when the run began, minus the time since.
        if let Some(left) = progress.left.map(|left| left.saturating_sub(progress.clock)) {
            let left = text::span(left);
            // The budget of a race is the most that it may take.
            message.push_str(&match progress.round {
                Some(_) => format!("; {left} left at most"),
                None => format!("; about {left} left in all"),
            });
        }
        if let Some(bar) = &self.bar {
            // A race has no number of runs: it keeps its spinner.
            if let Some(runs) = progress.runs.map(u64::from) {
                if bar.length() != Some(runs) {
                    bar.set_length(runs);
                    bar.set_style(style("{bar:20} {msg}"));
                }
                bar.set_position(u64::from(progress.run.saturating_sub(1)));
            }
            bar.set_message(message);
            bar.tick();
        } else if u64::from(progress.run) != self.last_done
            && (progress.round.is_none() || self.last_line.elapsed() >= LINE_INTERVAL)
        {
            self.last_line = Instant::now();
            self.last_done = u64::from(progress.run);
            say(&message);
        }
    }

    /// Shows how far an export is.
    pub(super) fn exporting(&mut self, progress: ExportProgress) {
        if !self.is_shown {
            return;
        }
        if let Some(bar) = &self.bar {
            bar.set_message(progress.sentence());
            bar.tick();
        } else if self.last_line.elapsed() >= LINE_INTERVAL {
            self.last_line = Instant::now();
            say(&progress.sentence());
        }
    }

    /// Prints how a race stands, once a round.
    pub(super) fn results(&mut self, results: &BenchmarkResults) {
        if self.is_shown
            && let Some(line) = self.rounds.line(results)
        {
            self.line(&line);
        }
    }

    fn message(&self, snapshot: &Snapshot, done: u64) -> String {
        let (images_per_s, mb_per_s) = self.rate.per_second();
        let verb = if self.mode == Mode::Produce { "acknowledged" } else { "saved" };
        let rates = format!("{} images/s, {} MB/s", text::rate(images_per_s), text::rate(mb_per_s));
        if self.mode == Mode::Consume {
            return format!("{} {verb}, {rates}", text::counted(done, "image", "images"));
        }
        let found = snapshot.found + snapshot.foreign - snapshot.rejected;
        let left = found.saturating_sub(done);
        let more = if snapshot.scan_finished { "" } else { "+" };
        let mut message = format!("{} of {}{more} images {verb}, {rates}", text::count(done), text::count(found));
        if snapshot.scan_finished && left > 0 && images_per_s > 0.0 {
            let left = Duration::try_from_secs_f64(left as f64 / images_per_s).unwrap_or(Duration::MAX);
            message.push_str(&format!(", {} left", text::span(left)));
        }
        message
    }

    /// Prints a notice; of many of the same kind only the first ones.
    pub(super) fn notice(&mut self, notice: &Notice) {
        let seen = match notice {
            Notice::NotAnImage { .. } => &mut self.not_images,
            Notice::Rejected { .. } => &mut self.rejected,
            Notice::DeadLetter { .. } => &mut self.dead_letters,
            _ => return self.line(&notice.to_string()),
        };
        *seen += 1;
        if *seen <= SAME_KIND_MAX {
            self.line(&notice.to_string());
        } else if *seen == SAME_KIND_MAX + 1 {
            self.line("Further notices of this kind are counted only; see the log");
        }
    }

    /// Prints a line above the bar.
    pub(super) fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The template is constant; if it were wrong, the default style is used.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
