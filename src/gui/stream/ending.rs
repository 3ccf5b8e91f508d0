//! What is reported when a stream has ended.

use super::StreamTab;
use crate::gui::action::Action;
use crate::gui::format;
use crate::gui::image_source::ImageSource;
use crate::gui::notices::{Banner, BannerAction};
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::widgets::message::Severity;
use kafka_image_bench_core::engine::plan::{Mode, StreamPlan};
use kafka_image_bench_core::engine::report::{Outcome, RunReport};
use kafka_image_bench_core::pipeline::source::Survey;

impl StreamTab {
    /// Shows what became of a stream.
    pub fn finished(&self, session: &mut Session, plan: &StreamPlan, report: &RunReport) {
        let nothing_new = report.snapshot.found == 0 && report.snapshot.already_processed > 0;
        if report.outcome == Outcome::Done && plan.mode != Mode::Consume && nothing_new {
            session.notices.show(Banner {
                topic: "run",
                severity: Severity::Info,
                title: format!(
                    "Nothing new: all {} were sent before",
                    format::counted(report.snapshot.already_processed, "image", "images")
                ),
                detail: format!("processed_files.txt in {} lists them", plan.work_dir.display()),
                actions: vec![("Send again", || Action::Resend)],
            });
        }
        if report.snapshot.rejected > 0 {
            // Another folder may have been opened meanwhile.
            let survey = (session.settings.folder.as_ref() == Some(&plan.input)).then_some(&*session.folder.survey);
            session.notices.show(not_sent(report.snapshot.rejected, survey));
        }
    }
}

/// Images that were not sent: the summary in Stream names each of them, with the reason.
fn not_sent(rejected: u64, survey: Option<&Survey>) -> Banner {
    let mut actions: Vec<BannerAction> = vec![("Show the log", || Action::Show(Tab::Log))];
    let survey = survey.filter(|survey| survey.finished);
    let unlabelled = survey.map_or(0, |survey| survey.images.saturating_sub(survey.labels_found));
    let mut detail = "Stream lists them with the reason".to_owned();
    if unlabelled > 0 {
        let images =
            format::counted(unlabelled, "image of the folder has no label", "images of the folder have no label");
        detail = format!("{images}. {detail}");
        actions.insert(0, ("Show images without a label", || Action::ShowUnlabelled(ImageSource::Input)));
    }
    let title = format::counted(rejected, "image was not sent", "images were not sent");
    Banner { topic: "not-sent", severity: Severity::Warning, title, detail, actions }
}
