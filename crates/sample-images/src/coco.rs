//! The annotations in the COCO format.
//!
//! Structs all the way, no `json!`: whether that keeps the order of keys depends on what else the program is
//! built with, and the file has to be the same everywhere.

use serde::Serialize;

use super::picture::Sighting;
use super::scene::Category;

/// One picture with what is on it.
pub struct Described {
    pub file_name: String,
    /// As `2024-09-10`.
    pub date: String,
    pub date_captured: String,
    pub sightings: Vec<Sighting>,
}

#[derive(Serialize)]
struct Coco<'a> {
    info: Info<'a>,
    licenses: [License; 1],
    images: Vec<Image<'a>>,
    categories: Vec<Kind>,
    annotations: Vec<Annotation>,
}

#[derive(Serialize)]
struct Info<'a> {
    description: String,
    version: &'static str,
    year: Option<u32>,
    date_created: &'a str,
}

#[derive(Serialize)]
struct License {
    id: u32,
    name: &'static str,
    url: &'static str,
}

#[derive(Serialize)]
struct Image<'a> {
    id: usize,
    file_name: &'a str,
    width: u32,
    height: u32,
    license: u32,
    date_captured: &'a str,
}

#[derive(Serialize)]
struct Kind {
    id: u32,
    name: &'static str,
    supercategory: &'static str,
}

#[derive(Serialize)]
struct Annotation {
    id: usize,
    image_id: usize,
    category_id: u32,
    bbox: [f32; 4],
    area: f64,
    iscrowd: u32,
    /// Not in the standard: the share that is hidden.
    occluded: f64,
}

/// The whole file, ending in a new line. The same pictures make the same bytes.
pub fn write(pictures: &[Described], width_px: u32, height_px: u32, seed: u64) -> Result<Vec<u8>, serde_json::Error> {
    let images = pictures
        .iter()
        .enumerate()
        .map(|(index, picture)| Image {
            id: index + 1,
            file_name: &picture.file_name,
            width: width_px,
            height: height_px,
            license: 1,
            date_captured: &picture.date_captured,
        })
        .collect();
    let mut annotations = Vec::new();
    for (index, picture) in pictures.iter().enumerate() {
        for sighting in &picture.sightings {
            annotations.push(Annotation {
                id: annotations.len() + 1,
                image_id: index + 1,
                category_id: sighting.category as u32,
                bbox: sighting.bbox,
                area: hundredths(sighting.area),
                iscrowd: 0,
                occluded: hundredths(sighting.occluded),
            });
        }
    }
    let first_day = pictures.first().map_or("", |picture| &picture.date);
    let coco = Coco {
        info: Info {
            description: format!(
                "Kafka Image Bench samples: one harbour, a picture a day; drawn, not photographed (seed {seed})"
            ),
            version: "1.0",
            year: first_day.split('-').next().and_then(|year| year.parse().ok()),
            date_created: first_day,
        },
        licenses: [License { id: 1, name: "MIT", url: "https://opensource.org/license/mit" }],
        images,
        categories: Category::ALL
            .map(|(category, name, supercategory)| Kind { id: category as u32, name, supercategory })
            .into(),
        annotations,
    };
    let mut bytes = serde_json::to_vec(&coco)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Two decimals, rounded down, so that an area never exceeds its box.
fn hundredths(value: f32) -> f64 {
    (f64::from(value) * 100.0).floor() / 100.0
}
