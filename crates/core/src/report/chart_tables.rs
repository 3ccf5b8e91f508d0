//! The figures of charts as tables: what a drawing shows, number by number.

use super::exact::grouped;
use super::figures::{CpuCost, LATENCY_BARS, LatencyGroup, PartitionShare, ThroughputBar, TradeOff};
use super::ladder_curves::LadderCurve;
use super::waterfall::Waterfall;
use crate::model::printable::printable;

const NAME: &str = "Configuration";

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, which may come from anywhere.
    Text(String),
    /// A number, with so many decimals.
    Number(f64, usize),
    /// There is no value.
    Nothing,
}

impl Cell {
    /// As a person reads it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => printable(text).into_owned(),
            Self::Number(value, decimals) => grouped(*value, *decimals),
            Self::Nothing => "–".to_owned(),
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(value, decimals) => format!("{value:.decimals$}"),
            Self::Nothing => String::new(),
        }
    }

    fn of(value: Option<f64>, decimals: usize) -> Self {
        value.filter(|value| value.is_finite()).map_or(Self::Nothing, |value| Self::Number(value, decimals))
    }

    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A table: each row has a cell for each column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartTable {
    /// The headings, with units.
    pub columns: Vec<String>,
    /// The rows, from the top.
    pub rows: Vec<Vec<Cell>>,
}

impl ChartTable {
    fn new(columns: &[&str], rows: impl Iterator<Item = Vec<Cell>>) -> Self {
        Self { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows: rows.collect() }
    }

    /// As CSV: numbers without thousands separators, and nothing where there is no value.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let rows = self.rows.iter().map(|row| row.iter().map(Cell::plain).collect::<Vec<String>>());
        // Writing to memory does not fail.
        let written = std::iter::once(self.columns.clone()).chain(rows).try_for_each(|row| writer.write_record(row));
        let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Throughput.
pub fn throughput(bars: &[ThroughputBar]) -> ChartTable {
    let columns = [NAME, "images/s", "slowest run", "fastest run", "MB/s", "runs", "95 % from", "95 % to"];
    let row = |bar: &ThroughputBar| {
        let interval = bar.spread.filter(|spread| spread.runs > 1).and_then(|spread| spread.interval);
        vec![
            Cell::text(&bar.name),
            Cell::Number(bar.images_per_s, 1),
            Cell::Number(bar.low, 1),
            Cell::Number(bar.high, 1),
            Cell::Number(bar.mb_per_s, 1),
            Cell::Number(bar.runs as f64, 0),
            Cell::of(interval.map(|interval| interval.0), 1),
            Cell::of(interval.map(|interval| interval.1), 1),
        ]
    };
    ChartTable::new(&columns, bars.iter().map(row))
}

/// End-to-end latencies.
pub fn latency(groups: &[LatencyGroup]) -> ChartTable {
    let names = LATENCY_BARS.map(|(name, _)| format!("{name}, ms"));
    let columns: Vec<&str> = [NAME].into_iter().chain(names.iter().map(String::as_str)).collect();
    let row = |group: &LatencyGroup| {
        let values = group.values_ms().into_iter().map(|value| Cell::Number(value, 3));
        [Cell::text(&group.name)].into_iter().chain(values).collect()
    };
    ChartTable::new(&columns, groups.iter().map(row))
}

/// Throughput against latency.
pub fn trade_offs(all: &[TradeOff]) -> ChartTable {
    let row = |one: &TradeOff| {
        let front = if one.is_pareto { "yes" } else { "no" };
        vec![Cell::text(&one.name), Cell::Number(one.images_per_s, 1), Cell::Number(one.p99_ms, 3), Cell::text(front)]
    };
    ChartTable::new(&[NAME, "images/s", "p99, ms", "front"], all.iter().map(row))
}

/// The stages of records.
pub fn stages(all: &[Waterfall]) -> ChartTable {
    let rows = all.iter().flat_map(|one| {
        one.figures().map(move |figure| {
            let values = [figure.mean_ms, figure.p50_ms, figure.p99_ms].map(|value| Cell::Number(value, 3));
            [Cell::text(&one.name), Cell::text(figure.stage.name())].into_iter().chain(values).collect::<Vec<Cell>>()
        })
    });
    ChartTable::new(&[NAME, "Stage", "mean, ms", "p50, ms", "p99, ms"], rows)
}

/// Records by partition.
pub fn partitions(all: &[PartitionShare]) -> ChartTable {
    let rows = all.iter().flat_map(|one| {
        one.records.iter().enumerate().map(move |(partition, records)| {
            let (partition, records) = (Cell::Number(partition as f64, 0), Cell::Number(*records as f64, 0));
            vec![Cell::text(&one.name), partition, records, Cell::Number(one.skew, 2)]
        })
    });
    ChartTable::new(&[NAME, "Partition", "Records", "Skew"], rows)
}

/// Processor time.
pub fn cpu(all: &[CpuCost]) -> ChartTable {
    let row = |one: &CpuCost| {
        let parts = [Some(one.cpu_ms_per_image), one.producer_ms, one.consumer_ms, one.broker_ms];
        [Cell::text(&one.name)].into_iter().chain(parts.map(|value| Cell::of(value, 4))).collect()
    };
    ChartTable::new(&[NAME, "ms per image", "producer, ms", "consumer, ms", "broker, ms"], all.iter().map(row))
}

/// Latency against rate.
pub fn ladder(curves: &[LadderCurve]) -> ChartTable {
    let columns =
        [NAME, "rate, images/s", "achieved, images/s", "p50, ms", "p99, ms", "p99.9, ms", "lost, %", "Outcome"];
    let rows = curves.iter().flat_map(|curve| {
        curve.points.iter().map(move |point| {
            vec![
                Cell::text(&curve.name),
                Cell::Number(point.images_per_s, 1),
                Cell::Number(point.achieved_images_per_s, 1),
                Cell::Number(point.p50_ms, 3),
                Cell::of(point.p99_ms, 3),
                Cell::of(point.p999_ms, 3),
                Cell::Number(point.loss_percent, 2),
                Cell::Text(point.outcome.to_string()),
            ]
        })
    });
    ChartTable::new(&columns, rows)
}

/// Lines over a common axis: a row for each place on it, a column for each line. A value that is not a number is a gap.
pub fn lines<'a>(
    (x_name, x_decimals): (&str, usize),
    decimals: usize,
    lines: impl Iterator<Item = (&'a str, &'a [[f64; 2]])>,
) -> ChartTable {
    let lines: Vec<(&str, &[[f64; 2]])> = lines.collect();
    let mut places: Vec<f64> = lines.iter().flat_map(|(_, points)| points.iter().map(|point| point[0])).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let columns: Vec<&str> = [x_name].into_iter().chain(lines.iter().map(|(name, _)| *name)).collect();
    let row = |place: f64| {
        let value = |(_, points): &(&str, &[[f64; 2]])| {
            let at = points.partition_point(|point| point[0] < place);
            Cell::of(points.get(at).filter(|point| point[0] == place).map(|point| point[1]), decimals)
        };
        [Cell::Number(place, x_decimals)].into_iter().chain(lines.iter().map(value)).collect()
    };
    ChartTable::new(&columns, places.iter().map(|place| row(*place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figures;
    use crate::results::testing::{configuration, ladders, results};

    #[test]
    fn tables_have_the_figures_of_the_drawings() {
        let all = results(&[(configuration("a"), &[1_234.56, 1_240.0, 1_229.5]), (configuration("b,c"), &[100.0])]);
        let bars = figures::throughput_bars(&all);
        let table = throughput(&bars);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows[0][1], Cell::Number(bars[0].images_per_s, 1));
        assert_eq!(table.rows[0][1].shown(), "1,234.6");
        let csv = table.to_csv();
        assert!(csv.starts_with("Configuration,images/s,slowest run,"), "{csv}");
        assert!(csv.contains("\na,1234.6,1229.5,1240.0,") && csv.contains("\n\"b,c\",100.0,100.0,100.0,"), "{csv}");
        assert!(csv.ends_with(",1,,\n"), "one run has no interval: {csv}");
        let groups = figures::latency_groups(&all);
        assert_eq!(latency(&groups).rows[1][4], Cell::Number(groups[1].max_ms, 3));
        assert_eq!(trade_offs(&figures::trade_offs(&all)).rows[0][3], Cell::text("yes"));
        assert!(!stages(&super::super::waterfall::waterfalls(&all)).rows.is_empty());
        let share = PartitionShare { name: "a".to_owned(), records: vec![3, 1_000], skew: 1.5 };
        assert_eq!(
            partitions(&[share]).rows[1].iter().map(Cell::shown).collect::<Vec<_>>(),
            ["a", "1", "1,000", "1.50"]
        );
        assert_eq!(cpu(&figures::cpu_costs(&all)).columns.len(), 5);
    }

    #[test]
    fn a_ladder_has_a_row_for_each_step() {
        let curves = super::super::ladder_curves::ladder_curves(&ladders(&["one", "other"]));
        let table = ladder(&curves);
        assert_eq!(table.rows.len(), curves.iter().map(|curve| curve.points.len()).sum::<usize>());
        assert_eq!(table.rows[0][7].shown(), curves[0].points[0].outcome.to_string());
    }

    #[test]
    fn lines_share_their_rows() {
        let (one, other) = ([[0.5, 1.0], [1.0, f64::NAN]], [[1.0, 7.0], [1.5, 8.0]]);
        let table = lines(("s", 1), 0, [("one", &one[..]), ("other", &other[..])].into_iter());
        assert_eq!(table.to_csv(), "s,one,other\n0.5,1,\n1.0,,7\n1.5,,8\n");
        assert_eq!(table.rows[1][1].shown(), "–");
    }
}
