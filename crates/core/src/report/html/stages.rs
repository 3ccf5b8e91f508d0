//! The stages of the records' way, as a table.

use super::section;
use super::table::table;
use crate::model::record_stage::RecordStage;
use crate::report::format::millis;
use crate::report::markup::escaped;
use crate::report::waterfall::{PERCENTILES_DO_NOT_ADD_UP, Waterfall, about_all_wires, waterfalls};
use crate::results::BenchmarkResults;

/// Configurations side by side; each has three columns.
const SIDE_BY_SIDE: usize = 3;

/// The tables; nothing if no run has stages.
pub(super) fn stages(results: &BenchmarkResults) -> Option<String> {
    let all = waterfalls(results);
    if all.is_empty() {
        return None;
    }
    let tables: String = all.chunks(SIDE_BY_SIDE).map(|chunk| table(&rows(chunk), true)).collect();
    let meaning =
        |stage: RecordStage| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(stage.name()), escaped(stage.meaning()));
    let meanings: String = shown(&all).map(meaning).collect();
    let notes = format!("{PERCENTILES_DO_NOT_ADD_UP}. {}.", about_all_wires(&all));
    Some(section(
        "stages",
        "Where the time goes",
        &format!("{tables}<p class=\"note\">{}</p>\n<dl class=\"meanings\">\n{meanings}</dl>\n", escaped(&notes)),
    ))
}

/// The stages that any of them has, in order.
fn shown(all: &[Waterfall]) -> impl Iterator<Item = RecordStage> {
    let has = |stage: &RecordStage| all.iter().any(|one| one.figures().any(|figure| figure.stage == *stage));
    RecordStage::ALL.into_iter().filter(has)
}

fn rows(all: &[Waterfall]) -> Vec<Vec<String>> {
    let none = || "–".to_owned();
    let row = |name: &str, cells: &dyn Fn(&Waterfall) -> [String; 3]| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(all.iter().flat_map(cells)).collect()
    };
    let mut rows = vec![row("", &|one| ["mean", "p50", "p99"].map(|figure| format!("{}, {figure}", one.name)))];
    let stage_row = |stage: RecordStage| {
        row(stage.name(), &|one| match one.figures().find(|figure| figure.stage == stage) {
            Some(figure) => [figure.mean_ms, figure.p50_ms, figure.p99_ms].map(millis),
            None => [none(), none(), none()],
        })
    };
    rows.extend(shown(all).map(stage_row));
    rows.push(row("end to end", &|one| match (one.sum_and_whole_ms, one.end_to_end_ms) {
        (Some((_, whole)), Some([p50, p99])) => [whole, p50, p99].map(millis),
        _ => [none(), none(), none()],
    }));
    rows
}
