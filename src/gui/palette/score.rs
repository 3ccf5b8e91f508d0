//! How well a name fits what was typed.

/// For each letter that is found.
const LETTER: i32 = 1;
/// If it follows the letter that was found before.
const CONSECUTIVE: i32 = 6;
/// If it begins a word.
const WORD_START: i32 = 8;
/// If it begins the name.
const NAME_START: i32 = 4;

/// The score of `name` for `query`, whose words may come in any order; the letters of a word have to come in theirs, with
/// others in between. `None`: a word is not found.
pub(super) fn score(query: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let mut total = 0;
    for word in query.split_whitespace() {
        let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        total += word_score(&word, &name)?;
    }
    // Of two that fit alike the shorter one is meant.
    Some(total * 8 - name.len().min(64) as i32 / 8)
}

/// The best way to find the letters of a word in a name: for each letter of the word, the best score of every place in the
/// name where it can be.
fn word_score(word: &[char], name: &[char]) -> Option<i32> {
    let mut before: Vec<Option<i32>> = Vec::new();
    for (index, letter) in word.iter().enumerate() {
        let mut now = vec![None; name.len()];
        let mut best_before = None;
        for (place, other) in name.iter().enumerate() {
            // What was found so far, up to the place before.
            let adjacent = place.checked_sub(1).and_then(|last| before.get(last).copied().flatten());
            best_before = best_before.max(adjacent);
            if other != letter {
                continue;
            }
            let bonus = LETTER + start_bonus(name, place);
            now[place] = match index {
                0 => Some(bonus),
                _ => best_before.map(|score| score + bonus).max(adjacent.map(|score| score + bonus + CONSECUTIVE)),
            };
        }
        before = now;
    }
    before.into_iter().flatten().max()
}

fn start_bonus(name: &[char], place: usize) -> i32 {
    match place.checked_sub(1).and_then(|last| name.get(last)) {
        None => WORD_START + NAME_START,
        Some(last) if !last.is_alphanumeric() => WORD_START,
        Some(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that fit, the best first.
    fn found<'a>(query: &str, names: &[&'a str]) -> Vec<&'a str> {
        let mut fitting: Vec<(i32, &str)> =
            names.iter().filter_map(|name| Some((score(query, name)?, *name))).collect();
        fitting.sort_by_key(|(score, _)| -score);
        fitting.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn what_is_meant_comes_first() {
        let names = ["Theme: dark", "Theme: light", "Go to Stream", "Start", "Stop", "batch.size", "Bootstrap servers"];
        assert_eq!(found("st", &names)[..2], ["Start", "Stop"]);
        assert_eq!(found("light", &names)[0], "Theme: light");
        assert_eq!(found("thd", &names)[0], "Theme: dark");
        assert_eq!(found("dark theme", &names), ["Theme: dark"]);
        assert_eq!(found("bs", &names)[..2], ["batch.size", "Bootstrap servers"]);
        assert_eq!(found("STREAM", &names)[0], "Go to Stream");
        assert_eq!(found("xyz", &names), [] as [&str; 0]);
        assert_eq!(found("", &names).len(), names.len());
    }

    #[test]
    fn other_scripts_are_compared_letter_by_letter() {
        assert!(score("ÖL", "Proben Öl").is_some() && score("港", "打开 港口").is_some());
        assert_eq!(score("lö", "öl"), None);
    }
}
