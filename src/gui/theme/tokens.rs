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
    /// Of borders, and of what shows the focus.
    pub border_width: f32,
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
    border_width: 1.0,
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
    border_width: 1.0,
};

/// The dark theme with high contrast.
pub static DARK_HIGH: Tokens = Tokens {
    background: rgb(0x000000),
    panel: rgb(0x000000),
    card: rgb(0x0A0A0A),
    border: rgb(0xA3B0BF),
    grid: rgb(0x5F6B7A),
    text: rgb(0xFFFFFF),
    muted: rgb(0xD0D7E0),
    accent: rgb(0x8CC4FF),
    on_accent: rgb(0x000000),
    ok: rgb(0x7EE2A8),
    warning: rgb(0xFFD75E),
    error: rgb(0xFFA3A3),
    series: [rgb(0x8CC4FF), rgb(0xFFC285), rgb(0x6FE3CC), rgb(0xE0B5FF), rgb(0xFFB3C0), rgb(0xBDE88A)],
    border_width: 1.5,
};

/// The light theme with high contrast.
pub static LIGHT_HIGH: Tokens = Tokens {
    background: rgb(0xFFFFFF),
    panel: rgb(0xFFFFFF),
    card: rgb(0xFFFFFF),
    border: rgb(0x4A5563),
    grid: rgb(0x7C8796),
    text: rgb(0x000000),
    muted: rgb(0x3A4450),
    accent: rgb(0x0A47A6),
    on_accent: rgb(0xFFFFFF),
    ok: rgb(0x0B5A32),
    warning: rgb(0x6B4900),
    error: rgb(0x9C1414),
    series: [rgb(0x0A47A6), rgb(0x8A4300), rgb(0x00594E), rgb(0x5B2491), rgb(0x941C40), rgb(0x355A08)],
    border_width: 1.5,
};

/// All themes.
pub static ALL: [&Tokens; 4] = [&DARK, &LIGHT, &DARK_HIGH, &LIGHT_HIGH];

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

    /// Those of a style. Every theme has a border of its own.
    pub fn of_visuals(visuals: &Visuals) -> &'static Self {
        let of_mode = if visuals.dark_mode { &DARK } else { &LIGHT };
        ALL.into_iter().find(|tokens| tokens.border == visuals.window_stroke.color).unwrap_or(of_mode)
    }

    /// Of what shows the focus.
    pub fn focus_width(&self) -> f32 {
        self.border_width * 1.5
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
    fn high_contrast_is_high() {
        for tokens in [&DARK_HIGH, &LIGHT_HIGH] {
            for back in [tokens.background, tokens.panel, tokens.card] {
                let texts = [tokens.text, tokens.muted, tokens.accent, tokens.ok, tokens.warning, tokens.error];
                for front in texts.into_iter().chain(tokens.series) {
                    assert!(contrast(front, back) >= 7.0, "{front:?} on {back:?}: {:.2}", contrast(front, back));
                }
                // Non-text contrast: WCAG 2.1, 1.4.11.
                assert!(contrast(tokens.border, back) >= 4.5, "{:.2}", contrast(tokens.border, back));
                assert!(contrast(tokens.grid, back) >= 3.0, "{:.2}", contrast(tokens.grid, back));
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 7.0);
        }
    }

    #[test]
    fn the_tokens_of_a_style_are_found() {
        for (index, tokens) in ALL.into_iter().enumerate() {
            assert!(ALL.into_iter().skip(index + 1).all(|other| other.border != tokens.border));
            let mut visuals = if index % 2 == 0 { Visuals::dark() } else { Visuals::light() };
            visuals.window_stroke.color = tokens.border;
            assert!(std::ptr::eq(Tokens::of_visuals(&visuals), tokens));
        }
        assert!(std::ptr::eq(Tokens::of_visuals(&Visuals::light()), &LIGHT));
    }

    #[test]
    fn text_can_be_read() {
        for tokens in ALL {
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
