//! What is known of a request before anyone looks inside it: peer, id and the time it began.

use std::{
    fmt::{self, Display},
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use poem::{Addr, Request, http::HeaderName};
use uuid::Uuid;

use super::{
    TrustedProxies,
    tally::{Counting, OverRate, Tally},
};
use crate::domain::Monotonic;
use crate::limits::Rate;

/// Where fresh request ids come from.
pub trait RequestIds: Send + Sync + 'static {
    /// A new id in the text form of a UUID.
    fn next(&self) -> String;
}

/// A request as it reached the socket. Clones are the same request.
#[derive(Clone)]
pub struct Arrival(Arc<Known>);

struct Known {
    request_id: String,
    client: IpAddr,
    /// The client as text, once somebody asks.
    client_text: OnceLock<String>,
    started: Duration,
    clock: Arc<dyn Monotonic>,
    /// `None` where nothing is counted.
    tally: Option<Tally>,
}

/// What an edge knows of its requests before they come.
pub(super) struct Reception {
    pub(super) clock: Arc<dyn Monotonic>,
    pub(super) ids: Arc<dyn RequestIds>,
    pub(super) proxies: TrustedProxies,
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("request_id", &self.0.request_id)
            .field("client", &self.0.client)
            .field("started", &self.0.started)
            .finish_non_exhaustive()
    }
}

impl Arrival {
    /// The request that came at `started`, on the edge's own clock.
    pub(super) fn new(
        request: &Request,
        reception: &Reception,
        started: Duration,
        counting: Option<Counting<'_>>,
    ) -> Self {
        let Reception {
            clock,
            ids,
            proxies,
        } = reception;
        let client = client(request, proxies);
        Self(Arc::new(Known {
            request_id: inbound_id(request).map_or_else(|| ids.next(), str::to_owned),
            client,
            client_text: OnceLock::new(),
            started,
            clock: Arc::clone(clock),
            tally: counting.map(|counting| Tally::new(counting, client)),
        }))
    }

    pub(super) fn tally(&self) -> Option<&Tally> {
        self.0.tally.as_ref()
    }

    /// The id in the log line: the caller's `X-Request-Id` if that is one, else a fresh UUID.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The client's address: the socket's other end, or whom a trusted proxy there stands for.
    #[must_use]
    pub fn client(&self) -> IpAddr {
        self.0.client
    }

    /// The same as text.
    #[must_use]
    pub fn client_text(&self) -> &str {
        self.0.client_text.get_or_init(|| self.0.client.to_string())
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
        self.0.clock.elapsed().saturating_sub(self.0.started)
    }
}

/// Where a caller names its request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An id is echoed into answers and logs, so only a UUID in its usual form is taken over.
fn inbound_id(request: &Request) -> Option<&str> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
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
