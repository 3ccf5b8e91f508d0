//! The list of commands: every action and every control by its name.

use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable, by};
use kafka_image_bench::gui::settings::{ContrastChoice, MotionChoice, Tab, ThemeChoice};
use kafka_image_bench::gui::shortcuts::shortcuts;

use crate::bench::Bench;
use crate::results::keep_fixture;
use crate::window::Window;

fn open(window: &mut Window) {
    window.key_with(Modifiers::COMMAND, Key::K);
    window.wait_for("the commands", |window| window.has_control("Search commands"));
    window.settle();
}

/// Opens the list, types, and chooses what is first.
#[track_caller]
fn run(window: &mut Window, text: &str) {
    open(window);
    assert!(window.control("Search commands").is_focused(), "one can type at once");
    window.harness.event(eframe::egui::Event::Text(text.to_owned()));
    window.settle();
    window.key(Key::Enter);
    window.wait_for("the list is closed", |window| !window.has_control("Search commands"));
    window.harness.run_steps(6);
}

/// The names in the open list, without their keys.
fn offered(window: &Window) -> Vec<String> {
    let list = window.control("Search commands").rect();
    let rows = window.harness.query_all(by().predicate(|node| node.role() == Role::Button));
    let rows = rows.filter(|row| row.rect().width() > list.width() * 0.9);
    rows.filter_map(|row| row.accesskit_node().label()).map(|name| without_keys(&name)).collect()
}

fn without_keys(name: &str) -> String {
    name.split_once(" (Ctrl+").or(name.split_once(" (F")).map_or(name, |(name, _)| name).to_owned()
}

#[test]
fn actions_are_found_by_their_names() {
    let bench = Bench::with_images(4);
    let mut window = Window::ready(bench.options());
    run(&mut window, "goto results");
    assert_eq!(window.session().settings.tab, Tab::Results);
    run(&mut window, "theme light");
    run(&mut window, "contrast high");
    run(&mut window, "motion reduced");
    let settings = &window.session().settings;
    assert_eq!(
        (settings.theme, settings.contrast, settings.motion),
        (ThemeChoice::Light, ContrastChoice::High, MotionChoice::Reduced)
    );
    run(&mut window, "preset compression");
    assert_eq!(window.session().settings.tab, Tab::Benchmark);
    run(&mut window, "take back");
    run(&mut window, "new connection");
    assert!(window.has_control("Bootstrap servers"));
    window.key(Key::Escape);
    run(&mut window, "help keys");
    assert!(window.has("Commands: every action and setting by its name"));
    window.key(Key::Escape);
    run(&mut window, "goto stream");
    run(&mut window, "start");
    window.wait_for("the run", |window| window.session().run.is_running() || window.has("Finished"));
    window.wait_for_end();
    bench.assert_all_saved(4);
}

#[test]
fn controls_of_the_tab_are_reached() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready(bench.options());
    run(&mut window, "linger");
    assert!(window.control("linger.ms").is_focused(), "{:?}", window.harness.ctx.memory(|memory| memory.focused()));
    window.key_with(Modifiers::COMMAND, Key::Num3);
    run(&mut window, "all combinations…");
    assert!(window.tabs().benchmark.has_dialog(), "the button was pressed");
    window.key_with(Modifiers::COMMAND, Key::K);
    window.settle();
    assert!(!window.has_control("Search commands"), "a dialog is answered first");
}

#[test]
fn the_list_is_used_with_arrows_and_says_why_something_is_not_possible() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready(bench.options());
    open(&mut window);
    let all = offered(&window);
    assert_eq!(all[..3], ["Start", "Stop", "Start, and send again what was sent before"]);
    let is_selected = |window: &Window, name: &str| {
        window.control(name).accesskit_node().toggled() == Some(eframe::egui::accesskit::Toggled::True)
    };
    window.key(Key::ArrowDown);
    assert!(is_selected(&window, &all[1]));
    window.key(Key::ArrowDown);
    assert!(is_selected(&window, &all[2]) && !is_selected(&window, &all[1]));
    window.key(Key::ArrowUp);
    assert!(is_selected(&window, &all[1]));
    window.harness.event(eframe::egui::Event::Text("html report".to_owned()));
    window.settle();
    assert_eq!(offered(&window)[0], "Export: HTML report");
    assert!(window.has("not now: no results are shown"));
    window.key(Key::Enter);
    assert!(window.has_control("Search commands"), "what cannot be used is not chosen");
    window.key_with(Modifiers::COMMAND, Key::A);
    window.harness.event(eframe::egui::Event::Text("xyzzy".to_owned()));
    window.settle();
    assert!(offered(&window).is_empty() && window.says("No command has these letters"));
    window.assert_named();
    window.key(Key::Escape);
    assert!(!window.has_control("Search commands"));
    assert!(window.has_control("Start"));
}

/// Every key is in the list, beside the name of what it does.
#[test]
fn every_key_has_its_entry() {
    let bench = Bench::with_images(2);
    let mut window = Window::ready(bench.options());
    open(&mut window);
    let names = window.texts();
    for shortcut in shortcuts() {
        let keys = window.harness.ctx.format_shortcut(&shortcut.keys);
        let ending = format!("({keys})");
        assert!(names.iter().any(|name| name.ends_with(&ending)), "{keys} is not in the list");
    }
}

/// Whatever has a name in a tab can be found: buttons, and controls of settings.
#[test]
fn every_control_of_every_tab_has_its_entry() {
    let bench = Bench::with_images(3);
    keep_fixture(&bench, "kept", |_| {});
    let mut window = Window::ready(bench.options());
    window.wait_for("the kept run", |window| window.tabs().results.shown().is_some());
    let tabs: Vec<String> = Tab::ALL.iter().map(|tab| tab.name().to_owned()).collect();
    for tab in Tab::ALL {
        window.press(tab.name());
        window.harness.run_steps(4);
        let is_control = |role| {
            matches!(
                role,
                Role::Button | Role::CheckBox | Role::ComboBox | Role::TextInput | Role::SpinButton | Role::Slider
            )
        };
        let controls: Vec<String> = window
            .harness
            .query_all(by().predicate(move |node| is_control(node.role())))
            .filter_map(|node| node.accesskit_node().label())
            .filter(|name| !name.trim().is_empty() && !tabs.contains(name))
            .collect();
        assert!(controls.len() > 8, "{tab:?}: {controls:?}");
        open(&mut window);
        let offered = offered(&window);
        let missing: Vec<&String> = controls.iter().filter(|name| !offered.contains(&without_keys(name))).collect();
        assert!(missing.is_empty(), "{tab:?}: {missing:?} not in {offered:?}");
        window.key(Key::Escape);
    }
}

/// Actions that need what a panel knows: they are not in the list.
const OF_PANELS: [&str; 7] = [
    "SendChosen",
    "ShowOpened",
    "TakePath",
    "SaveWhereStreamSaved",
    "KeepConnection",
    "ShowSavedImage",
    "ShowUnlabelled",
];

/// The variants of an enum, from its source.
fn variants(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("pub enum {name} {{")).unwrap().1.split_once("\n}").unwrap().0;
    let lines = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.map(|line| line.split(['(', ',']).next().unwrap().to_owned()).collect()
}

/// A new action has to be listed, or to be named here as one of a panel.
#[test]
fn every_action_has_its_entry() {
    let gui = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gui");
    let read = |path: &str| std::fs::read_to_string(gui.join(path)).unwrap();
    let (actions, listed) = (read("action.rs"), read("palette/listed.rs"));
    let is_listed = |kind: &str, name: &String| {
        let whole = format!("{kind}::{name}");
        listed.match_indices(&whole).any(|(at, _)| !listed[at + whole.len()..].starts_with(char::is_alphanumeric))
    };
    let all = variants(&actions, "Action");
    assert!(all.len() > 25 && all.contains(&"ShowNotices".to_owned()), "{all:?}");
    for name in all.iter().filter(|name| *name != "Command") {
        assert_ne!(is_listed("Action", name), OF_PANELS.contains(&name.as_str()), "Action::{name}");
    }
    for name in variants(&actions, "Command") {
        assert!(is_listed("Command", &name), "Command::{name}");
    }
}
