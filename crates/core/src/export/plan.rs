//! What is exported, where from and where to.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::split::Split;
use crate::kafka::check::check_settings;
use crate::kafka::topic_name::topic_problem;
use crate::labels::{SetFormat, YoloTask};
use crate::model::broker_choice::BrokerChoice;
use crate::model::client_settings::ClientSettings;
use crate::query::Query;
use crate::run::error::SettingsError;

/// How a set is written.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportOptions {
    /// Its format.
    pub format: &'static SetFormat,
    /// How its images are divided; `None`: all are for training.
    pub split: Option<Split>,
    /// Which images each split gets.
    pub seed: u64,
    /// What YOLO's lines are for; `None`: what suits most objects.
    pub yolo_task: Option<YoloTask>,
    /// Copy images, also where hard links are possible.
    pub copy: bool,
    /// Which images; `None`: all.
    pub query: Option<Query>,
    /// Only saved images with these file names; `None`: all.
    pub only: Option<Arc<BTreeSet<String>>>,
}

impl ExportOptions {
    /// Of a format, with what is usual otherwise.
    pub fn of(format: &'static SetFormat) -> Self {
        Self { format, split: None, seed: 0, yolo_task: None, copy: false, query: None, only: None }
    }

    /// Rejects options that contradict each other.
    ///
    /// # Errors
    /// A task for another format than YOLO.
    pub fn check(&self) -> Result<(), SettingsError> {
        match self.yolo_task {
            Some(task) if self.format.name != "yolo" => {
                Err(SettingsError(format!("--task {task} is for --to yolo, not for --to {}", self.format.name)))
            }
            _ => Ok(()),
        }
    }
}

/// Where the images of an export are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportSource {
    /// The saved images of a work folder.
    Folder(PathBuf),
    /// The records of a topic.
    Topic(String),
}

/// A run that writes a set.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportPlan {
    /// The images.
    pub source: ExportSource,
    /// The broker of a topic.
    pub broker: BrokerChoice,
    /// How long to wait for an answer of the broker.
    pub broker_timeout: Duration,
    /// The Kafka client's settings.
    pub client: ClientSettings,
    /// How the set is written.
    pub options: ExportOptions,
    /// The folder of the set: new, or empty.
    pub folder: PathBuf,
}

impl ExportPlan {
    /// Rejects an invalid plan before anything is read or written.
    ///
    /// # Errors
    /// The error names the setting and what to do.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.options.check()?;
        if let ExportSource::Topic(topic) = &self.source {
            if let Some(problem) = topic_problem(topic) {
                return Err(SettingsError(format!("the topic \"{topic}\" {problem}")));
            }
            check_settings(&self.client)?;
        }
        super::set_folder::check(&self.folder)
    }
}
