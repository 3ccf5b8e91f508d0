//! The processor time and memory of this process during a run, and facts about the machine.

use std::collections::BTreeMap;
use std::thread;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::client_threads::{Assigned, Side};
use crate::broker::is_broker_thread;
use crate::results::MachineInfo;
use crate::run::thread_times::{self, ThreadTime};

/// Measures this process.
pub(super) struct Resources {
    /// `None` if the system does not report it.
    system: Option<System>,
    pid: Pid,
    cpu_millis_before: u64,
    threads_before: Option<Vec<ThreadTime>>,
    client_threads: Option<Assigned>,
    peak_memory_bytes: u64,
}

/// Processor time of this process, and its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Used {
    /// Processor seconds since the start, all threads.
    pub(super) cpu_s: f64,
    /// Of these, those of the threads of an embedded broker; `None` if the system does not report threads.
    pub(super) broker_cpu_s: Option<f64>,
    /// Of these, those of the producers' threads; `None` if they are not known.
    pub(super) producer_cpu_s: Option<f64>,
    /// Of these, those of the consumers' threads; `None` if they are not known.
    pub(super) consumer_cpu_s: Option<f64>,
    /// Largest sampled resident memory, in bytes.
    pub(super) peak_memory_bytes: u64,
}

impl Resources {
    pub(super) fn start(client_threads: Option<Assigned>) -> Self {
        let mut resources = Self {
            system: System::new().ok(),
            pid: Pid::from_u32(std::process::id()),
            cpu_millis_before: 0,
            threads_before: None,
            client_threads,
            peak_memory_bytes: 0,
        };
        resources.cpu_millis_before = resources.sample();
        resources.threads_before = thread_times::all();
        resources
    }

    /// Samples the memory. Returns the processor time so far, in milliseconds.
    pub(super) fn sample(&mut self) -> u64 {
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        let Some(system) = &mut self.system else { return 0 };
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), false, what);
        let Some(process) = system.process(self.pid) else { return 0 };
        self.peak_memory_bytes = self.peak_memory_bytes.max(process.memory());
        process.accumulated_cpu_time()
    }

    /// `ended`: threads of the run that have ended.
    pub(super) fn finish(mut self, ended: &[ThreadTime]) -> Used {
        let before = self.threads_before.take();
        let sides = sides(before.as_deref(), thread_times::all(), ended, self.client_threads.as_ref());
        let millis = self.sample().saturating_sub(self.cpu_millis_before);
        Used {
            cpu_s: millis as f64 / 1e3,
            broker_cpu_s: sides.broker,
            producer_cpu_s: sides.producer,
            consumer_cpu_s: sides.consumer,
            peak_memory_bytes: self.peak_memory_bytes,
        }
    }
}

/// Processor time of each side since the start, seconds; `None` where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sides {
    broker: Option<f64>,
    producer: Option<f64>,
    consumer: Option<f64>,
}

/// Adds up what threads have taken between two readings. A thread that ended in between is known from what it noted itself.
fn sides(
    before: Option<&[ThreadTime]>,
    now: Option<Vec<ThreadTime>>,
    ended: &[ThreadTime],
    client_threads: Option<&Assigned>,
) -> Sides {
    let (Some(before), Some(now)) = (before, now) else { return Sides::default() };
    let earlier: BTreeMap<u32, &ThreadTime> = before.iter().map(|thread| (thread.tid, thread)).collect();
    let taken = |thread: &ThreadTime| {
        // The number of a thread that ended may have been given to another one.
        let earlier = earlier.get(&thread.tid).filter(|earlier| earlier.name == thread.name);
        thread.nanos.saturating_sub(earlier.map_or(0, |earlier| earlier.nanos))
    };
    let is_listed = |ended: &&ThreadTime| !now.iter().any(|one| one.tid == ended.tid && one.name == ended.name);
    let seconds = |is_of: &dyn Fn(&ThreadTime) -> bool| {
        let threads = now.iter().chain(ended.iter().filter(is_listed)).filter(|thread| is_of(thread));
        threads.map(taken).sum::<u64>() as f64 / 1e9
    };
    let of_side = |side: Side| client_threads.map(|known| seconds(&|thread| known.side_of(thread) == Some(side)));
    Sides {
        broker: Some(seconds(&|thread| is_broker_thread(&thread.name))),
        producer: of_side(Side::Producing),
        consumer: of_side(Side::Consuming),
    }
}

pub(super) fn machine() -> MachineInfo {
    let unknown = "unknown".to_owned();
    let mut machine = MachineInfo {
        cpu: unknown.clone(),
        cores: thread::available_parallelism().map_or(0, std::num::NonZero::get),
        memory_bytes: 0,
        os: System::long_os_version().unwrap_or(unknown.clone()),
        kernel: System::kernel_version().unwrap_or(unknown),
    };
    if let Ok(mut system) = System::new() {
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        system.refresh_memory();
        machine.memory_bytes = system.total_memory();
        if let Some(cpu) = system.cpus().first() {
            machine.cpu = cpu.brand().trim().to_owned();
        }
    }
    machine
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_os = "linux")]
    use crate::broker::RUNTIME_THREADS;

    /// Some tenths of a second of processor time, however busy the machine is.
    fn work() {
        let mut number = 1_u64;
        for _ in 0..100_000_000 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(std::hint::black_box(1));
        }
        std::hint::black_box(number);
    }

    #[test]
    fn the_time_of_a_thread_is_its_sides() {
        let thread =
            |tid, name: &str, millis: u64| ThreadTime { tid, name: name.to_owned(), nanos: 1_000_000 * millis };
        let before = [
            thread(1, "bench-send", 500),
            thread(2, "bench-consumer-", 300),
            thread(3, "broker", 50),
            thread(4, "gone", 7),
        ];
        // The first one ended, and its number was given to another thread.
        let now = vec![
            thread(1, "other", 900),
            thread(2, "bench-consumer-", 1_300),
            thread(3, "broker", 150),
            thread(5, "save", 20),
        ];
        let ended = [thread(1, "bench-send", 750), thread(6, "send", 40)];
        let known = sides(Some(&before), Some(now.clone()), &ended, Some(&Assigned::of(&[], &[2, 5])));
        assert_eq!(known, Sides { broker: Some(0.1), producer: Some(0.29), consumer: Some(1.02) });
        let unknown = sides(Some(&before), Some(now), &ended, None);
        assert_eq!(unknown, Sides { broker: Some(0.1), ..Sides::default() });
        assert_eq!(sides(None, Some(Vec::new()), &[], Some(&Assigned::default())), Sides::default());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_brokers_threads_are_counted_apart() {
        let (ready, wait) = std::sync::mpsc::sync_channel::<()>(1);
        let (done, finished) = std::sync::mpsc::sync_channel(1);
        let broker = thread::Builder::new().name(RUNTIME_THREADS.to_owned());
        let broker = broker.spawn(move || {
            let _ = wait.recv();
            work();
            let _ = done.send(());
            // It is alive when it is looked at, as a broker's are.
            let _ = wait.recv();
        });
        let resources = Resources::start(None);
        ready.send(()).unwrap();
        work();
        finished.recv().unwrap();
        let used = resources.finish(&[]);
        drop(ready);
        broker.unwrap().join().unwrap();
        let broker_cpu_s = used.broker_cpu_s.unwrap();
        assert!(broker_cpu_s > 0.01 && broker_cpu_s < used.cpu_s, "{used:?}");
    }

    #[test]
    fn work_costs_processor_time_and_memory() {
        let resources = Resources::start(None);
        work();
        let used = resources.finish(&[]);
        assert!(used.cpu_s > 0.01 && used.peak_memory_bytes > 100_000, "{used:?}");
        let machine = machine();
        assert!(machine.cores > 0 && machine.memory_bytes > 0 && !machine.os.is_empty(), "{machine:?}");
    }
}
