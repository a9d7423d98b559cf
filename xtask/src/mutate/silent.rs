//! Kind (f): the document is spelt differently and means the same; nobody may object.
//!
//! Some are edits of the fragments' text, which leave the merged document as it is; the others change
//! the order of things that are sets, write out defaults, or write shared parts where they are used.
//! Path-level parameters, a security of the root, const, nullable, YAML anchors and keywords without a
//! reader (`deprecated: false`, `explode`, `style`) are no spellings here: the authoring rules refuse them.

use serde_json::{Map, Value, json};

use super::drift::{Drift, Edit, references, split};
use super::judge::Judge;
use super::ledger::Ledger;
use super::outcome::{Kind, Outcome, Verdict};
use super::{Bar, Context, MutateError, parallel, pick};
use crate::document::{Document, join};
use crate::lint::sites;
use crate::load::{self, SourceText};
use crate::plan;

/// One other spelling.
#[derive(Debug)]
enum Spelling {
    /// Of the merged document.
    Value(Drift),
    /// Of the fragments, as texts.
    Text {
        operator: &'static str,
        file: String,
        texts: Vec<SourceText>,
    },
}

impl Spelling {
    fn operator(&self) -> String {
        match self {
            Self::Value(drift) => drift.operator.clone(),
            Self::Text { operator, .. } => (*operator).to_owned(),
        }
    }

    fn place(&self) -> &str {
        match self {
            Self::Value(drift) => &drift.pointer,
            Self::Text { file, .. } => file,
        }
    }

    fn id(&self) -> String {
        format!("{} {}", self.operator(), self.place())
    }
}

/// Judges every other spelling that is not in the ledger yet.
///
/// # Errors
/// When the unchanged project is not in order, or the ledger cannot be written.
pub fn run(context: &Context<'_>) -> Result<Ledger, MutateError> {
    let judge = Judge::new(context.root)?;
    let mut ledger = context.ledger(Kind::Silent, &judge.inputs())?;
    let texts = load::read(context.root).map_err(MutateError::NotInOrder)?;
    let mut open = pick(
        spellings(&judge.document, &texts),
        context.options.sample,
        context.options.seed,
        Spelling::id,
        Spelling::operator,
    );
    open.retain(|spelling| !ledger.knows(&spelling.id()));
    let mut bar = Bar::new(Kind::Silent, open.len());
    parallel(
        &open,
        context.jobs(),
        |spelling| outcome(&judge, spelling),
        |outcome| {
            bar.step(&outcome);
            ledger.record(outcome)
        },
    )?;
    Ok(ledger)
}

fn outcome(judge: &Judge, spelling: &Spelling) -> Outcome {
    let alarm = match spelling {
        Spelling::Value(drift) => alarm(judge, &drift.apply(&judge.document)),
        Spelling::Text { texts, .. } => match plan::document_from(texts) {
            Ok(document) if said(&document) == said(&judge.document) => {
                // The same value gives the same files; the proofs look at nothing else.
                None
            }
            Ok(_) => Some("the merged document is another".to_owned()),
            Err(problems) => problems
                .iter()
                .next()
                .map(|problem| problem.message.clone()),
        },
    };
    Outcome {
        id: spelling.id(),
        kind: Kind::Silent,
        operator: spelling.operator(),
        place: spelling.place().to_owned(),
        verdict: alarm.map_or(Verdict::Silent, |note| Verdict::Missed {
            note: format!("false alarm: {note}"),
        }),
    }
}

/// A document as text, in which the order counts too.
fn said(document: &Document) -> String {
    document.value.to_string()
}

fn alarm(judge: &Judge, document: &Document) -> Option<String> {
    let objection = judge.judge(document)?;
    let first = objection.problems.iter().next()?;
    Some(format!(
        "{} [{}] {}",
        first.place, first.rule, first.message
    ))
}

fn spellings(document: &Document, texts: &[SourceText]) -> Vec<Spelling> {
    let mut all: Vec<Spelling> = reordered(document)
        .into_iter()
        .chain(written_out(document))
        .chain(respelt(document))
        .map(Spelling::Value)
        .collect();
    all.extend(edited(texts));
    all
}

fn replace(operator: &str, at: &str, value: Value) -> Drift {
    Drift::new(operator, at, Edit::Set(at.to_owned(), value))
}

fn reversed(map: &Map<String, Value>) -> Value {
    map.iter()
        .rev()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The order of mappings, and of lists that are sets.
fn reordered(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for at in ["/info", "/paths", "/components"] {
        if let Some(map) = document.get(at).and_then(Value::as_object) {
            drifts.push(replace("reorder-keys", at, reversed(map)));
        }
    }
    for (kind, _) in super::operators::members(&document.value, "components") {
        let at = join("/components", kind);
        if let Some(map) = document.get(&at).and_then(Value::as_object) {
            drifts.push(replace("reorder-components", &at, reversed(map)));
        }
    }
    for site in sites::sites(document) {
        let Value::Object(map) = site.value else {
            continue;
        };
        let top = site.pointer.matches('/').count() < 4;
        if top && !site.pointer.is_empty() {
            drifts.push(replace("reorder-keywords", &site.pointer, reversed(map)));
        }
        for set in ["required", "enum", "security", "parameters"] {
            if let Some(items) = site.value.get(set).and_then(Value::as_array)
                && items.len() > 1
            {
                let items: Vec<Value> = items.iter().rev().cloned().collect();
                drifts.push(replace(
                    &format!("reorder-{set}"),
                    &site.at(set),
                    json!(items),
                ));
            }
        }
        for names in ["responses", "properties", "headers", "content", "examples"] {
            if let Some(map) = site.value.get(names).and_then(Value::as_object)
                && map.len() > 1
            {
                drifts.push(replace(
                    &format!("reorder-{names}"),
                    &site.at(names),
                    reversed(map),
                ));
            }
        }
        let alternatives = site.value.get("security").and_then(Value::as_array);
        for (index, alternative) in alternatives.into_iter().flatten().enumerate() {
            if let Some(map) = alternative.as_object().filter(|map| map.len() > 1) {
                let at = join(&site.at("security"), &index.to_string());
                drifts.push(replace("reorder-schemes", &at, reversed(map)));
            }
        }
    }
    drifts
}

/// Shared parts where they are used; a part that is used once is not shared any more.
fn written_out(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for kind in ["headers", "parameters", "examples"] {
        let at = join("/components", kind);
        let parts = document.get(&at).and_then(Value::as_object);
        for (name, part) in parts.into_iter().flatten() {
            let component = join(&at, name);
            let uses = references(&document.value, &component);
            let Some(first) = uses.first() else { continue };
            let mut drift = replace("write-out", split(first).0, part.clone());
            if uses.len() == 1 {
                drift.edits.push(Edit::Remove(component));
            }
            drifts.push(drift);
        }
    }
    drifts
}

/// Numbers, defaults and the ends of texts.
fn respelt(document: &Document) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for site in sites::sites(document) {
        for bound in ["minimum", "maximum"] {
            if let Some(number) = site.value.get(bound).and_then(Value::as_i64)
                && let Ok(number) = i32::try_from(number)
            {
                drifts.push(replace(
                    "whole-float",
                    &site.at(bound),
                    json!(f64::from(number)),
                ));
            }
        }
        if site.value.get("x-rate-bucket") == Some(&json!("default")) {
            let at = site.at("x-rate-bucket");
            drifts.push(Drift::new(
                "leave-out-default",
                at.clone(),
                Edit::Remove(at),
            ));
        }
        if site.pointer.matches('/').count() < 4
            && let Some(text) = site.text("description")
        {
            let text = if text.ends_with('\n') {
                text.trim_end().to_owned()
            } else {
                format!("{text}\n")
            };
            drifts.push(replace(
                "final-line-break",
                &site.at("description"),
                json!(text),
            ));
        }
    }
    drifts
}

/// Other texts that read the same.
fn edited(texts: &[SourceText]) -> Vec<Spelling> {
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
        for (operator, other) in other {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn there_are_many_spellings_and_each_has_a_name_of_its_own() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let document = plan::document(&root).expect("the project's own document");
        let texts = load::read(&root).expect("the fragments");
        let all = spellings(&document, &texts);
        let mut ids: Vec<String> = all.iter().map(Spelling::id).collect();
        ids.sort();
        let many = ids.len();
        ids.dedup();
        assert!(ids.len() >= 50 && ids.len() == many, "{many}");
    }
}
