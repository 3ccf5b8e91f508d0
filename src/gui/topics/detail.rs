//! The chosen record: its value is read in a thread, a large one only when it is asked for.

use std::sync::Arc;

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::cluster::{Cluster, TIMEOUT, sentence};
use super::json_text::pretty;
use super::lines::Lines;
use crate::gui::workers::job::{self, Job};
use crate::gui::workers::picture::{Effort, PictureSource, preview};
use crate::gui::workers::reduce::Fit;
use kafka_image_bench_core::browse::{BrowsedRecord, ValueKind, read_record};
use kafka_image_bench_core::run::cancellation::Cancellation;

/// Up to this size a value is read when its record is chosen.
pub(super) const AT_ONCE_BYTES: u64 = 2 * 1024 * 1024;
/// The longest side of a picture in pixels.
const SIDE_PX: u32 = 1_600;

/// How a value is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValueView {
    /// As an image.
    Image,
    /// As text.
    Text,
    /// As JSON, laid out.
    Json,
    /// In hexadecimal.
    #[default]
    Hex,
}

impl ValueView {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Image, Self::Text, Self::Json, Self::Hex];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "Image",
            Self::Text => "Text",
            Self::Json => "JSON",
            Self::Hex => "Hex",
        }
    }

    /// The one that shows most of a value.
    fn of(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Image(_) => Self::Image,
            ValueKind::Json => Self::Json,
            ValueKind::Text => Self::Text,
            ValueKind::Missing | ValueKind::File(_) | ValueKind::Binary | ValueKind::Unreadable => Self::Hex,
        }
    }
}

/// A value that was read.
pub(super) struct LoadedValue {
    /// The record, with all of its value.
    pub(super) record: BrowsedRecord,
    /// The value as text.
    pub(super) text: Lines,
    /// The value as JSON, and whether something of it was left out.
    pub(super) json: Option<(Lines, bool)>,
    picture: Option<Result<ColorImage, String>>,
    /// The picture, or why there is none.
    pub(super) texture: Option<Result<TextureHandle, String>>,
}

/// The chosen record.
#[derive(Default)]
pub struct Detail {
    chosen: Option<BrowsedRecord>,
    /// Its value, once it was read.
    pub(super) loaded: Option<LoadedValue>,
    /// Why it could not be read.
    pub problem: Option<String>,
    /// How the value is looked at.
    pub view: ValueView,
    job: Option<Job<Result<Option<LoadedValue>, String>>>,
}

impl Detail {
    /// The record that is chosen, without its value.
    pub fn chosen(&self) -> Option<&BrowsedRecord> {
        self.chosen.as_ref()
    }

    /// Chooses a record.
    pub(super) fn choose(&mut self, ctx: &Context, cluster: &Cluster, topic: &str, record: BrowsedRecord) {
        let is_same = self
            .chosen
            .as_ref()
            .is_some_and(|chosen| (chosen.partition, chosen.offset) == (record.partition, record.offset));
        if is_same {
            return;
        }
        *self = Self { view: ValueView::of(record.kind), ..Self::default() };
        let is_small = record.value_bytes <= AT_ONCE_BYTES;
        let is_readable = record.kind != ValueKind::Unreadable;
        self.chosen = Some(record);
        if is_small && is_readable {
            self.load(ctx, cluster, topic);
        }
    }

    /// Reads the value.
    pub(super) fn load(&mut self, ctx: &Context, cluster: &Cluster, topic: &str) {
        let Some(chosen) = &self.chosen else { return };
        let (place, topic) = ((chosen.partition, chosen.offset), topic.to_owned());
        let Cluster { servers, client } = cluster.clone();
        self.problem = None;
        self.job = Some(Job::start("record", ctx, move |stop| {
            let record = read_record(&servers, &client, &topic, place, TIMEOUT, stop);
            record.map(|record| LoadedValue::of(record, stop)).map_err(|error| sentence(&error))
        }));
    }

    /// Takes the value.
    pub(super) fn poll(&mut self, ctx: &Context) {
        match job::take(&mut self.job, "the record was read").map(|result| result.and_then(|value| value)) {
            Some(Ok(Some(mut value))) => {
                let picture = value.picture.take();
                value.texture = picture
                    .map(|picture| picture.map(|picture| ctx.load_texture("record", picture, TextureOptions::LINEAR)));
                self.loaded = Some(value);
            }
            Some(Ok(None)) | None => {}
            Some(Err(problem)) => self.problem = Some(problem),
        }
    }

    /// Whether the value is being read.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Chooses none.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// The whole value, once it was read.
    pub fn value(&self) -> Option<&Arc<[u8]>> {
        self.loaded.as_ref()?.record.raw.as_ref()
    }

    /// The image that was decoded from the value.
    pub fn image(&self) -> Option<&Arc<[u8]>> {
        self.loaded.as_ref()?.record.content.as_ref().ok().map(|image| &image.bytes)
    }
}

impl LoadedValue {
    /// `None`: a stop was requested meanwhile.
    fn of(record: BrowsedRecord, stop: &Cancellation) -> Option<Self> {
        let raw: Arc<[u8]> = record.raw.clone().unwrap_or_else(|| Arc::from([]));
        let picture = match (&record.content, record.kind) {
            (Ok(image), ValueKind::Image(_)) => {
                let source = PictureSource::Bytes(Arc::clone(&image.bytes));
                let made = preview(&source, Fit::Inside(SIDE_PX), Effort::Large, &|| stop.is_requested());
                Some(made.map_err(|problem| problem.reason().to_owned()).transpose()?.map(|made| made.picture))
            }
            _ => None,
        };
        let json = pretty(&raw).map(|(text, is_cut)| (Lines::of(text.into_bytes().into()), is_cut));
        if stop.is_requested() {
            return None;
        }
        Some(Self { text: Lines::of(raw), json, picture, texture: None, record })
    }
}
