//! The held broker: opened on request and kept over many runs, on its own thread.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::runtime::Handle;

use super::Event;
use super::outbox::Outbox;
use crate::broker::{self, BrokerChoice, BrokerError, BrokerHandle, BrokerKind};
use crate::run::context::RunContext;
use crate::run::error::{RunError, error_chain};

/// Time between two checks that the broker is still running. They wake no other thread.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A request about the held broker. A later one replaces an earlier one.
#[derive(Debug)]
pub(super) enum BrokerRequest {
    Hold(BrokerChoice),
    Release,
    End,
}

/// Shared by the thread that holds the broker and the threads that use it.
pub(super) struct HeldBroker {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    request: Option<BrokerRequest>,
    /// The context of the request that is being carried out.
    busy: Option<Arc<RunContext>>,
    /// The broker that is held, or being opened.
    wanted: Option<BrokerChoice>,
    /// Where runs find it, once it is open.
    open: Option<(BrokerKind, String)>,
    /// The thread has ended.
    is_over: bool,
}

impl HeldBroker {
    /// Starts the thread, which holds nothing at first and ends with [`BrokerRequest::End`].
    pub(super) fn start(outbox: Outbox, runtime: Handle) -> io::Result<(Arc<Self>, JoinHandle<()>)> {
        let held = Arc::new(Self { state: Mutex::default(), changed: Condvar::new() });
        let keeper = Keeper { held: Arc::clone(&held), outbox, runtime, broker: None };
        let thread = thread::Builder::new().name("broker-keeper".to_owned()).spawn(move || keeper.run())?;
        Ok((held, thread))
    }

    /// Never blocks.
    pub(super) fn request(&self, request: BrokerRequest) {
        let mut state = self.state.lock();
        // Cancel an `open` that is no longer needed: it may wait for other programs.
        let is_same = matches!(&request, BrokerRequest::Hold(choice) if state.wanted.as_ref() == Some(choice));
        if let Some(context) = state.busy.as_ref().filter(|_| !is_same) {
            context.stop.request();
        }
        state.request = Some(request);
        self.changed.notify_all();
    }

    /// Whether `choice` is held, or will be.
    pub(super) fn is_wanted(&self, choice: &BrokerChoice) -> bool {
        let state = self.state.lock();
        match &state.request {
            Some(BrokerRequest::Hold(requested)) => requested == choice,
            Some(BrokerRequest::Release | BrokerRequest::End) => false,
            None => state.wanted.as_ref() == Some(choice),
        }
    }

    /// The broker of a run: the held one if the choice is the same, which does not stop with the run; otherwise the
    /// run's own.
    pub(super) fn borrow_or_open(
        self: &Arc<Self>,
        context: &Arc<RunContext>,
        choice: &BrokerChoice,
        runtime: &Handle,
    ) -> Result<BrokerHandle, BrokerError> {
        if let BrokerChoice::Embedded(_) = choice {
            let held = Arc::clone(self);
            let _woken = context.stop.on_request(move || held.wake());
            let mut state = self.state.lock();
            // A broker that is starting or stopping would be mistaken for another program's.
            while !state.is_over && (state.busy.is_some() || state.request.is_some()) {
                if context.stop.is_requested() {
                    return Err(RunError::Stopped.into());
                }
                self.changed.wait(&mut state);
            }
            if let Some((kind, servers)) = state.open.as_ref().filter(|_| state.wanted.as_ref() == Some(choice)) {
                return Ok(BrokerHandle::lent(servers.clone(), *kind));
            }
        }
        broker::open(context, choice, runtime)
    }

    /// Makes waiting threads check again.
    fn wake(&self) {
        drop(self.state.lock());
        self.changed.notify_all();
    }
}

/// The state of the thread.
struct Keeper {
    held: Arc<HeldBroker>,
    outbox: Outbox,
    runtime: Handle,
    broker: Option<(BrokerHandle, Arc<RunContext>)>,
}

impl Keeper {
    fn run(mut self) {
        loop {
            let (request, context) = match self.next_request() {
                Some(next) => next,
                None => {
                    self.check_broker();
                    continue;
                }
            };
            let is_end = matches!(request, BrokerRequest::End);
            match request {
                BrokerRequest::Hold(choice) => self.hold(choice, context),
                BrokerRequest::Release | BrokerRequest::End => self.release(),
            }
            self.settle();
            if is_end {
                return;
            }
        }
    }

    /// `None`: there is no request, and the broker is due for a check.
    fn next_request(&self) -> Option<(BrokerRequest, Arc<RunContext>)> {
        let mut state = self.held.state.lock();
        match (&state.request, &self.broker) {
            (Some(_), _) => {}
            (None, Some(_)) => drop(self.held.changed.wait_for(&mut state, LOOK_INTERVAL)),
            (None, None) => self.held.changed.wait(&mut state),
        }
        let request = state.request.take()?;
        let outbox = self.outbox.clone();
        let context = Arc::new(RunContext::new(Arc::new(move |notice| outbox.notice(notice))));
        state.busy = Some(Arc::clone(&context));
        Some((request, context))
    }

    fn settle(&self) {
        self.held.state.lock().busy = None;
        self.held.changed.notify_all();
    }

    fn hold(&mut self, choice: BrokerChoice, context: Arc<RunContext>) {
        let known = {
            let state = self.held.state.lock();
            state.open.clone().filter(|_| state.wanted.as_ref() == Some(&choice))
        };
        if let Some((kind, bootstrap_servers)) = known {
            return self.outbox.send(Event::BrokerReady { kind, bootstrap_servers });
        }
        self.release();
        self.held.state.lock().wanted = Some(choice.clone());
        let opened = broker::open(&context, &choice, &self.runtime);
        // Then another request is waiting, and this result is outdated.
        let is_outdated = context.stop.is_requested();
        match opened {
            Ok(broker) => {
                let (kind, bootstrap_servers) = (broker.kind, broker.bootstrap_servers.clone());
                self.held.state.lock().open = Some((kind, bootstrap_servers.clone()));
                self.broker = Some((broker, context));
                if !is_outdated {
                    self.outbox.send(Event::BrokerReady { kind, bootstrap_servers });
                }
            }
            Err(error) => {
                self.held.state.lock().wanted = None;
                if !is_outdated {
                    self.failed(error_chain(&error));
                }
            }
        }
    }

    fn release(&mut self) {
        {
            let mut state = self.held.state.lock();
            (state.wanted, state.open) = (None, None);
        }
        if let Some((broker, context)) = self.broker.take() {
            context.stop.request();
            broker.stop();
        }
    }

    /// Reports when the broker has ended by itself, and when this process has taken over another one's.
    fn check_broker(&mut self) {
        let Some((broker, context)) = &mut self.broker else { return };
        if broker.has_ended() || context.has_failed() {
            let reason = match context.take_failure() {
                Some(error) => error_chain(&*error),
                None => "the embedded broker has ended by itself (see the log); it can be started again".to_owned(),
            };
            // Runs that start now wait until the data folder is free again.
            self.held.state.lock().busy = Some(Arc::clone(context));
            self.release();
            self.settle();
            self.failed(reason);
        } else if broker.kind == BrokerKind::EmbeddedElsewhere && broker.is_here() {
            broker.kind = BrokerKind::Embedded;
            let (kind, bootstrap_servers) = (broker.kind, broker.bootstrap_servers.clone());
            self.held.state.lock().open = Some((kind, bootstrap_servers.clone()));
            self.outbox.send(Event::BrokerReady { kind, bootstrap_servers });
        }
    }

    fn failed(&self, reason: String) {
        tracing::error!("{reason}");
        self.outbox.send(Event::BrokerFailed { reason });
    }
}

impl Drop for Keeper {
    /// Also after a panic, so that no thread waits forever.
    fn drop(&mut self) {
        let mut state = self.held.state.lock();
        *state = State { is_over: true, ..State::default() };
        self.held.changed.notify_all();
    }
}

#[cfg(all(test, feature = "embedded-broker"))]
#[path = "held_broker_tests.rs"]
mod tests;
