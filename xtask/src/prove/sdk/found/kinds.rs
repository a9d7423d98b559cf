//! What a Rust type of the generated SDK holds.

use super::super::facts::named;
use super::super::tokens::Tok;

/// Modules in which the SDK's own types are found.
const OWN: [&str; 6] = ["super", "self", "crate", "generated", "types", "builder"];

/// What values a type has, in words; nothing for a type that the SDK has no use for.
pub(super) fn kind(toks: &[Tok]) -> Option<String> {
    if let [Tok::Group(_, inner, _)] = toks
        && inner.is_empty()
    {
        return Some("nothing".to_owned());
    }
    let (segments, arguments) = path(toks)?;
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let plain = match path.as_slice() {
        ["String"] | ["std", "string", "String"] => "text",
        ["bool"] => "boolean",
        ["i32"] => "i32",
        ["i64"] => "i64",
        ["f32"] => "f32",
        ["f64"] => "f64",
        ["std", "num", "NonZeroU32"] => "u32 from 1",
        ["std", "num", "NonZeroU64"] => "u64 from 1",
        ["tessera_client" | "crate", "Secret"] => "secret",
        ["chrono", "naive", "NaiveDate"] => "date",
        ["uuid", "Uuid"] => "uuid",
        ["std", "net", "Ipv4Addr"] => "ipv4",
        ["std", "net", "Ipv6Addr"] => "ipv6",
        ["serde_json", "Value"] => "anything",
        _ => "",
    };
    let of: Option<Vec<String>> = arguments.iter().map(|one| kind(one)).collect();
    let of = of.unwrap_or_default();
    match (path.as_slice(), of.as_slice()) {
        (_, []) if !plain.is_empty() && arguments.is_empty() => Some(plain.to_owned()),
        (["crate", "Either"], [one, other]) => Some(format!("either {one} or {other}")),
        (["std", "vec", "Vec"], [item]) => Some(format!("list of {item}")),
        (["Option"] | ["std", "option", "Option"], [inner]) => Some(format!("maybe {inner}")),
        (["std", "collections", "BTreeMap"] | ["serde_json", "Map"], [key, value])
            if key == "text" =>
        {
            Some(format!("map of {value}"))
        }
        (["chrono", "DateTime"], []) if is_utc(&arguments) => Some("date-time".to_owned()),
        ([before @ .., name], []) if arguments.is_empty() => {
            let is_own = before.iter().all(|module| OWN.contains(module));
            let is_name = name.starts_with(|first: char| first.is_ascii_uppercase());
            let of = if before.contains(&"builder") {
                "builder of "
            } else {
                ""
            };
            (is_own && is_name).then(|| format!("{of}{}", named(name)))
        }
        _ => None,
    }
}

fn is_utc(arguments: &[Vec<Tok>]) -> bool {
    let [argument] = arguments else {
        return false;
    };
    path(argument).is_some_and(|(path, of)| path == ["chrono", "offset", "Utc"] && of.is_empty())
}

/// The words of a path, and the generic arguments of its last one.
fn path(toks: &[Tok]) -> Option<(Vec<String>, Vec<Vec<Tok>>)> {
    let mut segments = Vec::new();
    let mut at = 0;
    let leaf = |at: usize| toks.get(at).and_then(Tok::leaf);
    if leaf(0) == Some(":") && leaf(1) == Some(":") {
        at = 2;
    }
    loop {
        segments.push(leaf(at)?.to_owned());
        at += 1;
        match (leaf(at), leaf(at + 1)) {
            (Some(":"), Some(":")) => at += 2,
            (Some("<"), _) => break,
            (None, _) if at == toks.len() => return Some((segments, Vec::new())),
            _ => return None,
        }
    }
    let (last, inner) = toks[at + 1..].split_last()?;
    if last.leaf() != Some(">") {
        return None;
    }
    let mut arguments = vec![Vec::new()];
    let mut depth = 0_usize;
    for tok in inner {
        match tok.leaf() {
            Some("<") => depth += 1,
            Some(">") => depth = depth.checked_sub(1)?,
            Some(",") if depth == 0 => {
                arguments.push(Vec::new());
                continue;
            }
            _ => {}
        }
        arguments.last_mut()?.push(tok.clone());
    }
    Some((segments, arguments))
}
