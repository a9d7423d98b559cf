//! Operators on what the generated half makes of answers: types, statuses, refusals, headers and sessions.

use super::lines::{Change, arm, gone, is_field, swap, within};

/// Every operator, with its name.
pub(super) const OPERATORS: &[(&str, Change)] = &[
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
        let number = within(lines[0], "![", "_i")?.split(", ").last()?;
        swap(lines[0], &format!("[{number}_"), &format!("[{number}9_"))
    }),
    ("status-dropped", |lines| {
        arm(lines).map(|(count, _)| (count, String::new()))
    }),
    ("status-dropped", |lines| {
        let (_, text) = arm(lines)?;
        let (first, rest) = text.split_once(" | ")?;
        let indent = " ".repeat(first.len() - first.trim_start().len());
        Some((text.lines().count(), format!("{indent}{rest}")))
    }),
    ("status-renumbered", |lines| {
        let (count, text) = arm(lines)?;
        Some((count, text.replacen("u16", "9u16", 1)))
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
        let statuses = text.split_once(" =>")?.0;
        text.contains("ErrorResponse").then(|| {
            (
                count,
                format!("{statuses} => crate::lift::read(response).await,"),
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
    ("bodyless-refusal", |lines| {
        let statuses =
            within(lines[0], "bodyless: &[", "]").filter(|statuses| !statuses.is_empty())?;
        swap(lines[0], statuses, "")
    }),
    ("bodyless-refusal", |lines| {
        swap(lines[0], "bodyless: &[]", "bodyless: &[499u16]")
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
    ("error-place", |lines| {
        swap(lines[0], ": Spot::Body(\"/", ": Spot::Body(\"/other/")
    }),
    ("error-place-dropped", |lines| {
        let (before, _) = lines[0].split_once(": Spot::Body(")?;
        Some((1, format!("{before}: Spot::Nowhere,")))
    }),
    ("error-header", |lines| {
        swap(lines[0], "Spot::Header(\"x-", "Spot::Header(\"y-")
    }),
    ("error-status", |lines| {
        let list = within(lines[0], "statuses: &[", "]")?;
        Some((1, lines[0].replacen(list, "999u16", 1)))
    }),
    ("session-kept-nowhere", |lines| {
        lines[0]
            .trim_start()
            .starts_with("keeps: &[(")
            .then(|| (1, "keeps: &[],".to_owned()))
    }),
    ("session-of-another-status", |lines| {
        swap(lines[0], "keeps: &[(2", "keeps: &[(29")
    }),
];
