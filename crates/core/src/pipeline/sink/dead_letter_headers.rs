//! The headers by which Kafka Connect describes a dead letter (`errors.deadletterqueue.context.headers.enable`), written by
//! its `DeadLetterQueueReporter`. The others are those of the record itself.

use super::dead_letter::{DeadLetter, DeadLetterCause};
use crate::kafka::record_fields::RecordFields;
use crate::pipeline::codec::headers::REDRIVE_COUNT;

/// What all of them begin with.
const PREFIX: &str = "__connect.errors.";
const TOPIC: &str = "__connect.errors.topic";
const PARTITION: &str = "__connect.errors.partition";
const OFFSET: &str = "__connect.errors.offset";
const CONNECTOR_NAME: &str = "__connect.errors.connector.name";
const TASK_ID: &str = "__connect.errors.task.id";
const STAGE: &str = "__connect.errors.stage";
const CLASS_NAME: &str = "__connect.errors.class.name";
const EXCEPTION_CLASS_NAME: &str = "__connect.errors.exception.class.name";
const EXCEPTION_MESSAGE: &str = "__connect.errors.exception.message";
const EXCEPTION_STACKTRACE: &str = "__connect.errors.exception.stacktrace";

/// The class of [`DeadLetterCause::Unreadable`]. Connect has none of that name: it never gets such a record.
const UNREADABLE: &str = "kafka_image_bench.UnreadableBatch";
const UNDECODABLE: &str = "kafka_image_bench.UndecodableRecord";

/// Where a dead letter came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeadLetterOrigin {
    pub(crate) topic: String,
    pub(crate) partition: Option<i32>,
    pub(crate) offset: Option<i64>,
    pub(crate) reason: String,
    /// The record itself could not be read: there is nothing to send again.
    pub(crate) is_unreadable: bool,
}

/// Key and headers of `letter` on a dead letter topic, found by the consumer group `group`.
pub(crate) fn described(letter: &DeadLetter, group: &str) -> RecordFields {
    let (stage, class, exception) = match letter.cause {
        DeadLetterCause::Undecodable => ("VALUE_CONVERTER", "kafka_image_bench.ImageDecoder", UNDECODABLE),
        DeadLetterCause::Unreadable => ("KAFKA_CONSUME", "kafka_image_bench.Consumer", UNREADABLE),
    };
    let mut fields = without_description(letter.fields.clone());
    let texts = [
        (TOPIC, letter.topic.as_str()),
        (PARTITION, &letter.partition.to_string()),
        (OFFSET, &letter.offset.to_string()),
        (CONNECTOR_NAME, group),
        (TASK_ID, "0"),
        (STAGE, stage),
        (CLASS_NAME, class),
        (EXCEPTION_CLASS_NAME, exception),
        (EXCEPTION_MESSAGE, &letter.reason),
        // The first line of Java's; there are no others.
        (EXCEPTION_STACKTRACE, &format!("{exception}: {}", letter.reason)),
    ];
    for (name, value) in texts {
        fields.set_text(name, value);
    }
    fields
}

/// The record's own key and headers.
pub(crate) fn without_description(mut fields: RecordFields) -> RecordFields {
    fields.headers.retain(|header| !header.name.starts_with(PREFIX));
    fields
}

/// Where the dead letter with these headers came from; `None`: the headers do not describe one.
pub(crate) fn origin(fields: &RecordFields) -> Option<DeadLetterOrigin> {
    let number =
        |name| fields.text(name).and_then(|text| text.trim().parse::<i64>().ok()).filter(|&number| number >= 0);
    Some(DeadLetterOrigin {
        topic: fields.text(TOPIC).filter(|topic| !topic.is_empty())?.to_owned(),
        partition: number(PARTITION).and_then(|number| i32::try_from(number).ok()),
        offset: number(OFFSET),
        reason: fields.text(EXCEPTION_MESSAGE).unwrap_or_default().to_owned(),
        is_unreadable: fields.text(EXCEPTION_CLASS_NAME) == Some(UNREADABLE),
    })
}

/// How often the record was sent again before.
pub(crate) fn redrive_count(fields: &RecordFields) -> u32 {
    fields.text(REDRIVE_COUNT).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::record_fields::RecordHeader;

    fn header(name: &str, value: Option<&[u8]>) -> RecordHeader {
        RecordHeader { name: name.to_owned(), value: value.map(<[u8]>::to_vec) }
    }

    #[test]
    fn a_described_letter_names_its_origin_and_keeps_its_own_headers() {
        let headers =
            vec![header("a", Some(b"\xff")), header("__connect.errors.topic", Some(b"older")), header("a", None)];
        let letter = DeadLetter {
            time: jiff::Timestamp::UNIX_EPOCH,
            topic: "images".to_owned(),
            partition: 3,
            offset: 7,
            cause: DeadLetterCause::Undecodable,
            reason: "no image".to_owned(),
            value: Some(b"v".to_vec()),
            fields: RecordFields { key: Some(b"k".to_vec()), headers },
            timestamp_millis: None,
            listed_name: None,
        };
        let fields = described(&letter, "g");
        let origin = origin(&fields).unwrap();
        assert_eq!((origin.topic.as_str(), origin.partition, origin.offset), ("images", Some(3), Some(7)));
        assert_eq!((origin.reason.as_str(), origin.is_unreadable), ("no image", false));
        assert_eq!(fields.text("__connect.errors.connector.name"), Some("g"));
        assert_eq!(fields.headers.len(), 12, "{fields:?}");
        let own = without_description(fields);
        assert_eq!(own.headers, [header("a", Some(b"\xff")), header("a", None)]);
        assert_eq!(own.key.as_deref(), Some(&b"k"[..]));
        let unreadable = DeadLetter { cause: DeadLetterCause::Unreadable, value: None, ..letter };
        assert!(super::origin(&described(&unreadable, "g")).unwrap().is_unreadable);
    }

    #[test]
    fn the_count_of_a_record_that_was_never_sent_again_is_0() {
        let count = |value: &[u8]| {
            redrive_count(&RecordFields { key: None, headers: vec![header(REDRIVE_COUNT, Some(value))] })
        };
        assert_eq!([count(b"2"), count(b" 3 "), count(b"x"), count(b"-1")], [2, 3, 0, 0]);
        assert_eq!(redrive_count(&RecordFields::default()), 0);
        assert_eq!(origin(&RecordFields::default()), None);
    }
}
