//! Whether a text names a dialect, in whatever case and with whatever between its words.

/// The words of a text, small: at every other character, and where a capital follows a small letter.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in text.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a line names the dialect of that name.
#[must_use]
pub fn names(line: &str, dialect: &str) -> bool {
    let (line, name) = (words(line), words(dialect));
    line.windows(name.len()).any(|part| part == name)
}
