//! Controls of the window in the sentences of the engine, which name options of the command line.

use std::borrow::Cow;

/// Options, and the controls that stand for them. `--data` is an option of the window too.
const CONTROLS: [(&str, &str); 31] = [
    ("--again", "Also those sent before"),
    ("--any-file", "Any file"),
    ("--backlog", "Backlog"),
    ("--bootstrap-server", "Bootstrap servers"),
    ("--budget", "Budget"),
    ("--burst", "Pace: bursts"),
    ("--command-config", "Further client properties"),
    ("--count", "At most"),
    ("--dead-letter-topic", "Dead letter topic"),
    ("--duration", "Seconds"),
    ("--find-max-rate", "Pace: highest rate"),
    ("--from", "Save to"),
    ("--goal", "Goal"),
    ("--group", "Group"),
    ("--images", "Images"),
    ("--input", "Open folder…"),
    ("--labels", "Labels"),
    ("--labels-scale", "Scale boxes"),
    ("--ladder", "Pace: ladder"),
    ("--ladder-top", "Up to"),
    ("--p99-ms", "p99 within"),
    ("--ramp", "Pace: ramp"),
    ("--rate", "Pace"),
    ("--repeats", "Repeats"),
    ("--replay-speed", "Pace: replay"),
    ("--resend", "Send again"),
    ("--split", "Split"),
    ("--topic", "Topic"),
    ("--until-decided", "Until decided"),
    ("--watch", "Watch folder"),
    ("--work-dir", "Save to"),
];

/// A sentence of the engine as the window shows it.
pub fn with_control_names(sentence: &str) -> Cow<'_, str> {
    if !sentence.contains("--") {
        return Cow::Borrowed(sentence);
    }
    let mut shown = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(place) = rest.find("--") {
        let (before, option) = rest.split_at(place);
        let end =
            option.find(|letter: char| !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'));
        let (option, after) = option.split_at(end.unwrap_or(option.len()));
        // Not in a path or a longer word.
        let is_word = before.is_empty() || before.ends_with([' ', '(', '"']);
        match CONTROLS.iter().find(|(name, _)| *name == option).filter(|_| is_word) {
            Some((_, control)) => {
                // A control is no tool: what it holds is under its name.
                let is_button = control.ends_with('…');
                let before =
                    before.strip_suffix("with ").filter(|_| !is_button).map(|before| format!("{before}under "));
                shown.push_str(before.as_deref().unwrap_or(rest.split_at(place).0));
                shown.push_str(control);
            }
            None => {
                shown.push_str(before);
                shown.push_str(option);
            }
        }
        rest = after;
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn options_are_controls_here() {
        for (sentence, shown) in [
            ("choose another folder with --work-dir: /x", "choose another folder under Save to: /x"),
            ("give the folder of images with --input: /x", "give the folder of images with Open folder…: /x"),
            ("a fixed rate (--rate) measures it", "a fixed rate (Pace) measures it"),
            ("--repeats is 1 to 9, not 0", "Repeats is 1 to 9, not 0"),
            ("it cannot be read: /a--input/--rate.png", "it cannot be read: /a--input/--rate.png"),
            ("give a folder with --data DIR", "give a folder with --data DIR"),
            ("a -- b, --ratio", "a -- b, --ratio"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(with_control_names(sentence), shown);
        }
    }

    /// Options that no sentence of a run in the window names, and one of kafka-topics.sh.
    const NOT_SHOWN: [&str; 7] =
        ["--config", "--data", "--mode", "--compression-type", "--linger-ms", "--chart-", "--results"];

    #[test]
    fn every_option_in_a_sentence_of_the_engine_has_its_control() {
        let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/core/src");
        let mut found = 0;
        for file in walkdir::WalkDir::new(engine).into_iter().map(Result::unwrap) {
            if file.path().extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(file.path()).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for (line, place) in lines.flat_map(|line| line.match_indices(" --").map(move |(place, _)| (line, place))) {
                let option = line[place + 1..].split(|letter: char| !(letter.is_ascii_lowercase() || letter == '-'));
                let option = option.into_iter().next().unwrap();
                let is_known = CONTROLS.iter().any(|(name, _)| name.starts_with(option) && option.len() > 2);
                assert!(is_known || option.len() <= 2 || NOT_SHOWN.contains(&option), "{option}: {line}");
                found += usize::from(is_known);
            }
        }
        assert!(found > 20, "the sentences are not found: {found}");
    }
}
