//! Which files of a data set hold labels.

use std::ffi::OsStr;
use std::path::Path;

/// Whether a file has the usual name of a file of labels for all images.
pub(super) fn is_known_name(path: &Path) -> bool {
    let Some(name) = lower(path.file_name()) else { return false };
    let known = [
        "annotations.json",
        "annotations.xml",
        "_annotations.csv",
        "_annotations.txt",
        "_classes.txt",
        "_classes.csv",
        "annotation.csv",
        "annotations.csv",
        "labels.csv",
        "labels.txt",
        "labels.json",
        "classes.txt",
        "obj.names",
        "data.yaml",
        "dataset.yaml",
        "metadata.csv",
        "metadata.jsonl",
    ];
    let is_panoptic = name.starts_with("panoptic_") && name.ends_with(".json");
    known.contains(&name.as_str())
        || name.ends_with(".coco.json")
        || name.starts_with("instances_")
        || is_panoptic
        || is_of_a_tool(&name)
}

fn lower(text: Option<&OsStr>) -> Option<String> {
    text.and_then(|text| text.to_str()).map(str::to_ascii_lowercase)
}

/// Whether a file that is not an image holds labels, by its name: a format of labels, or a table of them.
pub(crate) fn is_label_file(path: &Path) -> bool {
    if is_known_name(path) {
        return true;
    }
    let is_beside_image = || {
        const EXTENSIONS: [&str; 12] =
            ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "PNG", "JPG", "JPEG", "TIF"];
        EXTENSIONS.iter().any(|extension| path.with_extension(extension).is_file())
    };
    let is_in_label_folder = || {
        let folder = lower(path.parent().and_then(Path::file_name));
        matches!(folder.as_deref(), Some("labels" | "annotations" | "label_2"))
    };
    matches!(lower(path.extension()).as_deref(), Some("xml" | "txt" | "json"))
        && (is_in_label_folder() || is_beside_image())
}

/// Whether a file has the name that Label Studio, VIA, Open Images or Datumaro gives it.
fn is_of_a_tool(name: &str) -> bool {
    let begins = ["via_export_", "via_region_data", "via_project_"].iter().any(|prefix| name.starts_with(prefix));
    let is_table =
        name.ends_with(".csv") && (name.contains("class-descriptions") || name.ends_with("-annotations-bbox.csv"));
    let is_export = name.starts_with("project-") && name.contains("-at-") && name.ends_with(".json");
    is_export || is_table || (begins && (name.ends_with(".json") || name.ends_with(".csv")))
}
