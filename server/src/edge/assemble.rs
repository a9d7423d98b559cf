//! Puts the mounts together into the one endpoint that the listener serves.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use poem::{
    Endpoint, EndpointExt, PathPattern, Request, Response, Route,
    endpoint::BoxEndpoint,
    http::{HeaderValue, Method, StatusCode, header},
};
use poem_openapi::OpenApi;

use super::{
    Arrival, CrossOrigin, DialectEdge, EdgeFailure, HeaderFault, MAX_DURATION, Mounted, OverRate,
    Refusal, RequestIds, Strict, TrustedProxies,
    cors::Decision,
    framing, request_log,
    route_table::{self, Found, PathEndpoint, RouteMap, document_path, poem_path},
};
use crate::domain::Monotonic;
use crate::limits::{Lane, RateLimits};

/// Why the mounts do not fit together; a mistake in the program, told at start.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// An operation lies under a prefix that another mount owns, so its refusals would be foreign.
    #[error("{mount} has the path {path}, but {owner} owns that prefix")]
    ForeignPath {
        /// The mount that brought the path.
        mount: &'static str,
        /// The path.
        path: String,
        /// The mount that owns it.
        owner: &'static str,
    },
    /// Two mounts claim the same prefix.
    #[error("{first} and {second} both own the prefix {prefix}")]
    SharedPrefix {
        /// The prefix.
        prefix: &'static str,
        /// The mount that had it first.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// No mount owns the prefix `/`.
    #[error("no mount owns the prefix /")]
    NoFallback,
    /// poem refuses a path.
    #[error("the path {path} cannot be routed: {reason}")]
    Route {
        /// The path.
        path: String,
        /// poem's words.
        reason: String,
    },
}

/// One owner of path prefixes: a dialect, or ourselves.
pub struct Mount {
    name: &'static str,
    prefixes: &'static [&'static str],
    owner: Box<dyn Owner>,
    routes: RouteMap,
    /// Whether its routes come from the document.
    documented: bool,
    limits: Option<Arc<RateLimits>>,
}

impl Mount {
    /// A mount called `name` that owns `prefixes`; the longest prefix that holds a path wins,
    /// whole segments only, so `/v1` holds `/v1` and `/v1/x`, not `/v10`.
    pub fn new<E: DialectEdge>(
        name: &'static str,
        prefixes: &'static [&'static str],
        edge: E,
        api: impl OpenApi,
    ) -> Self {
        let mut routes = RouteMap::new();
        api.add_routes(&mut routes);
        Self {
            name,
            prefixes,
            owner: Box::new(Owned(edge)),
            documented: !routes.is_empty(),
            routes,
            limits: None,
        }
    }

    /// Counts every request under this mount: against the caller that proved itself, or else against
    /// the address; in a bucket of their own those that no operation answers.
    #[must_use]
    pub fn limited_by(mut self, limits: &Arc<RateLimits>) -> Self {
        self.limits = Some(Arc::clone(limits));
        self
    }

    /// Adds a route that is not part of the document (pages, health).
    #[must_use]
    pub fn route<E>(mut self, method: Method, path: &str, endpoint: E) -> Self
    where
        E: Endpoint + 'static,
    {
        let endpoint = endpoint.map_to_response().boxed();
        self.routes
            .entry(path.to_owned())
            .or_default()
            .insert(method, endpoint);
        self
    }
}

/// Builds the endpoint that serves every mount.
///
/// # Errors
/// When prefixes or paths of the mounts contradict each other.
pub fn assemble(
    mounts: Vec<Mount>,
    clock: Arc<dyn Monotonic>,
    ids: Arc<dyn RequestIds>,
) -> Result<Edge, AssembleError> {
    let mut owners: Vec<OwnedPrefix> = Vec::new();
    for (index, mount) in mounts.iter().enumerate() {
        for &prefix in mount.prefixes {
            if let Some(held) = owners.iter().find(|held| held.prefix == prefix) {
                return Err(AssembleError::SharedPrefix {
                    prefix,
                    first: held.name,
                    second: mount.name,
                });
            }
            owners.push(OwnedPrefix {
                prefix,
                name: mount.name,
                index,
            });
        }
    }
    owners.sort_by_key(|owned| std::cmp::Reverse(owned.prefix.len()));
    if !owners.iter().any(|owned| owned.prefix == "/") {
        return Err(AssembleError::NoFallback);
    }

    let mut routes = Route::new();
    let mut mounted = Vec::new();
    let mut served = Vec::new();
    for (index, mount) in mounts.into_iter().enumerate() {
        for (path, methods) in mount.routes {
            if let Some(owned) = owners.iter().find(|owned| owned.holds(&path))
                && owned.index != index
            {
                return Err(AssembleError::ForeignPath {
                    mount: mount.name,
                    path,
                    owner: owned.name,
                });
            }
            // The list is made of what is routed, where it is routed: nothing can be served and not be on it.
            mounted.extend(methods.keys().map(|method| Mounted {
                path: document_path(&path),
                method: method.to_string(),
                owner: mount.name,
            }));
            routes = routes
                .try_at(poem_path(&path), PathEndpoint::new(methods))
                .map_err(|error| AssembleError::Route {
                    path,
                    reason: error.to_string(),
                })?;
        }
        served.push(Served {
            name: mount.name,
            owner: mount.owner,
            documented: mount.documented,
            limits: mount.limits,
        });
    }
    mounted.sort();
    Ok(Edge {
        owners,
        served,
        routes: routes.boxed(),
        mounted,
        strict: None,
        patience: MAX_DURATION,
        cross_origin: None,
        proxies: TrustedProxies::default(),
        clock,
        ids,
    })
}

struct OwnedPrefix {
    prefix: &'static str,
    name: &'static str,
    index: usize,
}

impl OwnedPrefix {
    fn holds(&self, path: &str) -> bool {
        self.prefix == "/"
            || path
                .strip_prefix(self.prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The assembled server: a poem endpoint that answers every request itself, never with `Err`.
pub struct Edge {
    owners: Vec<OwnedPrefix>,
    served: Vec<Served>,
    routes: BoxEndpoint<'static, Response>,
    mounted: Vec<Mounted>,
    strict: Option<Strict>,
    patience: Duration,
    cross_origin: Option<CrossOrigin>,
    proxies: TrustedProxies,
    clock: Arc<dyn Monotonic>,
    ids: Arc<dyn RequestIds>,
}

impl Edge {
    /// Everything that is mounted, by path and method.
    #[must_use]
    pub fn mounted(&self) -> &[Mounted] {
        &self.mounted
    }

    /// From now on no answer of a documented operation leaves that breaks the document.
    #[must_use]
    pub fn strict(mut self, strict: Strict) -> Self {
        self.strict = Some(strict);
        self
    }

    /// From now on a request may take longer by the time in which its body must have arrived.
    #[must_use]
    pub fn patient(mut self, body: Duration) -> Self {
        self.patience = MAX_DURATION + body;
        self
    }

    /// From now on preflights are answered, and answers say whose pages may read them.
    #[must_use]
    pub fn cross_origin(mut self, cross_origin: CrossOrigin) -> Self {
        self.cross_origin = Some(cross_origin);
        self
    }

    /// From now on those proxies are believed when they tell a client's address.
    #[must_use]
    pub fn behind(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }
}

struct Served {
    name: &'static str,
    owner: Box<dyn Owner>,
    documented: bool,
    limits: Option<Arc<RateLimits>>,
}

impl Served {
    /// What the edge refuses before the dialect is asked.
    fn precheck(arrival: &Arrival, request: &Request, found: &Found) -> Result<(), EdgeFailure> {
        if let Some(fault) = framing::fault(request) {
            return Err(EdgeFailure::HeaderRefused(fault));
        }
        let failure = match found {
            Found::Operation(_) => return Ok(()),
            Found::OtherMethods { allow, .. } => EdgeFailure::MethodNotAllowed {
                allow: allow.clone(),
            },
            Found::Nothing => EdgeFailure::NotFound,
        };
        if let Some(tally) = arrival.tally() {
            tally.count_unmatched()?;
        }
        Err(failure)
    }
}

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let mut arrival = Arrival::new(&request, &self.clock, &self.ids, &self.proxies);
        let method = request.method().clone();
        let path = request.uri().path();
        let owned = self.owners.iter().find(|owned| owned.holds(path));
        let Some(served) = owned.and_then(|owned| self.served.get(owned.index)) else {
            return Ok(super::problem::refusal(&EdgeFailure::Internal));
        };
        let found = route_table::find(&self.routes, &request).await;
        let cross_origin = self
            .cross_origin
            .as_ref()
            .map(|cross_origin| cross_origin.decide(served.name, found.pattern(), &request));
        // Not counted, and no dialect's business; but a malformed request is none.
        let preflight = cross_origin.as_ref().and_then(Decision::preflight);
        if let Some(response) = preflight.filter(|_| framing::fault(&request).is_none()) {
            request_log::write(served.name, &method, &arrival, &response);
            return Ok(response);
        }
        if let Some(limits) = &served.limits {
            arrival.counted_by(limits, served.owner.lane(&request), served.name);
        }
        let precheck = Served::precheck(&arrival, &request, &found);
        let strict = self.strict.as_ref().filter(|_| served.documented);
        let mut response = served
            .owner
            .serve(
                arrival.clone(),
                request,
                precheck,
                &self.routes,
                strict,
                self.patience,
            )
            .await;
        // The path did match, so the log may name it.
        if let Found::OtherMethods { pattern, .. } = found {
            response.set_data(pattern);
        }
        if method == Method::HEAD {
            response = without_body(response).await;
        }
        if let Some(cross_origin) = cross_origin {
            cross_origin.stamp(response.headers_mut());
        }
        request_log::write(served.name, &method, &arrival, &response);
        Ok(response)
    }
}

/// Keeps the length the body would have had (RFC 9110 §8.6) and drops the body.
async fn without_body(mut response: Response) -> Response {
    if let Ok(body) = response.take_body().into_bytes().await
        && !body.is_empty()
    {
        let length = HeaderValue::from(body.len());
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
    }
    response
}

/// [`DialectEdge`] with its exchange type erased.
trait Owner: Send + Sync {
    fn lane(&self, request: &Request) -> Lane;

    fn serve<'a>(
        &'a self,
        arrival: Arrival,
        request: Request,
        precheck: Result<(), EdgeFailure>,
        routes: &'a BoxEndpoint<'static, Response>,
        strict: Option<&'a Strict>,
        patience: Duration,
    ) -> BoxFuture<'a, Response>;
}

struct Owned<E>(E);

impl<E: DialectEdge> Owner for Owned<E> {
    fn lane(&self, request: &Request) -> Lane {
        self.0.lane(request)
    }

    fn serve<'a>(
        &'a self,
        arrival: Arrival,
        mut request: Request,
        precheck: Result<(), EdgeFailure>,
        routes: &'a BoxEndpoint<'static, Response>,
        strict: Option<&'a Strict>,
        patience: Duration,
    ) -> BoxFuture<'a, Response> {
        let method = request.method().clone();
        let exchange = self.0.open(arrival.clone(), &request);
        request.extensions_mut().insert(exchange.clone());
        async move {
            let answer = AssertUnwindSafe(self.answer(&exchange, request, precheck, routes));
            let answer = tokio::time::timeout(patience, answer.catch_unwind()).await;
            let mut response = match answer {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(Refusal::Answered(response)))) => *response,
                Ok(Ok(Err(Refusal::Failure(failure)))) => self.refused(&exchange, failure),
                // A panic, or a body that does not arrive.
                Ok(Err(_)) | Err(_) => self.refused(&exchange, EdgeFailure::Internal),
            };
            let over = count(&arrival, &response);
            if let Err(over) = over {
                response = self.instead(&exchange, &response, over.into());
            }
            self.0.after(&exchange, &mut response);
            if let Some(strict) = strict
                && over.is_ok()
                && !strict.allows(&method, &mut response).await
            {
                response = self.instead(&exchange, &response, EdgeFailure::Internal);
                self.0.after(&exchange, &mut response);
            }
            response
        }
        .boxed()
    }
}

impl<E: DialectEdge> Owned<E> {
    async fn answer(
        &self,
        exchange: &E::Exchange,
        request: Request,
        precheck: Result<(), EdgeFailure>,
        routes: &BoxEndpoint<'static, Response>,
    ) -> Result<Response, Refusal> {
        precheck?;
        self.0.admit(exchange, &request).await?;
        let answer = routes.call(request).await;
        Ok(answer.unwrap_or_else(|_| self.refused(exchange, EdgeFailure::Internal)))
    }

    /// A refusal in the place of an answer, whose path the log may name.
    fn instead(
        &self,
        exchange: &E::Exchange,
        replaced: &Response,
        failure: EdgeFailure,
    ) -> Response {
        let mut response = self.refused(exchange, failure);
        if let Some(pattern) = replaced.data::<PathPattern>() {
            response.set_data(pattern.clone());
        }
        response
    }

    fn refused(&self, exchange: &E::Exchange, failure: EdgeFailure) -> Response {
        let allow = match &failure {
            EdgeFailure::MethodNotAllowed { allow } => HeaderValue::from_str(allow).ok(),
            EdgeFailure::NotFound
            | EdgeFailure::HeaderRefused(_)
            | EdgeFailure::RateLimited { .. }
            | EdgeFailure::Internal => None,
        };
        let ill_framed = matches!(
            failure,
            EdgeFailure::HeaderRefused(HeaderFault::Host | HeaderFault::TransferCoding)
        );
        let mut response = self.0.refuse(exchange, failure);
        if let Some(allow) = allow {
            response.headers_mut().entry(header::ALLOW).or_insert(allow);
        }
        if ill_framed {
            // What follows on the connection may be part of this request to whoever passed it on.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}

/// Counts a request that nobody has been proved to have sent.
fn count(arrival: &Arrival, response: &Response) -> Result<(), OverRate> {
    match arrival.tally() {
        Some(tally) if !tally.is_settled() => {
            // Too busy or too often is no answer to who the caller is.
            let undecided = [
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::TOO_MANY_REQUESTS,
            ];
            if undecided.contains(&response.status()) {
                tally.count_undecided();
                Ok(())
            } else {
                tally.count_anonymous()
            }
        }
        Some(_) | None => Ok(()),
    }
}
