//! The arguments of `compare`, `recommend` and `report`.

use std::path::PathBuf;

use clap::Args;

use kafka_image_bench_core::report::charts::ChartTheme;
use kafka_image_bench_core::report::scale::Axes;
use kafka_image_bench_core::verdict::metric::Margin;
use kafka_image_bench_core::verdict::recommend::Client;
use kafka_image_bench_core::verdict::threshold::Thresholds;

/// Arguments of `compare`.
#[derive(Args, Debug)]
pub struct CompareArgs {
    /// A kafka_performance_results-….json
    #[arg(value_name = "BASELINE")]
    pub baseline: PathBuf,
    /// Another one, newer or from other circumstances
    #[arg(value_name = "CANDIDATE")]
    pub candidate: PathBuf,
    /// How much worse figures may be, for example throughput=-5%,p99=+10%; exit code 3 if one is significantly worse
    /// (95 % for all together). Names: throughput, consumer, p50, p99, ack-p50, ack-p99, cpu. And what every run of the
    /// candidate has to reach, for example p99<50ms,loss=0, as in `benchmark`
    #[arg(long, value_name = "THRESHOLDS")]
    pub threshold: Option<Thresholds>,
    /// Apply thresholds against the baseline to the figures as measured, regardless of noise
    #[arg(long, requires = "threshold")]
    pub strict: bool,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%")]
    pub margin: Margin,
}

/// Arguments of `recommend`.
#[derive(Args, Debug)]
pub struct RecommendArgs {
    /// A kafka_performance_results-….json
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
    /// What every run has to reach, for example p99<50ms,throughput>=500,loss=0; exit code 3 if one does not. Names:
    /// throughput, consumer, p50, p95, p99, p99.9, ack-p50, ack-p99, loss, lag, cpu, cpu-producer, cpu-consumer, bytes, disk
    #[arg(long, value_name = "THRESHOLDS")]
    pub threshold: Option<Thresholds>,
    /// The client whose properties are printed: librdkafka, java, confluent-kafka or kafka-python for Python,
    /// confluent-kafka-go or franz-go for Go
    #[arg(long = "for", value_name = "CLIENT", default_value = "librdkafka")]
    pub client: Client,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%")]
    pub margin: Margin,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// A kafka_performance_results-….json
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
    /// Show the changes from these earlier results
    #[arg(long, value_name = "RESULTS")]
    pub baseline: Option<PathBuf>,
    /// The report, a self-contained HTML file; an existing file is replaced
    #[arg(long, value_name = "FILE", required_unless_present_any = ["charts", "stages"])]
    pub out: Option<PathBuf>,
    /// Write every chart into this folder, as PNG and as SVG
    #[arg(long, value_name = "DIR")]
    pub charts: Option<PathBuf>,
    /// Print where the time goes, stage by stage
    #[arg(long)]
    pub stages: bool,
    /// Theme of the charts in --charts: light or dark; the report uses its reader's
    #[arg(long, value_name = "THEME", default_value = "light", requires = "charts")]
    pub theme: ChartTheme,
    /// Axes of charts: automatic (logarithmic where values differ by more than 30 times), linear or logarithmic
    #[arg(long, value_name = "AXES", default_value = "automatic")]
    pub axes: Axes,
    /// Differences up to this count as equal: "as fast"
    #[arg(long, value_name = "PERCENT", default_value = "3%")]
    pub margin: Margin,
}
