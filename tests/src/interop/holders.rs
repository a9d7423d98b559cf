//! Somebody who holds a token of one dialect and can spend and end it there.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use tessera_server::domain::Dialect;

use crate::{
    dialects::auth_api::{self, Issued, LONG, SHORT, revoke_path},
    harness::{Call, Tessera},
};

/// Each dialect that issues tokens, with each class of its tokens.
pub const ISSUING: &[(Dialect, &str)] = &[
    (Dialect::new("animeloop"), "user"),
    (Dialect::new("pnut"), "user"),
    (Dialect::new("pnut"), "app"),
    (Dialect::new("token_generator"), "user"),
    (Dialect::new("token_generator"), "derived"),
    (Dialect::new("token_generator"), "secret"),
    (Dialect::new("auth_api"), "long"),
    (Dialect::new("auth_api"), "short"),
    (Dialect::new("manis"), "access"),
];

/// A token, and what its dialect wants beside it.
pub struct Holder {
    pub dialect: Dialect,
    pub class: &'static str,
    pub token: String,
    /// Animeloop's cookie.
    cookie: String,
    /// Auth API's `token_id`.
    id: String,
}

impl Holder {
    /// Issues a token the way its dialect documents.
    pub async fn new(server: &Tessera, dialect: Dialect, class: &'static str) -> Self {
        let (mut cookie, mut id) = (String::new(), String::new());
        let token = match dialect.as_str() {
            "animeloop" => {
                cookie = login(server).await;
                let call = Call::post("/api/v2/auth/token/new").header("Cookie", &cookie);
                call.send(server).await.string_at("/data/token")
            }
            "pnut" => pnut(server, class).await,
            "token_generator" => token_generator(server, class).await,
            "auth_api" => {
                let long = auth_api::long_token(server).await;
                let issued = if class == "long" {
                    long
                } else {
                    auth_api::short_token(server, &long).await
                };
                id = issued.id;
                issued.token
            }
            "manis" => {
                let held = &server.credentials.manis;
                let call = Call::post("/api/v1/auth/token")
                    .header("x-merchant-id", &held.merchant_id)
                    .header("x-secret", held.secret.expose());
                call.send(server).await.expect(200).string_at("/token")
            }
            "oauth" => panic!("the standard endpoints issue nothing"),
            other => panic!("{other}: no holder"),
        };
        Self {
            dialect,
            class,
            token,
            cookie,
            id,
        }
    }

    /// Whether the dialect takes that token for one of its own of this class.
    pub async fn is_accepted(&self, server: &Tessera, token: &str) -> bool {
        match self.dialect.as_str() {
            // Its tokens are spent elsewhere; here it hands out the live one again, or has none.
            "animeloop" => {
                let call = Call::post("/api/v2/auth/token").header("Cookie", &self.cookie);
                call.send(server).await.json()["data"]["token"] == token
            }
            // An app token is known, but may not ask about a user.
            "pnut" => {
                let status = Call::get("/v1/token")
                    .bearer(token)
                    .send(server)
                    .await
                    .status;
                status == if self.class == "app" { 403 } else { 200 }
            }
            "token_generator" => derive(token).send(server).await.status == 200,
            "auth_api" if self.class == "long" => {
                auth_api::exchange(token).send(server).await.status == 201
            }
            "auth_api" => {
                let nobody = Call::post(&revoke_path("nobody")).bearer(token);
                nobody.send(server).await.status == 404
            }
            // Nothing here takes its tokens but introspection.
            "manis" | "oauth" => {
                let asker = crate::dialects::oauth::demo_asker(server);
                let told = asker.introspect(server, token).await;
                told["active"] == true && told["dialect"] == self.dialect.as_str()
            }
            other => panic!("{other}: no holder"),
        }
    }

    /// Whether a token of another dialect gets anything out of this one, wherever a token can be put.
    pub async fn accepts_foreign(&self, server: &Tessera, token: &str) -> bool {
        let calls = match self.dialect.as_str() {
            "animeloop" => vec![
                Call::post("/api/v2/auth/token").bearer(token),
                Call::post("/api/v2/auth/token")
                    .header("Cookie", format!("animeloop.auth.sid={token}")),
            ],
            "pnut" => vec![
                Call::get("/v1/token").bearer(token),
                Call::get(&format!("/v1/token?access_token={token}")),
            ],
            "token_generator" => vec![derive(token)],
            "auth_api" => vec![
                auth_api::exchange(token),
                Call::post(SHORT).json(&json!({ "long_token": token })),
                Call::post(LONG)
                    .bearer(token)
                    .json(&auth_api::body(server, json!({}))),
                Call::post(&revoke_path(&self.id)).bearer(token),
            ],
            "manis" => vec![
                Call::post("/api/v1/auth/token").bearer(token),
                Call::post("/api/v1/auth/token")
                    .header("x-merchant-id", &server.credentials.manis.merchant_id)
                    .header("x-secret", token),
            ],
            "oauth" => vec![],
            other => panic!("{other}: no holder"),
        };
        for call in calls {
            let answer = call.send(server).await;
            // Animeloop refuses under 200.
            let refused = answer.status >= 400 || answer.json()["status"] == "error";
            if !refused {
                return true;
            }
        }
        false
    }

    /// Whether the dialect that issued the token has a way to end it.
    pub fn can_end_it(&self) -> bool {
        match self.dialect.as_str() {
            "animeloop" | "auth_api" => true,
            // An app token belongs to nobody who could ask.
            "pnut" => self.class == "user",
            "token_generator" | "manis" | "oauth" => false,
            other => panic!("{other}: no holder"),
        }
    }

    /// Ends the token where it was issued, as the dialect documents.
    pub async fn end_it(&self, server: &Tessera) {
        match self.dialect.as_str() {
            "animeloop" => {
                let call = Call::post("/api/v2/auth/token/revoke").header("Cookie", &self.cookie);
                let answer = call.send(server).await.expect(200);
                assert_eq!(answer.string_at("/status"), "success", "{}", answer.text());
            }
            "pnut" => {
                let call = Call::delete("/v1/token").bearer(&self.token);
                call.send(server).await.expect(200);
            }
            "auth_api" => {
                let caller = auth_api::long_token(server).await;
                let target = Issued {
                    token: String::new(),
                    id: self.id.clone(),
                };
                let call = auth_api::revoke(&caller, &target);
                call.send(server).await.expect(204);
            }
            "token_generator" | "manis" | "oauth" => {
                panic!("{} ends no tokens", self.dialect)
            }
            other => panic!("{other}: no holder"),
        }
    }

    /// Whether this dialect's own way of ending tokens gets at a token of another one.
    pub async fn revokes_foreign(&self, server: &Tessera, token: &str) -> bool {
        match self.dialect.as_str() {
            "pnut" => {
                Call::delete("/v1/token")
                    .bearer(token)
                    .send(server)
                    .await
                    .status
                    < 400
            }
            "auth_api" => {
                // Ids of other dialects are as unknown as ids of nobody.
                let asker = crate::dialects::oauth::demo_asker(server);
                let jti = asker.introspect(server, token).await["jti"].clone();
                let caller = auth_api::long_token(server).await;
                let call = Call::post(&revoke_path(jti.as_str().expect("a live token has one")));
                call.bearer(&caller.token).send(server).await.status != 404
            }
            // The one names no token, the others end none.
            "animeloop" | "token_generator" | "manis" | "oauth" => false,
            other => panic!("{other}: no holder"),
        }
    }
}

/// Animeloop's cookie of the demo user.
async fn login(server: &Tessera) -> String {
    let held = &server.credentials.animeloop;
    let call = Call::post("/api/v2/auth/login").form(&[
        ("username", &held.username),
        ("password", held.password.expose()),
    ]);
    let answer = call.send(server).await.expect(200);
    let cookie = answer
        .header("set-cookie")
        .unwrap_or_else(|| panic!("{}", answer.text()));
    cookie.split(';').next().unwrap_or_default().to_owned()
}

async fn pnut(server: &Tessera, class: &str) -> String {
    let held = &server.credentials.pnut;
    let form = if class == "app" {
        vec![
            ("grant_type", "client_credentials"),
            ("client_id", held.client_id.as_str()),
            ("client_secret", held.client_secret.expose()),
        ]
    } else {
        vec![
            ("grant_type", "password"),
            ("client_id", held.client_id.as_str()),
            ("password_grant_secret", held.password_grant_secret.expose()),
            ("username", held.username.as_str()),
            ("password", held.password.expose()),
            ("scope", "basic,email"),
        ]
    };
    let answer = Call::post("/v1/oauth/access_token")
        .form(&form)
        .send(server)
        .await;
    answer.expect(200).string_at("/access_token")
}

fn derive(token: &str) -> Call {
    Call::post("/api/v1/token").header("Authorization", format!("Token token=\"{token}\""))
}

/// The demo user's token, one derived from a fresh user token, or one that the holder of the secret signs.
async fn token_generator(server: &Tessera, class: &str) -> String {
    let held = &server.credentials.token_generator;
    if class == "secret" {
        return signed_by_holder(server);
    }
    let answer = derive(held.user_token.expose())
        .send(server)
        .await
        .expect(200);
    let derived = answer.string_at("/token");
    if class == "derived" {
        return derived;
    }
    // The caller's own token, issued anew: the demo's is one for all tests of a server.
    answer
        .header("x-token")
        .unwrap_or_else(|| panic!("no X-token in {:?}", answer.headers))
        .to_owned()
}

/// A token signed under the registered secret, as its holder's own library would.
fn signed_by_holder(server: &Tessera) -> String {
    let held = &server.credentials.token_generator;
    let now = server.clock.now_ms().div_euclid(1000);
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    let mut random = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut random).expect("random bytes");
    let claims = json!({
        "iss": held.secret_id,
        "iat": now,
        "exp": now + 600,
        "nonce": URL_SAFE_NO_PAD.encode(random),
    });
    let header = json!({ "alg": "HS256" });
    let input = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, held.secret.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}
