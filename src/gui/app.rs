//! The program of the window: one frame after the other.

use std::time::{Duration, Instant};

use eframe::egui::{
    self, CentralPanel, Context, Event as InputEvent, Frame, Key, Panel, RawInput, Theme, ThemePreference, Ui,
    ViewportCommand,
};

use super::action::Action;
use super::broker::connection_dialog;
use super::focus_view::FocusView;
use super::header::{HeaderFacts, header};
use super::help::help_dialog;
use super::instance::LaterStarts;
use super::notices::{Banner, Notices, notice_area};
use super::options::WindowOptions;
use super::palette::{ControlTree, Palette};
use super::paths::path_dialog;
use super::session::Session;
use super::settings::{ContrastChoice, MotionChoice, Tab, ThemeChoice};
use super::settings_file::SettingsFile;
use super::status_line::status_line;
use super::tabs::Tabs;
use super::theme::{Look, SystemLook, Tokens, apply_look, apply_style, install_fonts};
use super::tour::Tour;
use super::widgets::message::Severity;
use super::workers::job::Job;

mod actions;
mod commands;
mod events;
mod idle_checks;
mod keys;
mod opened;

/// During a run the engine wakes the window about ten times a second. Where it is held up, the window is drawn this
/// often all the same, so that clocks continue.
const RUN_FRAME: Duration = Duration::from_millis(500);
/// How soon a change of the settings is written.
const SAVE_PAUSE: Duration = Duration::from_secs(2);
/// The window closes after this at the latest: when its run has ended, what remains is the broker's last write.
const END_PATIENCE: Duration = Duration::from_secs(20);

/// The window.
pub struct WindowApp {
    /// What all tabs share.
    pub session: Session,
    /// The tabs.
    pub tabs: Tabs,
    palette: Palette,
    system_look: SystemLook,
    shown_theme: Option<ThemeChoice>,
    shown_look: Look,
    saved: SettingsFile,
    saved_at: Instant,
    tour: Option<Tour>,
    is_first_frame: bool,
    /// Whether something was done since the settings were last compared.
    may_have_changed: bool,
    idle_checks: idle_checks::IdleChecks,
    /// What later starts of the program ask for, where this window is the one that they hand over to.
    pub later_starts: Option<LaterStarts>,
}

impl WindowApp {
    /// Prepares everything; waits for nothing.
    pub fn new(ctx: &Context, options: WindowOptions, settings: SettingsFile, problem: Option<String>) -> Self {
        install_fonts(ctx);
        apply_style(ctx);
        ctx.add_plugin(ControlTree::default());
        ctx.add_plugin(FocusView::default());
        let mut notices = Notices::default();
        if let Some(problem) = problem {
            notices.show(Banner {
                topic: "settings",
                severity: Severity::Warning,
                title: "Settings could not be used; defaults are in use".to_owned(),
                detail: problem,
                actions: Vec::new(),
            });
        }
        let tour = options.tour.clone().map(|request| Tour::new(request, options.started));
        let session = Session::new(ctx, options, settings.shared.clone(), notices);
        let tabs = Tabs::new(settings, &session);
        Self {
            saved: tabs.to_remember(&session),
            session,
            tabs,
            palette: Palette::default(),
            system_look: SystemLook::watch(ctx),
            shown_theme: None,
            shown_look: Look::default(),
            saved_at: Instant::now(),
            tour,
            is_first_frame: true,
            may_have_changed: false,
            idle_checks: idle_checks::IdleChecks::default(),
            later_starts: None,
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
        self.take_later_starts(ctx);
        self.poll(ctx);
        let actions = std::mem::take(&mut self.session.actions);
        self.may_have_changed |= !actions.is_empty();
        for action in actions {
            self.carry_out(action);
        }
        let session = &mut self.session;
        session.thumbnails.begin_frame();
        session.pace.follow(session.run.is_running());
        if session.run.is_running() {
            ctx.request_repaint_after(RUN_FRAME);
        }
        self.remember(ctx);
    }

    /// Draws a frame.
    pub fn draw(&mut self, ui: &mut Ui) {
        let tokens = Tokens::of(ui);
        let (session, tabs) = (&mut self.session, &mut self.tabs);
        let bar = |tokens: &Tokens| Frame::new().fill(tokens.panel);
        let facts = header_facts(session, tabs);
        Panel::top("header").frame(bar(tokens)).show(ui, |ui| header(ui, session, &facts));
        Panel::bottom("status").frame(bar(tokens)).exact_size(32.0).show(ui, |ui| status_line(ui, session));
        if !session.notices.banners.is_empty() {
            Panel::top("notices").frame(bar(tokens)).show(ui, |ui| {
                let actions = notice_area(ui, &mut session.notices);
                session.actions.extend(actions);
            });
        }
        let drawn_notices = session.notices.revision();
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| tabs.ui(ui, session));
        let ctx = ui.ctx().clone();
        connection_dialog(&ctx, session);
        help_dialog(&ctx, session);
        tabs.dialogs(&ctx, session);
        path_dialog(&ctx, session);
        self.palette.ui(&ctx, session, tabs);
        session.notices.show_toasts(&ctx);
        if !session.actions.is_empty() || session.notices.revision() != drawn_notices {
            ctx.request_repaint();
        }
    }

    /// After the first frame is shown: what needs files, the broker, the network.
    fn begin(&mut self, ctx: &Context) {
        let session = &mut self.session;
        let paths = std::mem::take(&mut session.options.paths);
        match session.settings.folder.clone() {
            _ if !paths.is_empty() => session.open_paths(paths),
            Some(folder) => session.actions.push(Action::OpenFolder(folder)),
            None => session.use_samples(false),
        }
        session.actions.push(Action::SelectBroker(session.settings.broker.clone()));
        self.tabs.results.list_runs(ctx);
        ctx.request_repaint();
    }

    fn choose_theme(&mut self, ctx: &Context) {
        let choice = self.session.settings.theme;
        if self.shown_theme != Some(choice) {
            self.shown_theme = Some(choice);
            ctx.set_theme(match choice {
                ThemeChoice::System => ThemePreference::System,
                ThemeChoice::Dark => ThemePreference::Dark,
                ThemeChoice::Light => ThemePreference::Light,
            });
        }
        let (settings, system) = (&self.session.settings, self.system_look.look());
        let look = Look {
            high_contrast: match settings.contrast {
                ContrastChoice::System => system.high_contrast,
                ContrastChoice::Normal => false,
                ContrastChoice::High => true,
            },
            reduced_motion: match settings.motion {
                MotionChoice::System => system.reduced_motion,
                MotionChoice::Full => false,
                MotionChoice::Reduced => true,
            },
        };
        if self.shown_look != look {
            self.shown_look = look;
            apply_look(ctx, look);
        }
    }

    /// A run is ended in good order before the window closes. A second request leaves at once, as a second Ctrl+C does.
    fn closing(&mut self, ctx: &Context) {
        let session = &mut self.session;
        let close_requested = ctx.input(|input| input.viewport().close_requested());
        let is_running = session.run.is_running();
        if close_requested && is_running && session.is_closing {
            session.leaves_at_once = true;
        } else if close_requested && is_running {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            session.is_closing = true;
            session.run.stop();
            session.notices.show(Banner {
                topic: "closing",
                severity: Severity::Info,
                title: "Closing when what is in flight is finished".to_owned(),
                detail: "Close again to leave at once".to_owned(),
                actions: Vec::new(),
            });
        }
        if session.is_closing && !session.run.is_running() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn remember(&mut self, ctx: &Context) {
        if let Some(size) = ctx.input(|input| input.viewport().inner_rect).map(|rect| rect.size()) {
            self.session.settings.window_size = Some([size.x.round(), size.y.round()]);
        }
        let since = self.saved_at.elapsed();
        if since < SAVE_PAUSE {
            // A change in this frame must be written even if nothing else happens.
            self.may_have_changed |= ctx.input(|input| !input.raw.events.is_empty());
            if self.may_have_changed {
                ctx.request_repaint_after(SAVE_PAUSE - since);
            }
            return;
        }
        self.saved_at = Instant::now();
        self.may_have_changed = false;
        let now = self.tabs.to_remember(&self.session);
        if now != self.saved
            && let Some(path) = self.session.options.settings_path.clone()
        {
            self.saved = now.clone();
            let save = Job::start("settings", ctx, move |_| {
                now.save(&path)
                    .err()
                    .map(|error| format!("The settings could not be saved ({error}): {}", path.display()))
            });
            self.session.chores.push(save);
        }
    }

    /// Writes the settings, and ends the engine in good order, or leaves it to the end of the process where that takes
    /// too long or is not waited for. False: it was left.
    pub fn end(&mut self) -> bool {
        self.later_starts = None;
        let now = self.tabs.to_remember(&self.session);
        let session = &mut self.session;
        if let Some(path) = &session.options.settings_path
            && let Err(error) = now.save(path)
        {
            tracing::warn!("the settings could not be kept ({error}): {}", path.display());
        }
        let patience = if session.leaves_at_once { Duration::ZERO } else { END_PATIENCE };
        let has_ended = session.run.shut_down(patience);
        if !has_ended {
            tracing::warn!("left before everything was finished");
        }
        has_ended
    }
}

/// What the header shows of the tabs.
fn header_facts(session: &Session, tabs: &mut Tabs) -> HeaderFacts {
    let shows_time = session.settings.tab == Tab::Benchmark && !session.run.is_running();
    HeaderFacts { unseen_warnings: tabs.log.unseen, time: shows_time.then(|| tabs.benchmark.time_text()).flatten() }
}

impl eframe::App for WindowApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.before_frame(ctx);
        if let Some(tour) = &self.tour {
            tour.before_draw(&mut self.session);
        }
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.draw(ui);
        if let Some(tour) = &mut self.tour {
            tour.after_frame(ui.ctx(), frame.info().cpu_usage, &mut self.session, &mut self.tabs);
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
        // With repeated events a held F5 would start again and again.
        input.events.retain(|event| !matches!(event, InputEvent::Key { key: Key::F5, repeat: true, .. }));
        if input.system_theme.is_none() {
            input.system_theme = self.system_look.theme().or(Some(Theme::Dark));
        }
    }
}
