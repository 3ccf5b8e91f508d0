//! Starts a stream.

use super::{Sides, StreamTab};
use crate::gui::folder::check_input;
use crate::gui::paths::FirstRun;
use crate::gui::run::{Activity, prepare};
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use kafka_image_bench_core::engine::plan::Plan;

impl StreamTab {
    /// Starts a stream of the open folder; `resend` also sends what was sent before.
    pub fn start(&mut self, session: &mut Session, resend: bool) {
        if session.run.is_running() {
            return;
        }
        // Receiving needs no images.
        let needs_folder = self.settings.sides != Sides::Consume || session.is_making_samples();
        let folder = match session.settings.folder.clone() {
            None if !needs_folder => session.work_dir.clone(),
            _ => match session.folder_or_ask() {
                Some(folder) => folder,
                None => return,
            },
        };
        if !session.has_work_dir_or_asks(if resend { FirstRun::Resend } else { FirstRun::Start }) {
            return;
        }
        let plan = session.broker_choice().and_then(|(broker, properties)| {
            self.settings.plan(broker, properties, &folder, &session.work_dir, resend)
        });
        let plan = match plan {
            Ok(plan) => Box::new(plan),
            Err(reason) => return session.refuse(&reason),
        };
        let run = (Plan::Stream(plan.clone()), Activity::Stream(plan));
        let (work_dir, sends) = (session.work_dir.clone(), self.settings.sides != Sides::Consume);
        let check = move || {
            if sends {
                check_input(&folder)?;
            }
            prepare(&work_dir)
        };
        session.run.start_checked(&session.ctx, run, &session.settings.broker, check);
    }

    /// Shows the stream that has just started.
    pub fn started(&mut self, session: &mut Session) {
        session.settings.tab = Tab::Stream;
        (self.charts, self.latest) = Default::default();
    }
}
