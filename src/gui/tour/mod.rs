//! A tour: the window drives itself through a part of what it does, leaves pictures and figures, and ends.
//!
//! For checks of the real window, for the README's pictures and for the window's own speed (`scripts/window`). It
//! drives the same state and the same actions as a person. `--tour DIR --tour-part PART`; [`TourPart`] says what each
//! part does. While a tour waits it draws no more often than the window does by itself, so that what a run costs in the
//! window is measured and not what the tour costs.

mod figures;
mod history;
mod parts;
mod picture;
mod request;

pub use request::{TourPart, TourRequest};

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportCommand};

use super::session::Session;
use super::tabs::Tabs;
use figures::Figures;
use history::History;
use parts::{Step, steps_of};

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(240);
/// A picture is read back in the frame after the one that asks for it, and the frame after that shows how long it took.
const FRAMES_OF_A_PICTURE: u32 = 2;
/// While a step waits it is looked at this often.
const WAITING_FRAME: Duration = Duration::from_millis(100);

/// A tour that is running.
pub struct Tour {
    folder: PathBuf,
    started: Instant,
    steps: VecDeque<Step>,
    frames: u32,
    since: Instant,
    measuring: Option<&'static str>,
    /// Frames that are not counted: reading a picture back waits for the drawing, and nobody else does that.
    uncounted: u32,
    figures: Figures,
    history: Option<History>,
    writing: Arc<AtomicUsize>,
    is_over: bool,
    drawn: u64,
    /// The thread's processor time after the frame before.
    processor_time: Option<Duration>,
}

impl Tour {
    /// A tour of a process that began at `started`.
    pub fn new(request: TourRequest, started: Instant) -> Self {
        Self {
            folder: request.folder,
            started,
            steps: steps_of(request.part),
            frames: 0,
            since: Instant::now(),
            measuring: None,
            uncounted: 0,
            figures: Figures::default(),
            history: (request.part == TourPart::LongStream).then(History::of_an_hour),
            writing: Arc::default(),
            is_over: false,
            drawn: 0,
            processor_time: None,
        }
    }

    /// Before each frame is drawn.
    pub fn before_draw(&self, session: &mut Session) {
        if let Some(history) = &self.history
            && session.run.is_streaming()
        {
            history.put_before(&mut session.run.stream);
        }
    }

    /// After each frame. `work_s`: what the frame before took, without waiting for the display.
    pub fn after_frame(&mut self, ctx: &Context, work_s: Option<f32>, session: &mut Session, tabs: &mut Tabs) {
        if self.drawn == 0 {
            // Wherever the pointer happens to be, it is not the tour's.
            ctx.all_styles_mut(|style| style.interaction.tooltip_delay = f32::MAX);
        }
        self.drawn += 1;
        // The second frame begins just after the first one was shown.
        if self.drawn == 2 {
            self.figures.first_frame_ms = Some(self.started.elapsed().as_secs_f64() * 1e3);
        }
        let now = figures::processor_time();
        let before = std::mem::replace(&mut self.processor_time, now);
        if self.uncounted > 0 {
            self.uncounted -= 1;
        } else if let (Some(name), Some(work_s)) = (self.measuring, work_s) {
            let processor = now.zip(before).map(|(now, before)| now.saturating_sub(before));
            self.figures.record(name, Duration::try_from_secs_f32(work_s).unwrap_or_default(), processor);
        }
        if !self.is_over {
            self.step(ctx, session, tabs);
        } else if self.writing.load(Ordering::Acquire) == 0 && !session.is_closing {
            self.figures.write(&self.folder, session, tabs);
            session.is_closing = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        match self.steps.front() {
            Some(Step::Until(..)) if !self.is_over => ctx.request_repaint_after(session.pace.wait(WAITING_FRAME)),
            _ => ctx.request_repaint(),
        }
    }

    fn step(&mut self, ctx: &Context, session: &mut Session, tabs: &mut Tabs) {
        let is_done = match self.steps.front() {
            None => {
                self.is_over = true;
                return;
            }
            Some(Step::Until(what, holds)) => {
                if self.since.elapsed() > PATIENCE {
                    self.figures.problem = Some(format!("it did not come to: {what}"));
                    self.is_over = true;
                    return;
                }
                holds(session, tabs)
            }
            Some(Step::Do(act)) => {
                act(session, tabs);
                true
            }
            Some(Step::Measure(name)) => {
                self.measuring = *name;
                true
            }
            Some(Step::Frames(frames)) => self.frames >= *frames,
            Some(Step::Scroll { frames, to }) => {
                let last = (*to).min(tabs.images.order.len().saturating_sub(1));
                let place = last * self.frames as usize / (*frames as usize).max(1);
                tabs.images.scroll_to = Some(place);
                self.frames >= *frames
            }
            Some(Step::Shot(name)) => {
                picture::shoot(ctx, self.folder.join(format!("{name}.png")), &self.writing);
                self.uncounted = FRAMES_OF_A_PICTURE;
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
}
