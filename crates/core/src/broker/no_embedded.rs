//! Replaces `embedded.rs` in a build without the feature `embedded-broker`.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::{BrokerError, BrokerHandle, BrokerState, DataPlace};
use crate::run::context::RunContext;
use crate::run::error::SettingsError;

/// Has no values.
pub(super) enum EmbeddedBroker {}

impl EmbeddedBroker {
    pub(super) fn is_here(&self) -> bool {
        match *self {}
    }

    pub(super) fn has_ended(&self) -> bool {
        match *self {}
    }

    pub(super) fn stop(self) {
        match self {}
    }
}

pub(super) fn open(_: &Arc<RunContext>, _: &DataPlace, _: &Handle) -> Result<BrokerHandle, BrokerError> {
    Err(missing())
}

pub(super) fn state(_: &DataPlace) -> Result<BrokerState, BrokerError> {
    Err(missing())
}

pub(super) fn serve(_: SocketAddr, _: &DataPlace, _: &Handle) -> Result<BrokerHandle, BrokerError> {
    Err(missing())
}

fn missing() -> BrokerError {
    let reason = "this build has no embedded broker; give the address of a cluster with --bootstrap-server";
    SettingsError(reason.to_owned()).into()
}
