//! The mounted routes as one table: path → methods, and from it `Allow` and the list of what is mounted.

use std::{collections::HashMap, fmt};

use poem::{
    Endpoint, Request, Response, Result,
    endpoint::BoxEndpoint,
    http::{Method, StatusCode},
};

/// Routes as poem-openapi's `OpenApi::add_routes` fills them in.
pub(super) type RouteMap = HashMap<String, HashMap<Method, BoxEndpoint<'static>>>;

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

/// The error a [`PathEndpoint`] answers a method with that it does not have.
#[derive(Debug, thiserror::Error)]
#[error("the path has no such method")]
pub(super) struct MethodMismatch {
    /// The value of `Allow`.
    pub(super) allow: String,
}

impl poem::error::ResponseError for MethodMismatch {
    fn status(&self) -> StatusCode {
        StatusCode::METHOD_NOT_ALLOWED
    }
}

/// One path with all its methods.
pub(super) struct PathEndpoint {
    methods: HashMap<Method, BoxEndpoint<'static>>,
    allow: String,
}

impl PathEndpoint {
    pub(super) fn new(methods: HashMap<Method, BoxEndpoint<'static>>) -> Self {
        Self {
            allow: allow(|method| methods.contains_key(method)),
            methods,
        }
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

impl Endpoint for PathEndpoint {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        // RFC 9110 §9.3.2: HEAD is GET; the edge takes the body away again.
        if request.method() == Method::HEAD && !self.methods.contains_key(&Method::HEAD) {
            request.set_method(Method::GET);
        }
        match self.methods.get(request.method()) {
            Some(operation) => operation.call(request).await,
            None => Err(MethodMismatch {
                allow: self.allow.clone(),
            }
            .into()),
        }
    }
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
