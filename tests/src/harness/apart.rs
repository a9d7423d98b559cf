//! A proxy that sends the header and the body of each request apart in time, as a slow or a busy client does.
//!
//! Nothing else changes: bytes go through as they are, and so does the way in which either side ends the connection.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// Milliseconds between a header and its body, in turn: an answer may leave before, while or after the body comes.
const PAUSES: [u64; 4] = [0, 1, 2, 5];

/// What a request may be read of at once.
const CHUNK: usize = 64 * 1024;

/// A proxy that ends with its test.
pub struct Apart {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Apart {
    /// Starts it before a server.
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.expect("a connection comes in");
                connections.spawn(connection(client, server));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, task }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(mut client: TcpStream, server: SocketAddr) {
    let server = TcpStream::connect(server).await;
    let mut server = server.expect("the server takes connections");
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a socket has options");
    }
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let mut requests = std::pin::pin!(Requests::of(from_client).forward(to_server));
        let mut answers = std::pin::pin!(forward(from_server, to_client));
        tokio::select! {
            // What the server has sent before it closed still arrives.
            sent = &mut requests => answers.await.and(sent),
            taken = &mut answers => match taken {
                Ok(()) => requests.await,
                Err(reset) => Err(reset),
            },
        }
    };
    if ended.is_err() {
        for stream in [&client, &server] {
            // It fails where the connection is gone already.
            let _ = stream.set_zero_linger();
        }
    }
}

/// Passes on bytes, and the end after them.
async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    tokio::io::copy(&mut from, &mut to).await?;
    to.shutdown().await
}

/// The requests of one connection.
struct Requests<R> {
    from: R,
    unsent: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Requests<R> {
    fn of(from: R) -> Self {
        let unsent = Vec::new();
        Self { from, unsent }
    }

    async fn forward(mut self, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        for pause in PAUSES.into_iter().cycle() {
            let Some(length) = self.find(b"\r\n\r\n").await? else {
                break;
            };
            let header = String::from_utf8_lossy(&self.unsent[..length]).to_ascii_lowercase();
            self.send(length, &mut to).await?;
            let field = |name: &str| {
                let mut lines = header.lines();
                lines.find_map(|line| line.strip_prefix(name).map(str::trim))
            };
            if field("transfer-encoding:") == Some("chunked") {
                sleep(Duration::from_millis(pause)).await;
                self.send_chunks(&mut to).await?;
            } else if let Some(length) = field("content-length:").filter(|length| *length != "0") {
                sleep(Duration::from_millis(pause)).await;
                let length = length.parse().expect("a client knows the length");
                self.send(length, &mut to).await?;
            }
        }
        // What the client broke off goes out as it is.
        to.write_all(&self.unsent).await?;
        to.shutdown().await
    }

    async fn send_chunks(&mut self, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        loop {
            let Some(line) = self.find(b"\r\n").await? else {
                return Ok(());
            };
            let size = String::from_utf8_lossy(&self.unsent[..line - 2]).into_owned();
            let size = usize::from_str_radix(&size, 16).expect("a client knows the size");
            // No client here sends trailers.
            self.send(line + size + 2, to).await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Sends so many bytes, or all there are before the client's end.
    async fn send(&mut self, length: usize, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut left = length;
        loop {
            let part = left.min(self.unsent.len());
            to.write_all(&self.unsent[..part]).await?;
            self.unsent.drain(..part);
            left -= part;
            if left == 0 || !self.read().await? {
                return to.flush().await;
            }
        }
    }

    /// Where the first of these bytes ends; `None` when the client ends before they come.
    async fn find(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        loop {
            let mut windows = self.unsent.windows(bytes.len());
            if let Some(start) = windows.position(|window| window == bytes) {
                return Ok(Some(start + bytes.len()));
            }
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    /// Whether more came.
    async fn read(&mut self) -> io::Result<bool> {
        self.unsent.reserve(CHUNK);
        Ok(self.from.read_buf(&mut self.unsent).await? > 0)
    }
}
