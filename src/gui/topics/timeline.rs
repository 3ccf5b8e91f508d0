//! Records and bytes over time, to click: what is clicked is where reading begins.

use eframe::egui::{Align, Align2, Context, FontId, Id, Layout, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::cells::one_line;
use super::cluster::{Cluster, TIMEOUT, sentence};
use crate::gui::format;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::card::{card, heading};
use crate::gui::widgets::chart::grown;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::browse::{BrowsedRecord, Timeline, timeline};

const INTERVALS: usize = 60;
const HEIGHT: f32 = 44.0;
const LABELS_HEIGHT: f32 = 16.0;

/// What the bars are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimelineValues {
    /// Records of the whole topic.
    #[default]
    Records,
    /// Bytes of the values that were read.
    Bytes,
}

/// The timeline of a topic.
#[derive(Default)]
pub struct TimelineView {
    /// Records over time; `None` until they are known, or without any.
    pub timeline: Option<Timeline>,
    /// What the bars are.
    pub values: TimelineValues,
    /// Why it is not known.
    pub problem: Option<String>,
    job: Option<Job<Result<Option<Timeline>, String>>>,
}

impl TimelineView {
    /// Asks the broker.
    pub(super) fn refresh(&mut self, ctx: &Context, cluster: &Cluster, topic: &str, partition: Option<i32>) {
        let (Cluster { servers, client }, topic) = (cluster.clone(), topic.to_owned());
        self.job = Some(Job::start("timeline", ctx, move |stop| {
            let found = timeline(&servers, &client, &topic, partition, INTERVALS, TIMEOUT, stop);
            found.map_err(|error| sentence(&error))
        }));
    }

    /// Takes the answer.
    pub(super) fn poll(&mut self) {
        match job::take(&mut self.job, "the timeline was made").map(|result| result.and_then(|found| found)) {
            Some(Ok(timeline)) => (self.timeline, self.problem) = (timeline, None),
            Some(Err(problem)) => self.problem = Some(problem),
            None => {}
        }
    }

    /// Draws it, with the bytes of `records`. Some: the time that was clicked.
    pub(super) fn ui<'r>(
        &mut self,
        ui: &mut Ui,
        records: impl Iterator<Item = &'r BrowsedRecord> + Clone,
    ) -> Option<i64> {
        card(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.horizontal(|ui| {
                heading(ui, "Over time");
                ui.selectable_value(&mut self.values, TimelineValues::Records, "Records");
                ui.selectable_value(&mut self.values, TimelineValues::Bytes, "Bytes");
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.source_ui(ui, records.clone().count()));
            });
            let (shown, unit): (Option<Timeline>, fn(u64) -> String) = match self.values {
                TimelineValues::Records => {
                    (self.timeline.clone(), |count| format::counted_exactly(count, "record", "records"))
                }
                TimelineValues::Bytes => (bytes_of(self.timeline.as_ref(), records), format::bytes),
            };
            match shown {
                Some(shown) => bars(ui, &shown, unit),
                None => {
                    let text = match (&self.problem, self.job.is_some()) {
                        (Some(problem), _) => problem.clone(),
                        (None, true) => "Asking the broker".to_owned(),
                        (None, false) => "No records".to_owned(),
                    };
                    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height(ui)), Sense::hover());
                    let muted = Tokens::of(ui).muted;
                    let font = FontId::proportional(CAPTION_SIZE);
                    let text = format::shortened(&text, (rect.width() / 8.0) as usize);
                    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, muted);
                    None
                }
            }
        })
    }

    fn source_ui(&self, ui: &mut Ui, read: usize) {
        let (text, hover) = match self.values {
            TimelineValues::Records => (
                "all of them, from the broker's time index".to_owned(),
                "A record with an earlier time than those before it counts where it stands",
            ),
            TimelineValues::Bytes => (
                format!("of the {} read", format::counted(read as u64, "record", "records")),
                "Brokers do not report bytes over time",
            ),
        };
        one_line(ui, &text, hover);
    }
}

fn height(ui: &Ui) -> f32 {
    grown(ui, HEIGHT) + LABELS_HEIGHT
}

/// The bytes of records, in the intervals of `timeline` or, without one, of the records' own time.
fn bytes_of<'r>(
    timeline: Option<&Timeline>,
    records: impl Iterator<Item = &'r BrowsedRecord> + Clone,
) -> Option<Timeline> {
    let times = || records.clone().filter_map(|record| Some((record.timestamp_millis?, record.value_bytes)));
    let (first, last) = (times().map(|(at, _)| at).min()?, times().map(|(at, _)| at).max()?);
    let within =
        timeline.filter(|timeline| timeline.start_millis <= first && last < timeline.millis_at(timeline.records.len()));
    let (start_millis, step_millis) = match within {
        Some(timeline) => (timeline.start_millis, timeline.step_millis),
        None => (first, (last - first) / INTERVALS as i64 + 1),
    };
    let mut bytes = vec![0; within.map_or(INTERVALS, |timeline| timeline.records.len())];
    for (at, value_bytes) in times() {
        let index = usize::try_from((at - start_millis) / step_millis.max(1)).unwrap_or(0);
        if let Some(sum) = bytes.get_mut(index) {
            *sum += value_bytes;
        }
    }
    Some(Timeline { start_millis, step_millis, records: bytes })
}

/// Draws the bars, with the times of the ends below them.
fn bars(ui: &mut Ui, timeline: &Timeline, unit: fn(u64) -> String) -> Option<i64> {
    let tokens = Tokens::of(ui);
    let (rect, whole) = ui.allocate_exact_size(vec2(ui.available_width(), height(ui)), Sense::hover());
    let top = timeline.records.iter().copied().max().unwrap_or(0).max(1);
    let room = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - LABELS_HEIGHT));
    let width = room.width() / timeline.records.len().max(1) as f32;
    let mut clicked = None;
    for (index, &value) in timeline.records.iter().enumerate().filter(|(_, value)| **value > 0) {
        let left = room.left() + width * index as f32;
        let column = Rect::from_min_max(pos2(left, room.top()), pos2(left + width, room.bottom()));
        let millis = timeline.millis_at(index);
        // Without the focus, which the field for a time has: sixty controls would be in the way of the keyboard.
        let response = ui.interact(column, Id::unique(("timeline", index)), Sense::CLICK);
        let at = format::clock(millis.saturating_mul(1_000));
        let name = format!("Jump to {at}: {}", unit(value));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        // What is there is seen, however little it is.
        let height = (room.height() * value as f32 / top as f32).max(2.0);
        let bar = Rect::from_min_max(pos2(left + 0.5, room.bottom() - height), pos2(left + width - 0.5, room.bottom()));
        let color = if response.hovered() { tokens.text } else { tokens.series_color(0) };
        ui.painter().rect_filled(bar, 1.0, color);
        if response.on_hover_text(&name).clicked() {
            clicked = Some(millis);
        }
    }
    ui.painter().hline(room.x_range(), room.bottom(), (1.0, tokens.grid));
    let font = FontId::proportional(CAPTION_SIZE);
    let ends = [(timeline.start_millis, rect.left(), Align2::LEFT_BOTTOM)];
    let last = timeline.millis_at(timeline.records.len());
    for (millis, x, align) in ends.into_iter().chain([(last, rect.right(), Align2::RIGHT_BOTTOM)]) {
        let text = format::clock(millis.saturating_mul(1_000));
        let text = text.get(..19).unwrap_or(&text);
        ui.painter().text(pos2(x, rect.bottom()), align, text, font.clone(), tokens.muted);
    }
    let sum: u64 = timeline.records.iter().sum();
    let text = format!("Timeline: {}", unit(sum));
    whole.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &text));
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::browse::ValueKind;

    fn record(at: i64, value_bytes: u64) -> BrowsedRecord {
        BrowsedRecord {
            partition: 0,
            offset: 0,
            timestamp_millis: Some(at),
            value_bytes,
            file_name: None,
            sent_at_micros: None,
            key: None,
            headers: Vec::new(),
            more_headers: 0,
            encoding: None,
            kind: ValueKind::Text,
            content: Err("text".to_owned()),
            raw: None,
        }
    }

    #[test]
    fn bytes_stand_in_the_intervals_of_the_timeline_where_they_fit() {
        let records = [record(1_000, 7), record(1_009, 5), record(1_020, 1)];
        let timeline = Timeline { start_millis: 1_000, step_millis: 10, records: vec![2, 0, 1] };
        let bytes = bytes_of(Some(&timeline), records.iter()).unwrap();
        assert_eq!((bytes.records, bytes.start_millis), (vec![12, 0, 1], 1_000));
        let later = Timeline { start_millis: 1_005, ..timeline };
        let own = bytes_of(Some(&later), records.iter()).unwrap();
        assert_eq!((own.start_millis, own.records.len(), own.records.iter().sum::<u64>()), (1_000, INTERVALS, 13));
        assert_eq!(bytes_of(None, [].iter()), None);
    }
}
