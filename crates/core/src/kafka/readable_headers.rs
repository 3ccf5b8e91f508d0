//! The headers of a record, as far as they can be read.
//!
//! Kafka takes any bytes as a header's name, and rdkafka panics at one that is not UTF-8. Such a record would end each
//! consumer that receives it, for ever. The panic is caught here, and that header is left out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::message::{BorrowedHeaders, Header, Headers};

thread_local! {
    static READS_HEADER: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is one that is caught here, so that nothing is to be reported.
pub fn is_panic_expected() -> bool {
    READS_HEADER.get()
}

/// All headers whose names are text, in their order.
pub(crate) fn readable_headers(headers: Option<&BorrowedHeaders>) -> impl Iterator<Item = Header<'_, &[u8]>> {
    let count = headers.map_or(0, Headers::count);
    (0..count).filter_map(move |index| headers.and_then(|headers| readable(headers, index)))
}

fn readable(headers: &BorrowedHeaders, index: usize) -> Option<Header<'_, &[u8]>> {
    READS_HEADER.set(true);
    let read = catch_unwind(AssertUnwindSafe(|| headers.try_get(index)));
    READS_HEADER.set(false);
    read.unwrap_or_else(|_| {
        tracing::warn!("left out a header of a record: its name is not UTF-8");
        None
    })
}
