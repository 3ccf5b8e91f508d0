//! The annotations in the COCO format.

use serde::Serialize;
use serde_json::json;

use super::picture::Sighting;
use super::scene::Category;

/// One picture with what is on it.
pub struct Described {
    pub file_name: String,
    pub date_captured: String,
    pub sightings: Vec<Sighting>,
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
struct Annotation {
    id: usize,
    image_id: usize,
    category_id: u32,
    bbox: [f32; 4],
    area: f32,
    iscrowd: u32,
    /// Not in the standard: the share that is hidden.
    occluded: f32,
}

/// The whole file, ending in a new line. The same pictures make the same bytes.
pub fn write(pictures: &[&Described], width_px: u32, height_px: u32, seed: u64) -> Result<Vec<u8>, serde_json::Error> {
    let images: Vec<Image> = pictures
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
                area: sighting.area,
                iscrowd: 0,
                occluded: (sighting.occluded * 100.0).round() / 100.0,
            });
        }
    }
    let categories: Vec<_> = Category::ALL
        .iter()
        .map(|&(category, name, wider)| json!({ "id": category as u32, "name": name, "supercategory": wider }))
        .collect();
    let first_day = pictures.first().map_or("", |picture| &picture.file_name[..picture.file_name.len() - 4]);
    let whole = json!({
        "info": {
            "description": format!("Kafka Image Bench samples: one harbour, a picture a day; drawn, not photographed (seed {seed})"),
            "version": "1.0",
            "year": first_day.split('-').next().and_then(|year| year.parse::<u32>().ok()),
            "date_created": first_day,
        },
        "licenses": [{ "id": 1, "name": "MIT", "url": "https://opensource.org/license/mit" }],
        "images": images,
        "categories": categories,
        "annotations": annotations,
    });
    let mut bytes = serde_json::to_vec(&whole)?;
    bytes.push(b'\n');
    Ok(bytes)
}
