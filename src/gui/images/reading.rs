//! Lists, sorts and reads what the tab shows, in threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::classes::ClassTotals;
use super::connection::client_of;
use super::facets::facets;
use super::filter::Filter;
use super::listing::{Listing, list_input, list_output, list_page};
use super::order::order;
use super::settings::TopicStart;
use super::tab::{ImagesTab, Listed};
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::notices::Banner;
use crate::gui::session::Session;
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::Job;
use kafka_image_bench_core::browse::{BrowseFrom, BrowsePlan, read, read_next, topics};
use kafka_image_bench_core::run::cancellation::Cancellation;

/// For how long the broker is waited for.
const BROWSE_TIMEOUT: Duration = Duration::from_secs(15);

impl ImagesTab {
    /// Lists, sorts and reads what the tab shows, when it has changed.
    pub(super) fn keep_fresh(&mut self, session: &mut Session) {
        let ctx = session.ctx.clone();
        self.keep_listed(session);
        let wanted = ((self.settings.sort, self.settings.group), self.filter.clone());
        if self.ordered.as_ref() != Some(&wanted) {
            let (listing, (sort, filter)) = (Arc::clone(&self.listing), wanted.clone());
            self.ordered = Some(wanted);
            // The one before is stopped.
            self.order_job = Some(Job::start("sort", &ctx, move |stop| order(&listing, sort, &filter, stop)));
        }
        self.count_classes(&ctx);
        self.report_unlabelled(session);
        if self.settings.source == ImageSource::Topic && !std::mem::replace(&mut self.asked_topics, true) {
            self.list_topics(session);
        }
    }

    /// Counts the classes on the images that are shown, when others are shown.
    fn count_classes(&mut self, ctx: &Context) {
        if self.counted.as_ref().is_some_and(|counted| Arc::ptr_eq(counted, &self.order)) {
            return;
        }
        let (listing, order) = (Arc::clone(&self.listing), Arc::clone(&self.order));
        self.counted = Some(Arc::clone(&order));
        let count = move |stop: &Cancellation| {
            Some((ClassTotals::count(&listing, &order, stop)?, facets(&listing, &order, stop)?))
        };
        self.totals_job = Some(Job::start("count", ctx, count));
    }

    /// Lists the images again where the source, its place or its content has changed.
    fn keep_listed(&mut self, session: &Session) {
        let source = self.settings.source;
        let place = match source {
            ImageSource::Output => session.work_dir.clone(),
            ImageSource::Input => session.settings.folder.clone().unwrap_or_default(),
            ImageSource::Topic => self.settings.topic.clone().into(),
        };
        let version = match source {
            ImageSource::Output => session.run.stream.saved,
            ImageSource::Input => session.folder.survey.list.len() as u64,
            ImageSource::Topic => 0,
        };
        let key = (source, place, version);
        let is_other = self.listed.as_ref().is_none_or(|listed| (&listed.0, &listed.1) != (&key.0, &key.1));
        // While images arrive the list is made again now and then, the more rarely the longer it takes.
        let pause = Duration::from_secs(1).max(self.listed_for * 10);
        let is_due = self.listed_at.is_none_or(|at| at.elapsed() >= pause);
        let has_grown = self.listed.as_ref().is_some_and(|listed| listed.2 != key.2);
        if self.list_job.is_some() || !(self.is_stale || is_other || (has_grown && is_due)) {
            return;
        }
        if is_other {
            self.change_list(&key);
        }
        if self.open_when_listed.is_some() {
            // It must be shown, whatever the filter was before.
            self.filter = Filter::default();
        }
        self.is_stale = false;
        self.listed_at = Some(Instant::now());
        self.listed = Some(key);
        self.list(session);
    }

    /// Reports once for each list that images have no label. During a run a file exists before its row.
    fn report_unlabelled(&mut self, session: &mut Session) {
        let (source, count) = (self.settings.source, self.listing.unlabelled);
        if session.run.is_running() || self.is_busy() || self.reported_unlabelled == (source, count) {
            return;
        }
        self.reported_unlabelled = (source, count);
        let entries = self.order.iter().filter_map(|&index| self.listing.entries.get(index as usize));
        let mut names: Vec<&str> =
            entries.filter(|entry| !entry.is_labelled).take(3).map(|entry| &*entry.name).collect();
        let more = format!("{} more", format::exact(count.saturating_sub(names.len()) as u64));
        if count > names.len() {
            names.push(&more);
        }
        let images = |one: &str, many: &str| format::counted(count as u64, one, many);
        let (title, show): (String, fn() -> Action) = match source {
            ImageSource::Output => {
                let title = images("image has no row in annotation.csv", "images have no row in annotation.csv");
                (title, || Action::ShowUnlabelled(ImageSource::Output))
            }
            ImageSource::Input => {
                let title = images("image has no label and is not sent", "images have no label and are not sent");
                (title, || Action::ShowUnlabelled(ImageSource::Input))
            }
            ImageSource::Topic => return session.notices.clear("unlabelled"),
        };
        if count == 0 {
            return session.notices.clear("unlabelled");
        }
        session.notices.show(Banner {
            topic: "unlabelled",
            severity: Severity::Warning,
            title,
            detail: names.join(", "),
            actions: vec![("Show all of them", show)],
        });
    }

    /// Shows the images of a source that have no label.
    pub fn show_unlabelled(&mut self, session: &mut Session, source: ImageSource) {
        self.settings.source = source;
        // The list of another source starts with that source's own filter.
        self.keep_fresh(session);
        self.filter = Filter { only_unlabelled: true, ..Filter::default() };
    }

    /// Shows a saved image as soon as it is listed, by its path in the table.
    pub fn show_saved(&mut self, path_in_csv: String) {
        self.settings.source = ImageSource::Output;
        self.is_stale = true;
        self.open_when_listed = Some(path_in_csv.rsplit('/').next().unwrap_or(&path_in_csv).to_owned());
    }

    /// Shows the saved images.
    pub fn show_output(&mut self) {
        self.settings.source = ImageSource::Output;
        self.is_stale = true;
    }

    /// Shows an image of the input folder as soon as it is listed, by its name there.
    pub fn show_input(&mut self, name: String) {
        self.settings.source = ImageSource::Input;
        self.is_stale = true;
        // A list of another folder does not have it.
        self.list_job = None;
        self.open_when_listed = Some(name);
    }

    fn list(&mut self, session: &Session) {
        let (ctx, work_dir) = (&session.ctx, session.work_dir.clone());
        let (sort, filter) = ((self.settings.sort, self.settings.group), self.filter.clone());
        let sorted = move |mut listing: Listing, stop: &Cancellation| -> Listed {
            listing.offered_labels = listing.label_names();
            let order = order(&listing, sort, &filter, stop);
            (listing, order, (sort, filter))
        };
        let job = match self.settings.source {
            ImageSource::Output => {
                Job::start("images", ctx, move |stop| list_output(&work_dir, stop).map(|listing| sorted(listing, stop)))
            }
            ImageSource::Input => {
                let Some(folder) = session.settings.folder.clone() else { return };
                let survey = Arc::clone(&session.folder.survey);
                let rule = session.folder.labels.rule.clone();
                Job::start("images", ctx, move |stop| {
                    list_input(&folder, &survey, rule?, stop).map(|listing| sorted(listing, stop))
                })
            }
            ImageSource::Topic => {
                let Some(page) = self.page.clone() else { return };
                let topic = self.settings.topic.clone();
                Job::start("images", ctx, move |stop| Ok(sorted(list_page(page, &topic), stop)))
            }
        };
        self.list_job = Some(job);
    }

    /// Starts to list the topics.
    pub(super) fn list_topics(&mut self, session: &mut Session) {
        let Some((servers, client)) = client_of(session) else { return };
        self.topics_job = Some(Job::start("topics", &session.ctx, move |_| {
            topics(&servers, &client, BROWSE_TIMEOUT)
                .map_err(|error| kafka_image_bench_core::run::error::error_chain(&error))
        }));
    }

    /// Starts to read the page after the one that is shown.
    pub(super) fn browse_next(&mut self, session: &mut Session) {
        let next = self.next_page();
        self.browse(session, next);
    }

    /// Starts to read the topic, from `next` where that is given.
    pub(super) fn browse(&mut self, session: &mut Session, next: Option<Vec<(i32, i64)>>) {
        if self.browse_job.is_some() {
            return;
        }
        let Some((servers, client)) = client_of(session) else { return };
        let plan = match self.browse_plan() {
            Ok(plan) => plan,
            Err(problem) => return session.notices.error("images", "The topic cannot be read like this", problem),
        };
        session.notices.clear("images");
        self.browse_job = Some(Job::start("browse", &session.ctx, move |stop| {
            let page = match next {
                None => read(&servers, &client, &plan, stop),
                Some(next) => read_next(&servers, &client, &plan, &next, stop),
            };
            page.map_err(|error| kafka_image_bench_core::run::error::error_chain(&error))
        }));
    }

    fn browse_plan(&self) -> Result<BrowsePlan, String> {
        let settings = &self.settings;
        let from = match settings.from {
            TopicStart::Latest => BrowseFrom::Latest,
            TopicStart::Beginning => BrowseFrom::Beginning,
            TopicStart::Offset => BrowseFrom::Offset(settings.offset),
            TopicStart::Time => BrowseFrom::Time(format::parse_time(&settings.time)?),
        };
        Ok(BrowsePlan {
            topic: settings.topic.trim().to_owned(),
            partition: (settings.partition >= 0).then_some(settings.partition),
            from,
            count: settings.records,
            timeout: BROWSE_TIMEOUT,
            ..BrowsePlan::default()
        })
    }
}
