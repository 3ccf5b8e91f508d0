//! Key and headers of a record, as owned values.

use rdkafka::message::{BorrowedMessage, Header, Message, OwnedHeaders, Timestamp};

use super::readable_headers::readable_headers;

/// A header; its value may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) name: String,
    pub(crate) value: Option<Vec<u8>>,
}

/// What a record has besides its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordFields {
    pub(crate) key: Option<Vec<u8>>,
    /// In their order; a name may occur more than once.
    pub(crate) headers: Vec<RecordHeader>,
}

/// When the broker appended a record, by its clock; `None`: the topic keeps the producer's time.
pub(crate) fn append_millis(timestamp: Timestamp) -> Option<i64> {
    match timestamp {
        Timestamp::LogAppendTime(millis) => Some(millis),
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
    }
}

impl RecordFields {
    pub(crate) fn of(message: &BorrowedMessage<'_>) -> Self {
        let header = |header: Header<'_, &[u8]>| RecordHeader {
            name: header.key.to_owned(),
            value: header.value.map(<[u8]>::to_vec),
        };
        let headers = readable_headers(message.headers()).map(header).collect();
        Self { key: message.key().map(<[u8]>::to_vec), headers }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.key.is_none() && self.headers.is_empty()
    }

    /// The last header of this name, as Java's `lastHeader`, if it is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().rev().find(|header| header.name == name)?;
        std::str::from_utf8(header.value.as_deref()?).ok()
    }

    /// Replaces all headers of this name by one at the end.
    pub(crate) fn set_text(&mut self, name: &str, value: &str) {
        self.headers.retain(|header| header.name != name);
        self.headers.push(RecordHeader { name: name.to_owned(), value: Some(value.as_bytes().to_vec()) });
    }

    /// The headers in the client's form.
    pub(crate) fn to_owned_headers(&self) -> OwnedHeaders {
        let headers = OwnedHeaders::new_with_capacity(self.headers.len());
        self.headers.iter().fold(headers, |headers, header| {
            headers.insert(Header { key: &header.name, value: header.value.as_deref() })
        })
    }

    /// About the memory that they take.
    pub(crate) fn size_bytes(&self) -> usize {
        let header = |header: &RecordHeader| header.name.len() + header.value.as_ref().map_or(0, Vec::len);
        self.key.as_ref().map_or(0, Vec::len) + self.headers.iter().map(header).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Headers;

    use super::*;

    fn header(name: &str, value: Option<&[u8]>) -> RecordHeader {
        RecordHeader { name: name.to_owned(), value: value.map(<[u8]>::to_vec) }
    }

    #[test]
    fn the_last_header_of_a_name_counts_and_is_replaced() {
        let headers = vec![header("a", Some(b"1")), header("b", Some(b"\xff")), header("a", Some(b"2"))];
        let mut fields = RecordFields { key: None, headers };
        assert_eq!((fields.text("a"), fields.text("b"), fields.text("c")), (Some("2"), None, None));
        fields.set_text("a", "3");
        assert_eq!(fields.headers, [header("b", Some(b"\xff")), header("a", Some(b"3"))]);
    }

    #[test]
    fn headers_reach_the_client_in_their_order() {
        let headers = vec![header("a", Some(b"")), header("b", None), header("a", Some(b"\xff"))];
        let owned = RecordFields { key: None, headers: headers.clone() }.to_owned_headers();
        let back: Vec<RecordHeader> = owned.iter().map(|one| header(one.key, one.value)).collect();
        assert_eq!(back, headers);
    }
}
