//! Calls from pages of other origins, over sockets: every path of the document and of our own, refusals included.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use serde_json::{Value, json};
use tessera_server::config::Config;

use super::{auth_api, pnut};
use crate::harness::{
    Answer, Call, Tessera,
    animeloop::{LOGIN, LOGOUT, NEW, TOKEN, assert_code, cookie_of},
    document::{DOCUMENT, members, resolve},
};

const HOME: &str = "https://app.example.com";
const OTHERS: &str = "https://evil.example";

/// What pages may read besides the body, by the contract.
const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-OAuth-Scopes, \
     X-Token, X-Token-Id, X-Request-Id, Retry-After";

/// Our own paths, by the list that `cargo xtask check` holds against what is mounted; one of them is for everybody.
fn pages() -> Vec<(String, bool)> {
    let list = include_str!("../../../xtask/accepted/routes.json");
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
fn undocumented() -> Vec<(String, bool)> {
    let nothing = NOTHING.map(|(path, is_open)| (path.to_owned(), is_open));
    pages().into_iter().chain(nothing).collect()
}

/// Paths that nothing is served at.
const NOTHING: [(&str, bool); 8] = [
    ("/v1", true),
    ("/v1/nothing", true),
    ("/v1/auth/nothing", false),
    ("/api/v1/nothing", false),
    ("/api/v1/auth/nothing", false),
    ("/api/v2/nothing", false),
    ("/oauth/nothing", false),
    ("/nothing", false),
];

/// A path of the document.
struct Path {
    concrete: String,
    is_open: bool,
    /// In upper case, HEAD beside GET.
    methods: BTreeSet<String>,
    /// In lower case.
    headers: BTreeSet<String>,
}

/// Every path of the document, read from the document itself.
fn documented() -> Vec<Path> {
    let paths = members(&DOCUMENT, "paths").map(|(template, item)| {
        let mut path = Path {
            concrete: template.replace("{tokenId}", "tok_lt_unknown"),
            is_open: true,
            methods: BTreeSet::new(),
            headers: BTreeSet::new(),
        };
        assert!(!path.concrete.contains('{'), "{template}");
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
fn everywhere() -> Vec<(String, bool)> {
    let documented = documented().into_iter();
    documented
        .map(|path| (path.concrete, path.is_open))
        .chain(undocumented())
        .collect()
}

fn preflight(path: &str, origin: &str, method: &str) -> Call {
    Call::new("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
}

fn list(answer: &Answer, name: &str) -> BTreeSet<String> {
    let value = answer.header(name).unwrap_or_default();
    let names = value.split(", ").filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Asserts who may read an answer; `None` is nobody, `*` everybody without credentials.
#[track_caller]
fn assert_readers(answer: &Answer, readers: Option<&str>, what: &str) {
    let found = answer.header("access-control-allow-origin");
    assert_eq!(found, readers, "{what}: {}", answer.status_line);
    let credentials = readers.filter(|readers| *readers != "*").map(|_| "true");
    let found = answer.header("access-control-allow-credentials");
    assert_eq!(found, credentials, "{what}: {}", answer.status_line);
    if answer.status != 204 || answer.header("access-control-allow-methods").is_none() {
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed, readers.map(|_| EXPOSED), "{what}");
    }
}

/// The quotas of a server whose every bucket is empty after one request.
fn one_request(config: &mut Config) {
    let rates = &mut config.policy.rates;
    for quota in [
        &mut rates.anonymous_reads,
        &mut rates.token_reads,
        &mut rates.writes,
        &mut rates.general,
    ] {
        quota.limit = NonZeroU32::MIN;
    }
}

fn listing(config: &mut Config) {
    let origin = HOME.parse().expect("an origin");
    config.network.origins = [origin].into_iter().collect();
}

#[tokio::test]
async fn a_preflight_of_every_path_is_answered_by_its_own_methods_and_headers_and_not_counted() {
    let server = Tessera::start_with(one_request).await;
    let listed = Tessera::start_with(|config| {
        one_request(config);
        listing(config);
    })
    .await;
    for path in documented() {
        for method in path.methods.iter().map(String::as_str).chain(["BREW"]) {
            for (server, origin, readers) in [
                (&server, HOME, None),
                (&listed, HOME, Some(HOME)),
                (&listed, OTHERS, None),
                (&listed, "null", None),
            ] {
                let call = preflight(&path.concrete, origin, method);
                let answer = call.send(server).await.expect(204);
                let what = format!("{method} {} from {origin}", path.concrete);
                let readers = readers.or(path.is_open.then_some("*"));
                assert_readers(&answer, readers, &what);
                let methods = list(&answer, "access-control-allow-methods");
                assert_eq!(methods, path.methods, "{what}");
                let headers = list(&answer, "access-control-allow-headers");
                let headers: BTreeSet<_> = headers.iter().map(|name| name.to_lowercase()).collect();
                assert_eq!(headers, path.headers, "{what}");
                let age = answer.header("access-control-max-age");
                assert_eq!(age.is_some(), readers.is_some(), "{what}");
                let vary = list(&answer, "vary");
                assert!(vary.contains("Origin"), "{what}: {vary:?}");
                assert_eq!(answer.header("allow"), None, "{what}");
            }
        }
    }
    for (path, is_open) in undocumented() {
        let call = preflight(&path, HOME, "GET");
        let answer = call.send(&server).await.expect(204);
        assert_readers(&answer, is_open.then_some("*"), &path);
        let answer = call.send(&listed).await.expect(204);
        assert_readers(&answer, Some(HOME), &path);
        let methods = list(&answer, "access-control-allow-methods");
        assert!(!methods.is_empty(), "{path}");
    }
    // Nothing was counted: each owner's first request is not refused for its rate.
    let counted = Call::get(pnut::TOKEN).send(&server).await.expect(401);
    assert_eq!(counted.header("x-ratelimit-remaining"), Some("0"));
    Call::get("/oauth/nothing").send(&server).await.expect(404);
    Call::get(pnut::TOKEN).send(&server).await.expect(429);
}

#[tokio::test]
async fn a_preflight_whose_header_is_malformed_is_refused_as_any_request_is() {
    let server = Tessera::start().await;
    let host = || preflight(pnut::TOKEN, HOME, "GET").header("Host", "127.0.0.1");
    for call in [
        host().header("Host", "127.0.0.1"),
        host().header("X-Long", vec![b'a'; 9000]),
    ] {
        let answer = call.send(&server).await.expect(400);
        assert_eq!(answer.json()["meta"]["code"], 400);
        assert_readers(&answer, Some("*"), "malformed");
    }
    host().send(&server).await.expect(204);
}

#[tokio::test]
async fn an_options_request_that_is_no_preflight_gets_what_a_wrong_method_gets() {
    let server = Tessera::start().await;
    for path in documented() {
        let wrong = Call::new("BREW", &path.concrete).send(&server).await;
        for call in [
            Call::new("OPTIONS", &path.concrete),
            Call::new("OPTIONS", &path.concrete).header("Origin", HOME),
            Call::new("OPTIONS", &path.concrete).header("Access-Control-Request-Method", "POST"),
        ] {
            let answer = call.send(&server).await.expect(wrong.status);
            assert_eq!(answer.header("allow"), wrong.header("allow"));
            assert_eq!(answer.text(), wrong.text());
            assert_readers(&answer, path.is_open.then_some("*"), &path.concrete);
        }
    }
}

/// Requests for each status that the edge, a dialect or storage refuses with: what they are called, and the request.
fn refused(path: &str) -> Vec<(&'static str, Call)> {
    let form = "application/x-www-form-urlencoded";
    vec![
        ("get", Call::get(path)),
        ("head", Call::new("HEAD", path)),
        ("post", Call::post(path)),
        ("unknown method", Call::new("BREW", path)),
        ("malformed", Call::post(path).body("application/json", "{")),
        (
            "a long body",
            Call::post(path).body(form, vec![b'a'; 66_000]),
        ),
        ("another type", Call::post(path).body("text/plain", "a")),
        (
            "a long header",
            Call::get(path).header("X-Long", vec![b'a'; 9000]),
        ),
        ("a wrong token", Call::get(path).bearer("unknown")),
    ]
}

#[tokio::test]
async fn every_answer_says_whose_pages_may_read_it() {
    let server = Tessera::start().await;
    let listed = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let limited = Tessera::start_with(one_request).await;
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for (path, is_open) in everywhere() {
        let anybody = is_open.then_some("*");
        for (label, call) in refused(&path) {
            let what = format!("{label} at {path}");
            for server in [&server, &limited] {
                let answer = call.clone().header("Origin", HOME).send(server).await;
                assert_readers(&answer, anybody, &what);
                assert!(!answer.header_all("vary").contains(&"Origin"), "{what}");
                *statuses.entry(answer.status).or_default() += 1;
            }
            // What a cache holds of a request without an origin may be shown to one with.
            assert_readers(&call.send(&server).await, anybody, &what);
            let answer = call.clone().header("Origin", HOME).send(&listed).await;
            assert_readers(&answer, Some(HOME), &what);
            assert!(answer.header_all("vary").contains(&"Origin"), "{what}");
            for stranger in [OTHERS, "null", "https://app.example.com/", ""] {
                let answer = call.clone().header("Origin", stranger).send(&listed).await;
                assert_readers(&answer, anybody, &what);
                assert!(answer.header_all("vary").contains(&"Origin"), "{what}");
            }
            let twice = call.header("Origin", HOME).header("Origin", OTHERS);
            assert_readers(&twice.send(&listed).await, anybody, &what);
        }
    }
    for status in [200, 308, 400, 401, 404, 405, 413, 415, 429] {
        assert!(statuses.contains_key(&status), "{status} in {statuses:?}");
    }
}

#[tokio::test]
async fn a_failure_of_storage_may_be_read_by_the_same_pages() {
    let listed = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    listed.break_storage().await;
    for (call, origin, readers) in [
        (Call::get(pnut::TOKEN).bearer("unknown"), HOME, Some(HOME)),
        (Call::get(pnut::TOKEN).bearer("unknown"), OTHERS, Some("*")),
        (Call::get("/readyz"), HOME, Some(HOME)),
        (Call::get("/readyz"), OTHERS, None),
        (
            Call::post(auth_api::SHORT).bearer("lt_unknown"),
            HOME,
            Some(HOME),
        ),
        (
            Call::post(auth_api::SHORT).bearer("lt_unknown"),
            OTHERS,
            None,
        ),
    ] {
        let answer = call
            .header("Origin", origin)
            .send(&listed)
            .await
            .expect(503);
        assert_readers(&answer, readers, origin);
        assert!(answer.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn a_strict_server_says_the_same() {
    let server = Tessera::start_with(|config| {
        config.policy.strict = true;
        listing(config);
    })
    .await;
    let token = pnut::user_token(&server, "").await;
    for (origin, readers) in [(HOME, Some(HOME)), (OTHERS, Some("*"))] {
        let call = Call::get(pnut::TOKEN)
            .bearer(&token)
            .header("Origin", origin);
        assert_readers(&call.send(&server).await.expect(200), readers, origin);
    }
    let seeded = &server.credentials.token_generator;
    let call = Call::post("/api/v1/token").header(
        "Authorization",
        format!("Token token=\"{}\"", seeded.user_token.expose()),
    );
    let answer = call.header("Origin", HOME).send(&server).await.expect(200);
    assert_readers(&answer, Some(HOME), "the token generator");
    assert_eq!(answer.header_all("vary"), ["Accept-Encoding", "Origin"]);
}

#[tokio::test]
async fn a_listed_origin_is_no_foreign_one_to_animeloop() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let closed = Tessera::start().await;
    let login = |server: &Tessera| {
        let user = &server.credentials.animeloop;
        let (username, password) = (&user.username, user.password.expose());
        Call::post(LOGIN).json(&json!({ "username": username, "password": password }))
    };
    let from = |call: Call, origin: &str| {
        call.header("Origin", origin)
            .header("Sec-Fetch-Site", "cross-site")
    };
    let refused = from(login(&closed), HOME).send(&closed).await.expect(400);
    assert_readers(&refused, None, "not listed");
    for stranger in [OTHERS, "null", "https://app.example.com.evil.example"] {
        let refused = from(login(&server), stranger).send(&server).await;
        assert_eq!(refused.status, 400, "{stranger}");
        assert_readers(&refused, None, stranger);
    }
    let twice = from(login(&server), HOME).header("Origin", OTHERS);
    twice.send(&server).await.expect(400);

    let answer = from(login(&server), HOME).send(&server).await;
    assert_code(&answer, 1_220_001);
    assert_readers(&answer, Some(HOME), LOGIN);
    let cookie = format!("animeloop.auth.sid={}", cookie_of(&answer));
    for (call, code) in [
        (Call::post(NEW), 1_320_002),
        (Call::post(TOKEN), 1_320_001),
        (Call::get(TOKEN), 1_320_001),
        (Call::post(LOGOUT), 1_220_002),
        (Call::post(TOKEN), 1_940_103),
    ] {
        let call = from(call.header("Cookie", &cookie), HOME);
        let answer = call.send(&server).await;
        assert_code(&answer, code);
        assert_readers(&answer, Some(HOME), &code.to_string());
    }
}
