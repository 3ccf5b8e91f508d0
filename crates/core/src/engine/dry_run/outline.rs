//! What a stream would do, for a front end that shows it before the run starts.

use std::sync::Arc;
use std::time::Duration;

use super::folder::Folder;
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
    pub passed_over: Arc<PassedOver>,
    /// The folder, for the outline of a plan that differs from this one; `None`: nothing would be sent.
    pub folder: Option<Arc<LookedThrough>>,
    /// The topic and what waits there, or why it is not known; `None`: no broker was asked.
    pub topic: Option<Result<(TopicPreview, ReceivePreview), String>>,
    /// Free space where the output goes.
    pub free_bytes: Option<u64>,
    /// Free space where the embedded broker's data is; `None` for a cluster, and in memory.
    pub broker_free_bytes: Option<u64>,
}

/// A folder as it was looked through for a plan.
#[derive(Debug)]
pub struct LookedThrough {
    plan: StreamPlan,
    found: Folder,
    passed_over: Arc<PassedOver>,
}

impl LookedThrough {
    fn look(context: &RunContext, plan: &StreamPlan) -> Result<Self, String> {
        let mut found = folder::look(context, plan).map_err(|error| error_chain(&error))?;
        let passed_over = Arc::new(std::mem::take(&mut found.passed_over));
        Ok(Self { plan: plan.clone(), found, passed_over })
    }

    /// Whether the same is found for `plan`: all that differs concerns the broker, its clients, or the pace.
    fn is_for(&self, plan: &StreamPlan) -> bool {
        let replays = |plan: &StreamPlan| plan.load_shape.is_some_and(|shape| shape.replay().is_some());
        let same = StreamPlan {
            mode: plan.mode,
            broker: plan.broker.clone(),
            broker_timeout: plan.broker_timeout,
            client: plan.client.clone(),
            topic: plan.topic.clone(),
            group: plan.group.clone(),
            partitions: plan.partitions,
            producers: plan.producers,
            rate_images_per_s: plan.rate_images_per_s,
            load_shape: plan.load_shape,
            watch: plan.watch,
            keep: plan.keep.clone(),
            consumers: plan.consumers,
            count: plan.count,
            until_idle: plan.until_idle,
            dead_letter_topic: plan.dead_letter_topic.clone(),
            ..self.plan.clone()
        };
        same == *plan && replays(&self.plan) == replays(plan)
    }
}

/// Finds out what `plan` would do, on the broker at `servers` if one is running there. Takes as long as reading the folder,
/// unless `earlier` has what the plan needs of it; nothing is created, written, sent or committed.
///
/// # Errors
/// The plan cannot be carried out, the folder cannot be read, or `stop` was requested.
pub fn outline(
    plan: &StreamPlan,
    servers: Option<&str>,
    earlier: Option<Arc<LookedThrough>>,
    stop: &Cancellation,
) -> Result<Outline, String> {
    let mut context = RunContext::new(Arc::new(|_| {}));
    context.stop = Cancellation::child_of(&[stop]);
    let context = Arc::new(context);
    let mut asked = StreamPlan { broker_timeout: BROKER_TIMEOUT, ..plan.clone() };
    if let Some(servers) = servers {
        // A broker in memory serves as long as the front end holds it.
        asked.broker = BrokerChoice::External { bootstrap_servers: servers.to_owned() };
        asked.check().map_err(|error| error.to_string())?;
    }
    let folder = match earlier.filter(|earlier| earlier.is_for(plan)) {
        _ if !plan.mode.produces() => None,
        Some(earlier) => Some(earlier),
        None => Some(Arc::new(LookedThrough::look(&context, plan)?)),
    };
    let topic = servers.map(|_| look_at_topic(&context, &asked));
    let unknown = TopicPreview {
        name: plan.topic.clone(),
        exists: None,
        is_created: None,
        partitions: None,
        max_message_bytes: None,
    };
    let known = topic.as_ref().and_then(|looked| looked.as_ref().ok()).map_or(&unknown, |(topic, _)| topic);
    Ok(Outline {
        send: folder.as_ref().map(|folder| folder.found.preview(plan, known)),
        passed_over: folder.as_ref().map(|folder| Arc::clone(&folder.passed_over)).unwrap_or_default(),
        folder,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::DataPlace;
    use crate::configuration::{LoadShape, RecordKey, Replay};
    use crate::engine::plan::Mode;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x64\0\0\0\x3c";

    #[test]
    fn a_folder_is_read_again_only_for_what_concerns_it() {
        let folder = tempfile::tempdir().unwrap();
        let (input, work_dir) = (folder.path().join("in"), folder.path().join("out"));
        std::fs::create_dir(&input).unwrap();
        let add = |name: &str| std::fs::write(input.join(name), PNG).unwrap();
        add("a.png");
        std::fs::write(input.join("note.txt"), "x").unwrap();
        let broker = BrokerChoice::Embedded(DataPlace::Memory);
        let first = StreamPlan { broker, input: input.clone(), work_dir, ..StreamPlan::default() };
        let look = |plan: &StreamPlan, earlier: &Outline| {
            outline(plan, None, earlier.folder.clone(), &Cancellation::default()).unwrap()
        };
        let images = |outline: &Outline| outline.send.as_ref().unwrap().images;
        let earlier = outline(&first, None, None, &Cancellation::default()).unwrap();
        assert_eq!((images(&earlier), earlier.passed_over.not_images.len()), (1, 1));
        // Whoever reads the folder finds two.
        add("b.png");
        let topic = StreamPlan { topic: "other".to_owned(), partitions: 9, watch: true, ..first.clone() };
        let found = look(&topic, &earlier);
        assert_eq!((images(&found), found.passed_over.not_images.len()), (1, 1));
        assert!(found.send.unwrap().watches, "what is not of the folder is of the present plan");
        for plan in [
            StreamPlan { any_file: true, ..first.clone() },
            StreamPlan { key: RecordKey::File, ..first.clone() },
            StreamPlan { resend: true, ..first.clone() },
            StreamPlan { labels: "folder".parse().unwrap(), ..first.clone() },
            StreamPlan {
                load_shape: Some(LoadShape::Replay(Replay { speed: 1.0, longest_pause_s: None })),
                ..first.clone()
            },
            StreamPlan { work_dir: folder.path().join("other"), ..first.clone() },
        ] {
            assert!(images(&look(&plan, &earlier)) >= 2, "{plan:?}");
        }
        let receives = StreamPlan { mode: Mode::Consume, ..first };
        assert!(look(&receives, &earlier).send.is_none());
    }
}
