//! The keys that work in every tab, in one list: they are taken from it, and shown beside their actions.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::action::{Action, Command};
use super::settings::Tab;

/// Where a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    Anywhere,
    /// Where no dialog is open.
    NoDialog,
    /// The same in the tab Benchmark, but in no field, where it takes back what was typed.
    Rows,
}

/// A key and what it does.
pub struct Shortcut {
    /// The key.
    pub keys: KeyboardShortcut,
    /// Where it works.
    pub place: Place,
    /// What it does.
    pub action: Action,
}

const TAB_KEYS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// The key of a command, if it has one.
pub fn keys_of(command: Command) -> Option<KeyboardShortcut> {
    let is_its = |shortcut: &Shortcut| matches!(shortcut.action, Action::Command(of) if of == command);
    shortcuts().into_iter().find(is_its).map(|shortcut| shortcut.keys)
}

/// All keys, but Escape, which closes what is open or stops a run.
pub fn shortcuts() -> Vec<Shortcut> {
    let plain = |key| KeyboardShortcut::new(Modifiers::NONE, key);
    let with_command = |key| KeyboardShortcut::new(Modifiers::COMMAND, key);
    let of = |keys, place, action| Shortcut { keys, place, action };
    let redo = KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    let mut all = vec![
        of(plain(Key::F5), Place::NoDialog, Action::Start),
        of(with_command(Key::O), Place::NoDialog, Action::ChooseFolder),
        of(with_command(Key::K), Place::NoDialog, Action::Command(Command::ShowCommands)),
        // First, since the other one takes Ctrl+Shift+Z too.
        of(redo, Place::Rows, Action::Command(Command::RedoRows)),
        of(with_command(Key::Z), Place::Rows, Action::Command(Command::UndoRows)),
        of(plain(Key::F1), Place::Anywhere, Action::Command(Command::ShowHelp)),
    ];
    let tabs = Tab::ALL.into_iter().zip(TAB_KEYS);
    all.extend(tabs.map(|(tab, key)| of(with_command(key), Place::Anywhere, Action::Show(tab))));
    all
}
