//! Topics in memory and in folders.

use super::topic::{META_FILE, META_HEAD};
use super::*;

#[test]
fn names_follow_kafkas_rules() {
    for name in ["images", "a.b_c-D9", "x".repeat(249).as_str()] {
        assert!(check_name(name).is_ok(), "{name}");
    }
    for name in ["", ".", "..", "a b", "a/b", "ä", "x".repeat(250).as_str()] {
        assert_eq!(check_name(name).unwrap_err().0, ResponseError::InvalidTopicException, "{name}");
    }
}

#[test]
fn topics_that_differ_in_case_stay_apart_and_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
    let topics = open();
    let configs = BTreeMap::from([("max.message.bytes".to_owned(), "123".to_owned())]);
    let first = topics.create("Images", 2, &configs).unwrap();
    let second = topics.create("images", 1, &BTreeMap::new()).unwrap();
    topics.create("gone", 1, &BTreeMap::new()).unwrap();
    topics.grow("images", 3, None, false).unwrap();
    topics.delete("gone").unwrap();
    assert_eq!(topics.create("images", 1, &BTreeMap::new()).unwrap_err().0, ResponseError::TopicAlreadyExists);
    drop(topics);
    let topics = open();
    assert_eq!(topics.all().iter().map(|topic| topic.name.as_str()).collect::<Vec<_>>(), ["Images", "images"]);
    let reopened = topics.get("Images").unwrap();
    assert_eq!((reopened.id, reopened.partition_count(), reopened.max_message_bytes()), (first.id, 2, Some(123)));
    assert_eq!(topics.get("images").unwrap().partition_count(), 3);
    assert_eq!(topics.get_by_id(second.id).unwrap().name, "images");
}

#[test]
fn a_topic_marked_as_deleted_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let topics = Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
    let id = topics.create("images", 1, &BTreeMap::new()).unwrap().id;
    drop(topics);
    let path = folder.path().join(format!("{id:032x}"));
    std::fs::write(path.join(DELETED_FILE), b"").unwrap();
    assert!(
        Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "")
            .unwrap()
            .all()
            .is_empty()
    );
    assert!(!path.exists());
    // An empty folder is what an interrupted removal may leave.
    std::fs::create_dir(&path).unwrap();
    assert!(
        Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "")
            .unwrap()
            .all()
            .is_empty()
    );
    assert!(!path.exists());
}

#[test]
fn settings_are_altered_for_good_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
    let topics = open();
    topics.create("images", 1, &BTreeMap::new()).unwrap();
    let given = BTreeMap::from([("retention.ms".to_owned(), "5".to_owned())]);
    topics.alter("images", true, |_| Ok(given.clone())).unwrap();
    assert!(topics.get("images").unwrap().configs().is_empty());
    topics.alter("images", false, |_| Ok(given.clone())).unwrap();
    let refusal = (ResponseError::InvalidConfig, String::new());
    assert_eq!(topics.alter("images", false, |_| Err(refusal.clone())).unwrap_err(), refusal);
    assert_eq!(topics.alter("none", false, |_| Ok(given.clone())).unwrap_err().0.code(), 3);
    topics.grow("images", 2, None, false).unwrap();
    drop(topics);
    let topic = open().get("images").unwrap();
    assert_eq!((*topic.configs()).clone(), given);
    assert_eq!(topic.log_config(), LogConfig { retention_ms: Some(5), ..LogConfig::default() });
    assert_eq!(topic.partition_count(), 2);
}

#[test]
fn a_topic_with_settings_nobody_knows_opens_and_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Topics::open(Some(folder.path().to_owned()), Arc::default(), LogConfig::default(), "").unwrap();
    let id = open().create("images", 1, &BTreeMap::new()).unwrap().id;
    let meta = folder.path().join(format!("{id:032x}")).join(META_FILE);
    let text = format!("{META_HEAD}\nname=images\npartitions=1\nconfig.color=blue\nconfig.retention.ms=soon\n");
    std::fs::write(&meta, &text).unwrap();
    let topics = open();
    assert_eq!(topics.get("images").unwrap().log_config(), LogConfig::default());
    topics.grow("images", 2, None, false).unwrap();
    assert_eq!(std::fs::read_to_string(&meta).unwrap(), text.replace("partitions=1", "partitions=2"));
}
