//! The broker: which one, its state, and the connections that are kept.

mod check;
mod connection_edit;
mod dialog;
mod fields;
mod follow;
mod import;
mod keyring;
mod local_probe;
mod menu;
mod presets;
mod selection;
mod settings;
mod state;
mod step_test;
mod steps_view;
mod take_over;

pub use check::{CheckResult, start_check};
pub use connection_edit::ConnectionEdit;
pub use dialog::connection_dialog;
pub use follow::{follow_run, report_status};
pub use menu::broker_menu;
pub use selection::{edit_connection, forget_connection, keep_connection, restore_connection, select_broker};
pub use settings::{BrokerSettings, LOCAL_BOOTSTRAP_SERVERS, SavedConnection, Secret, Secrets, parse_properties};
pub use state::{BrokerState, BrokerStatus};
