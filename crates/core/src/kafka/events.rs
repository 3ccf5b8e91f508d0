//! What clients report on their own: logs and errors.

use std::sync::Arc;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer;

use crate::run::context::RunContext;

/// Ignores what a client reports.
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

/// Logs what a client reports, and raises the alarm when the broker is gone.
#[derive(Clone)]
pub struct ClientEvents {
    role: Arc<str>,
    context: Arc<RunContext>,
}

impl ClientEvents {
    /// For the client that has this `role` in the log, for example `consumer-1`.
    pub fn new(context: &Arc<RunContext>, role: &str) -> Self {
        Self { role: role.into(), context: Arc::clone(context) }
    }

    /// See [`ClientContext::log`].
    pub fn on_log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let role = &*self.role;
        match level {
            // Why a connection ended: at whatever level, it may be the only hint at wrong security settings.
            _ if facility == "FAIL" => {
                self.context.reachability.note_reason(shorten(message));
                tracing::info!(role, "{message}");
            }
            // One client takes the properties of producers and consumers alike and reports which it passes over.
            _ if facility == "CONFWARN" => tracing::debug!(role, "{facility}: {message}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                // A refused connection has its reason only here.
                self.context.reachability.note_reason(shorten(message));
                tracing::info!(role, "{facility}: {message}");
            }
            _ => tracing::debug!(role, "{facility}: {message}"),
        }
    }

    /// See [`ClientContext::error`].
    pub fn on_error(&self, error: &KafkaError, reason: &str) {
        tracing::info!(role = &*self.role, "{error}: {reason}");
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                // The cause was reported just before; this only counts the brokers.
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

/// librdkafka opens its messages with the thread's and the broker's name and ends some with counts.
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

/// Why a producer can do nothing more, if so: its state is lost, and it must be replaced.
pub fn fatal_reason<C, P>(producer: &P) -> Option<String>
where
    C: rdkafka::producer::ProducerContext,
    P: Producer<C>,
{
    producer.client().fatal_error().map(|(_, reason)| reason)
}
