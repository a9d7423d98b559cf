//! How a request is written down: media types, malformed and oversized bodies, what nobody documented.

mod texts;

use serde_json::Value;

use super::{
    cases::case,
    oracle::{Body, Node, Operation},
    probe::{Base, Case, Expect, Pair},
    request::{Request, encode, is_form, written},
};

/// Media types that some operation or other might understand.
const MEDIA_TYPES: [&str; 8] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "application/merge-patch+json",
    "application/xml",
    "multipart/form-data; boundary=x",
    "text/plain",
    "nonsense",
];

/// What is the same for requests with and without a body.
pub fn cases(operation: &Operation, base: &Base, cases: &mut Vec<Case>) {
    let at = &operation.node.at;
    let exact = format!("{at}/x-exact-names");
    let names = operation.exact_names();
    let (closed_at, closed) = if names.contains(&"*") {
        (&exact, Expect::Refusal)
    } else {
        (at, Expect::Success)
    };
    for name in names.into_iter().filter(|name| *name != "*") {
        for spelling in [name.to_owned(), format!("{name}[0]"), name.to_uppercase()] {
            let label = format!("{spelling} in the query");
            let edit = move |request: &mut Request| {
                request.query.push((encode(&spelling), "1".to_owned()));
            };
            cases.push(case(base, label, &exact, Expect::Refusal, edit));
        }
    }
    cases.push(case(
        base,
        "a query parameter that nobody documented",
        closed_at,
        closed,
        |request| {
            request
                .query
                .push(("x_not_documented".to_owned(), "1".to_owned()));
        },
    ));
    cases.push(case(
        base,
        "a header that nobody documented",
        at,
        Expect::Success,
        |request| {
            request.header("X-Not-Documented", "1");
        },
    ));
    cases.push(case(
        base,
        "a header of 9000 bytes",
        at,
        Expect::Status(400),
        |request| {
            request.header("X-Not-Documented", "x".repeat(9000));
        },
    ));
    for (name, value) in [
        ("Accept", "text/html"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip, br"),
    ] {
        let label = format!("{name}: {value}");
        cases.push(case(base, label, at, Expect::Success, move |request| {
            request.header(name, value);
        }));
    }
    if operation.body.is_none() {
        cases.push(case(
            base,
            "a body that nobody documented",
            at,
            Expect::Declared,
            |request| {
                request.body = Some((Some("application/json".to_owned()), b"{}".to_vec()));
            },
        ));
    }
}

/// The body of a request, written in every way.
pub fn bodies(
    operation: &Operation,
    base: &Base,
    body: &Value,
    cases: &mut Vec<Case>,
    pairs: &mut Vec<Pair>,
) {
    let (Some(documented), Some((_, media_type))) = (&operation.body, &base.body) else {
        return;
    };
    let at = &documented.node.at;
    let Some(text) = written(media_type, body) else {
        return;
    };
    let content = format!("{at}/content");
    media_types(documented, base, &content, body, cases);
    for other in [
        format!("{media_type}; charset=utf-8"),
        media_type.to_uppercase(),
        format!("{media_type};x=\"y\""),
    ] {
        pairs.push(Pair {
            label: format!("{media_type}, and {other}"),
            at: content.clone(),
            alike: true,
            base: base.clone(),
            edits: [
                Box::new(|_| ()),
                Box::new(move |request| retype(request, Some(other.clone()))),
            ],
        });
    }
    for (other, _) in &documented.media {
        if other != media_type && written(other, body).is_some() {
            let (other, body) = (other.clone(), body.clone());
            pairs.push(Pair {
                label: format!("the same in {media_type} and in {other}"),
                at: content.clone(),
                alike: true,
                base: base.clone(),
                edits: [
                    Box::new(|_| ()),
                    Box::new(move |request| request.set_body(&other, &body)),
                ],
            });
        }
    }
    let without = match (
        documented.required,
        body.as_object().is_some_and(serde_json::Map::is_empty),
    ) {
        (true, _) => Expect::Refusal,
        (false, true) => Expect::Success,
        (false, false) => Expect::Understood,
    };
    let required = format!("{at}/required");
    cases.push(case(base, "no body", &required, without, |request| {
        request.body = None;
    }));
    if documented.required {
        let empty = raw(media_type, Vec::new());
        cases.push(case(
            base,
            "an empty body",
            &required,
            Expect::Refusal,
            empty,
        ));
    }
    texts::sizes(operation, base, media_type, &text, cases);
    texts::spellings(operation, base, media_type, &text, cases);
    let schema = format!("{content}/{}/schema", media_type.replace('/', "~1"));
    texts::nesting(operation, base, media_type, &text, cases);
    for (label, bytes) in texts::malformed(media_type, body, &text) {
        cases.push(case(
            base,
            label,
            &schema,
            Expect::Refusal,
            raw(media_type, bytes),
        ));
    }
}

/// Every other media type, none, and two of them.
fn media_types(documented: &Body, base: &Base, content: &str, body: &Value, cases: &mut Vec<Case>) {
    for other in MEDIA_TYPES {
        if documented.media.iter().any(|(name, _)| name == other) {
            continue;
        }
        let other = other.to_owned();
        let label = format!("the body as {other}");
        cases.push(case(
            base,
            label,
            content,
            Expect::Status(415),
            move |request| retype(request, Some(other.clone())),
        ));
    }
    cases.push(case(
        base,
        "a body without a media type",
        content,
        refused_unless_empty(body, documented.required),
        |request| {
            retype(request, None);
        },
    ));
    for other in [MEDIA_TYPES[0], MEDIA_TYPES[1]] {
        let label = format!("a second media type, {other}");
        let expect = Expect::Status(415);
        cases.push(case(base, label, content, expect, move |request| {
            request.header("Content-Type", other);
        }));
    }
}

/// A form that holds spaces, written in both ways.
pub fn spaces(base: &Base, media_type: &str, schema: &Node, body: &Value, pairs: &mut Vec<Pair>) {
    let form = written(media_type, body).filter(|_| is_form(media_type));
    if let Some(form) = form.filter(|form| form.contains("%20")) {
        let plus = raw(media_type, form.replace("%20", "+").into_bytes());
        pairs.push(Pair {
            label: "spaces as %20, and as +".to_owned(),
            at: schema.at.clone(),
            alike: true,
            base: base.clone(),
            edits: [Box::new(|_| ()), Box::new(plus)],
        });
    }
}

/// Without a media type an empty optional body is no body; anything else is not understood.
fn refused_unless_empty(body: &Value, required: bool) -> Expect {
    if !required && body.as_object().is_some_and(serde_json::Map::is_empty) {
        Expect::Status(415)
    } else {
        Expect::Refusal
    }
}

fn retype(request: &mut Request, media_type: Option<String>) {
    if let Some((sent, _)) = &mut request.body {
        *sent = media_type;
    }
}

fn raw(media_type: &str, bytes: Vec<u8>) -> impl Fn(&mut Request) + 'static {
    let media_type = media_type.to_owned();
    move |request| request.body = Some((Some(media_type.clone()), bytes.clone()))
}
