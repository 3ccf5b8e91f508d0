//! Which configuration to take, and why.

use eframe::egui::{Label, RichText, Ui};

use super::copies::copy_ui;
use super::race::choice_ui;
use super::tab::ResultsTab;
use crate::gui::control_names::with_control_names;
use crate::gui::session::Session;
use crate::gui::theme::{Tokens, semibold};
use crate::gui::widgets::card::{caption, card};
use kafka_image_bench_core::model::printable::printable;
use kafka_image_bench_core::verdict::recommend::{Aim, Choice, Recommendation};

/// Draws the cautions, then the choices: one card for all aims with the same configuration.
pub fn recommended_ui(ui: &mut Ui, tab: &ResultsTab, session: &mut Session) {
    let Some(shown) = tab.shown() else { return };
    let Some(recommendation) = &shown.recommendation else {
        caption(ui, "No configuration has a run that counts");
        return;
    };
    for text in recommendation.preface().into_iter().chain(recommendation.notes()) {
        caption(ui, printable(&with_control_names(&format!("Caution: {text}"))));
    }
    if let Some(race) = &shown.race {
        choice_ui(ui, race, session);
    }
    for aims in same_choices(recommendation) {
        card(ui, |ui| choices_ui(ui, recommendation, &aims, session));
    }
    for open in &recommendation.open {
        caption(ui, printable(&with_control_names(&open.to_string())));
    }
}

/// The aims that have a choice, those with the same configuration together.
fn same_choices(recommendation: &Recommendation) -> Vec<Vec<(Aim, &Choice)>> {
    let mut groups: Vec<Vec<(Aim, &Choice)>> = Vec::new();
    for aim in Aim::ALL {
        let Some(choice) = recommendation.choice(aim) else { continue };
        match groups.iter_mut().find(|group| group[0].1.configuration == choice.configuration) {
            Some(group) => group.push((aim, choice)),
            None => groups.push(vec![(aim, choice)]),
        }
    }
    groups
}

fn choices_ui(ui: &mut Ui, recommendation: &Recommendation, aims: &[(Aim, &Choice)], session: &mut Session) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 3.0;
    let Some((first, choice)) = aims.first() else { return };
    caption(ui, format!("For {}", aims_text(aims)));
    let text = RichText::new(printable(&choice.configuration.name)).font(semibold(14.0)).color(tokens.text);
    ui.add(Label::new(text).wrap());
    for (aim, choice) in aims {
        let reason = with_control_names(&choice.reason.to_string()).into_owned();
        let reason = if aims.len() > 1 { format!("For {}: {reason}", aim.name()) } else { reason };
        let reason = RichText::new(printable(&reason)).size(12.0).color(tokens.muted);
        ui.add(Label::new(reason).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        let named_as = |text: &str| format!("Copy properties for {}, {text}", first.name());
        copy_ui(ui, session, named_as, |client| recommendation.properties(&choice.configuration, client));
    });
}

/// `balance, throughput and latency (leads, not decided)`.
fn aims_text(aims: &[(Aim, &Choice)]) -> String {
    let all: Vec<String> = aims
        .iter()
        .map(|(aim, choice)| {
            let leads = if choice.is_certain { "" } else { " (leads, not decided)" };
            format!("{}{leads}", aim.name())
        })
        .collect();
    match all.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => all.concat(),
    }
}
