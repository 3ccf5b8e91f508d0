//! Logs and errors of clients.

use std::sync::Arc;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer;

use crate::run::context::RunContext;

/// Ignores a client's messages.
pub struct Silent;

impl ClientContext for Silent {
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {}
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl ConsumerContext for Silent {}

impl rdkafka::producer::ProducerContext for Silent {
    type DeliveryOpaque = ();
    fn delivery(&self, _result: &rdkafka::producer::DeliveryResult<'_>, _opaque: ()) {}
}

/// Logs a client's messages, and raises the alarm when all brokers are down.
#[derive(Clone)]
pub struct ClientEvents {
    role: Arc<str>,
    context: Arc<RunContext>,
}

impl ClientEvents {
    /// `role`: the client's name in the log, for example `consumer-1`.
    pub fn new(context: &Arc<RunContext>, role: &str) -> Self {
        Self { role: role.into(), context: Arc::clone(context) }
    }

    /// See [`ClientContext::log`].
    pub fn on_log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let role = &*self.role;
        match level {
            // The reason why a connection ended: whatever its level, it may be the only hint at wrong security
            // settings.
            _ if facility == "FAIL" => {
                self.context.reachability.note_reason(shorten(message));
                tracing::info!(role, "{message}");
            }
            // Shared properties may be those of the other side; the client warns about each that it ignores.
            _ if facility == "CONFWARN" => tracing::debug!(role, "{facility}: {message}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                // For a refused connection, this is the only message with the reason.
                self.context.reachability.note_reason(shorten(message));
                tracing::info!(role, "{facility}: {message}");
            }
            _ => tracing::debug!(role, "{facility}: {message}"),
        }
    }

    /// See [`ClientContext::error`].
    pub fn on_error(&self, error: &KafkaError, reason: &str) {
        tracing::info!(role = &*self.role, "{error}: {reason}");
        self.context.recorder.client_errors.add_one();
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                // This message only counts the brokers; the cause was reported just before it.
                let cause = self.context.reachability.last_reason();
                self.context.reachability.raise_alarm(cause.as_deref().unwrap_or(shorten(reason)));
            }
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve) => {
                self.context.reachability.raise_alarm(shorten(reason));
            }
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL) => {
                self.context.reachability.raise_alarm(shorten(reason));
            }
            _ => {}
        }
    }
}

/// Removes the names of thread and broker at the beginning of librdkafka's messages, and counts at their end.
pub(crate) fn shorten(reason: &str) -> &str {
    let reason = reason.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: ")).map_or(reason, |(_, rest)| rest);
    reason.split(" (after ").next().unwrap_or(reason)
}

impl ClientContext for ClientEvents {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.on_error(&error, reason);
    }
}

impl ConsumerContext for ClientEvents {}

impl rdkafka::producer::ProducerContext for ClientEvents {
    type DeliveryOpaque = ();
    fn delivery(&self, _result: &rdkafka::producer::DeliveryResult<'_>, _opaque: ()) {}
}

/// The producer's fatal error, if it has one: its state is lost, and it must be replaced.
pub fn fatal_reason<C, P>(producer: &P) -> Option<String>
where
    C: rdkafka::producer::ProducerContext,
    P: Producer<C>,
{
    producer.client().fatal_error().map(|(_, reason)| reason)
}
