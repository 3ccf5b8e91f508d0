//! A whole benchmark, on a running broker.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::bookkeeping::{Bookkeeping, ResultsSink, SharedResults, open_store};
use super::description;
use super::error::BenchmarkError;
use super::payloads::{self, Chosen, POOL_BYTES};
use super::plan::BenchmarkPlan;
use super::recipe::{BenchmarkRecipe, Lanes, Pools};
use super::record_tag::POOL_IMAGES_MAX;
use super::sequence::RunSequence;
use crate::broker::BrokerHandle;
use crate::kafka::control::Control;
use crate::kafka::downtime::while_watched;
use crate::model::notice::Notice;
use crate::pipeline::outputs::own_outputs;
use crate::results::files::ResultFiles;
use crate::run::context::RunContext;
use crate::run::error::SettingsError;

/// Runs `plan` on `broker`. The results so far are always in `shared` and in their files, and are passed to `show`.
pub(crate) fn run(
    context: &Arc<RunContext>,
    plan: &BenchmarkPlan,
    broker: &BrokerHandle,
    runtime: &Handle,
    shared: &SharedResults,
    show: ResultsSink<'_>,
) -> Result<(), BenchmarkError> {
    let servers = &broker.bootstrap_servers;
    let control = Control::new(context, servers, &plan.client, plan.broker_timeout, runtime.clone())?;
    let control = Arc::new(control);
    control.wait_until_reachable()?;
    let result = while_watched(context, &control, || {
        let exclude = own_outputs(&plan.work_dir);
        let chosen = choose_images(context, plan, &exclude)?;
        let plan = &plan.with_folder(chosen.info.folder_images);
        let now = jiff::Timestamp::now();
        let results = description::results(plan, broker.kind, control.brokers()?, &chosen, now);
        let files = ResultFiles::in_folder(&plan.work_dir, now);
        let files = if plan.pace.ladder().is_some() { files.with_ladder() } else { files };
        let store = open_store(context, plan.runs_folder.as_deref());
        let bookkeeping = Bookkeeping::new(context, results, files, store, (shared, show));
        let mut recipe = BenchmarkRecipe {
            plan,
            servers,
            broker_kind: broker.kind,
            control: &control,
            chosen,
            exclude,
            pools: Pools::default(),
            lanes: Lanes::default(),
        };
        RunSequence::new(context, plan, &mut recipe, bookkeeping).make()
    });
    context.measure(None);
    result
}

fn choose_images(
    context: &RunContext,
    plan: &BenchmarkPlan,
    exclude: &[std::path::PathBuf],
) -> Result<Chosen, BenchmarkError> {
    let replay = plan.pace.load_shape().and_then(|shape| shape.replay());
    let chosen = payloads::choose(&plan.input, exclude, plan.selection(), POOL_BYTES, replay)?;
    let (pool_images, folder_images) = (chosen.info.pool_images, chosen.info.folder_images);
    if pool_images as usize > POOL_IMAGES_MAX {
        return Err(SettingsError(format!("more than {POOL_IMAGES_MAX} images; give a smaller folder")).into());
    }
    if pool_images < folder_images {
        context.notify(Notice::info(format!(
            "{pool_images} of the folder's {folder_images} images are sent, evenly spaced, since at most 256 MiB are kept in memory"
        )));
    }
    if let Some(playback) = &chosen.playback {
        context.notify(Notice::Replay(playback.table.outline.clone()));
    }
    Ok(chosen)
}
