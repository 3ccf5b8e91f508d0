//! Tells when the embedded broker has no room for records, and when it has again.
//!
//! Clients try again for as long as the broker has no room, and say nothing.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use embedded_broker::Broker;
use parking_lot::Mutex;

use crate::model::notice::Notice;
use crate::pipeline::PipelineError;
use crate::pipeline::context::{RunContext, spawn_stage};

/// Between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A thread that looks until it is ended.
pub(super) struct RoomWatch {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl RoomWatch {
    /// Looks at the broker in `own`, which may come later.
    ///
    /// # Errors
    /// The system has no thread.
    pub(super) fn start(context: &Arc<RunContext>, own: &Arc<Mutex<Option<Broker>>>) -> Result<Self, PipelineError> {
        let (end, ended) = bounded(0);
        let (own, watched) = (Arc::clone(own), Arc::clone(context));
        let thread = spawn_stage(context, "broker-room", move || {
            let mut is_told = false;
            while ended.recv_timeout(LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let refusal = own.lock().as_ref().and_then(|broker| broker.stats().storage_refusal);
                match (refusal, &mut is_told) {
                    (Some(reason), told @ false) => {
                        *told = true;
                        watched.notify(Notice::no_room(reason));
                    }
                    (None, told @ true) => {
                        *told = false;
                        watched.notify(Notice::room_again());
                    }
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(Self { end, thread })
    }

    /// Returns when the thread has ended.
    pub(super) fn end(self) {
        drop(self.end);
        // A panic has been reported by the thread itself.
        let _ = self.thread.join();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use embedded_broker::{BrokerConfig, Storage};
    use rdkafka::config::ClientConfig;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

    use super::*;
    use crate::broker::BrokerHandle;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn a_full_broker_is_told_and_so_is_room() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config =
            BrokerConfig { storage: Storage::Memory, max_data_bytes: Some(100_000), ..BrokerConfig::default() };
        let broker = runtime.block_on(Broker::start(config)).unwrap();
        let mut handle = BrokerHandle::of(broker, runtime.handle());
        let (told, notices) = bounded(16);
        let context = Arc::new(RunContext::new(Arc::new(move |notice| told.send(notice).unwrap())));
        handle.watch_room(&context).unwrap();

        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &handle.bootstrap_servers);
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
        handle.stop();
        assert!(asked.elapsed() < PATIENCE, "the watch does not keep the broker");
    }
}
