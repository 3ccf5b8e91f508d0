//! Client quotas: there are none, and none can be set.

use std::collections::BTreeSet;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_client_quotas_response::{EntityData, EntryData};
use kafka_protocol::messages::describe_client_quotas_request::ComponentData;
use kafka_protocol::messages::{
    AlterClientQuotasRequest, AlterClientQuotasResponse, DescribeClientQuotasRequest, DescribeClientQuotasResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::text;
use crate::layout::{Fixed, Layout, Structs, Text, always, layout};
use crate::topic_config::quoted;
use crate::topics::Refusal;

/// How a component of a filter matches: a name, the default, or any name.
const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const SPECIFIED: i8 = 2;
/// The types of entities that can have quotas.
const USER: &str = "user";
const CLIENT_ID: &str = "client-id";
const IP: &str = "ip";

pub(super) const DESCRIBE_CLIENT_QUOTAS: Layout =
    layout(1, &[always(Structs(&[always(Text), always(Fixed(1)), always(Text)])), always(Fixed(1))]);

/// No quota matches a filter; filters that Kafka refuses are refused.
pub(super) fn describe_client_quotas(asked: &DescribeClientQuotasRequest) -> DescribeClientQuotasResponse {
    let response = DescribeClientQuotasResponse::default();
    match check(&asked.components) {
        // Kafka writes an empty text rather than none.
        Ok(()) => response.with_error_message(Some(StrBytes::default())).with_entries(Some(Vec::new())),
        Err((error, sentence)) => {
            response.with_error_code(error.code()).with_error_message(Some(text(sentence))).with_entries(None)
        }
    }
}

fn check(components: &[ComponentData]) -> Result<(), Refusal> {
    let invalid = |reason: String| Err((ResponseError::InvalidRequest, reason));
    let mut seen = BTreeSet::new();
    for component in components {
        let kind = component.entity_type.as_str();
        if kind.is_empty() {
            return invalid("Invalid empty entity type.".to_owned());
        }
        if !seen.insert(kind) {
            return invalid(format!("Entity type {} cannot appear more than once in the filter.", quoted(kind)));
        }
        if ![USER, CLIENT_ID, IP].contains(&kind) {
            return Err((ResponseError::UnsupportedVersion, format!("Unsupported entity type {}", quoted(kind))));
        }
        let (name, has_name) = match component.match_type {
            EXACT if component._match.is_some() => continue,
            EXACT => {
                let reason = "Request specified MATCH_TYPE_EXACT, but set match string to null.";
                return invalid(reason.to_owned());
            }
            DEFAULT => ("MATCH_TYPE_DEFAULT", component._match.is_some()),
            SPECIFIED => ("MATCH_TYPE_SPECIFIED", component._match.is_some()),
            other => return invalid(format!("Unknown match type {other}")),
        };
        if has_name {
            return invalid(format!("Request specified {name}, but also specified a match string."));
        }
    }
    if seen.contains(IP) && seen.len() > 1 {
        let reason = "Invalid entity filter component combination. IP filter component should not be used with user or \
                      clientId filter component.";
        return invalid(reason.to_owned());
    }
    Ok(())
}

pub(super) const ALTER_CLIENT_QUOTAS: Layout = layout(
    1,
    &[
        always(Structs(&[
            always(Structs(&[always(Text), always(Text)])),
            always(Structs(&[always(Text), always(Fixed(9))])),
        ])),
        always(Fixed(1)),
    ],
);

/// Setting a quota is refused; removing one that does not exist succeeds.
pub(super) fn alter_client_quotas(asked: AlterClientQuotasRequest) -> AlterClientQuotasResponse {
    let entries = asked.entries.into_iter().map(|entry| {
        let is_removed = entry.ops.iter().all(|op| op.remove);
        let (code, message) = match is_removed {
            true => (0, None),
            false => (ResponseError::InvalidRequest.code(), Some(text("This broker has no quotas of clients."))),
        };
        let entity = entry.entity.into_iter().map(|entity| {
            EntityData::default().with_entity_type(entity.entity_type).with_entity_name(entity.entity_name)
        });
        let entity = entity.collect();
        EntryData::default().with_error_code(code).with_error_message(message).with_entity(entity)
    });
    AlterClientQuotasResponse::default().with_entries(entries.collect())
}
