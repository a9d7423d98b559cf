//! What things of the document are called in the SDK.

use heck::{ToPascalCase, ToSnakeCase};

/// Words that cannot be a name by themselves.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "Self",
];

/// The field of a struct for a name on the wire.
pub(super) fn field(name: &str) -> String {
    named(name, str::to_snake_case, "x_")
}

/// The argument of a call for the name of a parameter.
pub(super) fn argument(name: &str) -> String {
    named(name, str::to_snake_case, "_")
}

/// The type for the name of a component.
pub(super) fn pascal(name: &str) -> String {
    named(name, str::to_pascal_case, "X")
}

fn named(name: &str, case: fn(&str) -> String, before_digit: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|letter| *letter != '\'')
        .map(|letter| {
            if letter.is_alphanumeric() || letter == '_' {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let mut named = case(&plain);
    if named.is_empty() || named.starts_with(|first: char| first.is_numeric()) {
        named.insert_str(0, before_digit);
    }
    if KEYWORDS.contains(&named.as_str()) {
        named.push('_');
    }
    named
}
