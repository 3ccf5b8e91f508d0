//! The names that a file may get, in the order in which they are tried.

use super::file_name::with_suffix;

/// `name` first, then with 8, 16, 32 and all 64 hex digits of the content's hash, then also with a number: an infinite
/// sequence, because each of these names could be taken.
///
/// The order depends on nothing else, so that a record that is delivered again finds its file again.
pub(super) fn name_candidates(name: &str, sha256: &[u8; 32]) -> impl Iterator<Item = String> {
    let hex = hex::encode(sha256);
    let hashed = [8, 16, 32, 64].map(|digits| with_suffix(name, &hex[..digits]));
    let name = name.to_owned();
    let numbered = {
        let name = name.clone();
        (2_u64..).map(move |number| with_suffix(&name, &format!("{hex}-{number}")))
    };
    std::iter::once(name).chain(hashed).chain(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tried_in_order_and_never_end() {
        let names: Vec<String> = name_candidates("a.png", &[0xab; 32]).take(7).collect();
        assert_eq!(names[..3], ["a.png", "a-abababab.png", "a-abababababababab.png"]);
        assert_eq!(names[4], format!("a-{}.png", "ab".repeat(32)));
        assert_eq!(names[5], format!("a-{}-2.png", "ab".repeat(32)));
        assert_eq!(names[6], format!("a-{}-3.png", "ab".repeat(32)));
    }
}
