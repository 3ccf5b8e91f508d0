//! The program of the window: one frame after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{
    self, CentralPanel, Context, Event as InputEvent, Frame, Key, KeyboardShortcut, Modifiers, Panel, RawInput, Theme,
    ThemePreference, Ui, ViewportCommand,
};

use super::action::Action;
use super::benchmark::{BenchmarkState, benchmark_tab};
use super::broker::{BrokerSettings, BrokerState, SavedConnection, Secret, connection_dialog};
use super::folder::FolderState;
use super::header::header;
use super::help::help_dialog;
use super::images::{ImagesState, images_tab};
use super::log::{LogState, log_tab};
use super::notices::{Banner, Notices, notice_area};
use super::options::WindowOptions;
use super::pace::Pace;
use super::paths::{PathFields, path_dialog};
use super::results::{ResultsState, results_tab};
use super::run::RunState;
use super::settings::{Settings, Tab, ThemeChoice};
use super::state::State;
use super::status_line::status_line;
use super::stream::{StreamState, lag_dialog, stream_tab};
use super::theme::{SystemTheme, Tokens, apply_style, install_fonts};
use super::tour::Tour;
use super::widgets::message::Severity;
use super::workers::thumbnails::Thumbnails;

mod carry_out;
mod idle_checks;
mod listen;
mod paths;

/// While a run goes on the engine wakes the window about ten times a second. Where it is held up, the window is drawn
/// this often all the same, so that clocks go on.
const RUN_FRAME: Duration = Duration::from_millis(500);
/// How soon a change of the settings is written.
const SAVE_PAUSE: Duration = Duration::from_secs(2);
/// The window closes after this at the latest: when its run has ended, what remains is the broker's last write.
const END_PATIENCE: Duration = Duration::from_secs(20);

/// The window.
pub struct WindowApp {
    /// All that is shown.
    pub state: State,
    system_theme: SystemTheme,
    shown_theme: Option<ThemeChoice>,
    saved: Settings,
    saved_at: Instant,
    tour: Option<Tour>,
    is_first_frame: bool,
    idle_checks: idle_checks::IdleChecks,
}

impl WindowApp {
    /// Prepares everything; waits for nothing.
    pub fn new(ctx: &Context, options: WindowOptions, settings: Settings, problem: Option<String>) -> Self {
        install_fonts(ctx);
        apply_style(ctx);
        let mut notices = Notices::default();
        if let Some(problem) = problem {
            notices.show(Banner {
                topic: "settings",
                severity: Severity::Warning,
                title: "The settings were not used".to_owned(),
                detail: problem,
                actions: Vec::new(),
            });
        }
        let pace = Arc::new(Pace::new(options.draws_in_software));
        let run = RunState::start(ctx, &pace).unwrap_or_else(|error| {
            notices.error("engine", "The engine does not start", error.to_string());
            RunState::without_engine()
        });
        let mut settings = settings;
        settings.folder = options.first_folder(&settings);
        let work_dir = options.first_work_dir(&settings);
        let tour = options.tour.clone().map(|request| Tour::new(request, options.started));
        let mut state = State {
            ctx: ctx.clone(),
            work_dir,
            folder: FolderState::default(),
            broker: BrokerState::default(),
            run,
            stream: StreamState::default(),
            images: ImagesState::default(),
            benchmark: BenchmarkState::default(),
            results: ResultsState::new(options.runs_folder.clone()),
            log: LogState::new(options.log.clone()),
            thumbnails: Thumbnails::start(ctx, &pace),
            pace,
            notices,
            dialog: None,
            path_dialog: None,
            paths: PathFields::default(),
            chores: Vec::new(),
            samples: None,
            actions: Vec::new(),
            shows_help: false,
            is_closing: false,
            leaves_at_once: false,
            settings,
            options,
        };
        take_cluster(&mut state);
        Self {
            saved: state.to_remember(),
            state,
            system_theme: SystemTheme::watch(ctx),
            shown_theme: None,
            saved_at: Instant::now(),
            tour,
            is_first_frame: true,
            idle_checks: idle_checks::IdleChecks::default(),
        }
    }

    /// What happens before a frame is drawn.
    pub fn before_frame(&mut self, ctx: &Context) {
        if std::mem::take(&mut self.is_first_frame) {
            self.begin(ctx);
        }
        self.choose_theme(ctx);
        self.keys(ctx);
        self.dropped_files(ctx);
        self.closing(ctx);
        self.listen(ctx);
        let actions = std::mem::take(&mut self.state.actions);
        for action in actions {
            self.carry_out(ctx, action);
        }
        self.state.thumbnails.begin_frame();
        self.state.pace.follow(self.state.run.is_running());
        if self.state.run.is_running() {
            ctx.request_repaint_after(RUN_FRAME);
        }
        self.remember(ctx);
    }

    /// Draws a frame.
    pub fn draw(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let state = &mut self.state;
        let bar = |tokens: &Tokens| Frame::new().fill(tokens.panel);
        Panel::top("header").frame(bar(tokens)).show(ui, |ui| header(ui, state));
        Panel::bottom("status").frame(bar(tokens)).exact_size(32.0).show(ui, |ui| status_line(ui, state));
        if !state.notices.banners.is_empty() {
            Panel::top("notices").frame(bar(tokens)).show(ui, |ui| {
                let actions = notice_area(ui, &mut state.notices);
                state.actions.extend(actions);
            });
        }
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| match state.settings.tab {
            Tab::Stream => stream_tab(ui, state),
            Tab::Images => images_tab(ui, state),
            Tab::Benchmark => benchmark_tab(ui, state),
            Tab::Results => results_tab(ui, state),
            Tab::Log => log_tab(ui, state),
        });
        let ctx = ui.ctx().clone();
        connection_dialog(&ctx, state);
        help_dialog(&ctx, state);
        lag_dialog(&ctx, state);
        path_dialog(&ctx, state);
        state.notices.show_toasts(&ctx);
        if !state.actions.is_empty() {
            ctx.request_repaint();
        }
    }

    /// After the first frame stands: what needs files, the broker, the network.
    fn begin(&mut self, ctx: &Context) {
        let state = &mut self.state;
        if let Some(folder) = state.settings.folder.clone() {
            state.actions.push(Action::OpenFolder(folder));
        }
        state.actions.push(Action::SelectBroker(state.settings.broker.clone()));
        state.results.list_runs(ctx);
        ctx.request_repaint();
    }

    fn choose_theme(&mut self, ctx: &Context) {
        let choice = self.state.settings.theme;
        if self.shown_theme != Some(choice) {
            self.shown_theme = Some(choice);
            ctx.set_theme(match choice {
                ThemeChoice::System => ThemePreference::System,
                ThemeChoice::Dark => ThemePreference::Dark,
                ThemeChoice::Light => ThemePreference::Light,
            });
        }
    }

    fn keys(&mut self, ctx: &Context) {
        let is_modal = self.state.broker.dialog.is_some()
            || self.state.shows_help
            || self.state.path_dialog.is_some()
            || self.state.stream.lag_dialog.is_some()
            || self.state.benchmark.combinations.is_some();
        // In a field the key takes back what was typed there.
        let can_undo = self.state.settings.tab == Tab::Benchmark && !is_modal && !ctx.text_edit_focused();
        let actions = ctx.input_mut(|input| {
            let mut actions = Vec::new();
            if !is_modal && input.consume_key(Modifiers::NONE, Key::F5) {
                actions.push(Action::Start);
            }
            if !is_modal && !input.raw.events.is_empty() && input.key_pressed(Key::Escape) && !input.pointer.any_down()
            {
                actions.push(Action::Stop);
            }
            if !is_modal && input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::O)) {
                actions.push(Action::ChooseFolder);
            }
            if can_undo && input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::Z)) {
                actions.push(Action::UndoRows);
            }
            for (tab, key) in Tab::ALL.into_iter().zip([Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5]) {
                if input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, key)) {
                    actions.push(Action::Show(tab));
                }
            }
            actions
        });
        if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1)) {
            self.state.shows_help = !self.state.shows_help;
        }
        // Escape first closes what is open, or leaves a field.
        let has_image = self.state.settings.tab == Tab::Images && self.state.images.chosen().is_some();
        let in_field = has_image || ctx.text_edit_focused() || egui::Popup::is_any_open(ctx);
        self.state.actions.extend(
            actions
                .into_iter()
                .filter(|action| !matches!(action, Action::Stop) || (self.state.run.is_running() && !in_field)),
        );
    }

    fn dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let Some(path) = dropped.first().map(|file| file.path().to_owned()) else { return };
        let folder = if path.is_dir() { Some(path) } else { path.parent().map(std::path::Path::to_owned) };
        if let Some(folder) = folder {
            self.state.actions.push(Action::OpenFolder(folder));
        }
    }

    /// A run is ended in good order before the window closes. A second request leaves at once, as a second Ctrl+C does.
    fn closing(&mut self, ctx: &Context) {
        let wants_to_close = ctx.input(|input| input.viewport().close_requested());
        let is_running = self.state.run.is_running();
        if wants_to_close && is_running && self.state.is_closing {
            self.state.leaves_at_once = true;
        } else if wants_to_close && is_running {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.state.is_closing = true;
            self.state.run.stop();
            self.state.notices.show(Banner {
                topic: "closing",
                severity: Severity::Info,
                title: "Closing when what is in flight is finished".to_owned(),
                detail: "Close again to leave at once".to_owned(),
                actions: Vec::new(),
            });
        }
        if self.state.is_closing && !self.state.run.is_running() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn remember(&mut self, ctx: &Context) {
        if let Some(size) = ctx.input(|input| input.viewport().inner_rect).map(|rect| rect.size()) {
            self.state.settings.window_size = Some([size.x.round(), size.y.round()]);
        }
        let since = self.saved_at.elapsed();
        if since < SAVE_PAUSE {
            // What was changed in this frame is to be written even if nothing else happens.
            if ctx.input(|input| !input.raw.events.is_empty()) {
                ctx.request_repaint_after(SAVE_PAUSE - since);
            }
            return;
        }
        self.saved_at = Instant::now();
        let now = self.state.to_remember();
        if now != self.saved
            && let Some(path) = self.state.options.settings_path.clone()
        {
            self.saved = now.clone();
            let save = super::workers::job::Job::start("settings", ctx, move |_| {
                now.save(&path)
                    .err()
                    .map(|error| format!("The settings could not be kept ({error}): {}", path.display()))
            });
            self.state.chores.push(save);
        }
    }

    /// Writes what is to be remembered, and ends the engine in good order, or leaves it to the end of the process where
    /// it takes too long or was not to be waited for. False: it was left.
    pub fn end(&mut self) -> bool {
        let now = self.state.to_remember();
        if let Some(path) = &self.state.options.settings_path
            && let Err(error) = now.save(path)
        {
            tracing::warn!("the settings could not be kept ({error}): {}", path.display());
        }
        let patience = if self.state.leaves_at_once { Duration::ZERO } else { END_PATIENCE };
        let has_ended = self.state.run.shut_down(patience);
        if !has_ended {
            tracing::warn!("left before everything was finished");
        }
        has_ended
    }
}

impl eframe::App for WindowApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.before_frame(ctx);
        if let Some(tour) = &self.tour {
            tour.before_draw(&mut self.state);
        }
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.draw(ui);
        if let Some(tour) = &mut self.tour {
            tour.after_frame(ui.ctx(), frame.info().cpu_usage, &mut self.state);
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.end();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        // The background of all tabs: painting it once more would be the largest part of a frame in software.
        Tokens::of_visuals(visuals).background.to_normalized_gamma_f32()
    }

    fn raw_input_hook(&mut self, _ctx: &Context, input: &mut RawInput) {
        // Asked twice for the same key, a held F5 would start again and again.
        input.events.retain(|event| !matches!(event, InputEvent::Key { key: Key::F5, repeat: true, .. }));
        if input.system_theme.is_none() {
            input.system_theme = self.system_theme.get().or(Some(Theme::Dark));
        }
    }
}

/// A cluster that the command line names is a connection of this launch.
fn take_cluster(state: &mut State) {
    let Some((bootstrap_servers, properties)) = state.options.cluster.clone() else { return };
    let lines: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let connection = SavedConnection {
        name: bootstrap_servers.clone(),
        bootstrap_servers: bootstrap_servers.clone(),
        is_from_command_line: true,
        ..SavedConnection::default()
    };
    state.settings.connections.retain(|other| other.name != connection.name);
    state.settings.connections.push(connection);
    let secret = Secret { password: String::new(), properties: lines.join("\n") };
    state.broker.secrets.0.insert(bootstrap_servers.clone(), secret);
    state.settings.broker = BrokerSettings::Saved(bootstrap_servers);
}
