//! The end of the consumer: images into `output_images/`, their rows into `annotation.csv`, and what could not be
//! decoded into `dead_letters/`.
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
//! * [`Committer::commit`] returns only when file and row are durable. An offset that is stored after that stands for
//!   an image that is there; anything else is delivered again, and a delivery that finds its work done, or half done,
//!   adds only what is missing.
//! * Nothing is written, moved or deleted over a link: see [`work_dir`](crate::work_dir).
//! * A row that was torn by the crash is cut off at the next start. `.kafka-image-bench/consumer.dirty` exists while
//!   `annotation.csv` is open for writing; without it nothing is ever cut.
//!
//! # When two deliveries are the same image
//!
//! An image is known by its cleaned name and its bytes. The same name with the same bytes is saved once and has one
//! row. The same name with other bytes is saved beside it as `NAME-<first 8 hex digits of its SHA-256>.EXT`. No
//! existing file of an image is ever written to.
//!
//! # When an image comes again with another label
//!
//! The label, and the objects, that were sent last count: a record that is delivered again late brings no old label
//! back. Where the time of sending is not known, what came last counts. The new label is added to `annotation.csv` as
//! a row, durably as any other, and the table is then written anew in one step with one row of the image, in the old
//! one's place; after a kill in between the last row counts, and the next start does it.
//! `.kafka-image-bench/annotation.relabelled` exists in between. `image_records.csv` keeps a row of each description,
//! with its times: the history.

mod candidates;
mod committer;
mod csv_appender;
mod csv_fold;
mod csv_line;
mod csv_rows;
mod dead_letters;
mod defuse;
mod error;
mod file_name;
mod files;
mod image_records;
mod lock;
mod metrics_csv;
mod relabelled;
mod returned;
mod row_index;
mod store;

pub use committer::{Committer, Description, Saved};
pub use dead_letters::{DeadLetter, DeadLetters};
pub use defuse::{defuse, undo as undo_defuse};
pub(crate) use error::AtPath;
pub use error::SinkError;
pub use file_name::{MAX_NAME_BYTES, NameSource, clean_file_name};
pub(crate) use file_name::{clean_with_extension, with_suffix};
pub(crate) use files::{Moved, TempFile, move_to_free_name};
pub use image_records::{
    IMAGE_RECORDS_CSV, ImageRecords, ImageRow, MissingRows, read_image_records, read_image_rows, read_objects,
};
pub use metrics_csv::MetricsTable;
pub(crate) use returned::{PRODUCER_LOCK, RETURNED, take as take_returned};
pub use store::{ImageStore, Prepared};

/// The folder of the saved images, inside the work folder.
pub const OUTPUT_FOLDER: &str = "output_images";
/// The table of the saved images, inside the work folder.
pub const ANNOTATION_CSV: &str = "annotation.csv";
/// The folder of the records that could not be decoded, inside the work folder.
pub const DEAD_LETTER_FOLDER: &str = "dead_letters";
/// The table of the records that could not be decoded, inside the work folder.
pub const DEAD_LETTER_CSV: &str = "dead_letters.csv";
/// The folder of locks, markers and temporary files, inside the work folder.
pub const STATE_FOLDER: &str = ".kafka-image-bench";
