//! Proof 4, what can be told without a socket: what is mounted is what the document names, and an allow-list.
//!
//! The server lists its routes from the table it routes by (`tessera routes --json`), so that nothing can be
//! served and not be on the list.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::document::{Document, METHODS, join};
use crate::problem::{Place, Problem, Problems, Rule};

/// The routes that the document does not name, each with its reason.
pub const ALLOWED: &str = "xtask/accepted/routes.json";

/// One route that the server says is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mounted {
    /// Upper case.
    pub method: String,
    /// With `{name}` for a parameter and `*name` for any rest.
    pub path: String,
    /// The dialect, or `tessera`.
    pub owner: String,
}

/// A route that may be mounted without being in the document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Upper case.
    pub method: String,
    /// As the server spells it.
    pub path: String,
    /// What it is for, and why the document does not name it.
    pub reason: String,
}

/// Reads the allow-list.
///
/// # Errors
/// A problem for a list that cannot be understood, and for each entry without a reason.
pub fn allowed(project: &Path) -> Result<Vec<Allowed>, Problems> {
    let text = match fs::read_to_string(project.join(ALLOWED)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => "[]".to_owned(),
        Err(error) => {
            let place = Place::file(ALLOWED);
            return Err(Problem::wrong(Rule::UnreadableFile, place, error.to_string()).into());
        }
    };
    let entries: Vec<Allowed> = serde_json::from_str(&text).map_err(|error| {
        let place = Place {
            column: error.column(),
            ..Place::line(ALLOWED, error.line())
        };
        Problem::wrong(Rule::AcceptedMalformed, place, error.to_string())
    })?;
    let without = entries
        .iter()
        .filter(|entry| entry.reason.trim().is_empty());
    let problems = without.map(|entry| {
        let message = format!("{} {} has no reason", entry.method, entry.path);
        Problem::wrong(Rule::AcceptedMalformed, Place::file(ALLOWED), message)
    });
    let mut found = Problems::new();
    found.extend(problems);
    found.into_result(entries)
}

/// Asks the server what it mounts.
///
/// # Errors
/// A problem with the first error of the run.
pub fn ask(project: &Path, binary: &Path) -> Result<Value, Box<Problem>> {
    super::emitted::ask_for(project, binary, &["routes", "--json"])
}

/// Compares what is mounted with the document and the allow-list, in both directions; also says how much there was.
#[must_use]
pub fn prove(document: &Document, mounted: &Value, allowed: &[Allowed]) -> (String, Problems) {
    let mut problems = Problems::new();
    let mounted: Vec<Mounted> = match serde_json::from_value(mounted.clone()) {
        Ok(mounted) => mounted,
        Err(error) => {
            problems.push(Problem::wrong(
                Rule::EmittedUnavailable,
                Place::file("server"),
                format!("the server's list of routes cannot be understood: {error}"),
            ));
            return (String::new(), problems);
        }
    };
    let documented = documented(document);
    for route in &mounted {
        let operation = documented
            .iter()
            .find(|known| known.method == route.method && known.path == route.path);
        match operation {
            Some(known) => problems.extend(foreign(document, known, route)),
            None => problems.extend(undocumented(document, route, allowed)),
        }
    }
    for known in &documented {
        let is = |route: &&Mounted| route.method == known.method && route.path == known.path;
        let count = mounted.iter().filter(is).count();
        if count != 1 {
            let message = format!("{} {} is mounted {count} times", known.method, known.path);
            let place = document.place(&known.pointer);
            problems.push(Problem::wrong(Rule::RouteMissing, place, message));
        }
    }
    for entry in allowed {
        let is = |route: &Mounted| route.method == entry.method && route.path == entry.path;
        let named = documented
            .iter()
            .any(|known| known.method == entry.method && known.path == entry.path);
        if named || !mounted.iter().any(is) {
            let why = if named {
                "is in the document by now"
            } else {
                "is not mounted any more"
            };
            problems.push(
                Problem::wrong(
                    Rule::AcceptedUnused,
                    Place::file(ALLOWED),
                    format!("{} {} {why}", entry.method, entry.path),
                )
                .with_remedy("delete the entry"),
            );
        }
    }
    let extent = format!(
        "{} operations, {} other routes",
        documented.len(),
        allowed.len()
    );
    (extent, problems)
}

fn undocumented(document: &Document, route: &Mounted, allowed: &[Allowed]) -> Option<Problem> {
    if allowed
        .iter()
        .any(|entry| entry.method == route.method && entry.path == route.path)
    {
        return None;
    }
    let item = join("/paths", &route.path);
    let (place, message) = if document.get(&item).is_some() {
        let message = format!(
            "{} mounts {} {}, and the document names the path without that method",
            route.owner, route.method, route.path
        );
        (document.place(&item), message)
    } else {
        let message = format!(
            "{} mounts {} {}, which the document does not name",
            route.owner, route.method, route.path
        );
        let place = Place {
            pointer: item,
            ..Place::file(format!("server/src/dialects/{}", route.owner))
        };
        (place, message)
    };
    Some(
        Problem::wrong(Rule::RouteUndocumented, place, message)
            .with_sides("not mounted", format!("{} {}", route.method, route.path)),
    )
}

fn foreign(document: &Document, known: &Documented, route: &Mounted) -> Option<Problem> {
    (known.tag != route.owner).then(|| {
        let message = format!(
            "{} {} is mounted by another dialect",
            known.method, known.path
        );
        let place = document.place(&join(&known.pointer, "tags"));
        Problem::wrong(Rule::RouteForeign, place, message)
            .with_sides(known.tag.clone(), route.owner.clone())
    })
}

struct Documented {
    method: String,
    path: String,
    tag: String,
    pointer: String,
}

fn documented(document: &Document) -> Vec<Documented> {
    let paths = document.get("/paths").and_then(Value::as_object);
    let mut found = Vec::new();
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let tag = operation.pointer("/tags/0").and_then(Value::as_str);
                found.push(Documented {
                    method: method.to_ascii_uppercase(),
                    path: path.clone(),
                    tag: tag.unwrap_or_default().to_owned(),
                    pointer: join(&join("/paths", path), method),
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        Document::from_value(json!({"paths": {
            "/notes": {"get": {"tags": ["sample"]}, "post": {"tags": ["sample"]}},
            "/notes/{id}": {"get": {"tags": ["sample"]}}
        }}))
    }

    fn routes(lines: &[(&str, &str, &str)]) -> Value {
        lines
            .iter()
            .map(|(method, path, owner)| json!({"method": method, "path": path, "owner": owner}))
            .collect()
    }

    fn allowed() -> Vec<Allowed> {
        vec![Allowed {
            method: "GET".to_owned(),
            path: "/healthz".to_owned(),
            reason: "health".to_owned(),
        }]
    }

    const ALL: [(&str, &str, &str); 4] = [
        ("GET", "/healthz", "tessera"),
        ("GET", "/notes", "sample"),
        ("POST", "/notes", "sample"),
        ("GET", "/notes/{id}", "sample"),
    ];

    fn found(mounted: &Value) -> Vec<(Rule, String)> {
        let (_, problems) = prove(&document(), mounted, &allowed());
        let list = problems.into_iter();
        list.map(|problem| (problem.rule, problem.place.pointer))
            .collect()
    }

    #[test]
    fn exactly_what_the_document_and_the_list_name_is_fine() {
        assert_eq!(found(&routes(&ALL)), []);
        let (extent, _) = prove(&document(), &routes(&ALL), &allowed());
        assert_eq!(extent, "3 operations, 1 other routes");
    }

    #[test]
    fn an_undocumented_path_is_seen_and_so_is_an_undocumented_method() {
        let path = [&ALL[..], &[("GET", "/debug/tokens", "sample")]].concat();
        let at = "/paths/~1debug~1tokens".to_owned();
        assert_eq!(found(&routes(&path)), [(Rule::RouteUndocumented, at)]);
        let method = [&ALL[..], &[("PUT", "/notes", "sample")]].concat();
        let at = "/paths/~1notes".to_owned();
        assert_eq!(found(&routes(&method)), [(Rule::RouteUndocumented, at)]);
    }

    #[test]
    fn an_operation_that_is_not_mounted_is_seen() {
        let at = "/paths/~1notes~1{id}/get".to_owned();
        assert_eq!(found(&routes(&ALL[..3])), [(Rule::RouteMissing, at)]);
    }

    #[test]
    fn an_operation_of_another_dialect_is_seen() {
        let mut all = ALL;
        all[1].2 = "other";
        let at = "/paths/~1notes/get/tags".to_owned();
        assert_eq!(found(&routes(&all)), [(Rule::RouteForeign, at)]);
    }

    #[test]
    fn an_entry_that_allows_nothing_any_more_is_seen() {
        assert_eq!(
            found(&routes(&ALL[1..])),
            [(Rule::AcceptedUnused, String::new())]
        );
    }

    #[test]
    fn nothing_in_place_of_a_list_is_seen() {
        let list = found(&Value::Null);
        assert_eq!(list, [(Rule::EmittedUnavailable, String::new())]);
    }
}
