//! Where clients connect that read a topic.

use crate::gui::session::Session;
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// Where clients connect, and with which properties.
pub(super) fn client_of(session: &mut Session) -> Option<(String, ClientSettings)> {
    let choice = session.broker_choice();
    let (Some(servers), Ok((_, properties))) = (session.broker.bootstrap_servers.clone(), choice) else {
        session.notices.toast("The broker is not ready yet");
        return None;
    };
    Some((servers, ClientSettings { properties, ..ClientSettings::default() }))
}
