//! What the same stack costs when it does nothing: one route of hyper alone, and one of poem-openapi with a bearer scheme.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use clap::ValueEnum;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use poem::listener::TcpListener;
use poem_openapi::auth::Bearer;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi, OpenApiService, SecurityScheme};

/// What is asked for on either of them, and with which token.
pub const PATH: &str = "/floor";
/// The text that the bearer scheme takes.
pub const TOKEN: &str = "a-token-of-as-many-letters-as-ours-have-hereabouts";

/// Which stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stack {
    /// hyper's HTTP/1 alone.
    Hyper,
    /// A JSON route of poem-openapi behind a bearer scheme.
    PoemOpenapi,
}

#[derive(Debug, Object)]
struct Shown {
    active: bool,
    client_id: String,
    scope: String,
    expires_at: i64,
}

#[derive(SecurityScheme)]
#[oai(ty = "bearer")]
struct Caller(Bearer);

#[derive(ApiResponse)]
enum Told {
    #[oai(status = 200)]
    Shown(Json<Shown>),
    #[oai(status = 401)]
    Refused,
}

struct Floor;

#[OpenApi]
#[expect(clippy::unused_async, reason = "poem-openapi takes nothing else")]
impl Floor {
    /// Compares the token with the one that it knows.
    #[oai(path = "/floor", method = "get")]
    async fn show(&self, caller: Caller) -> Told {
        if caller.0.token == TOKEN {
            Told::Shown(Json(Shown {
                active: true,
                client_id: "a-client".to_owned(),
                scope: "basic email".to_owned(),
                expires_at: 2_000_000_000,
            }))
        } else {
            Told::Refused
        }
    }
}

/// Serves until the process is ended.
///
/// # Errors
/// The system's.
pub async fn serve(stack: Stack, address: SocketAddr) -> io::Result<()> {
    match stack {
        Stack::Hyper => bare_hyper(address).await,
        Stack::PoemOpenapi => {
            let service = OpenApiService::new(Floor, "Floor", "1");
            poem::Server::new(TcpListener::bind(address))
                .run(service)
                .await
        }
    }
}

async fn bare_hyper(address: SocketAddr) -> io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let json = HeaderValue::from_static("application/json");
    loop {
        let (stream, _) = listener.accept().await?;
        let json = json.clone();
        tokio::spawn(async move {
            let service = service_fn(|_| {
                let mut answer =
                    hyper::Response::new(Full::new(Bytes::from_static(b"{\"active\":true}")));
                answer.headers_mut().insert(CONTENT_TYPE, json.clone());
                async move { Ok::<_, Infallible>(answer) }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            // The client has gone.
            let _ = served.await;
        });
    }
}
