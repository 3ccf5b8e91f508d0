use crossbeam_channel::{Receiver, bounded};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use super::*;
use crate::kafka::client::consumer_config;
use crate::kafka::control::Control;
use crate::kafka::group_state::GroupProbe;

const PATIENCE: Duration = Duration::from_secs(60);
const TOPIC: &str = "images";

fn run() -> (Arc<RunContext>, Receiver<Notice>) {
    let (sender, notices) = bounded(64);
    // Further notices are of no interest.
    (Arc::new(RunContext::new(Arc::new(move |notice| drop(sender.try_send(notice))))), notices)
}

fn patience(context: &Arc<RunContext>, timeout: Duration) -> Patience {
    Patience::new(context, "b:1", &ClientSettings::default(), timeout)
}

fn kafka(code: RDKafkaErrorCode) -> ClientError {
    ClientError::Call { doing: "ask", source: KafkaError::MetadataFetch(code) }
}

#[test]
fn what_passes_is_asked_again_and_what_does_not_is_reported_at_once() {
    let (context, _notices) = run();
    let patience = patience(&context, PATIENCE);
    let mut codes = vec![RDKafkaErrorCode::NotCoordinator, RDKafkaErrorCode::BrokerTransportFailure];
    assert_eq!(patience.retry(|_| codes.pop().map_or(Ok(7), |code| Err(kafka(code)))).unwrap(), 7);
    let mut calls = 0;
    let refused = patience.retry(|_| -> Result<(), _> {
        calls += 1;
        Err(kafka(RDKafkaErrorCode::GroupAuthorizationFailed).or_denied(|| "read the topic t".to_owned()))
    });
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("may not read the topic t") && message.contains("authorization"), "{message}");
    assert_eq!(calls, 1);
}

#[test]
fn the_time_and_a_stop_end_it() {
    let (context, _notices) = run();
    let never = |_| Err::<(), _>(ClientError::NoAnswer);
    let late = patience(&context, Duration::from_millis(1)).retry(never).unwrap_err();
    assert!(matches!(late, ClientError::Unreachable { .. }), "{late}");
    context.stop.request();
    let stopped = patience(&context, PATIENCE).retry(never).unwrap_err();
    assert!(matches!(stopped, ClientError::Run(RunError::Stopped)), "{stopped}");
}

#[test]
fn hopeless_words_end_it_unless_another_server_may_still_answer() {
    let (context, _notices) = run();
    context.reachability.note_reason("sasl_ssl://b:1/bootstrap: SASL authentication error: Authentication failed");
    let never = |_| Err::<(), _>(ClientError::NoAnswer);
    let wrong = patience(&context, PATIENCE).retry(never).unwrap_err();
    assert!(wrong.to_string().starts_with("SASL: wrong user name or password: b:1"), "{wrong}");
    let two = Patience::new(&context, "b:1,c:1", &ClientSettings::default(), Duration::from_millis(1));
    let late = two.retry(never).unwrap_err();
    assert!(matches!(late, ClientError::Unreachable { .. }), "{late}");
}

/// The broker stops between two requests of a run's start, and returns when the user is informed.
#[test]
fn a_broker_that_goes_between_two_questions_is_waited_for() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let cluster: MockCluster<'static, DefaultProducerContext> = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, 3, 1).unwrap();
    let (servers, settings) = (cluster.bootstrap_servers(), ClientSettings::default());
    let (context, notices) = run();
    let control = Control::new(&context, &servers, &settings, PATIENCE, runtime.handle().clone()).unwrap();
    let probe = GroupProbe::new(&context, &consumer_config(&servers, &settings, "g", 1, None)).unwrap();
    control.wait_until_reachable().unwrap();
    let while_it_is_away = |question: &(dyn Fn() + Sync)| {
        cluster.broker_down(1).unwrap();
        std::thread::scope(|scope| {
            let asking = scope.spawn(question);
            let mut said = std::iter::from_fn(|| notices.recv_timeout(PATIENCE).ok()).map(|notice| notice.to_string());
            assert!(said.any(|said| said.contains("No broker answers")));
            cluster.broker_up(1).unwrap();
            asking.join().unwrap();
        });
    };
    while_it_is_away(&|| assert_eq!(control.partitions(TOPIC).unwrap(), Some(3)));
    while_it_is_away(&|| assert_eq!(control.brokers().unwrap().0, 1));
    while_it_is_away(&|| assert_eq!(probe.positions_at_start(control.patience(), TOPIC, 3).unwrap().len(), 3));
}
