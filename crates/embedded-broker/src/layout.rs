//! The layout of a request, to check it before it is decoded: the decoder allocates as many items as an array claims to
//! have, so that a few bytes could request more memory than the machine has.
//!
//! A layout repeats what the protocol's schema says for the versions that this broker supports. It is next to the API's
//! handler; the tests of `api` compare each with the encoder and the decoder.

use bytes::Buf;

/// Maximum of array items and tagged fields in one request, all together; real requests have a few thousand.
pub(crate) const MAX_ITEMS: usize = 200_000;

/// What a field looks like on the wire.
pub(crate) enum Kind {
    /// This many bytes.
    Fixed(usize),
    /// A string, which may be null.
    Text,
    /// Bytes, which may be null.
    Blob,
    /// Structs with these fields.
    Structs(&'static [Field]),
    /// A struct with these fields, which may be null.
    Optional(&'static [Field]),
    /// Numbers of four bytes.
    Numbers,
    /// Items of this many bytes each.
    Items(usize),
    /// Strings.
    Texts,
}

pub(crate) use Kind::{Blob, Fixed, Items, Numbers, Optional, Structs, Text, Texts};

/// A field, and the first and last version that has it.
pub(crate) struct Field(pub Kind, pub i16, pub i16);

pub(crate) const fn always(kind: Kind) -> Field {
    Field(kind, 0, i16::MAX)
}

pub(crate) const fn since(version: i16, kind: Kind) -> Field {
    Field(kind, version, i16::MAX)
}

pub(crate) const fn until(version: i16, kind: Kind) -> Field {
    Field(kind, 0, version)
}

pub(crate) const fn between(first: i16, last: i16, kind: Kind) -> Field {
    Field(kind, first, last)
}

/// The fields of a request, and the first version with compact lengths and tagged fields.
pub(crate) struct Layout {
    pub flexible_since: i16,
    pub fields: &'static [Field],
}

pub(crate) const fn layout(flexible_since: i16, fields: &'static [Field]) -> Layout {
    Layout { flexible_since, fields }
}

impl Layout {
    /// Whether a request's body (what follows the header) can be decoded without allocating much more than it holds.
    pub(crate) fn fits(&self, version: i16, body: &[u8]) -> bool {
        self.rest(version, body).is_some()
    }

    /// What follows the fields in `body`; `None` if they do not fit it.
    pub(crate) fn rest<'a>(&self, version: i16, body: &'a [u8]) -> Option<&'a [u8]> {
        let flexible = version >= self.flexible_since;
        let mut scan = Scan { rest: body, version, flexible, items_left: MAX_ITEMS };
        scan.fields(self.fields)?;
        Some(scan.rest)
    }
}

/// Skips the tagged fields at the end of a request header.
pub(crate) fn skip_tags(bytes: &[u8]) -> Option<&[u8]> {
    let mut scan = Scan { rest: bytes, version: 0, flexible: true, items_left: MAX_ITEMS };
    scan.tags()?;
    Some(scan.rest)
}

struct Scan<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
    items_left: usize,
}

impl Scan<'_> {
    fn fields(&mut self, fields: &[Field]) -> Option<()> {
        for Field(kind, first, last) in fields {
            if (*first..=*last).contains(&self.version) {
                self.field(kind)?;
            }
        }
        self.tags()
    }

    fn field(&mut self, kind: &Kind) -> Option<()> {
        match kind {
            Fixed(size) => self.skip(*size),
            Text => {
                let size = self.length(|rest| rest.try_get_i16().ok().map(i32::from))?;
                self.skip(size)
            }
            Blob => {
                let size = self.length(|rest| rest.try_get_i32().ok())?;
                self.skip(size)
            }
            Structs(fields) => {
                for _ in 0..self.items()? {
                    self.fields(fields)?;
                }
                Some(())
            }
            Optional(fields) => match self.rest.try_get_i8().ok()? {
                1 => self.fields(fields),
                _ => Some(()),
            },
            Numbers => self.field(&Items(4)),
            Items(size) => {
                let count = self.items()?;
                self.skip(count.checked_mul(*size)?)
            }
            Texts => {
                for _ in 0..self.items()? {
                    self.field(&Text)?;
                }
                Some(())
            }
        }
    }

    fn items(&mut self) -> Option<usize> {
        let count = self.length(|rest| rest.try_get_i32().ok())?;
        self.items_left = self.items_left.checked_sub(count)?;
        Some(count)
    }

    /// A length; null counts as none.
    fn length(&mut self, plain: impl Fn(&mut &[u8]) -> Option<i32>) -> Option<usize> {
        if self.flexible {
            return Some((self.varint()? as usize).saturating_sub(1));
        }
        match plain(&mut self.rest)? {
            -1 => Some(0),
            length => usize::try_from(length).ok(),
        }
    }

    fn tags(&mut self) -> Option<()> {
        if !self.flexible {
            return Some(());
        }
        let count = self.varint()? as usize;
        self.items_left = self.items_left.checked_sub(count)?;
        for _ in 0..count {
            self.varint()?;
            let size = self.varint()? as usize;
            self.skip(size)?;
        }
        Some(())
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0_u32;
        for shift in (0..35).step_by(7) {
            let byte = self.rest.try_get_u8().ok()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, size: usize) -> Option<()> {
        self.rest = self.rest.get(size..)?;
        Some(())
    }
}
