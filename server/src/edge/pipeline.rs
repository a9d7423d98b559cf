//! The way of a request through the edge, from its owner to the log line.

use std::{sync::Arc, time::Duration};

use poem::{
    Endpoint, Request, Response,
    http::{HeaderValue, Method, header},
};

use super::{
    Arrival, CrossOrigin, EdgeFailure, MAX_DURATION, Mount, Mounted, RequestIds, Strict,
    TrustedProxies,
    arrival::Reception,
    cors::Decision,
    framing,
    mount::{Owner, Passing},
    problem, request_log,
    route_table::{Found, RouteTable},
    tally::Counting,
};
use crate::{domain::Monotonic, generated::wire::PathParameters, limits::RateLimits};

/// A base path with its owner.
pub(super) struct OwnedPath {
    pub(super) base_path: &'static str,
    pub(super) name: &'static str,
    pub(super) index: usize,
}

impl OwnedPath {
    pub(super) fn holds(&self, path: &str) -> bool {
        self.base_path == "/"
            || path
                .strip_prefix(self.base_path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A mount whose paths are in the table.
pub(super) struct Served {
    name: &'static str,
    owner: Box<dyn Owner>,
    documented: bool,
    limits: Option<Arc<RateLimits>>,
}

impl From<Mount> for Served {
    fn from(mount: Mount) -> Self {
        Self {
            name: mount.name,
            owner: mount.owner,
            documented: mount.documented > 0,
            limits: mount.limits,
        }
    }
}

/// The assembled server: a poem endpoint that answers every request itself, never with `Err`.
pub struct Edge {
    owners: Vec<OwnedPath>,
    served: Vec<Served>,
    table: RouteTable,
    mounted: Vec<Mounted>,
    strict: Option<Strict>,
    patience: Duration,
    cross_origin: Option<CrossOrigin>,
    reception: Reception,
}

impl Edge {
    pub(super) fn new(
        owners: Vec<OwnedPath>,
        served: Vec<Served>,
        table: RouteTable,
        mounted: Vec<Mounted>,
        clock: Arc<dyn Monotonic>,
        ids: Arc<dyn RequestIds>,
    ) -> Self {
        Self {
            owners,
            served,
            table,
            mounted,
            strict: None,
            patience: MAX_DURATION,
            cross_origin: None,
            reception: Reception {
                clock,
                ids,
                proxies: TrustedProxies::default(),
            },
        }
    }

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
        self.reception.proxies = proxies;
        self
    }
}

/// The endpoint that a request is for, or what the edge refuses it for before its mount is asked.
fn target(
    arrival: &Arrival,
    request: &Request,
    found: Found<'_>,
) -> Result<(usize, PathParameters), EdgeFailure> {
    let fault = framing::fault(request).map(EdgeFailure::HeaderRefused);
    let failure = match (found, fault) {
        (
            Found::Operation {
                target, parameters, ..
            },
            None,
        ) => return Ok((target.endpoint, parameters)),
        // Counted with the answers of the operation.
        (Found::Operation { .. }, Some(fault)) => return Err(fault),
        (Found::OtherMethods { .. } | Found::Nothing, Some(fault)) => fault,
        (Found::OtherMethods { allow, .. }, None) => EdgeFailure::MethodNotAllowed {
            allow: allow.to_owned(),
        },
        (Found::Nothing, None) => EdgeFailure::NotFound,
    };
    if let Some(tally) = arrival.tally() {
        tally.count_unmatched()?;
    }
    Err(failure)
}

impl Endpoint for Edge {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let started = self.reception.clock.elapsed();
        let method = request.method().clone();
        let path = request.uri().path();
        let owned = self.owners.iter().find(|owned| owned.holds(path));
        let Some(served) = owned.and_then(|owned| self.served.get(owned.index)) else {
            return Ok(problem::refusal(&EdgeFailure::Internal));
        };
        let found = self.table.find(&request).await;
        let (pattern, lane) = (found.pattern(), found.lane());
        let arrival = |counting| Arrival::new(&request, &self.reception, started, counting);
        let cross_origin = self
            .cross_origin
            .as_ref()
            .map(|cross_origin| cross_origin.decide(served.name, pattern, &request));
        // Not counted, and no dialect's business; but a malformed request is none.
        let preflight = cross_origin.as_ref().and_then(Decision::preflight);
        if let Some(response) = preflight.filter(|_| framing::fault(&request).is_none()) {
            request_log::write(served.name, &method, pattern, &arrival(None), &response);
            return Ok(response);
        }
        let arrival = arrival(served.limits.as_ref().map(|limits| Counting {
            limits,
            lane,
            mount: served.name,
        }));
        let target = target(&arrival, &request, found);
        // What the edge refuses is no answer of an operation.
        let judge = match (&self.strict, pattern) {
            (Some(strict), Some(pattern)) if served.documented && target.is_ok() => {
                strict.judge(&method, pattern)
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        let passing = Passing {
            arrival: arrival.clone(),
            request: Box::new(request),
            target,
        };
        let mut response = served.owner.serve(passing, judge, self.patience).await;
        if method == Method::HEAD {
            response = without_body(response).await;
        }
        if let Some(cross_origin) = cross_origin {
            cross_origin.stamp(response.headers_mut());
        }
        request_log::write(served.name, &method, pattern, &arrival, &response);
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
