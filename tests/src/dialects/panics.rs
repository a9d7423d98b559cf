//! A panic inside any dialect leaves in that dialect's own envelope, as its 503.

use std::sync::Arc;

use poem::{
    Endpoint, Request, Response, endpoint,
    http::{Method, StatusCode},
};
use tessera_server::{
    dialects::{self, DialectSettings, Surroundings},
    domain::{Monotonic, SystemMonotonic},
    edge::{self, RequestIds},
    limits::RateLimits,
    public_url::PublicUrl,
    serve::DOCUMENT,
};

use crate::harness::{Tessera, document};

/// For each mount: a path of its own, and an operation whose 503 (animeloop: 200) has the shape expected.
const PANICKING: [(&str, &str, u16); 6] = [
    ("/api/v2/panic", "animeloop_get_token", 200),
    ("/v1/panic", "pnut_get_token", 503),
    ("/api/v1/panic", "token_generator_create_token", 503),
    ("/v1/auth/panic", "auth_api_issue_long_token", 503),
    ("/api/v1/auth/panic", "manis_create_token", 503),
    ("/oauth/panic", "oauth_introspect_token", 503),
];

struct NoIds;

impl RequestIds for NoIds {
    fn next(&self) -> String {
        "00000000-0000-4000-8000-000000000000".to_owned()
    }
}

#[tokio::test]
async fn a_panic_is_the_dialects_own_503() {
    let server = Tessera::start().await;
    let clock: Arc<dyn Monotonic> = Arc::new(SystemMonotonic::default());
    let mut quotas = tessera_server::config::Policy::default().rates;
    quotas.enforced = false;
    let mounts = dialects::mounts(&Surroundings {
        authority: server.authority().clone(),
        limits: Arc::new(RateLimits::new(&quotas, &clock)),
        public_url: PublicUrl::of_listener(server.address()),
        origins: edge::Origins::default(),
        settings: DialectSettings::default(),
    });
    assert_eq!(
        mounts.len(),
        PANICKING.len(),
        "a dialect nobody makes panic"
    );
    let mut mounts: Vec<_> = mounts
        .into_iter()
        .zip(PANICKING)
        .map(|(mount, (path, _, _))| {
            let panics = endpoint::make_sync(|_| -> Response { panic!("on purpose") });
            mount.route(Method::GET, path, panics)
        })
        .collect();
    mounts.push(edge::pages::mount(DOCUMENT, "", server.authority()));
    let edge = edge::assemble(
        mounts,
        tessera_server::generated::routes::ROUTES,
        clock,
        Arc::new(NoIds),
    )
    .expect("the mounts fit together");
    for (path, operation, status) in PANICKING {
        let request = Request::builder().uri_str(path).finish();
        let response = edge.call(request).await.expect("the edge answers");
        assert_eq!(
            response.status(),
            StatusCode::from_u16(status).expect("a status"),
            "{path}"
        );
        if status == 503 {
            assert!(response.headers().contains_key("retry-after"), "{path}");
        }
        let (declared, _) = document::response(operation, status);
        let (media_type, content) = document::content(declared).expect("it has a body");
        assert_eq!(response.content_type(), Some(media_type), "{path}");
        let body = response
            .into_body()
            .into_bytes()
            .await
            .expect("the body is there");
        let body: serde_json::Value = serde_json::from_slice(&body).expect("the body is JSON");
        let valid = document::validate(&content["schema"], &body);
        assert!(valid.is_ok(), "{path}: {valid:?} in {body}");
    }
}
