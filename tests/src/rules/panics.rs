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

use crate::{
    dialects::TRIALS,
    harness::{Tessera, asked, assert_all_asked, document},
    proofs::live::oracle,
};

/// How a dialect says that something of its own broke.
struct Broken {
    operation: &'static str,
    status: u16,
}

impl Broken {
    /// By 503, or, where none of its operations has that, by a refusal under 200.
    fn of(dialect: &str) -> Self {
        let own = || {
            let operations = oracle::operations().into_iter();
            operations.filter(|operation| operation.dialect == dialect)
        };
        let answers = |status: u16, refusal: bool| {
            let found = own().find(|operation| {
                let response = operation.response(status);
                response.is_some_and(|it| !refusal || it.child("x-refusal").is_some())
            });
            found.map(|operation| Self {
                operation: document::operation(&operation.id).id,
                status,
            })
        };
        let known = answers(503, false).or_else(|| answers(200, true));
        known.unwrap_or_else(|| panic!("{dialect} has no words for a failure"))
    }
}

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
    let tags = oracle::tags();
    let path = |dialect: &str| {
        let tag = tags.iter().find(|tag| tag.name == dialect);
        let prefix = tag.and_then(|tag| tag.prefixes.first());
        format!("{}/panic", prefix.expect("a dialect has a prefix"))
    };
    let mut mounts: Vec<_> = mounts
        .into_iter()
        .zip(dialects::REGISTRATIONS)
        .map(|(mount, registered)| {
            let panics = endpoint::make_sync(|_| -> Response { panic!("on purpose") });
            mount.route(Method::GET, &path(registered.id.as_str()), panics)
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
    for trial in TRIALS {
        let path = path(trial.dialect());
        let Broken { operation, status } = Broken::of(trial.dialect());
        asked("panics", trial.dialect(), &path);
        let request = Request::builder().uri_str(&path).finish();
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
    assert_all_asked("panics", TRIALS.iter().map(|trial| trial.dialect()));
}
