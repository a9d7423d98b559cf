//! A thousand calls on one client whose bodies the server leaves unread: none of them breaks the next.

use std::collections::BTreeMap;

use serde_json::json;

use super::script::Script;
use crate::{
    dialects::TRIALS,
    harness::{Apart, Reach, Tessera, asked, assert_all_asked},
    proofs::live::oracle::tags,
};

/// Calls by each client.
const CALLS: usize = 1_000;

/// Less than is drained.
pub const SOME: usize = 1_000;
/// More than any body may have.
pub const TOO_MUCH: usize = 70 * 1024;
/// More than a server drains.
pub const FAR_TOO_MUCH: usize = 1024 * 1024;

/// Headers.
pub const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
/// See [`FORM`].
pub const JSON: &str = "Content-Type: application/json";
/// See [`FORM`].
pub const TEXT: &str = "Content-Type: text/plain";
/// See [`FORM`].
pub const GZIP: &str = "Content-Encoding: gzip";

/// The plan of calls, and the status of each.
#[derive(Default)]
pub struct Plan {
    calls: Vec<String>,
    expected: BTreeMap<String, u16>,
}

impl Plan {
    /// A call with a body of that many bytes, once with its length and once in chunks.
    pub fn call(&mut self, status: u16, target: &str, size: usize, headers: &[&str]) {
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

    /// What every dialect asks for, what no dialect has, and pages of our own.
    async fn of_all(server: &Reach) -> Self {
        let mut plan = Self::default();
        let mut dialects = Vec::new();
        for trial in TRIALS {
            let Some(spoken) = trial.clients() else {
                continue;
            };
            let before = plan.calls.len();
            spoken.unread(server, &mut plan).await;
            if plan.calls.len() > before {
                asked("clients", trial.dialect(), "bodies that stay unread");
                dialects.push(trial.dialect());
            }
        }
        assert_all_asked("clients", dialects);
        for tag in tags() {
            let status = tag.path.map(|refusal| refusal.status);
            let status = status.expect("a dialect says how it refuses unknown paths");
            for prefix in tag.prefixes {
                plan.call(status, &format!("POST {prefix}/nobody"), SOME, &[JSON]);
            }
        }
        plan.call(200, "GET /healthz", SOME, &[]);
        plan.call(405, "POST /healthz", TOO_MUCH, &[]);
        plan.call(404, "POST /nowhere", FAR_TOO_MUCH, &[JSON]);
        plan
    }
}

async fn a_thousand_calls(test: &str, script: &'static str, client: &str) {
    let Some(script) = Script::ready(test, script) else {
        return;
    };
    let server = Tessera::start_today().await;
    let proxy = Apart::before(server.address()).await;
    let plan = Plan::of_all(&server).await;
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
