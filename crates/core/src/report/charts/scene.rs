//! What a chart consists of, in logical pixels from the top left.

pub(super) use crate::report::name_places::Area;

/// A chart, laid out.
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) title: String,
    /// Later shapes are on top.
    pub(super) shapes: Vec<Shape>,
}

pub(super) enum Shape {
    Bar {
        area: Area,
        radius: f64,
        ink: Ink,
        opacity: f64,
        /// Tooltip, in SVG.
        tip: String,
    },
    Line {
        points: Vec<(f64, f64)>,
        width: f64,
        ink: Ink,
        dash: Dash,
        tip: String,
    },
    Dot {
        centre: (f64, f64),
        radius: f64,
        ink: Ink,
        tip: String,
    },
    Text {
        /// Where its baseline begins, has its middle or ends, by its anchor.
        at: (f64, f64),
        text: String,
        style: TextStyle,
        anchor: Anchor,
    },
}

/// A colour's role.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Ink {
    Card,
    Grid,
    Text,
    Muted,
    Accent,
    /// 0 to 5.
    Series(usize),
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy)]
pub(super) struct TextStyle {
    /// Of an em.
    pub(super) size: f64,
    pub(super) is_bold: bool,
    pub(super) ink: Ink,
}

/// Lengths of dash and gap.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Dash {
    #[default]
    Solid,
    Long,
    Short,
}

/// Number of series with a colour.
pub(super) const SERIES: usize = 6;

pub(super) const TITLE: TextStyle = TextStyle { size: 18.0, is_bold: true, ink: Ink::Text };
pub(super) const LABEL: TextStyle = TextStyle { size: 13.0, is_bold: false, ink: Ink::Text };
pub(super) const STRONG: TextStyle = TextStyle { size: 13.0, is_bold: true, ink: Ink::Text };
pub(super) const NOTE: TextStyle = TextStyle { size: 13.0, is_bold: false, ink: Ink::Muted };
pub(super) const SMALL: TextStyle = TextStyle { size: 11.5, is_bold: false, ink: Ink::Muted };

impl Dash {
    /// Dash and gap; `None` for a line without gaps.
    pub(super) fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Self::Solid => None,
            Self::Long => Some((7.0, 4.0)),
            Self::Short => Some((2.5, 3.0)),
        }
    }
}

/// The look of series number `index`: colours first, then dashes.
pub(super) fn series(index: usize) -> (Ink, Dash) {
    let dash = [Dash::Solid, Dash::Long, Dash::Short][index / SERIES % 3];
    (Ink::Series(index % SERIES), dash)
}

impl Scene {
    pub(super) fn text(&mut self, at: (f64, f64), text: impl Into<String>, style: TextStyle, anchor: Anchor) {
        self.shapes.push(Shape::Text { at, text: text.into(), style, anchor });
    }

    /// Text whose capitals are centred on a height.
    pub(super) fn text_centred(&mut self, at: (f64, f64), text: impl Into<String>, style: TextStyle, anchor: Anchor) {
        // Inter's capitals are 0.727 em high.
        self.text((at.0, at.1 + 0.3635 * style.size), text, style, anchor);
    }

    pub(super) fn rule(&mut self, from: (f64, f64), to: (f64, f64), width: f64, ink: Ink) {
        let points = vec![from, to];
        self.shapes.push(Shape::Line { points, width, ink, dash: Dash::Solid, tip: String::new() });
    }
}
