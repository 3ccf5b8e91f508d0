//! Starts a benchmark.

use super::BenchmarkTab;
use crate::gui::broker::parse_properties;
use crate::gui::folder::check_input;
use crate::gui::paths::FirstRun;
use crate::gui::run::{Activity, prepare};
use crate::gui::session::Session;
use kafka_image_bench_core::benchmark::plan::BenchmarkPlan;
use kafka_image_bench_core::engine::plan::Plan;

impl BenchmarkTab {
    /// Starts to measure the ticked rows.
    pub fn start(&mut self, session: &mut Session) {
        let Some(folder) = session.folder_or_ask() else { return };
        if let Some((first, second)) = self.settings.same_rows() {
            let reason = format!("Rows {first} and {second} are the same configuration: change or untick one");
            return session.refuse(&reason);
        }
        if let Err(reason) = self.settings.limits() {
            return session.refuse(&format!("Thresholds: {reason}"));
        }
        if !session.has_work_dir_or_asks(FirstRun::Start) {
            return;
        }
        let plan = session.broker_choice().and_then(|(broker, mut properties)| {
            properties.extend(parse_properties(&self.settings.properties)?);
            Ok(self.settings.plan(broker, properties, &folder, &session.work_dir))
        });
        let plan = match plan {
            Ok(plan) => Box::new(BenchmarkPlan { runs_folder: session.options.runs_folder.clone(), ..plan }),
            Err(reason) => return session.refuse(&reason),
        };
        let rows = self.settings.ticked().map(|(index, _)| index).collect();
        let activity = Activity::Benchmark { rows, runs: plan.runs(), runs_per_row: plan.runs_per_configuration() };
        let (check_plan, to_check) = (session.options.plan_check, plan.clone());
        let check = move || {
            check_input(&to_check.input)?;
            check_plan(&to_check)?;
            prepare(&to_check.work_dir)
        };
        let run = (Plan::Benchmark(plan), activity);
        session.run.start_checked(&session.ctx, run, &session.settings.broker, check);
    }

    /// Follows the benchmark that has just started. The rows are locked since its check began.
    pub fn started(&mut self, runs_per_row: u32) {
        self.measured = self.settings.rows.clone();
        self.runs_per_row = runs_per_row;
        self.skipped.clear();
    }
}
