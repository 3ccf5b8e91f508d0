//! What a race found.

use eframe::egui::{Label, RichText, ScrollArea, Ui};

use super::copies::copy_ui;
use crate::gui::control_names::with_control_names;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::button::named;
use crate::gui::widgets::card::{caption, card, heading};
use crate::gui::widgets::race::{Columns, LINE_HEIGHT, race_axis, race_lines};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::report::race_board::RaceBoard;
use kafka_image_bench_core::results::{BenchmarkResults, RaceResult};
use kafka_image_bench_core::verdict::properties::Client;
use kafka_image_bench_core::verdict::race_text::{about_choice, choice_heading, conclusion, properties, topic_options};

/// Lines in sight; further ones are scrolled to.
const LINES: f32 = 14.0;

/// A race as it is drawn.
pub struct ShownRace {
    board: RaceBoard,
    sentences: Vec<String>,
    /// The first of them: what to take, what is as good, and the simplest of these.
    about_choice: Vec<String>,
    /// What the choice is for, and the configuration.
    choice: Option<(String, String)>,
    /// Its properties by client, in the order of [`Client::ALL`].
    properties: Vec<String>,
    /// The options that make its topic.
    topic_options: Option<String>,
}

impl ShownRace {
    /// The race of these results, if they have one.
    pub fn of(results: &BenchmarkResults) -> Option<Self> {
        let race: &RaceResult = results.race.as_ref()?;
        let name = |index: usize| results.configurations.get(index).map(|one| one.configuration.name.clone());
        Some(Self {
            board: RaceBoard::of(results)?,
            sentences: conclusion(results, race),
            about_choice: about_choice(results, race),
            choice: race.choice.and_then(name).map(|name| (choice_heading(race), name)),
            properties: Client::ALL.into_iter().filter_map(|client| properties(results, race, client)).collect(),
            topic_options: topic_options(results, race),
        })
    }

    /// The sentence that says what to take.
    pub fn headline(&self) -> &str {
        self.sentences.first().map_or("", String::as_str)
    }
}

/// The card above the charts.
pub fn race_card(ui: &mut Ui, race: &ShownRace) {
    card(ui, |ui| {
        let tokens = Tokens::of(ui);
        ui.spacing_mut().item_spacing.y = 3.0;
        heading(ui, &format!("Race for {}", race.board.goal));
        for (index, sentence) in race.sentences.iter().enumerate() {
            let text = RichText::new(printable(&with_control_names(sentence)).into_owned());
            let text = if index == 0 {
                text.font(semibold(14.0)).color(tokens.text)
            } else {
                text.size(12.0).color(tokens.muted)
            };
            ui.add(Label::new(text).wrap().selectable(true));
        }
        ui.add_space(6.0);
        let board = &race.board;
        caption(ui, board.caption());
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = Columns::of(ui, board, ui.available_width(), 0.0);
        let area =
            ScrollArea::vertical().id_salt("race-found").max_height(LINES * LINE_HEIGHT).auto_shrink([false, true]);
        area.show_rows(ui, LINE_HEIGHT, board.lines.len(), |ui, rows| {
            race_lines(ui, (board, columns), rows, None, |_, _| {});
        });
        race_axis(ui, board, columns);
    });
}

/// The choice with its properties, beside the runs.
pub fn choice_ui(ui: &mut Ui, race: &ShownRace, session: &mut Session) {
    let Some((heading, name)) = &race.choice else {
        caption(ui, race.headline());
        return;
    };
    card(ui, |ui| {
        let tokens = Tokens::of(ui);
        ui.spacing_mut().item_spacing.y = 3.0;
        caption(ui, heading);
        let text = RichText::new(printable(name).into_owned()).font(semibold(14.0)).color(tokens.text);
        ui.add(Label::new(text).wrap());
        for sentence in &race.about_choice {
            let text = RichText::new(printable(sentence).into_owned()).size(12.0).color(tokens.muted);
            ui.add(Label::new(text).wrap());
        }
        let named_as = |text: &str| format!("{text} of the choice");
        ui.horizontal_wrapped(|ui| {
            let of = |client: Client| {
                let place = Client::ALL.iter().position(|known| *known == client);
                place.and_then(|place| race.properties.get(place)).cloned().unwrap_or_default()
            };
            copy_ui(ui, session, named_as, of);
            if let Some(options) = &race.topic_options {
                let response = named(ui.button("Copy topic options"), &named_as("Copy topic options"));
                if response.on_hover_text("Copies them to the clipboard").clicked() {
                    session.copy(options.clone(), "options of kafka-topics.sh");
                }
            }
        });
    });
}
