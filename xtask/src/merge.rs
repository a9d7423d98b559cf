//! Puts the root file and the fragments together into one document; nothing is ever overwritten.
//!
//! The order is that of the file names, and within a file that of its text.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::artefact::Artefact;
use crate::document::{Document, Position, join, rest_within};
use crate::glance;
use crate::load::Sources;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::yaml::Parsed;

/// The kinds of components, in the order in which the document holds them.
pub const COMPONENT_KINDS: [&str; 7] = [
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
];

/// Merges the sources; two definitions of the same thing are a problem that names both places, and
/// the first of them stays in the document so that linting can go on.
pub fn merge(sources: &Sources, problems: &mut Problems) -> Document {
    let mut merge = Merge {
        positions: HashMap::new(),
        problems,
        operations: HashMap::new(),
    };
    let mut value = Map::new();
    if let Value::Object(root) = &sources.root.value {
        for (key, member) in root {
            value.insert(key.clone(), member.clone());
        }
    }
    merge.positions.extend(sources.root.positions.clone());
    let tags = merge.tags(&sources.fragments);
    if let Some(Value::String(text)) = value
        .get_mut("info")
        .and_then(|info| info.get_mut("description"))
    {
        *text = glance::described(text, &tags);
    }
    value.insert("tags".to_owned(), tags);
    value.insert("paths".to_owned(), merge.paths(&sources.fragments));
    value.insert(
        "components".to_owned(),
        merge.components(&sources.fragments),
    );
    Document {
        positions: merge.positions,
        value: Value::Object(value),
    }
}

/// The merged document as the file that is published.
#[must_use]
pub fn artefact(document: &Document) -> Artefact {
    Artefact {
        path: PathBuf::from(crate::MERGED),
        content: format!("{:#}\n", document.value),
    }
}

struct Merge<'a> {
    positions: HashMap<String, Position>,
    problems: &'a mut Problems,
    /// Where each operationId was first used.
    operations: HashMap<String, Position>,
}

impl Merge<'_> {
    fn tags(&mut self, fragments: &[Parsed]) -> Value {
        let mut tags: Vec<Value> = Vec::new();
        let mut names: HashMap<String, Position> = HashMap::new();
        for fragment in fragments {
            let Some(Value::Array(own)) = fragment.value.get("tags") else {
                continue;
            };
            for (index, tag) in own.iter().enumerate() {
                let from = format!("/tags/{index}");
                let Some(position) = fragment.positions.get(&from) else {
                    continue;
                };
                if let Some(name) = tag.get("name").and_then(Value::as_str) {
                    if let Some(first) = names.get(name) {
                        self.collide("the tag", name, first, position, &from);
                        continue;
                    }
                    names.insert(name.to_owned(), position.clone());
                }
                self.adopt(fragment, &from, &format!("/tags/{}", tags.len()));
                tags.push(tag.clone());
            }
        }
        Value::Array(tags)
    }

    fn paths(&mut self, fragments: &[Parsed]) -> Value {
        let mut paths: Map<String, Value> = Map::new();
        // Templates that differ only in the names of their parameters are one path to a router.
        let mut shapes: HashMap<String, String> = HashMap::new();
        for fragment in fragments {
            let Some(Value::Object(own)) = fragment.value.get("paths") else {
                continue;
            };
            for (path, item) in own {
                let from = join("/paths", path);
                let Some(position) = fragment.positions.get(&from) else {
                    continue;
                };
                let known = shapes
                    .entry(path_shape(path))
                    .or_insert_with(|| path.clone());
                if known != path {
                    let known = known.clone();
                    if let Some(first) = self.positions.get(&join("/paths", &known)).cloned() {
                        self.collide("the path", path, &first, position, &from);
                    }
                    continue;
                }
                let Value::Object(item) = item else {
                    self.adopt(fragment, &from, &from);
                    paths.entry(path.clone()).or_insert_with(|| item.clone());
                    continue;
                };
                self.operation_ids(fragment, &from, item);
                match paths.get_mut(path) {
                    None => {
                        self.adopt(fragment, &from, &from);
                        paths.insert(path.clone(), Value::Object(item.clone()));
                    }
                    Some(Value::Object(existing)) => {
                        for (method, operation) in item {
                            let from = join(&from, method);
                            let Some(position) = fragment.positions.get(&from) else {
                                continue;
                            };
                            if let Some(first) = self.positions.get(&from).cloned() {
                                let what = format!("{} {path}", method.to_uppercase());
                                self.collide("the operation", &what, &first, position, &from);
                            } else {
                                self.adopt(fragment, &from, &from);
                                existing.insert(method.clone(), operation.clone());
                            }
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        Value::Object(paths)
    }

    fn operation_ids(&mut self, fragment: &Parsed, path: &str, item: &Map<String, Value>) {
        for (method, operation) in item {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
                continue;
            };
            let pointer = join(&join(path, method), "operationId");
            let Some(position) = fragment.positions.get(&pointer) else {
                continue;
            };
            if let Some(first) = self.operations.get(id).cloned() {
                self.collide("the operationId", id, &first, position, &pointer);
            } else {
                self.operations.insert(id.to_owned(), position.clone());
            }
        }
    }

    fn components(&mut self, fragments: &[Parsed]) -> Value {
        let mut components: Map<String, Value> = COMPONENT_KINDS
            .iter()
            .map(|kind| ((*kind).to_owned(), Value::Object(Map::new())))
            .collect();
        for fragment in fragments {
            let Some(Value::Object(kinds)) = fragment.value.get("components") else {
                continue;
            };
            for (kind, own) in kinds {
                let from = join("/components", kind);
                if let Some(position) = fragment.positions.get(&from) {
                    self.positions
                        .entry(from.clone())
                        .or_insert_with(|| position.clone());
                }
                let Value::Object(own) = own else { continue };
                for (name, component) in own {
                    let from = join(&from, name);
                    let Some(position) = fragment.positions.get(&from) else {
                        continue;
                    };
                    if let Some(first) = self.positions.get(&from).cloned() {
                        self.collide("the component", name, &first, position, &from);
                        continue;
                    }
                    self.adopt(fragment, &from, &from);
                    let kind = components
                        .entry(kind.clone())
                        .or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(kind) = kind {
                        kind.insert(name.clone(), component.clone());
                    }
                }
            }
        }
        components.retain(|_, kind| kind.as_object().is_none_or(|kind| !kind.is_empty()));
        Value::Object(components)
    }

    /// Takes over the positions of everything at and below `from`, under the pointer `to`.
    fn adopt(&mut self, fragment: &Parsed, from: &str, to: &str) {
        for (pointer, position) in &fragment.positions {
            if let Some(rest) = rest_within(pointer, from) {
                self.positions
                    .insert(format!("{to}{rest}"), position.clone());
            }
        }
    }

    fn collide(
        &mut self,
        what: &str,
        name: &str,
        first: &Position,
        second: &Position,
        pointer: &str,
    ) {
        self.problems.push(Problem::wrong(
            Rule::MergeCollision,
            Place {
                file: second.file.to_path_buf(),
                line: second.line,
                column: second.column,
                pointer: pointer.to_owned(),
            },
            format!(
                "{what} {name} is already defined at {}:{}:{}",
                first.file.display(),
                first.line,
                first.column
            ),
        ));
    }
}

/// A path template with the names of its parameters left out.
fn path_shape(path: &str) -> String {
    path.split('/')
        .map(|segment| {
            if segment.starts_with('{') && segment.ends_with('}') {
                "{}"
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}
