//! Choices that a seed repeats.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub struct Random(u64);

/// Another one each time.
pub fn seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos()) ^ now.as_secs()
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator whose choices are independent of the others.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// Splitmix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, and without, the bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Lets up to this many microseconds pass. It spins: a timer is too coarse for a point inside a request.
    pub fn moment(&mut self, most_us: u64) {
        let (begun, wait) = (Instant::now(), Duration::from_micros(self.below(most_us)));
        while begun.elapsed() < wait {
            std::hint::spin_loop();
        }
    }
}
