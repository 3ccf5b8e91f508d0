//! What the numbers in YOLO's label files are. The file of the data set decides, or else the numbers of all label files
//! together; what could be either is refused with both readings.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use super::class_names::ClassNames;
use super::label_files::LabelFiles;
use super::yolo_line::{Extra, Form, Numbers, lines};

/// Label files and lines that are looked at.
const FILES_MAX: usize = 2_000;
const LINES_MAX: usize = 50_000;

/// What is known of the label files together; they are looked at once, if a line asks for it.
#[derive(Debug, Default)]
pub(super) struct Task(OnceLock<Survey>);

/// The numbers on the lines of all label files.
#[derive(Debug)]
struct Survey {
    /// Whether the fifth of five, or the sixth of six numbers is a whole one above 1: a track.
    has_tracks: [bool; 2],
    /// Counts of numbers, on lines with more than six.
    long_counts: BTreeSet<usize>,
    /// Whether all long lines can be boxes with keypoints of two, or of three numbers.
    can_be_pose: [bool; 2],
    /// Whether a number is 2: the visibility of a keypoint.
    has_visibility: bool,
}

impl Task {
    /// What the numbers of a line are.
    ///
    /// # Errors
    /// They are not of any form, or could be of two.
    pub(super) fn form_of(&self, line: &Numbers<'_>, set: &ClassNames, files: &LabelFiles) -> Result<Form, String> {
        let count = line.numbers.len();
        let survey = || self.0.get_or_init(|| Survey::of(files));
        if let Some([points, numbers]) = set.keypoints.filter(|_| !matches!(count, 4..=6)) {
            let extra = match count.checked_sub(4 + points * numbers) {
                Some(0) => Extra::None,
                Some(1) => Extra::Score,
                Some(2) => Extra::ScoreAndTrack,
                _ => return Err(pose_expected(count, points, numbers)),
            };
            return Ok(Form::Pose { points, numbers, extra });
        }
        match count {
            4 => Ok(Form::Box(Extra::None)),
            5 if is_track(line.numbers.last()) || survey().has_tracks[0] => Ok(Form::Box(Extra::Track)),
            5 => Ok(Form::Box(Extra::Score)),
            6 if is_track(line.numbers.last()) || survey().has_tracks[1] => Ok(Form::Box(Extra::ScoreAndTrack)),
            6 | 8 => Ok(Form::Outline { is_rotated_box: count == 8 && survey().is_rotated_boxes(set) }),
            _ if count > 6 && (count.is_multiple_of(2) || survey().has_visibility) => survey().long_form(count, set),
            _ if count > 6 => Err(format!(
                "4 numbers are a box, 6 or more in pairs an outline; {count} are neither, and the data set's YAML file has no \
                 kpt_shape that would make them a box with keypoints"
            )),
            _ => Err(format!("4 numbers are a box, 6 or more in pairs an outline; there are {count}")),
        }
    }
}

fn pose_expected(count: usize, points: usize, numbers: usize) -> String {
    format!(
        "there are {count} numbers, and a box with keypoints of kpt_shape [{points}, {numbers}] has {}",
        4 + points * numbers
    )
}

fn is_track(number: Option<&f64>) -> bool {
    number.is_some_and(|number| number.fract() == 0.0 && (2.0..9e15).contains(number))
}

impl Survey {
    fn of(files: &LabelFiles) -> Self {
        let mut survey = Self {
            has_tracks: [false; 2],
            long_counts: BTreeSet::new(),
            can_be_pose: [true; 2],
            has_visibility: false,
        };
        let mut lines_left = LINES_MAX;
        for path in files.paths().into_iter().take(FILES_MAX) {
            let Ok(text) = fs::read_to_string(path) else { continue };
            for (_, line) in lines(&text).take(lines_left) {
                lines_left -= 1;
                let Ok(Numbers { numbers, .. }) = Numbers::read(line) else { continue };
                survey.note(&numbers);
            }
        }
        survey
    }

    fn note(&mut self, numbers: &[f64]) {
        match numbers.len() {
            0..=4 => {}
            5 => self.has_tracks[0] |= is_track(numbers.last()),
            6 => self.has_tracks[1] |= is_track(numbers.last()),
            count => {
                self.can_be_pose[0] &= can_be_pose(numbers, 2);
                self.can_be_pose[1] &= can_be_pose(numbers, 3);
                self.has_visibility |= numbers.iter().skip(4).any(|number| *number == 2.0);
                self.long_counts.insert(count);
            }
        }
    }

    /// Whether all long lines have so many numbers.
    fn all_have(&self, count: usize) -> bool {
        self.long_counts.iter().eq([&count])
    }

    fn is_rotated_boxes(&self, set: &ClassNames) -> bool {
        set.task.as_deref() == Some("obb") || (set.task.is_none() && self.all_have(8))
    }

    /// Of a line with more than six numbers: an outline, or a pose whose form is in no file.
    fn long_form(&self, count: usize, set: &ClassNames) -> Result<Form, String> {
        let outline = Form::Outline { is_rotated_box: false };
        let [in_twos, in_threes] = self.can_be_pose.map(|possible| possible && self.all_have(count));
        let pose = |numbers: usize| Form::Pose { points: (count - 4) / numbers, numbers, extra: Extra::None };
        match set.task.as_deref() {
            Some("segment") => return Ok(outline),
            Some("pose") if in_threes && !in_twos => return Ok(pose(3)),
            Some("pose") if in_twos && !in_threes => return Ok(pose(2)),
            _ => {}
        }
        if self.has_visibility && in_threes {
            return Ok(pose(3));
        }
        if !in_twos && !in_threes {
            return Ok(outline);
        }
        let numbers = if in_threes { 3 } else { 2 };
        Err(format!(
            "{count} numbers on each line are an outline of {} points, or a box with {} keypoints: write kpt_shape: [{}, \
             {numbers}] into the data set's YAML file for keypoints, or task: segment for outlines",
            count / 2,
            (count - 4) / numbers,
            (count - 4) / numbers
        ))
    }
}

/// Whether the numbers can be a box in the image and keypoints, of two or three numbers each, around it.
fn can_be_pose(numbers: &[f64], of_point: usize) -> bool {
    let [x, y, width, height, points @ ..] = numbers else { return false };
    const MARGIN: f64 = 0.02;
    let is_inside = |at: f64, side: f64| side > 0.0 && at - side / 2.0 >= -MARGIN && at + side / 2.0 <= 1.0 + MARGIN;
    if !points.len().is_multiple_of(of_point) || !is_inside(*x, *width) || !is_inside(*y, *height) {
        return false;
    }
    let is_near = |at: f64, middle: f64, side: f64| (at - middle).abs() <= side / 2.0 * 1.25 + MARGIN;
    points.chunks_exact(of_point).all(|point| {
        let is_absent = point[0] == 0.0 && point[1] == 0.0;
        let has_visibility = of_point == 2 || matches!(point[2], 0.0 | 1.0 | 2.0);
        has_visibility && (is_absent || (is_near(point[0], *x, *width) && is_near(point[1], *y, *height)))
    })
}
