//! Other texts of the fragments that read the same.

use super::Spelling;
use crate::load::SourceText;

/// All of them.
pub(super) fn spellings(texts: &[SourceText]) -> Vec<Spelling> {
    let lines = |text: &str, change: &dyn Fn(&str) -> String| -> String {
        let changed: Vec<String> = text.lines().map(change).collect();
        changed.join("\n") + "\n"
    };
    let mut all = Vec::new();
    for (index, (path, text)) in texts.iter().enumerate() {
        let other: [(&'static str, String); 7] = [
            ("yaml-comment-above", format!("# Another comment.\n{text}")),
            ("yaml-comment-below", format!("{text}# Another comment.\n")),
            ("yaml-document-start", format!("---\n{text}")),
            (
                "yaml-double-quotes",
                lines(text, &|line| {
                    let key = line.trim_start();
                    let status = key.len() == 6 && key.starts_with('\'') && key.ends_with("':");
                    if status {
                        line.replace('\'', "\"")
                    } else {
                        line.to_owned()
                    }
                }),
            ),
            (
                "yaml-quoted-references",
                lines(text, &|line| match line.split_once("$ref: '") {
                    Some((before, rest)) => {
                        format!("{before}\"$ref\": \"{}", rest.replace('\'', "\""))
                    }
                    None => line.to_owned(),
                }),
            ),
            (
                "yaml-flow-to-block",
                lines(text, &|line| match line.split_once("tags: [") {
                    Some((before, rest)) => {
                        let tag = rest.trim_end_matches(']');
                        format!("{before}tags:\n{before}  - {tag}")
                    }
                    None => line.to_owned(),
                }),
            ),
            (
                "yaml-end-of-line-comments",
                lines(text, &|line| {
                    let key = line.trim_start();
                    let bare = ["paths:", "components:", "responses:", "schema:"].contains(&key);
                    if bare {
                        format!("{line}  # {key}")
                    } else {
                        line.to_owned()
                    }
                }),
            ),
        ];
        // A fragment without such a thing has no other spelling of it.
        for (operator, other) in other.into_iter().filter(|(_, other)| other != text) {
            let mut texts = texts.to_vec();
            texts[index].1 = other;
            all.push(Spelling::Text {
                operator,
                file: path.display().to_string(),
                texts,
            });
        }
    }
    all
}
