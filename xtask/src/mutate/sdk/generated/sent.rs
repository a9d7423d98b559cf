//! Operators on what the generated half sends: methods, paths, bodies, credentials, and the table of operations.

use super::lines::{Change, gone, swap, within};

/// Every operator, with its name.
pub(super) const OPERATORS: &[(&str, Change)] = &[
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
    ("sent-though-absent", |lines| {
        gone(lines, "#[serde(skip_serializing_if")
    }),
    ("default", |lines| {
        let value = within(lines[0], "defaults::default_", ">")?;
        swap(lines[0], &format!("{value}>"), &format!("{value}1>"))
    }),
    ("hook-dropped", |lines| {
        gone(lines, "self.pre(&mut request, &info).await?;")
    }),
    ("hook-dropped", |lines| {
        gone(lines, "self.post(&result, &info).await?;")
    }),
    ("operation-id-sent", |lines| {
        swap(
            lines[0],
            "operation_id: operation.id",
            "operation_id: operation.path",
        )
    }),
    ("part-dropped", |lines| {
        let is_part = lines[0].starts_with("mod ") && lines[0].ends_with(';');
        is_part.then(|| (1, String::new()))
    }),
    ("part-not-handed-on", |lines| gone(lines, "pub use super::")),
    ("row-not-listed", |lines| {
        let is_row = lines[0].trim_start().starts_with('&') && lines[0].ends_with(',');
        is_row.then(|| (1, String::new()))
    }),
    ("another-row", |lines| {
        swap(
            lines[0],
            "&super::operations::",
            "&super::operations::OTHER_",
        )
    }),
    ("starts-otherwise", |lines| {
        swap(
            lines[0],
            ": Ok(Default::default()),",
            ": Ok(Some(Default::default())),",
        )
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
        lines[0]
            .contains("security:")
            .then(|| swap(lines[0], ", Scheme::", "], &[Scheme::"))?
    }),
    ("or-to-and", |lines| {
        lines[0]
            .contains("security:")
            .then(|| swap(lines[0], "], &[Scheme::", ", Scheme::"))?
    }),
    ("scheme-exchanged", |lines| {
        lines[0]
            .contains("security:")
            .then(|| swap(lines[0], "&[Scheme::", "&[Scheme::OTHER_"))?
    }),
    ("credential-name", |lines| {
        let name =
            within(lines[0], "Placement::", ")").and_then(|rest| within(rest, "(\"", "\""))?;
        swap(lines[0], &format!("\"{name}\""), &format!("\"{name}-x\""))
    }),
    ("credential-location", |lines| {
        swap(lines[0], "Placement::Header(", "Placement::Query(")
    }),
    ("credential-location", |lines| {
        swap(lines[0], "Placement::Query(", "Placement::Header(")
    }),
    ("credential-location", |lines| {
        swap(lines[0], "Placement::Cookie(", "Placement::Header(")
    }),
    ("credential-scheme", |lines| {
        swap(
            lines[0],
            "Placement::Bearer",
            "Placement::Basic(Pairing::Plain)",
        )
    }),
    ("credential-scheme", |lines| {
        swap(
            lines[0],
            "Placement::Basic(Pairing::Form)",
            "Placement::Bearer",
        )
    }),
    ("table-method", |lines| {
        swap(lines[0], "method: \"POST\"", "method: \"PUT\"")
    }),
    ("table-path", |lines| {
        let path = within(lines[0], "        path: \"", "\"")?;
        swap(lines[0], path, &format!("{path}/x"))
    }),
    ("version", |lines| {
        let version = lines[0].trim().strip_prefix('"')?.strip_suffix('"')?;
        let is_number = version.split('.').all(|part| part.parse::<u32>().is_ok());
        is_number.then(|| (1, format!("\"{version}1\"")))
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
    ("pairing", |lines| {
        swap(lines[0], "Basic(Pairing::Form)", "Basic(Pairing::Plain)")
    }),
    ("credential-of-another-scheme", |lines| {
        swap(lines[0], "Self::of(Scheme::", "Self::of(Scheme::OTHER_")
    }),
    ("credential-text", |lines| {
        let call = lines.get(..3)?.join("\n");
        let is_call = lines[0].trim() == "Self::between(";
        is_call.then(|| (3, call.replacen('"', "\"other", 1)))
    }),
    ("one-proof-dropped", |lines| {
        lines[0]
            .trim_start()
            .starts_with("one_proof: Some(OneProof {")
            .then(|| (4, "one_proof: None,".to_owned()))
    }),
    ("one-proof-member", |lines| {
        let member = within(lines[0], "members: &[\"", "\", ")?;
        swap(lines[0], &format!("\"{member}\", "), "")
    }),
    ("one-proof-scheme", |lines| {
        lines[0]
            .trim_start()
            .starts_with("schemes: &[")
            .then(|| (1, "schemes: &[],".to_owned()))
    }),
];
