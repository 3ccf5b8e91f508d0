//! The newer group protocol (KIP-848) is not offered. Its heartbeat is announced and refused all the same, as Kafka does
//! where the protocol is switched off: librdkafka would look for another coordinator for ever, in silence, while this
//! error is one it reports at once.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ConsumerGroupHeartbeatResponse;

use super::text;
use crate::layout::{Fixed, Layout, Numbers, Structs, Text, Texts, always, layout, since};

pub(super) const CONSUMER_GROUP_HEARTBEAT: Layout = layout(
    0,
    &[
        always(Text),
        always(Text),
        always(Fixed(4)),
        always(Text),
        always(Text),
        always(Fixed(4)),
        always(Texts),
        since(1, Text),
        always(Text),
        always(Structs(&[always(Fixed(16)), always(Numbers)])),
    ],
);

/// No member joins a group so.
pub(super) fn consumer_group_heartbeat() -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_error_message(Some(text("This broker has classic groups only: set group.protocol=classic")))
        .with_member_id(None)
        .with_assignment(None)
}
