//! One line of a label file of YOLO.

use super::class_names::{ClassNames, whole};
use crate::model::objects::{BBox, Keypoint, LabelledObject};

/// A number may be this far outside of the image, since tools round.
const TOLERANCE: f64 = 0.01;

/// The class and the numbers of a line.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    class: u32,
    words: Vec<&'a str>,
    pub(super) numbers: Vec<f64>,
}

/// What the numbers of a line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `cx cy w h`, and what a detector knows.
    Box(Extra),
    /// `x1 y1 x2 y2 x3 y3 …`; of four corners it may be a rotated box.
    Outline { is_rotated_box: bool },
    /// `cx cy w h`, then keypoints of two or three numbers, and what a detector knows.
    Pose { points: usize, numbers: usize, extra: Extra },
}

/// The numbers after a box, as Ultralytics saves them (`Results.save_txt`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    None,
    Score,
    Track,
    ScoreAndTrack,
}

impl<'a> Numbers<'a> {
    pub(super) fn read(line: &'a str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let class = words.next().unwrap_or_default();
        let class = whole(class).ok_or_else(|| format!("a class is a number from 0, not {class:?}"))?;
        let words: Vec<&str> = words.collect();
        let number = |word: &&str| word.parse::<f64>().map_err(|_| not_a_fraction(word));
        let numbers = words.iter().map(number).collect::<Result<_, _>>()?;
        Ok(Self { class, words, numbers })
    }

    /// A number from 0 to 1.
    fn fraction(&self, index: usize) -> Result<f64, String> {
        match self.numbers.get(index) {
            Some(number) if (-TOLERANCE..=1.0 + TOLERANCE).contains(number) => Ok(*number),
            _ => Err(not_a_fraction(self.words.get(index).copied().unwrap_or_default())),
        }
    }

    fn point(&self, index: usize) -> Result<[f32; 2], String> {
        Ok([self.fraction(index)? as f32, self.fraction(index + 1)? as f32])
    }

    fn bbox(&self) -> Result<BBox, String> {
        let [x, y] = [self.fraction(0)?, self.fraction(1)?];
        let [width, height] = [self.fraction(2)?.max(0.0), self.fraction(3)?.max(0.0)];
        let [x, y] = [x - width / 2.0, y - height / 2.0];
        Ok([x, y, width, height].map(|number| number as f32).into())
    }
}

fn not_a_fraction(word: &str) -> String {
    format!("a fraction of the image's width or height is a number from 0 to 1, not {word:?}")
}

/// The object of a line, in fractions, and its class if that has no name.
pub(super) fn object(
    numbers: &Numbers<'_>,
    form: Form,
    names: &ClassNames,
) -> Result<(LabelledObject, Option<String>), String> {
    let (label, is_unnamed) = names.of(numbers.class);
    let unnamed = is_unnamed.then(|| label.clone());
    let mut object = LabelledObject { label, ..LabelledObject::default() };
    let (extra, extra_at) = match form {
        Form::Box(extra) => {
            object.bbox = numbers.bbox()?;
            (extra, 4)
        }
        Form::Outline { is_rotated_box } => {
            let points = (0..numbers.numbers.len()).step_by(2).map(|index| numbers.point(index));
            let outline = points.collect::<Result<Vec<_>, _>>()?;
            object.bbox = BBox::around(&outline).unwrap_or_default();
            object.rotated_box = if is_rotated_box { outline.first_chunk().copied() } else { None };
            object.polygons = vec![outline];
            (Extra::None, 0)
        }
        Form::Pose { points, numbers: of_point, extra } => {
            object.bbox = numbers.bbox()?;
            object.keypoints =
                (0..points).map(|point| keypoint(numbers, 4 + point * of_point, of_point)).collect::<Result<_, _>>()?;
            object.keypoint_names = names.of_keypoints(numbers.class, points).to_vec();
            (extra, 4 + points * of_point)
        }
    };
    if matches!(extra, Extra::Score | Extra::ScoreAndTrack) {
        object.score = Some(numbers.fraction(extra_at)? as f32);
    }
    let track_at = extra_at + usize::from(extra == Extra::ScoreAndTrack);
    if matches!(extra, Extra::Track | Extra::ScoreAndTrack) {
        object.track_id = numbers.numbers.get(track_at).map(|track| *track as i64);
    }
    Ok((object, unnamed))
}

/// Two numbers are visible unless both are 0; the third one is a visibility, or the confidence of a detector.
fn keypoint(numbers: &Numbers<'_>, at: usize, of_point: usize) -> Result<Keypoint, String> {
    let point = numbers.point(at)?;
    let visibility = match numbers.numbers.get(at + 2).filter(|_| of_point == 3) {
        Some(0.0) => 0,
        Some(1.0) => 1,
        Some(number) if (0.0..=2.0).contains(number) => 2,
        Some(_) => {
            let word = numbers.words.get(at + 2).copied().unwrap_or_default();
            return Err(format!("the visibility of a keypoint is 0, 1 or 2, not {word:?}"));
        }
        None if point == [0.0, 0.0] => 0,
        None => 2,
    };
    Ok(Keypoint { at: point, visibility })
}

/// The lines of objects with their numbers, whatever ends a line. A comment, as of `numpy.savetxt`, is none.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    (1..).zip(lines).filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

/// Whether a text is of lines of a class and of fractions, as far as it is looked at.
pub(super) fn are_lines_of_objects(text: &str) -> bool {
    const LINES_LOOKED_AT: usize = 20;
    let is_object = |(_, line): (usize, &str)| {
        Numbers::read(line)
            .is_ok_and(|numbers| numbers.numbers.len() >= 4 && (0..4).all(|index| numbers.fraction(index).is_ok()))
    };
    lines(text).next().is_some() && lines(text).take(LINES_LOOKED_AT).all(is_object)
}
