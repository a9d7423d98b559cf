//! A socket that keeps the bytes of one request and gives one prepared answer, for each exchange anew.

use std::cell::Cell;
use std::net::SocketAddr;
use std::pin::pin;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The far end of every exchange of the proof.
pub struct Responder {
    listener: TcpListener,
    address: SocketAddr,
}

impl Responder {
    /// Listens on the loopback.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        Self { listener, address }
    }

    /// Where it listens.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens, as `Host` says it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Runs `call` against `answer`; the request is `None` when the call sent nothing.
    pub async fn exchange<T>(
        &self,
        answer: &[u8],
        call: impl Future<Output = T>,
    ) -> (Option<Vec<u8>>, T) {
        let accepted = Cell::new(false);
        let mut serving = pin!(async {
            let (mut stream, _) = self.listener.accept().await.expect("a connection");
            accepted.set(true);
            let request = read_request(&mut stream).await;
            // The caller may have seen enough before the end of the answer.
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
            request
        });
        let mut call = pin!(call);
        tokio::select! {
            biased;
            request = &mut serving => (Some(request), call.await),
            outcome = &mut call => {
                let request = if accepted.get() { Some(serving.await) } else { None };
                (request, outcome)
            }
        }
    }
}

async fn read_request(stream: &mut tokio::net::TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap_or_default();
        bytes.extend_from_slice(&chunk[..read]);
        if read == 0 || is_whole(&bytes) {
            return bytes;
        }
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok())
        .unwrap_or_default();
    bytes.len() >= end + 4 + length
}
