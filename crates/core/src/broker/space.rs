//! Notices about an embedded broker that is out of space, or has space again.
//!
//! Clients retry silently while the broker is out of space, so its `stats` are polled and reported.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use embedded_broker::Broker;
use parking_lot::Mutex;

use super::attendant::Attendant;
use crate::model::notice::Notice;
use crate::run::context::RunContext;
use crate::run::error::RunError;

/// Time between two checks.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Starts a thread that checks the broker in `own`, which may be set later.
///
/// # Errors
/// The thread cannot be started.
pub(super) fn watch(context: &Arc<RunContext>, own: &Arc<Mutex<Option<Broker>>>) -> Result<Attendant, RunError> {
    let (own, watched) = (Arc::clone(own), Arc::clone(context));
    let mut is_reported = false;
    Attendant::start(context, "broker-space", LOOK_INTERVAL, move || {
        let refusal = own.lock().as_ref().and_then(|broker| broker.stats().storage_refusal);
        let is_refusing = refusal.is_some();
        match refusal {
            Some(reason) if !is_reported => watched.notify(Notice::no_room(reason)),
            None if is_reported => watched.notify(Notice::room_again()),
            _ => {}
        }
        is_reported = is_refusing;
        ControlFlow::Continue(())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use embedded_broker::{BrokerConfig, Storage};
    use rdkafka::config::ClientConfig;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

    use super::*;
    use crate::broker::embedded::EmbeddedBroker;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn a_full_broker_is_reported_and_so_is_its_recovery() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config =
            BrokerConfig { storage: Storage::Memory, max_data_bytes: Some(100_000), ..BrokerConfig::default() };
        let broker = runtime.block_on(Broker::start(config)).unwrap();
        let address = broker.bootstrap_server().to_string();
        let mut embedded = EmbeddedBroker::new(Some(broker), runtime.handle());
        let (sender, notices) = crossbeam_channel::bounded(16);
        let context = Arc::new(RunContext::new(Arc::new(move |notice| sender.send(notice).unwrap())));
        embedded.watch_space(&context).unwrap();

        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &address);
        let producer: BaseProducer = client.create().unwrap();
        for _ in 0..3 {
            producer
                .send(BaseRecord::<(), _>::to("images").payload(&vec![0_u8; 40_000]))
                .map_err(|(error, _)| error)
                .unwrap();
            let _ = producer.flush(Duration::from_millis(500));
        }
        let notice = notices.recv_timeout(PATIENCE).unwrap();
        assert!(matches!(&notice, Notice::NoRoom { reason, .. } if reason.contains("100000 bytes")), "{notice}");

        let admin: rdkafka::admin::AdminClient<_> = client.create().unwrap();
        runtime.block_on(admin.delete_topics(&["images"], &rdkafka::admin::AdminOptions::new())).unwrap();
        let notice = notices.recv_timeout(PATIENCE).unwrap();
        assert!(matches!(notice, Notice::RoomAgain { .. }), "{notice}");
        let asked = Instant::now();
        embedded.stop();
        assert!(asked.elapsed() < PATIENCE, "the watch does not keep the broker");
    }
}
