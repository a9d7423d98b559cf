//! Many clients at once, from many addresses of loopback or from one, that send something and then nothing.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// The connections of a crowd, held open and unread.
pub struct Crowd(Vec<TcpStream>);

/// How many connect at the same time: fewer than a listener's backlog holds.
const AT_ONCE: usize = 64;

impl Crowd {
    /// Clients from 127.0.0.2 to .250, in turn.
    pub async fn of(number: usize, server: SocketAddr, message: &[u8]) -> Self {
        Self::from(number, server, message, |index| {
            2 + u8::try_from(index % 249).unwrap_or_default()
        })
        .await
    }

    /// Clients that all are 127.0.0.2.
    pub async fn of_one_address(number: usize, server: SocketAddr, message: &[u8]) -> Self {
        Self::from(number, server, message, |_| 2).await
    }

    async fn from(
        number: usize,
        server: SocketAddr,
        message: &[u8],
        host: impl Fn(usize) -> u8,
    ) -> Self {
        allow_open_files();
        let clients = stream::iter(0..number).map(|index| {
            let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, host(index)), 0));
            async move {
                let socket = TcpSocket::new_v4().expect("a socket");
                // Otherwise the client's own system takes the whole answer.
                socket.set_recv_buffer_size(4096).expect("a small buffer");
                socket.bind(source).expect("an address of loopback");
                let mut stream = socket.connect(server).await.expect("it listens");
                // A server that refuses this client may be quicker.
                let _ = stream.write_all(message).await;
                stream
            }
        });
        Self(clients.buffered(AT_ONCE).collect().await)
    }

    /// Waits until the server has closed all but `number` of them.
    pub async fn comes_down_to(mut self, number: usize) {
        let begun = Instant::now();
        while self.0.len() > number {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{} are still connected",
                self.0.len()
            );
            let mut held = Vec::new();
            for mut stream in self.0 {
                let mut byte = [0];
                let ended =
                    tokio::time::timeout(Duration::from_millis(1), stream.read(&mut byte)).await;
                if ended.is_err() {
                    held.push(stream);
                }
            }
            self.0 = held;
        }
        assert_eq!(self.0.len(), number, "more were closed than had to be");
    }
}

/// Asks the system for as many open files as it may give.
fn allow_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, all).expect("a limit may be raised to its maximum");
}
