//! The APIs that the broker announces.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::api_versions_response::{ApiVersion, ApiVersionsResponse};

use super::Api;
use crate::layout::{Layout, Text, layout, since};

pub(super) const API_VERSIONS: Layout = layout(3, &[since(3, Text), since(3, Text)]);

pub(super) fn api_versions(apis: &[Api]) -> ApiVersionsResponse {
    ApiVersionsResponse::default().with_api_keys(apis.iter().map(announced).collect())
}

/// The response to ApiVersions in an unknown version; it lists the supported ones.
pub(super) fn unsupported_api_versions(apis: &[Api]) -> ApiVersionsResponse {
    let own = apis.iter().filter(|api| api.key == ApiKey::ApiVersions);
    ApiVersionsResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_api_keys(own.map(announced).collect())
}

fn announced(api: &Api) -> ApiVersion {
    // As Kafka does: librdkafka 2.0 compresses nothing for a broker that does not announce version 0.
    let first = if api.key == ApiKey::Produce { 0 } else { *api.versions.start() };
    ApiVersion::default().with_api_key(api.key as i16).with_min_version(first).with_max_version(*api.versions.end())
}
