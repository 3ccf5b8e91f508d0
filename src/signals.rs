//! Signals that would end the program without a word.

/// Has a write beyond the largest allowed size of a file (`ulimit -f`) fail with an error that can be reported. Left to
/// itself the signal SIGXFSZ ends the process.
pub fn outlive_file_size_limit() {
    #[cfg(unix)]
    {
        // Any handler will do: the write then fails. Without one the process ends as it always did.
        let seen = std::sync::Arc::default();
        if let Err(error) = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen) {
            tracing::warn!("SIGXFSZ cannot be handled: {error}");
        }
    }
}
