//! Where the names of dots stand: beside their dots, and over nothing else. The same in the window and in files.

/// How far a name may be from its dot.
const DISTANCES: [f64; 4] = [0.0, 16.0, 34.0, 56.0];
/// From a dot to its name.
const GAP: f64 = 6.0;

/// A rectangle, by its top left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Its left edge.
    pub x: f64,
    /// Its top edge.
    pub y: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

impl Area {
    /// Its right edge.
    pub fn right(self) -> f64 {
        self.x + self.width
    }

    /// Its bottom edge.
    pub fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// With its edges moved outwards.
    pub(super) fn grown(self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    fn is_in(self, limits: Self) -> bool {
        self.x >= limits.x && self.right() <= limits.right() && self.y >= limits.y && self.bottom() <= limits.bottom()
    }
}

/// A dot that has a name.
#[derive(Clone, Copy, Debug)]
pub struct NamedDot {
    /// Its centre.
    pub centre: (f64, f64),
    /// Width and height of its name.
    pub name_size: (f64, f64),
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamePlace {
    /// The name.
    pub area: Area,
    /// The end at the name of a line from the dot, where the name is not next to it.
    pub line_end: Option<(f64, f64)>,
}

/// Places for the names of dots with this radius, the first ones first; `None` where nothing is free within `limits`.
pub fn place_names(dots: &[NamedDot], radius: f64, limits: Area) -> Vec<Option<NamePlace>> {
    let around =
        |dot: &NamedDot| Area { x: dot.centre.0, y: dot.centre.1, width: 0.0, height: 0.0 }.grown(radius + 1.0);
    let mut taken: Vec<Area> = dots.iter().map(around).collect();
    let mut place = |dot: &NamedDot| {
        let (area, far) = free_place(dot, radius + GAP, limits, &taken)?;
        taken.push(area);
        let (x, y) = dot.centre;
        let end = (x.clamp(area.x - 3.0, area.right()), y.clamp(area.y, area.bottom()));
        Some(NamePlace { area, line_end: (far > 0.0).then_some(end) })
    };
    dots.iter().map(&mut place).collect()
}

/// Right, left, above or below of the dot, near before far; and how far that is.
fn free_place(dot: &NamedDot, reach: f64, limits: Area, taken: &[Area]) -> Option<(Area, f64)> {
    let ((x, y), (width, height)) = (dot.centre, dot.name_size);
    let places = DISTANCES.into_iter().flat_map(|far| {
        [
            (x + reach, y - height / 2.0 - far),
            (x - reach - width, y - height / 2.0 - far),
            (x - width / 2.0, y - reach - height - far),
            (x - width / 2.0, y + reach + far),
            (x + reach, y - height / 2.0 + far),
            (x - reach - width, y - height / 2.0 + far),
        ]
        .map(|(x, y)| (Area { x, y, width, height }, far))
    });
    let mut free = places.filter(|(area, _)| area.is_in(limits) && !taken.iter().any(|other| other.meets(*area)));
    free.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Area = Area { x: 0.0, y: 0.0, width: 300.0, height: 120.0 };

    fn placed(centres: &[(f64, f64)]) -> Vec<Option<NamePlace>> {
        let dots: Vec<NamedDot> = centres.iter().map(|&centre| NamedDot { centre, name_size: (70.0, 14.0) }).collect();
        place_names(&dots, 5.0, LIMITS)
    }

    #[test]
    fn names_lie_over_nothing() {
        let centres: Vec<(f64, f64)> = (0..12).map(|dot| (150.0 + f64::from(dot % 4), 60.0 + f64::from(dot))).collect();
        let places = placed(&centres);
        let areas: Vec<Area> = places.iter().flatten().map(|place| place.area).collect();
        assert!(areas.len() >= 4, "{areas:?}");
        for (index, area) in areas.iter().enumerate() {
            assert!(area.is_in(LIMITS) && areas[..index].iter().all(|other| !other.meets(*area)), "{areas:?}");
            let is_on_dot = |&(x, y): &(f64, f64)| area.meets(Area { x, y, width: 0.1, height: 0.1 }.grown(5.0));
            assert!(!centres.iter().any(is_on_dot), "{area:?}");
        }
        // What is far from its dot has a line to it.
        assert!(places.iter().flatten().any(|place| place.line_end.is_some()));
    }

    #[test]
    fn the_first_name_has_the_nearest_place() {
        let places = placed(&[(100.0, 60.0), (104.0, 60.0)]);
        let first = places[0].unwrap();
        assert!(first.line_end.is_none() && places[1].is_some(), "{places:?}");
        assert_eq!(placed(&[(100.0, 60.0)])[0].unwrap().area.x, 111.0);
        // At the right edge the name stands to the left.
        assert!(placed(&[(295.0, 60.0)])[0].unwrap().area.right() < 295.0);
    }

    #[test]
    fn without_room_a_dot_has_no_name() {
        let limits = Area { width: 60.0, ..LIMITS };
        let dot = NamedDot { centre: (30.0, 60.0), name_size: (70.0, 14.0) };
        assert_eq!(place_names(&[dot], 5.0, limits), [None]);
    }
}
