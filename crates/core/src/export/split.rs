//! How the images of a set are divided.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The names of the parts, in their order.
pub(super) const NAMES: [&str; 3] = ["train", "val", "test"];

/// The shares of the parts, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split([f64; 3]);

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("a split is two or three percentages such as 80/10/10 (train/val/test), not {text:?}");
        let parts: Vec<&str> = text.split('/').collect();
        if !matches!(parts.len(), 2 | 3) {
            return Err(refused());
        }
        let mut shares = [0.0; 3];
        for (share, part) in shares.iter_mut().zip(parts) {
            *share = part.trim().parse().ok().filter(|share| (0.0..=100.0).contains(share)).ok_or_else(refused)?;
        }
        let sum: f64 = shares.iter().sum();
        if (sum - 100.0).abs() > 0.01 {
            return Err(format!("the percentages of a split add up to 100, not to {sum}: {text}"));
        }
        Ok(Self(shares))
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [train, val, test] = self.0;
        write!(f, "{train}/{val}")?;
        if test > 0.0 { write!(f, "/{test}") } else { Ok(()) }
    }
}

impl Split {
    /// So many images of `number` each part gets: all of them, with the largest remainders rounded up.
    fn sizes(self, number: usize) -> [usize; 3] {
        let exact = self.0.map(|share| share / 100.0 * number as f64);
        // What is whole but for rounding is whole.
        let mut sizes = exact.map(|size| (size + 1e-9).floor() as usize);
        let mut order = [0, 1, 2];
        let remainder = |part: usize| exact[part] - sizes[part] as f64;
        order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)));
        let left = number.saturating_sub(sizes.iter().sum());
        order.iter().cycle().filter(|part| self.0[**part] > 0.0).take(left).for_each(|part| sizes[*part] += 1);
        sizes
    }

    /// The part of each image, given by the hash of its bytes and its name.
    ///
    /// Depends on the images and the seed only, not on their order. The same bytes under several names stay in one part,
    /// which may make it larger: what a model is tested with must not be what it was trained with.
    pub(super) fn parts(self, seed: u64, images: &[([u8; 32], &str)]) -> Vec<&'static str> {
        let drawn = |sha256: &[u8; 32]| {
            let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(sha256).finalize();
            <[u8; 32]>::from(digest)
        };
        let mut order: Vec<([u8; 32], &str, usize)> =
            images.iter().enumerate().map(|(index, (sha256, name))| (drawn(sha256), *name, index)).collect();
        order.sort_unstable();
        let [train, val, _] = self.sizes(images.len());
        let mut parts = vec![NAMES[0]; images.len()];
        let mut before: Option<([u8; 32], &'static str)> = None;
        for (place, (drawn, _, index)) in order.into_iter().enumerate() {
            let part = match before {
                Some((same, part)) if same == drawn => part,
                _ if place < train => NAMES[0],
                _ if place < train + val => NAMES[1],
                _ => NAMES[2],
            };
            before = Some((drawn, part));
            if let Some(slot) = parts.get_mut(index) {
                *slot = part;
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(parts: &[&str]) -> [usize; 3] {
        NAMES.map(|name| parts.iter().filter(|part| **part == name).count())
    }

    fn images(number: usize) -> Vec<([u8; 32], String)> {
        (0..number).map(|image| (Sha256::digest(image.to_string()).into(), format!("{image}.png"))).collect()
    }

    fn parts(split: &str, seed: u64, images: &[([u8; 32], String)]) -> Vec<&'static str> {
        let borrowed: Vec<_> = images.iter().map(|(sha256, name)| (*sha256, name.as_str())).collect();
        split.parse::<Split>().unwrap().parts(seed, &borrowed)
    }

    #[test]
    fn sizes_are_right_and_the_seed_alone_decides() {
        let all = images(192);
        let once = parts("80/10/10", 7, &all);
        assert_eq!(counts(&once), [154, 19, 19]);
        assert_eq!(once, parts("80/10/10", 7, &all));
        assert_ne!(once, parts("80/10/10", 8, &all));
        let mut reversed = all.clone();
        reversed.reverse();
        let again: Vec<_> = parts("80/10/10", 7, &reversed).into_iter().rev().collect();
        assert_eq!(once, again, "the order of the images does not count");
        for (split, number, expected) in [
            ("80/20", 10, [8, 2, 0]),
            ("80/10/10", 10, [8, 1, 1]),
            ("33.3/33.3/33.4", 3, [1, 1, 1]),
            ("100/0", 5, [5, 0, 0]),
            ("0/0/100", 5, [0, 0, 5]),
            ("80/10/10", 1, [1, 0, 0]),
        ] {
            assert_eq!(counts(&parts(split, 0, &images(number))), expected, "{split} of {number}");
        }
    }

    #[test]
    fn the_same_bytes_stay_in_one_part() {
        let mut all = images(40);
        for image in 0..20 {
            all[image].0 = all[image + 20].0;
        }
        let parts = parts("50/50", 1, &all);
        (0..20).for_each(|image| assert_eq!(parts[image], parts[image + 20]));
        assert!(counts(&parts)[0].abs_diff(20) <= 1, "{:?}", counts(&parts));
    }

    #[test]
    fn what_is_no_split_is_refused() {
        for (text, reason) in [
            ("80/10", "add up to 100, not to 90"),
            ("80/10/10/0", "two or three"),
            ("100", "two or three"),
            ("a/b", "two or three"),
            ("150/-50", "two or three"),
            ("NaN/50", "two or three"),
        ] {
            let error = text.parse::<Split>().unwrap_err();
            assert!(error.contains(reason) && error.contains(text), "{error}");
        }
        assert_eq!("80 / 20/0".parse::<Split>().unwrap().to_string(), "80/20");
    }

    proptest! {
        #[test]
        fn no_image_is_lost(train in 0..=100_u32, val in 0..=100_u32, number in 0..300_usize) {
            prop_assume!(train + val <= 100);
            let split: Split = format!("{train}/{val}/{}", 100 - train - val).parse().unwrap();
            let sizes = split.sizes(number);
            prop_assert_eq!(sizes.iter().sum::<usize>(), number);
            for (size, share) in sizes.into_iter().zip(split.0) {
                prop_assert!((size as f64 - share / 100.0 * number as f64).abs() <= 1.0);
                prop_assert!(share > 0.0 || size == 0);
            }
        }
    }
}
