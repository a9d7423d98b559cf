//! The mounted routes as one table: which mount has which operation at a path, and `Allow`.

use std::{collections::HashMap, fmt};

use poem::{
    Endpoint, EndpointExt, PathPattern, Request, Response, Result, Route, endpoint::BoxEndpoint,
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
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// An operation.
    Operation {
        target: Target,
        /// The path's template.
        pattern: PathPattern,
        parameters: PathParameters,
    },
    /// The path, but not with that method.
    OtherMethods {
        /// The value of `Allow`.
        allow: String,
        /// The path's template.
        pattern: PathPattern,
    },
    /// Nothing.
    Nothing,
}

impl Found {
    /// The template of the path, if there is one.
    pub(super) fn pattern(&self) -> Option<&PathPattern> {
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
    paths: Vec<(String, HashMap<Method, Target>)>,
}

impl Draft {
    /// Adds an operation at a path, `{name}` or `:name` for parameters.
    pub(super) fn add(&mut self, path: &str, method: Method, target: Target) {
        let path = poem_path(path);
        match self.paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => {
                methods.insert(method, target);
            }
            None => self.paths.push((path, HashMap::from([(method, target)]))),
        }
    }

    /// The finished table.
    ///
    /// # Errors
    /// A path that poem refuses, with its reason.
    pub(super) fn finish(self) -> std::result::Result<RouteTable, (String, RouteError)> {
        let mut routes = Route::new();
        let mut paths = Vec::new();
        for (index, (path, methods)) in self.paths.into_iter().enumerate() {
            let names = path.split('/').filter_map(|segment| {
                let name = segment.strip_prefix([':', '*'])?;
                Some(name.to_owned())
            });
            let here = Here {
                index,
                names: names.collect(),
            };
            routes = routes.try_at(&path, here).map_err(|error| (path, error))?;
            paths.push(Path {
                allow: allow(|method| methods.contains_key(method)),
                methods,
            });
        }
        Ok(RouteTable {
            routes: routes.boxed(),
            paths,
        })
    }
}

/// Everything that is mounted, by path and method.
pub(super) struct RouteTable {
    /// Answers which path it is; it never sees a real request.
    routes: BoxEndpoint<'static, Response>,
    paths: Vec<Path>,
}

/// One path with all its methods.
struct Path {
    methods: HashMap<Method, Target>,
    allow: String,
}

impl RouteTable {
    /// Looks a request up.
    pub(super) async fn find(&self, request: &Request) -> Found {
        // poem lets a parameter be empty; no documented path has an empty segment.
        if request.uri().path().contains("//") {
            return Found::Nothing;
        }
        let probe = Request::builder().uri(request.uri().clone()).finish();
        let Ok(mut answer) = self.routes.call(probe).await else {
            return Found::Nothing;
        };
        let pattern = answer.data::<PathPattern>().cloned();
        let matched = answer.extensions_mut().remove::<Matched>();
        let (Some(pattern), Some(Matched { index, parameters })) = (pattern, matched) else {
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
                target: *target,
                pattern,
                parameters,
            },
            None => Found::OtherMethods {
                allow: path.allow.clone(),
                pattern,
            },
        }
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
