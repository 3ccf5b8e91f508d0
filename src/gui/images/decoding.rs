//! Decodes the chosen image in a thread, and keeps the last ones.

use std::sync::Arc;

use eframe::egui::{Context, TextureOptions};

use super::listing::ImageEntry;
use super::loaded::{Shown, load};
use super::mask_picture::MaskPicture;
use super::objects::MaskTexture;
use super::tab::ImagesTab;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::picture::Effort;
use crate::gui::workers::thumbnails::PictureKey;
use crate::gui::workers::turn;

/// Bytes that the images that are kept take at most on the graphics card, beside the chosen one.
const SHOWN_BYTES_MAX: usize = 128 * 1024 * 1024;

impl ImagesTab {
    /// The key of an image's pixels.
    pub fn key_of(&self, entry: &ImageEntry) -> PictureKey {
        match entry.record {
            Some(_) => PictureKey::of((&self.listing.root, &entry.name, self.generation, entry.record)),
            None => PictureKey::of((self.listing.path_of(entry), entry.changed_s, entry.size_bytes)),
        }
    }

    /// The key of all that is known of an image: other labels or boxes make another one.
    fn full_key_of(&self, entry: &ImageEntry) -> PictureKey {
        let described = self.listing.row_of(entry).map(|row| row.at);
        let labels = self.listing.labels.is_some().then_some(self.generation);
        PictureKey::of((self.key_of(entry), described, labels, self.is_large(entry)))
    }

    /// Whether it is decoded although it takes much memory.
    fn is_large(&self, entry: &ImageEntry) -> bool {
        self.asked_large == Some(self.key_of(entry))
    }

    /// Whether the chosen image is decoded although it takes much memory.
    pub fn is_asked_large(&self) -> bool {
        self.chosen().is_some_and(|(_, entry)| self.is_large(entry))
    }

    /// Decodes the chosen image although it takes much memory.
    pub fn ask_large(&mut self) {
        self.asked_large = self.chosen().map(|(_, entry)| self.key_of(entry));
    }

    /// The chosen image in full, once it is there; asks for it where it is not.
    pub fn chosen_image(&mut self, ctx: &Context) -> Option<&Shown> {
        let (_, entry) = self.chosen()?;
        let (key, entry) = (self.full_key_of(entry), entry.clone());
        let effort = if self.is_large(&entry) { Effort::Large } else { Effort::Usual };
        if !self.shown.contains(&key) && self.loading.as_ref().is_none_or(|(loading, _)| *loading != key) {
            let listing = Arc::clone(&self.listing);
            self.loading = Some((key, Job::start("image", ctx, move |stop| load(&listing, &entry, effort, stop))));
        }
        self.shown.get(&key)
    }

    /// Takes the image that was decoded.
    pub(super) fn poll_image(&mut self, ctx: &Context) {
        let Some((key, loading)) = &self.loading else { return };
        let key = *key;
        let mut loaded = match loading.poll() {
            job::Progress::Running => return,
            job::Progress::Done(Some(loaded)) => loaded,
            job::Progress::Done(None) | job::Progress::Lost => {
                self.loading = None;
                return;
            }
        };
        self.loading = None;
        let (mut texture, mut texture_bytes) = (None, 0);
        if let Ok(picture) = &mut loaded.picture {
            let picture = std::mem::take(picture);
            texture_bytes = picture.pixels.len() * 4;
            texture = Some(ctx.load_texture("image", picture, TextureOptions::LINEAR));
        }
        let mut masks = Vec::with_capacity(loaded.masks.len());
        for MaskPicture { object, picture, place } in std::mem::take(&mut loaded.masks) {
            texture_bytes += picture.pixels.len() * 4;
            masks.push(MaskTexture {
                object,
                texture: ctx.load_texture("mask", picture, TextureOptions::NEAREST),
                place,
            });
        }
        // The image's own pixels, also where a smaller picture is shown: boxes and 1:1 are in these.
        let stored_px = loaded.stored_px.unwrap_or_default().map(|side| side as f32);
        let size_px = turn::size(loaded.turn, stored_px);
        self.shown.put(key, Shown { loaded, texture, masks, texture_bytes, size_px });
        while self.shown.len() > 1
            && self.shown.iter().map(|(_, one)| one.texture_bytes).sum::<usize>() > SHOWN_BYTES_MAX
        {
            self.shown.pop_lru();
        }
    }
}
