//! The topics that letters are sent to.

use std::collections::HashMap;

use super::RedrivePlan;
use super::letter::Letter;
use crate::kafka::control::{Control, TopicMetadata};
use crate::kafka::error::ClientError;
use crate::kafka::record_limit::RecordLimit;
use crate::kafka::topic_name::topic_problem;

/// What a record has in a batch besides key, value and headers, at most.
const RECORD_OVERHEAD_BYTES: usize = 1024;

/// Topics by name, each asked for once.
pub(super) struct Targets<'a> {
    plan: &'a RedrivePlan,
    control: &'a Control,
    /// The dead letter topic, if that is where the letters are.
    source: Option<&'a str>,
    known: HashMap<String, Option<TopicMetadata>>,
}

/// Where a letter is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) topic: String,
    /// `None`: the client chooses it.
    pub(super) partition: Option<i32>,
}

impl<'a> Targets<'a> {
    pub(super) fn new(plan: &'a RedrivePlan, control: &'a Control, source: Option<&'a str>) -> Self {
        Self { plan, control, source, known: HashMap::new() }
    }

    /// Where `letter` goes; the inner error: why it cannot be sent.
    pub(super) fn of(&mut self, letter: &Letter) -> Result<Result<Target, String>, ClientError> {
        let topic = match (&self.plan.to, &letter.topic) {
            (Some(topic), _) | (None, Some(topic)) => topic.clone(),
            (None, None) => {
                return Ok(
                    Err("its headers do not name the topic that it came from; give one with --topic".to_owned()),
                );
            }
        };
        if self.source == Some(&topic) {
            return Ok(Err("it came from the dead letter topic itself; give another topic with --topic".to_owned()));
        }
        if let Some(problem) = topic_problem(&topic) {
            return Ok(Err(format!("the topic \"{topic}\" {problem}; give another one with --topic")));
        }
        if !self.known.contains_key(&topic) {
            let found = self.control.existing_topic(&topic)?;
            self.known.insert(topic.clone(), found);
        }
        let Some(Some(metadata)) = self.known.get(&topic) else {
            let advice = "create it, or give another one with --topic";
            return Ok(Err(format!("the topic {topic} does not exist; {advice}")));
        };
        let size_bytes = (letter.size_bytes() + RECORD_OVERHEAD_BYTES) as u64;
        let limit = RecordLimit::in_force(&self.plan.client, &topic, metadata.max_message_bytes);
        if let Some(refusal) = limit.refusal(size_bytes) {
            return Ok(Err(refusal));
        }
        // Back where it was, if that still exists; elsewhere the key decides.
        let is_back = letter.topic.as_deref() == Some(&topic);
        let has = |partition: &i32| usize::try_from(*partition).is_ok_and(|number| number < metadata.partitions);
        let partition = letter.partition.filter(|partition| is_back && has(partition));
        Ok(Ok(Target { topic, partition }))
    }
}
