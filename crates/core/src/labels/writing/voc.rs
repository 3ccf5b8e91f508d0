//! Pascal VOC: `JPEGImages/`, `Annotations/` with an XML file an image, and the lists of splits in `ImageSets/Main/`.
//!
//! Edges are whole pixels, as many readers take nothing else, and counted from 0. Rotated boxes are written as roLabelImg does and outlines as Roboflow
//! does. Cannot carry: labels of images, masks, keypoints, tracks, scores, crowd flags, and attributes other than
//! `pose`, `difficult`, `truncated` and `occluded`; several outlines of an object are joined into one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use super::numbers::decimal;
use super::outlines::joined;
use super::shown::shown;
use super::{Distinct, Loss, Losses, SetFiles, SetFormat, SetImage, SetWriter};
use crate::model::objects::LabelledObject;

pub(super) static FORMAT: SetFormat = SetFormat {
    name: "voc",
    title: "Pascal VOC",
    distinct: Distinct::Stem,
    needs_label: false,
    last: "ImageSets",
    open: |_| Box::new(Voc::default()),
};

/// The stems of each split.
#[derive(Default)]
struct Voc(BTreeMap<String, Vec<String>>);

/// Flags, and their order in a file.
const FLAGS: [&str; 3] = ["truncated", "difficult", "occluded"];

impl SetWriter for Voc {
    fn add(&mut self, image: &SetImage<'_>, files: &mut dyn SetFiles, losses: &mut Losses) -> io::Result<()> {
        files.place_image(&format!("JPEGImages/{}", image.name))?;
        image.lose_label(losses);
        self.0.entry(image.split.to_owned()).or_default().push(image.stem().to_owned());
        files.write(&format!("Annotations/{}.xml", image.stem()), annotation(image, losses).as_bytes())
    }

    fn finish(self: Box<Self>, files: &mut dyn SetFiles) -> io::Result<()> {
        let of = |split: &str| self.0.get(split).cloned().unwrap_or_default();
        let lists = ["train", "val", "test"].map(|split| (split, of(split)));
        let both = ("trainval", [of("train"), of("val")].concat());
        for (name, stems) in lists.into_iter().chain([both]) {
            if !stems.is_empty() || name == "train" {
                let lines: String = stems.iter().map(|stem| format!("{stem}\n")).collect();
                files.write(&format!("ImageSets/Main/{name}.txt"), lines.as_bytes())?;
            }
        }
        Ok(())
    }
}

fn annotation(image: &SetImage<'_>, losses: &mut Losses) -> String {
    let [width, height] = image.frame.shown_px();
    // Decoders make three channels of any picture.
    let mut text = format!(
        "<annotation>\n\t<folder>JPEGImages</folder>\n\t<filename>{}</filename>\n\t<size>\n\t\t<width>{width}</width>\n\t\t\
         <height>{height}</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n",
        escaped(image.name)
    );
    for object in shown(image.objects, image.frame) {
        // Writing to a string cannot fail.
        let _ = add(&mut text, &object, losses);
    }
    text.push_str("</annotation>\n");
    text
}

fn add(text: &mut String, object: &LabelledObject, losses: &mut Losses) -> std::fmt::Result {
    let LabelledObject { label, bbox, polygons, rotated_box, attributes, .. } = object;
    let pose = attributes.get("pose").map_or("Unspecified", String::as_str);
    write!(text, "\t<object>\n\t\t<name>{}</name>\n\t\t<pose>{}</pose>\n", escaped(label), escaped(pose))?;
    for flag in FLAGS {
        let value = match attributes.get(flag).map(String::as_str) {
            None | Some("false" | "False" | "") => "0",
            Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => number,
            Some(_) => "1",
        };
        if flag != "occluded" || attributes.contains_key(flag) {
            writeln!(text, "\t\t<{flag}>{value}</{flag}>")?;
        }
    }
    let [x, y, width, height] = <[f32; 4]>::from(*bbox);
    let edges = [("xmin", x), ("ymin", y), ("xmax", sum(x, width)), ("ymax", sum(y, height))];
    let outline = joined(polygons);
    let numbers = edges.iter().map(|(_, edge)| edge).chain(outline.iter().flatten().flatten());
    if numbers.into_iter().any(|number| number.fract() != 0.0) {
        losses.replaced(Loss::Fractions, "rounded to whole pixels");
    }
    writeln!(text, "\t\t<bndbox>{}</bndbox>", elements(&edges))?;
    if let Some(corners) = rotated_box {
        writeln!(text, "\t\t<robndbox>{}</robndbox>", rotated(corners))?;
    }
    if let Some(outline) = outline {
        text.push_str("\t\t<polygon>");
        for (number, [x, y]) in (1..).zip(&outline) {
            write!(text, "<x{number}>{}</x{number}><y{number}>{}</y{number}>", x.round(), y.round())?;
        }
        text.push_str("</polygon>\n");
    }
    text.push_str("\t</object>\n");
    lose(object, losses);
    Ok(())
}

fn lose(object: &LabelledObject, losses: &mut Losses) {
    if object.polygons.len() > 1 {
        losses.replaced(Loss::SeveralOutlines, "joined into one outline");
    }
    let is_known = |name: &str| name == "pose" || FLAGS.contains(&name);
    for (loss, is_lost) in [
        (Loss::Masks, object.mask.is_some()),
        (Loss::Keypoints, !object.keypoints.is_empty()),
        (Loss::Tracks, object.track_id.is_some()),
        (Loss::Scores, object.score.is_some()),
        (Loss::Attributes, object.attributes.keys().any(|name| !is_known(name))),
        (Loss::CrowdFlags, object.crowd),
    ] {
        losses.count(loss, u64::from(is_lost));
    }
}

/// In hundredths, as labels are.
fn sum(one: f32, other: f32) -> f32 {
    super::super::pixels::hundredths(f64::from(one) + f64::from(other))
}

/// Middle, sides, and the angle to the right in radians, of four corners.
fn rotated(corners: &[[f32; 2]; 4]) -> String {
    let [a, b, c, d] = corners.map(|corner| corner.map(f64::from));
    let middle = [0, 1].map(|axis| (a[axis] + b[axis] + c[axis] + d[axis]) / 4.0);
    let width = (b[0] - a[0]).hypot(b[1] - a[1]);
    let height = (d[0] - a[0]).hypot(d[1] - a[1]);
    let angle = (b[1] - a[1]).atan2(b[0] - a[0]);
    let numbers = [("cx", middle[0]), ("cy", middle[1]), ("w", width), ("h", height), ("angle", angle)];
    numbers.iter().map(|(name, number)| format!("<{name}>{}</{name}>", decimal(*number, 6))).collect()
}

fn elements(numbers: &[(&str, f32)]) -> String {
    numbers.iter().map(|(name, number)| format!("<{name}>{}</{name}>", number.round())).collect()
}

/// Text in XML. Characters that XML does not have become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}
