//! The accept loop: takes connections while there is room, and ends them all at a shutdown.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use poem::{
    Addr, Endpoint, Response,
    listener::{Acceptor, TcpAcceptor},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{
    ConnectionSettings,
    capacity::{Capacity, Seat},
    connection::{self, Ends},
};
use crate::edge::TrustedProxies;

/// How long open requests may go on after a shutdown began.
const DRAIN: Duration = Duration::from_secs(10);

/// Connections that may wait to be taken; the system may hold fewer.
const BACKLOG: u32 = 1024;

/// Takes the address, whose connections wait until [`Listener::serve`] takes them.
///
/// # Errors
/// The system's.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // A server that starts again finds its address free although old connections are still winding down.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// An address and who may connect to it.
pub struct Listener {
    /// Where connections come in.
    pub acceptor: TcpAcceptor,
    /// What they may take.
    pub settings: ConnectionSettings,
    /// The proxies: behind one of them is more than one client.
    pub proxies: TrustedProxies,
}

impl Listener {
    /// Serves `edge` until `stop` is ready; then gives open requests ten seconds.
    pub async fn serve<E>(self, edge: E, stop: impl Future<Output = ()>)
    where
        E: Endpoint<Output = Response> + 'static,
    {
        let settings = self.settings;
        let edge = Arc::new(edge);
        let protocol = connection::protocol(&settings);
        let mut door = Door::new(self);
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                // A connection that panicked is told by the panic's own line in the log.
                Some(_) = connections.join_next() => {}
                (stream, ends, seat) = door.next() => {
                    let (edge, protocol) = (Arc::clone(&edge), protocol.clone());
                    let stopped = stopped.clone();
                    connections.spawn(async move {
                        connection::serve(stream, ends, &protocol, settings, edge, stopped).await;
                        drop(seat);
                    });
                }
            }
        }
        drop(door);
        // Without connections nobody listens.
        let _ = stopping.send(true);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(DRAIN, all).await.is_err() {
            connections.shutdown().await;
        }
    }
}

/// Where connections come in.
struct Door {
    acceptor: TcpAcceptor,
    proxies: TrustedProxies,
    capacity: Capacity,
    failing: Option<Failing>,
    told: Told,
}

/// The system gives no connections at present.
struct Failing {
    wait: Duration,
    until: Instant,
}

/// When the log last told something that clients can cause.
#[derive(Default)]
struct Told {
    failing: Option<Instant>,
    refused: Option<Instant>,
}

/// The shortest time between two lines of the log about the same thing.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

/// The first and the longest wait after an accept that failed.
const WAITS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

impl Door {
    fn new(listener: Listener) -> Self {
        let Listener {
            acceptor,
            settings,
            proxies,
        } = listener;
        Self {
            acceptor,
            proxies,
            capacity: Capacity::new(
                settings.max_connections,
                settings.max_connections_per_address,
            ),
            failing: None,
            told: Told::default(),
        }
    }

    /// The next connection that there is room for. May be dropped at any time: no connection is lost by it.
    async fn next(&mut self) -> (TcpStream, Ends, Seat) {
        loop {
            if let Some(Failing { until, .. }) = self.failing {
                sleep_until(until).await;
            }
            let seat = self.capacity.seat().await;
            let (stream, local, remote, scheme) = match self.acceptor.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    self.fail(&error);
                    continue;
                }
            };
            self.failing = None;
            let address = address(&remote);
            let seat = if self.proxies.trusts(address) {
                Some(seat)
            } else {
                seat.taken_by(address)
            };
            if let Some(seat) = seat {
                let ends = Ends {
                    local,
                    remote,
                    scheme,
                };
                return (stream, ends, seat);
            }
            if due(&mut self.told.refused) {
                tracing::warn!(
                    "an address has as many connections as it may have; further ones are closed"
                );
            }
        }
    }

    fn fail(&mut self, error: &io::Error) {
        // The client went away before it was let in.
        if matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionRefused
        ) {
            return;
        }
        let (first, longest) = WAITS;
        let wait = self
            .failing
            .take()
            .map_or(first, |failing| (failing.wait * 2).min(longest));
        self.failing = Some(Failing {
            wait,
            until: Instant::now() + wait,
        });
        if due(&mut self.told.failing) {
            tracing::error!(%error, "no connection can be taken; trying again");
        }
    }
}

/// Whether a line may be written; then the time runs anew.
fn due(last: &mut Option<Instant>) -> bool {
    let due = last.is_none_or(|last| last.elapsed() >= BETWEEN_LINES);
    if due {
        *last = Some(Instant::now());
    }
    due
}

fn address(remote: &poem::web::RemoteAddr) -> IpAddr {
    match &remote.0 {
        Addr::SocketAddr(address) => address.ip().to_canonical(),
        // A TCP listener has no others.
        Addr::Unix(_) | Addr::Custom(..) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    }
}
