//! Where clients connect that read a topic.

use crate::gui::session::Session;
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// Where clients connect, and with which properties.
pub(super) fn client_of(session: &mut Session) -> Option<(String, ClientSettings)> {
    let client = session.kafka_client();
    if client.is_none() {
        session.notices.toast("The broker is not ready yet");
    }
    client
}
