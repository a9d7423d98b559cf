//! A thousand calls on one client whose bodies the server leaves unread: none of them breaks the next.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::script::Script;
use crate::harness::{Apart, Call, Tessera};

/// Calls by each client.
const CALLS: usize = 1_000;

const SOME: usize = 1_000;
/// More than any body may have.
const TOO_MUCH: usize = 70 * 1024;
/// More than a server drains.
const FAR_TOO_MUCH: usize = 1024 * 1024;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const JSON: &str = "Content-Type: application/json";
const TEXT: &str = "Content-Type: text/plain";
const GZIP: &str = "Content-Encoding: gzip";

/// The plan of calls, and the status of each.
#[derive(Default)]
struct Plan {
    calls: Vec<String>,
    expected: BTreeMap<String, u16>,
}

impl Plan {
    /// A call with a body of that many bytes, once with its length and once in chunks.
    fn call(&mut self, status: u16, target: &str, size: usize, headers: &[&str]) {
        let (method, path) = target.split_once(' ').expect("a method and a path");
        for framing in ["length", "chunked"] {
            let name = format!("{} {framing} {target} {size}", self.expected.len());
            let size = size.to_string();
            let parts = [&name, method, path, &size, framing];
            let parts: Vec<&str> = parts.into_iter().chain(headers.iter().copied()).collect();
            self.calls.push(parts.join("|"));
            self.expected.insert(name, status);
        }
    }

    fn every_dialect(credentials: &Value, pnut_token: &str) -> Self {
        let mut plan = Self::default();
        plan.animeloop();
        plan.pnut(pnut_token);
        plan.token_generator();
        plan.auth_api();
        plan.manis(credentials);
        plan.ours();
        plan
    }

    fn animeloop(&mut self) {
        // Refusals travel as 200.
        self.call(200, "POST /api/v2/auth/logout", SOME, &[]);
        self.call(200, "POST /api/v2/auth/token", SOME, &[TEXT]);
        self.call(200, "POST /api/v2/auth/token/new", TOO_MUCH, &[]);
        self.call(200, "POST /api/v2/auth/token/revoke", FAR_TOO_MUCH, &[]);
        self.call(200, "GET /api/v2/auth/token", SOME, &[]);
        self.call(400, "POST /api/v2/auth/login", SOME, &[TEXT]);
        self.call(400, "POST /api/v2/auth/login", SOME, &[FORM, GZIP]);
        self.call(413, "POST /api/v2/auth/login", TOO_MUCH, &[FORM]);
        self.call(400, "DELETE /api/v2/auth/login", SOME, &[]);
        self.call(400, "POST /api/v2/nowhere", SOME, &[]);
    }

    fn pnut(&mut self, token: &str) {
        let bearer = format!("Authorization: Bearer {token}");
        let grant = "POST /v1/oauth/access_token";
        self.call(200, "GET /v1/token", SOME, &[&bearer]);
        self.call(401, "GET /v1/token", SOME, &[]);
        self.call(401, "DELETE /v1/token", TOO_MUCH, &[]);
        self.call(401, "DELETE /v1/token", SOME, &["Authorization: Bearer x"]);
        self.call(415, grant, SOME, &[TEXT]);
        self.call(415, grant, SOME, &[FORM, GZIP]);
        self.call(413, grant, TOO_MUCH, &[FORM]);
        self.call(413, grant, FAR_TOO_MUCH, &[FORM]);
        self.call(405, "PUT /v1/token", SOME, &[]);
        self.call(404, "POST /v1/nowhere", SOME, &[]);
    }

    fn token_generator(&mut self) {
        let token = "POST /api/v1/token";
        let caller = "Authorization: Token token=x";
        self.call(401, token, SOME, &[FORM]);
        self.call(401, token, FAR_TOO_MUCH, &[FORM]);
        self.call(415, token, SOME, &[TEXT, caller]);
        self.call(415, token, SOME, &[FORM, GZIP, caller]);
        self.call(413, token, TOO_MUCH, &[JSON, caller]);
        self.call(413, token, FAR_TOO_MUCH, &[FORM, caller]);
        self.call(405, "DELETE /api/v1/token", SOME, &[]);
        self.call(404, "POST /api/v1/nowhere", SOME, &[FORM]);
    }

    fn auth_api(&mut self) {
        let long = "POST /v1/auth/tokens/long";
        let revoke = "POST /v1/auth/tokens/x/revoke";
        self.call(401, long, SOME, &[JSON]);
        self.call(415, long, SOME, &[TEXT, "X-Client-Id: x"]);
        self.call(415, long, SOME, &[JSON, GZIP, "X-Client-Id: x"]);
        self.call(413, long, FAR_TOO_MUCH, &[JSON, "X-Client-Id: x"]);
        self.call(415, "POST /v1/auth/tokens/short", SOME, &[TEXT]);
        self.call(401, revoke, SOME, &[JSON]);
        // This one is read, and is no JSON.
        self.call(400, revoke, SOME, &[JSON, "Authorization: Bearer lt_x"]);
        self.call(405, "GET /v1/auth/tokens/short", SOME, &[JSON]);
        self.call(404, "POST /v1/auth/nowhere", TOO_MUCH, &[JSON]);
    }

    fn manis(&mut self, credentials: &Value) {
        let of = |name: &str| credentials["manis"][name].as_str().expect("a credential");
        let merchant = format!("x-merchant-id: {}", of("merchant_id"));
        let secret = format!("x-secret: {}", of("secret"));
        let token = "POST /api/v1/auth/token";
        self.call(200, token, SOME, &[&merchant, &secret]);
        self.call(200, token, TOO_MUCH, &[&merchant, &secret, GZIP]);
        self.call(400, token, SOME, &[JSON]);
        self.call(401, token, FAR_TOO_MUCH, &[&merchant, "x-secret: x"]);
        self.call(405, "GET /api/v1/auth/token", SOME, &[&merchant, &secret]);
        self.call(404, "POST /api/v1/auth/nowhere", SOME, &[]);
    }

    fn ours(&mut self) {
        self.call(415, "POST /oauth/introspect", SOME, &[JSON]);
        self.call(415, "POST /oauth/revoke", SOME, &[FORM, GZIP]);
        self.call(413, "POST /oauth/introspect", FAR_TOO_MUCH, &[FORM]);
        self.call(405, "DELETE /oauth/revoke", SOME, &[]);
        self.call(404, "POST /oauth/nowhere", SOME, &[FORM]);
        self.call(200, "GET /.well-known/jwks.json", SOME, &[]);
        self.call(405, "POST /.well-known/jwks.json", SOME, &[]);
        self.call(200, "GET /healthz", SOME, &[]);
        self.call(405, "POST /healthz", TOO_MUCH, &[]);
        self.call(404, "POST /nowhere", FAR_TOO_MUCH, &[JSON]);
    }
}

async fn a_thousand_calls(test: &str, script: &'static str, client: &str) {
    let Some(script) = Script::ready(test, script) else {
        return;
    };
    let server = Tessera::start_today().await;
    let proxy = Apart::before(server.address()).await;
    let credentials = server.all_held().clone();
    let plan = Plan::every_dialect(&credentials, &pnut_token(&server).await);
    let facts = script
        .facts(&json!({
            "client": client,
            "host": proxy.address.ip().to_string(),
            "port": proxy.address.port(),
            "calls": CALLS,
            "plan": plan.calls.join(";"),
        }))
        .await;
    let errors = facts["errors"].as_array().expect("a list of errors");
    assert!(
        errors.is_empty(),
        "{} of {CALLS} broke: {errors:#?}",
        errors.len()
    );
    let statuses = facts["statuses"].as_object().expect("statuses by call");
    assert_eq!(statuses.len(), plan.expected.len(), "a call was left out");
    let others = plan.expected.iter().filter_map(|(name, status)| {
        let found = &statuses[name];
        (*found != json!([status])).then(|| format!("{name}: {found}, not {status}"))
    });
    assert_eq!(others.collect::<Vec<_>>(), Vec::<String>::new());
}

async fn pnut_token(server: &Tessera) -> String {
    let call = Call::post("/v1/oauth/access_token").form(&[
        ("grant_type", "password"),
        ("client_id", server.held("/pnut/client_id")),
        (
            "password_grant_secret",
            server.held("/pnut/password_grant_secret"),
        ),
        ("username", server.held("/pnut/username")),
        ("password", server.held("/pnut/password")),
        ("scope", "basic"),
    ]);
    call.send(server)
        .await
        .expect(200)
        .string_at("/access_token")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_httpx_breaks_after_bodies_that_were_not_read() {
    let test = "no_call_of_httpx_breaks_after_bodies_that_were_not_read";
    a_thousand_calls(test, "unread.py", "httpx").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_urllib3_breaks_after_bodies_that_were_not_read() {
    let test = "no_call_of_urllib3_breaks_after_bodies_that_were_not_read";
    a_thousand_calls(test, "unread.py", "urllib3").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_http_client_breaks_after_bodies_that_were_not_read() {
    let test = "no_call_of_http_client_breaks_after_bodies_that_were_not_read";
    a_thousand_calls(test, "unread.py", "http.client").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_the_jdk_breaks_after_bodies_that_were_not_read() {
    let test = "no_call_of_the_jdk_breaks_after_bodies_that_were_not_read";
    a_thousand_calls(test, "unread.java", "java.net.http").await;
}
