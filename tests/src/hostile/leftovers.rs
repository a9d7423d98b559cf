//! Requests whose bodies nobody reads: the answer arrives whole, and the connection goes on or says that it ends.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    harness::{
        Answer, Tessera, asked, assert_all_asked,
        document::{DOCUMENT, members},
    },
    proofs::live::{
        oracle::{operations, tags},
        request::Request,
    },
    rules::requests::{one_way_of_each, ways},
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

/// A path below each prefix that nobody has, and the status that the document gives it.
fn nobody() -> Vec<(String, u16)> {
    let mut found = vec![("/nobody".to_owned(), 404)];
    for tag in tags() {
        let status = tag.path.map(|refusal| refusal.status);
        let status = status.expect("a dialect says how it refuses unknown paths");
        let prefixes = tag.prefixes.into_iter();
        found.extend(prefixes.map(|prefix| (format!("{prefix}/nobody"), status)));
    }
    found
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
    for operation in operations() {
        let path = operation.path.replace(['{', '}'], "");
        let answer = connection.call("POST", &path, &body, Framing::Length);
        assert_eq!(answer.await.header("connection"), None, "{path}");
    }
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
    for (path, status) in nobody() {
        let mut connection = Connection::to(server.address()).await;
        let header = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        );
        connection.send(header.as_bytes()).await;
        let answer = connection.answer(false).await;
        let found = (answer.status, answer.header("connection"));
        assert_eq!(found, (status, Some("close")), "{path}");
        // It may have decided to send the body in the meantime.
        connection.send(b"hello").await;
        connection.ends().await;
    }
}

#[tokio::test]
async fn a_body_that_never_comes_delays_a_refusal_and_ends_the_connection() {
    let server = Tessera::start().await;
    for (path, status) in nobody() {
        let mut connection = Connection::to(server.address()).await;
        let header = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
        connection.send(header.as_bytes()).await;
        let answer = connection.answer(false).await;
        let found = (answer.status, answer.header("connection"));
        assert_eq!(found, (status, Some("close")), "{path}");
        connection.ends().await;
    }
}

#[tokio::test]
async fn a_body_that_is_not_finished_in_time_is_malformed_in_each_dialect() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.network.connections.body_timeout = Duration::from_millis(50);
    })
    .await;
    // An operation reads its body only when whatever else it needs is there.
    let mut dialects = Vec::new();
    for way in ways(&server).await {
        let Some(media_type) = way.media_type() else {
            continue;
        };
        let mut connection = Connection::to(server.address()).await;
        let head = head(&way.request(&server).await, 500);
        connection.send(&[&head[..], b"a"].concat()).await;
        let answer = connection.answer(false).await;
        let id = &way.operation.id;
        assert_eq!(answer.status, 400, "{id} {media_type}: {}", answer.text());
        way.assert_refusal(&answer, media_type);
        assert_eq!(answer.header("connection"), Some("close"), "{id}");
        connection.ends().await;
        asked("hostile", way.dialect(), id);
        dialects.push(way.dialect());
    }
    let without = ways(&server).await.into_iter();
    let without = without.filter(|way| way.operation.body.is_none());
    dialects.extend(without.map(|way| way.dialect()));
    assert_all_asked("hostile", dialects);
}

/// The head of a request whose body has so many bytes.
fn head(request: &Request, length: usize) -> Vec<u8> {
    let call = request.call();
    let first = format!("{} {} HTTP/1.1", request.method, call.target());
    let mut lines = vec![first, "Host: x".to_owned()];
    for (name, value) in &request.headers {
        lines.push(format!("{name}: {}", String::from_utf8_lossy(value)));
    }
    if let Some((Some(media_type), _)) = &request.body {
        lines.push(format!("Content-Type: {media_type}"));
    }
    lines.push(format!("Content-Length: {length}\r\n\r\n"));
    lines.join("\r\n").into_bytes()
}

#[tokio::test]
async fn a_client_that_has_said_all_and_closes_its_side_is_answered() {
    let server = Tessera::start().await;
    for way in one_way_of_each(&server).await {
        if way.media_type().is_none() {
            continue;
        }
        for _ in 0..5 {
            let request = way.request(&server).await;
            let (_, body) = request.body.as_ref().expect("it has a body");
            let mut connection = Connection::to(server.address()).await;
            let head = head(&request, body.len());
            connection.send(&[&head[..], body].concat()).await;
            connection.stream.shutdown().await.expect("our side closes");
            let answer = connection.answer(false).await;
            way.assert_success(&answer, "after its side was closed");
            connection.ends().await;
        }
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
