//! The end of the consumer: saves images in `output_images/`, their rows in `annotation.csv`, and records that could not be
//! decoded in `dead_letters/`.
//!
//! ```text
//! worker threads              one thread
//! ImageStore::prepare ──────> Committer::commit ──────> the caller stores the Kafka offsets
//!   write to incoming/          move into output_images/, never over another file
//!   fdatasync                   fsync the folder, once a batch
//!                               append the rows, fdatasync, once a batch
//! ```
//!
//! # What holds after a crash at any instant
//!
//! * A file in `output_images/` is complete: it was durable before it got its name.
//! * A row in `annotation.csv` has its file: the row is written after the folder was synced.
//! * [`Committer::commit`] returns only when file and row are durable. An offset is stored after that, so its image
//!   exists; other records are delivered again, and a delivery whose work is done, or half done, adds only what is
//!   missing.
//! * Nothing is written, moved or deleted over a link: see [`work_dir`](crate::work_dir).
//! * A row that was torn by the crash is cut off at the next start. `.kafka-image-bench/consumer.dirty` exists while
//!   `annotation.csv` is open for writing; nothing is cut off without it.
//!
//! # When two deliveries are the same image
//!
//! An image is identified by its cleaned name and its bytes. The same name with the same bytes is saved once and has one
//! row. The same name with other bytes is saved as `NAME-<first 8 hex digits of its SHA-256>.EXT`. Existing image files
//! are never written to.
//!
//! # When an image comes again with another label
//!
//! The label and objects that were sent last count, so that a late redelivery does not restore an old label. If the time
//! of sending is not known, the last delivery counts. The new label is first added to `annotation.csv` as a row, durably;
//! then the table is rewritten atomically with one row for the image, in the place of the old one. After a kill in between
//! the last row counts, and the next start rewrites the table. `.kafka-image-bench/annotation.relabelled` exists in
//! between. `image_records.csv` keeps a row for each description, with its times: the history.

mod annotations;
mod committer;
mod csv_appender;
mod csv_fold;
mod csv_line;
mod csv_rows;
mod dead_letter;
mod dead_letter_fields;
pub(crate) mod dead_letter_headers;
mod dead_letter_names;
mod dead_letters;
mod error;
mod file_name;
mod files;
mod folders;
mod image_records;
mod image_records_reader;
mod image_records_row;
mod image_store;
mod kept_letters;
mod lock;
mod metrics_csv;
mod name_candidates;
mod prepared;
mod relabelled;
mod row_index;
mod saved_facts;
mod sent_letters;
#[cfg(test)]
pub(crate) mod slow_disk;
mod spreadsheet_cell;
mod trash;

pub use annotations::read_annotations;
pub(crate) use committer::{Committer, Description, Saved};
pub(crate) use dead_letter::{DeadLetter, DeadLetterCause};
pub(crate) use dead_letter_names::{
    DEAD_LETTER_NAMES, PRODUCER_LOCK, names as dead_letter_names, take as take_dead_letter_names,
};
pub(crate) use dead_letters::DeadLetters;
pub(crate) use error::AtPath;
pub use error::SinkError;
pub(crate) use file_name::{NameSource, clean_file_name, clean_with_extension, with_suffix};
pub(crate) use files::{Moved, TempFile, move_to_free_name};
pub(crate) use image_records::{ImageRecords, MissingRows};
pub use image_records_reader::{ImageRow, read_image_records, read_image_rows, read_objects};
pub(crate) use image_store::ImageStore;
pub(crate) use kept_letters::{KeptLetters, ListedLetter};
pub(crate) use metrics_csv::MetricsTable;
pub(crate) use prepared::Prepared;
pub use saved_facts::saved_facts;
pub(crate) use sent_letters::{SentLetter, SentLetters};
pub use spreadsheet_cell::{escape_formula, unescape_formula};
pub use trash::{DeletedImages, delete_images, restore_images};

/// The folder of the saved images, inside the work folder.
pub const OUTPUT_FOLDER: &str = "output_images";
/// The table of the saved images, inside the work folder.
pub const ANNOTATION_CSV: &str = "annotation.csv";
/// The table of the saved images' records, inside the work folder.
pub const IMAGE_RECORDS_CSV: &str = "image_records.csv";
/// The folder of the records that could not be decoded, inside the work folder.
pub const DEAD_LETTER_FOLDER: &str = "dead_letters";
/// The table of the records that could not be decoded, inside the work folder.
pub const DEAD_LETTER_CSV: &str = "dead_letters.csv";
/// The table of the dead letters that were sent again, inside the work folder.
pub const DEAD_LETTERS_SENT_CSV: &str = "dead_letters_sent.csv";
/// The folder of locks, markers and temporary files, inside the work folder.
pub const STATE_FOLDER: &str = ".kafka-image-bench";
