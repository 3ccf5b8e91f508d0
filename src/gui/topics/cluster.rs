//! Where the clients of the tab connect.

use std::error::Error;
use std::time::Duration;

use crate::gui::control_names::with_control_names;
use crate::gui::session::Session;
use kafka_image_bench_core::groups::GroupAccess;
use kafka_image_bench_core::model::client_settings::ClientSettings;
use kafka_image_bench_core::run::error::error_chain;

/// For how long the broker is waited for.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

/// A broker that is ready.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    pub(super) servers: String,
    pub(super) client: ClientSettings,
}

impl Cluster {
    pub(super) fn of(session: &Session) -> Option<Self> {
        session.kafka_client().map(|(servers, client)| Self { servers, client })
    }

    pub(super) fn group_access(&self) -> GroupAccess {
        GroupAccess { bootstrap_servers: self.servers.clone(), client: self.client.clone(), timeout: TIMEOUT }
    }
}

/// An error of a client, as the window says it.
pub(super) fn sentence(error: &(dyn Error + 'static)) -> String {
    with_control_names(&error_chain(error)).into_owned()
}
