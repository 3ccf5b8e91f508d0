//! Colours of pictures with an ICC profile, as sRGB.

use std::sync::Arc;

use eframe::egui::{Color32, ColorImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

/// How far a colour may be off to count as the same.
const SAME: u8 = 2;

/// Turns the colours of a picture into sRGB. True: they were others; false: the profile is that of sRGB, or cannot be used.
pub fn to_srgb(picture: &mut ColorImage, profile: &[u8]) -> bool {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return false };
    let srgb = ColorProfile::new_srgb();
    let (layout, samples) = match profile.color_space {
        DataColorSpace::Rgb => (Layout::Rgb, 3),
        DataColorSpace::Gray => (Layout::Gray, 1),
        // Other profiles describe the samples before they were decoded to RGB.
        _ => return false,
    };
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default()) else {
        return false;
    };
    let width = picture.size[0].max(1);
    let (mut stored, mut shown) = (Vec::new(), vec![0; width * 3]);
    let mut is_other = false;
    for row in picture.pixels.chunks_mut(width) {
        stored.clear();
        let colors = row.iter().map(|pixel| pixel.to_srgba_unmultiplied());
        colors.for_each(|color| stored.extend_from_slice(&color[..samples]));
        let shown = &mut shown[..row.len() * 3];
        if transform.transform(&stored, shown).is_err() {
            return false;
        }
        for (pixel, &[red, green, blue]) in row.iter_mut().zip(shown.as_chunks::<3>().0) {
            let [before @ .., alpha] = pixel.to_srgba_unmultiplied();
            is_other |= [red, green, blue].iter().zip(before).any(|(after, before)| after.abs_diff(before) > SAME);
            *pixel = Color32::from_rgba_unmultiplied(red, green, blue, alpha);
        }
    }
    is_other
}

/// Turns a row of CMYK samples, 0 for no ink, into RGB.
pub struct Inks {
    transform: Option<Arc<Transform8BitExecutor>>,
    rgb: Vec<u8>,
}

impl Inks {
    /// By the picture's profile, if it has one of inks; else each ink darkens by its share.
    pub fn new(profile: Option<&[u8]>) -> Self {
        let profile = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
        let profile = profile.filter(|profile| profile.color_space == DataColorSpace::Cmyk);
        let srgb = ColorProfile::new_srgb();
        let transform = profile.and_then(|profile| {
            profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, TransformOptions::default()).ok()
        });
        Self { transform, rgb: Vec::new() }
    }

    /// Whether a profile is used.
    pub fn has_profile(&self) -> bool {
        self.transform.is_some()
    }

    /// RGB of a row.
    pub fn rgb_of(&mut self, row: &[u8]) -> &[u8] {
        let (pixels, _) = row.as_chunks::<4>();
        self.rgb.resize(pixels.len() * 3, 0);
        let transform = self.transform.as_ref();
        if transform.is_some_and(|transform| transform.transform(pixels.as_flattened(), &mut self.rgb).is_ok()) {
            return &self.rgb;
        }
        for (&[cyan, magenta, yellow, black], out) in pixels.iter().zip(self.rgb.chunks_exact_mut(3)) {
            let light = |ink: u8| (u32::from(255 - ink) * u32::from(255 - black) / 255) as u8;
            out.copy_from_slice(&[cyan, magenta, yellow].map(light));
        }
        &self.rgb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colors: &[[u8; 4]]) -> ColorImage {
        let pixels = colors.iter().map(|&[r, g, b, a]| Color32::from_rgba_unmultiplied(r, g, b, a)).collect();
        ColorImage::new([colors.len(), 1], pixels)
    }

    #[test]
    fn colours_of_a_wide_profile_become_stronger_and_srgb_stays() {
        let colors = [[200, 80, 60, 255], [60, 160, 60, 255], [128, 128, 128, 255], [255, 255, 255, 255]];
        let mut wide = picture(&colors);
        assert!(to_srgb(&mut wide, &ColorProfile::new_display_p3().encode().unwrap()));
        // Display P3's red is outside of sRGB: the same samples are a stronger red.
        assert!(wide.pixels[0].r() > 205 && wide.pixels[0].g() < 80, "{:?}", wide.pixels);
        // Neutral colours are the same in both.
        assert!(wide.pixels[2].r().abs_diff(128) <= 1 && wide.pixels[3].b() >= 254, "{:?}", wide.pixels);
        let mut same = picture(&colors);
        assert!(!to_srgb(&mut same, &ColorProfile::new_srgb().encode().unwrap()));
        assert!(same.pixels.iter().zip(picture(&colors).pixels).all(|(one, other)| one.r().abs_diff(other.r()) <= 1));
        assert!(!to_srgb(&mut same, b"no profile"));
    }

    #[test]
    fn grey_profiles_change_the_brightness() {
        let mut grey = picture(&[[0, 0, 0, 255], [100, 100, 100, 255], [255, 255, 255, 255]]);
        assert!(to_srgb(&mut grey, &ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()));
        assert_eq!((grey.pixels[0], grey.pixels[2]), (Color32::BLACK, Color32::WHITE));
        assert!(grey.pixels[1].r() > 150, "{:?}", grey.pixels);
    }

    #[test]
    fn inks_darken() {
        let mut inks = Inks::new(None);
        let rgb = inks.rgb_of(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 255, 0, 0, 0, 51]);
        assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 255, 0, 0, 0, 0, 0, 204, 204, 204]);
    }
}
