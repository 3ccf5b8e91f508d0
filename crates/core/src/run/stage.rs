//! The threads of a stage.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use super::cancellation::Cancellation;
use super::context::RunContext;
use super::error::{RunError, RunFailure};

/// The threads of one stage. Dropping it asks them to stop and waits for them, so that no early return leaves one behind.
pub struct Stage {
    context: Arc<RunContext>,
    cancellation: Cancellation,
    running: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

/// Counts a thread as running until it is dropped, and then wakes threads that wait for its end.
struct Running {
    context: Arc<RunContext>,
    count: Arc<AtomicUsize>,
}

impl Stage {
    /// A stage without threads yet, which stops with its run.
    ///
    /// The waits of its threads must end with [`Self::cancellation`], or with channels whose other ends are dropped
    /// before the stage.
    pub fn new(context: &Arc<RunContext>) -> Self {
        Self::with(context, Cancellation::child_of(&[&context.stop]))
    }

    /// A stage that is needed while the others stop: it ends when it is dropped, not with its run.
    pub fn outliving(context: &Arc<RunContext>) -> Self {
        Self::with(context, Cancellation::default())
    }

    fn with(context: &Arc<RunContext>, cancellation: Cancellation) -> Self {
        Self { context: Arc::clone(context), cancellation, running: Arc::default(), threads: Vec::new() }
    }

    /// Asks the stage's threads to stop; those of the run's other stages continue.
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// Starts a named thread. Its error or panic fails the run.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn spawn<E: RunFailure>(
        &mut self,
        name: impl Into<String>,
        work: impl FnOnce() -> Result<(), E> + Send + 'static,
    ) -> Result<(), RunError> {
        let name = name.into();
        let (context, thread_name) = (Arc::clone(&self.context), name.clone());
        self.running.fetch_add(1, Ordering::AcqRel);
        let running = Running { context: Arc::clone(&self.context), count: Arc::clone(&self.running) };
        let thread = thread::Builder::new().name(name.clone()).spawn(move || {
            let _running = running;
            guarded(&context, &thread_name, work);
            context.ended_threads.note_own();
        });
        self.threads.push(thread.map_err(|source| RunError::Thread { name, source })?);
        Ok(())
    }

    /// Whether all threads have ended. Each end notifies waits on the run's cancellation.
    pub fn has_ended(&self) -> bool {
        self.running.load(Ordering::Acquire) == 0
    }

    /// Waits for the threads to end by themselves.
    pub fn join(mut self) {
        self.join_threads();
    }

    fn join_threads(&mut self) {
        for thread in self.threads.drain(..) {
            // A panic has been reported by the thread itself.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.context.stop.notify();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.cancellation.request();
        self.join_threads();
    }
}

/// Runs a stage's work in the thread `name`. Its error or panic fails the run.
pub fn guarded<E: RunFailure>(context: &RunContext, name: &str, stage: impl FnOnce() -> Result<(), E>) {
    // The stage owns its state; after a panic the run only stops.
    match catch_unwind(AssertUnwindSafe(stage)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => context.fail(error),
        Err(_) => context.fail(RunError::Panicked { thread: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crossbeam_channel::bounded;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    fn run() -> Arc<RunContext> {
        Arc::new(RunContext::new(Arc::new(|_| {})))
    }

    #[test]
    fn a_dropped_stage_leaves_no_thread_behind_and_stops_no_other() {
        let context = run();
        let (started, has_started) = bounded(1);
        let mut other = Stage::new(&context);
        let others = other.cancellation().clone();
        let waits = move || -> Result<(), RunError> {
            others.wait_timeout(LONG);
            Ok(())
        };
        other.spawn("other", waits).unwrap();
        let early_return = || -> Result<(), RunError> {
            let mut stage = Stage::new(&context);
            let stop = stage.cancellation().clone();
            stage.spawn("waits", move || -> Result<(), RunError> {
                started.send(()).ok();
                stop.wait_timeout(LONG);
                Ok(())
            })?;
            Err(RunError::Stopped)
        };
        assert!(early_return().is_err());
        // Its end of the channel was dropped with its thread.
        assert_eq!((has_started.recv().is_ok(), has_started.recv().is_ok()), (true, false));
        assert!(!context.stop.is_requested() && !other.has_ended());
        context.stop.request();
        other.join();
    }

    #[test]
    fn an_error_or_a_panic_fails_the_run_and_the_end_is_noticed() {
        let works: [fn() -> Result<(), RunError>; 2] = [|| Err(RunError::Stopped), || panic!("on purpose")];
        for (work, message) in works.into_iter().zip(["stopped", "internal error in the thread fails-1"]) {
            let context = run();
            let mut stage = Stage::new(&context);
            stage.spawn("fails-1", work).unwrap();
            while !stage.has_ended() {
                context.stop.wait_until(None, || stage.has_ended());
            }
            assert!(context.stop.is_requested());
            let failure = context.take_failure().unwrap().to_string();
            assert!(failure.contains(message), "{failure}");
        }
    }
}
