//! The edge with two toy dialects: who answers what, and in which envelope.

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response,
    endpoint::make_sync,
    http::{Method, StatusCode, header},
};

use super::{
    Arrival, AssembleError, DialectEdge, Edge, EdgeFailure, Mount, RequestIds, assemble,
    problem::ProblemEdge,
};
use crate::{
    domain::{Monotonic, SystemMonotonic},
    generated::{
        routes::{Bucket, Route},
        wire::{self, Cors},
    },
    limits::{RateLimits, RateQuotas},
};

/// Answers `<name> <failure>` and stamps its name.
struct Toy(&'static str);

impl DialectEdge for Toy {
    type Context = Arrival;
    type Refusal = Response;

    fn after(&self, arrival: &Arrival, response: &mut Response) {
        let stamp = format!("{} {}", self.0, arrival.request_id());
        if let Ok(stamp) = stamp.parse() {
            response.headers_mut().insert("x-stamp", stamp);
        }
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        let status = match failure {
            EdgeFailure::NotFound => StatusCode::NOT_FOUND,
            EdgeFailure::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            EdgeFailure::HeaderRefused(_) => StatusCode::BAD_REQUEST,
            EdgeFailure::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            EdgeFailure::Internal => StatusCode::SERVICE_UNAVAILABLE,
        };
        Response::builder()
            .status(status)
            .body(format!("{} {failure:?}", self.0))
    }
}

/// A dialect with one base path, whose operation answers with the parameter of its path and the id of its context.
struct Documented;

impl wire::Routes for Documented {
    type Context = Arrival;
    const DIALECT: &'static str = "documented";
    const BASE_PATHS: &'static [&'static str] = &["/documented"];

    fn stamp(response: &mut Response) {
        wire::set_header(response, "x-constant", "always");
    }

    fn endpoints(self) -> Vec<wire::Endpoint<Arrival>> {
        let answer = |_, path: wire::PathParameters, arrival: Arrival| -> wire::Answering {
            Box::pin(async move {
                let id = path.get("id").unwrap_or_default();
                Response::builder().body(format!("{id} {}", arrival.request_id()))
            })
        };
        vec![wire::Endpoint::new(
            "/documented/things/{id}",
            Method::GET,
            answer,
        )]
    }
}

/// Answers with the method it was asked with.
fn echo(mount: Mount, routes: &[(Method, &str)]) -> Mount {
    routes.iter().fold(mount, |mount, (method, path)| {
        let answer = make_sync(|request: Request| {
            assert!(request.header("x-panic").is_none(), "asked to panic");
            Response::builder().body(request.method().to_string())
        });
        mount.route(method.clone(), path, answer)
    })
}

struct OneId;

impl RequestIds for OneId {
    fn next(&self) -> String {
        "fresh".to_owned()
    }
}

fn assembled(mounts: Vec<Mount>) -> Result<Edge, AssembleError> {
    assemble(
        mounts,
        &DOCUMENT,
        Arc::new(SystemMonotonic::default()),
        Arc::new(OneId),
    )
}

const fn documented(method: &'static str, bucket: Bucket) -> Route {
    Route {
        dialect: "wide",
        method,
        path: "/v1/token",
        operation: "wide",
        bucket,
        cors: Cors::Listed,
        request_headers: &[],
        digest: "",
    }
}

/// The buckets of the two operations of `wide`.
const DOCUMENT: [Route; 3] = [
    documented("GET", Bucket::Default),
    documented("DELETE", Bucket::Writes),
    Route {
        path: "/documented/things/{id}",
        ..documented("GET", Bucket::Default)
    },
];

fn mounts() -> Vec<Mount> {
    vec![
        echo(
            Mount::new("wide", &["/v1"], Toy("wide")),
            &[(Method::GET, "/v1/token"), (Method::DELETE, "/v1/token")],
        ),
        echo(
            Mount::new("narrow", &["/v1/auth"], Toy("narrow")),
            &[(Method::POST, "/v1/auth/tokens/{tokenId}/revoke")],
        ),
        Mount::dialect(Toy("documented"), |_| Documented),
        Mount::new("ours", &["/"], ProblemEdge),
    ]
}

async fn ask(edge: &Edge, method: Method, path: &str) -> (StatusCode, String, Response) {
    let request = Request::builder().method(method).uri_str(path).finish();
    answer(edge, request).await
}

async fn answer(edge: &Edge, request: Request) -> (StatusCode, String, Response) {
    let mut response = edge.get_response(request).await;
    let body = response.take_body().into_string().await.expect("text");
    (response.status(), body, response)
}

#[tokio::test]
async fn the_longest_prefix_of_whole_segments_owns_a_path() {
    let edge = assembled(mounts()).expect("mounts that fit");
    for (path, owner) in [
        ("/v1", "wide"),
        ("/v1/nothing", "wide"),
        ("/v1/authors", "wide"),
        ("/v1/token/", "wide"),
        ("/v1/auth", "narrow"),
        ("/v1/auth/nothing", "narrow"),
    ] {
        let (status, body, response) = ask(&edge, Method::GET, path).await;
        assert_eq!(
            (status, body),
            (StatusCode::NOT_FOUND, format!("{owner} NotFound"))
        );
        assert_eq!(
            response.header("x-stamp"),
            Some(format!("{owner} fresh").as_str())
        );
    }
    for path in ["/", "/v10", "/v", "/healthz"] {
        let (status, body, response) = ask(&edge, Method::GET, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(response.content_type(), Some("application/problem+json"));
        assert!(body.contains(r#""status":404"#), "{body}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let edge = assembled(mounts()).expect("mounts that fit");
    let (status, body, response) = ask(&edge, Method::POST, "/v1/token").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(body.starts_with("wide MethodNotAllowed"), "{body}");
    assert_eq!(response.header(header::ALLOW), Some("GET, HEAD, DELETE"));
    let path = "/v1/auth/tokens/tok_1/revoke";
    let (status, _, response) = ask(&edge, Method::HEAD, path).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.header(header::ALLOW), Some("POST"));
    let (status, body, _) = ask(&edge, Method::POST, path).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "POST"));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let edge = assembled(mounts()).expect("mounts that fit");
    let (_, body, _) = ask(&edge, Method::GET, "/v1/token").await;
    assert_eq!(body, "GET");
    let (status, body, response) = ask(&edge, Method::HEAD, "/v1/token").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, ""));
    assert_eq!(response.header(header::CONTENT_LENGTH), Some("3"));
}

#[tokio::test]
async fn long_headers_and_targets_and_panics_are_refused_by_the_owner() {
    let edge = assembled(mounts()).expect("mounts that fit");
    let long = |bytes: usize| {
        Request::builder()
            .uri_str("/v1/token")
            .header("x-long", "a".repeat(bytes))
    };
    // `x-long: ` takes eight bytes of the line.
    let (status, ..) = answer(&edge, long(8192 - 8).finish()).await;
    assert_eq!(status, StatusCode::OK);
    let (status, body, _) = answer(&edge, long(8192 - 7).finish()).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::BAD_REQUEST, "wide HeaderRefused(TooLarge)")
    );
    let target = format!("/v1/token?a={}", "a".repeat(8192));
    let (status, ..) = ask(&edge, Method::GET, &target).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let panicking = Request::builder()
        .uri_str("/v1/token")
        .header("x-panic", "yes");
    let (status, body, response) = answer(&edge, panicking.finish()).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "wide Internal")
    );
    assert_eq!(response.header("x-stamp"), Some("wide fresh"));
}

#[tokio::test]
async fn only_a_plain_request_id_is_taken_over() {
    let edge = assembled(mounts()).expect("mounts that fit");
    for (sent, used) in [
        (
            "59b75418-bbf5-4c52-b8f9-970fed25e456",
            "59b75418-bbf5-4c52-b8f9-970fed25e456",
        ),
        ("short", "fresh"),
        ("with a space", "fresh"),
        (&"a".repeat(65), "fresh"),
    ] {
        let request = Request::builder()
            .uri_str("/v1")
            .header("x-request-id", sent);
        let (.., response) = answer(&edge, request.finish()).await;
        assert_eq!(
            response.header("x-stamp"),
            Some(format!("wide {used}").as_str())
        );
    }
}

#[tokio::test]
async fn the_general_rate_counts_each_dialect_by_itself() {
    let clock: Arc<dyn Monotonic> = Arc::new(SystemMonotonic::default());
    let limits = Arc::new(RateLimits::new(&RateQuotas::one_a_minute(), &clock));
    let mounts = mounts().into_iter().map(|mount| mount.limited_by(&limits));
    let edge = assembled(mounts.collect()).expect("mounts that fit");
    assert_eq!(ask(&edge, Method::GET, "/v1/token").await.0, StatusCode::OK);
    let (status, body, _) = ask(&edge, Method::GET, "/v1/token").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(body.starts_with("wide RateLimited"), "{body}");
    // What no operation answers has a bucket of its own, in each dialect.
    assert_eq!(
        ask(&edge, Method::GET, "/v1/nothing").await.0,
        StatusCode::NOT_FOUND
    );
    let (status, body, _) = ask(&edge, Method::POST, "/v1/token").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(body.starts_with("wide RateLimited"), "{body}");
    assert_eq!(
        ask(&edge, Method::GET, "/v1/auth").await.0,
        StatusCode::NOT_FOUND
    );
}

#[test]
fn mounts_that_contradict_each_other_are_refused() {
    let mut without_fallback = mounts();
    without_fallback.pop();
    assert!(matches!(
        assembled(without_fallback),
        Err(AssembleError::NoFallback)
    ));
    let mut twice = mounts();
    twice.push(Mount::new("again", &["/v1"], Toy("again")));
    assert!(matches!(
        assembled(twice),
        Err(AssembleError::SharedBasePath {
            base_path: "/v1",
            ..
        })
    ));
    let mut foreign = mounts();
    foreign.push(echo(
        Mount::new("foreign", &["/x"], Toy("foreign")),
        &[(Method::GET, "/v1/auth/x")],
    ));
    let undocumented = assemble(
        mounts(),
        &DOCUMENT[..2],
        Arc::new(SystemMonotonic::default()),
        Arc::new(OneId),
    );
    assert!(matches!(
        undocumented,
        Err(AssembleError::Undocumented {
            mount: "documented",
            ..
        })
    ));
    assert!(matches!(
        assembled(foreign),
        Err(AssembleError::MisplacedPath {
            owner: "narrow",
            ..
        })
    ));
}

#[tokio::test]
async fn an_operation_gets_its_parameters_and_context_and_every_answer_the_constant_stamps() {
    let edge = assembled(mounts()).expect("mounts that fit");
    let (status, body, response) = ask(&edge, Method::GET, "/documented/things/a%2Fb").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "a/b fresh"));
    assert_eq!(response.header("x-constant"), Some("always"));
    let (status, _, response) = ask(&edge, Method::GET, "/documented/nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(response.header("x-constant"), Some("always"));
    assert_eq!(response.header("x-stamp"), Some("documented fresh"));
}

#[tokio::test]
async fn an_operation_is_counted_in_the_bucket_that_the_document_names() {
    let clock: Arc<dyn Monotonic> = Arc::new(SystemMonotonic::default());
    let limits = Arc::new(RateLimits::new(&RateQuotas::one_a_minute(), &clock));
    let mounts = mounts().into_iter().map(|mount| mount.limited_by(&limits));
    let edge = assembled(mounts.collect()).expect("mounts that fit");
    for (method, status) in [
        (Method::GET, StatusCode::OK),
        (Method::DELETE, StatusCode::OK),
        (Method::DELETE, StatusCode::TOO_MANY_REQUESTS),
        (Method::GET, StatusCode::TOO_MANY_REQUESTS),
    ] {
        assert_eq!(ask(&edge, method, "/v1/token").await.0, status);
    }
}

#[tokio::test]
async fn an_ill_framed_request_that_no_operation_answers_is_counted_with_its_like() {
    let clock: Arc<dyn Monotonic> = Arc::new(SystemMonotonic::default());
    let limits = Arc::new(RateLimits::new(&RateQuotas::one_a_minute(), &clock));
    let mounts = mounts().into_iter().map(|mount| mount.limited_by(&limits));
    let edge = assembled(mounts.collect()).expect("mounts that fit");
    let long = "a".repeat(9000);
    let ill = Request::builder()
        .uri_str("/v1/nothing")
        .header("x-long", &long)
        .finish();
    assert_eq!(answer(&edge, ill).await.0, StatusCode::BAD_REQUEST);
    let (status, ..) = ask(&edge, Method::GET, "/v1/nothing").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&edge, Method::GET, "/v1/token").await.0, StatusCode::OK);
}
