//! What the demo's principals hold, by fields: for suites that do not yet read it by name.

use serde_json::Value;
use tessera_server::{demo, domain::Secret};

/// Of animeloop.
#[derive(Debug, Clone)]
pub struct AnimeloopCredentials {
    /// `username`
    pub username: String,
    /// `password`
    pub password: Secret,
    /// `session_secret`
    pub session_secret: Secret,
}

/// Of pnut.
#[derive(Debug, Clone)]
pub struct PnutCredentials {
    /// `client_id`
    pub client_id: String,
    /// `client_secret`
    pub client_secret: Secret,
    /// `password_grant_secret`
    pub password_grant_secret: Secret,
    /// `username`
    pub username: String,
    /// `password`
    pub password: Secret,
}

/// Of token_generator.
#[derive(Debug, Clone)]
pub struct TokenGeneratorCredentials {
    /// `secret_id`
    pub secret_id: String,
    /// `secret`
    pub secret: Secret,
    /// `user_token`
    pub user_token: Secret,
}

/// Of auth_api.
#[derive(Debug, Clone)]
pub struct AuthApiCredentials {
    /// `client_id`
    pub client_id: String,
    /// `client_secret`
    pub client_secret: Secret,
    /// `totp_secret`
    pub totp_secret: Secret,
    /// `assertion_key_pem`
    pub assertion_key_pem: Secret,
    /// `assertion_kid`
    pub assertion_kid: String,
}

/// Of manis.
#[derive(Debug, Clone)]
pub struct ManisCredentials {
    /// `merchant_id`
    pub merchant_id: String,
    /// `secret`
    pub secret: Secret,
}

/// Of oauth.
#[derive(Debug, Clone)]
pub struct OauthCredentials {
    /// `client_id`
    pub client_id: String,
    /// `client_secret`
    pub client_secret: Secret,
}

/// The demo's credentials.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// All of it, as it was written.
    pub json: Value,
    /// Where the server answers.
    pub base_url: String,
    /// Of animeloop.
    pub animeloop: AnimeloopCredentials,
    /// Of pnut.
    pub pnut: PnutCredentials,
    /// Of token_generator.
    pub token_generator: TokenGeneratorCredentials,
    /// Of auth_api.
    pub auth_api: AuthApiCredentials,
    /// Of manis.
    pub manis: ManisCredentials,
    /// Of oauth.
    pub oauth: OauthCredentials,
}

impl From<demo::Credentials> for Credentials {
    fn from(held: demo::Credentials) -> Self {
        let json = held.to_json();
        let text = |pointer: &str| {
            let found = json.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_else(|| panic!("no {pointer}")).to_owned()
        };
        Self {
            json: json.clone(),
            base_url: text("/base_url"),
            animeloop: AnimeloopCredentials {
                username: text("/animeloop/username"),
                password: Secret::new(text("/animeloop/password")),
                session_secret: Secret::new(text("/animeloop/session_secret")),
            },
            pnut: PnutCredentials {
                client_id: text("/pnut/client_id"),
                client_secret: Secret::new(text("/pnut/client_secret")),
                password_grant_secret: Secret::new(text("/pnut/password_grant_secret")),
                username: text("/pnut/username"),
                password: Secret::new(text("/pnut/password")),
            },
            token_generator: TokenGeneratorCredentials {
                secret_id: text("/token_generator/secret_id"),
                secret: Secret::new(text("/token_generator/secret")),
                user_token: Secret::new(text("/token_generator/user_token")),
            },
            auth_api: AuthApiCredentials {
                client_id: text("/auth_api/client_id"),
                client_secret: Secret::new(text("/auth_api/client_secret")),
                totp_secret: Secret::new(text("/auth_api/totp_secret")),
                assertion_key_pem: Secret::new(text("/auth_api/assertion_key_pem")),
                assertion_kid: text("/auth_api/assertion_kid"),
            },
            manis: ManisCredentials {
                merchant_id: text("/manis/merchant_id"),
                secret: Secret::new(text("/manis/secret")),
            },
            oauth: OauthCredentials {
                client_id: text("/oauth/client_id"),
                client_secret: Secret::new(text("/oauth/client_secret")),
            },
        }
    }
}

impl Credentials {
    /// As the demo writes them.
    pub fn to_json(&self) -> Value {
        let mut json = self.json.clone();
        if let Some(members) = json.as_object_mut() {
            members.insert("base_url".to_owned(), self.base_url.as_str().into());
        }
        json
    }
}
