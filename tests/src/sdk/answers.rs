//! Whatever an answer's body is, its status, its headers and when to come back reach the caller.

use serde_json::{Value, json};
use tessera_client::{Operation, Payload, Spot};

use super::{
    Exchanges, JSON, calls, dialect_of, example, fits, is_empty, json_refusals, one_call_of_each,
};
use crate::{harness::asked, proofs::sdk::case::Case};

const TYPED: &str = "Content-Type: application/json\r\n";
const HTML: &str = "Content-Type: text/html\r\n";

/// An answer with a header that shows whether headers survive.
fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nX-Trace: 7\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

/// A declared refusal with a code that the document does not have; `None` where no body has a code.
fn with_a_new_code(operation: &Operation, status: u16) -> Option<String> {
    let mut places = operation.refusals.iter();
    let places = places.find(|places| places.statuses.contains(&status))?;
    let Spot::Body(code) = places.code else {
        return None;
    };
    let mut body = example(operation, status);
    *body.pointer_mut(code)? = "BRAND_NEW".into();
    Some(body.to_string())
}

/// Every operation with its declared refusals in JSON.
fn refusals() -> Vec<(Operation, Case, u16)> {
    let mut found = Vec::new();
    for (operation, _) in one_call_of_each() {
        if !json_refusals(&operation).is_empty() {
            asked("sdk", dialect_of(&operation), operation.id);
        }
    }
    for status in [
        400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 502, 503, 504,
    ] {
        let those = one_call_of_each().into_iter().filter(|(operation, _)| {
            let declared = json_refusals(operation);
            declared.contains(&status)
        });
        found.extend(those.map(|(operation, case)| (operation, case, status)));
    }
    found
}

#[tokio::test]
async fn a_body_that_does_not_fit_takes_nothing_of_the_answer_away() {
    let exchanges = Exchanges::start().await;
    let charset = "Content-Type: application/json; charset=\"no-such\"; x\r\n";
    let mut new_codes = 0;
    for (operation, case, status) in refusals() {
        let text = with_a_new_code(&operation, status);
        let known = text.as_ref().is_some_and(|text| {
            let body = serde_json::from_str(text).expect("JSON");
            fits(&operation, status, &body)
        });
        new_codes += usize::from(text.is_some() && !known);
        let new = text.filter(|_| !known).unwrap_or_else(|| "[]".to_owned());
        for (what, media_type, body, variant) in [
            ("a new code", TYPED, new.as_str(), "Malformed"),
            ("an empty body", TYPED, "", "Malformed"),
            ("a body of another shape", TYPED, "[]", "Malformed"),
            ("a broken body", TYPED, "{\"code\":", "Malformed"),
            ("bytes that are no text", TYPED, "\u{1}\u{2}", "Malformed"),
            ("an unheard-of charset", charset, &new, "Malformed"),
            ("a proxy's page", HTML, "<h1>No</h1>", "Undeclared"),
            (
                "another JSON",
                "Content-Type: application/problem+json\r\n",
                &new,
                "Undeclared",
            ),
            ("no media type", "", &new, "Undeclared"),
            ("an empty body of no media type", "", "", "Undeclared"),
        ] {
            let headers = format!("Retry-After: 7\r\n{media_type}");
            let told = exchanges
                .call(&case, &answer(&format!("{status} No"), &headers, body))
                .await;
            let about = format!("{}: {what} under {status}: {}", operation.id, told.shown);
            assert_eq!(told.status(), Some(status), "{about}");
            assert_eq!(told.sent("x-trace"), Some("7"), "{about}");
            assert_eq!(told.retry_after, Some(7), "{about}");
            assert!(told.transient, "{about}");
            assert_eq!(told.variant(), variant, "{about}");
            assert_eq!(told.payload.as_deref(), Some(body.as_bytes()), "{about}");
        }
    }
    assert!(new_codes > 0, "no refusal has a code of a list");
}

#[tokio::test]
async fn a_proxys_failure_is_transient_and_a_refusal_is_not() {
    let exchanges = Exchanges::start().await;
    for (operation, case) in one_call_of_each() {
        for (status, transient) in [
            (408, true),
            (429, true),
            (502, true),
            (503, true),
            (504, true),
            (400, false),
            (401, false),
            (403, false),
            (201, false),
        ] {
            for (media_type, body) in [(HTML, "<h1>No</h1>"), (TYPED, "")] {
                let told = exchanges
                    .call(&case, &answer(&format!("{status} No"), media_type, body))
                    .await;
                let about = format!("{} {status}: {}", operation.id, told.shown);
                assert_eq!(told.transient, transient, "{about}");
                assert_eq!(told.status(), Some(status), "{about}");
                assert_eq!(told.retry_after, None, "{about}");
            }
        }
    }
}

#[tokio::test]
async fn an_undeclared_answer_keeps_what_came() {
    let exchanges = Exchanges::start().await;
    for (operation, case) in one_call_of_each() {
        for status in [502, 503] {
            let page = answer(&format!("{status} No"), HTML, "<h1>No</h1>");
            let told = exchanges.call(&case, &page).await;
            let about = format!("{} {status}: {}", operation.id, told.shown);
            assert_eq!(told.variant(), "Undeclared", "{about}");
            assert!(told.transient, "{about}: a proxy's page may go away");
            assert_eq!(
                told.payload.as_deref(),
                Some(&b"<h1>No</h1>"[..]),
                "{about}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_what_came_before_it() {
    let exchanges = Exchanges::start().await;
    for (operation, case) in one_call_of_each() {
        let half = r#"{"code":"RATE_LIMITED","message":"Too many"#;
        for (media_type, body) in [(TYPED, half), (HTML, "<h1>Too")] {
            let headers = format!("{media_type}Retry-After: 30\r\n");
            let whole = answer("503 Service Unavailable", &headers, body);
            let length = body.len();
            let cut = whole.replace(
                &format!("Content-Length: {length}"),
                &format!("Content-Length: {}", length + 100),
            );
            let told = exchanges.call(&case, &cut).await;
            let about = format!("{}: {}", operation.id, told.shown);
            assert_eq!(
                (told.variant(), told.status()),
                ("CutOff", Some(503)),
                "{about}"
            );
            assert_eq!(told.sent("x-trace"), Some("7"), "{about}");
            assert!(told.transient, "{about}");
            assert_eq!(told.retry_after, Some(30), "{about}");
            assert_eq!(told.payload.as_deref(), Some(body.as_bytes()), "{about}");
        }
        let refused = answer("401 Unauthorized", TYPED, half).replace("Length: 4", "Length: 9");
        let told = exchanges.call(&case, &refused).await;
        let about = format!("{}: {}", operation.id, told.shown);
        assert_eq!(
            (told.variant(), told.status()),
            ("CutOff", Some(401)),
            "{about}"
        );
        assert!(
            !told.transient,
            "{about}: the same credentials are refused again"
        );
        // Of an answer without a body none is read.
        if is_empty(&operation, 200) {
            continue;
        }
        let issued = answer("200 OK", TYPED, half).replace("Length: 4", "Length: 9");
        let told = exchanges.call(&case, &issued).await;
        assert!(
            told.transient,
            "{}: the answer did not get through",
            operation.id
        );
    }
}

#[tokio::test]
async fn a_long_body_is_kept_to_its_bound() {
    let exchanges = Exchanges::start().await;
    let long = "x".repeat(3 * Payload::MAX_BODY_BYTES);
    for (operation, case) in one_call_of_each() {
        let declared = json_refusals(&operation).contains(&503);
        for (media_type, variant) in [
            (HTML, "Undeclared"),
            (TYPED, if declared { "Malformed" } else { "Undeclared" }),
        ] {
            let headers = format!("{media_type}Retry-After: 9\r\n");
            let told = exchanges
                .call(&case, &answer("503 Service Unavailable", &headers, &long))
                .await;
            assert_eq!((told.variant(), told.status()), (variant, Some(503)));
            assert_eq!(told.retry_after, Some(9));
            let kept = told.payload.expect("a body");
            assert_eq!(kept.len(), Payload::MAX_BODY_BYTES, "{}", operation.id);
        }
    }
}

/// A value whose every text is `leak`.
fn leaking(value: &Value, leak: &str) -> Value {
    match value {
        Value::String(_) => leak.into(),
        Value::Array(items) => items.iter().map(|item| leaking(item, leak)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), leaking(value, leak)))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[tokio::test]
async fn neither_bodies_nor_headers_are_shown() {
    let exchanges = Exchanges::start().await;
    let leak = "leaky.jwt";
    let headers = format!(
        "Set-Cookie: sid={leak}\r\nX-message: {leak}\r\nLocation: /?access_token={leak}\r\n"
    );
    for (operation, case) in one_call_of_each() {
        for status in [200, 302, 401, 429, 502] {
            let declared = operation.media.iter();
            let declared = declared.filter(|(own, media)| *own == status && *media == JSON);
            let body = match declared.count() {
                0 => json!({ "token": leak, "message": leak, "code": leak }),
                _ => leaking(&example(&operation, status), leak),
            };
            // What fits is the dialect's own text, which is shown when all of it came.
            let is_fit = declared_body(&operation, status, &body);
            for media_type in [TYPED, HTML] {
                let is_shown = is_fit && media_type == TYPED;
                let status = format!("{status} Answer");
                let whole = answer(
                    &status,
                    &format!("{media_type}{headers}"),
                    &body.to_string(),
                );
                let cut = whole.replace("Content-Length: ", "Content-Length: 9");
                let whole = Some(whole).filter(|_| !is_shown);
                for answer in whole.into_iter().chain([cut]) {
                    let told = exchanges.call(&case, &answer).await;
                    let about = format!("{} {status}: {}", operation.id, told.shown);
                    assert!(!told.shown.contains(leak), "{about}");
                }
            }
        }
    }
}

/// Whether a body is a declared one.
fn declared_body(operation: &Operation, status: u16, body: &Value) -> bool {
    let mut declared = operation.media.iter();
    declared.any(|(own, media)| *own == status && *media == JSON) && fits(operation, status, body)
}

#[test]
fn the_calls_are_of_every_dialect() {
    let mut asked: Vec<&str> = one_call_of_each()
        .iter()
        .map(|(operation, _)| dialect_of(operation))
        .collect();
    asked.dedup();
    assert!(asked.len() > 1 && calls().len() > asked.len(), "{asked:?}");
}
