use std::sync::atomic::{AtomicU32, Ordering};

use crossbeam_channel::{Receiver, bounded};
use embedded_broker::{Broker, BrokerConfig};
use tokio::runtime::Runtime;

use super::*;
use crate::broker::DataPlace;

const PATIENCE: Duration = Duration::from_secs(60);

fn keeper(runtime: &Runtime) -> (Keeper, Receiver<Event>) {
    let (sender, events) = bounded(100);
    let outbox = Outbox::new(sender, Arc::new(|| {}));
    let held = Arc::new(HeldBroker { state: Mutex::default(), changed: Condvar::new() });
    (Keeper { held, outbox, runtime: runtime.handle().clone(), broker: None }, events)
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn context() -> Arc<RunContext> {
    Arc::new(RunContext::new(Arc::new(|_| {})))
}

#[test]
fn a_broker_that_ends_by_itself_is_reported_and_can_be_held_anew() {
    let runtime = runtime();
    let (mut keeper, events) = keeper(&runtime);
    // Its tasks end with their runtime.
    let doomed = self::runtime();
    let broker = doomed.block_on(Broker::start(BrokerConfig::default())).unwrap();
    keeper.broker = Some((BrokerHandle::of(broker, runtime.handle()), context()));
    keeper.check_broker();
    assert!(events.is_empty(), "it is there");
    drop(doomed);
    keeper.check_broker();
    let Ok(Event::BrokerFailed { reason }) = events.try_recv() else { panic!("it was not reported") };
    assert!(reason.contains("ended by itself"), "{reason}");
    assert!(keeper.broker.is_none());
    keeper.hold(BrokerChoice::Embedded(DataPlace::Memory), context());
    assert!(matches!(events.try_recv(), Ok(Event::BrokerReady { kind: BrokerKind::Embedded, .. })));
    keeper.release();
}

#[test]
fn the_broker_of_another_program_is_held_and_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let choice = BrokerChoice::Embedded(DataPlace::Directory(folder.path().to_owned()));
    let runtime = runtime();
    let other = broker::open(&context(), &choice, runtime.handle()).unwrap();
    let (sender, events) = bounded(100);
    let wakes = Arc::new(AtomicU32::new(0));
    let counting = Arc::clone(&wakes);
    let waker = Arc::new(move || {
        counting.fetch_add(1, Ordering::Relaxed);
    });
    let (held, thread) = HeldBroker::start(Outbox::new(sender, waker), runtime.handle().clone()).unwrap();
    held.request(BrokerRequest::Hold(choice.clone()));
    let ready = || loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            Event::BrokerReady { kind, bootstrap_servers } => return (kind, bootstrap_servers),
            Event::Notice(_) => {}
            other => panic!("{other:?}"),
        }
    };
    let (kind, servers) = ready();
    assert_eq!((kind, &servers), (BrokerKind::EmbeddedElsewhere, &other.bootstrap_servers));
    other.stop();
    assert_eq!(ready(), (BrokerKind::Embedded, servers.clone()));
    // A run gets the same one, and it stays open when the run ends.
    let lent = held.borrow_or_open(&context(), &choice, runtime.handle()).unwrap();
    assert_eq!((lent.kind, &lent.bootstrap_servers), (BrokerKind::Embedded, &servers));
    lent.stop();
    assert!(std::net::TcpStream::connect(&servers).is_ok());
    assert!(held.is_wanted(&choice) && !held.is_wanted(&BrokerChoice::Embedded(DataPlace::Memory)));
    held.request(BrokerRequest::End);
    thread.join().unwrap();
    assert!(std::net::TcpStream::connect(&servers).is_err(), "it is stopped with the engine");
}

#[test]
fn a_run_waits_for_the_broker_that_is_being_opened_and_can_be_stopped() {
    let runtime = runtime();
    let (keeper, _events) = keeper(&runtime);
    let choice = BrokerChoice::Embedded(DataPlace::Memory);
    keeper.held.state.lock().request = Some(BrokerRequest::Hold(choice.clone()));
    let run = context();
    run.stop.request();
    let stopped = keeper.held.borrow_or_open(&run, &choice, runtime.handle());
    assert!(matches!(stopped, Err(BrokerError::Run(RunError::Stopped))));
    // A cluster needs no waiting.
    let cluster = BrokerChoice::External { bootstrap_servers: "localhost:9092".to_owned() };
    assert!(keeper.held.borrow_or_open(&run, &cluster, runtime.handle()).is_ok());
    // If the thread has ended, a run opens its own broker.
    let held = Arc::clone(&keeper.held);
    drop(keeper);
    held.borrow_or_open(&context(), &choice, runtime.handle()).unwrap().stop();
}
