//! The stages of one stream: started, followed until they are finished, and joined.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::ending::{Ending, Leftovers};
use super::figures::Figures;
use super::plan::{Mode, StreamPlan};
use super::report::StreamFacts;
use crate::kafka::client::{consumer_config, producer_config};
use crate::kafka::control::TopicMetadata;
use crate::kafka::group_state::GroupProbe;
use crate::kafka::patience::Patience;
use crate::kafka::record_limit::{PRODUCER_BYTES_DEFAULT, RecordLimit, decoded_bytes_max};
use crate::labels::{Finding, LabelFindings, Labels};
use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::consumer::{ConsumerSettings, ConsumerStage, DeadLetterTopicSettings, FirstOffset};
use crate::pipeline::outputs::own_outputs;
use crate::pipeline::producer::{ProducerSettings, ProducerStage};
use crate::pipeline::source::{ListedOnce, ProcessedFiles, SentNames, SourceError};
use crate::run::cancellation::Wait;
use crate::run::context::RunContext;

/// Sending starts when both sides are ready, so that joining the group does not count as latency; or after this time.
const JOIN_PATIENCE: Duration = Duration::from_secs(15);
/// Time between two checks of what depends on the clock.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// A stream whose broker answers and whose topic exists.
pub(super) struct Stream<'a> {
    pub(super) context: &'a Arc<RunContext>,
    pub(super) plan: &'a StreamPlan,
    pub(super) servers: &'a str,
    pub(super) patience: &'a Patience,
    pub(super) topic: &'a TopicMetadata,
    /// Where dead letters go besides the work folder.
    pub(super) dead_letter_topic: Option<DeadLetterTopicSettings>,
    /// Takes what was found of the labels.
    pub(super) facts: &'a Mutex<Option<StreamFacts>>,
}

impl Stream<'_> {
    /// Runs the stages until they are finished, or the run is stopped.
    pub(super) fn run(&self, figures: &mut Figures<'_>) -> Result<(), PipelineError> {
        let Self { context, plan, .. } = *self;
        // Opened first, so that an unusable folder is reported before anything is sent.
        let inputs = if plan.mode.produces() { Some(self.open_inputs()?) } else { None };
        let names = inputs.as_ref().map(|(_, names)| Arc::clone(names));
        let (consumer, ending) = if plan.mode.consumes() { self.start_consumer(names)? } else { (None, None) };
        let producer = inputs.map(|(labels, names)| self.start_producer(labels, names)).transpose()?;
        if let Some(producer) = &producer {
            wait_until_ready(context, producer, consumer.as_ref());
            producer.begin();
        }
        follow(context, plan, producer.as_ref(), consumer.as_ref(), ending, figures);
        if let Some(producer) = producer {
            self.report_labels(producer.label_findings());
            producer.join();
        }
        if let Some(consumer) = consumer {
            consumer.finish();
            consumer.join();
        }
        if plan.mode == Mode::Stream {
            let unsaved = unsaved_images(context.outstanding.count(), plan.is_in_memory());
            unsaved.into_iter().for_each(|message| context.notify(Notice::warning(message)));
        }
        Ok(())
    }

    /// What was asked for and not found.
    fn report_labels(&self, findings: Option<LabelFindings>) {
        for Finding { is_warning, text } in findings.iter().flat_map(LabelFindings::sentences) {
            self.context.notify(if is_warning { Notice::warning(text) } else { Notice::info(text) });
        }
        if let Some(facts) = self.facts.lock().as_mut() {
            facts.labels = findings;
        }
    }

    fn open_inputs(&self) -> Result<(Labels, Arc<SentNames>), SourceError> {
        let labels = Labels::open_excluding(&self.plan.labels, &self.plan.input, &own_outputs(&self.plan.work_dir))?;
        let list = ProcessedFiles::open(&self.plan.work_dir)?;
        let listed_once = if self.plan.is_in_memory() { ListedOnce::Settled } else { ListedOnce::Acknowledged };
        Ok((labels, Arc::new(SentNames::new(list, listed_once))))
    }

    fn start_consumer(
        &self,
        sent_names: Option<Arc<SentNames>>,
    ) -> Result<(Option<ConsumerStage>, Option<Ending>), PipelineError> {
        let Self { context, plan, servers, patience, topic, .. } = *self;
        let client = consumer_config(servers, &plan.client, &plan.group, plan.consumers, topic.max_message_bytes);
        // Queried before anything is sent: a group that starts at the end starts here.
        let probe = GroupProbe::new(context, &client)?;
        let positions = probe.positions_at_start(patience, &plan.topic, topic.partitions)?;
        let ends = || positions.iter().map(|position| (position.partition, position.high)).collect();
        let first_offset = FirstOffset::of(&client, ends);
        let mut ending = None;
        if plan.mode == Mode::Stream {
            context.recorder.lag.begin(topic.partitions);
            let reads_from_start = first_offset == FirstOffset::Earliest;
            ending = Some(Ending::new(probe, &plan.topic, plan.consumers, &positions, reads_from_start));
        }
        let settings = ConsumerSettings {
            client,
            topic: plan.topic.clone(),
            members: plan.consumers,
            work_dir: plan.work_dir.clone(),
            record_limit_bytes: decoded_bytes_max(topic.max_message_bytes),
            first_offset,
            any_file: plan.any_file,
            count: plan.count,
            statistics: None,
            dead_letter_topic: self.dead_letter_topic.clone(),
            sent_names,
        };
        Ok((Some(ConsumerStage::start(context, settings)?), ending))
    }

    fn start_producer(&self, labels: Labels, names: Arc<SentNames>) -> Result<ProducerStage, PipelineError> {
        let Self { context, plan, servers, topic, .. } = *self;
        let message_max_bytes = topic.max_message_bytes.unwrap_or(PRODUCER_BYTES_DEFAULT);
        let settings = ProducerSettings {
            client: producer_config(servers, &plan.client, message_max_bytes),
            topic: plan.topic.clone(),
            record_limit: Some(RecordLimit::in_force(&plan.client, &plan.topic, topic.max_message_bytes)),
            encoding: plan.encoding,
            key: plan.key,
            input: plan.input.canonicalize().unwrap_or_else(|_| plan.input.clone()),
            exclude: own_outputs(&plan.work_dir),
            selection: plan.selection(),
            producers: plan.producers,
            rate_images_per_s: plan.rate_images_per_s,
            load_shape: plan.load_shape,
            watch: plan.watch,
            resend: plan.resend,
            only: plan.only.clone(),
            laps: None,
            statistics: None,
        };
        context.recorder.producer.by_partition.begin(topic.partitions);
        ProducerStage::start(context, settings, labels, names)
    }
}

/// The images that a run leaves on the topic if it ends before they are saved. The next run finds them there, or sends them
/// again if the broker has ended by then: those are not listed as sent.
fn unsaved_images(count: u64, is_in_memory: bool) -> Option<String> {
    let images = match count {
        0 => return None,
        1 => "1 acknowledged image is left on the topic, not saved".to_owned(),
        count => format!("{count} acknowledged images are left on the topic, not saved"),
    };
    let them = if count == 1 { "it" } else { "them" };
    Some(match is_in_memory {
        true => format!("{images}; the broker in memory ends with this program, and the next run sends {them} again"),
        false => format!("{images}; the next run saves {them}"),
    })
}

/// Waits until the run is finished, or stopping.
fn follow(
    context: &RunContext,
    plan: &StreamPlan,
    producer: Option<&ProducerStage>,
    consumer: Option<&ConsumerStage>,
    mut ending: Option<Ending>,
    figures: &mut Figures<'_>,
) {
    let mut leftovers = Leftovers::default();
    let mut is_done = || {
        let all_sent = producer.is_none_or(ProducerStage::is_finished);
        match (consumer, &mut ending) {
            (None, _) => all_sent,
            (Some(consumer), Some(ending)) => all_sent && ending.is_reached(context, consumer),
            (Some(consumer), None) => consumer.has_ended() || is_idle(context, plan, consumer, &mut leftovers),
        }
    };
    loop {
        figures.update();
        // The stages wake this wait when they have done something; idle times and figures depend on the clock.
        match context.stop.wait_until(Some(Instant::now() + LOOK_INTERVAL), &mut is_done) {
            Wait::TimedOut => {}
            Wait::Met | Wait::Cancelled => return,
        }
    }
}

/// Whether nothing has arrived for long enough, and the records left on the topic are known.
fn is_idle(context: &RunContext, plan: &StreamPlan, consumer: &ConsumerStage, leftovers: &mut Leftovers) -> bool {
    let Some(patience) = plan.until_idle else { return false };
    if !context.reachability.is_up() || !consumer.is_assigned() {
        consumer.note_activity();
        return false;
    }
    if consumer.idle_for() < patience {
        leftovers.forget();
        return false;
    }
    leftovers.are_named(context, consumer, &plan.topic)
}

fn wait_until_ready(context: &RunContext, producer: &ProducerStage, consumer: Option<&ConsumerStage>) {
    let joined = || consumer.is_none_or(ConsumerStage::is_assigned);
    let is_ready = || producer.is_finished() || (joined() && producer.is_ready());
    let deadline = Instant::now() + JOIN_PATIENCE;
    if context.stop.wait_until(Some(deadline), is_ready) == Wait::TimedOut && !joined() {
        let message = "The consumer has no partitions yet; sending starts without it";
        context.notify(Notice::warning(message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next run of a broker in memory has an empty topic.
    #[test]
    fn a_broker_in_memory_is_not_said_to_keep_what_is_not_saved() {
        assert_eq!(unsaved_images(0, true), None);
        assert!(unsaved_images(1, false).unwrap().ends_with("; the next run saves it"));
        let lost = unsaved_images(26, true).unwrap();
        assert!(lost.ends_with("the next run sends them again") && !lost.contains("saves"), "{lost}");
    }
}
