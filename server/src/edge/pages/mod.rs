//! What we serve besides operations: the front page, the document, Swagger UI, health.

mod asset;
mod coding;
mod front_page;
mod policy;
mod swagger;

use bytes::Bytes;
use poem::{
    Response,
    endpoint::{make, make_sync},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use self::asset::{Asset, Freshness};
use self::policy::stamped;
use super::probes::{ALIVE_PATH, READY_PATH};
use super::{Mount, problem, problem::ProblemEdge};
use crate::authority::{Sweeping, TokenAuthority};

/// Where the document is served.
pub const DOCUMENT_PATH: &str = "/openapi.json";

/// Our own paths that pages of every origin may read. What is documented says so itself (`x-cors`).
pub(super) const OPEN: [&str; 1] = [DOCUMENT_PATH];

/// The header beside the document that holds each operation with its digest.
pub const DIGESTS: &str = "tessera-operations";

/// Where Swagger UI is served; the slash matters, its assets are relative.
pub const DOCS_PATH: &str = "/docs/";

/// Our own paths, and with them everything that belongs to no dialect.
///
/// `document` is published byte for byte; `digests` goes with it as a header, for clients that were generated from a
/// document and want to know whether it is still that one.
#[must_use]
pub fn mount(document: &'static [u8], digests: &str, authority: &TokenAuthority) -> Mount {
    let digests = HeaderValue::from_str(digests).ok();
    let authority = authority.clone();
    let fixed =
        |media_type, bytes| Asset::new(media_type, Freshness::Ask, Bytes::from_static(bytes));
    let front_page = front_page::of(document).into();
    let front_page = Asset::new("text/html; charset=utf-8", Freshness::Ask, front_page);
    let document = fixed("application/json", document);
    let state = State::new();
    let alive = state.clone();
    let mount = Mount::new("tessera", &["/"], ProblemEdge)
        .route(
            Method::GET,
            "/",
            make_sync(move |request| front_page.answer(&request)),
        )
        .route(
            Method::GET,
            DOCUMENT_PATH,
            make_sync(move |request| {
                let mut response = document.answer(&request);
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
                stamped(
                    Response::builder()
                        .status(StatusCode::PERMANENT_REDIRECT)
                        .header(header::LOCATION, DOCS_PATH)
                        .finish(),
                )
            }),
        )
        .route(
            Method::GET,
            ALIVE_PATH,
            make_sync(move |_| alive.answer(r#"{"status":"ok"}"#)),
        )
        .route(
            Method::GET,
            READY_PATH,
            make(move |_| {
                let (authority, state) = (authority.clone(), state.clone());
                async move { readiness(&authority, &state).await }
            }),
        );
    // By name: what is not there is as unknown as any other path.
    swagger::files().fold(mount, |mount, (name, file)| {
        let path = format!("{DOCS_PATH}{name}");
        let answer = make_sync(move |request| file.answer(&request));
        mount.route(Method::GET, &path, answer)
    })
}

async fn readiness(authority: &TokenAuthority, state: &State) -> Response {
    match authority.upkeep().ready().await {
        Ok(()) => state.answer(match authority.upkeep().sweeping() {
            Sweeping::On => r#"{"status":"ready"}"#,
            Sweeping::Suspended => r#"{"status":"ready","sweeping":"suspended"}"#,
        }),
        Err(reason) => problem::unavailable(&format!("Not ready: {reason}.")),
    }
}

/// The answer of a probe, whose headers are always the same.
#[derive(Clone)]
struct State(HeaderMap);

impl State {
    fn new() -> Self {
        let response = Response::builder()
            .content_type("application/json")
            // What is true now may not be a moment later.
            .header(header::CACHE_CONTROL, "no-store");
        let mut response = stamped(response.finish());
        Self(std::mem::take(response.headers_mut()))
    }

    fn answer(&self, json: &'static str) -> Response {
        let mut response = Response::default();
        *response.headers_mut() = self.0.clone();
        response.set_body(json);
        response
    }
}
