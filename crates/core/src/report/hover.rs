//! What a chart says under the pointer, in the window and in files: exact values, and how exactly they are known.

use super::exact::{grouped, images_per_s, millis, processor_millis};
use super::figures::{CpuCost, LATENCY_BARS, LatencyGroup, ThroughputBar, TradeOff};
use crate::model::printable::printable;
use crate::verdict::interval::Spread;

/// A line for the value, and lines for its spread.
fn lines(value: String, spread: Option<Spread>, shown: fn(f64) -> String) -> String {
    match spread {
        Some(spread) => format!("{value}\n{}", spread.text(shown)),
        None => value,
    }
}

impl ThroughputBar {
    /// Name, throughput, and how exactly it is known.
    pub fn hover(&self) -> String {
        let rate = images_per_s(self.images_per_s);
        let value = format!("{}{rate}, {} MB/s", self.at_least(), grouped(self.mb_per_s, 1));
        format!("{}\n{}", printable(&self.name), lines(value, self.spread, images_per_s))
    }
}

impl LatencyGroup {
    /// Name and all values.
    pub fn hover(&self) -> String {
        let bars = (0..LATENCY_BARS.len()).map(|bar| self.hover_of(bar)).collect::<Vec<_>>();
        format!("{}\n{}", printable(&self.name), bars.join("\n"))
    }

    /// The value of one of [`LATENCY_BARS`].
    pub(super) fn hover_of(&self, bar: usize) -> String {
        let value = format!("{} {}", LATENCY_BARS[bar].0, millis(self.values_ms()[bar]));
        lines(value, self.spreads[bar], millis)
    }
}

impl TradeOff {
    /// Name, throughput and p99.
    pub fn hover(&self) -> String {
        let rate = lines(images_per_s(self.images_per_s), self.rate_spread, images_per_s);
        let p99 = lines(format!("p99 {}", millis(self.p99_ms)), self.p99_spread, millis);
        format!("{}\n{rate}\n{p99}", printable(&self.name))
    }
}

impl CpuCost {
    /// Name, processor time, how exactly it is known, and whose it is.
    pub fn hover(&self) -> String {
        let value = format!("{} of processor time an image", processor_millis(self.cpu_ms_per_image));
        let sides = [("producer", self.producer_ms), ("consumer", self.consumer_ms), ("broker", self.broker_ms)];
        let sides = sides.into_iter().filter_map(|(side, value)| Some((side, value?)));
        let sides: String = sides.map(|(side, value)| format!("\n{side}: {}", processor_millis(value))).collect();
        format!("{}\n{}{sides}", printable(&self.name), lines(value, self.spread, processor_millis))
    }
}

#[cfg(test)]
mod tests {
    use crate::report::figures::{latency_groups, throughput_bars, trade_offs};
    use crate::results::testing::{configuration, results};

    #[test]
    fn values_are_exact_and_have_an_interval() {
        let all = results(&[(configuration("a"), &[1_234.56, 1_240.0, 1_229.5]), (configuration("b"), &[100.0])]);
        let text = throughput_bars(&all)[0].hover();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["a", "1,234.6 images/s, 123.5 MB/s", "3 runs: 1,229.5 images/s to 1,240.0 images/s"]);
        assert!(lines[3].starts_with("95 % interval of the mean: 1,2"), "{text}");
        let text = trade_offs(&all)[1].hover();
        assert!(text.starts_with("b\n100.0 images/s\none run: its noise is not known\np99 10.0"), "{text}");
        let text = latency_groups(&all)[0].hover();
        assert!(
            text.contains("\np50 0.8") && text.contains("\nmax 0.8") && text.matches("95 %").count() == 4,
            "{text}"
        );
    }
}
