//! Calls of a plain document: what its parameters and bodies are on the wire.

use std::num::NonZeroU64;

use crate::responder::Responder;
use crate::types::{PlainChoice, PlainDefaults, PlainOrder};
use crate::{CallError, Client, Credentials};

/// A thing with nothing but what it has to have.
const THING: &str = r#"{"text":"hello","days":3,"half":0.5,"kind":"a b"}"#;

fn answered(status: &str, body: &str) -> (Client, Responder) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let responder = Responder::start(&[&answer]);
    let client = Client::new(&responder.origin(), Credentials::none())
        .expect("an origin")
        .without_document_check();
    (client, responder)
}

#[tokio::test]
async fn parameters_of_every_sort_travel_beside_a_body() {
    let (client, responder) = answered("200 OK", THING);
    let call = client
        .plain_change_thing()
        .thing_id(7_u64)
        .page(2_u32)
        .dry(true)
        .sure(false)
        .order("1st")
        .ratio(0.25)
        .word("abcd")
        .only("only")
        .x_note("a note")
        .x_count(-3);
    let any = PlainChoice::Array(vec!["one".to_owned(), "two".to_owned()]);
    let body = |body: crate::types::builder::PlainThing| {
        body.text("hello").days(3).half(0.5).kind("up").any(any)
    };
    let thing = call.body_map(body).await.expect("a thing");
    assert_eq!(thing.kind, PlainOrder::AB);
    let sent = responder.received();
    assert_eq!(
        sent.line,
        "POST /plain/things/7?dry=true&only=only&order=1st&page=2&ratio=0.25&sure=false&word=abcd"
    );
    assert_eq!(sent.header("x-note"), Some("a note"));
    assert_eq!(sent.header("x-count"), Some("-3"));
    let sent: serde_json::Value = serde_json::from_str(&sent.body).expect("JSON");
    let whole = serde_json::json!({
        "text": "hello", "days": 3, "half": 0.5, "kind": "up", "any": ["one", "two"],
    });
    assert_eq!(sent, whole);
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let (client, responder) = answered("200 OK", THING);
    let call = client.plain_change_thing().thing_id(7_u64).sure(true);
    let call = call.x_note("a note");
    call.body_map(|body| body.text("hello").days(3).half(0.5).kind("up"))
        .await
        .expect("a thing");
    let sent = responder.received();
    assert_eq!(sent.line, "POST /plain/things/7?sure=true");
    assert_eq!(sent.header("x-count"), None);
}

#[tokio::test]
async fn what_no_parameter_can_be_is_not_sent() {
    let client = Client::new("http://127.0.0.1:1", Credentials::none()).expect("an origin");
    let ready = client.plain_change_thing().sure(true);
    let ready = ready.body_map(|body| body.text("hello").days(3).half(0.5).kind("up"));
    for (call, reason) in [
        (ready.clone().thing_id(0_u64).x_note("note"), "thing_id"),
        (ready.clone().thing_id(7_u64).x_note(""), "x_note"),
        (ready.clone().thing_id(7_u64), "x_note"),
        (ready.thing_id(7_u64).x_note("note").order("left"), "order"),
    ] {
        match call.await {
            Err(CallError::Unsendable(told)) => assert!(told.contains(reason), "{told}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_refusal_of_a_plain_document_is_typed() {
    let (client, _responder) = answered("400 Bad Request", r#"{"title":"malformed"}"#);
    let call = client.plain_choose_thing().body(PlainChoice::Int32(3));
    let refused = call.await.expect_err("a refusal");
    assert_eq!(refused.code(), Some("malformed"));
}

#[test]
fn members_that_are_not_there_have_their_defaults() {
    let read: PlainDefaults = serde_json::from_str("{}").expect("everything has a default");
    let own = PlainDefaults::default();
    let made = PlainDefaults::try_from(PlainDefaults::builder()).expect("nothing is missing");
    for one in [read, own, made] {
        assert_eq!((one.text.as_str(), one.word.as_str()), ("abc", "abc"));
        assert_eq!((one.many, one.less, one.zero, *one.level), (5, -5, 0, 4));
        assert_eq!(
            (one.one, one.yes, one.no),
            (NonZeroU64::MIN.saturating_add(4), true, false)
        );
        assert_eq!(
            (one.half.to_string(), one.list.len()),
            ("0.5".to_owned(), 2)
        );
        assert_eq!(one.secret.expose(), "abc");
    }
}
