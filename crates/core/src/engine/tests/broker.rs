use parking_lot::Mutex;

use super::*;
use crate::engine::report::Outcome;

#[test]
fn runs_share_the_broker_that_is_held() {
    let front = Front::new(60);
    front.send(Command::Hold(MEMORY));
    let (kind, servers) = front.ready();
    assert_eq!(kind, BrokerKind::Embedded);
    for (work, is_first) in [("a", true), ("b", false)] {
        front.send(Command::Start(front.stream(work, Some(40.0))));
        assert_eq!(front.ready().1, servers);
        let report = front.finished();
        assert_eq!((&report.outcome, report.snapshot.saved), (&Outcome::Done, 60));
        // The data in memory still exists: the broker was not restarted.
        let broker = report.stream.and_then(|stream| stream.broker).unwrap();
        assert_eq!((broker.bootstrap_servers == servers, broker.topic_created), (true, is_first));
        let snapshot = front.engine.snapshot();
        assert_eq!((snapshot.lag, &*snapshot.lag_by_partition, snapshot.stopping), (0, &[0; 4][..], false));
        assert_accounted(&snapshot.series, 60.0);
        assert!(snapshot.series.len() >= 3, "more than a second at 40 images/s");
        assert!(snapshot.series.iter().any(|point| point.p99_micros.is_some()));
        assert!(snapshot.series.iter().all(|point| point.broker_reachable && point.lag <= 60));
    }
    // Requested again: the same one answers.
    front.send(Command::Hold(MEMORY));
    assert_eq!(front.ready().1, servers);
    front.send(Command::Release);
    wait_until("it is stopped", || !listens(&servers));
}

#[test]
fn a_broker_that_cannot_be_opened_is_reported_and_another_can_be_held() {
    let front = Front::new(0);
    let file = front.path("input/no-folder");
    std::fs::write(&file, "x").unwrap();
    front.send(Command::Hold(BrokerChoice::Embedded(DataPlace::Directory(file.join("data")))));
    let reason = front.hear(|event| match event {
        Event::BrokerFailed { reason } => Some(reason),
        _ => None,
    });
    assert!(reason.contains("data folder") && reason.contains("no-folder"), "{reason}");
    // Nothing listens there, and nothing is contacted.
    let cluster = BrokerChoice::External { bootstrap_servers: "127.0.0.1:1".to_owned() };
    front.send(Command::Hold(cluster));
    assert_eq!(front.ready(), (BrokerKind::External, "127.0.0.1:1".to_owned()));
    front.send(Command::Hold(MEMORY));
    let (_, servers) = front.ready();
    drop(front);
    assert!(!listens(&servers), "it ends with the engine");
}

#[test]
fn another_broker_waits_for_the_end_of_the_run() {
    let front = Front::new(200);
    front.send(Command::Hold(MEMORY));
    let (_, servers) = front.ready();
    front.send(Command::Start(front.stream("a", Some(10.0))));
    wait_until("images are saved", || front.engine.snapshot().saved > 0);
    front.send(Command::Hold(BrokerChoice::Embedded(DataPlace::Directory(front.path("data")))));
    front.hear(|event| match event {
        Event::Notice(notice) => notice.to_string().contains("when the run ends").then_some(()),
        _ => None,
    });
    assert!(listens(&servers) && !front.path("data").exists());
    front.send(Command::Stop);
    let report = front.finished();
    assert_eq!(report.outcome, Outcome::Stopped);
    let (kind, new_servers) = front.ready();
    assert!(kind == BrokerKind::Embedded && new_servers != servers && front.path("data").exists());
    assert!(!listens(&servers) && listens(&new_servers));
}

#[test]
fn no_thread_is_woken_while_no_run_is_active() {
    let front = Front::new(1);
    front.send(Command::Hold(MEMORY));
    front.ready();
    front.send(Command::Start(front.stream("a", None)));
    front.finished();
    let wakes = || front.wakes.load(Ordering::Relaxed);
    // The last event is sent just before its wake-up.
    wait_until("the last wake-up", || {
        let before = wakes();
        thread::sleep(Duration::from_millis(100));
        before > 0 && wakes() == before
    });
    let before = wakes();
    thread::sleep(Duration::from_millis(1_200));
    assert_eq!(wakes(), before);
}

/// The threads that have stepped back. Only the test below uses it.
static STEPPED_BACK: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn only_threads_on_the_embedded_broker_step_back() {
    let step_back = || STEPPED_BACK.lock().push(thread::current().name().unwrap_or_default().to_owned());
    let mut front = Front::new(1);
    front.engine = Engine::start(Arc::new(|| {}), step_back).unwrap();
    let (kind, servers) = {
        front.send(Command::Hold(MEMORY));
        front.ready()
    };
    assert_eq!(kind, BrokerKind::Embedded);
    let Plan::Stream(mut plan) = front.stream("as-a-cluster", None) else { unreachable!() };
    plan.broker = BrokerChoice::External { bootstrap_servers: servers };
    front.send(Command::Start(Plan::Stream(plan)));
    assert_eq!(front.finished().outcome, Outcome::Done);
    let stepped_back = STEPPED_BACK.lock().clone();
    assert!(!stepped_back.is_empty() && stepped_back.iter().all(|name| name == "broker"), "{stepped_back:?}");
    front.send(Command::Start(front.stream("embedded", None)));
    assert_eq!(front.finished().outcome, Outcome::Done);
    assert!(STEPPED_BACK.lock().iter().any(|name| name == "run"));
}
