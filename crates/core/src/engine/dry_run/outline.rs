//! What a stream would do, for a front end that shows it before the run starts.

use std::sync::Arc;
use std::time::Duration;

use super::passed_over::PassedOver;
use super::room::free_bytes;
use super::{ReceivePreview, SendPreview, TopicPreview, broker, folder};
use crate::broker::{self as brokers, BrokerChoice, BrokerState};
use crate::engine::plan::StreamPlan;
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;
use crate::run::error::error_chain;

/// How long a broker is waited for.
const BROKER_TIMEOUT: Duration = Duration::from_secs(8);

/// What a stream would do, and with what room.
#[derive(Clone, Debug)]
pub struct Outline {
    /// What would be sent.
    pub send: Option<SendPreview>,
    /// Files that would not be sent, by name.
    pub passed_over: PassedOver,
    /// The topic and what waits there, or why it is not known; `None`: no broker was asked.
    pub topic: Option<Result<(TopicPreview, ReceivePreview), String>>,
    /// Free space where the output goes.
    pub free_bytes: Option<u64>,
    /// Free space where the embedded broker's data is; `None` for a cluster, and in memory.
    pub broker_free_bytes: Option<u64>,
}

/// Finds out what `plan` would do, on the broker at `servers` if one is running there. Takes as long as reading the folder;
/// nothing is created, written, sent or committed.
///
/// # Errors
/// The plan cannot be carried out, the folder cannot be read, or `stop` was requested.
pub fn outline(plan: &StreamPlan, servers: Option<&str>, stop: &Cancellation) -> Result<Outline, String> {
    let mut context = RunContext::new(Arc::new(|_| {}));
    context.stop = Cancellation::child_of(&[stop]);
    let context = Arc::new(context);
    let mut asked = StreamPlan { broker_timeout: BROKER_TIMEOUT, ..plan.clone() };
    if let Some(servers) = servers {
        // A broker in memory serves as long as the front end holds it.
        asked.broker = BrokerChoice::External { bootstrap_servers: servers.to_owned() };
        asked.check().map_err(|error| error.to_string())?;
    }
    let mut folder = match plan.mode.produces() {
        true => Some(folder::look(&context, plan).map_err(|error| error_chain(&error))?),
        false => None,
    };
    let passed_over = folder.as_mut().map(|folder| std::mem::take(&mut folder.passed_over)).unwrap_or_default();
    let topic = servers.map(|_| look_at_topic(&context, &asked));
    let unknown = TopicPreview {
        name: plan.topic.clone(),
        exists: None,
        is_created: None,
        partitions: None,
        max_message_bytes: None,
    };
    let known = topic.as_ref().and_then(|looked| looked.as_ref().ok()).map_or(&unknown, |(topic, _)| topic);
    let send = folder.map(|folder| folder.preview(plan, known));
    Ok(Outline {
        send,
        passed_over,
        topic,
        free_bytes: free_bytes(&plan.work_dir),
        broker_free_bytes: match brokers::state(&plan.broker) {
            Ok(BrokerState::Running { data, .. } | BrokerState::Stopped { data }) => {
                data.and_then(|data| free_bytes(&data))
            }
            Err(_) => None,
        },
    })
}

fn look_at_topic(context: &Arc<RunContext>, plan: &StreamPlan) -> Result<(TopicPreview, ReceivePreview), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("outline")
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let looked = broker::look(context, plan, runtime.handle());
    looked.map(|(_, topic, receive)| (topic, receive)).map_err(|error| error_chain(&error))
}
