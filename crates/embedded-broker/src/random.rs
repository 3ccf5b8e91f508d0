//! How many random cases a test tries.

use proptest::test_runner::Config;

/// As many as `PROPTEST_CASES`, or `usual` where it is not set.
pub(crate) fn cases(usual: u32) -> Config {
    let config = Config::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(usual, |_| config.cases);
    Config { cases, ..config }
}
