//! The order of the runs.

/// For each run the index of its configuration: every configuration once per round, each round in a different order, so
/// that changes over time (other programs, a cooling processor) do not affect one configuration alone. The same seed
/// gives the same order.
pub fn interleaved(configurations: usize, repeats: u32, seed: u64) -> Vec<usize> {
    let mut random = SplitMix64(seed);
    let mut order = Vec::with_capacity(configurations * repeats as usize);
    for _ in 0..repeats {
        let mut round: Vec<usize> = (0..configurations).collect();
        // Fisher-Yates shuffle.
        for last in (1..round.len()).rev() {
            let other = (random.next() % (last as u64 + 1)) as usize;
            round.swap(last, other);
        }
        order.extend(round);
    }
    order
}

/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_has_every_configuration_in_a_different_order() {
        let order = interleaved(5, 20, 7);
        for round in order.chunks(5) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
        }
        assert_ne!(order[..5], order[5..10]);
        assert_eq!(order, interleaved(5, 20, 7));
        assert_ne!(order, interleaved(5, 20, 8));
    }
}
