//! Starts a server in this process: storage, authority, dialects, edge, listener.

mod ids;
mod open;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use poem::{Endpoint, Request, Response, listener::TcpAcceptor};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
};

use crate::{
    authority::{self, TokenAuthority},
    config::{Config, Network},
    dialects::{self, Surroundings, UnfitSettings},
    domain::{Clock, Monotonic, Randomness, SystemClock, SystemMonotonic},
    edge::{self, AssembleError, CrossOrigin, Mounted, Strict, StrictError},
    generated::routes::ROUTES,
    keys::SystemRandomness,
    limits::RateLimits,
    listener::{self, Listener},
    public_url::PublicUrl,
    storage::{Lock, LockError, OpenError, Purpose, SqlStore},
    sweeper,
    unlock::UnlockError,
};

use ids::RandomIds;
pub use open::{Opened, open_authority, prove_master_key};

/// The merged document, published as it is.
pub const DOCUMENT: &[u8] = include_bytes!("../../openapi/openapi.json");

/// Time and chance, so that tests can own them.
#[derive(Clone)]
pub struct Ports {
    /// Dates.
    pub clock: Arc<dyn Clock>,
    /// Durations and rates.
    pub monotonic: Arc<dyn Monotonic>,
    /// Secrets and ids.
    pub randomness: Arc<dyn Randomness>,
}

impl Ports {
    /// Those of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            monotonic: Arc::new(SystemMonotonic::default()),
            randomness: Arc::new(SystemRandomness::default()),
        }
    }
}

/// Why a server did not start; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's words.
        reason: std::io::Error,
    },
    /// Another process serves the database, or is making it; or it cannot be locked.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// The database cannot be opened.
    #[error(transparent)]
    Storage(#[from] OpenError),
    /// There is no master key, or it is not that of the database.
    #[error(transparent)]
    MasterKey(#[from] UnlockError),
    /// The session secret's file cannot be used.
    #[error("cannot take the session secret from {path}: {reason}")]
    SessionSecret {
        /// The file.
        path: PathBuf,
        /// The system's words, or ours.
        reason: std::io::Error,
    },
    /// What is set about a dialect does not go together.
    #[error(transparent)]
    Settings(#[from] UnfitSettings),
    /// The authority does not open on that database and key.
    #[error("the authority cannot open: {0}")]
    Authority(#[from] authority::OpenError),
    /// The dialects do not fit together.
    #[error("the routes do not fit together: {0}")]
    Assemble(#[from] AssembleError),
    /// The document cannot be held against answers.
    #[error("answers cannot be validated: {0}")]
    Strict(#[from] StrictError),
}

/// A server about to run: everything is open and bound, nothing is answered yet.
pub struct Server {
    listener: TcpAcceptor,
    network: Network,
    local_addr: SocketAddr,
    public_url: PublicUrl,
    authority: TokenAuthority,
    store: SqlStore,
    monotonic: Arc<dyn Monotonic>,
    edge: edge::Edge,
}

impl Server {
    /// Takes the database for itself (its lock is held until the server ends), binds the address and opens the database.
    ///
    /// Another server on the database is waited for, five seconds at most.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn prepare(config: &Config, ports: &Ports) -> Result<Self, StartError> {
        let settings = &config.policy.dialects;
        settings.check(config.public_url.as_ref())?;
        let failed = |reason| StartError::Listen {
            address: config.listen,
            reason,
        };
        let serving = Lock::take(
            config.database_url.expose(),
            Purpose::Serving,
            ports.clock.now_ms(),
        )
        .await?;
        let listener = listener::bind(config.listen).map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let listener = TcpAcceptor::from_tokio(listener).map_err(failed)?;
        let bound_url = PublicUrl::of_listener(local_addr);
        let public_url = config.public_url.clone().unwrap_or(bound_url.clone());
        if local_addr.ip().to_canonical().is_loopback()
            && public_url != bound_url
            && config.network.proxies.networks.is_empty()
        {
            tracing::warn!(
                listen = %local_addr,
                %public_url,
                "every client has the address of the proxy, and shares its rates and lock-outs: \
                 name it with --trusted-proxy and --forwarded-header"
            );
        }
        let opened = open_authority(config, ports, &public_url).await?;
        let Opened {
            authority, store, ..
        } = opened;
        store.hold(serving);
        let edge = match compose(config, ports, &authority, &public_url) {
            Ok(edge) => edge,
            Err(error) => {
                store.close().await;
                return Err(error);
            }
        };
        Ok(Self {
            listener,
            network: config.network.clone(),
            local_addr,
            public_url,
            authority,
            store,
            monotonic: Arc::clone(&ports.monotonic),
            edge,
        })
    }

    /// Everything the server answers, by path and method; the list is made where the routing is.
    #[must_use]
    pub fn mounted(&self) -> &[Mounted] {
        self.edge.mounted()
    }

    /// The core, for seeding before the first request.
    #[must_use]
    pub fn authority(&self) -> &TokenAuthority {
        &self.authority
    }

    /// The origin in URLs that answers contain.
    #[must_use]
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    /// The address bound.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Closes the database of a server that is not to run after all.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// Answers one request without a socket; it counts as a client of its own.
    pub async fn ask(&self, request: Request) -> Response {
        self.edge.get_response(request).await
    }

    /// Prepares and runs.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn start(config: &Config, ports: &Ports) -> Result<Running, StartError> {
        Ok(Self::prepare(config, ports).await?.run())
    }

    /// Answers requests from now on, in a task of its own.
    #[must_use]
    pub fn run(self) -> Running {
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = Listener {
            acceptor: self.listener,
            settings: self.network.connections,
            proxies: self.network.proxies,
        };
        let served = listener.serve(self.edge, async move {
            // An error means that `Running` was dropped: stop as well.
            let _ = stopped.await;
        });
        self.authority
            .upkeep()
            .watch_clock(self.monotonic.elapsed());
        let swept = sweeper::sweep(self.authority.clone(), self.monotonic);
        let written = sweeper::write_refusals(self.authority.clone());
        Running {
            local_addr: self.local_addr,
            public_url: self.public_url,
            authority: self.authority,
            store: self.store,
            stop: Some(stop),
            served: tokio::spawn(async move {
                tokio::select! {
                    () = served => {}
                    never = swept => match never {},
                    never = written => match never {},
                }
            }),
        }
    }
}

/// A running server. Dropping it stops it without waiting.
pub struct Running {
    local_addr: SocketAddr,
    public_url: PublicUrl,
    authority: TokenAuthority,
    store: SqlStore,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

/// The listener's task ended badly.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The task was cancelled or panicked.
    #[error("the listener's task broke off")]
    Task(#[from] JoinError),
}

impl Running {
    /// The address bound.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The origin in URLs that answers contain.
    #[must_use]
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    /// The core behind the dialects.
    #[must_use]
    pub fn authority(&self) -> &TokenAuthority {
        &self.authority
    }

    /// Takes no further connections, lets open requests finish (10 s at most), closes the database
    /// and returns.
    ///
    /// # Errors
    /// [`StopError`] when the listener had failed already.
    pub async fn shutdown(mut self) -> Result<(), StopError> {
        if let Some(stop) = self.stop.take() {
            // The task is gone if nobody listens; joining it tells why.
            let _ = stop.send(());
        }
        let served = self.served.await;
        // Where it fails the log has the reason, and the server ends all the same.
        let _ = self.authority.upkeep().write_all_refusals().await;
        self.store.close().await;
        Ok(served?)
    }
}

/// Every operation with the digest of what matters of it to a caller.
fn digests() -> String {
    let all = ROUTES.iter();
    all.map(|route| format!("{}={}", route.operation, route.digest))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The dialects and our own pages, put together.
fn compose(
    config: &Config,
    ports: &Ports,
    authority: &TokenAuthority,
    public_url: &PublicUrl,
) -> Result<edge::Edge, StartError> {
    let limits = Arc::new(RateLimits::new(&config.policy.rates, &ports.monotonic));
    let mut mounts = dialects::mounts(&Surroundings {
        authority: authority.clone(),
        limits: Arc::clone(&limits),
        public_url: public_url.clone(),
        origins: config.network.origins.clone(),
        settings: config.policy.dialects,
    });
    mounts.push(edge::pages::mount(DOCUMENT, &digests(), authority).limited_by(&limits));
    let ids = Arc::new(RandomIds::new(Arc::clone(&ports.randomness)));
    let origins = config.network.origins.clone();
    let edge = edge::assemble(mounts, ROUTES, Arc::clone(&ports.monotonic), ids)?;
    let cross_origin = CrossOrigin::new(edge.mounted(), ROUTES, origins);
    let edge = edge
        .behind(config.network.proxies.clone())
        .patient(config.network.connections.body_timeout)
        .cross_origin(cross_origin);
    Ok(if config.policy.strict {
        edge.strict(Strict::new(DOCUMENT)?)
    } else {
        edge
    })
}
