//! Which broker a run uses.

use std::path::PathBuf;

/// Which broker a run uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerChoice {
    /// The embedded broker.
    Embedded(DataPlace),
    /// A cluster, by its bootstrap servers.
    External {
        /// `host:port`, several separated by commas.
        bootstrap_servers: String,
    },
}

/// Where the embedded broker keeps its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DataPlace {
    /// In the user's data folder.
    #[default]
    UserFolder,
    /// In this folder.
    Directory(PathBuf),
    /// In memory: lost when the process ends.
    Memory,
}
