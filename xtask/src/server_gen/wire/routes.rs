//! What a generated dialect hands to the server that mounts it: its base paths, its endpoints, its stamps.

use std::{borrow::Cow, future::Future, pin::Pin};

use poem::{Request, Response, http::Method};

use super::percent_decode;

/// The parts of a path that its template leaves open, by name, as they were sent.
#[derive(Debug, Clone, Default)]
pub struct PathParameters(pub Vec<(String, String)>);

impl PathParameters {
    /// The parameter of that name, percent-decoded; `None` also where that gives no UTF-8.
    pub fn get(&self, name: &str) -> Option<String> {
        let (_, text) = self.0.iter().find(|(known, _)| known == name)?;
        percent_decode(text)
    }
}

/// An answer that is being made.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// One operation, ready to be called with what the server knows of the request.
pub struct Endpoint<C> {
    /// The path's template as documented, `{name}` for parameters.
    pub path: Cow<'static, str>,
    /// The method.
    pub method: Method,
    answer: Box<dyn Fn(Request, PathParameters, C) -> Answering + Send + Sync>,
}

impl<C> Endpoint<C> {
    /// The operation at that path that `answer` answers.
    pub fn new(
        path: impl Into<Cow<'static, str>>,
        method: Method,
        answer: impl Fn(Request, PathParameters, C) -> Answering + Send + Sync + 'static,
    ) -> Self {
        Self {
            path: path.into(),
            method,
            answer: Box::new(answer),
        }
    }

    /// Answers a request that was matched to this operation.
    pub fn call(&self, request: Request, path: PathParameters, context: C) -> Answering {
        (self.answer)(request, path, context)
    }
}

/// A dialect over an implementation of its trait.
pub trait Routes {
    /// What the server knows of a request besides what the document declares.
    type Context;
    /// The tag.
    const DIALECT: &'static str;
    /// `x-base-path`: the paths below which everything is the dialect's.
    const BASE_PATHS: &'static [&'static str];
    /// Sets the `x-stamped` headers that have one value.
    fn stamp(response: &mut Response);
    /// All operations, in the order of the document.
    fn endpoints(self) -> Vec<Endpoint<Self::Context>>;
}
