//! What we serve besides operations: the front page, the document, Swagger UI, health.

use std::sync::Arc;

use poem::{
    Request, Response,
    endpoint::{make, make_sync},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use utoipa_swagger_ui::Config;

use super::{EdgeFailure, Mount, problem, problem::ProblemEdge};
use crate::authority::TokenAuthority;

/// Where the document is served.
pub const DOCUMENT_PATH: &str = "/openapi.json";

/// Our own paths that pages of every origin may read. What is documented says so itself (`x-cors`).
pub(super) const OPEN: [&str; 1] = [DOCUMENT_PATH];

/// The header beside the document that holds each operation with its digest.
pub const DIGESTS: &str = "tessera-operations";

/// Where Swagger UI is served; the slash matters, its assets are relative.
pub const DOCS_PATH: &str = "/docs/";

const FRONT_PAGE: &str = include_str!("front_page.html");

/// Our own paths, and with them everything that belongs to no dialect.
///
/// `document` is published byte for byte; `digests` goes with it as a header, for clients that were generated from a
/// document and want to know whether it is still that one.
#[must_use]
pub fn mount(document: &'static [u8], digests: &str, authority: &TokenAuthority) -> Mount {
    let digests = HeaderValue::from_str(digests).ok();
    let authority = authority.clone();
    let swagger = Arc::new(
        Config::from(DOCUMENT_PATH)
            .persist_authorization(true)
            .try_it_out_enabled(true)
            // The session cookie is sent along on the same origin; no page may set it by hand.
            .with_credentials(true)
            .display_request_duration(true)
            .display_operation_id(true)
            .doc_expansion("list")
            // The default asks a validator on the net.
            .validator_url("none"),
    );
    Mount::new("tessera", &["/"], ProblemEdge, ())
        .route(
            Method::GET,
            "/",
            make_sync(|_| page("text/html; charset=utf-8", FRONT_PAGE)),
        )
        .route(
            Method::GET,
            DOCUMENT_PATH,
            make_sync(move |_| {
                let mut response = page("application/json", document);
                if let Some(digests) = &digests {
                    response.headers_mut().insert(DIGESTS, digests.clone());
                }
                response
            }),
        )
        .route(
            Method::GET,
            "/docs",
            make_sync(|_| {
                Response::builder()
                    .status(StatusCode::PERMANENT_REDIRECT)
                    .header(header::LOCATION, DOCS_PATH)
                    .finish()
            }),
        )
        .route(
            Method::GET,
            "/docs/*asset",
            make_sync(move |request: Request| asset(&request, &swagger)),
        )
        .route(
            Method::GET,
            "/healthz",
            make_sync(|_| page("application/json", r#"{"status":"ok"}"#)),
        )
        .route(
            Method::GET,
            "/readyz",
            make(move |_| {
                let authority = authority.clone();
                async move { readiness(&authority).await }
            }),
        )
}

async fn readiness(authority: &TokenAuthority) -> Response {
    match authority.ready().await {
        Ok(()) => page("application/json", r#"{"status":"ready"}"#),
        Err(reason) => problem::unavailable(&format!("Not ready: {reason}.")),
    }
}

fn asset(request: &Request, config: &Arc<Config<'static>>) -> Response {
    let name = request.uri().path().strip_prefix(DOCS_PATH).unwrap_or("");
    match utoipa_swagger_ui::serve(name, Arc::clone(config)) {
        Ok(Some(file)) => {
            let mut response = page(&file.content_type, file.bytes.into_owned());
            if file.gzpipped {
                let gzip = header::HeaderValue::from_static("gzip");
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, gzip);
            }
            response
        }
        Ok(None) => problem::refusal(&EdgeFailure::NotFound),
        Err(_) => problem::refusal(&EdgeFailure::Internal),
    }
}

fn page(content_type: &str, body: impl Into<poem::Body>) -> Response {
    const NO_SNIFF: HeaderName = header::X_CONTENT_TYPE_OPTIONS;
    Response::builder()
        .content_type(content_type)
        .header(NO_SNIFF, "nosniff")
        .header(header::X_FRAME_OPTIONS, "DENY")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(body)
}
