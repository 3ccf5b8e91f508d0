//! Where the contact sheet is scrolled to, and where which image of it is.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::Pos2;

use super::listing::EntryId;
use super::order::Group;

/// Height of a group's heading.
pub const HEADING_HEIGHT: f32 = 34.0;

/// How the sheet was laid out when it was drawn last. Lengths in points.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// The groups of the images, and where they begin; `None`: they are not grouped.
    pub groups: Option<Arc<GroupPlaces>>,
}

/// A click on an image.
pub(super) struct Clicked {
    pub(super) id: EntryId,
    pub(super) at: Pos2,
    /// By egui's clock.
    pub(super) time_s: f64,
}

/// Where groups are in a layout.
#[derive(Debug, PartialEq)]
pub struct GroupPlaces {
    groups: Arc<Vec<Group>>,
    columns: usize,
    pitch: f32,
    /// Where the heading of each begins, and where the last one ends.
    tops: Vec<f32>,
}

/// What is drawn in sight, from the top of the sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// The heading of a group.
    Heading { group: usize, top: f32 },
    /// Images side by side.
    Images { places: Range<usize>, top: f32 },
}

impl GroupPlaces {
    fn new(groups: &Arc<Vec<Group>>, columns: usize, pitch: f32) -> Self {
        let mut top = 0.0;
        let mut tops = Vec::with_capacity(groups.len() + 1);
        for group in groups.iter() {
            tops.push(top);
            top += HEADING_HEIGHT + group.count.div_ceil(columns) as f32 * pitch;
        }
        tops.push(top);
        Self { groups: Arc::clone(groups), columns, pitch, tops }
    }

    fn is_of(&self, groups: &Arc<Vec<Group>>, columns: usize, pitch: f32) -> bool {
        Arc::ptr_eq(&self.groups, groups) && self.columns == columns && self.pitch == pitch
    }

    fn of_place(&self, place: usize) -> usize {
        self.groups.partition_point(|group| group.first <= place).saturating_sub(1)
    }

    fn at_height(&self, y: f32) -> usize {
        self.tops.partition_point(|top| *top <= y).saturating_sub(1).min(self.groups.len().saturating_sub(1))
    }
}

impl Sheet {
    /// The same images in another layout: the chosen one, where it is in sight, else the first whole one in sight stays
    /// at its height on the screen. The chosen one stays whole.
    pub fn laid_out_in(
        &self,
        groups: &Arc<Vec<Group>>,
        columns: usize,
        pitch: f32,
        height: f32,
        chosen: Option<usize>,
    ) -> Self {
        let columns = columns.max(1);
        let kept = self.groups.as_ref().filter(|places| places.is_of(groups, columns, pitch)).cloned();
        let new_groups = || (!groups.is_empty()).then(|| Arc::new(GroupPlaces::new(groups, columns, pitch)));
        let new = Self { columns, pitch, height, groups: kept.or_else(new_groups), ..self.clone() };
        let is_regrouped = self.groups.is_some() != new.groups.is_some();
        let is_same = self.columns == new.columns && (self.pitch - pitch).abs() < 0.01 && !is_regrouped;
        if self.columns == 0 || is_same {
            return new;
        }
        let chosen = chosen.filter(|&place| self.shows(place));
        let anchor = chosen.unwrap_or_else(|| self.first_whole());
        let offset = (new.top_of(anchor) - (self.top_of(anchor) - self.offset)).max(0.0);
        let moved = Self { offset, ..new };
        match chosen {
            Some(place) => moved.with(place),
            None => moved,
        }
    }

    /// Scrolled no further than needed so that the whole image at a place is in sight.
    pub fn with(&self, place: usize) -> Self {
        let top = self.top_of(place);
        let lowest = (top + self.pitch - self.height).min(top);
        Self { offset: self.offset.clamp(lowest.max(0.0), top), ..self.clone() }
    }

    /// Images of whole rows in sight.
    pub fn page(&self) -> usize {
        ((self.height / self.pitch.max(1.0)) as usize).max(1) * self.columns.max(1)
    }

    /// The height of all `count` images.
    pub fn total_height(&self, count: usize) -> f32 {
        match &self.groups {
            Some(places) => places.tops.last().copied().unwrap_or(0.0),
            None => count.div_ceil(self.columns.max(1)) as f32 * self.pitch,
        }
    }

    /// Where the row of an image begins.
    pub fn top_of(&self, place: usize) -> f32 {
        let columns = self.columns.max(1);
        let Some(places) = &self.groups else { return (place / columns) as f32 * self.pitch };
        let group = places.of_place(place);
        let Some(first) = places.groups.get(group).map(|group| group.first) else { return 0.0 };
        places.tops[group] + HEADING_HEIGHT + (place.saturating_sub(first) / columns) as f32 * self.pitch
    }

    /// What is in sight between two heights.
    pub fn lines(&self, from: f32, to: f32, count: usize) -> Vec<Line> {
        let columns = self.columns.max(1);
        let mut lines = Vec::new();
        let mut rows = |first: usize, end: usize, top: f32| {
            let pitch = self.pitch.max(1.0);
            let all = (end - first).div_ceil(columns);
            let above = (((from - top) / pitch).floor().max(0.0) as usize).min(all);
            let below = (((to - top) / pitch).ceil().max(0.0) as usize).min(all);
            for row in above..below {
                let start = first + row * columns;
                lines.push(Line::Images { places: start..(start + columns).min(end), top: top + row as f32 * pitch });
            }
        };
        let Some(places) = &self.groups else {
            rows(0, count, 0.0);
            return lines;
        };
        let mut headings = Vec::new();
        for (index, group) in places.groups.iter().enumerate().skip(places.at_height(from)) {
            let top = places.tops[index];
            if top >= to {
                break;
            }
            if top + HEADING_HEIGHT > from {
                headings.push(Line::Heading { group: index, top });
            }
            // The list may have been made again since.
            rows(group.first.min(count), (group.first + group.count).min(count), top + HEADING_HEIGHT);
        }
        lines.extend(headings);
        lines
    }

    /// The image in the row below or above, in the same column where that row has it.
    pub fn in_next_row(&self, place: usize, is_down: bool, count: usize) -> usize {
        let columns = self.columns.max(1);
        let (first, end) = match &self.groups {
            None => (0, count),
            Some(places) => {
                let group = places.groups.get(places.of_place(place));
                group.map_or((0, count), |group| (group.first, group.first + group.count))
            }
        };
        let column = place.saturating_sub(first) % columns;
        let row_start = place - column.min(place);
        match is_down {
            true if row_start + columns < end => (place + columns).min(end - 1),
            true if end < count => (end + column).min(self.end_of_row(end, count) - 1),
            true => place,
            false if row_start > first => place - columns,
            false if first > 0 => {
                let last_row = self.start_of_row(first - 1);
                (last_row + column).min(first - 1)
            }
            false => place,
        }
    }

    fn start_of_row(&self, place: usize) -> usize {
        let first = self.groups.as_ref().and_then(|places| places.groups.get(places.of_place(place)));
        let first = first.map_or(0, |group| group.first);
        place - place.saturating_sub(first) % self.columns.max(1)
    }

    fn end_of_row(&self, place: usize, count: usize) -> usize {
        let group = self.groups.as_ref().and_then(|places| places.groups.get(places.of_place(place)));
        let end = group.map_or(count, |group| group.first + group.count);
        (self.start_of_row(place) + self.columns.max(1)).min(end)
    }

    fn shows(&self, place: usize) -> bool {
        let top = self.top_of(place) - self.offset;
        top + self.pitch > 0.0 && top < self.height
    }

    fn first_whole(&self) -> usize {
        let columns = self.columns;
        let row = |from: f32| (from / self.pitch.max(1.0)).ceil().max(0.0) as usize;
        let Some(places) = &self.groups else { return row(self.offset) * columns };
        let index = places.at_height(self.offset);
        let Some(group) = places.groups.get(index) else { return 0 };
        let place = row(self.offset - places.tops[index] - HEADING_HEIGHT) * columns;
        group.first + if place < group.count { place } else { group.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Sheet =
        Sheet { columns: 8, pitch: 100.0, offset: 1_050.0, height: 600.0, is_moved: false, groups: None };

    impl Sheet {
        fn laid_out(&self, columns: usize, pitch: f32, height: f32, chosen: Option<usize>) -> Self {
            self.laid_out_in(&Arc::default(), columns, pitch, height, chosen)
        }
    }

    fn groups(counts: &[usize]) -> Arc<Vec<Group>> {
        let mut first = 0;
        let group = |(index, count): (usize, &usize)| {
            first += count;
            Group { name: index.to_string().into(), first: first - count, count: *count }
        };
        Arc::new(counts.iter().enumerate().map(group).collect())
    }

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

    #[test]
    fn groups_have_headings_and_begin_new_rows() {
        let groups = groups(&[5, 1, 12]);
        let sheet = Sheet::default().laid_out_in(&groups, 4, 100.0, 300.0, None);
        assert_eq!(sheet.total_height(18), 3.0 * HEADING_HEIGHT + 600.0);
        assert_eq!(sheet.top_of(4), HEADING_HEIGHT + 100.0);
        assert_eq!(sheet.top_of(5), 2.0 * HEADING_HEIGHT + 200.0);
        assert_eq!(sheet.top_of(10), 3.0 * HEADING_HEIGHT + 400.0);
        let lines = sheet.lines(0.0, 200.0, 18);
        assert!(lines.contains(&Line::Heading { group: 0, top: 0.0 }) && lines.len() == 3, "{lines:?}");
        assert!(lines.contains(&Line::Images { places: 4..5, top: HEADING_HEIGHT + 100.0 }));
        // Whatever is in sight, each image is in it once where all are.
        let all = sheet.lines(0.0, sheet.total_height(18), 18);
        let places = all.iter().filter_map(|line| match line {
            Line::Images { places, .. } => Some(places.clone()),
            Line::Heading { .. } => None,
        });
        assert_eq!(places.flatten().collect::<Vec<_>>(), (0..18).collect::<Vec<_>>());
    }

    #[test]
    fn a_hundred_thousand_groups_are_as_quick_as_none() {
        let groups = groups(&vec![1; 100_000]);
        let sheet = Sheet::default().laid_out_in(&groups, 6, 100.0, 600.0, None);
        let again = sheet.laid_out_in(&groups, 6, 100.0, 600.0, None);
        assert!(Arc::ptr_eq(sheet.groups.as_ref().unwrap(), again.groups.as_ref().unwrap()), "made once");
        let middle = sheet.top_of(50_000);
        assert!(sheet.lines(middle, middle + 600.0, 100_000).len() < 15);
    }

    #[test]
    fn rows_are_stepped_through_across_groups() {
        let sheet = Sheet::default().laid_out_in(&groups(&[6, 2, 9]), 4, 100.0, 300.0, None);
        let down = |place| sheet.in_next_row(place, true, 17);
        let up = |place| sheet.in_next_row(place, false, 17);
        assert_eq!([down(0), down(1), down(3)], [4, 5, 5], "the last row of the group is shorter");
        assert_eq!([down(5), down(7), down(16)], [7, 9, 16]);
        assert_eq!([up(4), up(6), up(9), up(3)], [0, 4, 7, 3]);
        assert_eq!((WIDE.in_next_row(3, true, 10), WIDE.in_next_row(9, false, 10)), (9, 1));
    }

    #[test]
    fn grouping_keeps_what_is_in_sight() {
        let groups = groups(&[100, 200]);
        let grouped = WIDE.laid_out_in(&groups, 8, 100.0, 600.0, None);
        assert_eq!(grouped.top_of(88) - grouped.offset, 50.0);
    }
}
