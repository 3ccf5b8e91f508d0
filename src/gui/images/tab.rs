//! The state of the tab, and the choice of an image.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;
use lru::LruCache;

use super::classes::{ClassStyle, ClassTotals};
use super::comparison::Comparing;
use super::completing::Completing;
use super::deleting::Deleting;
use super::export::ExportDialog;
use super::facets::{Facet, FacetKind};
use super::filter::Filter;
use super::levels::LevelChoices;
use super::listing::{EntryId, ImageEntry, Listing};
use super::loaded::Shown;
use super::loading::{Ahead, Levelling, Loading};
use super::order::{Group, Ordered};
use super::selection::Selection;
use super::settings::{GroupBy, ImagesSettings, SortBy};
use super::sheet::{Clicked, Sheet};
use super::small_boxes::BoxReader;
use super::view::View;
use crate::gui::image_source::ImageSource;
use crate::gui::session::Session;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::thumbnails::PictureKey;
use kafka_image_bench_core::browse::{BrowsePage, TopicSummary};

/// Images in full that are kept; fewer where they are large.
const SHOWN_MAX: usize = 6;

/// Which list this is: it is made again when this changes.
pub(super) type ListKey = (ImageSource, PathBuf, u64);
/// Which images of a list are shown, and in which order.
pub(super) type OrderKey = ((SortBy, GroupBy), Filter);
/// What the images that are shown have.
pub(super) type Counted = (ClassTotals, Vec<Facet>);
/// A list, and its images in an order.
pub(super) type Listed = (Listing, Ordered, OrderKey);

/// The tab Images.
pub struct ImagesTab {
    /// How the sheet is shown.
    pub settings: ImagesSettings,
    /// All images.
    pub listing: Arc<Listing>,
    /// The shown ones, in this order.
    pub order: Arc<Vec<u32>>,
    /// The groups that they are in.
    pub groups: Arc<Vec<Group>>,
    /// Which of them are shown.
    pub filter: Filter,
    /// What the filter could not compare, in sentences.
    pub remarks: Vec<String>,
    /// The classes on those that are shown.
    pub totals: Arc<ClassTotals>,
    /// Labels, folders and more of those that are shown, with their counts.
    pub facets: Arc<Vec<Facet>>,
    /// The facets that are listed with all their values.
    pub(super) lists_all_values: Vec<FacetKind>,
    /// How the objects of classes are drawn.
    pub style: ClassStyle,
    /// The legend has all classes, and not only the first ones.
    pub lists_all_classes: bool,
    pub(super) completing: Completing,
    /// The sheet as drawn last.
    pub sheet: Sheet,
    /// One image takes the whole width.
    pub is_expanded: bool,
    /// One image takes the whole window.
    pub is_full: bool,
    /// The images that are selected, beside the one that is shown.
    pub selection: Selection,
    /// The image in the sheet that has the keyboard's focus.
    pub(super) focused: Option<EntryId>,
    /// The boxes on thumbnails.
    pub(super) boxes: BoxReader,
    /// The image that was clicked last, and where: a second click there opens it, whatever is there by then.
    pub(super) clicked: Option<Clicked>,
    /// The image that the pointer's button is held down on.
    pub pressed: Option<EntryId>,
    /// Scroll so that the chosen one is in sight.
    pub scrolls_to_chosen: bool,
    /// Scroll so that this place is in sight.
    pub scroll_to: Option<usize>,
    /// Scroll by this many heights of the sheet.
    pub scroll_pages: Option<f32>,
    /// The list must be read again.
    pub is_stale: bool,
    /// An image to choose as soon as it is listed, by its name.
    pub open_when_listed: Option<String>,
    /// How the chosen image is looked at.
    pub view: View,
    /// Topics of the broker.
    pub topics: Vec<TopicSummary>,
    /// Why the list could not be made.
    pub problem: Option<String>,
    /// The page that was read last.
    pub page: Option<Arc<BrowsePage>>,
    /// The dialog of exports.
    pub(super) export: ExportDialog,
    pub(super) deleting: Deleting,
    /// Where the one that was closed last stands.
    pub(super) closed: Option<usize>,
    /// An image that is decoded although it takes much memory.
    pub(super) asked_large: Option<PictureKey>,
    chosen: Option<EntryId>,
    /// Where it stands in the order, unless that does not have it.
    chosen_place: usize,
    pub(super) shown: LruCache<PictureKey, Shown>,
    pub(super) loading: Option<Loading>,
    /// Neighbours of the chosen image.
    pub(super) ahead: Ahead,
    /// The last step was to an image before.
    pub(super) goes_back: bool,
    /// The levels that were chosen for types of pictures.
    pub(super) level_choices: LevelChoices,
    pub(super) levelling: Option<Levelling>,
    /// The drag on the histogram moves the lower level.
    pub(super) drags_low: bool,
    /// The histogram is shown beside an image that fills the window.
    pub(super) shows_histogram: bool,
    pub(super) comparing: Comparing,
    pub(super) list_job: Option<Job<Result<Listed, String>>>,
    pub(super) listed: Option<ListKey>,
    pub(super) listed_at: Option<Instant>,
    pub(super) listed_for: Duration,
    pub(super) order_job: Option<Job<Ordered>>,
    pub(super) totals_job: Option<Job<Option<Counted>>>,
    /// For which order the classes were counted, or are being counted.
    pub(super) counted: Option<Arc<Vec<u32>>>,
    pub(super) ordered: Option<OrderKey>,
    pub(super) generation: usize,
    /// Filters of the sources that are not shown, with their place.
    filters: [Option<(PathBuf, Filter)>; ImageSource::ALL.len()],
    pub(super) browse_job: Option<Job<Result<BrowsePage, String>>>,
    pub(super) topics_job: Option<Job<Result<Vec<TopicSummary>, String>>>,
    pub(super) asked_topics: bool,
    /// Of which list it was said how many images have no label.
    pub(super) reported_unlabelled: (ImageSource, usize),
}

impl ImagesTab {
    /// The tab as it starts.
    pub fn new(settings: ImagesSettings) -> Self {
        let shown = LruCache::new(std::num::NonZeroUsize::new(SHOWN_MAX).unwrap_or(std::num::NonZeroUsize::MIN));
        Self {
            settings,
            listing: Arc::default(),
            order: Arc::default(),
            groups: Arc::default(),
            filter: Filter::default(),
            remarks: Vec::new(),
            totals: Arc::default(),
            facets: Arc::default(),
            lists_all_values: Vec::new(),
            style: ClassStyle::default(),
            lists_all_classes: false,
            completing: Completing::default(),
            sheet: Sheet::default(),
            is_expanded: false,
            is_full: false,
            selection: Selection::default(),
            focused: None,
            boxes: BoxReader::default(),
            clicked: None,
            pressed: None,
            scrolls_to_chosen: false,
            scroll_to: None,
            scroll_pages: None,
            is_stale: true,
            open_when_listed: None,
            view: View::default(),
            topics: Vec::new(),
            problem: None,
            page: None,
            export: ExportDialog::default(),
            deleting: Deleting::default(),
            closed: None,
            asked_large: None,
            chosen: None,
            chosen_place: 0,
            shown,
            loading: None,
            ahead: Ahead::default(),
            goes_back: false,
            level_choices: LevelChoices::default(),
            levelling: None,
            drags_low: false,
            shows_histogram: false,
            comparing: Comparing::default(),
            list_job: None,
            listed: None,
            listed_at: None,
            listed_for: Duration::ZERO,
            order_job: None,
            totals_job: None,
            counted: None,
            ordered: None,
            generation: 0,
            filters: Default::default(),
            browse_job: None,
            topics_job: None,
            asked_topics: false,
            reported_unlabelled: (ImageSource::Output, 0),
        }
    }

    /// The chosen image and its place in the order.
    pub fn chosen(&self) -> Option<(usize, &ImageEntry)> {
        let (id, place) = (self.chosen.as_ref()?, self.chosen_place);
        self.entry_at(place).filter(|entry| entry.is(id)).map(|entry| (place, entry))
    }

    /// Where an image stands in the order. Goes through all, unless it is the chosen one.
    pub fn place_of(&self, id: &EntryId) -> Option<usize> {
        let is_it = |place: &usize| self.entry_at(*place).is_some_and(|entry| entry.is(id));
        Some(self.chosen_place).filter(is_it).or_else(|| (0..self.order.len()).find(is_it))
    }

    pub(super) fn entry_at(&self, place: usize) -> Option<&ImageEntry> {
        self.listing.entries.get(*self.order.get(place)? as usize)
    }

    /// Whether not all images are shown.
    pub fn is_filtered(&self) -> bool {
        !self.filter.is_empty()
    }

    /// Shows all images.
    pub fn show_all(&mut self) {
        self.filter = Filter::default();
    }

    /// Chooses the image at a place in the order; `None` for none.
    pub fn choose(&mut self, place: Option<usize>) {
        self.closed = self.chosen().map(|(place, _)| place);
        self.chosen = place.and_then(|place| self.entry_at(place)).map(ImageEntry::id);
        self.chosen_place = place.unwrap_or(0);
        self.is_expanded &= self.chosen.is_some();
        self.is_full &= self.chosen.is_some();
        self.view = View::default();
    }

    /// Shows the chosen image in the whole window, or no more; fitted, as it has another size there.
    pub fn set_full(&mut self, is_full: bool) {
        self.is_full = is_full;
        self.view = View::default();
    }

    /// Chooses the image `step` places further, but at most the first or the last one.
    pub fn step(&mut self, step: i64) {
        let Some((place, _)) = self.chosen() else { return };
        let last = self.order.len().saturating_sub(1);
        let next = (place as i64).saturating_add(step).clamp(0, last as i64) as usize;
        if next != place {
            self.goes_back = next < place;
            self.choose(Some(next));
            self.scrolls_to_chosen = true;
        }
    }

    /// Reads again what is shown.
    pub fn refresh(&mut self, ctx: &Context) {
        self.is_stale = true;
        ctx.request_repaint();
    }

    /// Whether something is still being read.
    pub fn is_busy(&self) -> bool {
        self.list_job.is_some() || self.browse_job.is_some()
    }

    /// Whether the boxes of all thumbnails in sight were read.
    pub fn has_boxes(&self) -> bool {
        self.boxes.is_idle()
    }

    /// Whether the image at a place in the order is decoded, be it chosen or not.
    pub fn is_decoded(&self, place: usize) -> bool {
        self.entry_at(place).is_some_and(|entry| self.shown.contains(&self.full_key_of(entry)))
    }

    /// Whether the chosen image is still being decoded.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Where the next page begins.
    pub fn next_page(&self) -> Option<Vec<(i32, i64)>> {
        self.page.as_ref().filter(|page| !page.end_reached).map(|page| page.next.clone())
    }

    /// Takes what the workers have read.
    pub fn poll(&mut self, session: &mut Session) {
        self.export.poll();
        self.is_stale |= self.deleting.poll(session);
        let notices = &mut session.notices;
        if let Some(result) = job::take(&mut self.list_job, "the images were listed") {
            self.listed_for = self.listed_at.map_or(Duration::ZERO, |at| at.elapsed());
            self.listed_at = Some(Instant::now());
            match result.and_then(|listing| listing) {
                Ok((listing, order, key)) => self.take_listing(listing, order, Some(key)),
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
                Ok(topics) => {
                    self.completing.vocabulary.topics = topics.iter().map(|topic| topic.name.clone()).collect();
                    self.topics = topics;
                }
                Err(problem) => notices.toast(format!("The topics could not be listed: {problem}")),
            }
        }
        if let Some(Ok(order)) = job::take(&mut self.order_job, "the images were sorted") {
            self.take_order(order);
        }
        if let Some(Ok(Some((totals, facets)))) = job::take(&mut self.totals_job, "the objects were counted") {
            self.facets = Arc::new(facets);
            self.style.assign(&totals);
            self.completing.know_classes(totals.classes.iter().map(|class| &*class.name));
            self.totals = Arc::new(totals);
        }
        self.poll_image(&session.ctx);
        self.poll_comparison(&session.ctx);
        self.boxes.poll();
    }

    /// List and order change together: places in the old list mean nothing in the new one, and a press between two
    /// frames would meet another image.
    fn take_listing(&mut self, mut listing: Listing, order: Ordered, key: Option<OrderKey>) {
        self.problem = None;
        self.completing.vocabulary.labels = std::mem::take(&mut listing.offered_labels);
        self.generation += 1;
        self.listing = Arc::new(listing);
        self.order_job = None;
        self.ordered = key;
        self.take_order(order);
    }

    fn take_order(&mut self, order: Ordered) {
        self.order = Arc::new(order.places);
        self.groups = Arc::new(order.groups);
        self.keep_selected_in_order();
        self.remarks = order.remarks;
        if self.listing.entries.is_empty() {
            return;
        }
        if let Some(name) = self.open_when_listed.take() {
            self.chosen = Some(EntryId { name: name.into(), record: None });
            self.scrolls_to_chosen = true;
        }
        self.chosen_place = self.chosen.as_ref().and_then(|id| self.place_of(id)).unwrap_or(0);
    }

    /// Begins to show another list: the old one goes at once, and each source, as long as its place is the same, keeps
    /// its filter.
    pub(super) fn change_list(&mut self, (source, place, _): &ListKey) {
        let filter = std::mem::take(&mut self.filter);
        if let Some((old_source, old_place, _)) = self.listed.take() {
            self.filters[old_source as usize] = Some((old_place, filter));
        }
        let kept = self.filters[*source as usize].take().filter(|(kept_place, _)| kept_place == place);
        self.filter = kept.map(|(_, filter)| filter).unwrap_or_default();
        self.chosen = None;
        self.closed = None;
        self.pressed = None;
        self.selection.clear();
        self.sheet = Sheet::default();
        self.totals = Arc::default();
        self.facets = Arc::default();
        self.completing.vocabulary.classes.clear();
        self.take_listing(Listing::default(), Ordered::default(), None);
    }
}
