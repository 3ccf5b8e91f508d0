//! What a list of kept runs asks of them, benchmarks or streams.

use std::io;
use std::path::Path;

use kafka_image_bench_core::results::notes::Notes;
use kafka_image_bench_core::results::run_search::RunIndex;

/// Something that is kept in a file, as a list shows it.
pub trait Kept: Clone + Send + 'static {
    /// Where it is kept.
    type Store: Clone + Send + 'static;

    /// What one is called: `run`.
    const WORD: &'static str;
    /// What several are called.
    const WORDS: &'static str;
    /// What stands in a list without any.
    const NONE: &'static str;

    /// Its file.
    fn path(&self) -> &Path;

    /// Its name.
    fn name(&self) -> &str;

    /// When it began.
    fn started_at(&self) -> jiff::Timestamp;

    /// In short, what it was.
    fn description(&self) -> String;

    /// What is to be known of it beside its name.
    fn about(&self) -> &str;

    /// What a person noted about it.
    fn notes(&self) -> &Notes;

    /// What it is found by.
    fn index(&self) -> &RunIndex;

    /// Asks whether it is deleted.
    fn question(&self) -> String;

    /// All in a store, newest first, and a sentence for each file that cannot be read. Reads files.
    fn list(store: &Self::Store) -> (Vec<Self>, Vec<String>);

    /// Gives it a name. Writes its file.
    ///
    /// # Errors
    /// Those of the store.
    fn rename(&self, store: &Self::Store, name: &str) -> io::Result<()>;

    /// Keeps notes about it. Writes a file beside its own.
    ///
    /// # Errors
    /// Those of the store.
    fn note(&self, store: &Self::Store, notes: &Notes) -> io::Result<()>;

    /// Deletes its file.
    ///
    /// # Errors
    /// Those of the store.
    fn delete(&self, store: &Self::Store) -> io::Result<()>;
}
