//! Lists, sorts and reads what the tab shows, off the window's thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::filter::Filter;
use super::listing::{list_input, list_output, list_page};
use super::order::order;
use super::settings::TopicStart;
use super::state::Listed;
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::notices::Banner;
use crate::gui::settings::Tab;
use crate::gui::state::State;
use crate::gui::widgets::message::Severity;
use crate::gui::workers::job::Job;
use kafka_image_bench_core::browse::{BrowseFrom, BrowsePlan, read, read_on, topics};
use kafka_image_bench_core::model::client_settings::ClientSettings;

/// For how long the broker is waited for.
const BROWSE_TIMEOUT: Duration = Duration::from_secs(15);

impl State {
    /// Lists, sorts and reads what the tab shows, when it has changed.
    pub fn keep_images_fresh(&mut self) {
        let ctx = self.ctx.clone();
        let source = self.settings.images.source;
        let place = match source {
            ImageSource::Output => self.work_dir.clone(),
            ImageSource::Input => self.settings.folder.clone().unwrap_or_default(),
            ImageSource::Topic => self.settings.images.topic.clone().into(),
        };
        let version = match source {
            ImageSource::Output => self.run.stream.saved,
            ImageSource::Input => self.folder.survey.list.len() as u64,
            ImageSource::Topic => 0,
        };
        let key = (source, place, version);
        let images = &mut self.images;
        let is_other = images.listed.as_ref().is_none_or(|listed| (&listed.0, &listed.1) != (&key.0, &key.1));
        // While images arrive the list is made anew now and then, the more rarely the longer it takes.
        let pause = Duration::from_secs(1).max(images.listed_for * 10);
        let is_due = images.listed_at.is_none_or(|at| at.elapsed() >= pause);
        let has_grown = images.listed.as_ref().is_some_and(|listed| listed.2 != key.2);
        if images.list_job.is_none() && (images.is_stale || is_other || (has_grown && is_due)) {
            if is_other {
                images.change_list(&key);
            }
            if images.open_when_listed.is_some() {
                // It is to be seen, whatever was looked for before.
                images.filter = Filter::default();
            }
            images.is_stale = false;
            images.listed_at = Some(Instant::now());
            images.listed = Some(key);
            self.list(&ctx, source);
        }
        let images = &mut self.images;
        let wanted = (self.settings.images.sort, images.filter.clone());
        if images.order_job.is_none() && images.ordered.as_ref() != Some(&wanted) {
            let (listing, (sort, filter)) = (Arc::clone(&images.listing), wanted.clone());
            images.ordered = Some(wanted);
            images.order_job = Some(Job::start("sort", &ctx, move |_| order(&listing, sort, &filter)));
        }
        self.report_unlabelled();
        if source == ImageSource::Topic && !std::mem::replace(&mut self.images.asked_topics, true) {
            self.list_topics(&ctx);
        }
    }

    /// Says once, of each list, that images have no label. During a run a file is there before its row.
    fn report_unlabelled(&mut self) {
        let (source, count) = (self.settings.images.source, self.images.listing.unlabelled);
        if self.run.is_running() || self.images.is_busy() || self.images.reported_unlabelled == (source, count) {
            return;
        }
        self.images.reported_unlabelled = (source, count);
        let images = &self.images;
        let entries = images.order.iter().filter_map(|&index| images.listing.entries.get(index as usize));
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
            ImageSource::Topic => return self.notices.clear("unlabelled"),
        };
        if count == 0 {
            return self.notices.clear("unlabelled");
        }
        self.notices.show(Banner {
            topic: "unlabelled",
            severity: Severity::Warning,
            title,
            detail: names.join(", "),
            actions: vec![("Show all of them", show)],
        });
    }

    /// Shows the images of a source that have no label.
    pub fn show_unlabelled(&mut self, source: ImageSource) {
        self.settings.tab = Tab::Images;
        self.settings.images.source = source;
        // The list of another source is begun with its own filter.
        self.keep_images_fresh();
        self.images.filter = Filter { only_unlabelled: true, ..Filter::default() };
    }

    fn list(&mut self, ctx: &Context, source: ImageSource) {
        let work_dir = self.work_dir.clone();
        let (sort, filter) = (self.settings.images.sort, self.images.filter.clone());
        let sorted = move |listing| -> Listed {
            let order = order(&listing, sort, &filter);
            (listing, order, (sort, filter))
        };
        let job = match source {
            ImageSource::Output => Job::start("images", ctx, move |stop| list_output(&work_dir, stop).map(sorted)),
            ImageSource::Input => {
                let Some(folder) = self.settings.folder.clone() else { return };
                let survey = Arc::clone(&self.folder.survey);
                let rule = self.settings.stream.label_rule();
                Job::start("images", ctx, move |stop| list_input(&folder, &survey, rule?, stop).map(sorted))
            }
            ImageSource::Topic => {
                let Some(page) = self.images.page.clone() else { return };
                let topic = self.settings.images.topic.clone();
                Job::start("images", ctx, move |_| Ok(sorted(list_page(page, &topic))))
            }
        };
        self.images.list_job = Some(job);
    }

    /// Where clients connect, and with which properties.
    fn cluster(&mut self) -> Option<(String, ClientSettings)> {
        let choice = self.settings.broker.choice(&self.settings.connections, &self.broker.secrets, &self.options.data);
        let (Some(servers), Ok((_, properties))) = (self.broker.bootstrap_servers.clone(), choice) else {
            self.notices.toast("The broker is not ready yet");
            return None;
        };
        Some((servers, ClientSettings { properties, ..ClientSettings::default() }))
    }

    /// Begins to list the topics.
    pub fn list_topics(&mut self, ctx: &Context) {
        let Some((servers, client)) = self.cluster() else { return };
        self.images.topics_job = Some(Job::start("topics", ctx, move |_| {
            topics(&servers, &client, BROWSE_TIMEOUT)
                .map_err(|error| kafka_image_bench_core::run::context::error_chain(&error))
        }));
    }

    /// Begins to read the topic, or its next page.
    pub fn browse(&mut self, ctx: &Context, next: Option<Vec<(i32, i64)>>) {
        if self.images.browse_job.is_some() {
            return;
        }
        let Some((servers, client)) = self.cluster() else { return };
        let plan = match self.browse_plan() {
            Ok(plan) => plan,
            Err(problem) => return self.notices.error("images", "The topic cannot be read like this", problem),
        };
        self.notices.clear("images");
        self.images.browse_job = Some(Job::start("browse", ctx, move |stop| {
            let page = match next {
                None => read(&servers, &client, &plan, stop),
                Some(next) => read_on(&servers, &client, &plan, &next, stop),
            };
            page.map_err(|error| kafka_image_bench_core::run::context::error_chain(&error))
        }));
    }

    fn browse_plan(&self) -> Result<BrowsePlan, String> {
        let settings = &self.settings.images;
        let from = match settings.from {
            TopicStart::Latest => BrowseFrom::Latest,
            TopicStart::Beginning => BrowseFrom::Beginning,
            TopicStart::Offset => BrowseFrom::Offset(settings.offset),
            TopicStart::Time => BrowseFrom::Time(parse_time(&settings.time)?),
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

/// A time of the person's clock, `2026-11-24 14:03`, or RFC 3339.
fn parse_time(text: &str) -> Result<jiff::Timestamp, String> {
    let text = text.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time);
    }
    let local = text.parse::<jiff::civil::DateTime>().ok();
    let zoned = local.and_then(|local| local.to_zoned_datetime(jiff::tz::TimeZone::system()).ok());
    zoned.map(|zoned| zoned.timestamp()).ok_or_else(|| format!("A time looks like 2026-11-24 14:03, not \"{text}\""))
}
