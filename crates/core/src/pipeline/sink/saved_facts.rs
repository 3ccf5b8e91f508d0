//! What a query compares of a saved image.

use std::borrow::Cow;

use super::OUTPUT_FOLDER;
use super::image_records_reader::ImageRow;
use super::spreadsheet_cell::unescape_formula;
use crate::query::{Facts, KnownObjects, folder_of};

/// The facts of a row of `image_records.csv`. The time is that of receipt. What only its file has is not among them:
/// see [`Query::needs_content`](crate::query::Query::needs_content).
pub fn saved_facts(row: &ImageRow) -> Facts<'_> {
    let image = &row.image;
    let path = image.path_in_csv.as_str();
    let file = path.strip_prefix(OUTPUT_FOLDER).and_then(|rest| rest.strip_prefix(['/', '\\'])).unwrap_or(path);
    Facts {
        label: Some(Cow::Borrowed(unescape_formula(&image.annotation))),
        name: Some(Cow::Borrowed(file)),
        sent_name: image.file_name.as_deref().map(Cow::Borrowed),
        folder: image.file_name.as_deref().map(|name| Cow::Borrowed(folder_of(name))),
        size_bytes: Some(image.size_bytes),
        topic: (!image.topic.is_empty()).then(|| Cow::Borrowed(unescape_formula(&image.topic))),
        partition: image.record.map(|record| record.partition),
        offset: image.record.map(|record| record.offset),
        time_micros: image.record.map(|record| record.received_at_micros),
        sent_at_micros: image.sent_at_micros,
        latency_micros: image.latency_micros,
        objects: image.record.map(|_| KnownObjects::Counted(Cow::Borrowed(&row.classes))),
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::class_counts::{ClassCounts, ClassNames};
    use crate::model::objects::{BBox, LabelledObject};
    use crate::model::saved_image::{SavedImage, SavedRecord};
    use crate::query::Query;

    #[test]
    fn a_saved_image_is_found_by_what_its_row_has() {
        let image = SavedImage {
            path_in_csv: "output_images/a-2.png".to_owned(),
            file_name: Some("harbour/a.png".into()),
            annotation: "'=boat".to_owned(),
            size_bytes: 500,
            topic: "image-data".into(),
            record: Some(SavedRecord { partition: 1, offset: 7, received_at_micros: 1_800_000_000_000_000 }),
            sent_at_micros: None,
            latency_micros: Some(70_000),
            sha256: [0; 32],
            bytes_as_sent: None,
            objects: Arc::default(),
        };
        let tug = LabelledObject::of_box("tug", BBox::default());
        let mut row = ImageRow { image, classes: ClassCounts::of(&[tug], &mut ClassNames::default()), at: 0 };
        let matches = |row: &ImageRow, text: &str| text.parse::<Query>().unwrap().matches(&saved_facts(row));
        for text in [
            "label = '=boat' and name = a-2.png and file = harbour/a.png and folder = harbour and size = 500",
            "topic = image-data and partition = 1 and offset = 7 and time > 2027-01-01 and not has sent",
            "latency > 50ms and objects.tug = 1 and not has width",
        ] {
            assert!(matches(&row, text), "{text}");
        }
        (row.image.record, row.image.topic) = (None, "".into());
        assert!(!matches(&row, "objects = 0 or has topic or has partition"), "its record is not known");
    }
}
