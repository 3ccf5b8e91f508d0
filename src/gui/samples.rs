//! The sample images: found where they are, or made.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::format;
use super::workers::job::Job;
use crate::samples::SampleFolders;
use kafka_image_bench_core::run::cancellation::Cancellation;
use sample_images::{SamplesSpec, write_samples};

/// The search for the sample images, and their making.
pub struct SamplesJob {
    /// Whether they are being made.
    pub is_making: Arc<AtomicBool>,
    /// Images that are written already.
    pub done: Arc<AtomicU32>,
    /// Images in all.
    pub count: u32,
    /// When it was started.
    pub started: Instant,
    /// Once they are shown while more are made: how many were, when, and which folder was open before.
    pub shown: Option<ShownSamples>,
    /// Their folder; `None` if there is none and none is made.
    pub job: Job<Result<Option<PathBuf>, String>>,
}

/// Sample images that are shown while more are made.
pub struct ShownSamples {
    /// How many there were.
    pub count: u32,
    /// When.
    pub at: Instant,
    /// The folder that was open before.
    pub before: Option<PathBuf>,
}

impl SamplesJob {
    /// Looks for the sample images; where there are none, `makes` has them made.
    pub fn start(ctx: &Context, folders: SampleFolders, makes: bool) -> Self {
        let (is_making, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (begun, counter, waker) = (Arc::clone(&is_making), Arc::clone(&done), ctx.clone());
        let job = Job::start("sample-images", ctx, move |stop| match folders.find() {
            None if makes => {
                begun.store(true, Ordering::Relaxed);
                make(&folders, &counter, &waker, stop).map(Some)
            }
            found => Ok(found),
        });
        Self { is_making, done, count: SamplesSpec::default().count, started: Instant::now(), shown: None, job }
    }

    /// How many images are written already; `None` while none is made.
    pub fn written(&self) -> Option<u32> {
        self.is_making.load(Ordering::Relaxed).then(|| self.done.load(Ordering::Relaxed))
    }

    /// `64 of 192 · 30.1 images/s · 4 s left`.
    pub fn progress_text(&self, done: u32) -> String {
        let elapsed_s = self.started.elapsed().as_secs_f64();
        let mut text = format!("{done} of {}", self.count);
        if done > 0 && elapsed_s > 0.5 {
            let rate = f64::from(done) / elapsed_s;
            let left =
                Duration::try_from_secs_f64(f64::from(self.count.saturating_sub(done)) / rate).unwrap_or_default();
            text.push_str(&format!(" · {} · {} left", format::images_per_s(rate), format::duration(left)));
        }
        text
    }
}

fn make(folders: &SampleFolders, counter: &AtomicU32, ctx: &Context, stop: &Cancellation) -> Result<PathBuf, String> {
    let folder = folders.own.clone().ok_or("no home folder was found to make them in; open a folder of images")?;
    let mut progress = |done: u32| {
        counter.store(done, Ordering::Relaxed);
        ctx.request_repaint();
        if stop.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    write_samples(&folder, &SamplesSpec::default(), &mut progress).map_err(|error| error.to_string())?;
    Ok(folder)
}
