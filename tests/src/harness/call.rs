//! A request written byte for byte, so that a test sends exactly what it says.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{Answer, Reach};

/// One HTTP/1.1 request.
#[derive(Debug, Clone)]
pub struct Call {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Call {
    /// A request of any method.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// A GET.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST without a body, and without a `Content-Length` until one is set.
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// A DELETE.
    pub fn delete(target: &str) -> Self {
        Self::new("DELETE", target)
    }

    /// What it asks for, query included.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Adds a header line, whose value need not be text; the same name may be added twice.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// `Authorization: Bearer`.
    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        let value = format!("Bearer {}", token.as_ref());
        self.header("Authorization", value)
    }

    /// `Authorization: Basic`, both parts form-encoded first (RFC 6749 §2.3.1).
    pub fn basic(self, username: &str, password: &str) -> Self {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let pair = format!("{}:{}", encode(username), encode(password));
        let value = format!("Basic {}", STANDARD.encode(pair));
        self.header("Authorization", value)
    }

    /// A JSON body.
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// A urlencoded form.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = serde_urlencoded::to_string(pairs).expect("pairs of strings encode");
        self.body("application/x-www-form-urlencoded", body)
    }

    /// A body of any media type.
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", media_type)
    }

    /// A body without `Content-Type`.
    pub fn untyped_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The bytes of the request.
    pub fn to_bytes(&self, host: SocketAddr) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        if !self.headers.iter().any(|(name, _)| name == "Host") {
            bytes.extend(format!("Host: {host}\r\n").bytes());
        }
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: ").bytes());
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        if let Some(body) = &self.body {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        bytes.extend(b"Connection: close\r\n\r\n");
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    /// Sends it on a connection of its own.
    pub async fn send(&self, server: &Reach) -> Answer {
        self.send_to(server.address()).await
    }

    /// Sends it to any address.
    pub async fn send_to(&self, address: SocketAddr) -> Answer {
        send_bytes(address, &self.to_bytes(address)).await
    }

    /// Sends all of it but its last byte, so that it is under way and cannot be answered yet.
    pub async fn poise(&self, server: &Reach) -> Poised {
        let mut bytes = self.to_bytes(server.address());
        let last = bytes.split_off(bytes.len().saturating_sub(1));
        let stream = TcpStream::connect(server.address()).await;
        let mut stream = stream.expect("the server accepts connections");
        let sent = stream.write_all(&bytes).await;
        sent.expect("a request that is not whole is not refused");
        Poised { stream, last }
    }

    /// Sends it to any address from another one of this machine, such as `127.0.0.2`.
    pub async fn send_from(&self, source: [u8; 4], address: SocketAddr) -> Answer {
        let socket = TcpSocket::new_v4().expect("a socket");
        let source = SocketAddr::from((source, 0));
        socket.bind(source).expect("all of 127/8 is this machine");
        let stream = socket.connect(address).await;
        let stream = stream.expect("the server accepts connections");
        exchange(stream, &self.to_bytes(address)).await
    }
}

/// A request that is at the server but for its last byte.
#[derive(Debug)]
pub struct Poised {
    stream: TcpStream,
    last: Vec<u8>,
}

impl Poised {
    /// Sends the last byte and reads the answer.
    pub async fn release(self) -> Answer {
        exchange(self.stream, &self.last).await
    }
}

/// Sends requests of which each is under way before any of them can be answered; the answers are in their order.
pub async fn at_once(server: &Reach, calls: &[Call]) -> Vec<Answer> {
    let mut poised = Vec::new();
    for call in calls {
        poised.push(call.poise(server).await);
    }
    futures_util::future::join_all(poised.into_iter().map(Poised::release)).await
}

/// Sends bytes on a connection of their own and reads until the other side closes.
pub async fn send_bytes(address: SocketAddr, bytes: &[u8]) -> Answer {
    let stream = TcpStream::connect(address)
        .await
        .expect("the server accepts connections");
    exchange(stream, bytes).await
}

async fn exchange(mut stream: TcpStream, bytes: &[u8]) -> Answer {
    // The server may refuse and close before it has read a large request.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Answer::parse(&answer)
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
