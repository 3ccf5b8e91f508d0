//! The question before the offsets of a group are reset: what is asked for, what it would do, and whether it was confirmed.

use eframe::egui::Context;

use super::cluster::{Cluster, sentence};
use crate::gui::format;
use crate::gui::workers::job::{self, Job};
use kafka_image_bench_core::groups::{ResetPlan, ResetRequest, ResetTo, apply_reset, plan_reset};

/// Where a group continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetPlace {
    /// At the first record.
    #[default]
    First,
    /// At the end.
    Last,
    /// At an offset.
    Offset,
    /// At a time.
    Time,
}

impl ResetPlace {
    /// All, in their order.
    pub(super) const ALL: [Self; 4] = [Self::First, Self::Last, Self::Offset, Self::Time];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::First => "the first record",
            Self::Last => "the end",
            Self::Offset => "an offset",
            Self::Time => "a time",
        }
    }
}

/// What is asked for, while the dialog is open.
#[derive(Default)]
pub struct Asked {
    pub(super) group: String,
    /// Its topics; the first choice is all of them.
    pub(super) topics: Vec<String>,
    pub(super) topic: Option<String>,
    /// −1 for all.
    pub(super) partition: i32,
    pub(super) place: ResetPlace,
    pub(super) offset: i64,
    pub(super) time: String,
    pub(super) is_confirmed: bool,
    /// For what the plan is.
    planned: Option<ResetRequest>,
    /// What it would do, or why it cannot be done.
    pub(super) plan: Option<Result<ResetPlan, String>>,
    plan_job: Option<Job<Result<ResetPlan, String>>>,
    apply_job: Option<Job<Result<(), String>>>,
}

/// The dialog.
#[derive(Default)]
pub struct ResetDialog {
    pub(super) asked: Option<Asked>,
}

impl ResetDialog {
    /// Opens it for a group that has committed on these topics.
    pub(super) fn open(&mut self, group: String, topics: Vec<String>) {
        self.asked = Some(Asked { group, topics, partition: -1, ..Asked::default() });
    }

    pub(super) fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    /// Takes what the workers have done. Some: it is done, in a sentence; the dialog is closed then.
    pub(super) fn poll(&mut self) -> Option<String> {
        let asked = self.asked.as_mut()?;
        if let Some(plan) = job::take(&mut asked.plan_job, "the offsets were read") {
            asked.plan = Some(plan.and_then(|plan| plan));
        }
        let applied = job::take(&mut asked.apply_job, "the offsets were reset")?.and_then(|done| done);
        match applied {
            Ok(()) => {
                let (repeats, skips) =
                    asked.plan.as_ref().and_then(|plan| plan.as_ref().ok()).map(ResetPlan::totals).unwrap_or_default();
                let done = format!("The offsets of {} are reset: {}", asked.group, effect(repeats, skips));
                self.asked = None;
                Some(done)
            }
            Err(problem) => {
                asked.is_confirmed = false;
                asked.plan = Some(Err(problem));
                None
            }
        }
    }
}

impl Asked {
    /// What is asked for.
    fn request(&self) -> Result<ResetRequest, String> {
        let to = match self.place {
            ResetPlace::First => ResetTo::First,
            ResetPlace::Last => ResetTo::Last,
            ResetPlace::Offset => ResetTo::Offset(self.offset),
            ResetPlace::Time => ResetTo::Time(format::parse_time(&self.time)?),
        };
        Ok(ResetRequest {
            group: self.group.clone(),
            topic: self.topic.clone(),
            partition: (self.partition >= 0).then_some(self.partition),
            to,
        })
    }

    /// Looks at what it would do, where something else is asked for than before.
    pub(super) fn keep_planned(&mut self, ctx: &Context, cluster: &Cluster) {
        if self.is_applying() {
            return;
        }
        let request = match self.request() {
            Ok(request) => request,
            Err(problem) => {
                (self.planned, self.plan_job, self.plan) = (None, None, Some(Err(problem)));
                return;
            }
        };
        if self.planned.as_ref() == Some(&request) {
            return;
        }
        (self.planned, self.plan, self.is_confirmed) = (Some(request.clone()), None, false);
        let access = cluster.group_access();
        self.plan_job = Some(Job::start("reset-plan", ctx, move |stop| {
            plan_reset(&access, &request, stop).map_err(|error| sentence(&error))
        }));
    }

    pub(super) fn is_applying(&self) -> bool {
        self.apply_job.is_some()
    }

    /// Carries out the plan.
    pub(super) fn apply(&mut self, ctx: &Context, cluster: &Cluster) {
        let Some(Ok(plan)) = self.plan.clone() else { return };
        let access = cluster.group_access();
        self.apply_job = Some(Job::start("reset", ctx, move |stop| {
            apply_reset(&access, &plan, stop).map_err(|error| sentence(&error))
        }));
    }
}

/// `repeats 120 records and skips none`.
pub(super) fn effect(repeats: u64, skips: u64) -> String {
    let records = |count: u64| format::counted_exactly(count, "record is", "records are");
    match (repeats, skips) {
        (0, 0) => "no record is repeated or skipped".to_owned(),
        (repeats, 0) => format!("{} repeated", records(repeats)),
        (0, skips) => format!("{} skipped", records(skips)),
        (repeats, skips) => format!("{} repeated, and {} skipped", records(repeats), records(skips)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_is_said_with_its_numbers() {
        assert_eq!(effect(1, 0), "1 record is repeated");
        assert_eq!(effect(1_200, 3), "1,200 records are repeated, and 3 records are skipped");
        assert_eq!(effect(0, 0), "no record is repeated or skipped");
    }

    #[test]
    fn what_is_typed_becomes_a_request() {
        let mut asked = Asked { group: "g".to_owned(), partition: -1, ..Asked::default() };
        assert_eq!(asked.request().unwrap().to, ResetTo::First);
        (asked.place, asked.offset, asked.partition) = (ResetPlace::Offset, 7, 2);
        let request = asked.request().unwrap();
        assert_eq!((request.to, request.partition), (ResetTo::Offset(7), Some(2)));
        (asked.place, asked.time) = (ResetPlace::Time, "soon".to_owned());
        assert!(asked.request().unwrap_err().contains("soon"));
    }
}
