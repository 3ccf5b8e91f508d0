//! Random requests of every API and version: the layouts, the decoder and the encoder must agree on them, and the
//! decoder must survive damaged ones.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestKind};
use proptest::prelude::*;
use proptest::sample::Index;

use super::api;
use crate::api::table::APIS;
use crate::layout::{Blob, Field, Fixed, Items, Kind, Numbers, Optional, Structs, Text, Texts};

/// Bytes that decide what a request looks like; when they run out, everything is empty or zero.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn next(&mut self) -> u8 {
        self.0.try_get_u8().unwrap_or_default()
    }
}

struct Writer<'a> {
    out: BytesMut,
    version: i16,
    flexible: bool,
    choices: Choices<'a>,
}

impl Writer<'_> {
    fn fields(&mut self, fields: &[Field]) {
        for Field(kind, first, last) in fields {
            if (*first..=*last).contains(&self.version) {
                self.field(kind);
            }
        }
        if self.flexible {
            // A tagged field of a number that no schema has yet.
            let has_tag = self.choices.next() > 200;
            self.out.put_slice(if has_tag { &[1, 0x7f, 2, b'x', b'y'] } else { &[0] });
        }
    }

    fn field(&mut self, kind: &Kind) {
        match kind {
            Fixed(size) => {
                for _ in 0..*size {
                    let byte = self.choices.next();
                    self.out.put_u8(byte);
                }
            }
            Text => {
                let length = self.choices.next() % 6;
                self.length(length, |out, length| out.put_i16(length.into()));
                for _ in 0..length {
                    let letter = b'a' + self.choices.next() % 26;
                    self.out.put_u8(letter);
                }
            }
            Blob => {
                let length = self.choices.next() % 200;
                self.length(length, |out, length| out.put_i32(length.into()));
                self.field(&Fixed(length.into()));
            }
            Structs(fields) => {
                for _ in 0..self.items() {
                    self.fields(fields);
                }
            }
            Optional(fields) if self.choices.next() > 128 => {
                self.out.put_i8(1);
                self.fields(fields);
            }
            Optional(_) => self.out.put_i8(-1),
            Numbers => self.field(&Items(4)),
            Items(size) => {
                let count = self.items();
                self.field(&Fixed(usize::from(count) * size));
            }
            Texts => {
                for _ in 0..self.items() {
                    self.field(&Text);
                }
            }
        }
    }

    fn items(&mut self) -> u8 {
        let count = self.choices.next() % 4;
        self.length(count, |out, count| out.put_i32(count.into()));
        count
    }

    fn length(&mut self, length: u8, plain: impl Fn(&mut BytesMut, u8)) {
        if !self.flexible {
            return plain(&mut self.out, length);
        }
        let compact = u16::from(length) + 1;
        if compact >= 0x80 {
            self.out.put_slice(&[0x80 | u8::try_from(compact & 0x7f).unwrap(), u8::try_from(compact >> 7).unwrap()]);
        } else {
            self.out.put_u8(u8::try_from(compact).unwrap());
        }
    }
}

/// A request's body; `choices` decide what is in it.
pub(super) fn request_body(key: ApiKey, version: i16, choices: &[u8]) -> Bytes {
    let layout = api(key).layout;
    let flexible = version >= layout.flexible_since;
    let mut writer = Writer { out: BytesMut::new(), version, flexible, choices: Choices(choices) };
    writer.fields(layout.fields);
    writer.out.freeze()
}

/// A supported API, and one of its versions.
fn supported() -> impl Strategy<Value = (ApiKey, i16)> {
    (0..APIS.len()).prop_flat_map(|at| (Just(APIS[at].key), APIS[at].versions.clone()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..crate::random::cases(4000) })]

    #[test]
    fn layouts_decoder_and_encoder_agree(
        (key, version) in supported(),
        choices in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let body = request_body(key, version, &choices);
        prop_assert!(api(key).layout.fits(version, &body));
        let mut rest = body.clone();
        let decoded = RequestKind::decode(key, &mut rest, version);
        prop_assert!(decoded.is_ok(), "{key:?} {version}: {:?}", decoded.err());
        prop_assert!(rest.is_empty(), "{key:?} {version}: {} bytes are left", rest.len());
        let mut again = BytesMut::new();
        decoded.unwrap().encode(&mut again, version).unwrap();
        prop_assert!(api(key).layout.fits(version, &again));
        prop_assert!(!api(key).layout.fits(version, &body[..body.len().saturating_sub(1)]) || body.is_empty());
    }

    #[test]
    fn a_damaged_request_is_decoded_or_refused(
        (key, version) in supported(),
        choices in prop::collection::vec(any::<u8>(), 0..400),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8),
        kept in any::<Index>(),
    ) {
        let mut body = request_body(key, version, &choices).to_vec();
        if body.is_empty() {
            return Ok(());
        }
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(kept.index(body.len() * 2) + 1);
        if api(key).layout.fits(version, &body) {
            // Text that is not UTF-8, or null where that is not allowed, is still refused here.
            let _ = RequestKind::decode(key, &mut Bytes::from(body), version);
        }
    }
}
