//! The consumer groups of a cluster: their members, how far they are behind, and resetting their offsets. No group is joined.

mod assignment;
mod list;
mod reset;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use rdkafka::config::ClientConfig;

use crate::kafka::check::check_settings;
use crate::kafka::client::consumer_config;
use crate::kafka::error::ClientError;
use crate::kafka::patience::Patience;
use crate::model::client_settings::ClientSettings;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;

pub use assignment::AssignedPartitions;
pub use list::{GroupLister, GroupMember, GroupState, GroupSummary};
pub use reset::{OffsetChange, PartitionReset, ResetPlan, ResetRequest, ResetRun, ResetTo, apply_reset, plan_reset};
pub use watch::{GroupReading, GroupWatch, PartitionRates};

/// A cluster, and how long it is waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupAccess {
    /// `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// How long each request is tried.
    pub timeout: Duration,
}

impl GroupAccess {
    /// A context of its own: what happens here raises no alarm in a run, and ends with `stop`.
    fn context(&self, stop: &Cancellation) -> Arc<RunContext> {
        let mut context = RunContext::new(Arc::new(|_| {}));
        context.stop = stop.clone();
        Arc::new(context)
    }

    fn patience(&self, context: &Arc<RunContext>) -> Patience {
        Patience::new(context, &self.bootstrap_servers, &self.client, self.timeout)
    }

    /// Of a client that has the name of `group`, and commits nothing by itself.
    fn config(&self, group: &str) -> Result<ClientConfig, ClientError> {
        check_settings(&self.client)?;
        let mut config = consumer_config(&self.bootstrap_servers, &self.client, group, 1, None);
        config.remove("group.instance.id");
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("allow.auto.create.topics", "false");
        Ok(config)
    }
}
