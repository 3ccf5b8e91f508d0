//! Where the contact sheet is scrolled to.

/// How the sheet was laid out when it was drawn last. Lengths in points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Images in a row; 0 before it was drawn.
    pub columns: usize,
    /// From one row to the next.
    pub pitch: f32,
    /// How far it is scrolled down.
    pub offset: f32,
    /// Height of the part in sight.
    pub height: f32,
    /// The offset was set in this frame, and must be set once more: egui clamps it to the content of the frame before.
    pub is_moved: bool,
}

impl Sheet {
    /// The same images in another layout: the chosen one, where it is in sight, else the first whole one in sight stays
    /// at its height on the screen. The chosen one stays whole.
    pub fn laid_out(self, columns: usize, pitch: f32, height: f32, chosen: Option<usize>) -> Self {
        let new = Self { columns: columns.max(1), pitch, height, ..self };
        if self.columns == 0 || (self.columns == new.columns && (self.pitch - pitch).abs() < 0.01) {
            return new;
        }
        let chosen = chosen.filter(|&place| self.shows(place));
        let anchor = chosen.unwrap_or_else(|| self.first_whole());
        let moved = Self { offset: new.top_of(anchor) - (self.top_of(anchor) - self.offset), ..new };
        let moved = Self { offset: moved.offset.max(0.0), ..moved };
        chosen.map_or(moved, |place| moved.with(place))
    }

    /// Scrolled no further than needed so that the whole image at a place is in sight.
    pub fn with(self, place: usize) -> Self {
        let top = self.top_of(place);
        let lowest = (top + self.pitch - self.height).min(top);
        Self { offset: self.offset.clamp(lowest.max(0.0), top), ..self }
    }

    /// Images of whole rows in sight.
    pub fn page(self) -> usize {
        ((self.height / self.pitch.max(1.0)) as usize).max(1) * self.columns.max(1)
    }

    fn top_of(self, place: usize) -> f32 {
        (place / self.columns.max(1)) as f32 * self.pitch
    }

    fn shows(self, place: usize) -> bool {
        let top = self.top_of(place) - self.offset;
        top + self.pitch > 0.0 && top < self.height
    }

    fn first_whole(self) -> usize {
        (self.offset / self.pitch.max(1.0)).ceil().max(0.0) as usize * self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Sheet = Sheet { columns: 8, pitch: 100.0, offset: 1_050.0, height: 600.0, is_moved: false };

    #[test]
    fn opening_and_closing_an_image_keeps_the_place() {
        // Row 12 of 8 columns is 150 points below the top.
        let chosen = 12 * 8 + 3;
        let narrow = WIDE.laid_out(5, 110.0, 600.0, Some(chosen));
        assert_eq!(narrow.top_of(chosen) - narrow.offset, 150.0);
        let back = narrow.laid_out(8, 100.0, 600.0, Some(chosen));
        assert_eq!(back, WIDE);
        // Nothing is chosen: the first whole image in sight stays.
        let narrow = WIDE.laid_out(5, 110.0, 600.0, None);
        assert_eq!(narrow.top_of(11 * 8) - narrow.offset, 50.0);
        assert_eq!(WIDE.laid_out(8, 100.0, 600.0, Some(chosen)), WIDE, "nothing has changed");
    }

    #[test]
    fn the_chosen_image_stays_whole() {
        let cut_off = Sheet { offset: 1_250.0, ..WIDE };
        let narrow = cut_off.laid_out(5, 110.0, 600.0, Some(12 * 8));
        assert_eq!(narrow.offset, narrow.top_of(12 * 8));
        let low = Sheet { height: 300.0, ..WIDE }.with(13 * 8);
        assert_eq!(low.offset, 1_100.0, "scrolled up to its lower edge");
        assert_eq!(WIDE.with(10 * 8).offset, 1_000.0, "scrolled down to its upper edge");
        assert_eq!(WIDE.with(12 * 8), WIDE, "it was whole");
        assert_eq!(Sheet { height: 60.0, ..WIDE }.with(12 * 8).offset, 1_200.0, "higher than the sheet");
    }

    #[test]
    fn before_it_was_drawn_it_begins_at_its_beginning() {
        let first = Sheet::default().laid_out(4, 100.0, 500.0, Some(90));
        assert_eq!((first.offset, first.page()), (0.0, 20));
    }
}
