//! COCO's object annotations (<https://cocodataset.org/#format-data>): one JSON file for all images.
//!
//! Cannot carry: a label of the image itself. Not read: keypoints, captions, and run-length masks, of which only the box
//! is used.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::LabelError;
use super::files;
use super::format::{ImageFile, LabelFormat, LabelPlace, LabelSource, hundredths};
use super::listed_path::{last_component, normalized};
use crate::model::objects::{BBox, LabelledObject};

pub(super) static FORMAT: LabelFormat = LabelFormat {
    name: "coco",
    place: Some(LabelPlace::File),
    has_objects: true,
    needs_image_size: false,
    open: |file, _| match read(file) {
        Ok(images) => Ok(Box::new(Coco { file: file.to_owned(), images })),
        Err(reason) => Err(LabelError::Unusable { path: file.to_owned(), reason }),
    },
};

#[derive(Debug)]
struct Coco {
    file: PathBuf,
    images: ListedImages,
}

impl LabelSource for Coco {
    fn objects_of(&self, image: ImageFile<'_>, _size_px: [u32; 2]) -> Result<Vec<LabelledObject>, LabelError> {
        match self.images.objects_of(image.listed_name) {
            Ok(objects) => Ok(objects.to_vec()),
            Err(SeveralImages) => Err(LabelError::Ambiguous(self.file.clone())),
        }
    }
}

/// The objects of each image that the file lists.
#[derive(Debug, Default)]
struct ListedImages {
    /// By the image's path as the file has it, with its objects.
    images: Vec<(String, Vec<LabelledObject>)>,
    by_path: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

/// Several images of the file could be meant.
#[derive(Debug, PartialEq, Eq)]
struct SeveralImages;

#[derive(Deserialize)]
struct CocoFile {
    images: Vec<Image>,
    #[serde(default)]
    categories: Vec<Category>,
    #[serde(default)]
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Image {
    id: i64,
    file_name: String,
}

#[derive(Deserialize)]
struct Category {
    id: i64,
    name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: i64,
    category_id: Option<i64>,
    #[serde(default)]
    bbox: Vec<f64>,
    segmentation: Option<Segmentation>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Segmentation {
    /// Each as x, y, x, y, …
    Polygons(Vec<Vec<f64>>),
    /// A run-length mask.
    Mask(IgnoredAny),
}

/// Reads the file; the error says what is wrong and where.
fn read(file: &Path) -> Result<ListedImages, String> {
    let bytes = files::read_bytes(file)?;
    // The error has the line and the column.
    let file: CocoFile = serde_json::from_slice(&bytes).map_err(|error| format!("it is not a COCO file: {error}"))?;
    let categories: HashMap<i64, String> =
        file.categories.into_iter().map(|category| (category.id, category.name)).collect();
    let mut images = ListedImages::default();
    let mut by_id = HashMap::new();
    for image in file.images {
        by_id.insert(image.id, images.add(&image.file_name));
    }
    for (index, annotation) in file.annotations.into_iter().enumerate() {
        // Files that were cut down to some images often keep the annotations of all.
        let Some(&image) = by_id.get(&annotation.image_id) else { continue };
        let object = object(annotation, &categories).map_err(|reason| format!("annotations[{index}]: {reason}"))?;
        images.images[image].1.extend(object);
    }
    Ok(images)
}

impl ListedImages {
    /// The index of an image, which is added unless it is listed already.
    fn add(&mut self, file_name: &str) -> usize {
        let path = normalized(file_name);
        if let Some(&known) = self.by_path.get(&path) {
            return known;
        }
        let index = self.images.len();
        self.by_name.entry(last_component(&path).to_owned()).or_default().push(index);
        self.by_path.insert(path.clone(), index);
        self.images.push((path, Vec::new()));
        index
    }

    /// Looks an image up by its path below the input folder, else by its name if only one image has that. An image that is
    /// not listed has no objects.
    fn objects_of(&self, listed_name: &str) -> Result<&[LabelledObject], SeveralImages> {
        let found = match self.by_path.get(listed_name) {
            Some(&index) => Some(index),
            None => match self.by_name.get(last_component(listed_name)).map(Vec::as_slice) {
                None | Some([]) => None,
                Some([index]) => Some(*index),
                Some(several) => {
                    let mut alike = several.iter().filter(|&&index| is_same_end(&self.images[index].0, listed_name));
                    match (alike.next(), alike.next()) {
                        (Some(&index), None) => Some(index),
                        _ => return Err(SeveralImages),
                    }
                }
            },
        };
        Ok(found.map_or(&[], |index| &self.images[index].1))
    }
}

/// Whether one path is the other with folders before it.
fn is_same_end(left: &str, right: &str) -> bool {
    let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|folders| folders.ends_with('/'));
    ends(left, right) || ends(right, left)
}

/// `None`: the annotation is not an object, but for example a caption.
fn object(annotation: Annotation, categories: &HashMap<i64, String>) -> Result<Option<LabelledObject>, String> {
    let polygons: Vec<Vec<[f32; 2]>> = match annotation.segmentation {
        Some(Segmentation::Polygons(polygons)) => polygons.iter().filter_map(|numbers| polygon(numbers)).collect(),
        Some(Segmentation::Mask(IgnoredAny)) | None => Vec::new(),
    };
    let bbox = match annotation.bbox[..] {
        [x, y, width, height] if width >= 0.0 && height >= 0.0 => {
            let [x, y, width, height] = [x, y, width, height].map(hundredths);
            BBox { x, y, width, height }
        }
        [] => match BBox::around(polygons.iter().flatten()) {
            Some(bbox) => bbox,
            None => return Ok(None),
        },
        _ => return Err("its bbox is not [x, y, width, height] in pixels".to_owned()),
    };
    if ![bbox.x, bbox.y, bbox.width, bbox.height].iter().all(|number| number.is_finite()) {
        return Err("its bbox is not [x, y, width, height] in pixels".to_owned());
    }
    let label = match annotation.category_id {
        Some(id) => categories.get(&id).cloned().unwrap_or_else(|| format!("category {id}")),
        None => String::new(),
    };
    Ok(Some(LabelledObject { label, bbox, polygons }))
}

/// `None`: fewer than three points, or a number that is not finite.
fn polygon(numbers: &[f64]) -> Option<Vec<[f32; 2]>> {
    let (points, rest) = numbers.as_chunks::<2>();
    let points: Vec<_> = points.iter().map(|point| point.map(hundredths)).collect();
    let is_valid =
        points.len() >= 3 && rest.is_empty() && points.as_flattened().iter().all(|number| number.is_finite());
    is_valid.then_some(points)
}
