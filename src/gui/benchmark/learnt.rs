//! What a benchmark has found so far: the order of the configurations, with intervals.

use std::sync::Arc;

use eframe::egui::{Context, Label, RichText, ScrollArea, Ui};

use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::card::{caption, heading};
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::results::BenchmarkResults;
use kafka_image_bench_core::verdict::metric::{Margin, Metric};
use kafka_image_bench_core::verdict::ranking::Standing;
use kafka_image_bench_core::verdict::so_far::{SoFar, SoFarLine, so_far};

/// Height of the list.
const HEIGHT: f32 = 128.0;
const NAME_MAX: usize = 30;

/// The order of the results that it was worked out for last, in a job: the intervals take a moment.
#[derive(Default)]
pub(super) struct KeptOrder {
    /// The results, which become others with each run.
    of: Option<Arc<BenchmarkResults>>,
    job: Option<Job<SoFar>>,
    order: Option<SoFar>,
}

impl KeptOrder {
    /// The order of these results, as soon as it is known; until then that of the ones before.
    pub(super) fn get(&mut self, ctx: &Context, results: Option<&Arc<BenchmarkResults>>) -> Option<&SoFar> {
        let Some(results) = results else {
            *self = Self::default();
            return None;
        };
        if let Some(Ok(order)) = job::take(&mut self.job, "the order was worked out") {
            self.order = Some(order);
        }
        let of_same = |known: &Arc<BenchmarkResults>| known.benchmark_id == results.benchmark_id;
        if !self.of.as_ref().is_some_and(of_same) {
            (self.order, self.job) = (None, None);
        }
        let is_known = self.of.as_ref().is_some_and(|known| Arc::ptr_eq(known, results));
        if !is_known && self.job.is_none() {
            self.of = Some(Arc::clone(results));
            let results = Arc::clone(results);
            self.job = Some(Job::start("order", ctx, move |_| so_far(&results, Margin::default())));
        }
        self.order.as_ref()
    }
}

/// Draws the order.
pub(super) fn order_ui(ui: &mut Ui, order: Option<&SoFar>) {
    let what = match order.map(|order| order.metric) {
        Some(Metric::P99) => "So far, by p99",
        _ => "So far, by images/s",
    };
    heading(ui, what);
    let Some(order) = order else {
        caption(ui, "The order is shown here after the first run");
        return;
    };
    if let Some(why) = &order.undecided {
        caption(ui, format!("Undecided: {why}"));
    }
    ScrollArea::vertical().id_salt("order").max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (place, line) in order.lines.iter().enumerate() {
            line_ui(ui, place + 1, line);
        }
    });
}

fn line_ui(ui: &mut Ui, place: usize, line: &SoFarLine) {
    let tokens = Tokens::of(ui);
    let color = match line.standing {
        Some(Standing::Fastest | Standing::AsFast) => tokens.ok,
        Some(Standing::Slower { .. }) => tokens.text,
        Some(Standing::Undecided { .. }) | None => tokens.muted,
    };
    let value = line.value.as_deref().unwrap_or("–");
    let text = format!("{place}. {}: {value}, {}", shortened(&line.name, NAME_MAX), line.verdict);
    let label = Label::new(RichText::new(text).size(CAPTION_SIZE).color(color)).wrap();
    let interval = match &line.interval {
        Some(interval) => format!("95 % interval of the mean: {interval}"),
        None => "Not repeated: no interval".to_owned(),
    };
    ui.add(label).on_hover_text(format!("{}\n{interval}", line.name));
    if let Some(interval) = &line.interval {
        ui.add(Label::new(RichText::new(format!("    {interval}")).size(CAPTION_SIZE).color(tokens.muted)).truncate());
    }
}
