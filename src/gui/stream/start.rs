//! Starts a stream.

use super::{Sides, StreamTab};
use crate::gui::notices::WarningEnd;
use crate::gui::run::Activity;
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
        let needs_folder = self.settings.sides != Sides::Consume || session.samples.is_some();
        let folder = match session.settings.folder.clone() {
            None if !needs_folder => session.work_dir.clone(),
            _ => match session.folder_or_ask() {
                Some(folder) => folder,
                None => return,
            },
        };
        let plan = session.broker_choice().and_then(|(broker, properties)| {
            self.settings.plan(broker, properties, &folder, &session.work_dir, resend)
        });
        let plan = match plan.and_then(|plan| session.prepare_work_dir().map(|()| plan)) {
            Ok(plan) => Box::new(plan),
            Err(reason) => return session.refuse(&reason),
        };
        session.notices.clear("run");
        session.settings.tab = Tab::Stream;
        (self.charts, self.latest) = Default::default();
        session.notices.forget_warning(WarningEnd::Run);
        if !session.run.begin(Plan::Stream(plan.clone()), Activity::Stream(plan), &session.settings.broker) {
            session.refuse("The engine is busy; try again in a moment");
        }
    }
}
