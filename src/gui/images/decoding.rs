//! Decodes the chosen image in a thread, its neighbours ahead of time, and keeps the last ones.

use std::sync::Arc;

use eframe::egui::{Context, TextureOptions};

use super::levels::LevelChoice;
use super::listing::ImageEntry;
use super::loaded::{Loaded, Shown, load, with_levels};
use super::loading::{Loading, finished};
use super::mask_picture::MaskPicture;
use super::objects::MaskTexture;
use super::tab::ImagesTab;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::picture::Effort;
use crate::gui::workers::thumbnails::PictureKey;
use crate::gui::workers::turn;

/// Bytes that the images that are kept take at most, with their samples, beside the chosen one.
const SHOWN_BYTES_MAX: usize = 192 * 1024 * 1024;

impl ImagesTab {
    /// The key of an image's pixels.
    pub fn key_of(&self, entry: &ImageEntry) -> PictureKey {
        match entry.record {
            Some(_) => PictureKey::of((&self.listing.root, &entry.name, self.generation, entry.record)),
            None => PictureKey::of((self.listing.path_of(entry), entry.changed_s, entry.size_bytes)),
        }
    }

    /// The key of all that is known of an image: other labels or boxes make another one.
    pub(super) fn full_key_of(&self, entry: &ImageEntry) -> PictureKey {
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
        let (place, entry) = self.chosen()?;
        let (key, entry) = (self.full_key_of(entry), entry.clone());
        if !self.shown.contains(&key) {
            if self.loading.as_ref().is_none_or(|(loading, _)| *loading != key) {
                let ahead = self.ahead.loading.take_if(|(loading, _)| *loading == key);
                self.loading = Some(ahead.unwrap_or_else(|| self.start_loading(ctx, key, &entry)));
            }
            return None;
        }
        self.follow_levels(ctx, key);
        self.load_ahead(ctx, key, place);
        self.shown.get(&key)
    }

    fn start_loading(&self, ctx: &Context, key: PictureKey, entry: &ImageEntry) -> Loading {
        let effort = if self.is_large(entry) { Effort::Large } else { Effort::Usual };
        let (listing, entry, choices) = (Arc::clone(&self.listing), entry.clone(), self.level_choices.clone());
        (key, Job::start("image", ctx, move |stop| load(&listing, &entry, effort, &choices, stop)))
    }

    /// Decodes the neighbours, that in the direction of the last step first, as far as they fit beside the chosen one.
    fn load_ahead(&mut self, ctx: &Context, chosen: PictureKey, place: usize) {
        if self.ahead.of != Some(chosen) {
            // What was begun for another one is still of use, if it is now the next.
            (self.ahead.of, self.ahead.begun) = (Some(chosen), 0);
        }
        if self.ahead.loading.is_some() {
            return;
        }
        let forward = if self.goes_back { [-1, 1] } else { [1, -1] };
        while let Some(step) = forward.get(self.ahead.begun) {
            self.ahead.begun += 1;
            let Some(entry) = place.checked_add_signed(*step).and_then(|place| self.entry_at(place)).cloned() else {
                continue;
            };
            let key = self.full_key_of(&entry);
            // The neighbour is probably as large as this one.
            let share = self.shown.peek(&chosen).map_or(0, |shown| shown.bytes);
            if !self.shown.contains(&key) && share * (self.ahead.begun + 1) <= SHOWN_BYTES_MAX {
                self.ahead.loading = Some(self.start_loading(ctx, key, &entry));
                return;
            }
        }
    }

    /// Makes the picture again where other levels were chosen since.
    fn follow_levels(&mut self, ctx: &Context, key: PictureKey) {
        let Some(shown) = self.shown.peek(&key) else { return };
        let loaded = &shown.loaded;
        let choice = loaded.picture_type().and_then(|of| self.level_choices.get(&of)).copied().unwrap_or_default();
        if choice == loaded.level_choice || self.levelling.as_ref().is_some_and(|(levelling, _, _)| *levelling == key) {
            return;
        }
        if choice == LevelChoice::Auto && loaded.is_converted {
            // By its profile again, which decoding applies.
            self.shown.pop(&key);
            ctx.request_repaint();
            return;
        }
        let (Some(samples), turn) = (loaded.samples.clone(), loaded.turn) else { return };
        let levels = choice.levels(loaded.auto_levels, samples.full());
        let job =
            Job::start("levels", ctx, move |stop| (!stop.is_requested()).then(|| with_levels(&samples, turn, levels)));
        self.levelling = Some((key, choice, job));
    }

    /// Whether the chosen picture is being made with other levels.
    pub fn is_levelling(&self) -> bool {
        self.levelling.is_some()
    }

    /// Takes what was decoded.
    pub(super) fn poll_image(&mut self, ctx: &Context) {
        if let Some((key, loaded)) = finished(&mut self.loading) {
            self.show(ctx, key, loaded);
        }
        if let Some((key, loaded)) = finished(&mut self.ahead.loading) {
            self.show(ctx, key, loaded);
        }
        let Some((key, choice, levelling)) = &self.levelling else { return };
        let (key, choice) = (*key, *choice);
        let picture = match levelling.poll() {
            job::Progress::Running => return,
            job::Progress::Done(picture) => picture,
            job::Progress::Lost => None,
        };
        self.levelling = None;
        if let Some(shown) = self.shown.peek_mut(&key) {
            // Where it failed it is not tried again.
            shown.loaded.level_choice = choice;
            if let (Some(picture), Some(texture)) = (picture, &mut shown.texture) {
                texture.set(picture, TextureOptions::LINEAR);
            }
        }
    }

    fn show(&mut self, ctx: &Context, key: PictureKey, mut loaded: Loaded) {
        let (mut texture, mut bytes) = (None, loaded.samples.as_ref().map_or(0, |samples| samples.size_bytes()));
        if let Ok(picture) = &mut loaded.picture {
            let picture = std::mem::take(picture);
            bytes += picture.pixels.len() * 4;
            texture = Some(ctx.load_texture("image", picture, TextureOptions::LINEAR));
        }
        let mut masks = Vec::with_capacity(loaded.masks.len());
        for MaskPicture { object, picture, place } in std::mem::take(&mut loaded.masks) {
            bytes += picture.pixels.len() * 4;
            masks.push(MaskTexture {
                object,
                texture: ctx.load_texture("mask", picture, TextureOptions::NEAREST),
                place,
            });
        }
        // The image's own pixels, also where a smaller picture is shown: boxes and 1:1 are in these.
        let stored_px = loaded.stored_px.unwrap_or_default().map(|side| side as f32);
        let size_px = turn::size(loaded.turn, stored_px);
        self.shown.put(key, Shown { loaded, texture, masks, bytes, size_px });
        if let Some((_, entry)) = self.chosen() {
            let chosen = self.full_key_of(entry);
            self.shown.promote(&chosen);
        }
        while self.shown.len() > 1 && self.shown.iter().map(|(_, one)| one.bytes).sum::<usize>() > SHOWN_BYTES_MAX {
            self.shown.pop_lru();
        }
    }
}
