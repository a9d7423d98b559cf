//! Answers that keep the document and answers that break it, through the assembled edge.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use poem::{
    Endpoint, Request, Response,
    endpoint::make_sync,
    http::{Method, StatusCode},
};
use serde_json::json;

use super::Strict;
use crate::{
    domain::SystemMonotonic,
    edge::{
        Arrival, DialectEdge, Edge, EdgeFailure, Mount, RequestIds, assemble, problem::ProblemEdge,
    },
    generated::{
        routes::{Bucket, Route},
        wire,
    },
};

const CANARY: &str = "canary-3f1c";

struct Notes;

impl DialectEdge for Notes {
    type Context = Arrival;
    type Refusal = Response;

    fn after(&self, _arrival: &Arrival, response: &mut Response) {
        response
            .headers_mut()
            .insert("x-stamp", poem::http::HeaderValue::from_static("7"));
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        let status = match failure {
            EdgeFailure::NotFound => StatusCode::NOT_FOUND,
            EdgeFailure::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            EdgeFailure::HeaderRefused(_)
            | EdgeFailure::RateLimited { .. }
            | EdgeFailure::Internal => StatusCode::SERVICE_UNAVAILABLE,
        };
        Response::builder()
            .status(status)
            .content_type("application/json")
            .body(r#"{"refused":true}"#)
    }
}

type Answers = fn() -> Response;

/// Answers `GET /notes/{id}` with what the test says.
struct Says(Answers);

impl wire::Routes for Says {
    type Context = Arrival;
    const DIALECT: &'static str = "notes";
    const BASE_PATHS: &'static [&'static str] = &["/notes"];

    fn stamp(_response: &mut Response) {}

    fn endpoints(self) -> Vec<wire::Endpoint<Arrival>> {
        let answer = self.0;
        let endpoint = wire::Endpoint::new("/notes/{id}", Method::GET, move |_, _, _| {
            Box::pin(async move { answer() })
        });
        vec![endpoint]
    }
}

const DOCUMENTED: [Route; 1] = [Route {
    dialect: "notes",
    method: "GET",
    path: "/notes/{id}",
    operation: "notes_get_note",
    bucket: Bucket::Default,
    cors: wire::Cors::Listed,
    request_headers: &[],
    digest: "",
}];

struct Ids;

impl RequestIds for Ids {
    fn next(&self) -> String {
        String::new()
    }
}

fn document() -> Vec<u8> {
    let stamp = json!({"required": true, "schema": {"type": "integer", "maximum": 9}});
    json!({
        "paths": {"/notes/{id}": {"get": {"operationId": "notes_get_note", "responses": {
            "200": {
                "headers": {"X-Stamp": stamp, "X-Note": {"schema": {"type": "string", "maxLength": 3}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}
            },
            "204": {"headers": {"X-Stamp": stamp}}
        }}}},
        "components": {"schemas": {"Note": {
            "type": "object", "required": ["text"], "additionalProperties": {"type": "integer"},
            "properties": {"text": {"type": "string", "maxLength": 20, "x-secret": true}}
        }}}
    })
    .to_string()
    .into_bytes()
}

fn edge(answer: Answers) -> Edge {
    let mounts = vec![
        Mount::dialect(Notes, |_| Says(answer)),
        Mount::new("tessera", &["/"], ProblemEdge).route(
            Method::GET,
            "/free",
            make_sync(|_| "not documented"),
        ),
    ];
    let clock = Arc::new(SystemMonotonic::default());
    let strict = Strict::new(&document()).expect("a document");
    assemble(mounts, &DOCUMENTED, clock, Arc::new(Ids))
        .expect("mounts that fit")
        .strict(strict)
}

async fn status(edge: &Edge, method: Method, path: &'static str) -> u16 {
    let request = Request::builder().method(method).uri_str(path).finish();
    edge.get_response(request).await.status().as_u16()
}

fn note(body: &str) -> Response {
    Response::builder()
        .content_type("application/json")
        .body(body.to_owned())
}

fn noted(body: &str, name: &'static str, value: &'static str) -> Response {
    let mut response = note(body);
    response
        .headers_mut()
        .insert(name, poem::http::HeaderValue::from_static(value));
    response
}

#[tokio::test]
async fn what_the_document_says_leaves_as_it_is() {
    let answers: [Answers; 3] = [
        || note(r#"{"text":"short"}"#),
        || noted(r#"{"text":"short","count":1}"#, "x-note", "abc"),
        || Response::builder().status(StatusCode::NO_CONTENT).finish(),
    ];
    for (answer, expected) in answers.into_iter().zip([200, 200, 204]) {
        let edge = edge(answer);
        assert_eq!(status(&edge, Method::GET, "/notes/1").await, expected);
        assert_eq!(status(&edge, Method::HEAD, "/notes/1").await, expected);
    }
    let edge = edge(|| note(r#"{"text":"short"}"#));
    let request = Request::builder().uri_str("/notes/1").finish();
    let body = edge.get_response(request).await.into_body();
    let body = body.into_string().await.expect("a text");
    assert_eq!(body, r#"{"text":"short"}"#);
}

#[tokio::test]
async fn what_it_does_not_say_is_replaced() {
    let answers: [(&str, Answers); 9] = [
        ("no body where one is", || Response::builder().finish()),
        ("undeclared status", || {
            Response::builder().status(StatusCode::CREATED).finish()
        }),
        ("body", || note(r#"{"text":1}"#)),
        ("missing", || note("{}")),
        ("malformed", || note("{")),
        ("media type", || {
            note(r#"{"text":"a"}"#).set_content_type("text/plain")
        }),
        ("body where none is", || {
            Response::builder().status(StatusCode::NO_CONTENT).body("x")
        }),
        ("header", || noted(r#"{"text":"a"}"#, "x-note", "abcd")),
        ("undeclared header", || {
            noted(r#"{"text":"a"}"#, "x-more", "1")
        }),
    ];
    for (name, answer) in answers {
        let edge = edge(answer);
        let request = Request::builder().uri_str("/notes/1").finish();
        let response = edge.get_response(request).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{name}");
        assert_eq!(response.header("x-stamp"), Some("7"), "{name}");
        assert_eq!(response.header("x-note"), None, "{name}");
        let body = response.into_body().into_string().await.expect("a text");
        assert_eq!(body, r#"{"refused":true}"#, "{name}");
    }
}

#[tokio::test]
async fn what_no_operation_answers_is_not_judged() {
    let edge = edge(|| note("{}"));
    assert_eq!(status(&edge, Method::GET, "/notes").await, 404);
    assert_eq!(status(&edge, Method::PUT, "/notes/1").await, 405);
    assert_eq!(status(&edge, Method::GET, "/free").await, 200);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_place_and_no_value() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let edge =
        edge(|| note(r#"{"text":"canary-3f1c and much more of it","canary-3f1c":"canary-3f1c"}"#));
    // The line's place in the code must be known before the subscriber is: a first visit by another test at the same
    // moment can leave it switched off.
    assert_eq!(status(&edge, Method::GET, "/notes/1").await, 503);
    {
        let _logged = tracing::subscriber::set_default(subscriber);
        assert_eq!(status(&edge, Method::GET, "/notes/1").await, 503);
    }
    let bytes = lines
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let log = String::from_utf8(bytes).expect("a log is text");
    for part in [
        "ERROR",
        "operation=notes_get_note",
        "fault=maxLength",
        "at=/text",
        "at=/*",
        "rule=/components/schemas/Note/properties/text/maxLength",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains(CANARY), "{log}");
}
