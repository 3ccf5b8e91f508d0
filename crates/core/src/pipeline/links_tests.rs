//! No link in a work folder makes the program write outside of it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::browse::{self, BrowsePage, BrowsedImage, BrowsedRecord, ValueKind};
use crate::kafka::record_fields::RecordFields;
use crate::model::image_info::ImageFormat;
use crate::pipeline::sink::{
    DeadLetter, DeadLetterCause, DeadLetters, ImageRecords, ImageStore, KeptLetters, MetricsTable, NameSource,
    SentLetter, SentLetters,
};
use crate::pipeline::source::ProcessedFiles;
use crate::run::error::error_chain;

const GIF: &[u8] = b"GIF89a\x02\x00\x03\x00\x00\x00\x00;";

/// Writes everything that a run writes, and collects the errors, so that one does not hide another.
fn use_everything(work: &Path) -> Vec<String> {
    let results: [Result<(), Box<dyn Error>>; 5] = [save(work), send(work), measure(work), browse(work), redrive(work)];
    results.into_iter().filter_map(|result| Some(error_chain(&*result.err()?))).collect()
}

fn save(work: &Path) -> Result<(), Box<dyn Error>> {
    let (store, mut committer) = ImageStore::open(work)?;
    let mut letters = DeadLetters::open(work)?;
    let mut records = ImageRecords::open(&store)?;
    let sha256 = Sha256::digest(GIF).into();
    let image = store.prepare("a.gif", NameSource::FileName, ImageFormat::Gif, GIF, &sha256, "a")?;
    committer.commit(vec![(image, ())])?;
    records.add_missing(|| false)?;
    letters.append(vec![DeadLetter {
        time: jiff::Timestamp::UNIX_EPOCH,
        topic: "t".to_owned(),
        partition: 0,
        offset: 0,
        cause: DeadLetterCause::Undecodable,
        reason: "none".to_owned(),
        value: Some(b"value".to_vec()),
        fields: RecordFields { key: Some(b"key".to_vec()), headers: Vec::new() },
        timestamp_millis: None,
        listed_name: Some("a.gif".to_owned()),
    }])?;
    committer.close()?;
    Ok(letters.close()?)
}

fn send(work: &Path) -> Result<(), Box<dyn Error>> {
    let mut processed = ProcessedFiles::open(work)?;
    let named = |error| format!("{error}: {}", work.join("processed_files.txt").display());
    Ok(processed.append_durably(&["a.gif".to_owned()]).map_err(named)?)
}

fn measure(work: &Path) -> Result<(), Box<dyn Error>> {
    MetricsTable::of_producer(work)?.put(1, 1.0, true)?;
    Ok(MetricsTable::of_consumer(work)?.put(1, 1.0, true)?)
}

fn browse(work: &Path) -> Result<(), Box<dyn Error>> {
    let image = BrowsedImage { bytes: GIF.into(), annotation: String::new(), bytes_as_sent: None, objects_json: None };
    let record = BrowsedRecord {
        partition: 0,
        offset: 0,
        timestamp_millis: None,
        value_bytes: 0,
        file_name: Some("browsed.gif".to_owned()),
        sent_at_micros: None,
        key: None,
        headers: Vec::new(),
        more_headers: 0,
        encoding: None,
        kind: ValueKind::Binary,
        content: Ok(image),
        raw: None,
    };
    let page = BrowsePage { records: vec![record], ..BrowsePage::default() };
    browse::save(&page, "t", work)?;
    Ok(())
}

fn redrive(work: &Path) -> Result<(), Box<dyn Error>> {
    let Some(mut kept) = KeptLetters::open(work)? else { return Ok(()) };
    let mut sent = SentLetters::open(work)?;
    while let Some(letter) = kept.next()? {
        kept.read(letter.file.as_deref().unwrap_or_default())?;
        sent.append(&[SentLetter { letter: &letter, topic: "t", partition: 0, offset: 1, redrive_count: 1 }])?;
    }
    Ok(sent.close()?)
}

/// All files below `folder` with their content; links with their target.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files =
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| !entry.file_type().is_dir());
    files.map(|entry| (entry.path().to_owned(), fs::read(entry.path()).unwrap_or_default())).collect()
}

/// Files and folders of a work folder; some exist only for a moment, or after a kill.
const FILES: [&str; 20] = [
    "annotation.csv",
    "image_records.csv",
    "dead_letters.csv",
    "processed_files.txt",
    "producer_metrics.csv",
    "consumer_metrics.csv",
    ".kafka-image-bench/consumer.lock",
    ".kafka-image-bench/consumer.dirty",
    ".kafka-image-bench/producer.lock",
    ".kafka-image-bench/producer.dirty",
    ".kafka-image-bench/dead-letters.dirty",
    ".kafka-image-bench/dead-letter-names.txt",
    ".kafka-image-bench/annotation.relabelled",
    ".kafka-image-bench/redrive.lock",
    ".kafka-image-bench/dead-letters-sent.dirty",
    "dead_letters_sent.csv",
    "output_images/a.gif",
    "dead_letters/t-0-0.bin",
    "dead_letters/t-0-0.json",
    "browsed.gif",
];
/// The name of such a link is in use; another one is chosen.
const MAY_BE_TAKEN: [&str; 4] =
    ["output_images/a.gif", "dead_letters/t-0-0.bin", "dead_letters/t-0-0.json", "browsed.gif"];
/// Left by a kill: the name is removed, or created again.
const REMOVED: [&str; 6] = [
    ".annotation.csv.folding",
    ".kafka-image-bench/incoming/0.part",
    "output_images/.kafka-image-bench-probe",
    "dead_letters/.incoming-0",
    "dead_letters/.incoming-0-fields",
    "output_images/.kafka-image-bench-incoming/0.part",
];
const FOLDERS: [&str; 4] = ["output_images", "dead_letters", ".kafka-image-bench", ".kafka-image-bench/incoming"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Plant {
    LinkToFile,
    LinkToFolder,
    Dangling,
    HardLink,
}

/// A work folder with a link at `place`, and the link's target.
fn planted(place: &str, plant: Plant) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (work, outside) = (folder.path().join("work"), folder.path().join("outside"));
    fs::create_dir(&outside).unwrap();
    let target = outside.join("target");
    fs::write(&target, "theirs\n").unwrap();
    fs::write(outside.join("0.part"), "theirs\n").unwrap();
    let at = work.join(place);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    // Otherwise the names of dead letters would not be read.
    if place.ends_with("dead-letter-names.txt") {
        fs::write(at.with_file_name("producer.lock"), "").unwrap();
    }
    match plant {
        Plant::LinkToFile => symlink(&target, &at).unwrap(),
        Plant::LinkToFolder => symlink(&outside, &at).unwrap(),
        Plant::Dangling => symlink(outside.join("new"), &at).unwrap(),
        Plant::HardLink => fs::hard_link(&target, &at).unwrap(),
    }
    (folder, work, outside)
}

#[test]
fn without_a_link_all_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        assert_eq!(use_everything(&folder.path().join("work")), [""; 0]);
    }
    let found = content(&folder.path().join("work"));
    let is_for_a_moment = |file: &str| [".dirty", "names.txt", ".relabelled"].iter().any(|end| file.ends_with(end));
    for file in FILES.iter().filter(|file| !is_for_a_moment(file)) {
        assert!(found.contains_key(&folder.path().join("work").join(file)), "{file}: {found:?}");
    }
}

#[test]
fn no_link_is_written_to_or_deleted_behind() {
    use Plant::{Dangling, HardLink, LinkToFile, LinkToFolder};
    let files = FILES
        .iter()
        .chain(&REMOVED)
        .flat_map(|place| [LinkToFile, LinkToFolder, Dangling, HardLink].map(|plant| (*place, plant)));
    let folders = FOLDERS.iter().flat_map(|place| [LinkToFile, LinkToFolder, Dangling].map(|plant| (*place, plant)));
    for (place, plant) in files.chain(folders) {
        let (_folder, work, outside) = planted(place, plant);
        let before = content(&outside);
        let errors = use_everything(&work);
        assert_eq!(content(&outside), before, "{plant:?} at {place}");
        let path = work.join(place).display().to_string();
        let is_named = errors.iter().any(|error| error.contains("link") && error.contains(&path));
        // Replacing or removing a hard link changes no other name, and a lock is never written.
        let is_harmless = MAY_BE_TAKEN.contains(&place) || REMOVED.contains(&place) || plant == HardLink;
        assert!(is_named || is_harmless, "{plant:?} at {place}: {errors:?}");
        if MAY_BE_TAKEN.contains(&place) || REMOVED.contains(&place) {
            assert_eq!(errors, [""; 0], "{plant:?} at {place}");
        }
    }
}
