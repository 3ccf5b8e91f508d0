//! The processor time and memory of this process during a run, and facts about the machine.

use std::thread;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

#[cfg(target_os = "linux")]
use crate::broker::is_broker_thread;
use crate::results::MachineInfo;

/// Measures this process.
pub(super) struct Resources {
    /// `None` if the system does not report it.
    system: Option<System>,
    pid: Pid,
    cpu_millis_before: u64,
    broker_millis_before: Option<u64>,
    peak_memory_bytes: u64,
}

/// Processor time of this process, and its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Used {
    /// Processor seconds since the start, all threads.
    pub(super) cpu_s: f64,
    /// Of these, those of the threads of an embedded broker; `None` if the system does not report threads.
    pub(super) broker_cpu_s: Option<f64>,
    /// Largest sampled resident memory, in bytes.
    pub(super) peak_memory_bytes: u64,
}

impl Resources {
    pub(super) fn start() -> Self {
        let mut resources = Self {
            system: System::new().ok(),
            pid: Pid::from_u32(std::process::id()),
            cpu_millis_before: 0,
            broker_millis_before: None,
            peak_memory_bytes: 0,
        };
        resources.cpu_millis_before = resources.sample();
        resources.broker_millis_before = broker_millis();
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

    pub(super) fn finish(mut self) -> Used {
        let broker = broker_millis().zip(self.broker_millis_before);
        let millis = self.sample().saturating_sub(self.cpu_millis_before);
        Used {
            cpu_s: millis as f64 / 1e3,
            broker_cpu_s: broker.map(|(now, before)| now.saturating_sub(before) as f64 / 1e3),
            peak_memory_bytes: self.peak_memory_bytes,
        }
    }
}

/// Processor time so far of the threads that serve an embedded broker, in milliseconds. (`sysinfo` reads a single thread from
/// `/proc/TID`, where Linux reports the time of the whole process.)
#[cfg(target_os = "linux")]
fn broker_millis() -> Option<u64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?.filter_map(Result::ok);
    // A thread may have ended since it was listed.
    let stats = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok());
    let times = stats.filter_map(|stat| thread_millis(&stat).filter(|(name, _)| is_broker_thread(name)));
    Some(times.map(|(_, millis)| millis).sum())
}

/// Name and processor time of a thread by its `stat` (proc_pid_stat(5)): `7 (name) S 1 …`, with the time in user mode and in the
/// kernel as the 12th and 13th field after the name, in hundredths of a second on all architectures.
#[cfg(target_os = "linux")]
fn thread_millis(stat: &str) -> Option<(String, u64)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let mut times = after.split_ascii_whitespace().skip(11);
    let mut time = || times.next()?.parse::<u64>().ok();
    Some((name.to_owned(), 10 * (time()? + time()?)))
}

#[cfg(not(target_os = "linux"))]
fn broker_millis() -> Option<u64> {
    None
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_may_have_any_name() {
        let stat = "12 (a) b) (c) S 1 2 3 4 -1 6 7 8 9 10 33 4 0 0 20 0 2";
        assert_eq!(thread_millis(stat), Some(("a) b) (c".to_owned(), 370)));
        assert_eq!(thread_millis("12 (cut) S 1 2"), None);
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
        let resources = Resources::start();
        ready.send(()).unwrap();
        work();
        finished.recv().unwrap();
        let used = resources.finish();
        drop(ready);
        broker.unwrap().join().unwrap();
        let broker_cpu_s = used.broker_cpu_s.unwrap();
        assert!(broker_cpu_s > 0.01 && broker_cpu_s < used.cpu_s, "{used:?}");
    }

    #[test]
    fn work_costs_processor_time_and_memory() {
        let resources = Resources::start();
        work();
        let used = resources.finish();
        assert!(used.cpu_s > 0.01 && used.peak_memory_bytes > 100_000, "{used:?}");
        let machine = machine();
        assert!(machine.cores > 0 && machine.memory_bytes > 0 && !machine.os.is_empty(), "{machine:?}");
    }
}
