//! Writes dead letters to a topic, as Kafka Connect does, before their offsets are committed.

use std::sync::Arc;

use super::DeadLetterTopicSettings;
use crate::kafka::confirmed_producer::{ConfirmedProducer, GROUP_MAX, OutgoingRecord};
use crate::kafka::error::{ClientError, is_denial};
use crate::kafka::record_fields::RecordFields;
use crate::pipeline::PipelineError;
use crate::pipeline::sink::{DeadLetter, dead_letter_headers};
use crate::run::context::RunContext;

pub(super) struct DeadLetterTopic {
    topic: String,
    /// The consumer group that finds the letters.
    group: String,
    producer: ConfirmedProducer,
}

impl DeadLetterTopic {
    pub(super) fn open(
        context: &Arc<RunContext>,
        settings: &DeadLetterTopicSettings,
        group: &str,
    ) -> Result<Self, PipelineError> {
        let DeadLetterTopicSettings { topic, bootstrap_servers, client, message_max_bytes } = settings;
        let producer = ConfirmedProducer::new(context, bootstrap_servers, client, *message_max_bytes, "dead-letters")?;
        Ok(Self { topic: topic.clone(), group: group.to_owned(), producer })
    }

    /// Returns when all letters are acknowledged.
    pub(super) fn write(&mut self, letters: &[&DeadLetter]) -> Result<(), PipelineError> {
        for letters in letters.chunks(GROUP_MAX) {
            let fields: Vec<RecordFields> =
                letters.iter().map(|letter| dead_letter_headers::described(letter, &self.group)).collect();
            let records: Vec<OutgoingRecord<'_>> = letters
                .iter()
                .zip(&fields)
                .map(|(letter, fields)| OutgoingRecord {
                    topic: &self.topic,
                    partition: None,
                    timestamp_millis: letter.timestamp_millis,
                    value: letter.value.as_deref(),
                    fields,
                })
                .collect();
            for (letter, outcome) in letters.iter().zip(self.producer.send(&records)?) {
                if let Err(error) = outcome {
                    return Err(self.refused(letter, &error));
                }
            }
        }
        Ok(())
    }

    fn refused(&self, letter: &DeadLetter, error: &rdkafka::error::KafkaError) -> PipelineError {
        let topic = self.topic.clone();
        let code = error.rdkafka_error_code();
        if let Some(code) = code.filter(|code| is_denial(*code)) {
            return ClientError::Denied { what: format!("write to the dead letter topic {topic}"), code }.into();
        }
        let DeadLetter { topic: from, partition, offset, .. } = letter;
        let record = format!("{from} [{partition}] at offset {offset}");
        let reason = code.map_or_else(|| error.to_string(), |code| code.to_string());
        PipelineError::DeadLetterTopic { topic, record, reason }
    }
}
