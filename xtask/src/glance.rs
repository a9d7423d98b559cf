//! The dialects at a glance, from `x-at-a-glance` of their tags: the table in the document's description, and the rows of the README.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::artefact::Artefact;
use crate::document::Document;

/// The extension, and what it says of a dialect.
pub const KEY: &str = "x-at-a-glance";

/// The members of the extension; all of them have to be there.
pub const MEMBERS: [&str; 4] = ["issues", "proof", "tokens", "refusals"];

/// The line of the root file's description in whose place the table is written.
const PLACEHOLDER: &str = "{{dialects}}";

/// The file whose rows follow from the document, and the lines between which they stand.
const README: &str = "README.md";
const BEGIN: &str = "<!-- the dialects: written by `cargo xtask generate` -->";
const END: &str = "<!-- the end of the dialects -->";

/// Writes the table into a description that has a place for it.
#[must_use]
pub fn described(description: &str, tags: &Value) -> String {
    let written = || {
        let head = [
            "| dialect | base path | what it issues |",
            "| --- | --- | --- |",
        ];
        let rows = glances(tags).map(|dialect| {
            format!(
                "| `{}` | {} | {} |",
                dialect.name,
                dialect.paths(""),
                dialect.says("issues")
            )
        });
        table(&head, rows)
    };
    description
        .split('\n')
        .map(|line| {
            if line.trim() == PLACEHOLDER {
                written()
            } else {
                line.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The README of `project` as it should be; nothing if there is none, or it has no place for the rows.
#[must_use]
pub fn readme(project: &Path, document: &Document) -> Option<Artefact> {
    let text = fs::read_to_string(project.join(README)).ok()?;
    let content = with_rows(&text, document.value.get("tags")?)?;
    Some(Artefact {
        path: README.into(),
        content,
    })
}

fn with_rows(text: &str, tags: &Value) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let head = [
        "| dialect | paths | a caller proves itself by | tokens | refusals look like |",
        "| --- | --- | --- | --- | --- |",
    ];
    let rows = glances(tags).map(|dialect| {
        let [proof, tokens, refusals] =
            ["proof", "tokens", "refusals"].map(|member| dialect.says(member));
        let paths = dialect.paths("/*");
        format!(
            "| {} | {paths} | {proof} | {tokens} | {refusals} |",
            dialect.name
        )
    });
    let table = table(&head, rows);
    Some(format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}"))
}

fn table(head: &[&str], rows: impl Iterator<Item = String>) -> String {
    let head = head.iter().map(ToString::to_string);
    head.chain(rows).collect::<Vec<_>>().join("\n")
}

/// A tag that says what its dialect is.
struct Glance<'a> {
    name: &'a str,
    tag: &'a Value,
}

fn glances(tags: &Value) -> impl Iterator<Item = Glance<'_>> {
    let tags = tags.as_array().into_iter().flatten();
    tags.filter(|tag| tag.get(KEY).is_some()).filter_map(|tag| {
        let name = tag.get("name")?.as_str()?;
        Some(Glance { name, tag })
    })
}

impl Glance<'_> {
    fn says(&self, member: &str) -> &str {
        let said = self.tag[KEY].get(member).and_then(Value::as_str);
        said.unwrap_or_default()
    }

    /// Its base paths, each followed by `below`.
    fn paths(&self, below: &str) -> String {
        let paths = self.tag.get("x-base-path").and_then(Value::as_array);
        let paths = paths.into_iter().flatten().filter_map(Value::as_str);
        let quoted: Vec<String> = paths.map(|path| format!("`{path}{below}`")).collect();
        quoted.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tags() -> Value {
        let glance = |issues: &str| json!({"issues": issues, "proof": "a key", "tokens": "opaque", "refusals": "`{}`"});
        json!([
            {"name": "coin", "x-base-path": ["/coins", "/mint"], KEY: glance("coins")},
            {"name": "medal", "x-base-path": ["/medals"], KEY: glance("medals")},
        ])
    }

    #[test]
    fn the_description_has_the_table_where_there_is_a_place_for_it() {
        let table = described("What:\n\n{{dialects}}\n\nMore.\n", &tags());
        let expected = "What:\n\n| dialect | base path | what it issues |\n| --- | --- | --- |\n\
            | `coin` | `/coins`, `/mint` | coins |\n| `medal` | `/medals` | medals |\n\nMore.\n";
        assert_eq!(table, expected);
        assert_eq!(described("No place.\n", &tags()), "No place.\n");
    }

    #[test]
    fn rows_stand_between_their_lines_and_nothing_else_changes() {
        let text = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        let written = with_rows(&text, &tags()).expect("there is a place");
        let row = "| coin | `/coins/*`, `/mint/*` | a key | opaque | `{}` |\n";
        assert!(written.contains(row) && !written.contains("old"));
        assert!(written.starts_with("above\n") && written.ends_with("\nbelow\n"));
        assert_eq!(with_rows(&written, &tags()), Some(written));
        assert_eq!(with_rows("no place", &tags()), None);
    }
}
