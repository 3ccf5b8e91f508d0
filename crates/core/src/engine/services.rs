//! What the engine provides to a run: its runtime, the way to the front end, and the held broker.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::Event;
use super::held_broker::HeldBroker;
use super::observer::Observer;
use super::outbox::Outbox;
use crate::broker::{BrokerChoice, BrokerError, BrokerHandle};
use crate::run::context::RunContext;

pub(super) struct RunServices {
    pub(super) runtime: Handle,
    pub(super) outbox: Outbox,
    pub(super) held: Arc<HeldBroker>,
    pub(super) observer: Observer,
}

impl RunServices {
    /// Opens the broker of a run, and reports it.
    pub(super) fn broker(&self, context: &Arc<RunContext>, choice: &BrokerChoice) -> Result<BrokerHandle, BrokerError> {
        let broker = self.held.borrow_or_open(context, choice, &self.runtime)?;
        self.outbox.send(Event::BrokerReady { kind: broker.kind, bootstrap_servers: broker.bootstrap_servers.clone() });
        Ok(broker)
    }
}
