//! The order of the runs.

use crate::model::random::SplitMix64;

/// For each run the index of its configuration: every configuration once per round, each round in a different order, so
/// that changes over time (other programs, a cooling processor) do not affect one configuration alone. The same seed
/// gives the same order.
pub fn interleaved(configurations: usize, repeats: u32, seed: u64) -> Vec<usize> {
    let mut random = SplitMix64(seed);
    let mut order = Vec::with_capacity(configurations * repeats as usize);
    for _ in 0..repeats {
        let mut round: Vec<usize> = (0..configurations).collect();
        random.shuffle(&mut round);
        order.extend(round);
    }
    order
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
