//! The mounted routes as one table: which mount has which operation at a path, and `Allow`.

use std::{collections::HashMap, fmt};

use foldhash::fast::RandomState;
use poem::{
    Endpoint, EndpointExt, Request, Response, Result, Route, endpoint::BoxEndpoint,
    error::RouteError, http::Method,
};

use crate::{generated::wire::PathParameters, limits::Lane};

/// The methods of RFC 9110 and PATCH, in the order in which `Allow` lists them.
pub(super) const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

/// One mounted route, as it stands in the table that requests are routed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mounted {
    /// The path, with `{name}` for a parameter and `*name` for any rest.
    pub path: String,
    /// The method, in upper case. `HEAD` is answered wherever `GET` is, and not listed.
    pub method: String,
    /// The name of the mount: a dialect, or `tessera` for what belongs to none.
    pub owner: &'static str,
}

impl fmt::Display for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            method,
            owner,
        } = self;
        write!(f, "{method:7} {path:38} {owner}")
    }
}

/// An operation in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// Which of its mount's endpoints it is.
    pub(super) endpoint: usize,
    /// The buckets that its requests are counted in.
    pub(super) lane: Lane,
}

/// What the table holds for a request.
#[derive(Debug)]
pub(super) enum Found<'t> {
    /// An operation.
    Operation {
        target: Target,
        /// The path's template.
        pattern: &'t str,
        parameters: PathParameters,
    },
    /// The path, but not with that method.
    OtherMethods {
        /// The value of `Allow`.
        allow: &'t str,
        /// The path's template.
        pattern: &'t str,
    },
    /// Nothing.
    Nothing,
}

impl<'t> Found<'t> {
    /// The template of the path, if there is one.
    pub(super) fn pattern(&self) -> Option<&'t str> {
        match self {
            Self::Operation { pattern, .. } | Self::OtherMethods { pattern, .. } => Some(pattern),
            Self::Nothing => None,
        }
    }

    /// The buckets that the request is counted in.
    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::Operation { target, .. } => target.lane,
            Self::OtherMethods { .. } | Self::Nothing => Lane::General,
        }
    }
}

/// The table while it is filled.
#[derive(Default)]
pub(super) struct Draft {
    paths: Vec<(String, Methods)>,
}

impl Draft {
    /// Adds an operation at a path, `{name}` or `:name` for parameters.
    pub(super) fn add(&mut self, path: &str, method: Method, target: Target) {
        let path = poem_path(path);
        let known = self.paths.iter_mut().find(|(known, _)| *known == path);
        if let Some((_, methods)) = known {
            methods.insert(method, target);
        } else {
            let mut methods = Methods::default();
            methods.insert(method, target);
            self.paths.push((path, methods));
        }
    }

    /// The finished table.
    ///
    /// # Errors
    /// A path that poem refuses, with its reason.
    pub(super) fn finish(self) -> std::result::Result<RouteTable, (String, RouteError)> {
        let mut fixed = HashMap::default();
        let mut open = Route::new();
        let mut paths = Vec::new();
        for (index, (path, methods)) in self.paths.into_iter().enumerate() {
            if is_fixed(&path) {
                fixed.insert(path.clone(), index);
            } else {
                let here = Here {
                    index,
                    names: names(&path),
                };
                open = open
                    .try_at(&path, here)
                    .map_err(|error| (path.clone(), error))?;
            }
            paths.push(Path {
                pattern: path,
                allow: allow(|method| methods.get(method).is_some()),
                methods,
            });
        }
        Ok(RouteTable {
            fixed,
            open: open.boxed(),
            paths,
        })
    }
}

/// Whether a path in poem's form leaves nothing open.
fn is_fixed(path: &str) -> bool {
    !path.contains([':', '*', '<'])
}

/// What a path in poem's form leaves open, by name.
fn names(path: &str) -> Vec<String> {
    let names = path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix([':', '*'])?;
        Some(name.to_owned())
    });
    names.collect()
}

/// Everything that is mounted, by path and method.
pub(super) struct RouteTable {
    /// The paths that leave nothing open, which are nearly all: they are found by their text.
    fixed: HashMap<String, usize, RandomState>,
    /// The others. It answers which path it is; it never sees a real request.
    open: BoxEndpoint<'static, Response>,
    paths: Vec<Path>,
}

/// One path with all its methods.
struct Path {
    /// Its template.
    pattern: String,
    methods: Methods,
    allow: String,
}

/// The operations of a path: a handful at most.
#[derive(Default)]
struct Methods(Vec<(Method, Target)>);

impl Methods {
    /// The last one that is put there counts.
    fn insert(&mut self, method: Method, target: Target) {
        self.0.retain(|(known, _)| *known != method);
        self.0.push((method, target));
    }

    fn get(&self, method: &Method) -> Option<Target> {
        let found = self.0.iter().find(|(known, _)| known == method);
        found.map(|(_, target)| *target)
    }
}

impl RouteTable {
    /// Looks a request up.
    pub(super) async fn find(&self, request: &Request) -> Found<'_> {
        let path = request.uri().path();
        let matched = match self.fixed.get(path) {
            Some(index) => Some(Matched {
                index: *index,
                parameters: PathParameters::default(),
            }),
            None => Box::pin(self.find_open(request)).await,
        };
        let Some(Matched { index, parameters }) = matched else {
            return Found::Nothing;
        };
        let Some(path) = self.paths.get(index) else {
            return Found::Nothing;
        };
        let of_get = || {
            // RFC 9110 §9.3.2: HEAD is GET; the edge takes the body away again.
            let is_head = request.method() == Method::HEAD;
            path.methods.get(&Method::GET).filter(|_| is_head)
        };
        match path.methods.get(request.method()).or_else(of_get) {
            Some(target) => Found::Operation {
                target,
                pattern: &path.pattern,
                parameters,
            },
            None => Found::OtherMethods {
                allow: &path.allow,
                pattern: &path.pattern,
            },
        }
    }

    /// The path with parameters that a request is for.
    async fn find_open(&self, request: &Request) -> Option<Matched> {
        // poem lets a parameter be empty; no documented path has an empty segment.
        if request.uri().path().contains("//") {
            return None;
        }
        let probe = Request::builder().uri(request.uri().clone()).finish();
        let mut answer = self.open.call(probe).await.ok()?;
        answer.extensions_mut().remove::<Matched>()
    }
}

/// The end of a path in poem's router.
struct Here {
    index: usize,
    names: Vec<String>,
}

/// Which path it was, and what its template left open.
#[derive(Debug, Clone)]
struct Matched {
    index: usize,
    parameters: PathParameters,
}

impl Endpoint for Here {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let parameters = self.names.iter().filter_map(|name| {
            let text = request.raw_path_param(name)?;
            Some((name.clone(), text.to_owned()))
        });
        let parameters = PathParameters(parameters.collect());
        let mut answer = Response::default();
        answer.extensions_mut().insert(Matched {
            index: self.index,
            parameters,
        });
        Ok(answer)
    }
}

/// The value of `Allow` for a path with these methods; `HEAD` is among them wherever `GET` is.
pub(super) fn allow(mounted: impl Fn(&Method) -> bool) -> String {
    let has =
        |method: &Method| mounted(method) || (method == Method::HEAD && mounted(&Method::GET));
    let allow: Vec<&str> = METHODS
        .iter()
        .filter(|method| has(method))
        .map(Method::as_str)
        .collect();
    allow.join(", ")
}

/// poem writes a path parameter as `:name`, the document as `{name}`; both are accepted.
pub(super) fn poem_path(path: &str) -> String {
    path.split('/')
        .map(|segment| {
            match segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(name) => format!(":{name}"),
                None => segment.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// The other way round: a path parameter as the document writes it.
pub(super) fn document_path(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => segment.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}
