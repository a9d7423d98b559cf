//! Where the document says that a text is a secret, and which texts of a body or an answer stand there.

use serde_json::Value;

use crate::{
    harness::{Answer, document::DOCUMENT},
    proofs::live::oracle::{Node, Operation, join},
};

const MARK: &str = "x-secret";

/// The pointers of everything that carries the mark, and of every security scheme.
pub fn all() -> Vec<String> {
    let mut found = Vec::new();
    collect(&DOCUMENT, "", &mut found);
    let schemes = Node::at("/components").map(|components| components.children("securitySchemes"));
    found.extend(schemes.into_iter().flatten().map(|(_, scheme)| scheme.at));
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if members.get(MARK) == Some(&Value::Bool(true)) {
                found.push(at.to_owned());
            }
            // Examples are data.
            let inner = members
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "example" | "examples"));
            for (name, value) in inner {
                collect(value, &join(at, name), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The pointers of texts that are secrets by their name and carry no mark.
pub fn unmarked() -> Vec<String> {
    let mut found = Vec::new();
    named(&DOCUMENT, "", &mut found);
    found.sort();
    found.dedup();
    found
}

fn named(value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(members) = value.as_object() else {
        return;
    };
    for (name, inner) in members {
        let below = join(at, name);
        match name.as_str() {
            "example" | "examples" => continue,
            // What stands under components is named by us, not on the wire.
            "properties" | "headers" if at != "/components" => {
                let secrets = inner.as_object().into_iter().flatten();
                let secrets = secrets.filter(|(name, _)| sounds_secret(name));
                let nodes = secrets.filter_map(|(name, _)| Node::at(&join(&below, name)));
                let texts = nodes.filter(|node| {
                    let schema = node.child("schema");
                    let schema = schema.as_ref().unwrap_or(node);
                    schema.text("type") == Some("string") && !schema.is(MARK) && !node.is(MARK)
                });
                found.extend(texts.map(|node| node.at));
            }
            _ => {}
        }
        named(inner, &below, found);
    }
}

/// Names of secrets; what only tells the kind or the id of one is none.
fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = ["password", "secret", "token", "otp", "assertion", "cookie"];
    let about = ["type", "hint", "id"];
    words.iter().any(|word| name.contains(word)) && !about.iter().any(|end| name.ends_with(end))
}

/// The marked members of a schema: the pointer of each, and where it stands in a value.
pub fn of_schema(schema: &Node) -> Vec<(String, String)> {
    let mut found = Vec::new();
    descend(schema, "", 0, &mut found);
    found
}

fn descend(schema: &Node, instance: &str, depth: usize, found: &mut Vec<(String, String)>) {
    // Deeper than this is a circle.
    if depth > 8 {
        return;
    }
    if schema.is(MARK) {
        found.push((schema.at.clone(), instance.to_owned()));
    }
    for (name, inner) in schema.children("properties") {
        descend(&inner, &join(instance, &name), depth + 1, found);
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for inner in choices(schema, key) {
            descend(&inner, instance, depth + 1, found);
        }
    }
}

fn choices(schema: &Node, key: &str) -> Vec<Node> {
    let count = schema.value.get(key).and_then(Value::as_array);
    let indices = 0..count.map_or(0, Vec::len);
    indices
        .filter_map(|index| Node::at(&format!("{}/{key}/{index}", schema.at)))
        .collect()
}

/// The texts of a value that its schema marks, each with the pointer of the mark.
pub fn in_value(schema: &Node, value: &Value) -> Vec<(String, String)> {
    of_schema(schema)
        .into_iter()
        .filter_map(|(pointer, instance)| {
            Some((pointer, value.pointer(&instance)?.as_str()?.to_owned()))
        })
        .collect()
}

/// The texts of an answer that its declaration marks, each with the pointer of the mark.
pub fn in_answer(operation: &Operation, answer: &Answer) -> Vec<(String, String)> {
    let headers = |name: &str| {
        let all = answer.header_all(name).into_iter();
        all.map(str::to_owned).collect()
    };
    let body = serde_json::from_slice(&answer.body).ok();
    operation
        .response(answer.status)
        .map(|response| in_response(&response, headers, body.as_ref()))
        .unwrap_or_default()
}

/// The same of headers and a body by themselves.
pub fn in_response(
    response: &Node,
    headers: impl Fn(&str) -> Vec<String>,
    body: Option<&Value>,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, header) in response.children("headers") {
        let schema = header.child("schema");
        let marked = [Some(header), schema];
        for node in marked.into_iter().flatten().filter(|node| node.is(MARK)) {
            for text in headers(&name) {
                // Of a cookie the value alone is secret, not its name and attributes.
                let value = match text.split_once('=') {
                    Some((_, rest)) if name.eq_ignore_ascii_case("set-cookie") => {
                        rest.split(';').next().unwrap_or_default()
                    }
                    _ => &text,
                };
                found.push((node.at.clone(), value.to_owned()));
            }
        }
    }
    for (_, media) in response.children("content") {
        if let (Some(schema), Some(body)) = (media.child("schema"), body) {
            found.extend(in_value(&schema, body));
        }
    }
    found.retain(|(_, text)| !text.is_empty());
    found
}
