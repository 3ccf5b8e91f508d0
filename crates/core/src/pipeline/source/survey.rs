//! The images and other files of a folder, for front ends.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::scan::image_frame;
use super::{Candidate, Found, Selection, SourceError, scan};
use crate::labels::{LabelFindings, LabelRule, Labels};
use crate::run::cancellation::Cancellation;

const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// The contents of a folder, so far or in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Images.
    pub images: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Files that are not images.
    pub not_images: u64,
    /// Of these, how many there are of each kind that has a name, such as `HEIC`.
    pub other_formats: BTreeMap<String, u64>,
    /// Files that hold labels.
    pub label_files: u64,
    /// Links and pointers that stand for images whose content is not here.
    pub content_missing: u64,
    /// Files and folders that cannot be read.
    pub unreadable: u64,
    /// Images with a label.
    pub labels_found: u64,
    /// What the labels have for the images, if they have objects.
    pub label_findings: Option<LabelFindings>,
    /// Whether the folder was walked to its end.
    pub finished: bool,
    /// The images, in the order in which they are sent.
    pub list: Vec<SurveyedImage>,
}

/// An image of the folder. About 120 bytes with an ordinary name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedImage {
    /// Its name relative to the folder, as it is sent; see `listed_name`.
    pub listed_name: Box<str>,
    /// Its path relative to the folder, if it differs from the name.
    path: Option<Box<Path>>,
    /// The size of its file.
    pub size_bytes: u64,
    /// When it was last written to, if the file system has that.
    pub modified: Option<SystemTime>,
}

impl SurveyedImage {
    /// Its path relative to the folder.
    pub fn relative_path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(&*self.listed_name))
    }
}

/// Walks `input` by the rules of [`scan`], for images or, with `any_file`, for files of any kind, until the end, or until
/// `stop` is requested. Images that were sent before count too. `progress` is called about every 100 ms with what was found
/// so far.
///
/// # Errors
/// `input` cannot be read, or the label file cannot be used.
pub fn survey(
    input: &Path,
    exclude: &[PathBuf],
    (labels, any_file): (&LabelRule, bool),
    stop: &Cancellation,
    progress: impl FnMut(&Survey),
) -> Result<Survey, SourceError> {
    walk(input, exclude, (labels, any_file), stop, PROGRESS_INTERVAL, progress)
}

fn walk(
    input: &Path,
    exclude: &[PathBuf],
    (labels, any_file): (&LabelRule, bool),
    stop: &Cancellation,
    interval: Duration,
    mut progress: impl FnMut(&Survey),
) -> Result<Survey, SourceError> {
    // As in a run.
    let input = &input.canonicalize().unwrap_or_else(|_| input.to_owned());
    let selection = Selection::new(any_file, labels);
    let labels = Labels::open_excluding(labels, input, exclude)?;
    let mut survey = Survey::default();
    let mut reported_at = Instant::now();
    scan(input, exclude, selection, &|_| false, &mut |found| {
        if stop.is_requested() {
            return ControlFlow::Break(());
        }
        survey.note(input, &labels, found);
        if reported_at.elapsed() >= interval {
            progress(&survey);
            reported_at = Instant::now();
        }
        ControlFlow::Continue(())
    })?;
    survey.label_findings = labels.findings();
    survey.finished = !stop.is_requested();
    survey.list.shrink_to_fit();
    Ok(survey)
}

impl Survey {
    fn note(&mut self, input: &Path, labels: &Labels, found: Found) {
        match found {
            Found::Image(candidate) => {
                self.images += 1;
                self.bytes += candidate.size_bytes;
                let Candidate { path, listed_name, .. } = &candidate;
                self.labels_found += u64::from(labels.label_of(path, listed_name).is_ok());
                count_objects(labels, path, listed_name);
                self.list.push(listed(input, candidate));
            }
            // No image counts as processed here.
            Found::AlreadyProcessed { .. } => {}
            Found::NotAnImage { content, .. } => {
                self.not_images += 1;
                if let Some(name) = content.short_name() {
                    *self.other_formats.entry(name).or_default() += 1;
                }
            }
            Found::ContentMissing { .. } => self.content_missing += 1,
            Found::LabelFile { .. } => self.label_files += 1,
            Found::Unreadable { .. } => self.unreadable += 1,
        }
    }
}

/// Counts the objects on an image, for the findings.
pub(crate) fn count_objects(labels: &Labels, path: &Path, listed_name: &str) {
    if let Some(frame) = labels.have_objects().then(|| image_frame(path)).flatten()
        && let Ok(found) = labels.objects_of(path, listed_name, frame)
    {
        labels.count(listed_name, &found, frame);
    }
}

fn listed(input: &Path, candidate: Candidate) -> SurveyedImage {
    let Candidate { path, listed_name, size_bytes, modified, .. } = candidate;
    let relative = path.strip_prefix(input).unwrap_or(&path);
    let differs = relative != Path::new(&listed_name);
    SurveyedImage {
        path: differs.then(|| relative.into()),
        listed_name: listed_name.into_boxed_str(),
        size_bytes,
        modified,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::tests::{PNG, folder};
    use super::*;

    #[test]
    fn it_counts_and_lists_what_a_run_would_send() {
        let folder = folder(&[
            ("b.png", PNG),
            ("a/z.jpg", PNG),
            ("a/z.txt", b"0 1 1 1 1"),
            ("note.md", b"x"),
            (".hidden.png", PNG),
            ("output_images/b.png", PNG),
            ("labels.csv", b"image,label\nb.png,cat\n"),
        ]);
        let exclude = [folder.path().join("output_images")];
        let rule = LabelRule::new("csv", Some(folder.path().join("labels.csv"))).unwrap();
        let survey = survey(folder.path(), &exclude, (&rule, false), &Cancellation::default(), |_| {}).unwrap();
        assert_eq!((survey.images, survey.bytes, survey.labels_found), (2, 2 * PNG.len() as u64, 1));
        assert_eq!((survey.not_images, survey.label_files, survey.unreadable, survey.finished), (1, 2, 0, true));
        let names: Vec<&str> = survey.list.iter().map(|image| &*image.listed_name).collect();
        assert_eq!(names, ["a/z.jpg", "b.png"]);
        for image in &survey.list {
            assert_eq!(std::fs::read(folder.path().join(image.relative_path())).unwrap(), PNG);
            assert!(image.modified.is_some() && image.size_bytes == PNG.len() as u64);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_text_has_its_path() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let name = Path::new(std::ffi::OsStr::from_bytes(b"a\xff.png"));
        std::fs::write(folder.path().join(name), PNG).unwrap();
        let survey =
            survey(folder.path(), &[], (&LabelRule::default(), false), &Cancellation::default(), |_| {}).unwrap();
        assert_eq!((&*survey.list[0].listed_name, survey.list[0].relative_path()), ("a%FF.png", name));
    }

    #[test]
    fn it_reports_progress_and_can_be_stopped() {
        let folder = folder(&[("a.png", PNG), ("b.png", PNG), ("c.png", PNG)]);
        let stop = Cancellation::default();
        let all = survey(folder.path(), &[], (&LabelRule::default(), false), &stop, |_| {}).unwrap();
        assert_eq!((all.images, all.labels_found, all.finished), (3, 3, true));
        // As if an interval had passed between any two files.
        let mut reported = Vec::new();
        let so_far = walk(folder.path(), &[], (&LabelRule::default(), false), &stop, Duration::ZERO, |so_far| {
            reported.push(so_far.images);
            if so_far.images == 2 {
                stop.request();
            }
        });
        assert_eq!(
            (reported, so_far.map(|so_far| (so_far.images, so_far.finished)).unwrap()),
            (vec![1, 2], (2, false))
        );
    }

    #[test]
    fn an_entry_is_small() {
        // 100,000 of them, with names of 60 bytes and the overhead of an allocation, in 20 MB.
        let entry_bytes = size_of::<SurveyedImage>() + 60 + 16;
        assert!(entry_bytes * 100_000 < 20_000_000, "{entry_bytes}");
        // A growing list takes at most twice its size.
        assert!((2 * size_of::<SurveyedImage>() + 76) * 100_000 < 20_000_000);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let missing =
            survey(Path::new("/no/such"), &[], (&LabelRule::default(), false), &Cancellation::default(), |_| {});
        assert!(matches!(missing, Err(SourceError::Input { .. })));
    }
}
