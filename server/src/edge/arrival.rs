//! What is known of a request before anyone looks inside it: peer, id and the time it began.

use std::{
    fmt::{self, Display},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use poem::{Addr, Request};
use uuid::Uuid;

use super::{
    TrustedProxies,
    tally::{OverRate, Tally},
};
use crate::domain::Monotonic;
use crate::limits::{Lane, Rate, RateLimits};

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
    /// `None` where nothing is counted.
    tally: Option<Arc<Tally>>,
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
        proxies: &TrustedProxies,
    ) -> Self {
        Self {
            request_id: inbound_id(request)
                .map_or_else(|| ids.next(), str::to_owned)
                .into(),
            client: client(request, proxies),
            started: clock.elapsed(),
            clock: Arc::clone(clock),
            tally: None,
        }
    }

    /// From now on the request is counted in the buckets of that mount.
    pub(super) fn counted_by(&mut self, limits: &Arc<RateLimits>, lane: Lane, mount: &'static str) {
        let tally = Tally::new(limits, lane, mount, self.client);
        self.tally = Some(Arc::new(tally));
    }

    pub(super) fn tally(&self) -> Option<&Tally> {
        self.tally.as_deref()
    }

    /// The id in the log line: the caller's `X-Request-Id` if that is one, else a fresh UUID.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The client's address: the socket's other end, or whom a trusted proxy there stands for.
    #[must_use]
    pub fn client(&self) -> IpAddr {
        self.client
    }

    /// Counts the request against a caller that has proved itself, and so not against its address.
    ///
    /// `who` names the caller within the dialect. Call it once the proof held, before anything is done.
    ///
    /// # Errors
    /// [`OverRate`] when that caller asked too often.
    pub fn prove(&self, who: impl Display) -> Result<(), OverRate> {
        self.tally().map_or(Ok(()), |tally| tally.prove(who))
    }

    /// Counts the request against its address at once, because its caller proves nothing. Requests that
    /// do not prove themselves in the end are counted so by the edge.
    ///
    /// # Errors
    /// [`OverRate`] when too many such requests came from there.
    pub fn count_anonymous(&self) -> Result<(), OverRate> {
        self.tally().map_or(Ok(()), Tally::count_anonymous)
    }

    /// The request is not counted at all.
    pub fn waive(&self) {
        if let Some(tally) = self.tally() {
            tally.waive();
        }
    }

    /// The state of the bucket that the request was counted in, once it was.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.tally().and_then(Tally::rate)
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

fn client(request: &Request, proxies: &TrustedProxies) -> IpAddr {
    match &request.remote_addr().0 {
        Addr::SocketAddr(address) => proxies.client(address.ip(), request.headers()),
        // Requests of our own process have no socket; they must not use up a real client's rate.
        Addr::Unix(_) | Addr::Custom(..) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    }
}
