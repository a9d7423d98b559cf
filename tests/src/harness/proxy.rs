//! A proxy on loopback that tells the server whom it stands for, in one of the usual ways.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How a proxy tells whom it stands for.
#[derive(Debug, Clone, Copy)]
pub enum Telling {
    /// A line of its own: `Forwarded: for=…`.
    Forwarded,
    /// Appended to the line that came (as nginx does it): `Forwarded: …, for=…`.
    ForwardedAppended,
    /// A line of its own: `X-Forwarded-For: …`.
    Plain,
    /// Appended to the line that came: `X-Forwarded-For: …, …`.
    PlainAppended,
}

impl Telling {
    /// Every way.
    pub const ALL: [Self; 4] = [
        Self::Forwarded,
        Self::ForwardedAppended,
        Self::Plain,
        Self::PlainAppended,
    ];

    /// The header's name.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Forwarded | Self::ForwardedAppended => "Forwarded",
            Self::Plain | Self::PlainAppended => "X-Forwarded-For",
        }
    }

    fn element(self, client: SocketAddr) -> String {
        match self {
            Self::Forwarded | Self::ForwardedAppended => format!("for=\"{client}\";proto=http"),
            Self::Plain | Self::PlainAppended => client.ip().to_string(),
        }
    }

    /// The head of a request as the proxy passes it on.
    fn retold(self, head: &str, client: SocketAddr) -> String {
        let (name, element) = (self.header(), self.element(client));
        let mut lines: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
        let appends = matches!(self, Self::ForwardedAppended | Self::PlainAppended);
        let sent = lines.iter_mut().rfind(|line| {
            let sent = line.split_once(':');
            appends && sent.is_some_and(|(sent, _)| sent.eq_ignore_ascii_case(name))
        });
        match sent {
            Some(line) => line.extend([", ", &element]),
            None => lines.push(format!("{name}: {element}")),
        }
        lines.join("\r\n") + "\r\n\r\n"
    }
}

/// A running proxy; it ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts one at 127.0.0.1 in front of a server.
    pub async fn start(server: SocketAddr, telling: Telling) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let task = tokio::spawn(async move {
            while let Ok((stream, client)) = listener.accept().await {
                tokio::spawn(pass_on(stream, client, server, telling));
            }
        });
        Self { address, task }
    }

    /// Where clients find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request and its answer; clients here send `Connection: close`.
async fn pass_on(mut client: TcpStream, from: SocketAddr, server: SocketAddr, telling: Telling) {
    let mut sent = Vec::new();
    let end = loop {
        if let Some(end) = sent.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if !matches!(client.read_buf(&mut sent).await, Ok(1..)) {
            return;
        }
    };
    let head = String::from_utf8_lossy(&sent[..end]);
    let mut request = telling.retold(&head, from).into_bytes();
    request.extend_from_slice(&sent[end + 4..]);
    let Ok(mut upstream) = TcpStream::connect(server).await else {
        return;
    };
    if upstream.write_all(&request).await.is_ok() {
        // It ends when either side has closed.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    }
}
