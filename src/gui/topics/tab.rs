//! The state of the tab.

use std::path::PathBuf;

use eframe::egui::Context;

use super::cluster::Cluster;
use super::group_page::GroupPage;
use super::group_table::GroupTable;
use super::page::TopicPage;
use super::reset::ResetDialog;
use super::settings::TopicsSettings;
use super::topic_table::TopicTable;
use crate::gui::paths::PathPurpose;
use crate::gui::session::Session;
use crate::gui::workers::job::Job;

/// What the tab shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TopicsView {
    /// Topics and their records.
    #[default]
    Topics,
    /// Consumer groups.
    Groups,
}

/// The tab Topics.
pub struct TopicsTab {
    /// What is remembered.
    pub settings: TopicsSettings,
    /// What is shown.
    pub view: TopicsView,
    /// All topics.
    pub topics: TopicTable,
    /// The topic that is open.
    pub page: Option<TopicPage>,
    /// All groups.
    pub groups: GroupTable,
    /// The group that is open.
    pub group: Option<GroupPage>,
    pub(super) reset: ResetDialog,
    pub(super) was_drawn: bool,
    /// Where what is shown comes from.
    cluster: Option<Cluster>,
}

impl TopicsTab {
    /// The tab as it starts.
    pub fn new(settings: TopicsSettings) -> Self {
        Self {
            settings,
            view: TopicsView::default(),
            topics: TopicTable::default(),
            page: None,
            groups: GroupTable::default(),
            group: None,
            reset: ResetDialog::default(),
            was_drawn: false,
            cluster: None,
        }
    }

    /// Whether a dialog is open.
    pub fn has_dialog(&self) -> bool {
        self.reset.is_open()
    }

    /// The broker that is ready. What is shown of another one is dropped.
    pub(super) fn follow_broker(&mut self, session: &Session) -> Option<Cluster> {
        let cluster = Cluster::of(session)?;
        if self.cluster.as_ref() != Some(&cluster) {
            *self = Self {
                view: self.view,
                was_drawn: true,
                cluster: Some(cluster.clone()),
                ..Self::new(self.settings.clone())
            };
            self.topics.refresh(&session.ctx, &cluster);
        }
        Some(cluster)
    }

    /// Takes what the workers have done. Groups are watched only while they are shown.
    pub fn poll(&mut self, session: &mut Session) {
        if !std::mem::take(&mut self.was_drawn) {
            self.groups.rest();
            if let Some(group) = &mut self.group {
                group.rest();
            }
        }
        self.topics.poll();
        self.groups.poll();
        if let Some(page) = &mut self.page {
            page.poll(&session.ctx);
        }
        if let Some(group) = &mut self.group {
            group.poll();
        }
        if let Some(done) = self.reset.poll() {
            session.notices.toast(done);
            // Its offsets are read again at once.
            if let Some(group) = &mut self.group {
                group.rest();
            }
        }
    }

    /// Draws the dialogs that stay open over every tab.
    pub fn dialogs(&mut self, ctx: &Context, session: &mut Session) {
        let Some(cluster) = Cluster::of(session) else { return };
        self.reset.ui(ctx, &cluster);
    }

    /// Writes the value of the chosen record, or the image that was decoded from it.
    pub fn save_record(&mut self, session: &mut Session, purpose: PathPurpose, path: PathBuf) {
        let detail = self.page.as_ref().map(|page| &page.detail);
        let bytes = match purpose {
            PathPurpose::RecordImage => detail.and_then(|detail| detail.image()),
            _ => detail.and_then(|detail| detail.value()),
        };
        let Some(bytes) = bytes.cloned() else {
            return session.notices.toast("The record is no longer chosen");
        };
        session.chores.push(Job::start("save-record", &session.ctx, move |_| {
            let written = kafka_image_bench_core::results::files::replace(&path, &bytes);
            written.err().map(|error| format!("The value could not be written ({error}): {}", path.display()))
        }));
    }
}
