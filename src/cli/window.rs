//! Options of the window.

use std::path::PathBuf;

use clap::Args;

use super::connection::{Connection, data_place};
use super::stream_args::ProducerArgs;
use super::{Cli, UsageError};
use crate::given_path::from_argument;
use crate::gui::tour::{TourPart, TourRequest};
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::kafka::check::check_settings;

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct WindowArgs {
    /// Open another window, even if one is open already
    #[arg(long, conflicts_with = "headless")]
    new_window: bool,

    /// Go through the window's tabs automatically, write pictures and figures to this folder, and exit
    #[arg(long, value_name = "DIR", hide = true)]
    tour: Option<PathBuf>,

    /// Which part of the tour
    #[arg(long, value_name = "PART", hide = true, requires = "tour", default_value = "all")]
    tour_part: TourPart,
}

/// What the command line sets in the window.
#[derive(Debug)]
pub struct WindowRequest {
    /// The folder of images.
    pub folder: Option<PathBuf>,
    /// Folders and files to open, which need not exist.
    pub paths: Vec<PathBuf>,
    /// Where outputs go.
    pub work_dir: Option<PathBuf>,
    /// Where the embedded broker's data is.
    pub data: DataPlace,
    /// A cluster, and the client's properties.
    pub cluster: Option<(String, Vec<(String, String)>)>,
    /// Open another window, even if one is open already.
    pub new_window: bool,
    /// A tour.
    pub tour: Option<TourRequest>,
    /// What the person should know about the arguments.
    pub notes: Vec<String>,
}

impl Cli {
    /// What the window is to begin with.
    ///
    /// # Errors
    /// Options that contradict each other, or that the client refuses.
    pub fn into_window(self) -> Result<WindowRequest, UsageError> {
        let Self { stream, window, paths, mut notes, .. } = self;
        let connection = Connection::read(&stream.client, &ProducerArgs::default())?;
        check_settings(&connection.client)?;
        notes.extend(connection.notes);
        let cluster = match connection.broker {
            BrokerChoice::External { bootstrap_servers } => Some((bootstrap_servers, connection.client.properties)),
            BrokerChoice::Embedded(_) => None,
        };
        let folder = stream.producer.input.map(absolute);
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(UsageError(format!("the input folder does not exist: {}", folder.display())));
        }
        if let (Some(_), Some(path)) = (&folder, paths.first()) {
            return Err(UsageError(format!("give a folder once, as --input or without it: {}", path.display())));
        }
        Ok(WindowRequest {
            folder,
            paths: paths.iter().map(|path| absolute(from_argument(path.as_os_str()))).collect(),
            work_dir: stream.folder.work_dir.map(absolute),
            data: data_place(stream.client.data.as_deref()),
            cluster,
            new_window: window.new_window,
            tour: window.tour.map(|folder| TourRequest { folder, part: window.tour_part }),
            notes,
        })
    }
}

/// Later starts may have another current folder.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
