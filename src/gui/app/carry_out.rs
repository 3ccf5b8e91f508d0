//! Does what was asked for.

use std::path::{Path, PathBuf};

use eframe::egui::Context;

use super::{Action, Severity, WindowApp, paths};
use crate::gui::broker::{BrokerSettings, ConnectionDialog, parse_properties};
use crate::gui::log::LogView;
use crate::gui::notices::{Banner, WarningEnd};
use crate::gui::paths::PathPurpose;
use crate::gui::run::Activity;
use crate::gui::samples::{SamplesJob, samples_folder};
use crate::gui::settings::Tab;
use crate::gui::state::State;
use crate::gui::stream::LagDialog;
use crate::gui::workers::job::Job;
use kafka_image_bench_core::broker::BrokerChoice;
use kafka_image_bench_core::engine::Command;
use kafka_image_bench_core::engine::plan::Plan;

impl WindowApp {
    /// Carries out one wish.
    pub(super) fn carry_out(&mut self, ctx: &Context, action: Action) {
        let state = &mut self.state;
        match action {
            Action::Show(tab) => state.settings.tab = tab,
            Action::Theme(choice) => state.settings.theme = choice,
            Action::Start if state.run.is_running() => {}
            Action::Start if state.settings.tab == Tab::Benchmark => start_benchmark(state),
            Action::Start => start_stream(state, false),
            Action::Resend => start_stream(state, true),
            Action::Stop => state.run.stop(),
            Action::ChooseFolder => paths::choose(state, PathPurpose::Folder),
            Action::ChooseWorkDir => paths::choose(state, PathPurpose::WorkDir),
            Action::ChooseLabels => paths::choose(state, PathPurpose::Labels),
            Action::ChooseCertificate(field) => paths::choose(state, PathPurpose::Certificate(field)),
            Action::ChooseRunFile => paths::ask(state, PathPurpose::RunFile),
            Action::Export(what) => paths::ask(state, PathPurpose::Export(what)),
            Action::ChooseConfigurations => paths::ask(state, PathPurpose::Configurations),
            Action::ExportLog => paths::ask(state, PathPurpose::Log),
            Action::BrowsePath => paths::browse(state),
            Action::TakePath(purpose, path) => paths::take_path(ctx, state, purpose, path),
            Action::OpenFolder(folder) => open_folder(ctx, state, folder),
            Action::OpenPreviousFolder => {
                if let Some(folder) = state.settings.previous_folder().cloned() {
                    open_folder(ctx, state, folder);
                }
            }
            Action::RescanFolder => scan_folder(ctx, state),
            Action::UseSamples => use_samples(ctx, state),
            Action::CancelSamples => {
                // Dropping the job asks it to stop.
                state.samples = None;
                state.notices.clear("folder");
            }
            Action::SaveWhereStreamSaved => {
                let folder = state.run.stream_dir.clone();
                paths::save_to(state, folder);
            }
            Action::SelectBroker(broker) => {
                state.notices.clear("run");
                self.idle_checks.forget_broker();
                select_broker(ctx, state, broker);
            }
            Action::RetryBroker => {
                self.idle_checks.forget_broker();
                select_broker(ctx, state, state.settings.broker.clone());
            }
            Action::EditConnection(name) => {
                let kept =
                    name.as_ref().and_then(|name| state.settings.connections.iter().find(|one| one.name == *name));
                let connection = kept.cloned().unwrap_or_default();
                let secret = state.broker.secrets.0.get(&connection.name).cloned().unwrap_or_default();
                state.broker.dialog = Some(ConnectionDialog::new(name, connection, secret));
            }
            Action::KeepConnection(original, connection, secret) => {
                let gone = |name: &str| Some(name) == original.as_deref() || name == connection.name;
                state.settings.connections.retain(|one| !gone(&one.name));
                let chore = crate::gui::broker::store_password(ctx, &connection, &secret);
                state.chores.extend(chore);
                state.broker.secrets.0.insert(connection.name.clone(), secret);
                state.settings.connections.push(*connection);
                state.settings.connections.sort_by(|a, b| a.name.cmp(&b.name));
            }
            Action::ForgetConnection(name) => {
                if let Some(connection) = state.settings.connections.iter().find(|one| one.name == name).cloned() {
                    let chore = connection.keep_password.then(|| crate::gui::broker::forget_password(ctx, &connection));
                    state.chores.extend(chore);
                    let secret = state.broker.secrets.0.get(&name).cloned().unwrap_or_default();
                    state.broker.forgotten = Some((connection, secret));
                    state.notices.show(Banner {
                        topic: "connection",
                        severity: Severity::Info,
                        title: format!("The connection {name} was removed"),
                        detail: String::new(),
                        actions: vec![("Undo", || Action::RestoreConnection)],
                    });
                }
                state.settings.connections.retain(|one| one.name != name);
                state.broker.secrets.0.remove(&name);
                if state.settings.broker == BrokerSettings::Saved(name) {
                    select_broker(ctx, state, BrokerSettings::Embedded);
                }
            }
            Action::RestoreConnection => {
                if let Some((connection, secret)) = state.broker.forgotten.take() {
                    state.actions.push(Action::KeepConnection(None, Box::new(connection), secret));
                }
            }
            Action::Skip(index) => {
                if state.run.send(Command::SkipConfiguration(index)) {
                    state.benchmark.skipped.push(index);
                }
            }
            Action::UndoRows if state.run.is_running() => {}
            Action::UndoRows => state.benchmark.undo(&mut state.settings.benchmark.rows),
            Action::Reveal(path) => reveal(ctx, state, path),
            Action::Copy(text, what) => {
                ctx.copy_text(text);
                state.notices.toast(format!("Copied: {what}"));
            }
            Action::BrowseTopic => state.browse(ctx, None),
            Action::BrowseOn => {
                let next = state.images.next_page();
                state.browse(ctx, next);
            }
            Action::ListTopics => state.list_topics(ctx),
            Action::RefreshImages => state.images.is_stale = true,
            Action::ShowUnlabelled(source) => state.show_unlabelled(source),
            Action::OpenRun(run) => state.results.open_run(ctx, run),
            Action::RenameRun(run, name) => state.results.rename(ctx, run, name),
            Action::DeleteRun(run) => state.results.delete(ctx, run),
            Action::Baseline(run) => state.results.set_baseline(ctx, run),
            Action::AskLag => {
                state.stream.lag_dialog = Some(LagDialog::new(&state.settings.stream.group));
                state.stream.lag = None;
            }
            Action::ShowNotices => {
                state.settings.tab = Tab::Log;
                state.log.view = LogView::Notices;
            }
            Action::Toast(text) => state.notices.toast(text),
        }
    }
}

fn open_folder(ctx: &Context, state: &mut State, folder: PathBuf) {
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    state.settings.open_folder(folder);
    state.notices.clear("run");
    scan_folder(ctx, state);
    state.images.is_stale = true;
}

fn scan_folder(ctx: &Context, state: &mut State) {
    let Some(folder) = state.settings.folder.clone() else { return };
    state.notices.clear("folder");
    let labels = state.settings.stream.label_rule().unwrap_or_default();
    state.folder.scan(ctx, &folder, &state.work_dir, labels);
}

fn use_samples(ctx: &Context, state: &mut State) {
    if state.samples.is_some() {
        return;
    }
    let folder = samples_folder();
    // The annotations are written last.
    if folder.join("_annotations.coco.json").is_file() {
        open_folder(ctx, state, folder);
        return;
    }
    state.samples = Some(SamplesJob::start(ctx, folder));
}

fn select_broker(ctx: &Context, state: &mut State, broker: BrokerSettings) {
    state.settings.broker = broker;
    state.notices.clear("broker");
    state.notices.clear("room");
    state.notices.forget_warning(WarningEnd::Broker);
    state.broker.forget_check();
    state.broker.bootstrap_servers = None;
    state.broker.status = crate::gui::broker::BrokerStatus::Starting;
    let choice = state.settings.broker.choice(&state.settings.connections, &state.broker.secrets, &state.options.data);
    match choice {
        Err(reason) => {
            state.broker.status = crate::gui::broker::BrokerStatus::Failed(reason, String::new());
        }
        Ok((choice, properties)) => {
            if let BrokerChoice::External { bootstrap_servers } = &choice {
                state.broker.bootstrap_servers = Some(bootstrap_servers.clone());
                state.broker.check(ctx, bootstrap_servers.clone(), properties);
            }
            state.run.send(Command::Hold(choice));
        }
    }
    state.broker.load_passwords_once(ctx, &state.settings.connections);
}

fn start_stream(state: &mut State, resend: bool) {
    if state.run.is_running() {
        return;
    }
    let Some(folder) = folder_or_tell(state) else { return };
    let plan = broker_of(state).and_then(|(broker, properties)| {
        state.settings.stream.plan(broker, properties, &folder, &state.work_dir, resend)
    });
    let plan = match plan.and_then(|plan| prepare(&state.work_dir).map(|()| plan)) {
        Ok(plan) => Box::new(plan),
        Err(reason) => return refuse(state, &reason),
    };
    state.notices.clear("run");
    state.settings.tab = Tab::Stream;
    state.stream.forget();
    state.notices.forget_warning(WarningEnd::Run);
    if !state.run.begin(Plan::Stream(plan.clone()), Activity::Stream(plan), &state.settings.broker) {
        refuse(state, "The engine is busy; try again in a moment");
    }
}

fn start_benchmark(state: &mut State) {
    let Some(folder) = folder_or_tell(state) else { return };
    if let Some((first, second)) = state.settings.benchmark.same_rows() {
        return refuse(state, &format!("Rows {first} and {second} are the same configuration: change or untick one"));
    }
    let plan = broker_of(state).and_then(|(broker, mut properties)| {
        properties.extend(parse_properties(&state.settings.benchmark.properties)?);
        Ok(state.settings.benchmark.plan(broker, properties, &folder, &state.work_dir))
    });
    let checked = plan.and_then(|mut plan| {
        plan.runs_folder.clone_from(&state.options.runs_folder);
        plan.check().map_err(|error| error.to_string())?;
        prepare(&state.work_dir).map(|()| plan)
    });
    let plan = match checked {
        Ok(plan) => Box::new(plan),
        Err(reason) => return refuse(state, &reason),
    };
    state.notices.clear("run");
    let rows = state.settings.benchmark.ticked().map(|(index, _)| index).collect();
    let (activity, runs_per_row) = (Activity::Benchmark { rows, runs: plan.runs() }, plan.runs_per_configuration());
    state.notices.forget_warning(WarningEnd::Run);
    state.benchmark.begin(&state.settings.benchmark, runs_per_row);
    if !state.run.begin(Plan::Benchmark(plan), activity, &state.settings.broker) {
        refuse(state, "The engine is busy; try again in a moment");
    }
}

fn prepare(work_dir: &Path) -> Result<(), String> {
    std::fs::create_dir_all(work_dir)
        .map_err(|error| format!("The output folder cannot be made ({error}); choose another: {}", work_dir.display()))
}

fn broker_of(state: &State) -> Result<(BrokerChoice, Vec<(String, String)>), String> {
    state.settings.broker.choice(&state.settings.connections, &state.broker.secrets, &state.options.data)
}

fn folder_or_tell(state: &mut State) -> Option<PathBuf> {
    if state.samples.is_some() {
        state.notices.show(Banner {
            topic: "folder",
            severity: Severity::Info,
            title: "The sample images are still being made".to_owned(),
            detail: "The status line shows how far that is; start when they are done".to_owned(),
            actions: vec![("Cancel making them", || Action::CancelSamples)],
        });
        return None;
    }
    let consumes_only = state.settings.stream.sides == crate::gui::stream::Sides::Consume;
    if let Some(folder) = state.settings.folder.clone() {
        return Some(folder);
    }
    if consumes_only && state.settings.tab != Tab::Benchmark {
        return Some(state.work_dir.clone());
    }
    state.notices.show(Banner {
        topic: "folder",
        severity: Severity::Info,
        title: "Choose a folder of images first".to_owned(),
        detail: "Any folder with PNG, JPEG, WebP, GIF, BMP or TIFF files; or begin with the sample images".to_owned(),
        actions: vec![("Use the sample images", || Action::UseSamples), ("Open folder…", || Action::ChooseFolder)],
    });
    None
}

fn refuse(state: &mut State, reason: &str) {
    state.notices.error("run", "The run cannot be started like this", reason);
}

/// The file manager is asked off the window's thread: some systems take seconds to answer.
fn reveal(ctx: &Context, state: &mut State, path: PathBuf) {
    state.chores.push(Job::start("reveal", ctx, move |_| {
        let shown = opener::reveal(&path).or_else(|_| opener::open(path.parent().unwrap_or(Path::new("."))));
        shown.err().map(|error| format!("The file manager does not open ({error}): {}", path.display()))
    }));
}
