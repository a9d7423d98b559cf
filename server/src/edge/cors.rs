//! Cross-origin calls of browsers: answers preflights, and says on every answer whose pages may read it.
//!
//! Who may is in the document (`x-cors`): pages of any origin, without credentials, or those of the origins that the
//! operator lists. A path that nothing is served at is as open as all operations of its owner are together.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
};

use foldhash::fast::RandomState;
use poem::{
    Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};

use super::{
    Mounted, Origins, pages,
    route_table::{allow, poem_path},
};
use crate::generated::{routes::Route, wire::Cors};

/// What pages may read of an answer besides its body and the headers that they always may.
const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-OAuth-Scopes, X-Token, X-Token-Id, X-Request-Id, Retry-After";

/// How long a browser may keep the answer to a preflight, in seconds.
const MAX_AGE: &str = "600";

/// What the answer to a preflight depends on.
const PREFLIGHT_VARY: &str =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The headers by which a preflight is known; a browser sends each at most once.
const PREFLIGHT: [HeaderName; 3] = [
    header::ORIGIN,
    header::ACCESS_CONTROL_REQUEST_METHOD,
    header::ACCESS_CONTROL_REQUEST_HEADERS,
];

/// Who may call which path from another origin.
pub struct CrossOrigin {
    /// The terms of each path, by the template that the router knows it by.
    paths: HashMap<String, Terms, RandomState>,
    /// The terms of what an owner of prefixes serves nothing at.
    owners: HashMap<&'static str, Terms, RandomState>,
    /// The terms of an owner who serves nothing at all.
    closed: Terms,
    origins: Origins,
}

impl CrossOrigin {
    /// The terms of everything that is mounted, as the documented operations state them.
    #[must_use]
    pub fn new(mounted: &[Mounted], documented: &'static [Route], origins: Origins) -> Self {
        let mut by_path: HashMap<String, Draft> = HashMap::new();
        let mut by_owner: HashMap<&'static str, Draft> = HashMap::new();
        for route in mounted {
            let operation = documented
                .iter()
                .find(|operation| operation.path == route.path && operation.method == route.method);
            by_path
                .entry(poem_path(&route.path))
                .or_default()
                .add(route, operation);
            by_owner
                .entry(route.owner)
                .or_default()
                .add(route, operation);
        }
        Self {
            paths: finished(by_path),
            owners: finished(by_owner),
            closed: Draft::default().into(),
            origins,
        }
    }

    /// What holds for a request to a path of this owner; `pattern` is what it is routed by, if it is.
    pub(super) fn decide(
        &self,
        owner: &str,
        pattern: Option<&str>,
        request: &Request,
    ) -> Decision<'_> {
        let headers = request.headers();
        let terms = pattern
            .and_then(|pattern| self.paths.get(pattern))
            .or_else(|| self.owners.get(owner))
            .unwrap_or(&self.closed);
        let is_preflight = *request.method() == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers
                .get(header::ACCESS_CONTROL_REQUEST_METHOD)
                .is_some_and(|method| !method.is_empty());
        let repeats = |name: &HeaderName| headers.get_all(name).iter().count() > 1;
        let admission = match self.origins.admitted(headers) {
            _ if is_preflight && PREFLIGHT.iter().any(repeats) => Admission::Nobody,
            Some(origin) => Admission::Listed(origin.clone()),
            None => match terms.readers {
                Cors::Any => Admission::Anybody,
                Cors::Listed => Admission::Nobody,
            },
        };
        Decision {
            terms,
            admission,
            is_preflight,
            depends_on_origin: !self.origins.is_empty(),
        }
    }
}

fn finished<K: Eq + Hash>(drafts: HashMap<K, Draft>) -> HashMap<K, Terms, RandomState> {
    let drafts = drafts.into_iter();
    drafts.map(|(key, draft)| (key, draft.into())).collect()
}

/// What a browser is told about a path.
#[derive(Debug)]
struct Terms {
    readers: Cors,
    /// `GET, HEAD`.
    methods: String,
    /// `Authorization, Content-Type`; may be empty.
    headers: String,
}

/// [`Terms`] while routes are added to them.
#[derive(Default)]
struct Draft {
    /// Of all routes so far.
    readers: Option<Cors>,
    methods: HashSet<String>,
    /// By their names in lower case.
    headers: BTreeMap<String, &'static str>,
}

impl Draft {
    fn add(&mut self, route: &Mounted, operation: Option<&'static Route>) {
        let readers = match operation {
            Some(operation) => operation.cors,
            None if pages::OPEN.contains(&route.path.as_str()) => Cors::Any,
            None => Cors::Listed,
        };
        self.readers = Some(match (self.readers, readers) {
            (None | Some(Cors::Any), Cors::Any) => Cors::Any,
            (Some(Cors::Listed), _) | (_, Cors::Listed) => Cors::Listed,
        });
        self.methods.insert(route.method.clone());
        let names = operation.map_or(&[][..], |operation| operation.request_headers);
        for name in names {
            self.headers.entry(name.to_lowercase()).or_insert(name);
        }
    }
}

impl From<Draft> for Terms {
    fn from(draft: Draft) -> Self {
        let headers: Vec<&str> = draft.headers.into_values().collect();
        Self {
            readers: draft.readers.unwrap_or(Cors::Listed),
            methods: allow(|method| draft.methods.contains(method.as_str())),
            headers: headers.join(", "),
        }
    }
}

/// Whose page may read an answer.
#[derive(Debug)]
enum Admission {
    /// No other origin's.
    Nobody,
    /// Every origin's, without credentials.
    Anybody,
    /// This origin's, with credentials.
    Listed(HeaderValue),
}

/// What holds for one request, decided before anyone else looks at it.
#[derive(Debug)]
pub(super) struct Decision<'t> {
    terms: &'t Terms,
    admission: Admission,
    is_preflight: bool,
    /// Whether another origin would be told something else.
    depends_on_origin: bool,
}

impl Decision<'_> {
    /// The answer to a preflight; `None` to any other request.
    pub(super) fn preflight(&self) -> Option<Response> {
        if !self.is_preflight {
            return None;
        }
        let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static(PREFLIGHT_VARY));
        for (name, value) in [
            (
                header::ACCESS_CONTROL_ALLOW_METHODS,
                self.terms.methods.as_str(),
            ),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                self.terms.headers.as_str(),
            ),
        ] {
            if let Some(value) = HeaderValue::from_str(value)
                .ok()
                .filter(|value| !value.is_empty())
            {
                headers.insert(name, value);
            }
        }
        if self.admit(headers) {
            headers.insert(
                header::ACCESS_CONTROL_MAX_AGE,
                HeaderValue::from_static(MAX_AGE),
            );
        }
        Some(response)
    }

    /// Puts on an answer whose pages may read it and which of its headers.
    pub(super) fn stamp(&self, headers: &mut HeaderMap) {
        if self.admit(headers) {
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(EXPOSED),
            );
        }
        if self.depends_on_origin {
            // A line of its own: the documented value of a dialect's `Vary` stays what it is.
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }

    /// Whether anybody may read the answer, who is then named on it.
    fn admit(&self, headers: &mut HeaderMap) -> bool {
        match &self.admission {
            Admission::Nobody => return false,
            Admission::Anybody => {
                let anybody = HeaderValue::from_static("*");
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
            }
            Admission::Listed(origin) => {
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                let yes = HeaderValue::from_static("true");
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
            }
        }
        true
    }
}

#[cfg(test)]
#[path = "cors_tests.rs"]
mod tests;
