//! Which part of a time axis is shown, and the moment that is looked at: shared by charts that are linked.

use std::ops::RangeInclusive;

use eframe::egui::{Context, Id, Ui};

/// The shortest part that can be shown, of the whole.
const PART_MIN: f64 = 1e-4;
/// The shortest part that can be shown, in units of the axis.
const LENGTH_MIN: f64 = 0.02;

/// How a chart is being dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drag {
    /// From here a part is being chosen.
    Choosing(f64),
    /// The shown part is being moved.
    Moving,
}

/// The part that is shown, and the moment that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeView {
    part: Option<(f64, f64)>,
    crosshair: Option<f64>,
    pointed: Option<f64>,
    /// What the pointer is doing.
    pub drag: Option<Drag>,
}

impl TimeView {
    /// The view of a chart that no struct of a tab holds.
    pub fn load(ui: &Ui, id: Id) -> Self {
        ui.data(|data| data.get_temp(id)).unwrap_or_default()
    }

    /// Keeps it for the next frame.
    pub fn store(self, ui: &Ui, id: Id) {
        ui.data_mut(|data| data.insert_temp(id, self));
    }

    /// What is shown of the axis `whole`: all of it, unless a part was chosen. A part stays where it is while the axis grows.
    pub fn shown(&self, whole: &RangeInclusive<f64>) -> RangeInclusive<f64> {
        match self.part {
            Some((from, to)) => from..=to,
            None => *whole.start()..=whole.end().max(whole.start() + LENGTH_MIN),
        }
    }

    /// The chosen part.
    pub fn part(&self) -> Option<(f64, f64)> {
        self.part
    }

    /// Shows the whole axis again.
    pub fn reset(&mut self) {
        self.part = None;
    }

    /// Shows the part between two places, in any order; all of it if that is the whole axis.
    pub fn choose(&mut self, a: f64, b: f64, whole: &RangeInclusive<f64>) {
        let (start, end) = (*whole.start(), *whole.end());
        let (from, to) = (a.min(b).max(start), a.max(b).min(end));
        let least = ((end - start) * PART_MIN).max(LENGTH_MIN);
        // Places that are not numbers choose nothing.
        if to - from >= least {
            self.part = Some((from, to)).filter(|_| from > start || to < end);
        }
    }

    /// Shows `factor` times as much, with the same value at the place `at`.
    pub fn zoom(&mut self, factor: f64, at: f64, whole: &RangeInclusive<f64>) {
        let shown = self.shown(whole);
        let (from, to) = (at - (at - shown.start()) * factor, at + (shown.end() - at) * factor);
        self.choose(from, to, whole);
    }

    /// Moves the chosen part by a distance, as far as the axis reaches.
    pub fn shift(&mut self, by: f64, whole: &RangeInclusive<f64>) {
        if let Some((from, to)) = self.part
            && by.is_finite()
        {
            let by = by.min(whole.end() - to).max(whole.start() - from);
            self.part = Some((from + by, to + by));
        }
    }

    /// The moment that is looked at.
    pub fn crosshair(&self) -> Option<f64> {
        self.pointed.or(self.crosshair)
    }

    /// Whether a moment is looked at in this frame already.
    pub fn is_pointed(&self) -> bool {
        self.pointed.is_some()
    }

    /// A moment is looked at in this frame.
    pub fn point_at(&mut self, at: f64) {
        self.pointed = Some(at);
    }

    /// After the last one of the linked charts: those before the one that is looked at follow in the next frame.
    pub fn end_frame(&mut self, ctx: &Context) {
        if !ctx.input(|input| input.pointer.any_down()) {
            self.drag = None;
        }
        let now = self.pointed.take();
        if self.crosshair != now {
            self.crosshair = now;
            ctx.request_repaint();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_chosen_and_left_again() {
        let (mut view, whole) = (TimeView::default(), 0.0..=10.0);
        assert_eq!(view.shown(&whole), whole);
        view.choose(6.0, 4.0, &whole);
        assert_eq!(view.shown(&whole), 4.0..=6.0);
        // What is chosen too short, or is not a number, changes nothing.
        view.choose(5.0, 5.001, &whole);
        view.choose(f64::NAN, 5.0, &whole);
        assert_eq!(view.part(), Some((4.0, 6.0)));
        view.reset();
        assert_eq!((view.shown(&whole), view.part()), (whole.clone(), None));
        // Beyond both ends is the whole axis, which grows again.
        view.choose(-3.0, 14.0, &whole);
        assert_eq!((view.part(), view.shown(&(0.0..=20.0))), (None, 0.0..=20.0));
    }

    #[test]
    fn a_part_stays_where_it_is_while_the_run_continues() {
        let mut view = TimeView::default();
        view.choose(2.0, 4.0, &(0.0..=10.0));
        assert_eq!(view.shown(&(0.0..=500.0)), 2.0..=4.0);
    }

    #[test]
    fn the_place_under_the_pointer_stays() {
        let (mut view, whole) = (TimeView::default(), 0.0..=10.0);
        view.zoom(0.5, 2.0, &whole);
        assert_eq!(view.shown(&whole), 1.0..=6.0);
        view.zoom(2.0, 2.0, &whole);
        assert_eq!(view.part(), None, "out to the whole axis");
        for _ in 0..100 {
            view.zoom(0.5, 2.0, &whole);
        }
        let shown = view.shown(&whole);
        assert!(shown.end() - shown.start() >= LENGTH_MIN && shown.contains(&2.0), "{shown:?}");
    }

    #[test]
    fn a_part_moves_as_far_as_the_axis_reaches() {
        let (mut view, whole) = (TimeView::default(), 0.0..=10.0);
        view.shift(1.0, &whole);
        assert_eq!(view.part(), None, "the whole axis cannot be moved");
        view.choose(4.0, 6.0, &whole);
        view.shift(1.0, &whole);
        assert_eq!(view.part(), Some((5.0, 7.0)));
        view.shift(99.0, &whole);
        assert_eq!(view.part(), Some((8.0, 10.0)));
        view.shift(-99.0, &whole);
        assert_eq!(view.part(), Some((0.0, 2.0)));
    }

    #[test]
    fn linked_charts_look_at_one_moment() {
        let (ctx, mut view) = (Context::default(), TimeView::default());
        view.point_at(3.5);
        assert_eq!(view.crosshair(), Some(3.5));
        view.end_frame(&ctx);
        assert_eq!(view.crosshair(), Some(3.5), "those before it");
        view.end_frame(&ctx);
        assert_eq!(view.crosshair(), None);
    }
}
