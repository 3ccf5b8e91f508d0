//! Work on all cores whose results are taken in order.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::thread;

use crossbeam_channel::{Receiver, bounded};

/// What all pictures that are being made may take together, in bytes.
const MEMORY_BYTES: u64 = 1 << 30;

/// Threads for pictures that take `picture_bytes` each while they are made.
pub(super) fn workers(picture_bytes: u64) -> u32 {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    // A finished picture waits in each lane while the next one is made.
    let room = u32::try_from(MEMORY_BYTES / (2 * picture_bytes).max(1)).unwrap_or(u32::MAX);
    cores.min(room).max(1)
}

/// Gives `make(0)` to `make(count - 1)` to `take`, one after the other, while up to `workers` threads make the next ones.
/// `Some`: what `take` broke off with; the rest is then not made.
pub(super) fn in_order<T: Send, B>(
    count: u32,
    workers: u32,
    make: &(impl Fn(u32) -> T + Sync),
    mut take: impl FnMut(u32, T) -> ControlFlow<B>,
) -> Option<B> {
    let workers = workers.clamp(1, count.max(1));
    thread::scope(|scope| {
        let lane = |number: u32| -> Option<Receiver<T>> {
            let (sender, receiver) = bounded(1);
            let work = move || {
                for index in (number..count).step_by(workers as usize) {
                    // Nobody takes any more.
                    if sender.send(make(index)).is_err() {
                        return;
                    }
                }
            };
            let spawned = thread::Builder::new().name(format!("samples-{number}")).spawn_scoped(scope, work);
            spawned.ok().map(|_| receiver)
        };
        // A thread that the system does not give is replaced by this one.
        let lanes: Vec<Option<Receiver<T>>> = (0..workers).map(lane).collect();
        (0..count).find_map(|index| {
            let lane = lanes.get((index % workers) as usize).and_then(Option::as_ref);
            let made = lane.and_then(|lane| lane.recv().ok()).unwrap_or_else(|| make(index));
            take(index, made).break_value()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_many_make_them() {
        for (count, workers) in [(0, 3), (1, 8), (7, 1), (20, 3), (20, 64)] {
            let mut taken = Vec::new();
            let broken = in_order(count, workers, &|index| 2 * index, |index, made| {
                taken.push((index, made));
                ControlFlow::<()>::Continue(())
            });
            assert_eq!((broken, taken), (None, (0..count).map(|index| (index, 2 * index)).collect()));
        }
    }

    #[test]
    fn nothing_is_made_for_nobody() {
        let broken = in_order(u32::MAX, 4, &|index| index, |index, _| {
            if index == 5 { ControlFlow::Break(index) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(broken, Some(5));
    }

    #[test]
    fn large_pictures_are_made_by_fewer() {
        assert_eq!(workers(1 << 30), 1);
        assert!(workers(1) >= 1);
    }
}
