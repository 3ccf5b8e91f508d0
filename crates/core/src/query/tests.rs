use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::model::objects::{BBox, LabelledObject};

fn facts() -> Facts<'static> {
    let object = |label: &str| LabelledObject::of_box(label, BBox::default());
    let utc = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    Facts {
        label: Some("boat".into()),
        name: Some("a-2.png".into()),
        sent_name: Some("harbour/a.png".into()),
        folder: Some("harbour".into()),
        size_bytes: Some(1_500_000),
        topic: Some("image-data".into()),
        partition: Some(2),
        offset: Some(9_007_199_254_740_993),
        key: Some("Harbour".into()),
        time_micros: utc("2026-11-24T08:30:15.5Z"),
        sent_at_micros: utc("2026-11-24T08:30:15.4Z"),
        latency_micros: Some(70_000),
        width_px: Some(1920),
        height_px: Some(1080),
        format: Some("jpg"),
        objects: Some(KnownObjects::Listed(Cow::Owned(["tug", "tug", "traffic light"].map(object).to_vec()))),
    }
}

fn parse(text: &str) -> Result<Query, QueryError> {
    Ok(Query { expression: parser::parse(text, &TimeZone::UTC)? })
}

fn query(text: &str) -> Query {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_field_is_compared() {
    let facts = facts();
    for (text, holds) in [
        ("label = boat", true),
        ("label = Boat", false),
        ("annotation = 'boat'", true),
        ("label != boat", false),
        ("label ~ OA", true),
        ("label contains \"oa\"", true),
        ("name = a-2.png", true),
        ("file = harbour/a.png", true),
        ("folder = harbour and folder ~ HARB and folder != x", true),
        ("folder = harb", false),
        ("name != harbour/a.png", false),
        ("name != b.png", true),
        ("size = 1.5MB", true),
        ("size >= 1500 kB", true),
        ("size < 1.5MiB", true),
        ("size > 1500000", false),
        ("topic = image-data and partition = 2", true),
        ("offset = 9007199254740993", true),
        ("offset = 9007199254740992", false),
        ("key ~ harb", true),
        ("time = 2026-11-24", true),
        ("time > 2026-11-24", false),
        ("time >= 2026-11-24", true),
        ("time < 2026-11-24", false),
        ("time <= 2026-11-24", true),
        ("time != 2026-11-25", true),
        ("time = 2026-11-24 08:30", true),
        ("time > 2026-11-24T08:30:15", false),
        ("time = 2026-11-24T08:30:15.5", true),
        ("time >= 2026-11-24T09:30+01:00", true),
        ("time < \"2026-11-24 08:31\"", true),
        ("sent < 2026-11-24T08:30:15.5Z", true),
        ("latency > 50ms", true),
        ("latency = 0.07s", true),
        ("latency <= 70 ms", true),
        ("latency > 0", true),
        ("latency < 0.1 min", true),
        ("latency != 70000µs", false),
        ("width >= 1920 and height < 1081", true),
        ("format = JPEG", true),
        ("format = png", false),
        ("objects = 3", true),
        ("boxes > 2", true),
        ("objects.tug >= 2", true),
        ("boxes.tug = 1", false),
        ("objects.\"traffic light\" = 1", true),
        ("objects.Tug = 0", true),
        ("has objects and has label and has objects.tug", true),
        ("has objects.ship", false),
        ("not has key", false),
        ("label = x or label = boat and width = 1", false),
        ("(label = x or label = boat) and width = 1920", true),
        ("NOT label = x AND !(width = 1) && (format = gif || format = jpg)", true),
    ] {
        assert_eq!(query(text).matches(&facts), holds, "{text}");
    }
}

#[test]
fn what_is_not_known_matches_nothing_and_is_counted() {
    let nothing = Facts::default();
    for entry in &FIELDS {
        let value = match entry.kind {
            field::FieldKind::Text => "x",
            field::FieldKind::Time => "2026-11-24",
            _ => "0",
        };
        for sign in ["=", "!="] {
            let one = query(&format!("{} {sign} {value}", entry.name));
            assert!(!one.matches(&nothing), "{one}");
            assert_eq!(one.fields(), [entry.field]);
        }
        assert!(!query(&format!("has {}", entry.name)).matches(&nothing));
        assert!(query(&format!("has {}", entry.name)).matches(&facts()));
    }
    let both = query("latency > 50ms or objects.tug = 1");
    let mut unknown = UnknownFacts::of(&both);
    unknown.add(&facts());
    unknown.add(&Facts { latency_micros: Some(1), ..Facts::default() });
    assert_eq!(
        unknown.remarks("records"),
        ["objects is not known for 1 of 2 records; comparisons with it are false there"]
    );
    unknown = UnknownFacts::of(&both);
    unknown.add(&nothing);
    assert_eq!(unknown.remarks("images").len(), 2);
    assert!(unknown.remarks("images")[0].contains("latency is not known for any of 1 images"));
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (text, column, words) in [
        ("", 1, "expected a comparison, such as label = \"boat\", found the end"),
        ("lable = boat", 1, "`lable` is not a field; did you mean `label`?"),
        ("label = boat and latncy > 5ms", 18, "did you mean `latency`?"),
        ("tug >= 2", 1, "the count of a class is `objects.CLASS`"),
        ("boat", 1, "expected a comparison, such as label = \"boat\", found `boat`"),
        ("label", 6, "expected =, != or ~ after `label`, which is text, found the end"),
        ("label > boat", 7, "after `label`, which is text, found `>`"),
        ("label =", 8, "expected a text after `=`, found the end"),
        ("label = and", 9, "expected a text after `=`, found `and`"),
        ("label = traffic light", 17, "put a text of several words in quotation marks, found `light`"),
        ("width ~ 5", 7, "expected =, !=, <, <=, > or >= after `width`, found `~`"),
        ("width = 5px", 9, "expected a whole number, found `5px`"),
        ("width = 2.5", 9, "expected a whole number"),
        ("latency > 50", 11, "expected a time with its unit, such as 50ms or 1.5s, found `50`"),
        ("latency > 5MB", 11, "expected a time with its unit"),
        ("size > 5ms", 8, "expected a size"),
        ("time > yesterday", 8, "expected a date or a time, such as 2026-11-24"),
        ("time > 2026-13-24", 8, "expected a date or a time"),
        ("ümlaut = 1 and", 1, "is not a field"),
        ("label = \"boat", 9, "the text that begins here has no closing \""),
        ("(label = boat", 1, "this bracket is not closed"),
        ("label = boat)", 13, "this bracket is not opened before"),
        ("label = boat & width = 1", 14, "expected `and`, found `&`"),
        ("label = \"boat\" width = 1", 16, "expected `and`, `or` or the end, found `width`"),
        ("objects. = 1", 9, "the name of a class after `objects.`"),
        ("label = ü and x = 1", 15, "is not a field"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.problem.contains(words), "{text}: {error}");
    }
    assert!(parse(&"(".repeat(3_000)).unwrap_err().problem.contains("inside each other"));
    assert!(parse(&"not ".repeat(900)).unwrap_err().problem.contains("inside each other"));
    assert!(parse(&"x".repeat(4_001)).unwrap_err().problem.contains("4000 bytes"));
}

#[test]
fn queries_are_put_together() {
    let words = Query::has_word("big").and(Query::has_word("boat"));
    assert_eq!(words.to_string(), "(label ~ \"big\" or name ~ \"big\") and (label ~ \"boat\" or name ~ \"boat\")");
    let light = Query::has_class("traffic light");
    assert_eq!(light.to_string(), "has objects.\"traffic light\"");
    let both = query("width > 5").and(light.clone()).and(light.clone()).and(Query::has_class("tug"));
    assert_eq!(both.to_string(), "width > 5 and has objects.\"traffic light\" and has objects.tug");
    assert_eq!(light.clone().and(light.clone()), light);
}

#[test]
fn plain_words_are_not_a_query() {
    for words in
        ["", "boat", "2024-09", "boat and tug", "label", "has a dog", "it contains boats", "not", "objects.png"]
    {
        assert!(!is_query(words), "{words}");
    }
    for text in [
        "label =",
        "objects.tug >",
        "objects.tu",
        "objects.",
        "has boxes",
        "name contains",
        "(width < 5",
        "label = \"bo",
        "lable ~ x",
    ] {
        assert!(is_query(text), "{text}");
    }
}

#[test]
fn a_query_is_completed_while_typed() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let known = Vocabulary {
        labels: names(&["boat", "big boat", "tug"]),
        classes: names(&["tug", "traffic light"]),
        topics: names(&["image-data"]),
    };
    let offered = |text: &str| -> Vec<String> {
        let found = complete(text, text.len(), &known, 8);
        found.into_iter().map(|one| format!("{}{}", &text[..one.range.start], one.insert)).collect()
    };
    assert_eq!(offered("la"), ["label", "latency"]);
    assert_eq!(offered("label = boat and la"), ["label = boat and label", "label = boat and latency"]);
    assert_eq!(offered("bo"), ["label = \"boat\""]);
    assert_eq!(offered("label "), ["label =", "label ~", "label !="]);
    assert_eq!(offered("label = "), ["label = \"boat\"", "label = \"big boat\"", "label = \"tug\""]);
    assert_eq!(offered("label = b"), ["label = \"boat\"", "label = \"big boat\""]);
    assert_eq!(offered("label = \"big b"), ["label = \"big boat\""]);
    assert_eq!(offered("label = boat "), ["label = boat and", "label = boat or"]);
    assert_eq!(offered("objects.t"), ["objects.tug", "objects.\"traffic light\""]);
    assert_eq!(offered("has objects.tu"), ["has objects.tug"]);
    assert_eq!(
        offered("objects.\"traffic light\" "),
        ["=", ">", ">=", "<", "<=", "!="].map(|sign| format!("objects.\"traffic light\" {sign}"))
    );
    assert_eq!(offered("topic = i"), ["topic = \"image-data\""]);
    assert_eq!(offered("format = j"), ["format = jpg"]);
    assert_eq!(offered("latency > 50"), ["us", "ms", "s", "min", "h"].map(|unit| format!("latency > 50{unit}")));
    assert_eq!(
        offered("not ("),
        ["label", "name", "objects", "size", "time", "sent", "latency", "width"].map(|field| format!("not ({field}"))
    );
    for text in ["nonsense = 1 and ", "label label", "\"", "ü\"", "objects.\""] {
        let _ = offered(text);
    }
}

#[test]
fn the_reference_has_every_field_and_its_examples_are_queries() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/query.md");
    let page = std::fs::read_to_string(page).unwrap();
    for entry in &FIELDS {
        for name in [entry.name].iter().chain(entry.aliases) {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }
    for unit in &literal::UNITS {
        assert!(page.contains(&format!("`{}`", unit.name)), "{}", unit.name);
    }
    let mut examples = 0;
    for block in page.split("```text\n").skip(1) {
        for line in block.split("```").next().unwrap_or_default().lines() {
            query(line);
            examples += 1;
        }
    }
    assert!(examples > 10, "{examples}");
}

/// A comparison as text, of any field.
fn comparison() -> impl Strategy<Value = String> {
    let sign = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let text = ("label|name|topic|key|format", prop::sample::select(vec!["=", "!=", "~", "contains"]), "\\PC{0,12}")
        .prop_map(|(field, sign, text)| format!("{field} {sign} {}", token::in_quotes(&text)));
    let whole = ("width|height|partition|offset|objects|objects\\.[a-z\\.]{1,5}", sign(), any::<i64>())
        .prop_map(|(field, sign, number)| format!("{field} {sign} {number}"));
    let class = ("\\PC{0,8}", sign(), any::<i64>())
        .prop_map(|(class, sign, number)| format!("objects.{} {sign} {number}", token::in_quotes(&class)));
    let amount = (sign(), "[0-9]{1,9}(\\.[0-9]{1,6})?", "us|ms|s|min|h", "|kB|MB|GB|KiB|MiB|GiB|B").prop_map(
        |(sign, number, time, size)| match size.len() {
            0 => format!("latency {sign} {number}{time}"),
            _ => format!("size {sign} {number} {size}"),
        },
    );
    let moment = (
        sign(),
        "(time|sent)",
        "20[0-9]{2}-0[1-9]-[12][0-8]([T ][01][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?(Z|\\+02:00)?)?",
    )
        .prop_map(|(sign, field, time)| format!("{field} {sign} {time}"));
    let has = "has (label|objects|latency|boxes\\.tug)";
    prop_oneof![text, whole, class, amount, moment, has]
}

/// A query as text.
fn any_query() -> impl Strategy<Value = String> {
    comparison().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not {part}")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(text in any_query()) {
        let read = query(&text);
        let written = read.to_string();
        prop_assert_eq!(&query(&written), &read, "{}", written);
        prop_assert_eq!(query(&written).to_string(), written);
        prop_assert_eq!(query(&read.to_string()).matches(&facts()), read.matches(&facts()));
    }

    #[test]
    fn no_text_and_no_cursor_is_too_odd(text in "\\PC{0,40}|[a-z =<>!~()\"'.&|0-9]{0,40}", cursor in 0_usize..50) {
        if let Ok(read) = parse(&text) {
            prop_assert_eq!(query(&read.to_string()), read);
        }
        let _ = is_query(&text);
        for completion in complete(&text, cursor, &Vocabulary::default(), 8) {
            prop_assert!(text.get(completion.range).is_some());
        }
    }
}

#[test]
fn parts_are_found_and_taken_out() {
    let whole = query("label = boat and size >= 10 and size < 20 and width > 5");
    let size = query("size >= 10 and size < 20");
    assert!(whole.has_parts_of(&size) && whole.has_parts_of(&query("label = boat")));
    assert!(!whole.has_parts_of(&query("size >= 10 and size < 21")));
    assert_eq!(whole.without(&size), Some(query("label = boat and width > 5")));
    assert_eq!(size.without(&size), None);
    assert_eq!(Query::text_is(Field::Label, "a \"b\"").to_string(), query("label = 'a \"b\"'").to_string());
    assert_eq!([folder_of("a/b/c.png"), folder_of("c.png"), folder_of("a\\c.png")], ["a/b", "", "a"]);
}
