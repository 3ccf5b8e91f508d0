//! Masks of objects, run-length encoded as in COCO.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bbox::BBox;
use super::frame::Frame;

/// A mask: which pixels belong to an object. Runs of pixels outside and inside in turn, column by column from the left, the
/// first one outside, as in COCO (<https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.h>).
///
/// As JSON it is `{"size":[height,width],"counts":"…"}` with COCO's compressed counts, which pycocotools reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    size_px: [u32; 2],
    counts: Vec<u32>,
}

/// The most pixels of a mask: those of the largest images that are decoded.
const PIXELS_MAX: u64 = 1 << 31;

impl Mask {
    /// A mask of `[width, height]`. `None`: the counts do not add up to its pixels.
    pub fn new(size_px: [u32; 2], counts: Vec<u32>) -> Option<Self> {
        let pixels = u64::from(size_px[0]) * u64::from(size_px[1]);
        let sum: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        (sum == pixels && pixels <= PIXELS_MAX).then_some(Self { size_px, counts })
    }

    /// The mask of the pixels for which `is_inside`, which is asked column by column.
    pub fn of(size_px: [u32; 2], is_inside: impl Fn(u32, u32) -> bool) -> Self {
        let (mut counts, mut run, mut inside) = (Vec::new(), 0, false);
        for x in 0..size_px[0] {
            for y in 0..size_px[1] {
                if is_inside(x, y) != inside {
                    counts.push(std::mem::take(&mut run));
                    inside = !inside;
                }
                run += 1;
            }
        }
        counts.push(run);
        Self { size_px, counts }
    }

    /// From COCO's compressed counts. `None`: they are damaged.
    pub fn from_compressed(size_px: [u32; 2], text: &str) -> Option<Self> {
        let (mut counts, mut bytes): (Vec<u32>, _) = (Vec::new(), text.bytes().peekable());
        while bytes.peek().is_some() {
            let (mut number, mut shift) = (0_i64, 0);
            loop {
                let group = i64::from(bytes.next()?.checked_sub(48).filter(|group| *group < 64)?);
                number |= (group & 0x1f) << shift;
                shift += 5;
                if group & 0x20 == 0 {
                    number |= if group & 0x10 == 0 { 0 } else { -1 << shift };
                    break;
                }
                if shift > 35 {
                    return None;
                }
            }
            // From the third on, the difference to the one before the last.
            if let [.., before, _] = counts[..]
                && counts.len() > 2
            {
                number += i64::from(before);
            }
            counts.push(u32::try_from(number).ok()?);
        }
        Self::new(size_px, counts)
    }

    /// COCO's compressed counts.
    pub fn compressed(&self) -> String {
        let mut text = String::new();
        for (index, &count) in self.counts.iter().enumerate() {
            let mut number = i64::from(count);
            if index > 2 {
                number -= i64::from(self.counts[index - 2]);
            }
            loop {
                let group = (number & 0x1f) as u8;
                number >>= 5;
                let is_last = number == if group & 0x10 == 0 { 0 } else { -1 };
                text.push(char::from(48 + (group | if is_last { 0 } else { 0x20 })));
                if is_last {
                    break;
                }
            }
        }
        text
    }

    /// For asking for single pixels, in any order.
    pub fn pixels(&self) -> MaskPixels {
        let mut end = 0_u64;
        let ends = self.counts.iter().map(|&count| {
            end += u64::from(count);
            end
        });
        MaskPixels { size_px: self.size_px, ends: ends.collect() }
    }

    /// Width and height.
    pub fn size_px(&self) -> [u32; 2] {
        self.size_px
    }

    /// The runs.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Pixels inside.
    pub fn area_px(&self) -> u64 {
        self.counts.iter().skip(1).step_by(2).map(|&count| u64::from(count)).sum()
    }

    /// The smallest box with all pixels inside; `None` without any.
    pub fn bbox(&self) -> Option<BBox> {
        let height = u64::from(self.size_px[1]);
        let (mut at, mut edges) = (0_u64, None::<[u64; 4]>);
        for (index, &count) in self.counts.iter().enumerate() {
            let end = at + u64::from(count);
            if index % 2 == 1 && count > 0 {
                let (first_column, last_column) = (at / height, (end - 1) / height);
                let rows =
                    if first_column == last_column { [at % height, (end - 1) % height] } else { [0, height - 1] };
                let [left, top, right, bottom] = edges.unwrap_or([first_column, rows[0], last_column, rows[1]]);
                edges = Some([left, top.min(rows[0]), right.max(last_column), bottom.max(rows[1])]);
            }
            at = end;
        }
        edges.map(|[left, top, right, bottom]| BBox {
            x: left as f32,
            y: top as f32,
            width: (right - left + 1) as f32,
            height: (bottom - top + 1) as f32,
        })
    }

    /// A mask of the shown picture, as one of the stored picture. `None`: it is not of the picture's size.
    #[must_use]
    pub fn stored(&self, frame: Frame) -> Option<Self> {
        if self.size_px != frame.shown_px() {
            return None;
        }
        let [width, height] = self.size_px.map(|side| side as usize);
        let (mut inside, mut at) = (vec![false; width * height], 0);
        for (index, &count) in self.counts.iter().enumerate() {
            inside[at..at + count as usize].fill(index % 2 == 1);
            at += count as usize;
        }
        Some(Self::of(frame.stored_px, |x, y| {
            // The middle of a pixel stays one.
            let [x, y] = frame.shown_point([f64::from(x) + 0.5, f64::from(y) + 0.5]);
            inside.get(x as usize * height + y as usize).copied().unwrap_or(false)
        }))
    }
}

/// The pixels of a mask, without any room for each.
#[derive(Clone, Debug)]
pub struct MaskPixels {
    size_px: [u32; 2],
    /// Where each run ends.
    ends: Vec<u64>,
}

impl MaskPixels {
    /// Whether a pixel belongs to the object.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        let [width, height] = self.size_px;
        let at = u64::from(x) * u64::from(height) + u64::from(y);
        // The runs inside have the odd numbers.
        x < width && y < height && self.ends.partition_point(|&end| end <= at) % 2 == 1
    }
}

#[derive(Serialize, Deserialize)]
struct Coco<C> {
    size: [u32; 2],
    counts: C,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Counts {
    Compressed(String),
    Plain(Vec<u32>),
}

impl Serialize for Mask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [width, height] = self.size_px;
        Coco { size: [height, width], counts: self.compressed() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Coco { size: [height, width], counts } = Coco::<Counts>::deserialize(deserializer)?;
        let mask = match counts {
            Counts::Compressed(text) => Self::from_compressed([width, height], &text),
            Counts::Plain(counts) => Self::new([width, height], counts),
        };
        mask.ok_or_else(|| serde::de::Error::custom("the counts of a mask do not add up to its size"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::Orientation;

    #[test]
    fn counts_are_compressed_as_in_pycocotools() {
        // pycocotools.mask.encode of a 4 × 5 picture with a 2 × 3 rectangle at column 1, row 1.
        let mask = Mask::of([5, 4], |x, y| (1..3).contains(&x) && (1..4).contains(&y));
        assert_eq!(mask.counts(), [5, 3, 1, 3, 8]);
        assert_eq!(mask.compressed(), "53107");
        assert_eq!(mask.area_px(), 6);
        assert_eq!(mask.bbox(), Some(BBox { x: 1.0, y: 1.0, width: 2.0, height: 3.0 }));
    }

    #[test]
    fn masks_come_back_from_json_in_both_forms() {
        let mut seed = 7_u32;
        for size in [[1, 1], [7, 3], [40, 90], [300, 200]] {
            let mask = Mask::of(size, |_, _| false);
            assert_eq!((mask.area_px(), mask.bbox()), (0, None));
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mask = Mask::of(size, |x, y| (x * 31 + y * 7 + seed % 13) % 11 < 5);
            let pixels = mask.pixels();
            let is_inside = |x: u32, y: u32| (x * 31 + y * 7 + seed % 13) % 11 < 5;
            let all = (0..size[0]).flat_map(|x| (0..size[1]).map(move |y| (x, y)));
            assert!(all.clone().all(|(x, y)| pixels.contains(x, y) == is_inside(x, y)));
            assert!(!pixels.contains(size[0], 0) && !pixels.contains(0, size[1]));
            let json = serde_json::to_string(&mask).unwrap();
            assert_eq!(serde_json::from_str::<Mask>(&json).unwrap(), mask);
            let plain = serde_json::json!({"size": [size[1], size[0]], "counts": mask.counts()});
            assert_eq!(serde_json::from_value::<Mask>(plain).unwrap(), mask);
        }
        for damaged in ["", "5", "5310", "zzzzzzzzzzzzzz", "\u{1}"] {
            assert_eq!(Mask::from_compressed([5, 4], damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_mask_turns_with_its_picture() {
        for number in 1..=8_u16 {
            let frame = Frame { stored_px: [6, 4], orientation: Orientation::from(number) };
            let stored = Mask::of([6, 4], |x, y| x < 2 && y == 0);
            let shown = Mask::of(frame.shown_px(), |x, y| {
                let [x, y] = frame.stored_point([f64::from(x) + 0.5, f64::from(y) + 0.5]);
                x < 2.0 && y < 1.0
            });
            assert_eq!(shown.stored(frame), Some(stored), "{number}");
        }
        assert_eq!(Mask::of([6, 4], |_, _| true).stored(Frame::upright([4, 6])), None);
    }
}
