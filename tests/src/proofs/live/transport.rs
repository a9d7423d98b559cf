//! How a request is written down: media types, malformed and oversized bodies, what nobody documented.

use serde_json::Value;

use super::{
    cases::case,
    oracle::{Body, Node, Operation},
    probe::{Base, Case, Expect, Pair},
    request::{Request, encode, is_form, written},
};

/// The size up to which a body is read, as the document says wherever it declares 413.
const LIMIT: usize = 64 * 1024;

/// How deep JSON may nest, as the document says where it takes objects of any content.
const DEPTH: usize = 32;

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
    sizes(operation, base, media_type, &text, cases);
    spellings(operation, base, media_type, &text, cases);
    let schema = format!("{content}/{}/schema", media_type.replace('/', "~1"));
    nesting(operation, base, media_type, &text, cases);
    for (label, bytes) in malformed(media_type, body, &text) {
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

/// What has to be spelt exactly, spelt otherwise.
fn spellings(
    operation: &Operation,
    base: &Base,
    media_type: &str,
    text: &str,
    cases: &mut Vec<Case>,
) {
    let at = format!("{}/x-exact-names", operation.node.at);
    let names = operation.exact_names();
    for name in names.into_iter().filter(|name| *name != "*") {
        for spelling in [
            format!("{name}[0]"),
            format!("{name}.a"),
            name.to_uppercase(),
        ] {
            let misspelt = if is_form(media_type) {
                format!("{text}&{}=1", encode(&spelling))
            } else {
                let comma = if text == "{}" { "" } else { "," };
                format!("{{\"{spelling}\":1{comma}{}", &text[1..])
            };
            let label = format!("{spelling} in the body");
            let edit = raw(media_type, misspelt.into_bytes());
            cases.push(case(base, label, &at, Expect::Refusal, edit));
        }
    }
}

/// Whether the body may have no members but the documented ones.
fn is_closed(operation: &Operation, media_type: &str) -> bool {
    let mut media = operation.body.iter().flat_map(|body| &body.media);
    media
        .find(|(known, _)| known == media_type)
        .and_then(|(_, schema)| schema.child("additionalProperties"))
        .is_some_and(|rest| *rest.value == Value::Bool(false))
}

fn sizes(operation: &Operation, base: &Base, media_type: &str, text: &str, cases: &mut Vec<Case>) {
    let at = format!("{}/413", operation.responses());
    let padded = |size: usize| {
        let mut text = text.to_owned();
        let filler = match (is_form(media_type), is_closed(operation, media_type)) {
            (false, _) => " ",
            // Between two of them there is no field.
            (true, true) => "&",
            (true, false) => {
                text.push_str("&x_not_documented=");
                "x"
            }
        };
        text.push_str(&filler.repeat(size.saturating_sub(text.len())));
        text.into_bytes()
    };
    cases.push(case(
        base,
        "a body of 65536 bytes",
        &at,
        Expect::Success,
        raw(media_type, padded(LIMIT)),
    ));
    // Not much more: what the server leaves unread may cost the connection its answer.
    for size in [LIMIT + 1, LIMIT + 4096] {
        let label = format!("a body of {size} bytes");
        cases.push(case(
            base,
            label,
            &at,
            Expect::Status(413),
            raw(media_type, padded(size)),
        ));
    }
}

/// JSON as deep as it may be, and one deeper, in a member that nobody documented.
fn nesting(
    operation: &Operation,
    base: &Base,
    media_type: &str,
    text: &str,
    cases: &mut Vec<Case>,
) {
    let Some(rest) = text.strip_prefix('{').filter(|_| !is_form(media_type)) else {
        return;
    };
    let media = operation.body.iter().flat_map(|body| &body.media);
    let Some((_, schema)) = media.clone().find(|(known, _)| known == media_type) else {
        return;
    };
    let closed = is_closed(operation, media_type);
    for depth in [DEPTH, DEPTH + 1] {
        // The object itself is the first level.
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        let comma = if rest == "}" { "" } else { "," };
        let deep = format!("{{\"x_not_documented\":{open}{close}{comma}{rest}");
        let expect = if closed || depth > DEPTH {
            Expect::Refusal
        } else {
            Expect::Success
        };
        let label = format!("JSON that nests {depth} deep");
        let edit = raw(media_type, deep.into_bytes());
        cases.push(case(base, label, &schema.at, expect, edit));
    }
}

/// Texts that are not what the media type says.
fn malformed(media_type: &str, body: &Value, text: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |label: &str, bytes: Vec<u8>| found.push((label.to_owned(), bytes));
    let name = body.as_object().and_then(|members| members.keys().next());
    if is_form(media_type) {
        add(
            "a form that is not UTF-8",
            format!("{text}&x_not_documented=%FF").into_bytes(),
        );
        if let Some((name, _)) = text.split_once('=') {
            add("a field twice", format!("{text}&{name}=again").into_bytes());
        }
        return found;
    }
    add("truncated JSON", text.as_bytes()[..text.len() - 1].to_vec());
    add(
        "JSON with something behind it",
        format!("{text}}}").into_bytes(),
    );
    add("a list instead of an object", b"[]".to_vec());
    add("null instead of an object", b"null".to_vec());
    add("text instead of an object", b"\"text\"".to_vec());
    add("a word instead of JSON", b"nonsense".to_vec());
    add("a form instead of JSON", b"a=b".to_vec());
    add(
        "a comment in JSON",
        format!("{text} // comment").into_bytes(),
    );
    add("single quotes in JSON", b"{'a': 1}".to_vec());
    add(
        "JSON that is not UTF-8",
        [b"{\"x_not_documented\":\"\xff\"}".as_slice()].concat(),
    );
    add("only spaces", b"   ".to_vec());
    if let Some(name) = name {
        let member = format!("{{\"{name}\":\"first\",{}", &text[1..]);
        add("a member twice", member.into_bytes());
    }
    found
}
