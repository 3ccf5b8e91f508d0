//! What the list of commands offers: actions by their names, and the controls that are in the window.

use std::collections::HashSet;

use super::control_tree::Control;
use super::listed::listed;
use super::score::score;
use crate::gui::action::Action;
use crate::gui::session::Session;
use crate::gui::settings::Tab;
use crate::gui::shortcuts::shortcuts;
use crate::gui::tabs::Tabs;
use eframe::egui::KeyboardShortcut;

use super::titles::title;

/// What an entry does.
pub(super) enum Chosen {
    Action(Action),
    Control(Control),
}

/// An entry of the list.
pub(super) struct Entry {
    pub(super) name: String,
    /// What kind of entry it is, or why it cannot be used.
    pub(super) about: String,
    pub(super) keys: Option<KeyboardShortcut>,
    pub(super) is_enabled: bool,
    pub(super) chosen: Chosen,
}

/// All entries: actions, then the controls of the window that have other names.
pub(super) fn entries(session: &Session, tabs: &Tabs, controls: &[Control]) -> Vec<Entry> {
    let keys: Vec<(String, KeyboardShortcut)> =
        shortcuts().into_iter().filter_map(|one| Some((title(&one.action)?, one.keys))).collect();
    let mut entries: Vec<Entry> = listed(session, tabs)
        .into_iter()
        .map(|listed| Entry {
            keys: keys.iter().find(|(name, _)| *name == listed.name).map(|(_, keys)| *keys),
            about: listed.reason.map(|reason| format!("not now: {reason}")).unwrap_or_default(),
            is_enabled: listed.reason.is_none(),
            chosen: Chosen::Action(listed.action),
            name: listed.name,
        })
        .collect();
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    // The buttons of the tabs are "Go to …".
    known.extend(Tab::ALL.iter().map(|tab| tab.name().to_owned()));
    let tab = session.settings.tab.name();
    for control in controls {
        if known.insert(control.name.clone()) {
            entries.push(of_control(control, tab));
        }
    }
    entries
}

fn of_control(control: &Control, tab: &str) -> Entry {
    let kind = if control.is_button { "button" } else { "setting" };
    let value = control.value.as_ref().map(|value| format!(", now {value}")).unwrap_or_default();
    let about = match control.is_enabled {
        true => format!("{kind} in {tab}{value}"),
        false => "not now: it is locked".to_owned(),
    };
    Entry {
        name: control.name.clone(),
        about,
        keys: None,
        is_enabled: control.is_enabled,
        chosen: Chosen::Control(control.clone()),
    }
}

/// Indexes of the entries that fit what was typed, the best first; all in their order if nothing was typed.
pub(super) fn fitting(entries: &[Entry], query: &str) -> Vec<usize> {
    let mut found: Vec<(i32, usize)> =
        entries.iter().enumerate().filter_map(|(index, entry)| Some((score(query, &entry.name)?, index))).collect();
    if !query.trim().is_empty() {
        found.sort_by_key(|(score, index)| (-score, *index));
    }
    found.into_iter().map(|(_, index)| index).collect()
}
