//! What the tab remembers while the program runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Context, TextureOptions};
use lru::LruCache;

use super::listing::{ImageEntry, Listing, list_input, list_output, list_page};
use super::loaded::{Loaded, Shown, load};
use super::order::order;
use super::settings::{ImageSource, SortBy, TopicStart};
use super::viewer::View;
use crate::browse::{BrowseFrom, BrowsePage, BrowsePlan, TopicSummary, read, read_on, topics};
use crate::gui::notices::Notices;
use crate::gui::state::State;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::thumbnails::PictureKey;
use crate::gui::workers::turn;
use crate::model::client_settings::ClientSettings;

/// Images in full that are kept: so many, and fewer where they are large.
const SHOWN_MAX: usize = 6;
const SHOWN_BYTES_MAX: usize = 128 * 1024 * 1024;
/// For how long the broker is waited for.
const BROWSE_TIMEOUT: Duration = Duration::from_secs(15);

/// Which list this is: it is made anew when this changes.
type ListKey = (ImageSource, std::path::PathBuf, u64);

/// The state of the tab.
pub struct ImagesState {
    /// What there is.
    pub listing: Arc<Listing>,
    /// What of it is shown, in this order.
    pub order: Arc<Vec<u32>>,
    /// Words that a label or name has to have.
    pub filter: String,
    /// Columns of the sheet, as drawn last.
    pub columns: usize,
    /// One image takes the whole width.
    pub is_expanded: bool,
    /// Scroll so that the chosen one is in sight.
    pub scrolls_to_chosen: bool,
    /// Scroll so that this place is in sight.
    pub scroll_to: Option<usize>,
    /// What is to be read again.
    pub is_stale: bool,
    /// An image to choose as soon as it is listed, by its path in the table.
    pub open_when_listed: Option<String>,
    /// How the chosen image is looked at.
    pub view: View,
    /// Topics of the broker.
    pub topics: Vec<TopicSummary>,
    /// Why the list could not be made.
    pub problem: Option<String>,
    /// The page that was read last.
    pub page: Option<Arc<BrowsePage>>,
    chosen: Option<Box<str>>,
    /// Where the chosen one was last.
    hint: usize,
    shown: LruCache<PictureKey, Shown>,
    loading: Option<(PictureKey, Job<Option<Loaded>>)>,
    list_job: Option<Job<Result<Listing, String>>>,
    listed: Option<ListKey>,
    listed_at: Option<Instant>,
    listed_for: Duration,
    order_job: Option<Job<Vec<u32>>>,
    ordered: Option<(usize, SortBy, String)>,
    generation: usize,
    browse_job: Option<Job<Result<BrowsePage, String>>>,
    topics_job: Option<Job<Result<Vec<TopicSummary>, String>>>,
    asked_topics: bool,
}

impl Default for ImagesState {
    fn default() -> Self {
        let shown = LruCache::new(std::num::NonZeroUsize::new(SHOWN_MAX).unwrap_or(std::num::NonZeroUsize::MIN));
        Self {
            listing: Arc::default(),
            order: Arc::default(),
            filter: String::new(),
            columns: 1,
            is_expanded: false,
            scrolls_to_chosen: false,
            scroll_to: None,
            is_stale: true,
            open_when_listed: None,
            view: View::default(),
            topics: Vec::new(),
            problem: None,
            page: None,
            chosen: None,
            hint: 0,
            shown,
            loading: None,
            list_job: None,
            listed: None,
            listed_at: None,
            listed_for: Duration::ZERO,
            order_job: None,
            ordered: None,
            generation: 0,
            browse_job: None,
            topics_job: None,
            asked_topics: false,
        }
    }
}

impl ImagesState {
    /// The chosen image and its place in the order.
    pub fn chosen(&self) -> Option<(usize, &ImageEntry)> {
        let name = self.chosen.as_deref()?;
        let at = |place: usize| {
            let entry = self.listing.entries.get(*self.order.get(place)? as usize)?;
            (*entry.name == *name).then_some((place, entry))
        };
        at(self.hint).or_else(|| (0..self.order.len()).find_map(at))
    }

    /// Chooses the image at a place in the order; `None` for none.
    pub fn choose(&mut self, place: Option<usize>) {
        let entry = place.and_then(|place| self.listing.entries.get(*self.order.get(place)? as usize));
        self.chosen = entry.map(|entry| entry.name.clone());
        self.hint = place.unwrap_or(0);
        self.is_expanded &= self.chosen.is_some();
        self.view = View::default();
    }

    /// Chooses the image so many places on.
    pub fn step(&mut self, step: i64) {
        let Some((place, _)) = self.chosen() else { return };
        let last = self.order.len().saturating_sub(1);
        let next = (place as i64 + step).clamp(0, last as i64) as usize;
        if next != place {
            self.choose(Some(next));
            self.scrolls_to_chosen = true;
        }
    }

    /// Whether something is still being read.
    pub fn is_busy(&self) -> bool {
        self.list_job.is_some() || self.browse_job.is_some()
    }

    /// Whether the chosen image is still being decoded.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Where the next page begins.
    pub fn next_page(&self) -> Option<Vec<(i32, i64)>> {
        self.page.as_ref().filter(|page| !page.end_reached).map(|page| page.next.clone())
    }

    /// The key of an image's pixels.
    pub fn key_of(&self, entry: &ImageEntry) -> PictureKey {
        match entry.record {
            Some(_) => PictureKey::of((&self.listing.root, &entry.name, self.generation, entry.record)),
            None => PictureKey::of((self.listing.path_of(entry), entry.changed_s, entry.size_bytes)),
        }
    }

    /// The chosen image in full, once it is there; asks for it where it is not.
    pub fn chosen_image(&mut self, ctx: &Context) -> Option<&Shown> {
        let (_, entry) = self.chosen()?;
        let (key, entry) = (self.key_of(entry), entry.clone());
        if !self.shown.contains(&key) && self.loading.as_ref().is_none_or(|(loading, _)| *loading != key) {
            let listing = Arc::clone(&self.listing);
            self.loading = Some((key, Job::start("image", ctx, move |stop| load(&listing, &entry, stop))));
        }
        self.shown.get(&key)
    }

    /// Takes what the workers have read.
    pub fn poll(&mut self, ctx: &Context, notices: &mut Notices) {
        if let Some(result) = job::take(&mut self.list_job, "the images were listed") {
            self.listed_for = self.listed_at.map_or(Duration::ZERO, |at| at.elapsed());
            self.listed_at = Some(Instant::now());
            match result.and_then(|listing| listing) {
                Ok(listing) => self.take_listing(listing),
                Err(problem) => self.problem = Some(problem),
            }
        }
        if let Some(result) = job::take(&mut self.browse_job, "the topic was read") {
            match result.and_then(|page| page) {
                Ok(page) => {
                    self.problem = None;
                    self.page = Some(Arc::new(page));
                    self.is_stale = true;
                }
                Err(problem) => notices.error("images", "The topic could not be read", problem),
            }
        }
        if let Some(Ok(result)) = job::take(&mut self.topics_job, "the topics were listed") {
            match result {
                Ok(topics) => self.topics = topics,
                Err(problem) => notices.toast(format!("The topics could not be listed: {problem}")),
            }
        }
        if let Some(Ok(order)) = job::take(&mut self.order_job, "the images were sorted") {
            self.order = Arc::new(order);
            if let Some(path) = self.open_when_listed.take() {
                let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                self.chosen = Some(name.into());
                self.scrolls_to_chosen = true;
            }
            self.hint = self.chosen().map_or(0, |(place, _)| place);
        }
        self.poll_image(ctx);
    }

    fn take_listing(&mut self, listing: Listing) {
        self.problem = None;
        self.generation += 1;
        self.listing = Arc::new(listing);
        // Until it is sorted: places in the old list mean nothing in the new one.
        self.order = Arc::new((0..u32::try_from(self.listing.entries.len()).unwrap_or(u32::MAX)).collect());
        self.ordered = None;
    }

    fn poll_image(&mut self, ctx: &Context) {
        let Some((key, loading)) = &self.loading else { return };
        let key = *key;
        let mut loaded = match loading.poll() {
            job::Progress::Running => return,
            job::Progress::Done(Some(loaded)) => loaded,
            job::Progress::Done(None) | job::Progress::Lost => {
                self.loading = None;
                return;
            }
        };
        self.loading = None;
        let (mut texture, mut texture_bytes) = (None, 0);
        if let Ok(picture) = &mut loaded.picture {
            let picture = std::mem::take(picture);
            texture_bytes = picture.pixels.len() * 4;
            texture = Some(ctx.load_texture("image", picture, TextureOptions::LINEAR));
        }
        // The image's own pixels, also where a smaller picture is shown: boxes and 1:1 are in these.
        let stored_px = loaded.stored_px.unwrap_or_default().map(|side| side as f32);
        let size_px = turn::size(loaded.turn, stored_px);
        self.shown.put(key, Shown { loaded, texture, texture_bytes, size_px });
        while self.shown.len() > 1
            && self.shown.iter().map(|(_, one)| one.texture_bytes).sum::<usize>() > SHOWN_BYTES_MAX
        {
            self.shown.pop_lru();
        }
    }
}

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
                images.chosen = None;
                images.take_listing(Listing::default());
            }
            images.is_stale = false;
            images.listed_at = Some(Instant::now());
            images.listed = Some(key);
            self.list(&ctx, source);
        }
        let images = &mut self.images;
        let wanted = (images.generation, self.settings.images.sort, images.filter.clone());
        if images.order_job.is_none() && images.ordered.as_ref() != Some(&wanted) {
            let (listing, sort, filter) = (Arc::clone(&images.listing), wanted.1, wanted.2.clone());
            images.ordered = Some(wanted);
            images.order_job = Some(Job::start("sort", &ctx, move |_| order(&listing, sort, &filter)));
        }
        if source == ImageSource::Topic && !std::mem::replace(&mut self.images.asked_topics, true) {
            self.list_topics(&ctx);
        }
    }

    fn list(&mut self, ctx: &Context, source: ImageSource) {
        let work_dir = self.work_dir.clone();
        let job = match source {
            ImageSource::Output => Job::start("images", ctx, move |stop| list_output(&work_dir, stop)),
            ImageSource::Input => {
                let Some(folder) = self.settings.folder.clone() else { return };
                let survey = Arc::clone(&self.folder.survey);
                let rule = self.settings.stream.label_rule();
                Job::start("images", ctx, move |stop| list_input(&folder, &survey, rule?, stop))
            }
            ImageSource::Topic => {
                let Some(page) = self.images.page.clone() else { return };
                let topic = self.settings.images.topic.clone();
                Job::start("images", ctx, move |_| Ok(list_page(page, &topic)))
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
            topics(&servers, &client, BROWSE_TIMEOUT).map_err(|error| crate::pipeline::context::error_chain(&error))
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
            page.map_err(|error| crate::pipeline::context::error_chain(&error))
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
