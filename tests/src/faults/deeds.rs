//! What is asked of a server while its disk fails: one deed of each kind that has to be durable.

use std::{net::SocketAddr, sync::Arc};

use serde_json::{Value, json};
use tessera_server::domain::{Clock as _, SystemClock};

use super::journal::{Fact, Journal};
use crate::{
    dialects::auth_api::signed_by,
    harness::{Answer, Call},
};

/// One kind of change.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    /// A pnut app token.
    Issue,
    /// A short token of a long one (auth API).
    Derive,
    /// The end of a token that was issued before.
    Revoke,
    /// A login (animeloop).
    Session,
    /// An assertion, good for one long token (auth API).
    Once,
}

impl Deed {
    /// One of each.
    pub const ALL: [Self; 5] = [
        Self::Issue,
        Self::Derive,
        Self::Revoke,
        Self::Session,
        Self::Once,
    ];
}

/// A caller of a server, who remembers what was acknowledged.
pub struct Doer {
    credentials: Arc<Value>,
    address: SocketAddr,
    name: String,
    done: u32,
    long: Option<String>,
    /// What was acknowledged.
    pub journal: Journal,
}

impl Doer {
    /// A caller whose one-time values carry its name.
    pub fn new(credentials: &Arc<Value>, address: SocketAddr, name: impl Into<String>) -> Self {
        Self {
            credentials: Arc::clone(credentials),
            address,
            name: name.into(),
            done: 0,
            long: None,
            journal: Journal::default(),
        }
    }

    /// Does it; whether it was acknowledged. A refusal must be the dialect's "unavailable".
    pub async fn attempt(&mut self, deed: Deed) -> bool {
        match deed {
            Deed::Issue => self.issue().await.is_some(),
            Deed::Derive => self.derive().await,
            Deed::Revoke => self.revoke().await,
            Deed::Session => self.session().await,
            Deed::Once => self.once().await.is_some(),
        }
    }

    async fn issue(&mut self) -> Option<String> {
        let answer = Call::post("/v1/oauth/access_token")
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", &self.credential("/pnut/client_id")),
                ("client_secret", &self.credential("/pnut/client_secret")),
            ])
            .send_to(self.address)
            .await;
        let token = acknowledged(&answer, 200)?.string_at("/access_token");
        self.journal.note(Fact::Lives(token.clone()));
        Some(token)
    }

    async fn derive(&mut self) -> bool {
        let long = match &self.long {
            Some(long) => long.clone(),
            None => match self.once().await {
                Some(long) => long,
                None => return false,
            },
        };
        let call = Call::post("/v1/auth/tokens/short").bearer(long);
        let answer = call.send_to(self.address).await;
        let Some(answer) = acknowledged(&answer, 201) else {
            return false;
        };
        let token = answer.string_at("/access_token");
        self.journal.note(Fact::Lives(token));
        true
    }

    async fn revoke(&mut self) -> bool {
        let token = match self.journal.take_for_revocation() {
            Some(token) => token,
            None => match self.issue().await {
                Some(_) => self.journal.take_for_revocation().expect("one was issued"),
                None => return false,
            },
        };
        let call = Call::post("/oauth/revoke")
            .basic(
                &self.credential("/oauth/client_id"),
                &self.credential("/oauth/client_secret"),
            )
            .form(&[("token", &token)]);
        let done = acknowledged(&call.send_to(self.address).await, 200).is_some();
        if done {
            self.journal.note(Fact::Ended(token));
        } else {
            // Refused is not undone: it may be either from now on.
            self.journal.doubt(token);
        }
        done
    }

    async fn session(&mut self) -> bool {
        let answer = Call::post("/api/v2/auth/login")
            .json(&json!({
                "username": self.credential("/animeloop/username"),
                "password": self.credential("/animeloop/password"),
            }))
            .send_to(self.address)
            .await;
        let Some(answer) = acknowledged(&answer, 200) else {
            return false;
        };
        let cookie = answer.header("set-cookie").expect("a login sets a cookie");
        let value = cookie
            .strip_prefix("animeloop.auth.sid=")
            .and_then(|rest| rest.split(';').next())
            .expect("the cookie has its name");
        self.journal.note(Fact::Session(value.to_owned()));
        true
    }

    async fn once(&mut self) -> Option<String> {
        self.done += 1;
        let assertion = self.assertion(&format!("{}-{}", self.name, self.done));
        let answer = present(&self.credentials, self.address, &assertion).await;
        let token = acknowledged(&answer, 201)?.string_at("/access_token");
        self.journal.note(Fact::Spent(assertion));
        self.journal.note(Fact::Lives(token.clone()));
        self.long = Some(token.clone());
        Some(token)
    }

    fn assertion(&self, jti: &str) -> String {
        let client = self.credential("/auth_api/client_id");
        let now = SystemClock.now_ms().div_euclid(1000);
        let claims = json!({
            "iss": client, "sub": client, "iat": now, "exp": now + 290, "jti": jti,
            "aud": "http://tessera.test/v1/auth/tokens/long",
        });
        let header = json!({
            "alg": "EdDSA", "typ": "JWT", "kid": self.credential("/auth_api/assertion_kid"),
        });
        let pem = self.credential("/auth_api/assertion_key_pem");
        signed_by(&pem, &header, &claims)
    }

    fn credential(&self, pointer: &str) -> String {
        credential(&self.credentials, pointer)
    }
}

/// Asks for a long token by an assertion.
pub async fn present(credentials: &Value, address: SocketAddr, assertion: &str) -> Answer {
    let client = credential(credentials, "/auth_api/client_id");
    Call::post("/v1/auth/tokens/long")
        .header("X-Client-Id", &client)
        .json(&json!({
            "grant_type": "assertion",
            "client_id": client,
            "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "assertion": assertion,
        }))
        .send_to(address)
        .await
}

/// The string at a pointer of the credentials.
pub fn credential(credentials: &Value, pointer: &str) -> String {
    let found = credentials.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no credential {pointer}"))
        .to_owned()
}

/// The answer of a success. Everything else must be the dialect's "unavailable, come back".
fn acknowledged(answer: &Answer, success: u16) -> Option<&Answer> {
    // Animeloop's refusals travel as 200.
    let refused = answer.status == 503 && answer.header("retry-after").is_some()
        || answer.status == 200
            && answer
                .body
                .starts_with(br#"{"status":"error","code":1950301"#);
    if refused {
        return None;
    }
    assert_eq!(
        answer.status,
        success,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    Some(answer)
}
