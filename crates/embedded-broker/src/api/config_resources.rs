//! The resources that have settings: the broker and the topics.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_config_resources_response::ConfigResource;
use kafka_protocol::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse};

use super::configs::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC};
use super::text;
use crate::layout::{Items, Layout, layout, since};
use crate::state::{BROKER_ID, State};

/// Types of resources, in Kafka's order.
const KINDS: [i8; 5] = [BROKER_LOGGER, BROKER, TOPIC, GROUP, CLIENT_METRICS];

pub(super) const LIST_CONFIG_RESOURCES: Layout = layout(0, &[since(1, Items(1))]);

/// Lists the resources of the requested types, or of all. Groups are never listed, because they cannot be given
/// settings here; version 0 asks for subscriptions of client metrics, of which there are none.
pub(super) fn list_config_resources(
    state: &State,
    asked: &ListConfigResourcesRequest,
    version: i16,
) -> ListConfigResourcesResponse {
    let response = ListConfigResourcesResponse::default();
    if version == 0 {
        return response;
    }
    let wanted = |kind: &i8| asked.resource_types.is_empty() || asked.resource_types.contains(kind);
    if asked.resource_types.iter().any(|kind| !KINDS.contains(kind)) {
        return response.with_error_code(ResponseError::UnsupportedVersion.code());
    }
    let mut resources = Vec::new();
    for kind in KINDS.into_iter().filter(wanted) {
        let resource = |name: String| ConfigResource::default().with_resource_name(text(name)).with_resource_type(kind);
        match kind {
            BROKER | BROKER_LOGGER => resources.push(resource(BROKER_ID.to_string())),
            TOPIC => resources.extend(state.topics.all().iter().map(|topic| resource(topic.name.clone()))),
            _ => {}
        }
    }
    response.with_config_resources(resources)
}
