//! Records by partition: one row per configuration, one segment per partition.

use super::ChartKind;
use super::bars::names;
use super::frame::{NO_RUN, empty, frame, left_out};
use super::scene::{Anchor, Area, Ink, LABEL, STRONG, Scene, Shape};
use super::text::Fonts;
use crate::report::figures::partition_shares;
use crate::report::format::{count, short};
use crate::results::BenchmarkResults;

/// From this skew on, one partition is called the fullest.
const SKEWED: f64 = 1.02;

pub(super) fn partitions(results: &BenchmarkResults, fonts: &Fonts) -> Scene {
    let kind = ChartKind::Partitions;
    let all = partition_shares(results);
    if all.is_empty() {
        return empty(results, kind, fonts, NO_RUN);
    }
    let remark = format!(
        "The least even run: a segment a partition, the fullest stronger; skew: the fullest over the mean, 1 is even{}",
        left_out(results)
    );
    let least = 40.0;
    let mut frame = frame(results, kind, fonts, &remark, &[], all.len() as f64 * least);
    let pitch = (frame.area.height / all.len() as f64).clamp(least, 64.0);
    let bar = (pitch * 0.6).min(34.0);
    let left = names(&mut frame, all.iter().map(|one| (one.name.as_str(), false)), pitch);
    let skews: Vec<String> = all.iter().map(|one| format!("skew {:.2}", one.skew)).collect();
    let widest = skews.iter().map(|skew| fonts.width(skew, STRONG)).fold(0.0, f64::max) * 1.05;
    let room = frame.area.right() - left - widest - 12.0;
    for (index, (one, skew)) in all.iter().zip(skews).enumerate() {
        let y = frame.area.y + (index as f64 + 0.5) * pitch;
        let total: u64 = one.records.iter().fold(0, |sum, records| sum.saturating_add(*records));
        let most = one.records.iter().copied().max().unwrap_or(0);
        let is_skewed = one.skew >= SKEWED;
        let gap = if one.records.len() > 40 { 0.5 } else { 2.0 };
        let mut x = left;
        for (partition, &records) in one.records.iter().enumerate() {
            let share = records as f64 / total.max(1) as f64;
            let width = share * room;
            let is_fullest = is_skewed && records == most;
            let area = Area { x, y: y - bar / 2.0, width: (width - gap).max(0.3), height: bar };
            let percent = 100.0 * share;
            let tip = format!("{}, partition {partition}: {} records, {percent:.1} %", one.name, count(records));
            // Pale enough that text on it is readable in both themes.
            let opacity = if is_fullest { 0.55 } else { 0.28 };
            frame.scene.shapes.push(Shape::Bar { area, radius: 3.0, ink: Ink::Accent, opacity, tip });
            let label = short(records as f64);
            if fonts.width(&label, LABEL) * 1.05 + 10.0 < area.width {
                let style = if is_fullest { STRONG } else { LABEL };
                frame.scene.text_centred((x + area.width / 2.0, y), label, style, Anchor::Middle);
            }
            x += width;
        }
        let style = if is_skewed { STRONG } else { LABEL };
        frame.scene.text_centred((left + room + 12.0, y), skew, style, Anchor::Start);
    }
    frame.scene
}
