//! A picture of the window as a PNG file, written in a thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eframe::egui::{ColorImage, Context};

use crate::gui::pace::step_back;

/// Writes what the window shows next to `path`; `writing` counts the pictures that are being written.
pub(super) fn shoot(ctx: &Context, path: PathBuf, writing: &Arc<AtomicUsize>) {
    writing.fetch_add(1, Ordering::AcqRel);
    let writing = Arc::clone(writing);
    ctx.request_screenshot(move |picture| {
        let done = Arc::clone(&writing);
        let written = std::thread::Builder::new().name("screenshot".to_owned()).spawn(move || {
            // Frames are being counted.
            step_back();
            if let Err(error) = write_png(&picture, &path) {
                tracing::error!("a picture of the window could not be written: {error}");
            }
            writing.fetch_sub(1, Ordering::AcqRel);
        });
        if written.is_err() {
            done.fetch_sub(1, Ordering::AcqRel);
        }
    });
    ctx.request_repaint();
}

fn write_png(picture: &ColorImage, path: &Path) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let [width, height] = picture.size.map(|side| u32::try_from(side).unwrap_or(0));
    let pixels: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let picture = image::RgbImage::from_raw(width, height, pixels).ok_or("the picture has an odd size")?;
    picture.save(path).map_err(|error| error.to_string())
}
