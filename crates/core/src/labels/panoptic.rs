//! The pictures that panoptic files of COCO have their masks in: a PNG for each image, in which a pixel's colour is the id of its
//! segment, `R + 256·G + 65536·B` (<https://cocodataset.org/#format-data>, `rgb2id` of `panopticapi`). They lie in a folder with
//! the name of the JSON file, beside it. `panopticapi` turns no picture: the size of the PNG decides which frame it means.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Component, Path, PathBuf};

use crate::model::mask::Mask;

/// The folders that the pictures may be in, in the order in which they are looked at.
#[derive(Debug)]
pub(super) struct PanopticPictures(Vec<PathBuf>);

/// Pixels of a picture, at most.
const PIXELS_MAX: u64 = 1 << 26;

impl PanopticPictures {
    /// Of the JSON file.
    pub(super) fn of(file: &Path) -> Self {
        let folder = file.parent().unwrap_or(Path::new(""));
        let stem = file.file_stem().unwrap_or_default();
        let above = folder.parent().map(|above| above.join(stem));
        Self([Some(folder.join(stem)), Some(folder.to_owned()), above].into_iter().flatten().collect())
    }

    /// The masks of a picture by their segments' ids. The error says why they cannot be read.
    pub(super) fn masks(&self, name: &str) -> Result<HashMap<u32, Mask>, String> {
        let is_inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        let path = self.0.iter().map(|folder| folder.join(name)).find(|path| is_inside && path.is_file());
        let path = path.ok_or_else(|| format!("the picture of its masks is not there: {name}"))?;
        masks_of(&path)
            .map_err(|reason| format!("the picture of its masks cannot be used: {reason}: {}", path.display()))
    }
}

fn masks_of(path: &Path) -> Result<HashMap<u32, Mask>, String> {
    let file = BufReader::new(File::open(path).map_err(|error| error.to_string())?);
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let (width, height) = reader.info().size();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(format!("{width} × {height} pixels are too many"));
    }
    let bytes_of_pixel = match reader.output_color_type().0 {
        png::ColorType::Rgb => 3,
        png::ColorType::Rgba => 4,
        _ => return Err("it has no colours, which are the ids of segments".to_owned()),
    };
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
    let info = reader.next_frame(&mut pixels).map_err(|error| error.to_string())?;
    Ok(masks_by_colour([width, height], &pixels, (bytes_of_pixel, info.line_size)))
}

/// The runs of one segment, and the end of the last one.
#[derive(Default)]
struct Runs {
    counts: Vec<u32>,
    end: u32,
}

/// One pass over all pixels, column by column as in masks.
fn masks_by_colour(
    size_px: [u32; 2],
    pixels: &[u8],
    (bytes_of_pixel, bytes_of_line): (usize, usize),
) -> HashMap<u32, Mask> {
    let [width, height] = size_px;
    let mut runs: HashMap<u32, Runs> = HashMap::new();
    let mut open: Option<(u32, u32)> = None;
    let mut close = |open: Option<(u32, u32)>, end: u32| {
        if let Some((id, start)) = open {
            let runs = runs.entry(id).or_default();
            runs.counts.extend([start - runs.end, end - start]);
            runs.end = end;
        }
    };
    let mut at = 0;
    for x in 0..width as usize {
        for line in pixels.chunks_exact(bytes_of_line).take(height as usize) {
            let id = line.get(x * bytes_of_pixel..).map_or(0, |pixel| match pixel {
                [red, green, blue, ..] => u32::from_le_bytes([*red, *green, *blue, 0]),
                _ => 0,
            });
            if open.is_none_or(|(other, _)| other != id) {
                close(open, at);
                open = Some((id, at));
            }
            at += 1;
        }
    }
    close(open, at);
    let masks = runs.into_iter().filter_map(|(id, Runs { mut counts, end })| {
        counts.push(at - end);
        Some((id, Mask::new(size_px, counts)?))
    });
    masks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_colour_is_the_mask_of_its_pixels(width in 1_u32..6, ids in prop::collection::vec(0_u32..4, 1..40)) {
            let height = ids.len() as u32 / width;
            prop_assume!(height > 0);
            let ids: Vec<u32> = ids.iter().map(|id| id * 70_000).collect();
            let lines: Vec<u8> = ids[..(width * height) as usize]
                .iter()
                .flat_map(|id| id.to_le_bytes().into_iter().take(3))
                .collect();
            let masks = masks_by_colour([width, height], &lines, (3, 3 * width as usize));
            for (id, mask) in &masks {
                let expected = Mask::of([width, height], |x, y| ids[(y * width + x) as usize] == *id);
                prop_assert_eq!(mask.area_px(), expected.area_px());
                prop_assert_eq!(mask.bbox(), expected.bbox());
                prop_assert_eq!(mask.compressed().is_empty(), false);
            }
            let all: u64 = masks.values().map(Mask::area_px).sum();
            prop_assert_eq!(all, u64::from(width * height));
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_opened() {
        let pictures = PanopticPictures::of(Path::new("/no/such/panoptic_val.json"));
        for name in ["../secret.png", "/etc/secret.png", "a.png"] {
            assert!(pictures.masks(name).unwrap_err().contains("is not there"), "{name}");
        }
    }
}
