//! The broker, the topic and the group of a run, as far as a broker is running that can be asked.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::{BrokerPreview, ReceivePreview, TopicPreview};
use crate::broker::{self, BrokerChoice, BrokerState};
use crate::engine::error::EngineError;
use crate::engine::plan::{Mode, StreamPlan};
use crate::engine::stream::new_topic_bytes;
use crate::kafka::client::consumer_config;
use crate::kafka::control::Control;
use crate::kafka::group_state::GroupProbe;
use crate::model::broker_kind::BrokerKind;
use crate::model::client_settings::ClientSettings;
use crate::pipeline::consumer::FirstOffset;
use crate::run::context::RunContext;

/// Connects to the broker, if one is running; an embedded one is not started for a look.
pub(super) fn open(
    context: &Arc<RunContext>,
    choice: &BrokerChoice,
    client: &ClientSettings,
    timeout: Duration,
    runtime: &Handle,
) -> Result<(BrokerPreview, Option<Control>), EngineError> {
    let state = broker::state(choice)?;
    let preview = |kind, bootstrap_servers: Option<&String>, data| BrokerPreview {
        kind,
        bootstrap_servers: bootstrap_servers.cloned(),
        data,
        brokers: None,
    };
    match state {
        BrokerState::Running { kind, bootstrap_servers, data } => {
            let control = Control::new(context, &bootstrap_servers, client, timeout, runtime.clone())?;
            control.wait_until_reachable()?;
            Ok((preview(kind, Some(&bootstrap_servers), data), Some(control)))
        }
        BrokerState::Stopped { data } => Ok((preview(BrokerKind::Embedded, None, data), None)),
    }
}

/// Asks for the topic, and for the records that wait for the group.
pub(super) fn look(
    context: &Arc<RunContext>,
    plan: &StreamPlan,
    runtime: &Handle,
) -> Result<(BrokerPreview, TopicPreview, ReceivePreview), EngineError> {
    let (broker, control) = open(context, &plan.broker, &plan.client, plan.broker_timeout, runtime)?;
    let mut receive = ReceivePreview {
        group: plan.group.clone(),
        consumers: plan.consumers,
        has_committed: None,
        waiting: None,
        count: plan.count,
        until_idle_s: plan.until_idle.map(|idle| idle.as_secs_f64()),
    };
    let (Some(control), Some(servers)) = (control, &broker.bootstrap_servers) else {
        // In a folder that has no data yet, and in memory, there is no topic.
        let is_new = broker.data.as_ref().is_none_or(|folder| !folder.exists());
        let topic = if is_new { created(plan)? } else { unknown(plan) };
        if is_new {
            (receive.has_committed, receive.waiting) = (Some(false), Some(0));
        }
        return Ok((broker, topic, receive));
    };
    let brokers = Some(control.brokers()?.0);
    let Some(partitions) = control.partitions(&plan.topic)? else {
        // On a cluster a consumer creates no topic.
        let is_waited_for = plan.mode == Mode::Consume && broker.kind == BrokerKind::External;
        let topic = match is_waited_for {
            true => TopicPreview { exists: Some(false), is_created: Some(false), ..unknown(plan) },
            false => created(plan)?,
        };
        (receive.has_committed, receive.waiting) = (Some(false), Some(0));
        return Ok((BrokerPreview { brokers, ..broker }, topic, receive));
    };
    let max_message_bytes = control.max_message_bytes(&plan.topic)?;
    if plan.mode.consumes() {
        let client = consumer_config(servers, &plan.client, &plan.group, plan.consumers, max_message_bytes);
        let probe = GroupProbe::new(context, &client)?;
        let positions = probe.positions_at_start(control.patience(), &plan.topic, partitions)?;
        let reads_from_start = FirstOffset::of(&client, Default::default) == FirstOffset::Earliest;
        let waiting = |position: &crate::kafka::group_state::PartitionPosition| match position.committed {
            None if !reads_from_start => 0,
            _ => position.lag_to(position.high),
        };
        receive.has_committed = Some(positions.iter().any(|position| position.committed.is_some()));
        receive.waiting = Some(positions.iter().map(waiting).sum());
    }
    let topic = TopicPreview {
        exists: Some(true),
        is_created: Some(false),
        partitions: Some(partitions),
        max_message_bytes,
        ..unknown(plan)
    };
    Ok((BrokerPreview { brokers, ..broker }, topic, receive))
}

/// A topic that the run would create.
fn created(plan: &StreamPlan) -> Result<TopicPreview, EngineError> {
    Ok(TopicPreview {
        exists: Some(false),
        is_created: Some(true),
        partitions: usize::try_from(plan.partitions).ok(),
        max_message_bytes: Some(new_topic_bytes(plan)?),
        ..unknown(plan)
    })
}

/// A topic of which nothing is known but its name.
fn unknown(plan: &StreamPlan) -> TopicPreview {
    TopicPreview { name: plan.topic.clone(), exists: None, is_created: None, partitions: None, max_message_bytes: None }
}
