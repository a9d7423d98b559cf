//! `x-exact-names`: which names are another spelling of one that has to be exact.

/// Stands in the list for every name there is.
const ANY: &str = "*";

/// Which of the `exact` names somebody meant who sent `name`: in other letters, in the plural, with an index or the
/// name of a part behind it. Programs write nested values and lists in all of these ways.
pub(super) fn misspelt(name: &str, exact: &'static [&'static str]) -> Option<&'static str> {
    let sent = stem(name);
    exact
        .iter()
        .copied()
        .find(|wanted| *wanted == ANY || stem(wanted) == sent)
}

/// What all spellings of a name have in common.
fn stem(name: &str) -> String {
    let name = name.trim_start_matches(|first: char| !first.is_alphanumeric());
    let is_part = |part: char| part.is_alphanumeric() || matches!(part, '_' | '-');
    let end = name.find(|part| !is_part(part)).unwrap_or(name.len());
    let letters = name[..end].chars().filter(|letter| letter.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    let letters = letters.trim_end_matches(|last: char| last.is_ascii_digit());
    letters.strip_suffix('s').unwrap_or(letters).to_owned()
}
