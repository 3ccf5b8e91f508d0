//! Data that the other modules exchange, without I/O.

mod bbox;
pub mod broker_choice;
pub mod broker_kind;
pub mod class_counts;
pub mod client_settings;
pub mod content_kind;
pub mod frame;
pub mod image_info;
pub mod mask;
pub mod missing_content;
pub mod notice;
pub mod objects;
pub mod printable;
pub(crate) mod random;
pub mod record_stage;
pub mod refusal;
pub mod replay_outline;
pub mod run_id;
pub mod saved_image;
pub mod units;
pub mod written_time;
