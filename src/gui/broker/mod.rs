//! The broker: which one, how it is, and the connections that are kept.

mod dialog;
mod menu;
mod settings;
mod state;

pub use dialog::{ConnectionDialog, connection_dialog};
pub use menu::broker_menu;
pub use settings::{BrokerSettings, LOCAL_BOOTSTRAP_SERVERS, SavedConnection, Secret, Secrets, parse_properties};
pub use state::{BrokerState, BrokerStatus, CheckResult, forget_password, load_passwords, start_check, store_password};
