//! Labels that are looked for before a run starts: `--labels auto`, and the boxes of a run without `--labels`.

use std::borrow::Cow;

use super::error::EngineError;
use super::plan::StreamPlan;
use crate::labels::{FoundLabels, LabelRule, look_for_labels};
use crate::pipeline::PipelineError;
use crate::pipeline::outputs::own_outputs;
use crate::run::context::RunContext;
use crate::run::error::{RunError, SettingsError};

/// A plan whose labels are known.
pub(super) struct KnownLabels<'a> {
    pub(super) plan: Cow<'a, StreamPlan>,
    /// The labels that were found.
    pub(super) found: Option<FoundLabels>,
    /// What a person should know of it.
    pub(super) sentences: Vec<String>,
}

/// Looks for the labels of `plan`, if it asks for that.
///
/// # Errors
/// Several fit the images; the text names them.
pub(super) fn settle<'a>(context: &RunContext, plan: &'a StreamPlan) -> Result<KnownLabels<'a>, EngineError> {
    let known = |plan, found, sentences| KnownLabels { plan, found, sentences };
    if !plan.labels.is_auto() || !plan.mode.produces() {
        return Ok(known(Cow::Borrowed(plan), None, Vec::new()));
    }
    let is_unasked = plan.labels.keeps_file_names();
    let with = |labels: LabelRule| Cow::Owned(StreamPlan { labels, ..plan.clone() });
    if is_unasked && plan.any_file {
        // Files of labels are sent like all others.
        return Ok(known(with(LabelRule::default()), None, Vec::new()));
    }
    let mut look = look_for_labels(&plan.input, &own_outputs(&plan.work_dir), &|| context.stop.is_requested());
    if context.stop.is_requested() {
        return Err(PipelineError::from(RunError::Stopped).into());
    }
    let mut sentences = Vec::new();
    if is_unasked {
        // What was not asked for rejects no image, and changes no label.
        let is_taken = |found: &FoundLabels| found.objects > 0 && found.images_rejected == 0;
        let (taken, left): (Vec<_>, Vec<_>) = look.choices.into_iter().partition(is_taken);
        sentences
            .extend(left.iter().map(|found| format!("Found, and not used without --labels auto: {}", found.sentence)));
        look.choices = taken;
    } else {
        sentences.append(&mut look.remarks);
    }
    match look.only() {
        Err(several) => Err(SettingsError(several).into()),
        Ok(Some(found)) => {
            sentences.push(match is_unasked {
                true => format!("Found, and sent along: {}. --labels stem leaves it out", found.sentence),
                false => format!("Labels: {}", found.sentence),
            });
            Ok(known(with(plan.labels.resolved(&found.rule)), Some(found.clone()), sentences))
        }
        Ok(None) => {
            if !is_unasked {
                sentences.push("No labels fit the images, so each has its file name as its label".to_owned());
            }
            Ok(known(with(LabelRule::default()), None, sentences))
        }
    }
}
