//! Options of the window.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::ProducerArgs;
use super::connection::{Connection, data_place};
use super::{Cli, UsageError};
use crate::gui::tour::{TourPart, TourRequest};
use kafka_image_bench_core::broker::{BrokerChoice, DataPlace};
use kafka_image_bench_core::kafka::check::check_settings;

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct TourArgs {
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
    /// Where outputs go.
    pub work_dir: Option<PathBuf>,
    /// Where the embedded broker's data is.
    pub data: DataPlace,
    /// A cluster, and the client's properties.
    pub cluster: Option<(String, Vec<(String, String)>)>,
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
        let given = |path: PathBuf, usual: &str| (path != Path::new(usual)).then_some(path);
        let Self { stream, tour, .. } = self;
        let connection = Connection::read(&stream.client, &ProducerArgs::default())?;
        check_settings(&connection.client)?;
        let cluster = match connection.broker {
            BrokerChoice::External { bootstrap_servers } => Some((bootstrap_servers, connection.client.properties)),
            BrokerChoice::Embedded(_) => None,
        };
        let folder = given(stream.producer.input, "Labeled_Images");
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(UsageError(format!("the input folder does not exist: {}", folder.display())));
        }
        Ok(WindowRequest {
            folder,
            work_dir: given(stream.folder.work_dir, "."),
            data: data_place(stream.client.data.as_deref()),
            cluster,
            tour: tour.tour.map(|folder| TourRequest { folder, part: tour.tour_part }),
            notes: connection.notes,
        })
    }
}
