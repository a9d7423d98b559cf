//! How each dialect refuses what it does not have, as far as the document says: who owns a prefix, the shape of a
//! refusal, the headers of every answer, and what the examples have in common.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::{
    harness::{
        Answer,
        document::{DOCUMENT, members, resolve},
    },
    proofs::{live::cors, report::Finding},
};

/// Headers that HTTP itself writes.
const OF_HTTP: [&str; 6] = [
    "allow",
    "connection",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
];

/// The statuses of an unknown path and of a wrong method, where the text of the tag gives them as others than 404 and 405.
const OTHER_STATUSES: [(&str, u16, u16); 1] = [("animeloop", 400, 400)];

/// How one owner of prefixes refuses.
pub struct Envelope {
    /// The dialect, or `tessera`.
    pub name: &'static str,
    /// The status of an unknown path.
    pub unknown_path: u16,
    /// The status of a known path without that method.
    pub wrong_method: u16,
    prefixes: Vec<String>,
    bodies: Vec<Body>,
    /// Headers of every refusal.
    always: BTreeMap<String, Header>,
}

/// A header of every refusal.
struct Header {
    schema: Value,
    validator: Validator,
}

/// One shape of a refusal.
struct Body {
    media_type: &'static str,
    schema: Value,
    validator: Validator,
    /// Places that hold the HTTP status once more.
    repeats_status: Vec<String>,
    /// Texts that the examples show under one status only.
    owned_texts: BTreeMap<(String, String), u16>,
}

/// What differs from the document.
pub struct Fault {
    /// In what.
    pub what: String,
    /// What the document says.
    pub expected: String,
    /// What came.
    pub found: String,
}

/// All owners.
pub struct Envelopes(Vec<Envelope>);

impl Envelopes {
    /// Who owns a path: the longest prefix of whole segments, and otherwise nobody's own envelope.
    pub fn owner(&self, path: &str) -> &Envelope {
        let held = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let owners = self.0.iter().flat_map(|owner| {
            let prefixes = owner.prefixes.iter();
            prefixes
                .filter(|prefix| held(prefix))
                .map(move |prefix| (prefix.len(), owner))
        });
        owners
            .max_by_key(|(length, _)| *length)
            .map_or(&self.0[0], |(_, owner)| owner)
    }
}

/// What the document says about requests that it does not name.
pub struct Unmatched {
    /// Who refuses how.
    pub envelopes: Envelopes,
}

impl Unmatched {
    /// Reads the document.
    pub fn read() -> Self {
        let mut all = vec![problem()];
        for (name, prefixes) in table() {
            all.push(Envelope::of(name, prefixes));
        }
        Self {
            envelopes: Envelopes(all),
        }
    }

    /// Every operation has to lie under a prefix of its own dialect, by the document's own table.
    pub fn owners_of_operations(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, item) in members(&DOCUMENT, "paths") {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let tag = operation.pointer("/tags/0").and_then(Value::as_str);
                let owner = self.envelopes.owner(path).name;
                if tag.is_some_and(|tag| tag != owner) {
                    let pointer = format!("/paths/{}/{method}/tags", path.replace('/', "~1"));
                    let message = format!(
                        "{path} lies under a prefix that info.description gives to {owner}"
                    );
                    let finding = Finding::new("closed-owner", pointer, message);
                    findings.push(finding.sides(owner, tag.unwrap_or_default()));
                }
            }
        }
        findings
    }
}

/// The prefixes of all dialects.
pub fn prefixes() -> Vec<String> {
    table()
        .into_iter()
        .flat_map(|(_, prefixes)| prefixes)
        .collect()
}

/// The table of base paths in `info.description`.
fn table() -> Vec<(&'static str, Vec<String>)> {
    let text = DOCUMENT["info"]["description"].as_str().unwrap_or_default();
    let rows: Vec<_> = text
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split('|');
            let name = cells.next()?.trim().trim_matches('`');
            let prefixes = cells.next()?.split(',');
            let prefixes = prefixes.map(|one| one.trim().trim_matches('`').to_owned());
            Some((name, prefixes.collect()))
        })
        .collect();
    let tags = DOCUMENT["tags"].as_array().map_or(0, Vec::len);
    assert_eq!(
        rows.len(),
        tags,
        "info.description names the base paths of every dialect"
    );
    rows
}

/// The envelope of what belongs to no dialect: RFC 9457.
fn problem() -> Envelope {
    let schema = json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"enum": ["about:blank"]}, "title": {"type": "string"},
            "status": {"type": "integer"}, "detail": {"type": "string"},
        },
    });
    Envelope {
        name: "tessera",
        unknown_path: 404,
        wrong_method: 405,
        prefixes: Vec::new(),
        bodies: vec![Body {
            media_type: "application/problem+json",
            validator: validator(&schema),
            schema,
            repeats_status: vec!["/status".to_owned()],
            owned_texts: BTreeMap::new(),
        }],
        always: BTreeMap::new(),
    }
}

impl Envelope {
    fn of(name: &'static str, prefixes: Vec<String>) -> Self {
        let statuses = OTHER_STATUSES.iter().find(|(dialect, ..)| *dialect == name);
        let (_, unknown_path, wrong_method) = statuses.copied().unwrap_or((name, 404, 405));
        let refusals = refusals(name);
        let mut shapes: Vec<(&'static str, &'static Value)> = Vec::new();
        let mut always: Option<BTreeMap<String, Value>> = None;
        for (_, refusal) in &refusals {
            let headers = required_headers(refusal);
            always = Some(match always {
                None => headers,
                Some(so_far) => so_far
                    .into_iter()
                    .filter(|(name, _)| headers.contains_key(name))
                    .collect(),
            });
            for (media_type, content) in members(refusal, "content") {
                let schema = &content["schema"];
                let text = resolve(schema, String::new()).0["type"] == "string";
                if !text && !shapes.contains(&(media_type, schema)) {
                    shapes.push((media_type, schema));
                }
            }
        }
        let shapes = shapes.into_iter();
        Self {
            name,
            unknown_path,
            wrong_method,
            prefixes,
            bodies: shapes
                .map(|(media_type, schema)| Body::of(media_type, schema, &refusals))
                .collect(),
            always: always
                .unwrap_or_default()
                .into_iter()
                .map(|(name, schema)| {
                    let validator = validator(&schema);
                    (name, Header { schema, validator })
                })
                .collect(),
        }
    }

    /// What is wrong with a refusal; the body of a HEAD is not looked for.
    pub fn faults(&self, answer: &Answer, status: u16, bodiless: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, Header { schema, validator }) in &self.always {
            let sent = answer.header_all(name);
            let valid = |text: &&str| {
                let number = text.parse::<i64>().map(Value::from);
                [Some(Value::from(*text)), number.ok()]
                    .into_iter()
                    .flatten()
                    .any(|value| validator.is_valid(&value))
            };
            if sent.len() != 1 || !sent.iter().all(valid) {
                faults.push(Fault {
                    what: format!("the header {name}"),
                    expected: schema.to_string(),
                    found: format!("{sent:?}"),
                });
            }
        }
        let strange = answer.headers.iter().find(|(name, _)| {
            !OF_HTTP.contains(&name.as_str())
                && !cors::HEADERS.contains(&name.as_str())
                && !self.always.contains_key(name)
        });
        if let Some((name, value)) = strange {
            faults.push(Fault {
                what: format!("the header {name}, which its other refusals do not have"),
                expected: "none".to_owned(),
                found: value.clone(),
            });
        }
        let media_type = answer.header_all("content-type").join(", ");
        let body = self
            .bodies
            .iter()
            .filter(|body| body.media_type == media_type);
        let body: Vec<&Body> = body.collect();
        if body.is_empty() {
            let known: BTreeSet<&str> = self.bodies.iter().map(|body| body.media_type).collect();
            faults.push(Fault {
                what: "the media type".to_owned(),
                expected: format!("{known:?}"),
                found: media_type,
            });
        } else if !bodiless {
            let value: Option<Value> = serde_json::from_slice(&answer.body).ok();
            let judged = body.iter().map(|body| body.fault(value.as_ref(), status));
            // The shapes of one dialect are alternatives; the first says what is wrong.
            let judged: Vec<Option<Fault>> = judged.collect();
            if judged.iter().all(Option::is_some) {
                faults.extend(judged.into_iter().flatten().next());
            }
        }
        faults
    }
}

impl Body {
    fn of(
        media_type: &'static str,
        schema: &'static Value,
        refusals: &[(u16, &'static Value)],
    ) -> Self {
        // Place, text or number → the statuses under which the examples show it.
        let mut seen: BTreeMap<(String, String), BTreeSet<u16>> = BTreeMap::new();
        let mut repeats: Option<BTreeSet<String>> = None;
        for (status, refusal) in refusals {
            let contents = members(refusal, "content");
            for (_, content) in contents.filter(|(_, content)| &content["schema"] == schema) {
                for (_, example) in members(content, "examples") {
                    let (example, _) = resolve(example, String::new());
                    let mut leaves = Vec::new();
                    leaves_of(&example["value"], "", &mut leaves);
                    let same = leaves.iter().filter(|(_, value)| **value == json!(status));
                    let same: BTreeSet<String> = same.map(|(at, _)| at.clone()).collect();
                    repeats = Some(match repeats {
                        None => same,
                        Some(so_far) => so_far.intersection(&same).cloned().collect(),
                    });
                    for (at, value) in leaves {
                        if let Some(text) = value.as_str() {
                            seen.entry((at, text.to_owned()))
                                .or_default()
                                .insert(*status);
                        }
                    }
                }
            }
        }
        let owned = seen.into_iter().filter_map(|(leaf, statuses)| {
            let mut statuses = statuses.into_iter();
            let only = statuses.next()?;
            statuses.next().is_none().then_some((leaf, only))
        });
        Self {
            media_type,
            schema: schema.clone(),
            validator: validator(schema),
            repeats_status: repeats.unwrap_or_default().into_iter().collect(),
            owned_texts: owned.collect(),
        }
    }

    fn fault(&self, value: Option<&Value>, status: u16) -> Option<Fault> {
        let Some(value) = value else {
            return Some(Fault {
                what: "the body".to_owned(),
                expected: "JSON".to_owned(),
                found: "something else".to_owned(),
            });
        };
        if let Some(reason) = self.validator.iter_errors(value).next() {
            return Some(Fault {
                what: "the body".to_owned(),
                expected: self.schema.to_string(),
                found: format!("{value}: {reason}"),
            });
        }
        if let Some(name) = undeclared(&self.schema, value, "") {
            return Some(Fault {
                what: format!("the member {name} of the body"),
                expected: "only declared members".to_owned(),
                found: value.to_string(),
            });
        }
        for at in &self.repeats_status {
            if value.pointer(at) != Some(&json!(status)) {
                return Some(Fault {
                    what: format!("{at} of the body, which repeats the status"),
                    expected: status.to_string(),
                    found: value.to_string(),
                });
            }
        }
        let mut leaves = Vec::new();
        leaves_of(value, "", &mut leaves);
        leaves.into_iter().find_map(|(at, leaf)| {
            let text = leaf.as_str()?.to_owned();
            let owner = *self.owned_texts.get(&(at.clone(), text.clone()))?;
            (owner != status).then(|| Fault {
                what: format!("{at} of the body, which the examples have under {owner} only"),
                expected: format!("what belongs to {status}"),
                found: text,
            })
        })
    }
}

/// Every declared refusal of a dialect's operations, by status.
fn refusals(tag: &str) -> Vec<(u16, &'static Value)> {
    let mut found: Vec<(u16, &'static Value)> = Vec::new();
    for (_, item) in members(&DOCUMENT, "paths") {
        for (_, operation) in item.as_object().into_iter().flatten() {
            if operation.pointer("/tags/0").and_then(Value::as_str) != Some(tag) {
                continue;
            }
            for (status, response) in members(operation, "responses") {
                let status: u16 = status.parse().expect("statuses are exact");
                let (response, _) = resolve(response, String::new());
                if status >= 400 && !found.contains(&(status, response)) {
                    found.push((status, response));
                }
            }
        }
    }
    found
}

/// The required headers of an answer, with their schemas; names in lower case.
fn required_headers(response: &'static Value) -> BTreeMap<String, Value> {
    members(response, "headers")
        .map(|(name, header)| (name, resolve(header, String::new()).0))
        .filter(|(_, header)| header["required"] == true)
        .map(|(name, header)| (name.to_ascii_lowercase(), header["schema"].clone()))
        .collect()
}

fn leaves_of<'a>(value: &'a Value, at: &str, leaves: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                leaves_of(value, &format!("{at}/{key}"), leaves);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves_of(value, &format!("{at}/{index}"), leaves);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            leaves.push((at.to_owned(), value));
        }
    }
}

/// A member that no schema on its way names. Objects that allow any member are left alone.
fn undeclared(schema: &Value, value: &Value, at: &str) -> Option<String> {
    let target = schema.get("$ref").and_then(Value::as_str);
    let found = target.and_then(|target| DOCUMENT.pointer(target.trim_start_matches('#')));
    let schema = found.unwrap_or(schema);
    let (map, properties): (&Map<String, Value>, _) =
        (value.as_object()?, schema.get("properties")?.as_object()?);
    if schema
        .get("additionalProperties")
        .is_some_and(|more| *more != json!(false))
    {
        return None;
    }
    map.iter()
        .find_map(|(name, value)| match properties.get(name) {
            Some(property) => undeclared(property, value, &format!("{at}/{name}")),
            None => Some(format!("{at}/{name}")),
        })
}

/// A validator for a schema of the document; made once, because making it takes longer than a request.
fn validator(schema: &Value) -> Validator {
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": {"schemas": DOCUMENT["components"]["schemas"]},
        "allOf": [schema],
    });
    jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .unwrap_or_else(|error| panic!("{schema} is no schema: {error}"))
}
