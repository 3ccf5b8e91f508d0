//! A request: parsing the header, decoding the body, encoding the response.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiKey, RequestHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

use crate::layout;
use crate::log::Part;

/// A response, with its length prefix.
#[derive(Debug)]
pub(crate) struct Answer {
    /// In the order of sending.
    pub parts: Vec<Part>,
}

/// A request that cannot be answered; the connection is closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("the request header is malformed")]
    Header,
    #[error("unknown API {0}")]
    UnknownApi(i16),
    #[error("version {1} of {0:?} is not supported")]
    Version(ApiKey, i16),
    #[error("a request of version {1} of {0:?} is malformed")]
    Body(ApiKey, i16),
    /// For a client that requests no response the connection is closed, as by Kafka, so that it looks the topic up
    /// again.
    #[error("unacknowledged records were refused: {0}")]
    Unacknowledged(ResponseError),
    #[error("a response to {0:?} cannot be encoded: {1}")]
    Response(ApiKey, String),
}

/// The response, or `None` if the client expects none.
pub(super) type Outcome = Result<Option<Answer>, RequestError>;

/// A request's header and what is needed to answer it.
pub(super) struct Request {
    pub key: ApiKey,
    pub version: i16,
    pub correlation_id: i32,
    client_id: StrBytes,
    pub body: Bytes,
}

impl Request {
    pub(super) fn parse(mut frame: Bytes) -> Result<Self, RequestError> {
        let mut start = frame.get(..8).ok_or(RequestError::Header)?;
        let (key, version, correlation_id) = (start.get_i16(), start.get_i16(), start.get_i32());
        let key = ApiKey::try_from(key).map_err(|()| RequestError::UnknownApi(key))?;
        let header_version = key.request_header_version(version);
        if header_version >= 2 {
            // The header's only list, checked for the same reason as those of the body.
            let id_length = frame.get(8..10).map(|mut length| length.get_i16()).ok_or(RequestError::Header)?;
            let tags = frame.get(10 + usize::try_from(id_length).unwrap_or(0)..).ok_or(RequestError::Header)?;
            layout::skip_tags(tags).ok_or(RequestError::Header)?;
        }
        let header = RequestHeader::decode(&mut frame, header_version).map_err(|_| RequestError::Header)?;
        Ok(Self { key, version, correlation_id, client_id: header.client_id.unwrap_or_default(), body: frame })
    }

    /// Decodes the request, passes it and its version to `handle`, and encodes the response.
    pub(super) fn answer<Q: Decodable, R: Encodable + HeaderVersion>(
        &mut self,
        handle: impl FnOnce(Q, i16) -> R,
    ) -> Outcome {
        let asked = self.decode()?;
        self.encode(&handle(asked, self.version))
    }

    /// Releases the request's bytes before a wait; returns the client's id.
    pub(super) fn release(&mut self) -> StrBytes {
        self.body = Bytes::new();
        std::mem::take(&mut self.client_id)
    }

    pub(super) fn decode<Q: Decodable>(&mut self) -> Result<Q, RequestError> {
        Q::decode(&mut self.body, self.version).map_err(|_| RequestError::Body(self.key, self.version))
    }

    pub(super) fn encode<R: Encodable + HeaderVersion>(&self, response: &R) -> Outcome {
        self.encode_as(response, self.version)
    }

    pub(super) fn encode_as<R: Encodable + HeaderVersion>(&self, response: &R, version: i16) -> Outcome {
        let mut bytes = BytesMut::new();
        bytes.put_i32(0);
        bytes.put_i32(self.correlation_id);
        if R::header_version(version) >= 1 {
            bytes.put_u8(0); // no tagged fields
        }
        response.encode(&mut bytes, version).map_err(|error| RequestError::Response(self.key, error.to_string()))?;
        let length = i32::try_from(bytes.len() - 4);
        let length = length.map_err(|_| RequestError::Response(self.key, "it is too long".to_owned()))?;
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        Ok(Some(Answer { parts: vec![Part::Bytes(bytes.freeze())] }))
    }
}
