//! Starts a benchmark.

use super::BenchmarkTab;
use crate::gui::broker::parse_properties;
use crate::gui::notices::WarningEnd;
use crate::gui::run::Activity;
use crate::gui::session::Session;
use kafka_image_bench_core::engine::plan::Plan;

impl BenchmarkTab {
    /// Starts to measure the ticked rows.
    pub fn start(&mut self, session: &mut Session) {
        let Some(folder) = session.folder_or_ask() else { return };
        if let Some((first, second)) = self.settings.same_rows() {
            let reason = format!("Rows {first} and {second} are the same configuration: change or untick one");
            return session.refuse(&reason);
        }
        let plan = session.broker_choice().and_then(|(broker, mut properties)| {
            properties.extend(parse_properties(&self.settings.properties)?);
            Ok(self.settings.plan(broker, properties, &folder, &session.work_dir))
        });
        let checked = plan.and_then(|mut plan| {
            plan.runs_folder.clone_from(&session.options.runs_folder);
            plan.check().map_err(|error| error.to_string())?;
            session.prepare_work_dir().map(|()| plan)
        });
        let plan = match checked {
            Ok(plan) => Box::new(plan),
            Err(reason) => return session.refuse(&reason),
        };
        session.notices.clear("run");
        let rows = self.settings.ticked().map(|(index, _)| index).collect();
        let (activity, runs_per_row) = (Activity::Benchmark { rows, runs: plan.runs() }, plan.runs_per_configuration());
        session.notices.forget_warning(WarningEnd::Run);
        self.measured = self.settings.rows.clone();
        self.runs_per_row = runs_per_row;
        self.skipped.clear();
        if !session.run.begin(Plan::Benchmark(plan), activity, &session.settings.broker) {
            session.refuse("The engine is busy; try again in a moment");
        }
    }
}
