//! How bodies may arrive, the same in every dialect: content codings are refused, a byte order mark is skipped.

use super::requests::{Way, ways};
use crate::{
    harness::{Answer, Call, Tessera, asked},
    proofs::live::{
        oracle,
        request::{Request, is_form},
    },
};

/// A request that succeeds, and whose body can be replaced.
struct Sendable {
    way: Way,
    request: Request,
}

impl Sendable {
    /// The request with bytes before its body.
    fn call(&self, before: &[u8]) -> Call {
        let mut request = self.request.clone();
        if let Some((_, bytes)) = &mut request.body {
            *bytes = [before, bytes].concat();
        }
        request.call()
    }

    /// The request with another body.
    fn with(&self, media_type: &str, bytes: &[u8]) -> Call {
        let mut request = self.request.clone();
        request.body = Some((Some(media_type.to_owned()), bytes.to_vec()));
        request.call()
    }
}

/// Whether some operation of a dialect reads a body.
fn has_body(way: &Way) -> bool {
    way.media_type().is_some()
}

/// One for each way to succeed with a body.
async fn sendable(server: &Tessera) -> Vec<Sendable> {
    let mut found = Vec::new();
    for way in ways(server).await.into_iter().filter(has_body) {
        let request = way.request(server).await;
        found.push(Sendable { way, request });
    }
    for operation in oracle::operations() {
        for (media_type, _) in operation.body.iter().flat_map(|body| &body.media) {
            let mut known = found.iter().map(|one| &one.way);
            let is_known = known.any(|way| {
                way.operation.id == operation.id && way.media_type() == Some(media_type)
            });
            assert!(is_known, "no body for {} as {media_type}", operation.id);
        }
    }
    found
}

/// A dialect that has no status for it says that the request is malformed.
#[track_caller]
fn assert_coding_refused(target: &Sendable, answer: &Answer, coding: &str) {
    let id = &target.way.operation.id;
    let shown = format!("{id} {coding}: {:?} {}", answer.headers, answer.text());
    target.way.assert_refusal(answer, coding);
    if !target.way.operation.statuses().contains(&415) {
        assert_eq!(answer.status, 400, "{shown}");
        return;
    }
    assert_eq!(answer.status, 415, "{shown}");
    assert_eq!(
        answer.header("accept-encoding"),
        Some("identity"),
        "{shown}"
    );
    let media_type = answer.header("content-type").unwrap_or_default();
    assert!(media_type.starts_with("application/json"), "{shown}");
}

#[tokio::test]
async fn a_content_coding_is_refused_with_what_is_understood() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        asked("bodies", target.way.dialect(), &target.way.operation.id);
        for coding in [
            "gzip",
            "GZIP",
            "x-gzip",
            "br",
            "deflate",
            "zstd",
            "aws-chunked",
            "identity, gzip",
            "gzip, identity",
            "identity;q=1",
            "\u{e9}",
        ] {
            let call = target.call(b"").header("Content-Encoding", coding);
            assert_coding_refused(&target, &call.send(&server).await, coding);
            // What is really packed is no form and no JSON either, and the answer is the same.
            let packed = target.call(&[0x1f, 0x8b, 8]);
            let packed = packed.header("Content-Encoding", coding);
            assert_coding_refused(&target, &packed.send(&server).await, coding);
        }
        let twice = target.call(b"");
        let twice = twice.header("Content-Encoding", "identity");
        let twice = twice.header("Content-Encoding", "gzip");
        assert_coding_refused(&target, &twice.send(&server).await, "gzip in a second line");
    }
}

fn media_type(target: &Sendable) -> &str {
    target.way.media_type().expect("it has a body")
}

#[tokio::test]
async fn identity_is_no_content_coding() {
    let server = Tessera::start().await;
    for coding in ["identity", "Identity", "", " , identity ,"] {
        for target in sendable(&server).await {
            let call = target.call(b"").header("Content-Encoding", coding);
            let answer = call.send(&server).await;
            target.way.assert_success(&answer, coding);
        }
    }
}

#[tokio::test]
async fn another_media_type_says_nothing_about_codings() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        let body = target.request.body.as_ref().map(|(_, bytes)| &**bytes);
        let call = target.with("text/plain", body.unwrap_or_default());
        let answer = call.send(&server).await;
        assert!([400, 415].contains(&answer.status), "{}", answer.text());
        assert_eq!(answer.header("accept-encoding"), None);
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_skipped() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        let answer = target.call("\u{feff}".as_bytes()).send(&server).await;
        target.way.assert_success(&answer, "after a mark");
    }
    // Where the body may be left out, a mark alone is none.
    let mut left_out = 0;
    for way in ways(&server).await.into_iter().filter(has_body) {
        let is_needed = way
            .operation
            .body
            .as_ref()
            .is_some_and(|body| body.required);
        let mut request = way.request(&server).await;
        let media_type = request.body.take().and_then(|(media_type, _)| media_type);
        if is_needed || !way.succeeded(&request.call().send(&server).await) {
            continue;
        }
        let mut request = way.request(&server).await;
        request.body = Some((media_type, "\u{feff}".into()));
        let answer = request.call().send(&server).await;
        way.assert_success(&answer, "with a mark alone");
        left_out += 1;
    }
    assert!(left_out > 0, "no body may be left out");
}

#[tokio::test]
async fn a_second_byte_order_mark_belongs_to_the_body() {
    let server = Tessera::start().await;
    for target in sendable(&server).await {
        let (_, body) = target.request.body.as_ref().expect("it has a body");
        let body = String::from_utf8_lossy(body);
        let mut texts = vec![format!("\u{feff}\u{feff}{body}")];
        if !is_form(media_type(&target)) {
            texts.extend(["{\u{feff}}".to_owned(), "{}\u{feff}".to_owned()]);
        }
        for text in texts {
            let call = target.with(media_type(&target), text.as_bytes());
            let answer = call.send(&server).await;
            // In a form it is part of the first name, which then is unknown.
            target.way.assert_refusal(&answer, &text);
        }
    }
}
