//! The saved images of a work folder, as its tables list them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::ExportError;
use super::left_out::{LeftOut, Reason};
use super::plan::ExportSource;
use super::source::{ImageSource, ListedImages, SourceImage};
use crate::model::image_info::FileContent;
use crate::model::objects::LabelledObject;
use crate::pipeline::sink::{
    ANNOTATION_CSV, AtPath, ImageRow, OUTPUT_FOLDER, read_annotations, read_image_rows, read_objects, saved_facts,
    unescape_formula,
};
use crate::query::{Query, UnknownFacts};
use crate::run::error::SettingsError;
use crate::work_dir::Dir;

pub(super) struct SavedImages {
    listed: ListedImages,
    work_dir: PathBuf,
    rows: HashMap<String, ImageRow>,
}

impl SavedImages {
    pub(super) fn read(work_dir: &Path) -> Result<Self, ExportError> {
        let work_dir = if work_dir.as_os_str().is_empty() { Path::new(".") } else { work_dir };
        let missing = || {
            SettingsError(format!(
                "there are no saved images: {OUTPUT_FOLDER} is missing; give the work folder of a run with --work-dir, or a \
                 topic with --topic: {}",
                work_dir.display()
            ))
        };
        let folder = match Dir::open(work_dir).and_then(|work| work.folder(OUTPUT_FOLDER)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing().into()),
            opened => opened.at("open the folder", &work_dir.join(OUTPUT_FOLDER))?,
        };
        // Both list an image; the labels of the second are synced, and the first has all else.
        let rows = read_image_rows(work_dir).at("read the table", work_dir)?;
        let mut labels: BTreeMap<String, Box<str>> = BTreeMap::new();
        for (path, row) in &rows {
            labels.insert(path.clone(), unescape_formula(&row.image.annotation).into());
        }
        labels.extend(read_annotations(work_dir).at("read the table", &work_dir.join(ANNOTATION_CSV))?);
        let mut elsewhere = LeftOut::new(Reason::NotInFolder);
        let mut images = Vec::with_capacity(labels.len());
        for (path, label) in labels {
            let in_folder = path.strip_prefix(OUTPUT_FOLDER).and_then(|name| name.strip_prefix(['/', '\\']));
            let Some(name) = in_folder.filter(|name| !name.is_empty() && !name.contains(['/', '\\'])) else {
                elsewhere.add(&path);
                continue;
            };
            let row = rows.get(&path);
            images.push(SourceImage {
                file: name.to_owned(),
                name: name.to_owned(),
                sent_as: row.and_then(|row| row.image.file_name.clone()),
                label,
                sha256: row.map_or_else(|| Sha256::digest(name).into(), |row| row.image.sha256),
                objects_at: row.filter(|row| row.image.record.is_some()).map(|row| row.at),
                is_selected: true,
            });
        }
        let mut unlisted = LeftOut::new(Reason::NotListed);
        let listed: HashSet<&str> = images.iter().map(|image| image.file.as_str()).collect();
        // Hidden files are the file system's own, or left by a platform.
        let names = folder.names().at("list", folder.path())?.into_iter().filter(|name| !name.starts_with('.'));
        names.filter(|name| !listed.contains(name.as_str())).for_each(|name| unlisted.add(&name));
        let (from, left_out) = (ExportSource::Folder(work_dir.to_owned()), [elsewhere, unlisted]);
        let listed = ListedImages { from, folder, images, left_out };
        Ok(Self { listed, work_dir: work_dir.to_owned(), rows })
    }

    fn row_of(&self, image: &SourceImage) -> Option<&ImageRow> {
        self.rows.get(&format!("{OUTPUT_FOLDER}/{}", image.file))
    }
}

impl ImageSource for SavedImages {
    fn listed(&self) -> &ListedImages {
        &self.listed
    }

    fn is_selected(&self, image: &SourceImage, query: &Query, unknown: &mut UnknownFacts) -> io::Result<bool> {
        let mut facts = self.row_of(image).map(saved_facts).unwrap_or_default();
        facts.label = Some(Cow::Borrowed(&image.label));
        facts.name = Some(Cow::Borrowed(&image.file));
        if query.needs_content() {
            facts.set_content(FileContent::of_file(&self.listed.folder.join(&image.file))?);
        }
        unknown.add(&facts);
        Ok(query.matches(&facts))
    }

    fn objects(&self, image: &SourceImage) -> io::Result<Arc<[LabelledObject]>> {
        match self.row_of(image) {
            Some(row) => read_objects(&self.work_dir, row),
            None => Ok(Arc::default()),
        }
    }
}
