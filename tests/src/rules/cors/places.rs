//! Every path there is, of the document and of our own, and what pages may read of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    harness::document::{DOCUMENT, members, resolve},
    proofs::live::oracle::tags,
};

/// Our own paths, by the list that `cargo xtask check` holds against what is mounted; one of them is for everybody.
fn pages() -> Vec<(String, bool)> {
    let list = include_str!("../../../../xtask/accepted/routes.json");
    let list: Value = serde_json::from_str(list).expect("the list is JSON");
    let pages = list.as_array().expect("it is a list").iter();
    pages
        .map(|page| {
            assert_eq!(page["method"], "GET", "{page}");
            let path = page["path"].as_str().expect("a path");
            (path.replace("*asset", "nothing"), path == "/openapi.json")
        })
        .collect()
}

/// Everything that the document does not name.
pub fn undocumented() -> Vec<(String, bool)> {
    pages().into_iter().chain(nothing()).collect()
}

/// Paths that nothing is served at: below each prefix of each dialect, and of nobody's.
fn nothing() -> Vec<(String, bool)> {
    let mut found = vec![("/nothing".to_owned(), false)];
    for tag in tags() {
        // Where everything is open, what is missing is as well.
        let open = |(_, item): (&str, &'static Value)| {
            let operations = item.as_object().into_iter().flatten();
            let mut own = operations.filter(|(_, one)| one["tags"][0] == tag.name);
            own.all(|(_, operation)| operation["x-cors"] == "any")
        };
        let is_open = members(&DOCUMENT, "paths").all(open);
        for prefix in tag.prefixes {
            if DOCUMENT["paths"].get(&prefix).is_none() {
                found.push((format!("{prefix}/nothing"), is_open));
                found.push((prefix, is_open));
            }
        }
    }
    found
}

/// A path of the document.
pub struct Path {
    pub concrete: String,
    pub is_open: bool,
    /// In upper case, HEAD beside GET.
    pub methods: BTreeSet<String>,
    /// In lower case.
    pub headers: BTreeSet<String>,
}

/// Every path of the document, read from the document itself.
pub fn documented() -> Vec<Path> {
    let paths = members(&DOCUMENT, "paths").map(|(template, item)| {
        let mut path = Path {
            concrete: concrete(template),
            is_open: true,
            methods: BTreeSet::new(),
            headers: BTreeSet::new(),
        };
        for (method, operation) in item.as_object().into_iter().flatten() {
            path.is_open &= operation["x-cors"] == "any";
            path.methods.insert(method.to_uppercase());
            if method == "get" {
                path.methods.insert("HEAD".to_owned());
            }
            path.headers.extend(headers_of(operation));
        }
        path
    });
    paths.collect()
}

/// A path of a template: of what has that name there is none.
fn concrete(template: &str) -> String {
    let parts = template.split('/');
    let parts = parts.map(|part| {
        if part.contains('{') {
            "tok_lt_unknown"
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The headers that a caller of an operation may have to set.
fn headers_of(operation: &'static Value) -> Vec<String> {
    let mut found = Vec::new();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    for parameter in parameters {
        let (parameter, _) = resolve(parameter, String::new());
        if parameter["in"] == "header" {
            found.extend(parameter["name"].as_str());
        }
    }
    let alternatives = operation["security"].as_array().into_iter().flatten();
    for name in alternatives.flat_map(|one| one.as_object().into_iter().flatten()) {
        let scheme = &DOCUMENT["components"]["securitySchemes"][name.0];
        if scheme["type"] == "http" {
            found.push("authorization");
        } else if scheme["in"] == "header" {
            found.extend(scheme["name"].as_str());
        }
    }
    if operation.get("requestBody").is_some() {
        found.push("content-type");
    }
    found.into_iter().map(str::to_lowercase).collect()
}

/// Every path there is, and whether pages of every origin may read it.
pub fn everywhere() -> Vec<(String, bool)> {
    let documented = documented().into_iter();
    documented
        .map(|path| (path.concrete, path.is_open))
        .chain(undocumented())
        .collect()
}
