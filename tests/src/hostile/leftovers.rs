//! Requests whose bodies nobody reads: the answer arrives whole, and the connection goes on or says that it ends.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{
    Answer, Tessera,
    document::{DOCUMENT, members},
};

/// A connection that is kept alive, on which header and body are sent apart.
struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length,
    Chunked,
}

impl Connection {
    async fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.expect("it listens");
        stream.set_nodelay(true).expect("a live socket");
        Self {
            stream,
            read: Vec::new(),
        }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .await
            .expect("the server takes what is sent");
    }

    /// Sends a header, lets the server have it to itself, and sends the body.
    async fn call(&mut self, method: &str, path: &str, body: &[u8], framing: Framing) -> Answer {
        let (line, body) = match framing {
            Framing::Length => (format!("Content-Length: {}", body.len()), body.to_vec()),
            Framing::Chunked => {
                let size = format!("{:x}\r\n", body.len());
                let chunk = [size.as_bytes(), body, b"\r\n0\r\n\r\n"].concat();
                ("Transfer-Encoding: chunked".to_owned(), chunk)
            }
        };
        let header = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n{line}\r\n\r\n"
        );
        self.send(header.as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.send(&body).await;
        self.answer(method == "HEAD").await
    }

    /// One answer, and not a byte more.
    async fn answer(&mut self, bodiless: bool) -> Answer {
        loop {
            let end = self.read.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                let head = Answer::parse(&self.read[..end + 4]);
                let length = match head.header("content-length") {
                    Some(length) if !bodiless => length.parse().expect("a number"),
                    _ => 0,
                };
                let whole = end + 4 + length;
                if self.read.len() >= whole {
                    let rest = self.read.split_off(whole);
                    return Answer::parse(&std::mem::replace(&mut self.read, rest));
                }
            }
            let read = self.stream.read_buf(&mut self.read).await;
            let read = read.expect("no answer is broken off");
            assert_ne!(
                read,
                0,
                "no answer: {:?}",
                String::from_utf8_lossy(&self.read)
            );
        }
    }

    /// The server closes, and takes nothing back.
    async fn ends(mut self) {
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest).await;
        read.expect("the connection is closed, not reset");
        assert!(self.read.is_empty() && rest.is_empty());
    }
}

/// Each documented operation, a wrong method of each path, and a path that nobody has under each prefix.
fn requests() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, item) in members(&DOCUMENT, "paths") {
        let path = path.replace('{', "x").replace('}', "");
        let methods = item.as_object().into_iter().flatten();
        let methods = methods.filter(|(_, value)| value.get("operationId").is_some());
        all.extend(methods.map(|(method, _)| (method.to_uppercase(), path.clone())));
        all.push(("PATCH".to_owned(), path.clone()));
        all.push(("POST".to_owned(), format!("{path}/nobody")));
    }
    for page in ["/", "/docs/", "/openapi.json", "/healthz", "/nobody"] {
        all.push(("GET".to_owned(), page.to_owned()));
        all.push(("POST".to_owned(), page.to_owned()));
    }
    all
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_out_of_the_way_of_the_next_call() {
    let server = Tessera::start().await;
    let mut connection = Connection::to(server.address()).await;
    for (method, path) in requests() {
        for framing in [Framing::Length, Framing::Chunked] {
            let body = [b'x'; 2000];
            let answer = connection.call(&method, &path, &body, framing).await;
            let close = answer.header("connection");
            assert_eq!(close, None, "{method} {path} {framing:?}");
        }
    }
    // Up to 64 KiB that holds for a body that is too large for an operation as well.
    let body = vec![b'x'; 65_536];
    let answer = connection.call("POST", "/v1/token", &body, Framing::Length);
    assert_eq!(answer.await.header("connection"), None);
}

#[tokio::test]
async fn a_body_too_long_to_be_read_costs_the_connection_and_never_the_answer() {
    let server = Tessera::start().await;
    for (method, path) in requests() {
        for framing in [Framing::Length, Framing::Chunked] {
            let mut connection = Connection::to(server.address()).await;
            let body = vec![b'x'; 1 << 20];
            let answer = connection.call(&method, &path, &body, framing).await;
            let shown = format!("{method} {path} {framing:?} {}", answer.status_line);
            assert_eq!(answer.header("connection"), Some("close"), "{shown}");
            connection.ends().await;
        }
    }
}

#[tokio::test]
async fn a_client_that_waits_to_go_on_is_not_told_to_when_nobody_reads_its_body() {
    let server = Tessera::start().await;
    let mut connection = Connection::to(server.address()).await;
    let header =
        "POST /v1/nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    connection.send(header.as_bytes()).await;
    let answer = connection.answer(false).await;
    assert_eq!(
        (answer.status, answer.header("connection")),
        (404, Some("close"))
    );
    // It may have decided to send the body in the meantime.
    connection.send(b"hello").await;
    connection.ends().await;
}

#[tokio::test]
async fn a_body_that_never_comes_delays_a_refusal_and_ends_the_connection() {
    let server = Tessera::start().await;
    let mut connection = Connection::to(server.address()).await;
    let header = "POST /api/v1/nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe";
    connection.send(header.as_bytes()).await;
    let answer = connection.answer(false).await;
    assert_eq!(
        (answer.status, answer.header("connection")),
        (404, Some("close"))
    );
    connection.ends().await;
}

#[tokio::test]
async fn a_body_that_is_not_finished_in_time_is_malformed_in_each_dialect() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.network.connections.body_timeout = Duration::from_millis(50);
    })
    .await;
    // An operation reads its body only when whatever else it needs is there.
    let client = server.held("/auth_api/client_id");
    for (path, media_type, pointer) in [
        ("/api/v2/auth/login", "application/json", "/message"),
        (
            "/v1/oauth/access_token",
            "application/x-www-form-urlencoded",
            "/error",
        ),
        ("/v1/auth/tokens/long", "application/json", "/code"),
        (
            "/oauth/introspect",
            "application/x-www-form-urlencoded",
            "/error",
        ),
    ] {
        let mut connection = Connection::to(server.address()).await;
        let header = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nX-Client-Id: {client}\r\n\
             Content-Length: 500\r\n\r\na"
        );
        connection.send(header.as_bytes()).await;
        let answer = connection.answer(false).await;
        assert_eq!(answer.status, 400, "{path} {}", answer.text());
        assert!(
            answer.json().pointer(pointer).is_some_and(Value::is_string),
            "{path} {}",
            answer.text()
        );
        assert_eq!(answer.header("connection"), Some("close"), "{path}");
        connection.ends().await;
    }
}

#[tokio::test]
async fn a_client_that_has_said_all_and_closes_its_side_is_answered() {
    let server = Tessera::start().await;
    let body = serde_json::json!({"username": server.held("/animeloop/username"), "password": server.held("/animeloop/password")});
    let body = body.to_string();
    for _ in 0..5 {
        let mut connection = Connection::to(server.address()).await;
        let header = format!(
            "POST /api/v2/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.send(header.as_bytes()).await;
        connection.stream.shutdown().await.expect("our side closes");
        let answer = connection.answer(false).await;
        assert_eq!(answer.json()["code"], 1_220_001, "{}", answer.text());
        connection.ends().await;
    }
}

#[tokio::test]
async fn what_comes_behind_the_last_request_takes_no_answer_back() {
    let server = Tessera::start().await;
    for _ in 0..20 {
        let mut connection = Connection::to(server.address()).await;
        let request =
            "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        connection.send(request.as_bytes()).await;
        connection.send(&vec![b'x'; 10_000]).await;
        let answer = connection.answer(false).await;
        assert_eq!(answer.status, 200);
        connection.ends().await;
    }
}

#[tokio::test]
async fn what_no_parser_understands_is_refused_and_the_refusal_arrives() {
    let server = Tessera::start().await;
    for first in [
        "garbage\r\n\r\n",
        "GET / HTTP/3.7\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
    ] {
        let mut connection = Connection::to(server.address()).await;
        connection.send(first.as_bytes()).await;
        connection.send(&vec![b'x'; 100_000]).await;
        let answer = connection.answer(false).await;
        assert_eq!(answer.status, 400, "{first:?}");
        connection.ends().await;
    }
}
