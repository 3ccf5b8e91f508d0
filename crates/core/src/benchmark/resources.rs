//! The processor time and memory of this process during a run, and facts about the machine.

use std::thread;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::results::MachineInfo;

/// Measures this process.
pub(super) struct Resources {
    /// `None` if the system does not report it.
    system: Option<System>,
    pid: Pid,
    cpu_millis_before: u64,
    peak_memory_bytes: u64,
}

impl Resources {
    pub(super) fn start() -> Self {
        let mut resources = Self {
            system: System::new().ok(),
            pid: Pid::from_u32(std::process::id()),
            cpu_millis_before: 0,
            peak_memory_bytes: 0,
        };
        resources.cpu_millis_before = resources.sample();
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

    /// Processor seconds since the start, and the largest sampled resident memory, in bytes.
    pub(super) fn finish(mut self) -> (f64, u64) {
        let millis = self.sample().saturating_sub(self.cpu_millis_before);
        (millis as f64 / 1e3, self.peak_memory_bytes)
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

    #[test]
    fn work_costs_processor_time_and_memory() {
        let resources = Resources::start();
        let mut number = 1_u64;
        let until = std::time::Instant::now() + std::time::Duration::from_millis(200);
        while std::time::Instant::now() < until {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(std::hint::black_box(1));
        }
        std::hint::black_box(number);
        let (cpu_s, peak_memory_bytes) = resources.finish();
        assert!(cpu_s > 0.01 && peak_memory_bytes > 100_000, "{cpu_s} {peak_memory_bytes}");
        let machine = machine();
        assert!(machine.cores > 0 && machine.memory_bytes > 0 && !machine.os.is_empty(), "{machine:?}");
    }
}
