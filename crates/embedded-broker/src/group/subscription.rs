//! A consumer's protocol data: the topics it subscribes to.
//!
//! Every version begins as version 0 does: `version i16, count i32, (length i16, topic) …`.

use std::collections::BTreeSet;

use bytes::Buf;

/// The topics a subscription names, added to `topics`; `None` if it cannot be read.
pub(super) fn add_topics(mut data: &[u8], topics: &mut BTreeSet<String>) -> Option<()> {
    if data.try_get_i16().ok()? < 0 {
        return None;
    }
    for _ in 0..data.try_get_i32().ok()?.max(0) {
        let length = usize::try_from(data.try_get_i16().ok()?).ok()?;
        let (name, rest) = data.split_at_checked(length)?;
        topics.insert(std::str::from_utf8(name).ok()?.to_owned());
        data = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found_and_nonsense_is_refused() {
        let data = b"\x00\x03\x00\x00\x00\x02\x00\x01a\x00\x02bc\xff\xff\xff\xffmore";
        let mut topics = BTreeSet::new();
        assert_eq!(add_topics(data, &mut topics), Some(()));
        assert_eq!(topics.iter().collect::<Vec<_>>(), ["a", "bc"]);
        for length in 0..13 {
            assert_eq!(add_topics(&data[..length], &mut topics), None, "{length}");
        }
        assert_eq!(add_topics(b"\xff\xff\x00\x00\x00\x00", &mut topics), None);
        assert_eq!(add_topics(b"\x00\x00\x7f\xff\xff\xff", &mut topics), None);
    }
}
