//! Drifts of the generated half: each operator is tried on every line, and some of the places it fits are drifts.

/// One drift of the generated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drift {
    /// What is done.
    pub operator: &'static str,
    /// The first line that is changed, from 1.
    pub line: usize,
    /// How many lines are replaced.
    pub lines: usize,
    /// What stands there instead.
    pub replacement: String,
}

impl Drift {
    /// Its name, unique among all.
    pub fn id(&self) -> String {
        format!("{} generated.rs:{}", self.operator, self.line)
    }

    /// The text with the drift in it.
    pub fn apply(&self, text: &str) -> String {
        let mut changed = String::with_capacity(text.len() + self.replacement.len());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if index + 1 == self.line {
                changed.push_str(&self.replacement);
                changed.push('\n');
            }
            if index + 1 < self.line || index + 1 >= self.line + self.lines {
                changed.push_str(line);
            }
        }
        changed
    }
}

/// A change of one line: the lines it replaces and what it puts there.
type Change = fn(&[&str]) -> Option<(usize, String)>;

fn swap(line: &str, from: &str, to: &str) -> Option<(usize, String)> {
    line.contains(from).then(|| (1, line.replacen(from, to, 1)))
}

fn gone(lines: &[&str], starts: &str) -> Option<(usize, String)> {
    lines
        .first()?
        .trim_start()
        .starts_with(starts)
        .then(|| (1, String::new()))
}

/// The text between `from` and the next `to`.
fn within<'a>(line: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(from)?;
    rest.split_once(to).map(|(inner, _)| inner)
}

/// A match arm that begins here: its lines, up to the brace or comma that ends it.
fn arm(lines: &[&str]) -> Option<(usize, String)> {
    let first = lines.first()?;
    let status = first.trim_start().split_once("u16 =>")?.0;
    status.parse::<u16>().ok()?;
    if first.trim_end().ends_with(',') {
        return Some((1, (*first).to_owned()));
    }
    let indent = first.len() - first.trim_start().len();
    let end = format!("{}}}", " ".repeat(indent));
    let count = lines.iter().position(|line| *line == end)? + 1;
    Some((count, lines.get(..count)?.join("\n")))
}

fn is_field(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("pub ") && line.contains(": ") && line.ends_with(',') && !line.contains('(')
}

/// Every operator, with its name.
const OPERATORS: &[(&str, Change)] = &[
    ("method", |lines| swap(lines[0], ".post(url)", ".put(url)")),
    ("method", |lines| swap(lines[0], ".get(url)", ".post(url)")),
    ("path-literal", |lines| {
        let path = within(lines[0], "format!(\"{}/", "\"").or_else(|| {
            lines[0]
                .trim_start()
                .strip_prefix("\"{}/")
                .and_then(|rest| rest.split_once('"'))
                .map(|(path, _)| path)
        })?;
        swap(lines[0], path, &format!("{path}x"))
    }),
    ("encoding-dropped", |lines| {
        swap(lines[0], "encode_path(", "String::from(")
    }),
    ("header-name", |lines| {
        let name = within(lines[0], "header_map.append(\"", "\"")?;
        swap(lines[0], name, &format!("{name}s"))
    }),
    ("parameter-moved", |lines| {
        lines[0]
            .contains("header_map.append(\"")
            .then(|| (1, "url.push_str(&value);".to_owned()))
    }),
    ("media-type-sent", |lines| {
        swap(lines[0], ".json(&body)", ".form_urlencoded(&body)?")
    }),
    ("media-type-sent", |lines| {
        swap(lines[0], ".form_urlencoded(&body)?", ".json(&body)")
    }),
    ("media-type-accepted", |lines| {
        swap(
            lines[0],
            "from_static(\"application/json\")",
            "from_static(\"text/html\")",
        )
    }),
    ("media-type-declared", |lines| {
        let pair = lines[0].trim_start().starts_with('(') && lines[0].contains("u16, \"");
        pair.then(|| swap(lines[0], "\"application/", "\"text/"))?
    }),
    ("serde-rename", |lines| {
        let name = within(lines[0], "#[serde(rename = \"", "\"")?;
        swap(lines[0], &format!("\"{name}\""), &format!("\"{name}_\""))
    }),
    ("serde-rename-dropped", |lines| {
        gone(lines, "#[serde(rename = ")
    }),
    ("field-renamed", |lines| {
        is_field(lines[0]).then(|| swap(lines[0], ": ", "_other: "))?
    }),
    ("field-dropped", |lines| {
        is_field(lines[0]).then(|| (1, String::new()))
    }),
    ("optional-to-required", |lines| {
        let inner = within(lines[0], "::std::option::Option<", ">,")?;
        is_field(lines[0])
            .then(|| swap(lines[0], &format!("::std::option::Option<{inner}>"), inner))?
    }),
    ("required-to-optional", |lines| {
        let kind = within(lines[0], ": ", ",")?;
        let is_plain = is_field(lines[0]) && !kind.starts_with("::std::option");
        is_plain.then(|| swap(lines[0], kind, &format!("::std::option::Option<{kind}>")))?
    }),
    ("type-narrowed", |lines| {
        is_field(lines[0]).then(|| swap(lines[0], ": i64,", ": i32,"))?
    }),
    ("type-changed", |lines| {
        is_field(lines[0]).then(|| swap(lines[0], ": bool,", ": ::std::string::String,"))?
    }),
    ("secret-shown", |lines| {
        swap(
            lines[0],
            "::tessera_client::Secret",
            "::std::string::String",
        )
    }),
    ("sent-though-absent", |lines| {
        gone(lines, "#[serde(skip_serializing_if")
    }),
    ("default", |lines| swap(lines[0], "2592000>", "2592001>")),
    ("unknown-members", |lines| {
        gone(lines, "#[serde(deny_unknown_fields)]")
    }),
    ("enum-value-shown", |lines| {
        let value = within(lines[0], "f.write_str(\"", "\"")?;
        swap(lines[0], &format!("\"{value}\""), &format!("\"{value}.\""))
    }),
    ("enum-value-read", |lines| {
        lines[0]
            .contains("\" => Ok(Self::")
            .then(|| swap(lines[0], "\" =>", ".\" =>"))?
    }),
    ("enum-value-dropped", |lines| {
        let line = lines[0].trim();
        let is_variant = line.ends_with(',')
            && line.len() > 2
            && line.starts_with(|first: char| first.is_ascii_uppercase())
            && line[..line.len() - 1]
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric());
        // The list of derived traits looks like a list of variants.
        let is_trait = [
            "Clone,",
            "Copy,",
            "Debug,",
            "Eq,",
            "Hash,",
            "Ord,",
            "PartialEq,",
        ]
        .contains(&line);
        (is_variant && !is_trait).then(|| (1, String::new()))
    }),
    ("number-allowed", |lines| {
        swap(lines[0], "0001_i32", "0009_i32")
    }),
    ("status-dropped", |lines| {
        arm(lines).map(|(count, _)| (count, String::new()))
    }),
    ("status-renumbered", |lines| {
        let (count, text) = arm(lines)?;
        Some((count, text.replacen("u16 =>", "9u16 =>", 1)))
    }),
    ("success-to-refusal", |lines| {
        let value = "=> crate::lift::read(response).await,";
        swap(
            lines[0],
            value,
            "=> Err(Error::ErrorResponse(crate::lift::read(response).await?)),",
        )
    }),
    ("refusal-to-success", |lines| {
        let (count, text) = arm(lines)?;
        let status = text.trim_start().split_once("u16")?.0;
        text.contains("ErrorResponse").then(|| {
            (
                count,
                format!("{status}u16 => crate::lift::read(response).await,"),
            )
        })
    }),
    ("bodyless-to-typed", |lines| {
        swap(
            lines[0],
            "Ok(ResponseValue::empty(response))",
            "crate::lift::read(response).await",
        )
    }),
    ("unknown-status-to-success", |lines| {
        let unknown = "_ => Err(Error::UnexpectedResponse(response)),";
        swap(lines[0], unknown, "_ => crate::lift::read(response).await,")
    }),
    ("media-type-unchecked", |lines| {
        swap(
            lines[0],
            "crate::lift::of_declared_media(",
            "crate::lift::of_any_media(",
        )
    }),
    ("hook-dropped", |lines| {
        gone(lines, "client.pre(&mut request, &info).await?;")
    }),
    ("hook-dropped", |lines| {
        gone(lines, "client.post(&result, &info).await?;")
    }),
    ("operation-id-sent", |lines| {
        let id = within(lines[0], "operation_id: \"", "\"")?;
        swap(lines[0], id, "oauth_list_keys").filter(|_| id != "oauth_list_keys")
    }),
    ("operation-dropped", |lines| {
        let is_method =
            lines[0].starts_with("    pub fn ") && lines[0].contains("(&self) -> builder::");
        is_method.then(|| (3, String::new()))
    }),
    ("operation-added", |lines| {
        let name = within(lines[0], "    pub fn ", "(&self) -> builder::")?;
        let added = lines
            .get(..3)?
            .join("\n")
            .replacen(name, &format!("{name}_again"), 1);
        Some((3, format!("{}\n{added}", lines.get(..3)?.join("\n"))))
    }),
    ("alternative-dropped", |lines| {
        let is_list = lines[0].trim_start().starts_with("security: &[&[");
        is_list.then(|| {
            swap(lines[0], "&[Scheme::", "&[/*").map(|_| (1, "security: &[],".to_owned()))
        })?
    }),
    ("and-to-or", |lines| {
        swap(
            lines[0],
            "Scheme::ManisMerchantId, Scheme::ManisSecret",
            "Scheme::ManisMerchantId], &[Scheme::ManisSecret",
        )
    }),
    ("or-to-and", |lines| {
        lines[0]
            .contains("security:")
            .then(|| swap(lines[0], "], &[Scheme::", ", Scheme::"))?
    }),
    ("scheme-exchanged", |lines| {
        lines[0]
            .contains("security:")
            .then(|| swap(lines[0], "&[Scheme::", "&[Scheme::Other"))?
    }),
    ("credential-name", |lines| {
        let name =
            within(lines[0], "Placement::", ")").and_then(|rest| within(rest, "(\"", "\""))?;
        swap(lines[0], &format!("\"{name}\""), &format!("\"{name}-x\""))
    }),
    ("credential-location", |lines| {
        swap(lines[0], "=> Placement::Header(", "=> Placement::Query(")
    }),
    ("credential-location", |lines| {
        swap(lines[0], "=> Placement::Query(", "=> Placement::Header(")
    }),
    ("credential-location", |lines| {
        swap(lines[0], "=> Placement::Cookie(", "=> Placement::Header(")
    }),
    ("credential-scheme", |lines| {
        swap(lines[0], "=> Placement::Bearer", "=> Placement::Basic")
    }),
    ("credential-scheme", |lines| {
        swap(lines[0], "=> Placement::Basic", "=> Placement::Bearer")
    }),
    ("bodyless-refusal", |lines| {
        swap(lines[0], "bodyless: &[401u16]", "bodyless: &[]")
    }),
    ("bodyless-refusal", |lines| {
        swap(lines[0], "bodyless: &[]", "bodyless: &[401u16]")
    }),
    ("table-method", |lines| {
        swap(lines[0], "method: \"POST\"", "method: \"PUT\"")
    }),
    ("table-path", |lines| {
        let path = within(lines[0], "        path: \"", "\"")?;
        swap(lines[0], path, &format!("{path}/x"))
    }),
    ("refusal-lifting-dropped", |lines| {
        swap(
            lines[0],
            "Err(crate::Either::UnderSuccess(refusal))",
            "Ok(refusal)",
        )
    }),
    ("refusal-lifting-swapped", |lines| {
        swap(
            lines[0],
            "(success) => Ok(success)",
            "(success) => Err(success)",
        )
    }),
    ("header-accessor-name", |lines| {
        let name = within(lines[0], "(self.header_map()?, \"", "\"")?;
        swap(lines[0], &format!("\"{name}\""), &format!("\"{name}-x\""))
    }),
    ("header-accessor-type", |lines| {
        swap(
            lines[0],
            "crate::headers::integer(",
            "crate::headers::text(",
        )
    }),
    ("header-accessor-type", |lines| {
        swap(lines[0], "crate::headers::secret(", "crate::headers::text(")
    }),
    ("version", |lines| {
        (lines[0].trim() == "\"0.1.0\"").then(|| (1, "\"0.1.1\"".to_owned()))
    }),
    ("setter-of-another", |lines| {
        let field = lines[0]
            .trim()
            .strip_prefix("self.")?
            .strip_suffix(" = value")?;
        Some((1, lines[0].replacen(field, "other", 1)))
    }),
    ("value-lost", |lines| {
        let is_taken = lines[0].trim_end().ends_with("?,") && lines[0].contains(": value.");
        let (name, _) = lines[0].split_once(':')?;
        is_taken.then(|| (1, format!("{name}: Default::default(),")))
    }),
];

/// At how many places an operator is tried, spread over all that it fits.
const PLACES: usize = 12;

/// The drifts of `text`.
pub(super) fn drifts(text: &str) -> Vec<Drift> {
    let lines: Vec<&str> = text.lines().collect();
    let mut drifts: Vec<Drift> = Vec::new();
    for (operator, change) in OPERATORS {
        let fits = |index: usize| {
            let (lines, replacement) = change(&lines[index..])?;
            Some(Drift {
                operator,
                line: index + 1,
                lines,
                replacement,
            })
        };
        let code = |index: &usize| !lines[*index].trim_start().starts_with("//");
        let all: Vec<Drift> = (0..lines.len()).filter(code).filter_map(fits).collect();
        let step = all.len().div_ceil(PLACES).max(1);
        drifts.extend(all.into_iter().step_by(step));
    }
    // An operator with two forms may fit a line twice.
    drifts.sort_by_key(Drift::id);
    drifts.dedup_by_key(|drift| drift.id());
    drifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_finds_a_place_in_the_committed_sdk() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../client-sdk/src/generated.rs"
        );
        let text = std::fs::read_to_string(path).expect("the SDK is committed");
        let drifts = drifts(&text);
        for (operator, _) in OPERATORS {
            assert!(
                drifts.iter().any(|drift| drift.operator == *operator),
                "{operator}"
            );
        }
        let unchanged: Vec<String> = drifts
            .iter()
            .filter(|drift| drift.apply(&text) == text)
            .map(Drift::id)
            .collect();
        assert_eq!(unchanged, Vec::<String>::new());
    }
}
