//! A TCP server that reads requests, keeps them, and answers with prepared texts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

/// One request as it came over the socket.
#[derive(Debug)]
pub struct Received {
    /// Method and target, such as `GET /v1/token`.
    pub line: String,
    /// Names in lower case, with values, in the order they came.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The whole request, line by line.
    pub fn text(&self) -> String {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| format!("{name}: {value}\n"));
        let headers = headers.collect::<String>();
        format!("{}\n{headers}\n{}", self.line, self.body)
    }

    /// The only value of a header; panics when it came twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(n, _)| n == name);
        let first = values.next();
        assert!(values.next().is_none(), "{name} came twice");
        first.map(|(_, value)| value.as_str())
    }
}

/// The server; it ends with its prepared answers.
pub struct Responder {
    address: SocketAddr,
    received: Receiver<Received>,
}

impl Responder {
    pub fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        let (sender, received) = channel();
        thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().expect("a connection");
                converse(stream, &answer, &sender);
            }
        });
        Self { address, received }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request if it has come; the responder disconnects when all its answers are given.
    pub fn try_received(&self) -> Result<Received, TryRecvError> {
        self.received.try_recv()
    }

    /// The next request that came.
    pub fn received(&self) -> Received {
        self.received.recv().expect("a request")
    }
}

/// Answers one request and closes, so that each answer has a connection of its own.
fn converse(stream: TcpStream, answer: &str, sender: &Sender<Received>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request line");
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        let name = name.to_lowercase();
        if name == "content-length" {
            length = value.parse().expect("a length");
        }
        headers.push((name, value.to_owned()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body = String::from_utf8(body).expect("text");
    let received = Received {
        line,
        headers,
        body,
    };
    // A test that is not interested in the request has dropped the other end.
    let _ = sender.send(received);
    let closing = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut stream = reader.into_inner();
    stream.write_all(closing.as_bytes()).expect("an answer");
}
