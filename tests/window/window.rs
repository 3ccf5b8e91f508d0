//! The window, driven as by a user: by names, with a pointer and keys, waiting for results.

use std::thread;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Vec2, ViewportCommand, ViewportEvent, ViewportId, vec2};
use egui_kittest::kittest::{NodeT, Queryable, by};
use egui_kittest::{Harness, Node};
use kafka_image_bench::gui::session::Session;
use kafka_image_bench::gui::settings::Tab;
use kafka_image_bench::gui::settings_file::SettingsFile;
use kafka_image_bench::gui::tabs::Tabs;
use kafka_image_bench::gui::{WindowApp, WindowOptions};

use crate::bench::Bench;
use crate::renderer::CpuRenderer;

/// Far longer than anything takes; only a hang reaches this limit.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Window {
    pub harness: Harness<'static, WindowApp>,
}

impl Drop for Window {
    /// As when a user closes the window: the settings are written, and the engine shuts down cleanly.
    fn drop(&mut self) {
        self.end();
    }
}

impl Window {
    pub fn open(options: WindowOptions) -> Self {
        Self::open_with(options, vec2(1280.0, 800.0), |_| {})
    }

    /// Opens the window with changed settings.
    pub fn open_with(options: WindowOptions, size: Vec2, change: impl FnOnce(&mut SettingsFile)) -> Self {
        let (mut settings, problem) = SettingsFile::load(&options);
        change(&mut settings);
        let harness = Harness::builder()
            .with_size(size)
            .with_step_dt(0.05)
            .with_render_cursor(false)
            .renderer(CpuRenderer::default())
            .build_eframe(|creation| {
                // Usual in debug builds only.
                creation.egui_ctx.options_mut(|options| options.warn_on_id_clash = true);
                WindowApp::new(&creation.egui_ctx, options, settings, problem)
            });
        Self { harness }
    }

    /// The tab Images with the `count` images that were saved.
    pub fn of_saved(bench: &Bench, count: usize) -> Self {
        let mut window =
            Self::open_with(bench.options(), vec2(1280.0, 800.0), |settings| settings.shared.tab = Tab::Images);
        window.wait_for("the list", |window| window.tabs().images.order.len() == count);
        window.settle();
        window
    }

    /// Opens the window and waits until its broker is ready and its folder is scanned.
    pub fn ready(options: WindowOptions) -> Self {
        Self::ready_with(options, |_| {})
    }

    pub fn ready_with(options: WindowOptions, change: impl FnOnce(&mut SettingsFile)) -> Self {
        let mut window = Self::open_with(options, vec2(1280.0, 800.0), change);
        window.wait_for("the broker and the folder", |window| {
            window.has("Broker: Embedded broker, ready") && window.session().folder.survey.finished
        });
        window
    }

    /// Ends the program after the window has closed. False: some parts had not ended.
    pub fn end(&mut self) -> bool {
        self.harness.state_mut().end()
    }

    /// Asks the window to close, as its button does. True: it closes; false: it asks the system to wait.
    pub fn close(&mut self) -> bool {
        let viewport = self.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        viewport.events.push(ViewportEvent::Close);
        self.harness.step();
        let output = &self.harness.output().viewport_output[&ViewportId::ROOT];
        !output.commands.contains(&ViewportCommand::CancelClose)
    }

    pub fn session(&self) -> &Session {
        &self.harness.state().session
    }

    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.harness.state_mut().session
    }

    pub fn tabs(&self) -> &Tabs {
        &self.harness.state().tabs
    }

    pub fn tabs_mut(&mut self) -> &mut Tabs {
        &mut self.harness.state_mut().tabs
    }

    /// Reloads the content of the tab Images.
    pub fn refresh_images(&mut self) {
        let ctx = self.harness.ctx.clone();
        self.tabs_mut().images.refresh(&ctx);
    }

    /// Draws frames until the condition holds.
    #[track_caller]
    pub fn wait_for(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.harness.step();
            if holds(self) {
                return;
            }
            if Instant::now() > deadline {
                panic!("{what}: it did not come to that. The window says:\n{}", self.texts().join("\n"));
            }
            thread::sleep(Duration::from_millis(4));
        }
    }

    /// Draws frames until a text in the window contains this part.
    #[track_caller]
    pub fn wait_for_text(&mut self, part: &str) {
        self.wait_for(part, |window| window.says(part));
    }

    /// Draws a few frames: an action is carried out in the next one, and shown in the one after.
    pub fn settle(&mut self) {
        self.harness.run_steps(3);
    }

    /// All texts and names in the window.
    pub fn texts(&self) -> Vec<String> {
        let nodes = self.harness.query_all(by().predicate(|_| true));
        nodes
            .flat_map(|node| {
                let node = node.accesskit_node();
                [node.label(), node.value()]
            })
            .flatten()
            .filter(|text| !text.trim().is_empty())
            .collect()
    }

    /// Whether a text or a name contains this part.
    pub fn says(&self, part: &str) -> bool {
        self.texts().iter().any(|text| text.contains(part))
    }

    /// Whether something has exactly this name.
    pub fn has(&self, name: &str) -> bool {
        self.texts().iter().any(|text| text == name)
    }

    /// The last control with this name: the topmost one is drawn last.
    #[track_caller]
    pub fn control(&self, name: &str) -> Node<'_> {
        let wanted = name.to_owned();
        let is_control = move |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.label().as_deref() == Some(&wanted) && node.role() != Role::Label && node.role() != Role::Window
        };
        let found = self.harness.query_all(by().predicate(is_control)).last();
        found.unwrap_or_else(|| panic!("there is no {name}. The window says:\n{}", self.texts().join("\n")))
    }

    pub fn has_control(&self, name: &str) -> bool {
        let is_control = move |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.label().as_deref() == Some(name) && node.role() != Role::Label
        };
        self.harness.query_all(by().predicate(is_control)).next().is_some()
    }

    /// Names of controls that contain this part, in drawing order.
    pub fn controls(&self, part: &str) -> Vec<String> {
        let nodes = self.harness.query_all(by().predicate(|node| node.role() != Role::Label));
        nodes.filter_map(|node| node.accesskit_node().label()).filter(|name| name.contains(part)).collect()
    }

    /// Opens the dialog of a new connection.
    #[track_caller]
    pub fn open_new_connection(&mut self) {
        let broker = self.controls("Broker: ").remove(0);
        self.press(&broker);
        self.press("New connection…");
    }

    /// Clicks the control with this name.
    #[track_caller]
    pub fn press(&mut self, name: &str) {
        self.rest(name);
        self.control(name).click();
        self.settle();
        self.harness.remove_cursor();
        self.settle();
    }

    /// Draws frames until the control stays where it is: a dialog that has just grown moves for a frame or two, and
    /// the pointer goes where the control was.
    #[track_caller]
    fn rest(&mut self, name: &str) {
        let mut place = self.control(name).rect();
        for _ in 0..100 {
            self.harness.step();
            let moved = std::mem::replace(&mut place, self.control(name).rect());
            if moved == place {
                return;
            }
        }
        panic!("{name:?} does not stay where it is");
    }

    /// Clicks the control with this name, even if it is scrolled out of sight.
    #[track_caller]
    pub fn press_hidden(&mut self, name: &str) {
        self.control(name).click_accesskit();
        self.settle();
    }

    /// Opens a choice and selects one of its options.
    #[track_caller]
    pub fn choose(&mut self, name: &str, value: &str) {
        self.press(name);
        self.press(value);
        assert!(
            self.control(name).value().as_deref() == Some(value),
            "{name} is {:?} and not {value}",
            self.control(name).value()
        );
    }

    /// Sets a number.
    #[track_caller]
    pub fn set(&mut self, name: &str, value: f64) {
        self.control(name).set_value_accesskit(value);
        self.settle();
    }

    /// Replaces the text of a field.
    #[track_caller]
    pub fn fill(&mut self, name: &str, text: &str) {
        self.control(name).focus();
        self.settle();
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.event(eframe::egui::Event::Text(text.to_owned()));
        self.settle();
    }

    pub fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.settle();
    }

    pub fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Presses Start and waits for the end of the stream.
    #[track_caller]
    pub fn stream(&mut self) {
        self.press("Start");
        self.wait_for("a run is in progress", |window| window.session().run.is_running() || window.has("Finished"));
        self.wait_for_end();
    }

    #[track_caller]
    pub fn wait_for_end(&mut self) {
        self.wait_for("the run has ended", |window| !window.session().run.is_running() && window.has_control("Start"));
    }

    pub fn saved(&self) -> u64 {
        self.session().run.stream.saved
    }

    /// A tile's whole text.
    #[track_caller]
    pub fn tile(&self, title: &str) -> String {
        let begin = format!("{title}: ");
        self.texts().into_iter().find(|text| text.starts_with(&begin)).unwrap_or_else(|| panic!("no tile {title}"))
    }

    /// Checks that every input has a name.
    #[track_caller]
    pub fn assert_named(&self) {
        self.harness.check_accessibility();
    }
}
