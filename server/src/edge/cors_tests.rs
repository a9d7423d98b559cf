//! Cross-origin answers of an edge with an open owner, a closed one, and our own pages.

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response,
    endpoint::make_sync,
    http::{HeaderName, Method, StatusCode, header},
};

use super::*;
use crate::{
    domain::{Monotonic, SystemMonotonic},
    edge::{
        Arrival, DialectEdge, Edge, EdgeFailure, Mount, RequestIds, assemble, pages::DOCUMENT_PATH,
        problem::ProblemEdge,
    },
    generated::routes::Bucket,
    limits::{RateLimits, RateQuotas},
};

const HOME: &str = "https://app.example.com";

const fn documented(
    method: &'static str,
    path: &'static str,
    cors: Cors,
    request_headers: &'static [&'static str],
) -> Route {
    Route {
        dialect: "toy",
        method,
        path,
        operation: "toy",
        bucket: Bucket::Default,
        cors,
        request_headers,
        digest: "",
    }
}

static DOCUMENTED: [Route; 4] = [
    documented("GET", "/open/token", Cors::Any, &["Authorization"]),
    documented(
        "DELETE",
        "/open/token",
        Cors::Any,
        &["authorization", "X-Pretty"],
    ),
    documented("POST", "/closed/{id}/key", Cors::Listed, &["Content-Type"]),
    documented("GET", "/closed/keys", Cors::Any, &[]),
];

struct NoIds;

impl RequestIds for NoIds {
    fn next(&self) -> String {
        String::new()
    }
}

/// Stamps a `Vary` of its own, and refuses like our own paths.
struct Varying;

impl DialectEdge for Varying {
    type Context = Arrival;
    type Refusal = Response;

    fn after(&self, _arrival: &Arrival, response: &mut Response) {
        let own = HeaderValue::from_static("Accept-Encoding");
        response.headers_mut().insert(header::VARY, own);
    }

    fn refuse(&self, arrival: &Arrival, failure: EdgeFailure) -> Response {
        ProblemEdge.refuse(arrival, failure)
    }
}

/// An edge on which the second request of a client is refused, with these origins listed.
fn edge(listed: &[&str]) -> Edge {
    let clock: Arc<dyn Monotonic> = Arc::new(SystemMonotonic::default());
    let limits = Arc::new(RateLimits::new(&RateQuotas::one_a_minute(), &clock));
    let done = || make_sync(|_| "done");
    let mounts = vec![
        Mount::new("open", &["/open"], ProblemEdge)
            .limited_by(&limits)
            .route(Method::GET, "/open/token", done())
            .route(Method::DELETE, "/open/token", done()),
        Mount::new("closed", &["/closed"], Varying)
            .limited_by(&limits)
            .route(Method::POST, "/closed/:id/key", done())
            .route(Method::GET, "/closed/keys", done()),
        Mount::new("tessera", &["/"], ProblemEdge)
            .route(Method::GET, DOCUMENT_PATH, done())
            .route(Method::GET, "/healthz", done()),
    ];
    let origins = listed.iter().map(|text| text.parse().expect("an origin"));
    let edge = assemble(mounts, &[], clock, Arc::new(NoIds)).expect("mounts that fit");
    let cross_origin = CrossOrigin::new(edge.mounted(), &DOCUMENTED, origins.collect());
    edge.cross_origin(cross_origin)
}

type Line = (HeaderName, &'static str);

async fn ask(edge: &Edge, method: Method, path: &str, lines: &[Line]) -> Response {
    let request = Request::builder().method(method).uri_str(path);
    let request = lines.iter().fold(request, |request, (name, value)| {
        request.header(name.clone(), *value)
    });
    edge.get_response(request.finish()).await
}

async fn preflight(edge: &Edge, path: &str, lines: &[Line]) -> Response {
    let asks = (header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    ask(edge, Method::OPTIONS, path, &[lines, &[asks]].concat()).await
}

fn line(response: &Response, name: HeaderName) -> Option<&str> {
    response.header(name)
}

/// Who may read an answer, and whether with credentials.
fn readers(response: &Response) -> (Option<&str>, Option<&str>) {
    (
        line(response, header::ACCESS_CONTROL_ALLOW_ORIGIN),
        line(response, header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
    )
}

#[tokio::test]
async fn a_preflight_names_the_methods_and_headers_of_its_path_and_is_not_counted() {
    let edge = edge(&[]);
    let origin = (header::ORIGIN, "https://any.example");
    for (path, methods, headers, anybody) in [
        (
            "/open/token",
            "GET, HEAD, DELETE",
            Some("authorization, X-Pretty"),
            Some("*"),
        ),
        ("/closed/1/key", "POST", Some("Content-Type"), None),
        ("/closed/keys", "GET, HEAD", None, Some("*")),
        (DOCUMENT_PATH, "GET, HEAD", None, Some("*")),
        ("/healthz", "GET, HEAD", None, None),
        // Nothing is served there: what their owners have elsewhere.
        (
            "/open/nothing",
            "GET, HEAD, DELETE",
            Some("authorization, X-Pretty"),
            Some("*"),
        ),
        (
            "/closed/nothing",
            "GET, HEAD, POST",
            Some("Content-Type"),
            None,
        ),
        ("/nothing", "GET, HEAD", None, None),
    ] {
        // One request of a client would be its last.
        for _ in 0..3 {
            let response = preflight(&edge, path, std::slice::from_ref(&origin)).await;
            assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
            let told = line(&response, header::ACCESS_CONTROL_ALLOW_METHODS);
            assert_eq!(told, Some(methods), "{path}");
            let told = line(&response, header::ACCESS_CONTROL_ALLOW_HEADERS);
            assert_eq!(told, headers, "{path}");
            assert_eq!(readers(&response), (anybody, None), "{path}");
            let told = line(&response, header::ACCESS_CONTROL_MAX_AGE);
            assert_eq!(told, anybody.map(|_| "600"), "{path}");
            assert_eq!(line(&response, header::VARY), Some(PREFLIGHT_VARY));
            assert_eq!(response.header(header::ALLOW), None, "{path}");
        }
    }
    let counted = ask(&edge, Method::GET, "/open/token", &[]).await;
    assert_eq!(counted.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_preflight_gets_what_a_wrong_method_gets() {
    let asks = (header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let origin = (header::ORIGIN, "https://any.example");
    for lines in [&[][..], &[origin], &[asks]] {
        let response = ask(&edge(&[]), Method::OPTIONS, "/open/token", lines).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(readers(&response), (Some("*"), None));
    }
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri_str("/open/token")
        .header(header::ORIGIN, "https://any.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header("x-long", "a".repeat(9000));
    let response = edge(&[]).get_response(request.finish()).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_listed_origin_is_admitted_with_credentials_everywhere_and_refusals_too() {
    for (method, path, status) in [
        (Method::GET, "/open/token", StatusCode::OK),
        (Method::HEAD, "/open/token", StatusCode::OK),
        (Method::PUT, "/open/token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/closed/1/key", StatusCode::OK),
        (Method::GET, "/closed/1/key", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/closed/nothing", StatusCode::NOT_FOUND),
        (Method::GET, "/healthz", StatusCode::OK),
        (Method::GET, "/nothing", StatusCode::NOT_FOUND),
    ] {
        let edge = edge(&["https://other.example", HOME]);
        let from = |origin| [(header::ORIGIN, origin)];
        let limited = path.starts_with("/open") || path.starts_with("/closed");
        for status in [status, StatusCode::TOO_MANY_REQUESTS] {
            if status == StatusCode::TOO_MANY_REQUESTS && !limited {
                continue;
            }
            let response = ask(&edge, method.clone(), path, &from(HOME)).await;
            assert_eq!(response.status(), status, "{method} {path}");
            assert_eq!(readers(&response), (Some(HOME), Some("true")), "{path}");
            let exposed = line(&response, header::ACCESS_CONTROL_EXPOSE_HEADERS);
            assert_eq!(exposed, Some(EXPOSED), "{path}");
            let vary: Vec<_> = response.headers().get_all(header::VARY).iter().collect();
            assert_eq!(
                vary.last().map(|value| value.as_bytes()),
                Some(&b"Origin"[..])
            );
            assert_eq!(vary.len(), 1 + usize::from(path.starts_with("/closed")));
        }
        let response = preflight(&edge, path, &from(HOME)).await;
        assert_eq!(readers(&response), (Some(HOME), Some("true")), "{path}");
        // Whoever is not listed is told so, and caches learn that it depends.
        let open = path.starts_with("/open").then_some("*");
        let response = ask(&edge, method.clone(), path, &from("https://evil.example")).await;
        assert_eq!(readers(&response), (open, None), "{path}");
        let response = ask(&edge, method.clone(), path, &[]).await;
        assert_eq!(readers(&response), (open, None), "{path}");
        let vary: Vec<_> = response.headers().get_all(header::VARY).iter().collect();
        assert_eq!(
            vary.last().map(|value| value.as_bytes()),
            Some(&b"Origin"[..])
        );
    }
}

#[tokio::test]
async fn without_listed_origins_nothing_depends_on_the_origin() {
    let lines = [(header::ORIGIN, HOME)];
    for (path, anybody) in [
        ("/closed/keys", Some("*")),
        ("/open/token", Some("*")),
        (DOCUMENT_PATH, Some("*")),
        ("/healthz", None),
        ("/", None),
    ] {
        for lines in [&lines[..], &[]] {
            let response = ask(&edge(&[]), Method::GET, path, lines).await;
            assert_eq!(readers(&response), (anybody, None), "{path}");
            let vary: Vec<_> = response.headers().get_all(header::VARY).iter().collect();
            assert!(vary.iter().all(|value| *value != "Origin"), "{path}");
            let exposed = line(&response, header::ACCESS_CONTROL_EXPOSE_HEADERS);
            assert_eq!(exposed.is_some(), anybody.is_some(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_malformed_origin_or_a_second_one_is_not_admitted() {
    let edge = edge(&[HOME]);
    for origins in [
        &["null"][..],
        &["https://app.example.com/"],
        &["https://app.example.com/path"],
        &["https://app.example.com:443"],
        &["https://App.example.com"],
        &["app.example.com"],
        &[HOME, HOME],
        &[HOME, "https://evil.example"],
    ] {
        let lines: Vec<Line> = origins
            .iter()
            .map(|origin| (header::ORIGIN, *origin))
            .collect();
        let response = preflight(&edge, "/closed/1/key", &lines).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(readers(&response), (None, None), "{origins:?}");
        let told = line(&response, header::ACCESS_CONTROL_ALLOW_METHODS);
        assert_eq!(told, Some("POST"), "{origins:?}");
        let response = ask(&edge, Method::GET, "/healthz", &lines).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(readers(&response), (None, None), "{origins:?}");
    }
    for name in PREFLIGHT.into_iter().skip(1) {
        let twice = [
            (header::ORIGIN, HOME),
            (name.clone(), "POST"),
            (name.clone(), "POST"),
        ];
        for path in ["/open/token", "/closed/1/key"] {
            let response = preflight(&edge, path, &twice).await;
            assert_eq!(response.status(), StatusCode::NO_CONTENT);
            assert_eq!(readers(&response), (None, None), "{name} at {path}");
        }
    }
}

#[test]
fn every_exposed_header_is_one_of_an_answer_in_the_document() {
    let document: serde_json::Value =
        serde_json::from_slice(crate::serve::DOCUMENT).expect("the document is JSON");
    let mut known = std::collections::BTreeSet::new();
    let answers = document["paths"].as_object().into_iter().flatten();
    let answers = answers
        .flat_map(|(_, item)| item.as_object().into_iter().flatten())
        .flat_map(|(_, operation)| operation["responses"].as_object().into_iter().flatten())
        .map(|(_, answer)| answer);
    let shared = document["components"]["responses"].as_object();
    for answer in answers.chain(shared.into_iter().flatten().map(|(_, answer)| answer)) {
        let headers = answer["headers"].as_object().into_iter().flatten();
        known.extend(headers.map(|(name, _)| name.to_lowercase()));
    }
    for name in EXPOSED.split(", ") {
        assert!(known.contains(&name.to_lowercase()), "{name}");
    }
}
