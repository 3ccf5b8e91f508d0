//! The one-row tables of a run's overall figures.

use super::STATE_FOLDER;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes `producer_metrics.csv` into `work_dir`: the images that were sent, the seconds that took from the first to
/// the last acknowledgement, seconds per image (their quotient) and images per second.
///
/// The table has the figures of the latest run only. It is replaced in one step, so that a reader sees either the old
/// or the new one.
///
/// # Errors
///
/// What the file system says. The old table is then unchanged.
pub fn write_producer_metrics(work_dir: &Path, count: u64, total_time_s: f64) -> io::Result<()> {
    write_metrics(work_dir, "producer_metrics.csv", ["Images", "images/s"], count, total_time_s)
}

/// Writes `consumer_metrics.csv` into `work_dir`: as [`write_producer_metrics`], of the messages that were consumed.
///
/// # Errors
///
/// What the file system says. The old table is then unchanged.
pub fn write_consumer_metrics(work_dir: &Path, count: u64, total_time_s: f64) -> io::Result<()> {
    write_metrics(work_dir, "consumer_metrics.csv", ["Messages", "messages/s"], count, total_time_s)
}

fn write_metrics(work_dir: &Path, name: &str, units: [&str; 2], count: u64, total_time_s: f64) -> io::Result<()> {
    static TEMP_NUMBER: AtomicU64 = AtomicU64::new(0);
    let state_dir = work_dir.join(STATE_FOLDER);
    fs::create_dir_all(&state_dir)?;
    let number = TEMP_NUMBER.fetch_add(1, Ordering::Relaxed);
    let temp_path = state_dir.join(format!("{name}.{}-{number}.part", std::process::id()));
    let [what, rate] = units;
    let written = (|| {
        let mut file = File::create(&temp_path)?;
        writeln!(file, "Total Processed {what},Total Time (s),Average Latency (s),Throughput ({rate})")?;
        writeln!(file, "{}", row(count, total_time_s))?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temp_path, work_dir.join(name))
    })();
    if written.is_err() {
        // The first failure is the one to tell.
        let _ = fs::remove_file(&temp_path);
    }
    written
}

#[allow(clippy::cast_precision_loss)]
fn row(count: u64, total_time_s: f64) -> String {
    let time_s = if total_time_s.is_finite() { total_time_s.max(0.0) } else { 0.0 };
    let latency_s = if count == 0 { 0.0 } else { time_s / count as f64 };
    let per_second = if time_s > 0.0 { count as f64 / time_s } else { 0.0 };
    format!("{count},{time_s:.2},{latency_s:.4},{per_second:.2}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_figures_are_those_of_the_format() {
        let dir = tempfile::tempdir().unwrap();
        write_producer_metrics(dir.path(), 7, 2.0).unwrap();
        write_producer_metrics(dir.path(), 192, 1.4754).unwrap();
        assert_eq!(
            fs::read_to_string(dir.path().join("producer_metrics.csv")).unwrap(),
            "Total Processed Images,Total Time (s),Average Latency (s),Throughput (images/s)\n192,1.48,0.0077,130.13\n"
        );
        write_consumer_metrics(dir.path(), 4, 2.0).unwrap();
        assert_eq!(
            fs::read_to_string(dir.path().join("consumer_metrics.csv")).unwrap(),
            "Total Processed Messages,Total Time (s),Average Latency (s),Throughput (messages/s)\n4,2.00,0.5000,2.00\n"
        );
        assert_eq!(fs::read_dir(dir.path().join(STATE_FOLDER)).unwrap().count(), 0);
    }

    #[test]
    fn nothing_gives_zeros() {
        for (count, time_s, expected) in [
            (0, 0.0, "0,0.00,0.0000,0.00"),
            (0, 1.5, "0,1.50,0.0000,0.00"),
            (5, 0.0, "5,0.00,0.0000,0.00"),
            (5, f64::NAN, "5,0.00,0.0000,0.00"),
            (5, -1.0, "5,0.00,0.0000,0.00"),
            (5, f64::INFINITY, "5,0.00,0.0000,0.00"),
        ] {
            assert_eq!(row(count, time_s), expected);
        }
    }

    #[test]
    fn a_failure_is_told_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("producer_metrics.csv")).unwrap();
        write_producer_metrics(dir.path(), 1, 1.0).unwrap_err();
        assert_eq!(fs::read_dir(dir.path().join(STATE_FOLDER)).unwrap().count(), 0);
    }
}
