//! Which settings count: the command line before variables, variables before the project's file, that before the user's.

use std::collections::BTreeSet;

use clap::Command;

use super::{PATHS, PROPERTIES, Setting};
use kafka_image_bench_core::verdict::threshold::Thresholds;

/// Options of which only one can be used, though `clap` does not know it.
const CONFLICTS: [[&str; 2]; 2] = [["bootstrap_server", "data"], ["input", PATHS]];

/// Options that have no effect without another one, or one of several, by command; `clap` refuses them. `tests` compare this with the
/// definition.
const NEEDS: [(&str, &str, &str); 12] = [
    ("benchmark", "find_max_rate", "p99_ms"),
    ("benchmark", "ladder_top", "ladder"),
    ("benchmark", "p99_ms", "find_max_rate"),
    ("benchmark", "p99_ms", "ladder"),
    ("benchmark", "replay_max_pause", "replay_speed"),
    ("benchmark", "strict", "threshold"),
    ("compare", "strict", "threshold"),
    ("produce", "replay_max_pause", "replay_speed"),
    ("redrive", "group", "dead_letter_topic"),
    ("report", "theme", "charts"),
    ("stream", "replay_max_pause", "replay_speed"),
    ("", "metrics_linger", "metrics_listen"),
];

/// A command, an option of it, the values with which that has no effect alone, and what it needs then.
type NeedByValue = (&'static str, &'static str, fn(&str) -> bool, &'static str);

/// Options that have no effect without another one, depending on their value; the command itself refuses them.
const NEEDS_BY_VALUE: [NeedByValue; 1] = [("benchmark", "threshold", is_change_only, "baseline")];

/// Whether all thresholds are changes against a baseline. With others among them, leaving them out would leave out a check.
fn is_change_only(value: &str) -> bool {
    value.parse::<Thresholds>().is_ok_and(|all| all.limits().is_empty())
}

/// The settings that count, in the order in which their words are inserted, and sentences about those that are left out
/// because they need another option. `layers` begin with the one that counts most; `given` are the ids on the command line.
pub(super) fn rank(
    command: &Command,
    given: &BTreeSet<String>,
    layers: Vec<Vec<Setting>>,
) -> (Vec<Setting>, Vec<String>) {
    let mut known = given.clone();
    let mut active = given.clone();
    let mut applied: Vec<Setting> = Vec::new();
    for layer in layers {
        let counts = |setting: &Setting| {
            // Properties are merged by their names.
            setting.id == PROPERTIES
                || (!known.contains(&setting.id) && !active.iter().any(|id| is_conflict(command, id, &setting.id)))
        };
        let layer: Vec<Setting> = layer.into_iter().filter(counts).collect();
        known.extend(layer.iter().map(|setting| setting.id.clone()));
        active.extend(layer.iter().filter(|setting| setting.is_active).map(|setting| setting.id.clone()));
        applied.extend(layer);
    }
    let unmet = remove_unmet(command, &mut applied, &mut active);
    // Later properties are used before earlier ones.
    applied.reverse();
    (applied, unmet)
}

/// Settings can stand for several commands and occasions: one that needs what is not given is left out.
fn remove_unmet(command: &Command, applied: &mut Vec<Setting>, active: &mut BTreeSet<String>) -> Vec<String> {
    let mut sentences = Vec::new();
    loop {
        let unmet = applied.iter().position(|setting| {
            !setting.words.is_empty() && unmet_setting(command, setting, &|id| active.contains(id)).is_some()
        });
        let Some(unmet) = unmet else { return sentences };
        let setting = applied.remove(unmet);
        active.remove(&setting.id);
        if let Some(needed) = unmet_setting(command, &setting, &|id| active.contains(id)) {
            let needed = needed.replace('_', "-");
            sentences.push(format!("{} of {} is not used: it needs --{needed}", setting.name, setting.origin));
        }
    }
}

/// The option without which a setting has no effect, if it is missing.
fn unmet_setting(command: &Command, setting: &Setting, is_set: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let value = || setting.words.first().and_then(|word| Some(word.to_str()?.split_once('=')?.1));
    let by_value = || {
        let needs = NEEDS_BY_VALUE.iter().find(|(of, id, _, _)| *of == command.get_name() && *id == setting.id);
        let (_, _, needs_it, needed) = needs?;
        (!is_set(needed) && value().is_some_and(needs_it)).then_some(*needed)
    };
    unmet_need(command, &setting.id, is_set).or_else(by_value)
}

/// The option without which `id` has no effect, if it is missing; of several that would do, the first.
pub(super) fn unmet_need(command: &Command, id: &str, is_set: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let name = command.get_name();
    let is_it = |(of, one, _): &&(&str, &str, &str)| (of.is_empty() || *of == name) && *one == id;
    let needed: Vec<&str> = NEEDS.iter().filter(is_it).map(|(_, _, needed)| *needed).collect();
    let is_met = needed.iter().any(|needed| is_set(needed));
    needed.first().copied().filter(|_| !is_met)
}

/// Whether only one of two options can be used.
pub(super) fn is_conflict(command: &Command, one: &str, other: &str) -> bool {
    let find = |id: &str| command.get_arguments().find(|argument| argument.get_id() == id);
    let excludes = |one: &str, other: &str| {
        find(one)
            .is_some_and(|one| command.get_arg_conflicts_with(one).iter().any(|excluded| excluded.get_id() == other))
    };
    CONFLICTS.iter().any(|pair| pair.contains(&one) && pair.contains(&other) && one != other)
        || excludes(one, other)
        || excludes(other, one)
}
