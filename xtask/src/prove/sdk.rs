//! Proof: the SDK has exactly the document's operations, each with its path, method and statuses.
//!
//! The generated file is read as Rust, not as what generated it, so that an edit shows as what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use serde_json::Value;
use syn::{ImplItem, ImplItemFn, Item};

use crate::document::{Document, join};
use crate::lint::sites::METHODS;
use crate::lower::LossyEdit;
use crate::problem::{Place, Problem, Problems, Rule};

/// The file that is read.
pub const FILE: &str = "client-sdk/src/generated.rs";

/// Kinds of losses after which a declared status is unknown to the SDK.
const STATUS_LOSSES: [&str; 2] = ["bodyless-error", "untyped-error"];

/// One operation, as the document or the SDK has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// Upper-case method.
    pub method: String,
    /// Path template; the names of the parameters in snake_case.
    pub path: String,
    /// Declared statuses.
    pub statuses: BTreeSet<String>,
}

/// Compares the document with the SDK in the tree; returns how many operations the document has.
#[must_use]
pub fn prove(project: &Path, document: &Document, lossy: &[LossyEdit]) -> (usize, Problems) {
    match fs::read_to_string(project.join(FILE)) {
        Ok(text) => judge(document, &text, lossy),
        Err(error) => {
            let problem =
                Problem::wrong(Rule::UnreadableFile, Place::file(FILE), error.to_string());
            (documented(document, lossy).len(), problem.into())
        }
    }
}

/// Compares the document with the text of an SDK; returns how many operations the document has.
#[must_use]
pub fn judge(document: &Document, text: &str, lossy: &[LossyEdit]) -> (usize, Problems) {
    let wanted = documented(document, lossy);
    match syn::parse_file(text) {
        Ok(file) => {
            let found = implemented(&file);
            (wanted.len(), compare(document, &wanted, &found, text))
        }
        Err(error) => {
            let problem = Problem::stale(
                Rule::SdkOperation,
                Place::file(FILE),
                format!("the file is not Rust: {error}"),
            );
            (wanted.len(), problem.into())
        }
    }
}

/// What the document says: operationId in snake_case → pointer and call.
fn documented(document: &Document, lossy: &[LossyEdit]) -> BTreeMap<String, (String, Call)> {
    let mut calls = BTreeMap::new();
    let paths = document.get("/paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let pointer = join(&join("/paths", path), method);
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
                continue;
            };
            let at = join(&pointer, "responses");
            let statuses = operation
                .get("responses")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|responses| responses.keys())
                .filter(|status| {
                    let at = join(&at, status);
                    !lossy.iter().any(|edit| {
                        edit.pointer == at && STATUS_LOSSES.contains(&edit.kind.as_str())
                    })
                })
                .cloned()
                .collect();
            let call = Call {
                method: method.to_uppercase(),
                path: snake_parameters(path),
                statuses,
            };
            calls.insert(id.to_snake_case(), (pointer, call));
        }
    }
    calls
}

fn snake_parameters(path: &str) -> String {
    path.split('/')
        .map(|segment| {
            match segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(name) => format!("{{{}}}", name.to_snake_case()),
                None => segment.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// What the SDK does: the methods of `Client` that return a builder, and what each builder sends.
fn implemented(file: &syn::File) -> BTreeMap<String, Option<Call>> {
    let mut builders = BTreeMap::new();
    for item in &file.items {
        if let Item::Mod(module) = item
            && module.ident == "builder"
        {
            for item in module.content.iter().flat_map(|(_, items)| items) {
                if let Item::Impl(block) = item
                    && let Some(name) = last_ident(&block.self_ty.to_token_stream())
                {
                    for function in functions(&block.items) {
                        if let Some(call) = sent(function) {
                            builders.insert(name.clone(), call);
                        }
                    }
                }
            }
        }
    }
    let mut calls = BTreeMap::new();
    for item in &file.items {
        if let Item::Impl(block) = item
            && block.trait_.is_none()
            && last_ident(&block.self_ty.to_token_stream()).as_deref() == Some("Client")
        {
            for function in functions(&block.items) {
                let output = function.sig.output.to_token_stream();
                if has_ident(&output, "builder")
                    && let Some(name) = last_ident(&output)
                {
                    calls.insert(function.sig.ident.to_string(), builders.get(&name).cloned());
                }
            }
        }
    }
    calls
}

fn functions(items: &[ImplItem]) -> impl Iterator<Item = &ImplItemFn> {
    items.iter().filter_map(|item| {
        if let ImplItem::Fn(function) = item {
            Some(function)
        } else {
            None
        }
    })
}

fn flatten(tokens: TokenStream, flat: &mut Vec<TokenTree>) {
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            flatten(group.stream(), flat);
        } else {
            flat.push(token);
        }
    }
}

fn idents(tokens: &TokenStream) -> Vec<String> {
    let mut flat = Vec::new();
    flatten(tokens.clone(), &mut flat);
    flat.iter()
        .filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
        })
        .collect()
}

/// The last name of a type, its lifetimes left aside.
fn last_ident(tokens: &TokenStream) -> Option<String> {
    idents(tokens)
        .into_iter()
        .rfind(|ident| ident.starts_with(|first: char| first.is_ascii_uppercase()))
}

fn has_ident(tokens: &TokenStream, wanted: &str) -> bool {
    idents(tokens).iter().any(|ident| ident == wanted)
}

/// What a builder's asynchronous function sends, if it sends something.
fn sent(function: &ImplItemFn) -> Option<Call> {
    function.sig.asyncness?;
    let mut flat = Vec::new();
    flatten(function.block.to_token_stream(), &mut flat);
    let texts: Vec<String> = flat.iter().map(ToString::to_string).collect();
    let is = |index: usize, text: &str| texts.get(index).is_some_and(|found| found == text);
    let mut call = Call::default();
    let mut template = None;
    let mut parameters = Vec::new();
    for index in 0..texts.len() {
        let text = &texts[index];
        if is(index, "format") && is(index + 1, "!") && template.is_none() {
            template = texts
                .get(index + 2)
                .map(|literal| literal.trim_matches('"').to_owned());
        }
        if text == "encode_path" {
            parameters.extend(texts.get(index + 2).cloned());
        }
        if index > 0
            && is(index - 1, ".")
            && is(index + 1, "url")
            && METHODS.contains(&text.as_str())
        {
            call.method = text.to_uppercase();
        }
        if let Some(status) = text.strip_suffix("u16")
            && status.parse::<u16>().is_ok()
        {
            call.statuses.insert(status.to_owned());
        }
    }
    let template = template?;
    let mut parameters = parameters.into_iter();
    call.path = template
        .strip_prefix("{}")?
        .split('/')
        .map(|segment| {
            if segment == "{}" {
                format!("{{{}}}", parameters.next().unwrap_or_default())
            } else {
                segment.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("/");
    Some(call)
}

fn compare(
    document: &Document,
    wanted: &BTreeMap<String, (String, Call)>,
    found: &BTreeMap<String, Option<Call>>,
    text: &str,
) -> Problems {
    let mut problems = Problems::new();
    let mut differ = |place: Place, message: String, expected: String, found: String| {
        if expected != found {
            let problem = Problem::stale(Rule::SdkOperation, place, message);
            problems.push(problem.with_sides(expected, found));
        }
    };
    let list = |statuses: &BTreeSet<String>| statuses.iter().cloned().collect::<Vec<_>>().join(" ");
    for (id, (pointer, expected)) in wanted {
        let Some(call) = found.get(id) else {
            differ(
                document.place(pointer),
                format!("the SDK has no method {id}"),
                format!("{} {}", expected.method, expected.path),
                "nothing".to_owned(),
            );
            continue;
        };
        let builder = format!("pub struct {}", id.to_upper_camel_case());
        let place = || Place {
            pointer: pointer.clone(),
            ..Place::line(FILE, line_of(text, &builder))
        };
        let call = call.clone().unwrap_or_default();
        let sends = |what: &str| format!("{id} has another {what} than the document");
        differ(
            place(),
            sends("method"),
            expected.method.clone(),
            call.method,
        );
        differ(place(), sends("path"), expected.path.clone(), call.path);
        differ(
            place(),
            sends("set of statuses"),
            list(&expected.statuses),
            list(&call.statuses),
        );
    }
    for (id, call) in found {
        if !wanted.contains_key(id) {
            let call = call.clone().unwrap_or_default();
            differ(
                Place::line(FILE, line_of(text, &format!("pub fn {id}"))),
                format!("the SDK has a method {id} that the document does not have"),
                "nothing".to_owned(),
                format!("{} {}", call.method, call.path),
            );
        }
    }
    problems
}

/// The line of the first occurrence, from 1.
fn line_of(text: &str, needle: &str) -> usize {
    text.find(needle)
        .map_or(1, |at| text[..at].matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SDK: &str = r#"
impl Client {
    pub fn sample_read_note(&self) -> builder::SampleReadNote<'_> { builder::SampleReadNote::new(self) }
}
pub mod builder {
    pub struct SampleReadNote<'a> { client: &'a super::Client }
    impl<'a> SampleReadNote<'a> {
        pub(super) async fn exchange(self) -> Result<(), ()> {
            let url = format!("{}/notes/{}", client.baseurl, encode_path(& note_id.to_string()),);
            let request = client.client.get(url).build()?;
            client.post(&result, &info).await?;
            match response.status().as_u16() { 200u16 => a, 404u16 => b, _ => c }
        }
    }
}
"#;

    fn document(path: &str) -> Document {
        Document::from_value(
            json!({"paths": {path: {"get": {"operationId": "sample_read_note",
            "responses": {"200": {}, "401": {}, "404": {}}}}}}),
        )
    }

    fn problems(document: &Document, sdk: &str) -> Vec<String> {
        let lossy = [LossyEdit {
            kind: "bodyless-error".to_owned(),
            pointer: "/paths/~1notes~1{noteId}/get/responses/401".to_owned(),
            lost: String::new(),
        }];
        let file = syn::parse_file(sdk).expect("Rust");
        compare(
            document,
            &documented(document, &lossy),
            &implemented(&file),
            sdk,
        )
        .into_iter()
        .map(|problem| problem.message)
        .collect()
    }

    #[test]
    fn an_equal_operation_is_no_problem() {
        assert_eq!(
            problems(&document("/notes/{noteId}"), SDK),
            Vec::<String>::new()
        );
    }

    #[test]
    fn another_path_method_or_status_is_a_problem() {
        let document = document("/notes/{noteId}");
        let cases = [
            ("{}/notes/{}", "{}/note/{}", "path"),
            (".get(url)", ".put(url)", "method"),
            ("404u16", "410u16", "set of statuses"),
        ];
        for (from, to, what) in cases {
            let found = problems(&document, &SDK.replace(from, to));
            assert_eq!(
                found,
                [format!(
                    "sample_read_note has another {what} than the document"
                )]
            );
        }
    }

    #[test]
    fn a_missing_and_a_superfluous_method_are_problems() {
        let found = problems(
            &document("/notes/{noteId}"),
            &SDK.replace("fn sample_read_note", "fn sample_peek"),
        );
        assert_eq!(
            found,
            [
                "the SDK has no method sample_read_note",
                "the SDK has a method sample_peek that the document does not have"
            ]
        );
    }
}
