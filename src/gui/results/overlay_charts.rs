//! The charts of several runs: bars grouped by configuration with one for each run, and curves.

use eframe::egui::{Color32, ComboBox, Role, Sense, Ui, Vec2, WidgetInfo};
use egui_material_icons::icons::ICON_CLOSE;

use super::overlay::{OverlaidRun, Overlay, RUNS_MAX};
use super::percentile_chart::percentile_chart;
use crate::gui::format::{self, shortened};
use crate::gui::theme::Tokens;
use crate::gui::widgets::bars::{Bar, BarGroup, bar_chart, scale_of};
use crate::gui::widgets::button::icon_text_button;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::chart::{axis_millis, axis_number};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::report::figures::PercentileCurve;
use kafka_image_bench_core::report::scale::Axes;

const CHOICE_WIDTH: f32 = 220.0;

/// Draws them while runs are chosen. True: none is to be chosen any more.
pub fn overlay_ui(ui: &mut Ui, overlay: &mut Overlay, axes: Axes) -> bool {
    if overlay.count() == 0 {
        return false;
    }
    let mut is_cleared = false;
    card(ui, |ui| {
        ui.horizontal(|ui| {
            heading(ui, &format!("{} overlaid", format::counted(overlay.count() as u64, "run", "runs")));
            is_cleared = icon_text_button(ui, ICON_CLOSE, "Clear the overlay").clicked();
        });
        if overlay.count() < 2 {
            caption(ui, format!("Choose one to {} more runs on the left", RUNS_MAX - 1));
            return;
        }
        if overlay.runs.is_empty() {
            caption(ui, "Reading the runs");
            return;
        }
        bars(ui, overlay, axes, "Throughput by run, images/s", throughput, axis_number);
        bars(ui, overlay, axes, "p99 by run", p99, axis_millis);
        curves(ui, overlay, axes);
    });
    is_cleared
}

/// A title with the colours of the runs below it: their names are long.
fn title_and_runs(ui: &mut Ui, title: &str, runs: &[OverlaidRun]) {
    heading(ui, title);
    ui.horizontal_wrapped(|ui| {
        for (index, run) in runs.iter().enumerate() {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(8.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, Tokens::of(ui).series_color(index));
            caption(ui, printable(&run.name).into_owned());
        }
    });
}

fn throughput(run: &OverlaidRun, configuration: &str, color: Color32) -> Option<(Bar, String)> {
    let bar = run.throughput.iter().find(|bar| bar.name == configuration)?;
    let text = format!("{}{}", bar.at_least(), format::scaled(bar.images_per_s));
    let spread = (bar.runs > 1).then_some((bar.low, bar.high));
    Some((Bar { value: bar.images_per_s, text, color, spread }, bar.hover()))
}

fn p99(run: &OverlaidRun, configuration: &str, color: Color32) -> Option<(Bar, String)> {
    let group = run.latency.iter().find(|group| group.name == configuration)?;
    let bar = Bar { value: group.p99_ms, text: format::millis(group.p99_ms), color, spread: None };
    Some((bar, group.hover()))
}

type BarOf = fn(&OverlaidRun, &str, Color32) -> Option<(Bar, String)>;

fn bars(ui: &mut Ui, overlay: &Overlay, axes: Axes, title: &str, of: BarOf, mark: fn(f64) -> String) {
    let tokens = Tokens::of(ui);
    let groups: Vec<BarGroup> = overlay
        .configurations()
        .into_iter()
        .filter_map(|configuration| {
            let (mut bars, mut hover) = (Vec::new(), Vec::new());
            for (index, run) in overlay.runs.iter().enumerate() {
                if let Some((bar, about)) = of(run, configuration, tokens.series_color(index)) {
                    hover.push(format!("{}\n{about}", run.name));
                    bars.push(bar);
                }
            }
            let name = shortened(configuration, 34);
            (!bars.is_empty()).then(|| BarGroup { name, bars, hover: hover.join("\n\n") })
        })
        .collect();
    if groups.is_empty() {
        return;
    }
    title_and_runs(ui, title, &overlay.runs);
    let scale = scale_of(&groups, axes);
    bar_chart(ui, title, &groups, &scale, mark);
}

/// The distributions of one configuration.
fn curves(ui: &mut Ui, overlay: &mut Overlay, axes: Axes) {
    let has_curve = |name: &str| overlay.runs.iter().flat_map(|run| &run.curves).any(|curve| curve.name == name);
    let names: Vec<String> =
        overlay.configurations().into_iter().filter(|name| has_curve(name)).map(str::to_owned).collect();
    let chosen = overlay.configuration.take().filter(|chosen| names.contains(chosen)).or(names.first().cloned());
    let Some(mut chosen) = chosen else { return };
    let shown = chosen.clone();
    ui.horizontal(|ui| {
        caption(ui, "Percentiles of");
        let combo =
            ComboBox::from_id_salt("overlay-configuration").width(CHOICE_WIDTH).selected_text(&shown).truncate();
        let response = combo
            .show_ui(ui, |ui| {
                for name in &names {
                    ui.selectable_value(&mut chosen, name.clone(), printable(name).into_owned());
                }
            })
            .response;
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Percentiles of");
            info.current_text_value = Some(shown.clone());
            info
        });
    });
    // Each run's curve by the run's name.
    let curves: Vec<PercentileCurve> = overlay
        .runs
        .iter()
        .filter_map(|run| {
            let curve = run.curves.iter().find(|curve| curve.name == chosen)?;
            Some(PercentileCurve { name: run.name.clone(), ..curve.clone() })
        })
        .collect();
    overlay.configuration = Some(chosen);
    percentile_chart(ui, "Latency by percentile and run", &curves, axes, ("run", "runs"));
}
