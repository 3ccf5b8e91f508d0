//! The tabs.

use eframe::egui::{Context, Ui};

use super::benchmark::BenchmarkTab;
use super::images::ImagesTab;
use super::log::LogTab;
use super::results::ResultsTab;
use super::session::Session;
use super::settings::Tab;
use super::settings_file::SettingsFile;
use super::stream::StreamTab;
use super::topics::TopicsTab;

/// The tabs, each with its own state and settings.
pub struct Tabs {
    /// A stream, live.
    pub stream: StreamTab,
    /// Images of a folder or a topic.
    pub images: ImagesTab,
    /// Configurations to measure.
    pub benchmark: BenchmarkTab,
    /// What was measured.
    pub results: ResultsTab,
    /// What happened.
    pub log: LogTab,
    /// Topics and consumer groups of the broker.
    pub topics: TopicsTab,
}

impl Tabs {
    /// The tabs as they start.
    pub fn new(settings: SettingsFile, session: &Session) -> Self {
        Self {
            stream: StreamTab::new(settings.stream),
            images: ImagesTab::new(settings.images),
            benchmark: BenchmarkTab::new(settings.benchmark),
            results: ResultsTab::new(session.options.runs_folder.clone(), settings.results),
            log: LogTab::new(session.options.log.clone()),
            topics: TopicsTab::new(settings.topics),
        }
    }

    /// All settings, with what is remembered between launches.
    pub fn to_remember(&self, session: &Session) -> SettingsFile {
        SettingsFile {
            shared: session.to_remember(),
            stream: self.stream.settings.clone(),
            images: self.images.settings.clone(),
            benchmark: self.benchmark.settings.clone(),
            topics: self.topics.settings.clone(),
            results: self.results.to_remember(),
        }
    }

    /// Whether a dialog of a tab is open.
    pub fn has_dialog(&self) -> bool {
        self.stream.has_dialog()
            || self.images.has_dialog()
            || self.benchmark.has_dialog()
            || self.log.has_dialog()
            || self.topics.has_dialog()
    }

    /// Takes what the workers of the tabs have done.
    pub fn poll(&mut self, session: &mut Session) {
        self.images.poll(session);
        self.results.poll(session);
        self.log.poll();
        self.benchmark.poll(session);
        self.topics.poll(session);
    }

    /// Draws the open tab.
    pub fn ui(&mut self, ui: &mut Ui, session: &mut Session) {
        match session.settings.tab {
            Tab::Stream => self.stream.ui(ui, session),
            Tab::Images => self.images.ui(ui, session),
            Tab::Benchmark => self.benchmark.ui(ui, session),
            Tab::Results => self.results.ui(ui, session),
            Tab::Log => self.log.ui(ui, session),
            Tab::Topics => self.topics.ui(ui, session),
        }
    }

    /// Draws the dialogs that stay open over every tab.
    pub fn dialogs(&mut self, ctx: &Context, session: &mut Session) {
        self.stream.dialogs(ctx, session);
        self.images.dialogs(ctx, session);
        self.log.dialogs(ctx, session);
        self.topics.dialogs(ctx, session);
    }
}
