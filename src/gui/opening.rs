//! Folders and files that are to be opened: given at the start, by a later start, or dropped onto the window. What they are
//! is found out in a thread.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use kafka_image_bench_core::pipeline::source::listed_name;
use kafka_image_bench_core::results::files;
use kafka_image_bench_core::results::stream::read_stream;

/// The end of a report, which names its benchmark.
const REPORT_END_BYTES: u64 = 4096;

/// What is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A folder of images.
    Folder(PathBuf),
    /// The folder of images, with this one of its images chosen.
    Image {
        /// The folder.
        folder: PathBuf,
        /// Its name in the list of the folder.
        name: String,
    },
    /// The results of a benchmark.
    Results(PathBuf),
}

/// What the paths mean, and what is left out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What is opened.
    pub opened: Opened,
    /// What the person should know about the rest.
    pub note: Option<String>,
}

/// Finds out what `paths` mean: the first folder, else the first results, else the images and the folder that they share.
/// `runs_folder` has the runs that are kept.
///
/// # Errors
/// A sentence about why nothing can be opened.
pub fn look_at(paths: &[PathBuf], runs_folder: Option<&Path>) -> Result<Opening, String> {
    let (present, missing): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(|path| path.exists());
    let Some(first) = present.first() else {
        let shown = missing.first().map(|path| path.display().to_string()).unwrap_or_default();
        let others = missing.len().saturating_sub(1);
        let others = if others > 0 { format!(", and {others} more that do not exist either") } else { String::new() };
        return Err(format!("There is no such file or folder: {shown}{others}"));
    };
    let note = missing.first().map(|path| format!("There is no such file or folder: {}", path.display()));
    if let Some(folder) = present.iter().find(|path| path.is_dir()) {
        let others = (present.len() > 1).then(|| format!("Only the folder {} was opened", shown_name(folder)));
        return Ok(Opening { opened: Opened::Folder((*folder).clone()), note: note.or(others) });
    }
    if has_ending(first, &["json"]) {
        if let Err(problem) = files::read(first) {
            read_stream(first).map_err(|_| problem)?;
        }
        return Ok(Opening { opened: Opened::Results((*first).clone()), note });
    }
    if has_ending(first, &["html", "htm"]) {
        return Ok(Opening { opened: Opened::Results(results_of_report(first, runs_folder)?), note });
    }
    let folder = shared_folder(&present).ok_or_else(|| format!("It is not a file in a folder: {}", first.display()))?;
    let inside = first.strip_prefix(&folder).unwrap_or(first.as_path());
    let others = present.iter().filter(|path| !path.starts_with(&folder)).count();
    let others = (others > 0).then(|| format!("Only the folder {} was opened", shown_name(&folder)));
    let name = listed_name(inside);
    Ok(Opening { opened: Opened::Image { folder, name }, note: note.or(others) })
}

/// A path's last part.
pub fn shown_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    endings.iter().any(|one| one.eq_ignore_ascii_case(ending))
}

/// The folder that all files are in. Where that would be a disk or everything of a person, the folder of the first file.
fn shared_folder(files: &[&PathBuf]) -> Option<PathBuf> {
    let of_first = files.first()?.parent()?;
    let mut shared = of_first;
    while !files.iter().all(|file| file.starts_with(shared)) {
        match shared.parent() {
            Some(above) => shared = above,
            None => return Some(of_first.to_owned()),
        }
    }
    let user = directories::UserDirs::new();
    let is_too_much = shared.parent().is_none() || user.is_some_and(|user| user.home_dir().starts_with(shared));
    let chosen = if is_too_much { of_first } else { shared };
    Some(chosen.to_owned())
}

/// The results that a report was made of: among the kept runs, or in a file beside it.
fn results_of_report(report: &Path, runs_folder: Option<&Path>) -> Result<PathBuf, String> {
    let id =
        benchmark_of(report).map_err(|error| format!("The report cannot be read ({error}): {}", report.display()))?;
    let Some(id) = id else {
        return Err(format!("This page is not a report of Kafka Image Bench: {}", report.display()));
    };
    let kept = runs_folder.map(|folder| folder.join(format!("{id}.json")));
    let is_of = |path: &PathBuf| files::read(path).is_ok_and(|results| results.benchmark_id == id);
    kept.into_iter().chain([report.with_extension("json")]).find(is_of).ok_or_else(|| {
        format!(
            "The results of this report are neither kept here nor beside it. Open its kafka_performance_results-….json, or \
             the report itself in a browser: {}",
            report.display()
        )
    })
}

/// The id that stands at the end of a report.
fn benchmark_of(report: &Path) -> std::io::Result<Option<String>> {
    let mut file = std::fs::File::open(report)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(REPORT_END_BYTES)))?;
    let mut end = Vec::new();
    file.take(REPORT_END_BYTES).read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    let id = end.rsplit_once("Kafka Image Bench ").and_then(|(_, rest)| rest.split_once("; benchmark "));
    let id = id.and_then(|(_, rest)| rest.split_once(".</footer>")).map(|(id, _)| id);
    // It becomes part of a path.
    let is_plain = |id: &&str| {
        !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    };
    Ok(id.filter(is_plain).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_image_bench_core::report::html::html;
    use kafka_image_bench_core::report::scale::Axes;
    use kafka_image_bench_core::verdict::metric::Margin;

    fn opened(paths: &[&Path]) -> Result<Opening, String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| (*path).to_owned()).collect();
        look_at(&paths, None)
    }

    #[test]
    fn files_open_the_folder_that_they_share() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for folder in ["photos/a", "photos/b"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
            std::fs::write(root.join(folder).join("1.png"), "").unwrap();
        }
        let (one, other) = (root.join("photos/a/1.png"), root.join("photos/b/1.png"));
        let image = |folder: &str, name: &str| Opened::Image { folder: root.join(folder), name: name.to_owned() };
        assert_eq!(opened(&[&one]).unwrap(), Opening { opened: image("photos/a", "1.png"), note: None });
        assert_eq!(opened(&[&other, &one]).unwrap(), Opening { opened: image("photos", "b/1.png"), note: None });
        let gone = root.join("gone.png");
        let with_missing = opened(&[&gone, &one]).unwrap();
        assert_eq!(with_missing.opened, image("photos/a", "1.png"));
        assert!(with_missing.note.unwrap().contains("gone.png"));
        let mixed = opened(&[&one, &root.join("photos/b")]).unwrap();
        assert_eq!(mixed.opened, Opened::Folder(root.join("photos/b")));
        assert_eq!(mixed.note.unwrap(), "Only the folder b was opened");
        let refused = opened(&[&gone, &root.join("too")]).unwrap_err();
        assert!(refused.contains("There is no such file or folder: ") && refused.contains("and 1 more"), "{refused}");
    }

    #[test]
    fn far_apart_files_do_not_open_a_whole_disk() {
        let home = directories::UserDirs::new().unwrap().home_dir().to_owned();
        let (one, other) = (home.join("a/1.png"), home.join("b/2.png"));
        assert_eq!(shared_folder(&[&one, &other]), Some(home.join("a")));
        let (one, other) = (PathBuf::from("/x/1.png"), PathBuf::from("/y/2.png"));
        assert_eq!(shared_folder(&[&one, &other]), Some("/x".into()));
    }

    #[test]
    fn a_report_opens_the_results_that_it_was_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let (runs, report) = (folder.path().join("runs"), folder.path().join("report.html"));
        let results = crate::testing::results(&[(crate::testing::configuration("a"), &[100.0])]);
        std::fs::write(&report, html(&results, None, Margin::default(), Axes::default())).unwrap();
        let open = || look_at(std::slice::from_ref(&report), Some(&runs)).map(|opening| opening.opened);
        assert!(open().unwrap_err().contains("neither kept here nor beside it"));
        let beside = report.with_extension("json");
        std::fs::write(&beside, serde_json::to_vec(&results).unwrap()).unwrap();
        assert_eq!(open(), Ok(Opened::Results(beside)));
        let kept = runs.join(format!("{}.json", results.benchmark_id));
        files::replace(&kept, &serde_json::to_vec(&results).unwrap()).unwrap();
        assert_eq!(open(), Ok(Opened::Results(kept)));
        std::fs::write(&report, "<html>something else</html>").unwrap();
        assert!(open().unwrap_err().contains("not a report of Kafka Image Bench"));
        std::fs::write(report.with_extension("json"), "{}").unwrap();
        assert!(opened(&[&report.with_extension("json")]).unwrap_err().contains("not a results file"));
    }
}
