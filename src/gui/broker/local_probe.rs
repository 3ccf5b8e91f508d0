//! Looks whether a broker answers on this computer, while the broker's menu is open.

use eframe::egui::Context;

use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::broker::check::answers_without_tls;

/// What is known of the broker on this computer.
#[derive(Default)]
pub struct LocalProbe {
    job: Option<Job<bool>>,
    answers: Option<bool>,
    /// The last frame in which the menu was drawn.
    last_frame: Option<u64>,
}

impl LocalProbe {
    /// Called in each frame in which the menu is open: asks `address` once each time that it is opened. The result:
    /// whether a broker answered; `None`: it is being asked.
    pub fn follow(&mut self, ctx: &Context, address: &str) -> Option<bool> {
        let frame = ctx.cumulative_frame_nr();
        let was_open = self.last_frame.is_some_and(|last| frame <= last + 1);
        self.last_frame = Some(frame);
        if !was_open && self.job.is_none() {
            let address = address.to_owned();
            self.answers = None;
            self.job = Some(Job::start("local-broker", ctx, move |_| answers_without_tls(&address)));
        }
        if let Some(answers) = job::take(&mut self.job, "the local broker was asked") {
            self.answers = Some(answers.unwrap_or(false));
        }
        self.answers
    }
}
