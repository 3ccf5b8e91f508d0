//! The window by itself: streams, measures, shows every tab in both themes, leaves pictures and figures, and ends.
//!
//! For checks of the real window, for the README's pictures and for the window's own speed. It drives the same state
//! and the same actions as a person.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportCommand};
use hdrhistogram::Histogram;
use serde::Serialize;

use super::action::Action;
use super::images::ImageSource;
use super::settings::{Tab, ThemeChoice};
use super::state::State;

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(240);
/// Frames until pictures are decoded and animations have ended.
const SETTLE_FRAMES: u32 = 40;

type Act = fn(&mut State);

enum Step {
    /// Until this holds.
    Until(&'static str, fn(&State) -> bool),
    /// This is done.
    Do(Act),
    /// So many frames.
    Frames(u32),
    /// A picture of this name.
    Shot(&'static str),
    /// From here on frames count for this.
    Measure(Option<&'static str>),
    /// So many frames, while the sheet is scrolled.
    Scroll(u32),
}

/// What was measured, in milliseconds of the processor a frame.
#[derive(Debug, Serialize)]
struct FrameTimes {
    frames: u64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// A tour under way.
pub struct Tour {
    folder: PathBuf,
    started: Instant,
    first_frame_ms: Option<f64>,
    steps: VecDeque<Step>,
    frames: u32,
    since: Instant,
    measuring: Option<&'static str>,
    times: Vec<(&'static str, Histogram<u64>)>,
    writing: Arc<AtomicUsize>,
    problem: Option<String>,
    is_over: bool,
    drawn: u64,
}

impl Tour {
    /// A tour that leaves its pictures in `folder`.
    pub fn new(folder: PathBuf, started: Instant) -> Self {
        Self {
            folder,
            started,
            first_frame_ms: None,
            steps: steps(),
            frames: 0,
            since: Instant::now(),
            measuring: None,
            times: Vec::new(),
            writing: Arc::default(),
            problem: None,
            is_over: false,
            drawn: 0,
        }
    }

    /// After each frame.
    pub fn after_frame(&mut self, ctx: &Context, cpu_s: Option<f32>, state: &mut State) {
        if self.drawn == 0 {
            // Wherever the pointer happens to be, it is not the tour's.
            ctx.all_styles_mut(|style| style.interaction.tooltip_delay = f32::MAX);
        }
        self.drawn += 1;
        // The second frame begins just after the first one was shown.
        if self.drawn == 2 {
            self.first_frame_ms = Some(self.started.elapsed().as_secs_f64() * 1e3);
        }
        if let (Some(name), Some(cpu_s)) = (self.measuring, cpu_s) {
            self.record(name, cpu_s);
        }
        ctx.request_repaint();
        if self.is_over {
            if self.writing.load(Ordering::Acquire) == 0 {
                self.report(state);
                state.is_closing = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            return;
        }
        self.step(ctx, state);
    }

    fn step(&mut self, ctx: &Context, state: &mut State) {
        let is_done = match self.steps.front() {
            None => {
                self.is_over = true;
                return;
            }
            Some(Step::Until(what, holds)) => {
                if self.since.elapsed() > PATIENCE {
                    self.problem = Some(format!("it did not come to: {what}"));
                    self.is_over = true;
                    return;
                }
                holds(state)
            }
            Some(Step::Do(act)) => {
                act(state);
                true
            }
            Some(Step::Measure(name)) => {
                self.measuring = *name;
                true
            }
            Some(Step::Frames(frames)) => self.frames >= *frames,
            Some(Step::Scroll(frames)) => {
                let last = state.images.order.len().saturating_sub(1);
                let place = last * self.frames as usize / (*frames as usize).max(1);
                state.images.scroll_to = Some(place);
                self.frames >= *frames
            }
            Some(Step::Shot(name)) => {
                shoot(ctx, self.folder.join(format!("{name}.png")), &self.writing);
                true
            }
        };
        self.frames += 1;
        if is_done {
            self.steps.pop_front();
            self.frames = 0;
            self.since = Instant::now();
        }
    }

    fn record(&mut self, name: &'static str, cpu_s: f32) {
        let micros = (f64::from(cpu_s) * 1e6).clamp(1.0, 60e6) as u64;
        if !self.times.iter().any(|(known, _)| *known == name)
            && let Ok(histogram) = Histogram::new_with_bounds(1, 60_000_000, 3)
        {
            self.times.push((name, histogram));
        }
        if let Some((_, histogram)) = self.times.iter_mut().find(|(known, _)| *known == name) {
            histogram.saturating_record(micros);
        }
    }

    fn report(&mut self, state: &State) {
        let times: std::collections::BTreeMap<&str, FrameTimes> = self
            .times
            .iter()
            .map(|(name, histogram)| {
                let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1e3;
                let max_ms = histogram.max() as f64 / 1e3;
                (*name, FrameTimes { frames: histogram.len(), p50_ms: ms(0.5), p99_ms: ms(0.99), max_ms })
            })
            .collect();
        let saved = state.run.last_stream.as_ref().map_or(0, |report| report.snapshot.saved);
        let rate = state.run.last_stream.as_ref().map_or(0.0, |report| report.snapshot.consumer_images_per_s());
        let report = serde_json::json!({
            "problem": self.problem,
            "first_frame_ms": self.first_frame_ms,
            "frame_cpu": times,
            "saved_images": saved,
            "saved_images_per_s": rate,
            "listed_images": state.images.listing.entries.len(),
            "thumbnail_bytes": state.thumbnails.size_bytes(),
        });
        let text = serde_json::to_vec_pretty(&report).unwrap_or_default();
        if let Err(error) = crate::report::files::replace(&self.folder.join("tour.json"), &text) {
            tracing::error!("the tour's figures could not be written: {error}");
        }
        self.is_over = true;
    }
}

fn shoot(ctx: &Context, path: PathBuf, writing: &Arc<AtomicUsize>) {
    writing.fetch_add(1, Ordering::AcqRel);
    let writing = Arc::clone(writing);
    ctx.request_screenshot(move |picture| {
        let done = Arc::clone(&writing);
        let written = std::thread::Builder::new().name("screenshot".to_owned()).spawn(move || {
            if let Err(error) = write_png(&picture, &path) {
                tracing::error!("a picture of the window could not be written: {error}");
            }
            writing.fetch_sub(1, Ordering::AcqRel);
        });
        if written.is_err() {
            done.fetch_sub(1, Ordering::AcqRel);
        }
    });
    ctx.request_repaint();
}

fn write_png(picture: &eframe::egui::ColorImage, path: &Path) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let [width, height] = picture.size.map(|side| u32::try_from(side).unwrap_or(0));
    let pixels: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let picture = image::RgbImage::from_raw(width, height, pixels).ok_or("the picture has an odd size")?;
    picture.save(path).map_err(|error| error.to_string())
}

fn show(tab: Tab) -> Act {
    match tab {
        Tab::Stream => |state| state.actions.push(Action::Show(Tab::Stream)),
        Tab::Images => |state| state.actions.push(Action::Show(Tab::Images)),
        Tab::Benchmark => |state| state.actions.push(Action::Show(Tab::Benchmark)),
        Tab::Results => |state| state.actions.push(Action::Show(Tab::Results)),
        Tab::Log => |state| state.actions.push(Action::Show(Tab::Log)),
    }
}

fn steps() -> VecDeque<Step> {
    use Step::{Do, Frames, Measure, Scroll, Shot, Until};
    let mut steps = VecDeque::from([
        Do(|state| {
            state.settings.theme = ThemeChoice::Dark;
            state.settings.stream.labels = crate::gui::stream::LabelChoice::Stem;
            // The samples' own boxes, where they are.
            let boxes = state.settings.folder.as_ref().map(|folder| folder.join("_annotations.coco.json"));
            if let Some(boxes) = boxes.filter(|boxes| boxes.is_file()) {
                state.settings.stream.labels = crate::gui::stream::LabelChoice::Coco;
                state.settings.stream.label_path = Some(boxes);
            }
        }),
        Until("the folder is known", |state| !state.folder.is_scanning() && state.folder.survey.finished),
        Until("the broker is ready", |state| matches!(state.broker.status, crate::gui::broker::BrokerStatus::Ready(_))),
        Do(show(Tab::Stream)),
        Frames(5),
        Measure(Some("stream")),
        Do(|state| state.actions.push(Action::Resend)),
        Until("the stream runs", |state| state.run.is_streaming()),
        Until("images arrive", |state| state.run.snapshot.saved > 0 || !state.run.is_running()),
        Until("half is there", |state| {
            state.run.snapshot.saved * 2 > state.run.snapshot.found || !state.run.is_running()
        }),
        Shot("stream-running"),
        Until("the stream has ended", |state| state.run.last_stream.is_some()),
        Measure(None),
        Do(|state| {
            state.settings.images.source = ImageSource::Output;
            state.actions.push(Action::Show(Tab::Images));
        }),
        Until("images are listed", |state| !state.images.order.is_empty()),
        Frames(SETTLE_FRAMES),
        Measure(Some("scroll")),
        Scroll(120),
        Measure(None),
        Do(|state| {
            let place = 7.min(state.images.order.len().saturating_sub(1));
            state.images.choose(Some(place));
            state.images.scroll_to = Some(0);
        }),
        Do(|state| {
            let settings = &mut state.settings.benchmark;
            settings.rows = crate::gui::benchmark::rows(crate::benchmark::configurations::standard());
            (settings.by_time, settings.seconds, settings.warmup_s, settings.repeats) = (true, 1.0, 0.3, 2);
            state.actions.push(Action::Show(Tab::Benchmark));
        }),
        Frames(5),
        Measure(Some("benchmark")),
        Do(|state| state.actions.push(Action::Start)),
        Until("the benchmark measures", |state| {
            state
                .run
                .results
                .as_ref()
                .is_some_and(|results| results.configurations.iter().map(|one| one.runs.len()).sum::<usize>() >= 6)
                || (!state.run.is_running() && state.run.results.is_some())
        }),
        Shot("benchmark-running"),
        Until("the benchmark has ended", |state| !state.run.is_running() && state.results.shown().is_some()),
        Measure(None),
    ]);
    let themes: [(Act, [&'static str; 5]); 2] = [
        (
            |state| state.settings.theme = ThemeChoice::Dark,
            ["stream-dark", "images-dark", "benchmark-dark", "results-dark", "log-dark"],
        ),
        (
            |state| state.settings.theme = ThemeChoice::Light,
            ["stream-light", "images-light", "benchmark-light", "results-light", "log-light"],
        ),
    ];
    for (theme, names) in themes {
        steps.push_back(Do(theme));
        for (tab, name) in Tab::ALL.into_iter().zip(names) {
            steps.extend([Do(|state| state.notices.banners.clear()), Do(show(tab)), Frames(SETTLE_FRAMES), Shot(name)]);
        }
    }
    steps.push_back(Frames(3));
    steps
}
