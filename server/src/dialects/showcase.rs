//! What a dialect shows in the demo: its principals, and a curl for each of its operations that can be pasted.
//!
//! A curl that needs a token or a session gets a real one, made beforehand by asking the server itself.

use futures_util::future::BoxFuture;
use poem::{
    Request, RequestBuilder, Response,
    http::{Method, Uri},
};
use serde_json::Value;

use super::seeding::{Held, Seeding, ShowcaseError};
use crate::{
    domain::{Dialect, Secret},
    generated::routes::ROUTES,
};

/// A dialect's part in the demo. Names are fixed, as in the document's examples, and secrets are fresh.
pub trait Showcase: Sync {
    /// Makes its principals, or gives those that exist new secrets.
    fn seed<'a>(&'a self, seeding: &'a Seeding<'a>) -> Showing<'a, Held>;

    /// A curl for each of its operations, in an order in which each of them succeeds.
    fn curls<'a>(&'a self, guide: &'a Guide<'a>, held: &'a Held) -> Showing<'a, Vec<Call>>;

    /// A live token that other dialects can be shown with; `None` where that is not a matter of one call.
    fn token<'a>(&'a self, _guide: &'a Guide<'a>, _held: &'a Held) -> Showing<'a, Option<Secret>> {
        Box::pin(async { Ok(None) })
    }
}

/// What is shown, or why it is not.
pub type Showing<'a, T> = BoxFuture<'a, Result<T, ShowcaseError>>;

/// Media type of JSON bodies.
pub const JSON: &str = "application/json";

/// Media type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// One operation and the curl that calls it.
#[derive(Debug)]
pub struct Call {
    /// `operationId`.
    pub operation: &'static str,
    /// For a POSIX shell.
    pub curl: String,
}

/// A server that can be asked without a socket.
pub trait Answering: Sync {
    /// Answers one request.
    fn answer(&self, request: Request) -> BoxFuture<'_, Response>;
}

/// A dialect with its part in the demo and what its principals hold.
pub type Shown<'a> = (Dialect, &'static dyn Showcase, &'a Held);

/// What curls are made with.
pub struct Guide<'a> {
    base: &'a str,
    server: &'a dyn Answering,
    shown: Vec<Shown<'a>>,
}

impl<'a> Guide<'a> {
    /// For a server at that address, on which all of this is shown.
    #[must_use]
    pub fn new(base: &'a str, server: &'a dyn Answering, shown: Vec<Shown<'a>>) -> Self {
        Self {
            base,
            server,
            shown,
        }
    }

    /// A request for an operation.
    #[must_use]
    pub fn request(&self, operation: &str) -> RequestBuilder {
        self.request_at(operation, &[])
    }

    /// The same where the path has parameters, by their names.
    #[must_use]
    pub fn request_at(&self, operation: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        let (method, path) = target(operation, parameters);
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let path: Uri = path.parse().unwrap_or_default();
        Request::builder().method(method).uri(path)
    }

    /// Asks the server for an operation that has to succeed.
    ///
    /// # Errors
    /// `Trial` when it does not.
    pub async fn ask(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Response, ShowcaseError> {
        let answer = self.server.answer(request).await;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(ShowcaseError::Trial(operation))
        }
    }

    /// A text that stands in the body of the answer to such a request.
    ///
    /// # Errors
    /// `Trial` when it is refused, or there is no such member.
    pub async fn member(
        &self,
        operation: &'static str,
        request: Request,
        name: &str,
    ) -> Result<String, ShowcaseError> {
        let answer = self.ask(operation, request).await?;
        let body: Option<Value> = answer.into_body().into_json().await.ok();
        let member = body.as_ref().and_then(|body| body.get(name)?.as_str());
        member
            .map(str::to_owned)
            .ok_or(ShowcaseError::Trial(operation))
    }

    /// A live token of some other dialect, made just now.
    ///
    /// # Errors
    /// `Trial`, naming `for_operation`, when no other dialect has one to show.
    pub async fn token_of_another(
        &self,
        than: Dialect,
        for_operation: &'static str,
    ) -> Result<Secret, ShowcaseError> {
        for (dialect, showcase, held) in &self.shown {
            if *dialect != than
                && let Some(token) = showcase.token(self, held).await?
            {
                return Ok(token);
            }
        }
        Err(ShowcaseError::Trial(for_operation))
    }

    /// A call of an operation with these options of curl.
    #[must_use]
    pub fn call(&self, operation: &'static str, options: &str) -> Call {
        self.call_at(operation, &[], options)
    }

    /// The same where the path has parameters, by their names.
    #[must_use]
    pub fn call_at(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
        options: &str,
    ) -> Call {
        let (method, path) = target(operation, parameters);
        let method = match method {
            "GET" => String::new(),
            other => format!("-X {other}"),
        };
        let url = quoted(&format!("{}{path}", self.base));
        let parts = ["curl -sS -i", &method, &url, options];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Call {
            operation,
            curl: parts.join(" "),
        }
    }
}

/// Method and path of an operation. What the document does not have is asked for where nothing is, and fails.
fn target(operation: &str, parameters: &[(&str, &str)]) -> (&'static str, String) {
    let route = ROUTES.iter().find(|route| route.operation == operation);
    let (method, path) = route.map_or(("GET", "/no-such-operation"), |route| {
        (route.method, route.path)
    });
    let filled = parameters
        .iter()
        .fold(path.to_owned(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        });
    (method, filled)
}

/// The option that sends a header.
#[must_use]
pub fn header(name: &str, value: &str) -> String {
    format!("-H {}", quoted(&format!("{name}: {value}")))
}

/// The option that sends a bearer token.
#[must_use]
pub fn bearer(token: &str) -> String {
    header("Authorization", &format!("Bearer {token}"))
}

/// The options that send a JSON body.
#[must_use]
pub fn json_body(body: &Value) -> String {
    let body = quoted(&body.to_string());
    format!("-H 'Content-Type: {JSON}' -d {body}")
}

/// The options that send a form.
#[must_use]
pub fn form_body(fields: &[(&str, &str)]) -> String {
    let fields = fields.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("-d {}", quoted(&format!("{name}={value}"))))
        .collect();
    fields.join(" ")
}

/// As one word for a POSIX shell.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
