//! The one line that a dialect has in each place where modules of dialects are declared.

use super::Name;

/// The text with `line` (`mod NAME;`, `NAME` being the dialect's) among the lines of its form, where it is in order;
/// `None` where the text has no such line yet.
#[must_use]
pub fn with_line(text: &str, line: &str, name: &Name) -> Option<String> {
    let (before_name, after_name) = line.split_once("NAME")?;
    let of = |line: &str| {
        let name = line.strip_prefix(before_name)?.strip_suffix(after_name)?;
        Some(name.to_owned())
    };
    let own = line.replace("NAME", name.snake());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let alike = |line: &&str| of(line.trim_end_matches('\n'));
    let later = lines.iter().position(|line| alike(line).is_some_and(|other| other.as_str() > name.snake()));
    let at = later.or_else(|| Some(lines.iter().rposition(|line| alike(line).is_some())? + 1))?;
    let (before, after) = lines.split_at_checked(at)?;
    Some(format!("{}{own}\n{}", before.concat(), after.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_among_its_like_in_order() {
        let name = |text| Name::parse(text).expect("a name");
        let text = "//! x\n\npub mod b;\nmod shared;\npub mod d;\n\nfn f() {}\n";
        for (new, expected) in [
            ("a", "//! x\n\npub mod a;\npub mod b;\nmod shared;\npub mod d;\n\nfn f() {}\n"),
            ("c", "//! x\n\npub mod b;\nmod shared;\npub mod c;\npub mod d;\n\nfn f() {}\n"),
            ("e", "//! x\n\npub mod b;\nmod shared;\npub mod d;\npub mod e;\n\nfn f() {}\n"),
        ] {
            assert_eq!(with_line(text, "pub mod NAME;", &name(new)).as_deref(), Some(expected));
        }
        assert_eq!(with_line("mod a;\n", "pub mod NAME;", &name("b")), None);
    }
}
