//! What the engine provides to a run.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::Event;
use super::held_broker::HeldBroker;
use super::outbox::Outbox;
use crate::broker::{BrokerChoice, BrokerHandle};
use crate::pipeline::PipelineError;
use crate::run::context::RunContext;

/// Shared with each run.
pub(super) struct Means {
    pub(super) runtime: Handle,
    pub(super) outbox: Outbox,
    pub(super) held: Arc<HeldBroker>,
}

impl Means {
    /// Opens the broker of a run, and reports it.
    pub(super) fn broker(
        &self,
        context: &Arc<RunContext>,
        choice: &BrokerChoice,
    ) -> Result<BrokerHandle, PipelineError> {
        let broker = self.held.borrow_or_open(context, choice, &self.runtime)?;
        self.outbox.tell(Event::BrokerReady { kind: broker.kind, bootstrap_servers: broker.bootstrap_servers.clone() });
        Ok(broker)
    }
}
