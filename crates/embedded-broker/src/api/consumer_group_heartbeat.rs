//! The newer group protocol (KIP-848) is not supported. Its heartbeat is still announced and refused, as by a Kafka
//! where the protocol is switched off: librdkafka reports this error at once; without the announcement it would
//! silently look for another coordinator forever.

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

pub(super) fn consumer_group_heartbeat() -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_error_message(Some(text("This broker has classic groups only: set group.protocol=classic")))
        .with_member_id(None)
        .with_assignment(None)
}
