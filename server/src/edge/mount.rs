//! A mount: one owner of base paths with its operations, the context of its requests hidden from the rest of the edge.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use poem::{
    Endpoint, EndpointExt, IntoResponse, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};

use super::{
    Arrival, Context, DialectEdge, EdgeFailure, HeaderFault, OverRate, problem, strict::Judge,
};
use crate::{
    generated::wire::{self, PathParameters, Routes},
    limits::RateLimits,
};

/// One owner of base paths: a dialect, or ourselves.
pub struct Mount {
    pub(super) name: &'static str,
    pub(super) base_paths: &'static [&'static str],
    pub(super) owner: Box<dyn Owner>,
    /// How many of its endpoints come from the document; they are the first.
    pub(super) documented: usize,
    pub(super) limits: Option<Arc<RateLimits>>,
}

impl Mount {
    /// A dialect: its base paths, operations and stamps are generated from the document.
    pub fn dialect<D, R>(dialect: D, routes: impl FnOnce(Arc<D>) -> R) -> Self
    where
        D: DialectEdge,
        R: Routes<Context = D::Context>,
    {
        let dialect = Arc::new(dialect);
        let endpoints = routes(Arc::clone(&dialect)).endpoints();
        Self {
            name: R::DIALECT,
            base_paths: R::BASE_PATHS,
            documented: endpoints.len(),
            owner: Box::new(Owned {
                endpoints,
                stamp: R::stamp,
                dialect,
            }),
            limits: None,
        }
    }

    /// A mount called `name` that is not in the document and has no routes yet; the longest base path that holds a
    /// path wins, whole segments only, so `/v1` holds `/v1` and `/v1/x`, not `/v10`.
    pub fn new<D: DialectEdge>(
        name: &'static str,
        base_paths: &'static [&'static str],
        owner: D,
    ) -> Self {
        Self {
            name,
            base_paths,
            owner: Box::new(Owned {
                dialect: Arc::new(owner),
                endpoints: Vec::new(),
                stamp: |_| (),
            }),
            documented: 0,
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
        let endpoint = Arc::new(endpoint.map_to_response());
        self.owner.add(Plain {
            path: path.to_owned(),
            method,
            answer: Box::new(move |request| {
                let endpoint = Arc::clone(&endpoint);
                Box::pin(async move {
                    let answer = endpoint.call(request).await;
                    answer.unwrap_or_else(|_| problem::refusal(&EdgeFailure::Internal))
                })
            }),
        });
        self
    }
}

/// A route that wants nothing but the request.
pub(super) struct Plain {
    path: String,
    method: Method,
    answer: Box<dyn Fn(Request) -> wire::Answering + Send + Sync>,
}

/// A request on its way to its mount.
pub(super) struct Passing {
    pub(super) arrival: Arrival,
    /// In a place of its own: it is large, and is handed on many times.
    pub(super) request: Box<Request>,
    /// The endpoint it is for, or why none sees it.
    pub(super) target: Result<(usize, PathParameters), EdgeFailure>,
}

/// [`DialectEdge`] with its context type hidden.
pub(super) trait Owner: Send + Sync {
    /// Path and method of every endpoint, in their order.
    fn routes(&self) -> Vec<(String, Method)>;

    fn add(&mut self, route: Plain);

    /// Answers, whatever happens; `judge` looks at what would leave.
    fn serve<'a>(
        &'a self,
        passing: Passing,
        judge: Option<Judge<'a>>,
        patience: Duration,
    ) -> BoxFuture<'a, Response>;
}

struct Owned<D: DialectEdge> {
    dialect: Arc<D>,
    endpoints: Vec<wire::Endpoint<D::Context>>,
    stamp: fn(&mut Response),
}

impl<D: DialectEdge> Owner for Owned<D> {
    fn routes(&self) -> Vec<(String, Method)> {
        let routes = self.endpoints.iter();
        routes
            .map(|endpoint| (endpoint.path.to_string(), endpoint.method.clone()))
            .collect()
    }

    fn add(&mut self, route: Plain) {
        let answer = route.answer;
        let endpoint = wire::Endpoint::new(route.path, route.method, move |request, _, _| {
            answer(request)
        });
        self.endpoints.push(endpoint);
    }

    fn serve<'a>(
        &'a self,
        passing: Passing,
        judge: Option<Judge<'a>>,
        patience: Duration,
    ) -> BoxFuture<'a, Response> {
        let Passing {
            arrival,
            request,
            target,
        } = passing;
        let context = D::Context::open(arrival.clone(), &request);
        async move {
            let answer = AssertUnwindSafe(self.answer(&context, request, target));
            let answer = tokio::time::timeout(patience, answer.catch_unwind()).await;
            let mut response = match answer {
                Ok(Ok(response)) => response,
                // A panic, or a body that does not arrive.
                Ok(Err(_)) | Err(_) => self.refused(&context, EdgeFailure::Internal),
            };
            let over = count(&arrival, &response);
            if let Err(over) = over {
                response = self.refused(&context, over.into());
            }
            self.stamped(&context, &mut response);
            if let Some(judge) = judge
                && over.is_ok()
                && !judge.allows(&mut response).await
            {
                response = self.refused(&context, EdgeFailure::Internal);
                self.stamped(&context, &mut response);
            }
            response
        }
        .boxed()
    }
}

impl<D: DialectEdge> Owned<D> {
    async fn answer(
        &self,
        context: &D::Context,
        mut request: Box<Request>,
        target: Result<(usize, PathParameters), EdgeFailure>,
    ) -> Response {
        let (index, path) = match target {
            Ok(target) => target,
            Err(failure) => return self.refused(context, failure),
        };
        let Some(endpoint) = self.endpoints.get(index) else {
            return self.refused(context, EdgeFailure::Internal);
        };
        if let Err(refusal) = self.dialect.admit(context, &request).await {
            return refusal.into_response();
        }
        request.set_method(endpoint.method.clone());
        endpoint.call(*request, path, context.clone()).await
    }

    fn stamped(&self, context: &D::Context, response: &mut Response) {
        (self.stamp)(response);
        self.dialect.after(context, response);
    }

    fn refused(&self, context: &D::Context, failure: EdgeFailure) -> Response {
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
        let mut response = self.dialect.refuse(context, failure).into_response();
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
