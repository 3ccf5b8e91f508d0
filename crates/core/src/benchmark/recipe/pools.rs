//! The encoded images, each encoding once: a pool can have hundreds of megabytes.

use std::sync::{Arc, Weak};

use super::super::payloads::Pool;
use crate::configuration::Encoding;

/// The pool that was used last, and those that clients still use: the slices of a race take turns with their encodings.
#[derive(Default)]
pub(in crate::benchmark) struct Pools {
    last: Option<Arc<Pool>>,
    used: Vec<(Encoding, Weak<Pool>)>,
}

impl Pools {
    /// The pool of an encoding, which is made if nobody has it.
    pub(super) fn get<E>(
        &mut self,
        encoding: Encoding,
        make: impl FnOnce() -> Result<Pool, E>,
    ) -> Result<Arc<Pool>, E> {
        let known = self.used.iter().find(|(of, _)| *of == encoding).and_then(|(_, pool)| pool.upgrade());
        // One that only a next run may need is freed before another one is encoded.
        self.last = None;
        let pool = match known {
            Some(pool) => pool,
            None => Arc::new(make()?),
        };
        self.used.retain(|(of, pool)| *of != encoding && pool.strong_count() > 0);
        self.used.push((encoding, Arc::downgrade(&pool)));
        self.last = Some(Arc::clone(&pool));
        Ok(pool)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::super::payloads::{POOL_BYTES, choose};
    use super::*;
    use crate::benchmark::plan::BenchmarkPlan;

    #[test]
    fn an_encoding_that_is_in_use_is_not_encoded_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.gif"), b"GIF89a\x01\x00\x01\x00\x00\x00\x00;").unwrap();
        let chosen = choose(folder.path(), &[], BenchmarkPlan::default().selection(), POOL_BYTES, None).unwrap();
        let (mut pools, made) = (Pools::default(), Cell::new(0));
        let mut get = |encoding: Encoding| {
            let encode = || {
                made.set(made.get() + 1);
                chosen.encode(encoding)
            };
            pools.get(encoding, encode).unwrap()
        };
        let (json, raw) = (get(Encoding::Json), get(Encoding::Raw));
        assert!(Arc::ptr_eq(&json, &get(Encoding::Json)) && Arc::ptr_eq(&raw, &get(Encoding::Raw)));
        assert_eq!(made.get(), 2);
        // Nobody uses the first one any more, which was not the last.
        drop(json);
        get(Encoding::Json);
        assert_eq!(made.get(), 3);
    }
}
