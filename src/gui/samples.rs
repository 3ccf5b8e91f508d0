//! The sample images that the window makes.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use eframe::egui::Context;

use super::options::{SAMPLES_FOLDER, own_documents};
use super::workers::job::Job;
use sample_images::{SamplesSpec, write_samples};

/// Sample images in the making.
pub struct SamplesJob {
    /// Where.
    pub folder: PathBuf,
    /// Images that are written already.
    pub done: Arc<AtomicU32>,
    /// Images in all.
    pub count: u32,
    /// The work.
    pub job: Job<Result<(), String>>,
}

impl SamplesJob {
    /// Starts to write the sample images into `folder`.
    pub fn start(ctx: &Context, folder: PathBuf) -> Self {
        let spec = SamplesSpec::default();
        let (done, count) = (Arc::new(AtomicU32::new(0)), spec.count);
        let (counter, target, waker) = (Arc::clone(&done), folder.clone(), ctx.clone());
        let job = Job::start("sample-images", ctx, move |stop| {
            let mut progress = |done: u32| {
                counter.store(done, Ordering::Relaxed);
                waker.request_repaint();
                if stop.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            write_samples(&target, &spec, &mut progress).map(|_| ()).map_err(|error| error.to_string())
        });
        Self { folder, done, count, job }
    }

    /// How many images are written already.
    pub fn written(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }
}

/// Where the sample images are, or are made.
pub fn samples_folder() -> PathBuf {
    let beside = PathBuf::from(SAMPLES_FOLDER);
    if beside.is_dir() { beside } else { own_documents().join(SAMPLES_FOLDER) }
}
