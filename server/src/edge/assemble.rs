//! Puts the mounts together into the one endpoint that the listener serves.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use poem::{
    Endpoint, EndpointExt, Request, Response, Route,
    endpoint::BoxEndpoint,
    error::NotFoundError,
    http::{HeaderValue, Method, header},
};
use poem_openapi::OpenApi;

use super::{
    Arrival, DialectEdge, EdgeFailure, MAX_HEADER_BYTES, Monotonic, Refusal, RequestIds,
    route_table::{MethodMismatch, PathEndpoint, RouteMap, poem_path},
};

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
            routes,
        }
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
            routes = routes
                .try_at(poem_path(&path), PathEndpoint::new(methods))
                .map_err(|error| AssembleError::Route {
                    path,
                    reason: error.to_string(),
                })?;
        }
        served.push(mount.owner);
    }
    Ok(Edge {
        owners,
        served,
        routes: routes.boxed(),
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
    served: Vec<Box<dyn Owner>>,
    routes: BoxEndpoint<'static, Response>,
    clock: Arc<dyn Monotonic>,
    ids: Arc<dyn RequestIds>,
}

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let arrival = Arrival::new(&request, &self.clock, &self.ids);
        let head_only = request.method() == Method::HEAD;
        let path = request.uri().path();
        let owned = self.owners.iter().find(|owned| owned.holds(path));
        let Some(owner) = owned.and_then(|owned| self.served.get(owned.index)) else {
            return Ok(super::problem::refusal(&EdgeFailure::Internal));
        };
        let mut response = owner.serve(arrival, request, &self.routes).await;
        if head_only {
            response = without_body(response).await;
        }
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
    fn serve<'a>(
        &'a self,
        arrival: Arrival,
        request: Request,
        routes: &'a BoxEndpoint<'static, Response>,
    ) -> BoxFuture<'a, Response>;
}

struct Owned<E>(E);

impl<E: DialectEdge> Owner for Owned<E> {
    fn serve<'a>(
        &'a self,
        arrival: Arrival,
        mut request: Request,
        routes: &'a BoxEndpoint<'static, Response>,
    ) -> BoxFuture<'a, Response> {
        let exchange = self.0.open(arrival, &request);
        request.extensions_mut().insert(exchange.clone());
        async move {
            let answer = AssertUnwindSafe(self.answer(&exchange, request, routes))
                .catch_unwind()
                .await
                .unwrap_or_else(|_panic| Err(EdgeFailure::Internal.into()));
            let mut response = match answer {
                Ok(response) => response,
                Err(Refusal::Answered(response)) => *response,
                Err(Refusal::Failure(failure)) => self.refused(&exchange, failure),
            };
            self.0.after(&exchange, &mut response);
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
        routes: &BoxEndpoint<'static, Response>,
    ) -> Result<Response, Refusal> {
        if exceeds_limits(&request) {
            return Err(EdgeFailure::HeaderTooLarge.into());
        }
        self.0.admit(exchange, &request).await?;
        routes.call(request).await.map_err(|error| {
            if error.is::<NotFoundError>() {
                EdgeFailure::NotFound.into()
            } else if let Some(mismatch) = error.downcast_ref::<MethodMismatch>() {
                EdgeFailure::MethodNotAllowed {
                    allow: mismatch.allow.clone(),
                }
                .into()
            } else {
                EdgeFailure::Internal.into()
            }
        })
    }

    fn refused(&self, exchange: &E::Exchange, failure: EdgeFailure) -> Response {
        let allow = match &failure {
            EdgeFailure::MethodNotAllowed { allow } => HeaderValue::from_str(allow).ok(),
            EdgeFailure::NotFound
            | EdgeFailure::HeaderTooLarge
            | EdgeFailure::RateLimited { .. }
            | EdgeFailure::Internal => None,
        };
        let mut response = self.0.refuse(exchange, failure);
        if let Some(allow) = allow {
            response.headers_mut().entry(header::ALLOW).or_insert(allow);
        }
        response
    }
}

fn exceeds_limits(request: &Request) -> bool {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    // Name and value are joined by a colon and a space.
    let mut lines = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + 2 + value.len());
    target > MAX_HEADER_BYTES || lines.any(|line| line > MAX_HEADER_BYTES)
}
