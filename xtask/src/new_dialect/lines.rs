//! The one line that a dialect has in each place where modules of dialects are declared.

use super::Name;

/// The text with the dialect's line among those of the dialects that are there, in order; `None` where the text has none of them.
///
/// `line` is a line's form, `NAME` being a dialect's.
#[must_use]
pub fn with_line(text: &str, line: &str, there: &[String], name: &Name) -> Option<String> {
    let mut rest: Vec<&str> = text.split_inclusive('\n').collect();
    let of = |dialect: &str| format!("{}\n", line.replace("NAME", dialect));
    let at = |dialect: &String| rest.iter().position(|found| *found == of(dialect));
    let later = there
        .iter()
        .filter(|dialect| dialect.as_str() > name.snake());
    let before = later.filter_map(at).min();
    let after = there.iter().filter_map(at).max().map(|last| last + 1);
    let own = of(name.snake());
    rest.insert(before.or(after)?, &own);
    Some(rest.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_among_those_of_the_others_in_order() {
        let name = |text| Name::parse(text).expect("a name");
        let there = ["b", "d"].map(str::to_owned);
        let text = "//! x\n\npub mod a_tool;\n\npub mod b;\npub mod d;\n\npub mod tool;\n";
        for (new, expected) in [
            (
                "a",
                "//! x\n\npub mod a_tool;\n\npub mod a;\npub mod b;\npub mod d;\n\npub mod tool;\n",
            ),
            (
                "c",
                "//! x\n\npub mod a_tool;\n\npub mod b;\npub mod c;\npub mod d;\n\npub mod tool;\n",
            ),
            (
                "e",
                "//! x\n\npub mod a_tool;\n\npub mod b;\npub mod d;\npub mod e;\n\npub mod tool;\n",
            ),
        ] {
            assert_eq!(
                with_line(text, "pub mod NAME;", &there, &name(new)).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(
            with_line("pub mod a;\n", "pub mod NAME;", &there, &name("c")),
            None
        );
    }
}
