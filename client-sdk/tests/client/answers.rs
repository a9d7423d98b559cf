//! Whatever an answer's body is, its status, its headers and when to come back reach the caller.

use std::time::Duration;

use tessera_client::{CallError, Client, Credential, Credentials, HasHeaders as _, Payload};

use crate::{client, json};

/// What every answer that came tells, whichever variant it became.
struct Told {
    variant: &'static str,
    status: Option<u16>,
    headers: bool,
    retry_after: Option<u64>,
    transient: bool,
    code: Option<String>,
    body: Option<Vec<u8>>,
    shown: String,
}

fn told<E>(error: &CallError<E>) -> Told {
    let payload = error.payload();
    Told {
        variant: match error {
            CallError::Refused(_) => "Refused",
            CallError::Undeclared(_) => "Undeclared",
            CallError::Malformed { .. } => "Malformed",
            CallError::CutOff { .. } => "CutOff",
            CallError::Transport(_) => "Transport",
            CallError::Unsendable(_) => "Unsendable",
            _ => "another",
        },
        status: error.status().map(|status| status.as_u16()),
        headers: error
            .header_map()
            .is_some_and(|headers| headers.contains_key("x-trace")),
        retry_after: error.retry_after().map(|wait| wait.as_secs()),
        transient: error.is_transient(),
        code: error.code().map(str::to_owned),
        body: payload.map(|payload| payload.body.to_vec()),
        shown: format!("{error} {error:?} {error:#?}"),
    }
}

/// An answer with a header that shows whether headers survive.
fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nX-Trace: 7\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

const JSON: &str = "Content-Type: application/json\r\n";
const ANIMELOOP: &str = "Content-Type: application/json; charset=utf-8\r\n";

async fn manis(answer: &str) -> Told {
    let (client, _responder) = client(Credential::manis("m", "s"), &[answer]);
    told(&client.manis_create_token().await.expect_err("no success"))
}

async fn animeloop(answer: &str) -> Told {
    let (client, _responder) = client(Credentials::none(), &[answer]);
    told(&client.animeloop_get_token().await.expect_err("no success"))
}

async fn pnut(answer: &str) -> Told {
    let (client, _responder) = client(Credential::pnut("p"), &[answer]);
    told(&client.pnut_get_token().await.expect_err("no success"))
}

/// `Retry-After` as the caller gets it, from an answer with these headers.
async fn wait(headers: &str) -> Option<u64> {
    let answer = answer("503 Service Unavailable", headers, "<h1>Later</h1>");
    let told = manis(&answer).await;
    assert!(told.transient, "{headers}");
    told.retry_after
}

#[tokio::test]
async fn a_body_that_does_not_fit_takes_nothing_of_the_answer_away() {
    let charset = "Content-Type: application/json; charset=\"no-such\"; x\r\n";
    let text = r#"{"soaCode":"BRAND_NEW","message":"Said otherwise."}"#;
    let cases = [
        ("a new code", JSON, text, "Malformed"),
        ("an empty body", JSON, "", "Malformed"),
        ("a body of another shape", JSON, "[]", "Malformed"),
        ("a broken body", JSON, "{\"soaCode\":", "Malformed"),
        ("bytes that are no text", JSON, "\u{1}\u{2}", "Malformed"),
        ("an unheard-of charset", charset, text, "Malformed"),
        (
            "a proxy's page",
            "Content-Type: text/html\r\n",
            "<h1>No</h1>",
            "Undeclared",
        ),
        (
            "another JSON",
            "Content-Type: application/problem+json\r\n",
            text,
            "Undeclared",
        ),
        ("no media type", "", text, "Undeclared"),
        ("an empty body of no media type", "", "", "Undeclared"),
    ];
    for (what, media_type, body, variant) in cases {
        for status in [
            "429 Too Many Requests",
            "503 Service Unavailable",
            "401 Unauthorized",
        ] {
            let headers = format!("Retry-After: 7\r\n{media_type}");
            let told = manis(&answer(status, &headers, body)).await;
            let about = format!("{what} under {status}: {}", told.shown);
            assert_eq!(told.status, status[..3].parse().ok(), "{about}");
            assert!(told.headers, "{about}");
            assert_eq!(told.retry_after, Some(7), "{about}");
            assert!(told.transient, "{about}");
            assert_eq!(told.variant, variant, "{about}");
            assert_eq!(told.body.as_deref(), Some(body.as_bytes()), "{about}");
        }
    }
}

#[tokio::test]
async fn a_proxys_failure_is_transient_and_a_refusal_is_not() {
    for (status, transient) in [
        ("408 Request Timeout", true),
        ("429 Too Many Requests", true),
        ("502 Bad Gateway", true),
        ("503 Service Unavailable", true),
        ("504 Gateway Timeout", true),
        ("400 Bad Request", false),
        ("401 Unauthorized", false),
        ("403 Forbidden", false),
        ("201 Created", false),
    ] {
        for (media_type, body) in [("Content-Type: text/html\r\n", "<h1>No</h1>"), (JSON, "")] {
            let told = manis(&answer(status, media_type, body)).await;
            assert_eq!(told.transient, transient, "{status}: {}", told.shown);
            assert_eq!(told.status, status[..3].parse().ok(), "{}", told.shown);
            assert_eq!(told.retry_after, None, "{}", told.shown);
        }
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_what_came_before_it() {
    let json = r#"{"soaCode":"RATE_LIMITED","message":"Too many"#;
    let page = "<h1>Too";
    for (media_type, body) in [(JSON, json), ("Content-Type: text/html\r\n", page)] {
        let whole = answer(
            "503 Service Unavailable",
            &format!("{media_type}Retry-After: 30\r\n"),
            body,
        );
        let length = body.len();
        let cut = whole.replace(
            &format!("Content-Length: {length}"),
            &format!("Content-Length: {}", length + 100),
        );
        let told = manis(&cut).await;
        assert_eq!(told.variant, "CutOff", "{}", told.shown);
        assert_eq!(told.status, Some(503), "{}", told.shown);
        assert!(told.headers && told.transient, "{}", told.shown);
        assert_eq!(told.retry_after, Some(30), "{}", told.shown);
        assert_eq!(
            told.body.as_deref(),
            Some(body.as_bytes()),
            "{}",
            told.shown
        );
    }
    let refused = answer("401 Unauthorized", JSON, json).replace("Length: 4", "Length: 9");
    let told = manis(&refused).await;
    assert_eq!((told.variant, told.status), ("CutOff", Some(401)));
    assert!(!told.transient, "the same credentials are refused again");
    let issued = answer("200 OK", JSON, json).replace("Length: 4", "Length: 9");
    assert!(
        manis(&issued).await.transient,
        "the token did not get through"
    );
}

#[tokio::test]
async fn a_refusal_under_200_tells_when_to_come_back_too() {
    let known =
        r#"{"status":"error","code":1950301,"message":"internal server error, database error."}"#;
    let new = r#"{"status":"error","code":1950302,"message":"a code of tomorrow."}"#;
    let moved = r#"{"status":"error","code":1950301,"message":"Said otherwise."}"#;
    let headers = format!("{ANIMELOOP}Retry-After: 5\r\n");
    for (body, variant, code) in [
        (known, "Refused", Some("1950301")),
        (new, "Malformed", Some("1950302")),
        (moved, "Malformed", Some("1950301")),
        ("", "Malformed", None),
        ("<h1>", "Malformed", None),
    ] {
        let told = animeloop(&answer("200 OK", &headers, body)).await;
        // Whether a text that moved is still the document's is for the generated types to say.
        assert!(told.variant == variant || body == moved, "{}", told.shown);
        assert_eq!(told.status, Some(200), "{}", told.shown);
        assert_eq!(told.retry_after, Some(5), "{}", told.shown);
        assert!(told.transient && told.headers, "{}", told.shown);
        assert_eq!(told.code.as_deref(), code, "{}", told.shown);
        let told = animeloop(&answer("200 OK", ANIMELOOP, body)).await;
        assert_eq!((told.status, told.retry_after), (Some(200), None));
        assert!(!told.transient, "{}", told.shown);
    }
}

#[tokio::test]
async fn a_wait_that_stands_in_the_body_alone_survives_a_body_that_does_not_fit() {
    let body = r#"{"meta":{"code":429,"error_message":7,"retry_in":600}}"#;
    let told = pnut(&json("429 Too Many Requests", body)).await;
    assert_eq!((told.variant, told.retry_after), ("Malformed", Some(600)));
    assert_eq!(told.code.as_deref(), Some("429"));
}

#[tokio::test]
async fn a_wait_in_seconds_is_digits_alone() {
    for (headers, expected) in [
        ("Retry-After: 0\r\n", Some(0)),
        ("Retry-After:   120  \r\n", Some(120)),
        ("Retry-After: 007\r\n", Some(7)),
        // Longer than anybody waits: RFC 9111 §1.2.2 puts 2^31 in place of what overflows.
        ("Retry-After: 2147483649\r\n", Some(2_147_483_648)),
        ("Retry-After: 18446744073709551615\r\n", Some(2_147_483_648)),
        (
            "Retry-After: 99999999999999999999999999\r\n",
            Some(2_147_483_648),
        ),
        ("Retry-After: -1\r\n", None),
        ("Retry-After: +5\r\n", None),
        ("Retry-After: 1.5\r\n", None),
        ("Retry-After: 1e3\r\n", None),
        ("Retry-After: 5s\r\n", None),
        ("Retry-After: 5 6\r\n", None),
        ("Retry-After: soon\r\n", None),
        ("Retry-After: \r\n", None),
        ("Retry-After: \u{663}\r\n", None),
        ("", None),
        // Nobody asks too early who keeps the longest wait; what cannot be read says nothing.
        ("Retry-After: 5\r\nRetry-After: 60\r\n", Some(60)),
        ("Retry-After: 60\r\nRetry-After: 5\r\n", Some(60)),
        ("Retry-After: soon\r\nRetry-After: 60\r\n", Some(60)),
    ] {
        assert_eq!(wait(headers).await, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_wait_until_a_date_counts_from_the_answers_own_date() {
    let from = "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\n";
    for (until, expected) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
        // RFC 9110 §5.6.7: the two obsolete forms are read as well.
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37)),
        ("Sun Nov  6 08:49:37 1994", Some(37)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
        ("Sat, 05 Nov 1994 08:49:00 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(2_147_483_648)),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 06 Nov 1994 08:49:37 +0100", None),
        ("1994-11-06T08:49:37Z", None),
        ("Sun, 32 Nov 1994 08:49:37 GMT", None),
    ] {
        let headers = format!("{from}Retry-After: {until}\r\n");
        assert_eq!(wait(&headers).await, expected, "{until}");
    }
}

#[tokio::test]
async fn a_wait_until_a_date_counts_from_now_when_the_answer_has_no_date() {
    for date in ["", "Date: yesterday\r\n"] {
        let past = format!("{date}Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        assert_eq!(wait(&past).await, Some(0));
        let far = format!("{date}Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n");
        assert_eq!(wait(&far).await, Some(2_147_483_648));
    }
}

#[tokio::test]
async fn a_declared_refusal_reads_dates_too() {
    let body = r#"{"code":"rate_limited","message":"Too many requests, retry later."}"#;
    let headers =
        "Date: Sun, 06 Nov 1994 08:49:00 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:00 GMT\r\n";
    let answer = answer("429 Too Many Requests", &format!("{JSON}{headers}"), body);
    let (client, _responder) = client(Credential::auth_api_long("lt_x"), &[&answer]);
    let error = client.auth_api_issue_short_token().await;
    let error = error.expect_err("refused");
    assert!(error.refusal().is_some(), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
}

#[tokio::test]
async fn a_long_body_is_kept_to_its_bound() {
    let long = "x".repeat(3 * Payload::MAX_BODY_BYTES);
    let html = "Content-Type: text/html\r\nRetry-After: 9\r\n";
    let declared = format!("{JSON}Retry-After: 9\r\n");
    for (headers, variant) in [(html, "Undeclared"), (declared.as_str(), "Malformed")] {
        let told = manis(&answer("503 Service Unavailable", headers, &long)).await;
        assert_eq!((told.variant, told.status), (variant, Some(503)));
        assert_eq!(told.retry_after, Some(9));
        let kept = told.body.expect("a body");
        assert_eq!(kept.len(), Payload::MAX_BODY_BYTES, "{variant}");
    }
}

#[tokio::test]
async fn neither_bodies_nor_headers_are_shown() {
    let leak = "leaky.jwt";
    let body = format!(r#"{{"token":"{leak}","message":"{leak}","soaCode":"{leak}"}}"#);
    let headers = format!(
        "Set-Cookie: sid={leak}\r\nX-message: {leak}\r\nLocation: /?access_token={leak}\r\n"
    );
    for status in [
        "200 OK",
        "302 Found",
        "401 Unauthorized",
        "429 Too Many Requests",
        "502 Bad Gateway",
    ] {
        for media_type in [JSON, "Content-Type: text/html\r\n"] {
            let whole = answer(status, &format!("{media_type}{headers}"), &body);
            let cut = whole.replace("Content-Length: ", "Content-Length: 9");
            for answer in [whole, cut] {
                let told = manis(&answer).await;
                assert!(!told.shown.contains(leak), "{status}: {}", told.shown);
            }
        }
    }
}

#[tokio::test]
async fn an_address_with_a_token_in_it_is_never_shown() {
    let cut = answer("200 OK", JSON, "{}").replace("Length: 2", "Length: 9");
    let answers = ["", "no HTTP at all\r\n\r\n", &cut];
    let (client, _responder) = client(Credential::pnut_query("query-token"), &answers);
    for _ in answers {
        let error = client.pnut_get_token().await.expect_err("no answer");
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!shown.contains("query-token"), "{shown}");
    }
    // Nobody listens on a port that was bound and let go.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let client = Client::new(&origin, Credential::pnut_query("query-token"));
    let client = client.expect("an origin").without_document_check();
    let error = client.pnut_get_token().await.expect_err("no answer");
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains("query-token"), "{shown}");
}
