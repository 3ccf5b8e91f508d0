//! What the program writes into a work folder.

use std::path::{Path, PathBuf};

use super::sink::{ANNOTATION_CSV, DEAD_LETTER_CSV, DEAD_LETTER_FOLDER, IMAGE_RECORDS_CSV, OUTPUT_FOLDER};
use super::source::PROCESSED_FILES;

/// Paths that must not be taken for images to send, should the work folder lie in the input folder.
pub fn own_outputs(work_dir: &Path) -> Vec<PathBuf> {
    [
        OUTPUT_FOLDER,
        DEAD_LETTER_FOLDER,
        ANNOTATION_CSV,
        IMAGE_RECORDS_CSV,
        DEAD_LETTER_CSV,
        PROCESSED_FILES,
        "producer_metrics.csv",
        "consumer_metrics.csv",
        "kafka_performance_results.csv",
    ]
    .map(|name| work_dir.join(name))
    .into()
}
