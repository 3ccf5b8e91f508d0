//! The images of a source, read in a thread.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;

use kafka_image_bench_core::browse::BrowsePage;
use kafka_image_bench_core::labels::{LabelRule, Labels};
use kafka_image_bench_core::model::class_counts::{ClassCounts, ClassNames};
use kafka_image_bench_core::model::frame::Frame;
use kafka_image_bench_core::model::image_info::{FileContent, ImageFormat};
use kafka_image_bench_core::model::objects::{self, LabelledObject};
use kafka_image_bench_core::model::saved_image::SavedImage;
use kafka_image_bench_core::pipeline::sink::{
    ImageRow, OUTPUT_FOLDER, read_annotations, read_image_rows, read_objects,
};
use kafka_image_bench_core::pipeline::source::Survey;
use kafka_image_bench_core::query::folder_of;
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Identifies an image in its list, also after the list was made again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryId {
    /// Its name.
    pub name: Box<str>,
    /// Which record of the page it is.
    pub record: Option<u32>,
}

/// What was read of an image's file, when it was asked for.
#[derive(Clone, Debug, Default)]
pub struct FileFacts {
    pub(super) content: OnceLock<Option<FileContent>>,
    pub(super) classes: OnceLock<Option<ClassCounts>>,
}

/// One image.
#[derive(Clone, Debug)]
pub struct ImageEntry {
    /// Its name: of its file inside the folder, or where its record stands.
    pub name: Box<str>,
    /// Its label; empty where it has none.
    pub annotation: Box<str>,
    /// Whether it has a label, be it an empty one.
    pub is_labelled: bool,
    /// Size of its file, or of its record's value.
    pub size_bytes: u64,
    /// When its file changed, or its record was made: seconds since 1970.
    pub changed_s: i64,
    /// Which record of the page it is.
    pub record: Option<u32>,
    /// What was read of its file so far.
    pub file_facts: FileFacts,
}

impl ImageEntry {
    /// Its id.
    pub fn id(&self) -> EntryId {
        EntryId { name: self.name.clone(), record: self.record }
    }

    /// Whether that is its id.
    pub fn is(&self, id: &EntryId) -> bool {
        self.record == id.record && self.name == id.name
    }
}

/// All images of a source.
#[derive(Default)]
pub struct Listing {
    /// In the source's own order.
    pub entries: Vec<ImageEntry>,
    /// The folder that names lie in.
    pub root: PathBuf,
    /// What is known of saved images, by their path in the table.
    pub facts: HashMap<String, ImageRow>,
    /// The records, where the source is a topic.
    pub page: Option<Arc<BrowsePage>>,
    /// Labels of the input folder.
    pub labels: Option<Labels>,
    /// Bytes of all.
    pub total_bytes: u64,
    /// Images without a label: with no row in the table, or that the labels do not know.
    pub unlabelled: usize,
    /// Files that are not images.
    pub other_files: usize,
    /// Records that show no image.
    pub damaged: usize,
    /// Labels that can be completed, see [`Listing::label_names`].
    pub offered_labels: Vec<String>,
    /// Names of classes, each kept once.
    pub class_names: Mutex<ClassNames>,
}

/// The saved images of a work folder.
///
/// # Errors
/// Those of the file system.
pub fn list_output(work_dir: &Path, stop: &Cancellation) -> Result<Listing, String> {
    let root = work_dir.join(OUTPUT_FOLDER);
    let facts = read_image_rows(work_dir).unwrap_or_else(|error| {
        tracing::warn!("what is known of the saved images cannot be read: {error}");
        HashMap::new()
    });
    let annotations = read_annotations(work_dir).unwrap_or_else(|error| {
        tracing::warn!("the labels of the saved images cannot be read: {error}");
        HashMap::new()
    });
    let files = match std::fs::read_dir(&root) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Listing { root, ..Listing::default() });
        }
        Err(error) => return Err(format!("{error}: {}", root.display())),
    };
    let mut listing = Listing { root, facts, ..Listing::default() };
    for file in files.flatten() {
        if stop.is_requested() {
            break;
        }
        let name = file.file_name().to_string_lossy().into_owned();
        let Ok(metadata) = file.metadata() else { continue };
        // Hidden files are the file system's own, or left by a platform.
        if !metadata.is_file() || name.starts_with('.') {
            continue;
        }
        let annotation = annotations.get(&format!("{OUTPUT_FOLDER}/{name}"));
        if annotation.is_none() && !has_image_extension(&name) {
            listing.other_files += 1;
            continue;
        }
        listing.total_bytes += metadata.len();
        listing.unlabelled += usize::from(annotation.is_none());
        listing.entries.push(ImageEntry {
            name: name.into(),
            is_labelled: annotation.is_some(),
            annotation: annotation.cloned().unwrap_or_default(),
            size_bytes: metadata.len(),
            changed_s: seconds(metadata.modified().ok()),
            record: None,
            file_facts: FileFacts::default(),
        });
    }
    listing.entries.shrink_to_fit();
    Ok(listing)
}

/// The images that will be sent.
///
/// # Errors
/// The labels cannot be read.
pub fn list_input(folder: &Path, survey: &Survey, rule: LabelRule, stop: &Cancellation) -> Result<Listing, String> {
    let labels =
        Labels::open(&rule, folder).map_err(|error| kafka_image_bench_core::run::error::error_chain(&error))?;
    let mut listing = Listing { root: folder.to_owned(), ..Listing::default() };
    listing.entries.reserve(survey.list.len());
    for image in &survey.list {
        if stop.is_requested() {
            break;
        }
        let path = folder.join(image.relative_path());
        let annotation = labels.label_of(&path, &image.listed_name).ok();
        listing.total_bytes += image.size_bytes;
        listing.unlabelled += usize::from(annotation.is_none());
        listing.entries.push(ImageEntry {
            name: image.listed_name.clone(),
            is_labelled: annotation.is_some(),
            annotation: annotation.unwrap_or_default().into(),
            size_bytes: image.size_bytes,
            changed_s: seconds(image.modified),
            record: None,
            file_facts: FileFacts::default(),
        });
    }
    listing.labels = Some(labels);
    Ok(listing)
}

/// The records of a page of a topic.
pub fn list_page(page: Arc<BrowsePage>, topic: &str) -> Listing {
    let mut listing = Listing { root: PathBuf::from(topic), ..Listing::default() };
    for (index, record) in page.records.iter().enumerate() {
        let at = format!("{}-{}", record.partition, record.offset);
        listing.damaged += usize::from(record.content.is_err());
        listing.total_bytes += record.value_bytes;
        // The reason for a missing image is not an annotation.
        let annotation = record.content.as_ref().map(|image| image.annotation.as_str()).unwrap_or_default();
        listing.entries.push(ImageEntry {
            name: record.file_name.clone().unwrap_or(at).into(),
            annotation: annotation.into(),
            is_labelled: record.content.is_ok(),
            size_bytes: record.value_bytes,
            changed_s: record.timestamp_millis.unwrap_or(0) / 1_000,
            record: u32::try_from(index).ok(),
            file_facts: FileFacts::default(),
        });
    }
    listing.page = Some(page);
    listing
}

impl Listing {
    /// Labels that its images have, by name; not more than are worth being offered.
    pub fn label_names(&self) -> Vec<String> {
        const NAMES_MAX: usize = 1_000;
        let mut names = BTreeSet::new();
        for entry in self.entries.iter().filter(|entry| !entry.annotation.is_empty()) {
            names.insert(&*entry.annotation);
            if names.len() > NAMES_MAX {
                names.pop_last();
            }
        }
        names.into_iter().map(str::to_owned).collect()
    }

    /// The file of an image that lies in a folder.
    pub fn path_of(&self, entry: &ImageEntry) -> PathBuf {
        self.root.join(&*entry.name)
    }

    /// The folder that an image is in, or was sent from; `None`: that is not known.
    pub fn folder_of<'a>(&'a self, entry: &'a ImageEntry) -> Option<&'a str> {
        let name = match (self.record_of(entry), self.row_of(entry)) {
            (Some(record), _) => record.file_name.as_deref()?,
            (None, Some(row)) => row.image.file_name.as_deref()?,
            (None, None) => &entry.name,
        };
        Some(folder_of(name))
    }

    /// What is known of a saved image.
    pub fn facts_of(&self, entry: &ImageEntry) -> Option<&SavedImage> {
        self.row_of(entry).map(|row| &row.image)
    }

    /// The same with its place in the table.
    pub fn row_of(&self, entry: &ImageEntry) -> Option<&ImageRow> {
        self.facts.get(&format!("{OUTPUT_FOLDER}/{}", entry.name))
    }

    /// The objects of an image. Reads files.
    pub fn objects_of(&self, entry: &ImageEntry, frame: Frame) -> Vec<LabelledObject> {
        if let Some(row) = self.row_of(entry) {
            let work_dir = self.root.parent().unwrap_or(Path::new("."));
            let objects = read_objects(work_dir, row).inspect_err(|error| {
                tracing::warn!("what is on {} cannot be read: {error}", entry.name);
            });
            return objects.map(|objects| objects.to_vec()).unwrap_or_default();
        }
        if self.page.is_some() {
            let record = self.record_of(entry);
            let json = record.and_then(|record| record.content.as_ref().ok()?.objects_json.clone());
            return json.and_then(|json| objects::from_json(&json)).unwrap_or_default();
        }
        let Some(labels) = &self.labels else { return Vec::new() };
        labels.objects_of(&self.path_of(entry), &entry.name, frame).unwrap_or_default().objects
    }
}

fn has_image_extension(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ImageFormat::ALL.iter().any(|format| format.has_extension(extension))
}

fn seconds(time: Option<std::time::SystemTime>) -> i64 {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}
