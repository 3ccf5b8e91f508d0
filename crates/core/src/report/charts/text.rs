//! The font: how wide a text is, and how to make it fit.

use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, ScaleFont, point};

use super::ChartError;
use super::scene::TextStyle;

static REGULAR: &[u8] = include_bytes!("../../../../../assets/fonts/Inter-Regular.otf");
static SEMIBOLD: &[u8] = include_bytes!("../../../../../assets/fonts/Inter-SemiBold.otf");

pub(super) struct Fonts {
    regular: FontRef<'static>,
    semibold: FontRef<'static>,
}

impl Fonts {
    pub(super) fn new() -> Result<Self, ChartError> {
        Ok(Self { regular: FontRef::try_from_slice(REGULAR)?, semibold: FontRef::try_from_slice(SEMIBOLD)? })
    }

    pub(super) fn of(&self, style: TextStyle) -> &FontRef<'static> {
        if style.is_bold { &self.semibold } else { &self.regular }
    }

    /// Logical pixels across.
    pub(super) fn width(&self, text: &str, style: TextStyle) -> f64 {
        let font = self.of(style).as_scaled(self.scale(style, 1.0));
        text.chars().map(|letter| f64::from(font.h_advance(font.glyph_id(letter)))).sum()
    }

    /// Glyphs one after the other, the first at `at`, all `scale` times as large.
    pub(super) fn glyphs(&self, text: &str, style: TextStyle, at: (f32, f32), scale: f32) -> Vec<Glyph> {
        let px = self.scale(style, scale);
        let font = self.of(style).as_scaled(px);
        let mut x = at.0;
        let mut place = |id: GlyphId| {
            let glyph = id.with_scale_and_position(px, point(x, at.1));
            x += font.h_advance(id);
            glyph
        };
        text.chars().map(|letter| place(font.glyph_id(letter))).collect()
    }

    /// `ab_glyph` takes the height of a line, not of an em.
    fn scale(&self, style: TextStyle, scale: f32) -> PxScale {
        let font = self.of(style);
        let ems = font.units_per_em().map_or(1.0, |units| font.height_unscaled() / units);
        PxScale::from(style.size as f32 * scale * ems)
    }

    /// The text, or if it is wider than `width`, its two ends with … between them.
    pub(super) fn shortened(&self, text: &str, style: TextStyle, width: f64) -> String {
        if self.width(text, style) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        // Names differ at their ends as often as at their beginnings.
        for kept in (2..letters.len()).rev() {
            let (head, tail) = (kept.div_ceil(2), kept / 2);
            let short: String = letters[..head].iter().chain(&['…']).chain(&letters[letters.len() - tail..]).collect();
            if self.width(&short, style) <= width {
                return short;
            }
        }
        "…".to_owned()
    }
}
