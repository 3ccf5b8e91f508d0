//! How many records of a page come from each partition.

/// Divides `count` equally, limited by what each partition has; the others fill the difference.
pub(super) fn partition_shares(available: &[u64], count: usize) -> Vec<u64> {
    let mut by_size: Vec<usize> = (0..available.len()).collect();
    by_size.sort_by_key(|&index| (available[index], index));
    let mut shares = vec![0; available.len()];
    let mut left = count as u64;
    for (done, index) in by_size.into_iter().enumerate() {
        let takers = (available.len() - done) as u64;
        shares[index] = available[index].min(left.div_ceil(takers));
        left -= shares[index];
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_and_nothing_is_left_over() {
        assert_eq!(partition_shares(&[100, 100, 100], 9), [3, 3, 3]);
        assert_eq!(partition_shares(&[1, 100, 0, 100], 9), [1, 4, 0, 4]);
        assert_eq!(partition_shares(&[5, 5], 100), [5, 5]);
        assert_eq!(partition_shares(&[9, 9, 9], 2), [1, 1, 0]);
        assert_eq!(partition_shares(&[], 2), [0; 0]);
    }

    proptest::proptest! {
        #[test]
        fn as_many_as_there_are(available in proptest::collection::vec(0_u64..50, 0..8), count in 1_usize..200) {
            let shares = partition_shares(&available, count);
            proptest::prop_assert!(shares.iter().zip(&available).all(|(share, most)| share <= most));
            proptest::prop_assert_eq!(shares.iter().sum::<u64>(), available.iter().sum::<u64>().min(count as u64));
        }
    }
}
