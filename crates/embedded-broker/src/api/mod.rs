//! From a request's bytes to the response's. [`table`] lists the APIs; each has its layout and its handler in the file
//! of its family.

mod alter_configs;
mod api_versions;
mod broker_settings;
mod cluster;
mod config_resources;
mod configs;
mod consumer_group_heartbeat;
mod fetch;
mod groups;
mod list_offsets;
mod log_dirs;
mod membership;
mod offsets;
mod produce;
mod producers;
mod quotas;
mod reassignments;
mod request;
mod security;
mod table;
#[cfg(test)]
mod tests;
mod topic_partitions;
mod topics;
mod transactions;

use std::ops::RangeInclusive;
use std::pin::Pin;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::StrBytes;

use crate::layout::Layout;
use crate::state::State;
pub(crate) use request::{Answer, RequestError};
use request::{Outcome, Request};
use table::APIS;

/// One API that the broker supports.
struct Api {
    key: ApiKey,
    versions: RangeInclusive<i16>,
    layout: &'static Layout,
    handler: Handler,
}

enum Handler {
    Now(fn(&State, &mut Request) -> Outcome),
    /// Waits for records, or for other members of a group.
    Later(for<'a> fn(&'a State, &'a Client, Request) -> Answering<'a>),
}

type Answering<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// The client that sent a request.
#[derive(Debug)]
pub(crate) struct Client {
    /// Where it connects from.
    pub host: String,
}

/// Answers one request; `None` if the client expects no response.
pub(crate) async fn answer(state: &State, client: &Client, frame: Bytes) -> Result<Option<Answer>, RequestError> {
    let mut request = Request::parse(frame)?;
    let (key, version) = (request.key, request.version);
    let Some(api) = APIS.iter().find(|api| api.key == key && api.versions.contains(&version)) else {
        if key == ApiKey::ApiVersions {
            // The one API whose versions a client has to guess.
            return request.encode_as(&api_versions::unsupported_api_versions(&APIS), 0);
        }
        return Err(RequestError::Version(key, version));
    };
    if !api.layout.fits(version, &request.body) {
        return Err(RequestError::Body(key, version));
    }
    match api.handler {
        Handler::Now(handle) => handle(state, &mut request),
        Handler::Later(handle) => handle(state, client, request).await,
    }
}

/// The error code of an outcome: 0 is success.
fn code<T>(outcome: &Result<T, ResponseError>) -> i16 {
    outcome.as_ref().err().map_or(0, ResponseError::code)
}

fn text(sentence: impl Into<String>) -> StrBytes {
    StrBytes::from_string(sentence.into())
}
