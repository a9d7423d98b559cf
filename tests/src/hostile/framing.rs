//! Requests that two servers on the way could read in two ways: they are refused, in the shape of the path's owner.

use crate::harness::{Answer, Tessera, call::send_bytes};

/// A path of each owner, and what its refusals are known by.
const OWNERS: [(&str, u16, &str); 7] = [
    ("/api/v2/auth/token", 400, r#""message":"Bad request""#),
    ("/v1/token", 400, r#""error_message":"#),
    ("/api/v1/token", 400, r#""error":"#),
    ("/v1/auth/tokens/long", 400, r#""code":"invalid_request""#),
    ("/api/v1/auth/token", 400, r#""REQUEST_MALFORMED""#),
    ("/oauth/introspect", 400, r#""error":"invalid_request""#),
    ("/healthz", 400, r#""type":"about:blank""#),
];

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
    for (path, status, known_by) in OWNERS {
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
            assert_eq!(answer.status, status, "{shown}");
            assert!(answer.text().contains(known_by), "{shown}");
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
    for (path, status, known_by) in OWNERS {
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
            assert_eq!(answer.status, status, "{shown}");
            assert!(answer.text().contains(known_by), "{shown}");
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
    for (path, status, known_by) in OWNERS {
        let answer = send(&server, path, "1.1", &lines(5), "").await;
        // Which of the two it is depends on how the bytes arrive: hyper gives up on its own (431), or it is refused in shape.
        let in_shape = answer.status == status && answer.text().contains(known_by);
        assert!(
            in_shape || answer.status == 431,
            "{path} {}",
            answer.status_line
        );
    }
}
