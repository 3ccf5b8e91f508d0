//! Signals that would end the program silently.

/// Makes a write beyond the file size limit (`ulimit -f`) fail with an error that can be reported. By default the
/// signal SIGXFSZ ends the process.
pub fn outlive_file_size_limit() {
    #[cfg(unix)]
    {
        // Any handler is enough to make the write fail. Without one, the default applies and the process ends.
        let seen = std::sync::Arc::default();
        if let Err(error) = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen) {
            tracing::warn!("SIGXFSZ cannot be handled: {error}");
        }
    }
}
