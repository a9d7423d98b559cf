//! What the tests of the binary ask of it, over raw HTTP, with the seeded credentials.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::binary::Installation;
use crate::harness::{Answer, Call};

/// A caller of one running server.
pub struct Errands<'a> {
    installed: &'a Installation,
    address: SocketAddr,
}

impl<'a> Errands<'a> {
    /// A caller with the credentials of an installation.
    pub fn new(installed: &'a Installation, address: SocketAddr) -> Self {
        Self { installed, address }
    }

    fn credential(&self, pointer: &str) -> String {
        self.installed.credential(pointer)
    }

    async fn send(&self, call: Call) -> Answer {
        call.send_to(self.address).await
    }

    /// Sends to a server that may die meanwhile; `None` when no whole answer came.
    async fn try_send(&self, call: Call) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        stream.write_all(&call.to_bytes(self.address)).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let text = String::from_utf8_lossy(&answer);
        let length: usize = text
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        let (_, body) = text.split_once("\r\n\r\n")?;
        (body.len() >= length).then(|| Answer::parse(&answer))
    }

    /// Whether introspection calls a token active.
    pub async fn is_active(&self, token: &str) -> bool {
        let answer = self
            .send(self.oauth("/oauth/introspect", token))
            .await
            .expect(200);
        answer.json()["active"] == json!(true)
    }

    /// Revokes a token through oauth; `false` when the server did not say that it did.
    pub async fn try_revoke(&self, token: &str) -> bool {
        let answer = self.try_send(self.oauth("/oauth/revoke", token)).await;
        answer.is_some_and(|answer| answer.status == 200)
    }

    fn oauth(&self, path: &str, token: &str) -> Call {
        Call::post(path)
            .basic(
                &self.credential("/oauth/client_id"),
                &self.credential("/oauth/client_secret"),
            )
            .form(&[("token", token)])
    }

    /// Whether a write can be made and a read answered.
    pub async fn is_ready(&self) -> bool {
        self.send(Call::get("/readyz")).await.status == 200
    }

    /// The published keys.
    pub async fn keys(&self) -> Value {
        self.send(Call::get("/.well-known/jwks.json"))
            .await
            .expect(200)
            .json()
    }

    /// A pnut app token, unless the server is gone.
    pub async fn try_pnut_app_token(&self) -> Option<String> {
        let call = Call::post("/v1/oauth/access_token").form(&[
            ("grant_type", "client_credentials"),
            ("client_id", &self.credential("/pnut/client_id")),
            ("client_secret", &self.credential("/pnut/client_secret")),
        ]);
        Some(
            self.try_send(call)
                .await?
                .expect(200)
                .string_at("/access_token"),
        )
    }

    /// Logs in; answers the cookie's value as it was set.
    pub async fn animeloop_session(&self) -> String {
        let call = Call::post("/api/v2/auth/login").json(&json!({
            "username": self.credential("/animeloop/username"),
            "password": self.credential("/animeloop/password"),
        }));
        let answer = self.send(call).await.expect(200);
        let cookie = answer
            .header("set-cookie")
            .expect("a login sets the cookie");
        let value = cookie
            .strip_prefix("animeloop.auth.sid=")
            .and_then(|rest| rest.split(';').next());
        value.expect("the cookie has its name").to_owned()
    }

    /// Whether a session is good.
    pub async fn is_session(&self, session: &str) -> bool {
        let cookie = format!("animeloop.auth.sid={session}");
        let call = Call::post("/api/v2/auth/token").header("Cookie", cookie);
        self.send(call).await.json()["code"] != json!(1_940_103)
    }

    /// The live token of a session's user, made when there is none.
    pub async fn animeloop_token(&self, session: &str) -> String {
        let cookie = format!("animeloop.auth.sid={session}");
        let live = self
            .send(Call::post("/api/v2/auth/token").header("Cookie", &cookie))
            .await;
        if live.json()["status"] == "success" {
            return live.string_at("/data/token");
        }
        let call = Call::post("/api/v2/auth/token/new").header("Cookie", &cookie);
        self.send(call).await.expect(200).string_at("/data/token")
    }

    async fn pnut_user_token(&self) -> String {
        let call = Call::post("/v1/oauth/access_token").form(&[
            ("grant_type", "password"),
            ("client_id", &self.credential("/pnut/client_id")),
            (
                "password_grant_secret",
                &self.credential("/pnut/password_grant_secret"),
            ),
            ("username", &self.credential("/pnut/username")),
            ("password", &self.credential("/pnut/password")),
            ("scope", "basic,email"),
        ]);
        self.send(call).await.expect(200).string_at("/access_token")
    }

    async fn token_generator_tokens(&self) -> (String, String) {
        let caller = format!(
            "Token token=\"{}\"",
            self.credential("/token_generator/user_token")
        );
        let call = Call::post("/api/v1/token").header("Authorization", caller);
        let answer = self.send(call).await.expect(200);
        let renewed = answer
            .header("x-token")
            .expect("the caller's token is renewed")
            .to_owned();
        (answer.string_at("/token"), renewed)
    }

    async fn auth_api_long(&self, proof: (&str, &str)) -> String {
        let client = self.credential("/auth_api/client_id");
        let mut body = json!({ "grant_type": "client_credentials", "client_id": client });
        body[proof.0] = proof.1.into();
        let call = Call::post("/v1/auth/tokens/long")
            .header("X-Client-Id", &client)
            .json(&body);
        self.send(call).await.expect(201).string_at("/access_token")
    }

    async fn auth_api_short(&self, long: &str) -> String {
        let call = Call::post("/v1/auth/tokens/short").bearer(long);
        self.send(call).await.expect(201).string_at("/access_token")
    }

    async fn manis_token(&self) -> String {
        let call = Call::post("/api/v1/auth/token")
            .header("x-merchant-id", self.credential("/manis/merchant_id"))
            .header("x-secret", self.credential("/manis/secret"));
        self.send(call).await.expect(200).string_at("/token")
    }

    /// One live token of each dialect, with its dialect's name.
    pub async fn one_token_of_each_dialect(&self) -> Vec<(&'static str, String)> {
        let session = self.animeloop_session().await;
        let secret = self.credential("/auth_api/client_secret");
        let long = self.auth_api_long(("client_secret", &secret)).await;
        vec![
            ("animeloop", self.animeloop_token(&session).await),
            ("pnut", self.pnut_user_token().await),
            ("token_generator", self.token_generator_tokens().await.0),
            ("auth_api short", self.auth_api_short(&long).await),
            ("auth_api long", long),
            ("manis", self.manis_token().await),
        ]
    }

    /// Uses every credential, right and wrong, and answers every secret that was seeded, sent or issued.
    pub async fn every_secret(&self) -> Vec<(String, Vec<u8>)> {
        let mut secrets: Vec<(String, Vec<u8>)> = self
            .one_token_of_each_dialect()
            .await
            .into_iter()
            .map(|(dialect, token)| (format!("a token of {dialect}"), token.into_bytes()))
            .collect();
        let mut add =
            |name: &str, secret: &str| secrets.push((name.to_owned(), secret.as_bytes().to_vec()));
        for pointer in [
            "/animeloop/password",
            "/animeloop/session_secret",
            "/pnut/client_secret",
            "/pnut/password_grant_secret",
            "/pnut/password",
            "/token_generator/secret",
            "/token_generator/user_token",
            "/auth_api/client_secret",
            "/auth_api/totp_secret",
            "/manis/secret",
            "/oauth/client_secret",
        ] {
            add(pointer, &self.credential(pointer));
        }
        let pem = self.credential("/auth_api/assertion_key_pem");
        for line in pem.lines().filter(|line| !line.starts_with("-----")) {
            add("/auth_api/assertion_key_pem", line);
        }
        let session = self.animeloop_session().await;
        let decoded = percent_encoding::percent_decode_str(&session)
            .decode_utf8_lossy()
            .into_owned();
        let sid = decoded
            .trim_start_matches("s:")
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned();
        add("the session cookie", &session);
        add("the session cookie, decoded", &decoded);
        add("the session id", &sid);
        let app = self.try_pnut_app_token().await.expect("the server lives");
        add("a pnut app token", &app);
        let by_query = Call::get(&format!(
            "/v1/token?access_token={}",
            self.pnut_user_token().await
        ));
        self.send(by_query.clone()).await.expect(200);
        let renewed = self.token_generator_tokens().await;
        add("a renewed token", &renewed.1);
        let code = self.one_time_code();
        let by_code = self.auth_api_long(("otp_code", &code)).await;
        add("a long token by one-time code", &by_code);
        add(
            "a one-time code's answer is short",
            &self.auth_api_short(&by_code).await,
        );
        // Secrets that are wrong, unknown or misplaced must not be noted down either.
        let wrong = "a-wrong-secret-that-nobody-may-write-down";
        add("a wrong secret", wrong);
        let client = self.credential("/auth_api/client_id");
        for call in [
            Call::post("/api/v2/auth/login").json(&json!({ "username": "demo_user", "password": wrong })),
            Call::get("/api/v2/auth/token").header("Cookie", format!("animeloop.auth.sid={wrong}")),
            Call::get("/v1/token").bearer(wrong),
            Call::get(&format!("/v1/token?access_token={wrong}")),
            Call::get(&format!("/v1/nowhere/{wrong}")).bearer(wrong),
            Call::post("/v1/oauth/access_token").form(&[("grant_type", "client_credentials"), ("client_id", "x"), ("client_secret", wrong)]),
            Call::post("/api/v1/token").header("Authorization", format!("Token token={wrong}")),
            Call::post("/v1/auth/tokens/long").header("X-Client-Id", &client).json(&json!({ "grant_type": "client_credentials", "client_id": client, "client_secret": wrong })),
            Call::post("/v1/auth/tokens/long").header("X-Client-Id", &client).json(&json!({ "grant_type": "client_credentials", "client_id": client, wrong: 1 })),
            Call::post("/v1/auth/tokens/short").bearer(wrong),
            Call::post(&format!("/v1/auth/tokens/{wrong}/revoke")).bearer(wrong),
            Call::post("/api/v1/auth/token").header("x-merchant-id", wrong).header("x-secret", wrong),
            self.oauth("/oauth/introspect", wrong),
            self.oauth("/oauth/revoke", wrong),
            Call::post("/oauth/introspect").basic("nobody", wrong).form(&[("token", wrong)]),
        ] {
            self.send(call).await;
        }
        secrets
    }

    fn one_time_code(&self) -> String {
        let seed = totp_rs::Secret::try_from_base32(self.credential("/auth_api/totp_secret"));
        totp_rs::Builder::new()
            .with_secret(seed.expect("the seed is base32"))
            .build()
            .expect("the seed is long enough")
            .generate_current()
            .to_string()
    }
}
