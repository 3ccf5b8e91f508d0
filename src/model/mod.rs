//! Pure data, no I/O: what the other modules pass to each other.

pub mod image_info;
