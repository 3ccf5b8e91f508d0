//! The broker: which one, how it is, and the connections that are kept.

mod dialog;
mod keyring;
mod menu;
mod settings;
mod state;

pub use dialog::{ConnectionDialog, connection_dialog};
pub use keyring::{forget_password, store_password};
pub use menu::broker_menu;
pub use settings::{BrokerSettings, LOCAL_BOOTSTRAP_SERVERS, SavedConnection, Secret, Secrets, parse_properties};
pub use state::{BrokerState, BrokerStatus, CheckResult, start_check};
