//! What the document says beyond types: where a refusal says why (`x-error`), and which answer hands a session out (`x-credential`).

use serde_json::Value;
use tessera_client::{Client, Credential, Credentials, Scheme};

use super::Findings;
use super::answers::{Answer, plain};
use super::case::Case;
use super::oracle::Request;
use super::responder::Responder;
use crate::harness::document::{self, DOCUMENT};

/// What a refusal says at the places of `x-error`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The dialect's code.
    pub code: Option<String>,
    /// The text for humans.
    pub message: Option<String>,
    /// The seconds to wait, as the body has them.
    pub retry: Option<u64>,
}

/// What `answer` says, which is nothing where it is no refusal.
pub fn of(answer: &Answer) -> Told {
    if !answer.is_refusal() {
        return Told::default();
    }
    let places = &refusal_schema(answer)["x-error"];
    let in_body = |key: &str| {
        let (_, body) = answer.body?;
        body.pointer(places[key].as_str()?)
    };
    let in_header = |key: &str| {
        let headers = answer.headers().into_iter();
        let mut own = headers.filter(|(_, header, _)| header["x-error"] == key);
        own.next().map(|(_, _, value)| value)
    };
    let said = |key: &str| in_body(key).map(plain).or_else(|| in_header(key));
    Told {
        code: said("code"),
        message: said("message"),
        retry: in_body("retry").and_then(Value::as_u64),
    }
}

/// The schema of a refusal: of two alternatives under a success status the second.
fn refusal_schema(answer: &Answer) -> &'static Value {
    if answer.response.get("x-refusal").is_none() {
        return answer.schema;
    }
    document::resolve(&answer.schema["oneOf"][1], String::new()).0
}

/// The schemes whose credential a header of `answer` is, each with the cookie.
pub fn sessions(answer: &Answer) -> Vec<(&'static str, String)> {
    let headers = answer.headers().into_iter();
    let own = headers.filter_map(|(_, header, cookie)| {
        let cookie = cookie.split(';').next().unwrap_or_default();
        Some((header["x-credential"].as_str()?, cookie.to_owned()))
    });
    own.collect()
}

const NOTHING: &[u8] =
    b"HTTP/1.1 418 I'm a teapot\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// A session that `answer` has handed out comes back with the next call under its scheme.
pub async fn comes_back(
    cases: &[Case],
    answer: &Answer,
    responder: &Responder,
    client: Client,
    findings: &mut Findings,
) {
    for (scheme, expected) in sessions(answer) {
        let under = |case: &&Case| case.carried.iter().any(|(own, _)| *own == scheme);
        let Some(next) = cases.iter().find(under) else {
            continue;
        };
        let (request, _) = responder
            .exchange(NOTHING, (next.send)(client.clone()))
            .await;
        let found = Request::parse(&request.unwrap_or_default())
            .header("cookie")
            .join(" | ");
        if found != expected {
            let message = format!("{}: the session of the next call", answer.operation);
            findings.differ("sdk-answer", &answer.pointer, message, expected, found);
        }
    }
}

/// A cookie of a scheme's name is kept from no answer that is not said to hand it out, and any answer may end one.
pub async fn uninvited(
    cases: &[Case],
    answer: &Answer,
    responder: &Responder,
    client: &Client,
    findings: &mut Findings,
) {
    let mut own = cases.iter();
    let own = own.find(|case| case.operation == answer.operation && !case.unsendable);
    let Some(case) = own.filter(|_| sessions(answer).is_empty()) else {
        return;
    };
    for (name, scheme) in document::members(&DOCUMENT["components"], "securitySchemes") {
        let own = Scheme::ALL.iter().find(|own| own.name() == name);
        let (Some(own), true) = (own, scheme["in"] == "cookie") else {
            continue;
        };
        let cookie = scheme["name"].as_str().unwrap_or_default();
        for (held, set, what) in [
            (
                None,
                format!("{cookie}=uninvited"),
                "is kept that it does not hand out",
            ),
            (
                Some("over"),
                format!("{cookie}=over; Max-Age=0"),
                "outlives its end",
            ),
        ] {
            let bytes = format!(
                "HTTP/1.1 {} Answer\r\nConnection: close\r\nSet-Cookie: {set}\r\nContent-Length: 0\r\n\r\n",
                answer.status
            );
            let held = held.map(|text| Credential::of(*own, text));
            let client = client.with(held.into_iter().collect::<Credentials>());
            responder
                .exchange(bytes.as_bytes(), (case.send)(client.clone()))
                .await;
            if client.credentials().holds(*own) {
                let message = format!("{} {}: a session {what}", answer.operation, answer.status);
                findings.add("sdk-answer", &answer.pointer, message);
            }
        }
    }
}

/// Whether a pair of HTTP Basic is joined as `x-basic` says; anything else is.
pub fn is_joined(scheme: &str, text: &str) -> bool {
    let scheme = &DOCUMENT["components"]["securitySchemes"][scheme];
    if scheme["x-basic"] != "form" {
        return true;
    }
    // A form leaves letters, digits and these; a space is a plus.
    let is_form = |half: &str| {
        let mut bytes = half.bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.*+%".contains(&byte))
    };
    text.split_once(':')
        .is_some_and(|(id, secret)| is_form(id) && is_form(secret))
}
