//! The colours and measures that everything in the window is drawn with.

// The one place where colours are spelt out.
#![allow(clippy::disallowed_methods)]

use eframe::egui::{Color32, Ui, Visuals};

/// The colours of one theme.
#[derive(Debug)]
pub struct Tokens {
    /// Behind everything.
    pub background: Color32,
    /// Header, sides, status line.
    pub panel: Color32,
    /// Cards and fields.
    pub card: Color32,
    /// Around cards and fields.
    pub border: Color32,
    /// Lines of charts and tables.
    pub grid: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less.
    pub muted: Color32,
    /// What is chosen, and the one filled button.
    pub accent: Color32,
    /// Text on the accent colour.
    pub on_accent: Color32,
    /// Status: good.
    pub ok: Color32,
    /// Status: worth a look.
    pub warning: Color32,
    /// Status: wrong.
    pub error: Color32,
    /// Lines and bars of charts, and boxes of objects.
    pub series: [Color32; 6],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub static DARK: Tokens = Tokens {
    background: rgb(0x0E1116),
    panel: rgb(0x151A21),
    card: rgb(0x1B212A),
    border: rgb(0x2B333F),
    grid: rgb(0x232B35),
    text: rgb(0xE7ECF2),
    muted: rgb(0x9BA7B6),
    accent: rgb(0x5AA7FF),
    on_accent: rgb(0x0B1524),
    ok: rgb(0x4CC38A),
    warning: rgb(0xE3B341),
    error: rgb(0xFF6B6B),
    series: [rgb(0x5AA7FF), rgb(0xF2A65A), rgb(0x3CC9B0), rgb(0xC792EA), rgb(0xFF8FA3), rgb(0x9CCC65)],
};

/// The light theme.
pub static LIGHT: Tokens = Tokens {
    background: rgb(0xF4F6F8),
    panel: rgb(0xFFFFFF),
    card: rgb(0xFFFFFF),
    border: rgb(0xD5DBE3),
    grid: rgb(0xE7EBF0),
    text: rgb(0x18202A),
    muted: rgb(0x586474),
    accent: rgb(0x1667D9),
    on_accent: rgb(0xFFFFFF),
    ok: rgb(0x1A7F4B),
    warning: rgb(0x8F6300),
    error: rgb(0xC62828),
    series: [rgb(0x1667D9), rgb(0xC2660A), rgb(0x0B8573), rgb(0x7B3FB8), rgb(0xC2335B), rgb(0x4E7D14)],
};

/// Of the edges of the window.
pub const EDGE: f32 = 16.0;
/// Between cards.
pub const GAP: f32 = 12.0;
/// Inside cards.
pub const INSET: i8 = 12;
/// Of the corners of cards.
pub const CARD_RADIUS: u8 = 8;
/// Of the corners of fields and buttons.
pub const FIELD_RADIUS: u8 = 6;
/// Of the settings beside a tab.
pub const SIDE_WIDTH: f32 = 256.0;
/// Text of fields and tables.
pub const TEXT_SIZE: f32 = 14.0;
/// Captions.
pub const CAPTION_SIZE: f32 = 12.0;
/// The figure of a tile.
pub const FIGURE_SIZE: f32 = 22.0;
/// Of the lines of charts.
pub const LINE_WIDTH: f32 = 1.8;

impl Tokens {
    /// The colours that `ui` is drawn with.
    pub fn of(ui: &Ui) -> &'static Self {
        Self::of_visuals(ui.visuals())
    }

    /// Those of a style.
    pub fn of_visuals(visuals: &Visuals) -> &'static Self {
        if visuals.dark_mode { &DARK } else { &LIGHT }
    }

    /// The colour of the series `index`; they repeat.
    pub fn series_color(&self, index: usize) -> Color32 {
        self.series[index % self.series.len()]
    }

    /// The colour of the class `index`: twelve, of which six are those of series; they repeat.
    pub fn class_color(&self, index: usize) -> Color32 {
        let color = self.series_color(index);
        if (index / self.series.len()).is_multiple_of(2) { color } else { color.lerp_to_gamma(self.text, 0.5) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of WCAG 2.1, <https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio>.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |color: Color32| {
            let [r, g, b] = [color.r(), color.g(), color.b()].map(|channel| {
                let value = f64::from(channel) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (low, high) = (luminance(a).min(luminance(b)), luminance(a).max(luminance(b)));
        (high + 0.05) / (low + 0.05)
    }

    #[test]
    fn text_can_be_read() {
        for tokens in [&DARK, &LIGHT] {
            for back in [tokens.background, tokens.panel, tokens.card] {
                for front in [tokens.text, tokens.muted, tokens.accent, tokens.ok, tokens.warning, tokens.error] {
                    assert!(contrast(front, back) >= 4.5, "{front:?} on {back:?}: {:.2}", contrast(front, back));
                }
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.5);
            // The names of objects are written on the colour of their class.
            for index in 0..12 {
                let color = tokens.class_color(index);
                assert!(
                    contrast(tokens.background, color) >= 3.5,
                    "{index}: {:.2}",
                    contrast(tokens.background, color)
                );
                assert!((0..index).all(|other| tokens.class_color(other) != color));
            }
        }
    }
}
