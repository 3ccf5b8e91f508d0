//! What can follow in a query while it is typed.

use eframe::egui::{Button, Key, Modifiers, RichText, Ui};

use crate::gui::format::shortened;
use crate::gui::theme::Tokens;
use crate::gui::theme::tokens::CAPTION_SIZE;
use crate::gui::widgets::button::named;
use kafka_image_bench_core::query::{Completion, Vocabulary, complete};

/// Completions that are offered.
const OFFERED: usize = 6;
/// Characters of a completion that are shown.
const SHOWN_CHARS: usize = 30;

/// What can follow in the field of the filter.
#[derive(Default)]
pub struct Completing {
    /// Names that can be completed.
    pub vocabulary: Vocabulary,
    offered: Vec<Completion>,
    /// The text and the place of the cursor that they are for.
    offered_for: (String, usize),
    /// The one that Enter takes.
    chosen: Option<usize>,
    is_open: bool,
    /// The focus is on a completion.
    is_in_list: bool,
}

impl Completing {
    /// Keys that choose and take a completion. The cursor does not get them.
    pub(super) fn keys(&mut self, ui: &Ui) -> Option<Completion> {
        let last = self.offered.len().checked_sub(1).filter(|_| self.is_open)?;
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.chosen = Some(self.chosen.map_or(0, |chosen| (chosen + 1).min(last)));
        }
        if pressed(Key::ArrowUp) {
            self.chosen = self.chosen.and_then(|chosen| chosen.checked_sub(1));
        }
        let chosen = self.chosen?;
        if pressed(Key::Enter) { self.offered.get(chosen).cloned() } else { None }
    }

    /// Looks for completions of what is typed by now.
    pub(super) fn follow(&mut self, ui: &Ui, words: &str, cursor_chars: usize, has_focus: bool) {
        // A press on a completion takes the focus away before it is released.
        let is_pressing = ui.input(|input| input.pointer.any_down() || input.pointer.any_released());
        self.is_open = has_focus || (self.is_open && (is_pressing || self.is_in_list));
        if !has_focus || (self.offered_for.0 == words && self.offered_for.1 == cursor_chars) {
            return;
        }
        let cursor = words.char_indices().nth(cursor_chars).map_or(words.len(), |(at, _)| at);
        self.chosen = None;
        self.offered = match words.trim() {
            "" => Vec::new(),
            _ => complete(words, cursor, &self.vocabulary, OFFERED),
        };
        self.offered_for = (words.to_owned(), cursor_chars);
    }

    /// The completions; a click takes one.
    pub(super) fn list_ui(&mut self, ui: &mut Ui) -> Option<Completion> {
        let tokens = Tokens::of(ui);
        let mut taken = None;
        self.is_in_list = false;
        if !self.is_open {
            return None;
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (index, one) in self.offered.iter().enumerate() {
                let insert = shortened(&one.insert, SHOWN_CHARS);
                // What it is takes the room that the completion leaves.
                let room = SHOWN_CHARS.saturating_sub(insert.chars().count() + 2);
                let about: String = match one.about.chars().count() <= room {
                    true => one.about.to_owned(),
                    false if room < 6 => String::new(),
                    false => one.about.chars().take(room - 1).chain(['…']).collect(),
                };
                let insert = RichText::new(insert).size(CAPTION_SIZE);
                let about = RichText::new(about).size(CAPTION_SIZE).color(tokens.muted);
                let is_chosen = self.chosen == Some(index);
                let button = Button::new((insert, about)).selected(is_chosen).frame_when_inactive(is_chosen).truncate();
                let response = named(ui.add(button), &format!("Complete: {}", one.insert));
                self.is_in_list |= response.has_focus();
                let is_clicked = response.clicked();
                if !one.about.is_empty() {
                    response.on_hover_text(one.about);
                }
                if is_clicked {
                    taken = Some(one.clone());
                }
            }
        });
        taken
    }

    /// Offers these classes from now on too: a query may ask for those that the present one leaves out.
    pub(super) fn know_classes<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let known = &mut self.vocabulary.classes;
        for name in names {
            if !known.iter().any(|one| one == name) {
                known.push(name.to_owned());
            }
        }
    }

    /// Looks for completions again.
    pub(super) fn forget(&mut self) {
        self.offered_for = (String::new(), usize::MAX);
    }
}
