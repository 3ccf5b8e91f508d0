//! The stages of the records' way, as a table.

use super::section;
use super::table::table;
use crate::model::record_stage::RecordStage;
use crate::report::format::millis;
use crate::report::markup::escaped;
use crate::report::waterfall::{PERCENTILES_DO_NOT_ADD_UP, Waterfall, waterfalls};
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
    let shown = |stage: &RecordStage| all.iter().any(|one| one.figures().any(|figure| figure.stage == *stage));
    let meanings: String = RecordStage::ALL
        .iter()
        .filter(|stage| shown(stage))
        .map(|stage| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(stage.name()), escaped(stage.meaning())))
        .collect();
    let mut notes = vec![format!("{PERCENTILES_DO_NOT_ADD_UP}.")];
    notes.extend(all.iter().map(Waterfall::about_wire).max_by_key(String::len).map(|note| format!("{note}.")));
    Some(section(
        "stages",
        "Where the time goes",
        &format!(
            "{tables}<p class=\"note\">{}</p>\n<dl class=\"meanings\">\n{meanings}</dl>\n",
            escaped(&notes.join(" "))
        ),
    ))
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
    let has = |stage: &RecordStage| all.iter().any(|one| one.figures().any(|figure| figure.stage == *stage));
    rows.extend(RecordStage::ALL.into_iter().filter(has).map(stage_row));
    rows.push(row("end to end", &|one| match (one.sum_and_whole_ms, one.end_to_end_ms) {
        (Some((_, whole)), Some([p50, p99])) => [whole, p50, p99].map(millis),
        _ => [none(), none(), none()],
    }));
    rows
}
