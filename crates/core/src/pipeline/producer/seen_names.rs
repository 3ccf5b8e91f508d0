//! Names that were seen.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

/// A set of names as fingerprints of 16 bytes each, so that a folder that is watched for long costs little memory.
#[derive(Default)]
pub(super) struct SeenNames(HashSet<u128>);

impl SeenNames {
    /// False: it was seen before.
    pub(super) fn insert(&mut self, name: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(name).into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        self.0.insert(u128::from_be_bytes(half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_new_once() {
        let mut seen = SeenNames::default();
        let long = vec![b'x'; 10_000];
        assert!(seen.insert(b"a") && seen.insert(b"a ") && seen.insert(&long));
        assert!(!seen.insert(b"a") && !seen.insert(&long));
        assert_eq!(size_of_val(seen.0.iter().next().unwrap()), 16);
    }
}
