//! Proof "closed world": nothing answers but what the document names, and every other request is refused by the
//! dialect that owns its path, in that dialect's envelope.

mod counted;
mod envelope;
mod neighbours;

use std::{collections::BTreeSet, time::Instant};

use futures_util::{StreamExt, stream};
use serde_json::Value;

use self::envelope::{Owners, Why};
use crate::{
    harness::{
        Answer, Call, Tessera,
        document::{DOCUMENT, members, resolve},
    },
    proofs::report::{self, Finding},
};

/// The methods of RFC 9110 and PATCH, and some that nobody has heard of. CONNECT has no path.
const METHODS: [&str; 11] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", "PROPFIND",
];

/// The methods of neighbours: what an operation most often has.
const COMMON: [&str; 3] = ["GET", "POST", "DELETE"];

/// Our own pages, which the document does not name; each answers GET.
const PAGES: [&str; 12] = [
    "/",
    "/docs",
    "/docs/",
    "/docs/favicon-16x16.png",
    "/docs/favicon-32x32.png",
    "/docs/swagger-initializer.js",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/docs/tessera.css",
    "/openapi.json",
    "/healthz",
    "/readyz",
];

/// How many requests are open at a time.
const AT_ONCE: usize = 16;

/// One request and what has to come of it.
struct Case {
    method: String,
    path: String,
    /// The methods of the path when it is one that answers.
    allowed: Option<Vec<&'static str>>,
    /// The fact of the document that is asked about.
    pointer: String,
}

/// Every path of the document, with the methods it has.
struct Routes(Vec<(Vec<&'static str>, Vec<&'static str>)>);

impl Routes {
    fn read() -> Self {
        let methods = |item: &'static Value| {
            let all = item.as_object().into_iter().flatten();
            all.filter(|(_, operation)| operation.get("operationId").is_some())
                .map(|(method, _)| method.as_str())
                .collect()
        };
        let paths = members(&DOCUMENT, "paths");
        Self(
            paths
                .map(|(path, item)| (path.split('/').collect(), methods(item)))
                .collect(),
        )
    }

    /// The documented methods of a concrete path, in upper case and with HEAD beside GET; `None` when it is not documented.
    fn methods(&self, path: &str) -> Option<Vec<&'static str>> {
        if PAGES.contains(&path) {
            return Some(vec!["GET", "HEAD"]);
        }
        let sent: Vec<&str> = path.split('/').collect();
        let matches = |template: &[&str]| {
            template.len() == sent.len()
                && template
                    .iter()
                    .zip(&sent)
                    .all(|(one, sent)| one == sent || (one.starts_with('{') && !sent.is_empty()))
        };
        let (_, methods) = self.0.iter().find(|(template, _)| matches(template))?;
        let has = |method: &str| methods.contains(&method.to_ascii_lowercase().as_str());
        let all = METHODS.into_iter();
        Some(
            all.filter(|method| {
                method.chars().all(|sign| sign.is_ascii_uppercase())
                    && (has(method) || (*method == "HEAD" && has("GET")))
            })
            .collect(),
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds() {
    let started = Instant::now();
    let routes = Routes::read();
    let owners = Owners::read();
    let mut findings = owners.faults();
    if owners.all().iter().any(|tag| tag.prefixes.is_empty()) {
        // Whose the paths are is not known then, and nothing that is asked would say anything.
        report::conclude("closed", "nothing asked", started.elapsed(), findings);
        return;
    }
    let cases = cases(&routes, &owners);
    let server = Tessera::start().await;
    let address = server.address();
    let count = cases.len();
    let mut answers = stream::iter(cases)
        .map(|case| async move {
            let answer = Call::new(&case.method, &case.path).send_to(address).await;
            (case, answer)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((case, answer)) = answers.next().await {
        findings.extend(judge(&case, &answer, &owners));
    }
    findings.extend(heads(&routes, &server).await);
    findings.extend(counted::run(&owners).await);
    let extent = format!("{count} requests, {} paths", routes.0.len());
    report::conclude("closed", extent, started.elapsed(), findings);
}

fn cases(routes: &Routes, owners: &Owners) -> Vec<Case> {
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    let mut add = |method: &str, path: &str, pointer: &str| {
        if seen.insert((method.to_owned(), path.to_owned())) {
            cases.push(Case {
                method: method.to_owned(),
                path: path.to_owned(),
                allowed: routes.methods(path),
                pointer: pointer.to_owned(),
            });
        }
    };
    for (template, item) in members(&DOCUMENT, "paths") {
        let pointer = format!("/paths/{}", template.replace('~', "~0").replace('/', "~1"));
        let path = concrete(template, item);
        for method in METHODS {
            add(method, &path, &pointer);
        }
        let own = item.as_object().into_iter().flatten();
        let own: Vec<String> = own.map(|(method, _)| method.to_ascii_uppercase()).collect();
        for neighbour in neighbours::of(template, &path) {
            for method in COMMON.iter().copied().chain(own.iter().map(String::as_str)) {
                add(method, &neighbour, &pointer);
            }
        }
    }
    for page in PAGES {
        for method in METHODS {
            add(method, page, "/paths");
        }
    }
    let segments = routes.0.iter().flat_map(|(segments, _)| segments);
    for path in neighbours::guesses(segments.copied(), &owners.prefixes()) {
        for method in ["GET", "POST"] {
            add(method, &path, "/paths");
        }
    }
    cases
}

/// A path with an example in the place of each parameter.
fn concrete(template: &str, item: &'static Value) -> String {
    let operations = item.as_object().into_iter().flatten();
    let parameters = operations.flat_map(|(_, operation)| {
        let list = operation.get("parameters").and_then(Value::as_array);
        list.into_iter().flatten()
    });
    let mut path = template.to_owned();
    for parameter in parameters {
        let (parameter, _) = resolve(parameter, String::new());
        let name = parameter["name"].as_str().unwrap_or_default();
        let example = parameter["example"].as_str().unwrap_or("any");
        path = path.replace(&format!("{{{name}}}"), example);
    }
    path
}

fn judge(case: &Case, answer: &Answer, owners: &Owners) -> Vec<Finding> {
    let Case {
        method,
        path,
        allowed,
        pointer,
    } = case;
    let curl = format!("curl -i --path-as-is -X {method} \"$BASE{path}\"");
    let answered = allowed
        .as_ref()
        .is_some_and(|methods| methods.contains(&method.as_str()));
    if answered {
        if PAGES.contains(&path.as_str()) {
            return page(path, answer, &curl);
        }
        // Whatever an operation answers, it answers; what exactly is another proof's.
        let refused = answer.header_all("allow").is_empty() && answer.status != 405;
        return if refused {
            Vec::new()
        } else {
            let message = format!("{method} {path} is documented and refused as a wrong method");
            vec![Finding::new("closed-refused", pointer, message).curl(curl)]
        };
    }
    let why = match allowed {
        Some(_) => Why::Method,
        None => Why::Path,
    };
    let owner = owners.of(path);
    let mut findings = envelope::faults(owner, why, answer, method != "HEAD");
    let mut find = |rule, message: String, expected: String, found: String| {
        findings.push(Finding::new(rule, pointer, message).sides(expected, found));
    };
    if let Some(status) = envelope::status(owner, why)
        && answer.status != status
    {
        find(
            "closed-answers",
            format!(
                "{method} {path} is {}, and is not refused as one",
                why.said()
            ),
            status.to_string(),
            answer.status_line.clone(),
        );
    }
    let sent = answer.header_all("allow").join(", ");
    let wanted = allowed.clone().unwrap_or_default().join(", ");
    if sent != wanted {
        find(
            "closed-allow",
            format!("Allow is not what the document has at {path}"),
            wanted,
            sent,
        );
    }
    let with_curl = findings
        .into_iter()
        .map(|finding| finding.curl(curl.clone()));
    with_curl.collect()
}

/// A page of our own answers with a success or the redirect to one.
fn page(path: &str, answer: &Answer, curl: &str) -> Vec<Finding> {
    if matches!(answer.status, 200 | 308) {
        return Vec::new();
    }
    let message = format!("the page {path} does not answer");
    let finding = Finding::new("closed-answers", "/paths", message);
    vec![
        finding
            .sides("200 or 308", answer.status_line.clone())
            .curl(curl),
    ]
}

/// HEAD is GET without the body.
async fn heads(routes: &Routes, server: &Tessera) -> Vec<Finding> {
    let mut findings = Vec::new();
    let documented = routes
        .0
        .iter()
        .filter(|(template, methods)| {
            methods.contains(&"get") && !template.iter().any(|one| one.starts_with('{'))
        })
        .map(|(template, _)| template.join("/"));
    for path in documented.chain(PAGES.map(str::to_owned)) {
        let get = Call::get(&path).send(server).await;
        let head = Call::new("HEAD", &path).send(server).await;
        let mut wanted = head_of(&get);
        // The body is gone, its length is not; of no body none need be told.
        if get.body.is_empty() {
            wanted.remove("content-length: 0");
        } else {
            wanted.insert(format!("content-length: {}", get.body.len()));
        }
        let found = head_of(&head);
        if wanted != found || head.status != get.status || !head.body.is_empty() {
            let pointer = format!("/paths/{}", path.replace('/', "~1"));
            let message = format!("HEAD {path} is not GET without the body");
            findings.push(
                Finding::new("closed-head", pointer, message)
                    .sides(
                        format!("{} {wanted:?}", get.status),
                        format!("{} {found:?}", head.status),
                    )
                    .curl(format!("curl -I \"$BASE{path}\"")),
            );
        }
    }
    findings
}

/// What does not differ from request to request.
fn head_of(answer: &Answer) -> BTreeSet<String> {
    const PASSING: [&str; 5] = [
        "date",
        "x-request-id",
        "x-runtime",
        "x-ratelimit-remaining",
        "transfer-encoding",
    ];
    let lines = answer.headers.iter();
    lines
        .filter(|(name, _)| !PASSING.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}
