//! Closed outlines.

/// The area of an outline in square pixels.
pub(super) fn area(outline: &[[f32; 2]]) -> f64 {
    let next = outline.iter().cycle().skip(1);
    let twice: f64 = outline
        .iter()
        .zip(next)
        .map(|(a, b)| f64::from(a[0]) * f64::from(b[1]) - f64::from(b[0]) * f64::from(a[1]))
        .sum();
    twice.abs() / 2.0
}

/// One outline of several, connected where they are nearest, by a line that is walked in both directions: it encloses
/// what they enclose. `None` without any.
pub(super) fn joined(outlines: &[Vec<[f32; 2]>]) -> Option<Vec<[f32; 2]>> {
    let (first, others) = outlines.split_first()?;
    let mut all = first.clone();
    for other in others {
        let Some((at, other_at)) = nearest(&all, other) else { continue };
        let (before, after) = all.split_at(at + 1);
        let ring = other.iter().cycle().skip(other_at).take(other.len() + 1);
        all = before.iter().chain(ring).chain(&before[at..]).chain(after).copied().collect();
    }
    Some(all)
}

/// The two points that are nearest to each other. Of long outlines some points are passed over: it may be any pair.
fn nearest(one: &[[f32; 2]], other: &[[f32; 2]]) -> Option<(usize, usize)> {
    const POINTS_MAX: usize = 500;
    let steps = [one, other].map(|outline| outline.len().div_ceil(POINTS_MAX).max(1));
    let mut best = None::<(f32, (usize, usize))>;
    for (at, a) in one.iter().enumerate().step_by(steps[0]) {
        for (other_at, b) in other.iter().enumerate().step_by(steps[1]) {
            let distance = (a[0] - b[0]).hypot(a[1] - b[1]);
            if best.is_none_or(|(known, _)| distance < known) {
                best = Some((distance, (at, other_at)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, side: f32) -> Vec<[f32; 2]> {
        vec![[x, 0.0], [x + side, 0.0], [x + side, side], [x, side]]
    }

    #[test]
    fn joined_outlines_enclose_the_sum_of_their_areas() {
        assert_eq!(area(&square(3.0, 10.0)), 100.0);
        let all = joined(&[square(0.0, 10.0), square(20.0, 5.0), square(-9.0, 4.0)]).unwrap();
        assert_eq!(area(&all), 100.0 + 25.0 + 16.0);
        // Each of the two others is closed, and the line to it is walked back.
        assert_eq!(all.len(), 4 + 2 * (4 + 2));
        assert_eq!(joined(&[square(1.0, 2.0)]), Some(square(1.0, 2.0)));
        assert_eq!(joined(&[]), None);
    }
}
