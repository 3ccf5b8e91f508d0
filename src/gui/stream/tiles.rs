//! The figures of a stream.

use eframe::egui::Ui;

use crate::gui::format;
use crate::gui::run::RunState;
use crate::gui::theme::tokens::GAP;
use crate::gui::widgets::tile::{Tile, tile};
use kafka_image_bench_core::metrics::{LatencySummary, Snapshot};
use kafka_image_bench_core::model::units::counted as exactly;

/// Draws the four tiles. `has_keys`: how even the partitions are is shown too.
pub(super) fn tiles(ui: &mut Ui, run: &RunState, has_keys: bool) {
    let snapshot = &run.stream;
    let is_live = run.is_streaming();
    ui.columns(4, |columns| {
        for column in columns.iter_mut() {
            column.spacing_mut().item_spacing.x = GAP;
        }
        tile(&mut columns[0], &sent(snapshot, is_live, has_keys));
        tile(&mut columns[1], &saved(snapshot, is_live));
        tile(&mut columns[2], &latency(snapshot));
        tile(&mut columns[3], &lag(snapshot, is_live));
    });
}

/// The rates of the last moment during a run, and of the whole run after it.
fn sent(snapshot: &Snapshot, is_live: bool, has_keys: bool) -> Tile<'static> {
    let last = snapshot.series.last().filter(|_| is_live);
    let images = last.map_or_else(|| snapshot.producer_images_per_s(), |point| point.producer_images_per_s);
    let megabytes = last.map_or_else(|| snapshot.producer_mb_per_s(), |point| point.producer_mb_per_s);
    let rejected = if snapshot.rejected > 0 {
        format!(" · {} rejected", format::count(snapshot.rejected))
    } else {
        String::new()
    };
    let fullest = snapshot.fullest_partition.filter(|one| one.partitions > 1);
    let skew = fullest.filter(|_| has_keys).map(|one| format!(" · skew {:.2}", one.skew)).unwrap_or_default();
    let fullest = fullest.map_or_else(String::new, |one| {
        let (records, all) = (format::exact(one.records), format::exact(one.all_records));
        format!("\nfullest partition: {}, {records} of {all}, {:.2} times an even share", one.partition, one.skew)
    });
    Tile {
        title: "Sent",
        value: format::count(snapshot.images_sent()),
        unit: "images",
        detail: format!("{} · {}{skew}{rejected}", format::images_per_s(images), format::mb_per_s(megabytes)),
        exact: format!(
            "{} acknowledged, {} of image files\n{} handed to the client, {} sent again, {} rejected\n\
             over the whole run: {:.1} images/s, {:.1} MB/s{fullest}",
            exactly(snapshot.acknowledged, "image", "images"),
            exactly(snapshot.acknowledged_bytes, "byte", "bytes"),
            format::exact(snapshot.sent),
            format::exact(snapshot.retried),
            format::exact(snapshot.rejected),
            snapshot.producer_images_per_s(),
            snapshot.producer_mb_per_s()
        ),
    }
}

fn saved(snapshot: &Snapshot, is_live: bool) -> Tile<'static> {
    let last = snapshot.series.last().filter(|_| is_live);
    let images = last.map_or_else(|| snapshot.consumer_images_per_s(), |point| point.consumer_images_per_s);
    let dead = format::counted(snapshot.dead_letters, "dead letter", "dead letters");
    let relabelled = match snapshot.relabelled {
        0 => String::new(),
        changed => format!(" · {}", format::counted(changed, "label changed", "labels changed")),
    };
    Tile {
        title: "Saved",
        value: format::count(snapshot.saved),
        unit: "images",
        detail: format!("{} · {dead}{relabelled}", format::images_per_s(images)),
        exact: format!(
            "{} saved, {} of them saved before\n{}, {} passed over\n\
             {} received, {}, {} lost\n\
             over the whole run: {:.1} images/s, {:.1} MB/s",
            exactly(snapshot.saved, "image", "images"),
            format::exact(snapshot.already_saved),
            exactly(snapshot.relabelled, "label changed", "labels changed"),
            exactly(snapshot.older_labels, "older label", "older labels"),
            exactly(snapshot.received, "record", "records"),
            exactly(snapshot.dead_letters, "dead letter", "dead letters"),
            format::exact(snapshot.lost),
            snapshot.consumer_images_per_s(),
            snapshot.consumer_mb_per_s()
        ),
    }
}

fn latency(snapshot: &Snapshot) -> Tile<'static> {
    // A producer alone has no end-to-end latency: that of its acknowledgements is shown.
    let (title, summary) = match snapshot.saved_latency.count {
        0 if snapshot.received == 0 => ("Acknowledgement latency", snapshot.acknowledgement_latency),
        _ => ("End-to-end latency", snapshot.saved_latency),
    };
    if summary.count == 0 {
        let detail = "from sending to the saved file".to_owned();
        return Tile { title: "End-to-end latency", value: "–".to_owned(), unit: "", detail, exact: String::new() };
    }
    let LatencySummary { count, p50_micros, p99_micros, max_micros } = summary;
    let (value, unit) = format::latency(p50_micros);
    Tile {
        title,
        value,
        unit: match unit {
            "µs" => "µs p50",
            "ms" => "ms p50",
            "s" => "s p50",
            _ => "p50",
        },
        detail: format!("p99 {} · max {}", format::latency_text(p99_micros), format::latency_text(max_micros)),
        exact: format!(
            "of {} of this run\np50 {} µs, p99 {} µs, max {} µs",
            exactly(count, "image", "images"),
            format::exact(p50_micros),
            format::exact(p99_micros),
            format::exact(max_micros)
        ),
    }
}

fn lag(snapshot: &Snapshot, is_live: bool) -> Tile<'static> {
    let rate = snapshot.series.last().map_or(0.0, |point| point.consumer_images_per_s);
    let detail = match (snapshot.lag, is_live) {
        (0, _) => "nothing waits".to_owned(),
        (lag, true) if rate > 0.0 => format!("{} behind", format::millis(lag as f64 / rate * 1e3)),
        _ => "acknowledged, not received".to_owned(),
    };
    let partitions: Vec<String> = snapshot
        .lag_by_partition
        .iter()
        .enumerate()
        .map(|(partition, lag)| format!("partition {partition}: {}", format::exact(*lag)))
        .collect();
    Tile {
        title: "Lag",
        value: format::count(snapshot.lag),
        unit: "images",
        detail,
        exact: format!("{} acknowledged and not received\n{}", format::exact(snapshot.lag), partitions.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_is_saved_before_its_acknowledgement_is_read_counts_as_sent() {
        let snapshot = Snapshot { acknowledged: 50, unacknowledged: 1, saved: 51, ..Snapshot::default() };
        let (sent, saved) = (sent(&snapshot, true, false), saved(&snapshot, true));
        assert_eq!((sent.value.as_str(), saved.value.as_str()), ("51", "51"));
        assert!(sent.exact.starts_with("50 images acknowledged, "), "{}", sent.exact);
    }
}
