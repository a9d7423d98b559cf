//! Requests that two servers on the way could read in two ways: they are refused, in the shape of the path's owner.

use serde_json::Value;

use crate::{
    harness::{Answer, Tessera, asked, assert_all_asked, call::send_bytes, document},
    proofs::live::oracle::{self, Node, operations, tags},
};

/// A path, and how its owner refuses what is malformed.
struct Owner {
    path: String,
    /// The declared answer; `None` of a path of our own, whose refusals are problems (RFC 9457).
    refusal: Option<Node>,
}

/// A path of each owner.
fn owners() -> Vec<Owner> {
    let mut owners = vec![Owner {
        path: "/healthz".to_owned(),
        refusal: None,
    }];
    let mut dialects = Vec::new();
    for tag in tags() {
        let own = operations().into_iter();
        let mut own = own.filter(|one| one.dialect == tag.name && !one.path.contains('{'));
        if let Some((path, refusal)) =
            own.find_map(|one| Some((one.path.clone(), one.response(400)?)))
        {
            asked("hostile", &tag.name, &path);
            dialects.push(tag.name);
            let refusal = Some(refusal);
            owners.push(Owner { path, refusal });
        }
    }
    assert_all_asked("hostile", dialects.iter().map(String::as_str));
    owners
}

impl Owner {
    /// Whether an answer is a refusal of what is malformed, in the owner's shape and words.
    fn refuses(&self, answer: &Answer) -> bool {
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            return false;
        };
        let Some(refusal) = &self.refusal else {
            return answer.status == 400 && body["type"] == "about:blank";
        };
        let (media_type, content) = document::content(refusal.value).expect("it has a body");
        let schema = Node::at(&format!(
            "{}/content/{}/schema",
            refusal.at,
            media_type.replace('/', "~1")
        ));
        let schema = schema.expect("a body has a schema");
        // Its code is one that an example of the same refusal has.
        let places = &schema.value["x-error"];
        let code = places["code"].as_str();
        let code = code.filter(|code| places["message"] != *code);
        let code = code.and_then(|pointer| Some((pointer, body.pointer(pointer)?)));
        let mut examples = document::members(content, "examples")
            .map(|(_, example)| document::resolve(example, String::new()).0);
        let is_known = code.is_none_or(|(pointer, code)| {
            examples.any(|example| example["value"].pointer(pointer) == Some(code))
        });
        answer.status == 400
            && answer.header("content-type") == Some(media_type)
            && oracle::is_valid(&schema.at, &body)
            && is_known
    }
}

/// Sends a GET that does not ask for the end of the connection, and reads until it ends.
async fn ends(server: &Tessera, lines: &str, body: &str) -> Answer {
    let head = format!("GET /healthz HTTP/1.1\r\n{lines}\r\n{body}");
    send_bytes(server.address(), head.as_bytes()).await
}

#[tokio::test]
async fn a_connection_ends_with_a_request_that_could_be_read_in_two_ways() {
    let server = Tessera::start().await;
    let next = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    for lines in [
        "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nHost: b\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
    ] {
        let answer = ends(&server, lines, next).await;
        assert_eq!(answer.status, 400, "{lines:?}");
        assert_eq!(answer.header("connection"), Some("close"), "{lines:?}");
        // One answer, and nothing of what came behind it.
        let length = answer.header("content-length").expect("a length");
        assert_eq!(answer.body.len().to_string(), length, "{lines:?}");
    }
}

async fn send(server: &Tessera, path: &str, version: &str, lines: &str, body: &str) -> Answer {
    let head = format!("GET {path} HTTP/{version}\r\nConnection: close\r\n{lines}\r\n{body}");
    send_bytes(server.address(), head.as_bytes()).await
}

#[tokio::test]
async fn a_request_names_exactly_one_valid_host() {
    names_exactly_one_valid_host(&Tessera::start().await).await;
}

/// What the edge refuses is no answer of the operation at that path, so nobody holds it against the document.
#[tokio::test]
async fn a_strict_server_refuses_what_is_ill_framed_in_the_same_words() {
    let server = Tessera::start_with(|config| config.policy.strict = true).await;
    names_exactly_one_valid_host(&server).await;
}

async fn names_exactly_one_valid_host(server: &Tessera) {
    for owner in owners() {
        let path = &*owner.path;
        for lines in [
            "",
            "Host: a\r\nHost: a\r\n",
            "Host: a\r\nHost: b\r\n",
            "Host:\r\n",
            "Host: a b\r\n",
            "Host: a/b\r\n",
            "Host: a,b\r\n",
            "Host: user@a\r\n",
            "Host: http://a\r\n",
            "Host: a:b\r\n",
            "Host: a:99999\r\n",
            "Host: []\r\n",
            "Host: [zzz]\r\n",
            "Host: a[b]\r\n",
            "Host: \u{e9}\r\n",
        ] {
            let answer = send(server, path, "1.1", lines, "").await;
            let shown = format!("{path} {lines:?} {}", answer.text());
            assert!(owner.refuses(&answer), "{shown}");
        }
        for lines in ["Host: a\r\n", "Host: a:1\r\n", "host: [::1]:65535\r\n"] {
            let answer = send(server, path, "1.1", lines, "").await;
            assert!(
                !answer.text().contains("Host"),
                "{path} {lines:?} {}",
                answer.text()
            );
        }
    }
    // HTTP/1.0 had no such header; two of them are still one too many.
    send(server, "/healthz", "1.0", "", "").await.expect(200);
    send(server, "/healthz", "1.0", "Host: a\r\nHost: a\r\n", "")
        .await
        .expect(400);
}

#[tokio::test]
async fn the_only_transfer_coding_is_chunked() {
    let server = Tessera::start().await;
    for owner in owners() {
        let path = &*owner.path;
        for coding in [
            "gzip, chunked",
            "identity, chunked",
            "chunked, chunked",
            "xchunked, chunked",
            "gzip\r\nTransfer-Encoding: chunked",
            "chunked\r\nTransfer-Encoding: chunked",
        ] {
            let lines = format!("Host: a\r\nTransfer-Encoding: {coding}\r\n");
            let answer = send(&server, path, "1.1", &lines, "0\r\n\r\n").await;
            let shown = format!("{path} {coding:?} {}", answer.text());
            assert!(owner.refuses(&answer), "{shown}");
        }
        // What hyper cannot frame at all it refuses by itself.
        for coding in ["gzip", "chunked, gzip", "identity", "chunked;q=1", ""] {
            let lines = format!("Host: a\r\nTransfer-Encoding: {coding}\r\n");
            let answer = send(&server, path, "1.1", &lines, "0\r\n\r\n").await;
            assert_eq!(answer.status, 400, "{path} {coding:?} {}", answer.text());
        }
        for coding in ["chunked", "Chunked", " chunked "] {
            let lines = format!("Host: a\r\nTransfer-Encoding: {coding}\r\n");
            let answer = send(&server, path, "1.1", &lines, "0\r\n\r\n").await;
            assert!(
                !answer.text().contains("coding"),
                "{path} {coding:?} {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn a_header_of_more_than_32_kib_is_refused() {
    let server = Tessera::start().await;
    let lines = |number: usize| {
        let line = format!("X-Long: {}\r\n", "a".repeat(7000));
        format!("Host: a\r\n{}", line.repeat(number))
    };
    send(&server, "/healthz", "1.1", &lines(4), "")
        .await
        .expect(200);
    for owner in owners() {
        let path = &*owner.path;
        let answer = send(&server, path, "1.1", &lines(5), "").await;
        // Which of the two it is depends on how the bytes arrive: hyper gives up on its own (431), or it is refused in shape.
        let in_shape = owner.refuses(&answer);
        assert!(
            in_shape || answer.status == 431,
            "{path} {}",
            answer.status_line
        );
    }
}
