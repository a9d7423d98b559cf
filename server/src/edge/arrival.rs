//! What is known of a request before anyone looks inside it: peer, id and the time it began.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use poem::{Addr, Request};
use uuid::Uuid;

/// A clock that only runs forward: durations, rates and lock-outs, never dates.
pub trait Monotonic: Send + Sync + 'static {
    /// Time since an arbitrary, fixed origin.
    fn elapsed(&self) -> Duration;
}

/// The machine's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemMonotonic {
    origin: Instant,
}

impl Default for SystemMonotonic {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Monotonic for SystemMonotonic {
    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// Where fresh request ids come from.
pub trait RequestIds: Send + Sync + 'static {
    /// A new id in the text form of a UUID.
    fn next(&self) -> String;
}

/// A request as it reached the socket.
#[derive(Clone)]
pub struct Arrival {
    request_id: Arc<str>,
    client: IpAddr,
    started: Duration,
    clock: Arc<dyn Monotonic>,
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("request_id", &self.request_id)
            .field("client", &self.client)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

impl Arrival {
    pub(super) fn new(
        request: &Request,
        clock: &Arc<dyn Monotonic>,
        ids: &Arc<dyn RequestIds>,
    ) -> Self {
        Self {
            request_id: inbound_id(request)
                .map_or_else(|| ids.next(), str::to_owned)
                .into(),
            client: peer(request),
            started: clock.elapsed(),
            clock: Arc::clone(clock),
        }
    }

    /// The id in the log line: the caller's `X-Request-Id` if that is one, else a fresh UUID.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The address of the socket's other end. No forwarding header is believed.
    #[must_use]
    pub fn client(&self) -> IpAddr {
        self.client
    }

    /// How long the request has been in the server.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.started)
    }
}

/// An id is echoed into answers and logs, so only a UUID in its usual form is taken over.
fn inbound_id(request: &Request) -> Option<&str> {
    let id = request.headers().get("x-request-id")?.to_str().ok()?;
    // Without hyphens, in braces or as a URN it is longer or shorter.
    (id.len() == 36 && Uuid::try_parse(id).is_ok()).then_some(id)
}

fn peer(request: &Request) -> IpAddr {
    match &request.remote_addr().0 {
        Addr::SocketAddr(address) => address.ip().to_canonical(),
        // Requests of our own process have no socket; they must not use up a real client's rate.
        Addr::Unix(_) | Addr::Custom(..) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    }
}
