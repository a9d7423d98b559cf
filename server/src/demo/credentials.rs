//! What the demo's principals prove themselves with, and the file it is written to.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use serde_json::{Value, json};

use super::DemoError;
use crate::domain::Secret;

/// The demo's credentials, by dialect.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Where the server answers.
    pub base_url: String,
    /// Animeloop's user, and the secret its cookies are signed with.
    pub animeloop: AnimeloopCredentials,
    /// pnut's client and user.
    pub pnut: PnutCredentials,
    /// The token generator's registered secret, and a token of a user.
    pub token_generator: TokenGeneratorCredentials,
    /// The auth API's client.
    pub auth_api: AuthApiCredentials,
    /// Manis' merchant.
    pub manis: ManisCredentials,
    /// A resource server that may introspect and revoke every token.
    pub oauth: OauthCredentials,
}

/// See [`Credentials::animeloop`].
#[derive(Debug, Clone)]
pub struct AnimeloopCredentials {
    /// The login name.
    pub username: String,
    /// The user's password.
    pub password: Secret,
    /// The HMAC key of session cookies: its UTF-8 bytes.
    pub session_secret: Secret,
}

/// See [`Credentials::pnut`].
#[derive(Debug, Clone)]
pub struct PnutCredentials {
    /// The public identifier.
    pub client_id: String,
    /// The secret of the client.
    pub client_secret: Secret,
    /// The second secret, for the password grant.
    pub password_grant_secret: Secret,
    /// The login name.
    pub username: String,
    /// The user's password.
    pub password: Secret,
}

/// See [`Credentials::token_generator`].
#[derive(Debug, Clone)]
pub struct TokenGeneratorCredentials {
    /// The `iss` of tokens signed with `secret`.
    pub secret_id: String,
    /// The HS256 key: its UTF-8 bytes.
    pub secret: Secret,
    /// A user's token.
    pub user_token: Secret,
}

/// See [`Credentials::auth_api`].
#[derive(Debug, Clone)]
pub struct AuthApiCredentials {
    /// The public identifier.
    pub client_id: String,
    /// The secret of the client.
    pub client_secret: Secret,
    /// The TOTP seed in base32.
    pub totp_secret: Secret,
    /// The private Ed25519 key in PKCS#8, for assertions.
    pub assertion_key_pem: Secret,
    /// The `kid` that assertions name.
    pub assertion_kid: String,
}

/// See [`Credentials::manis`].
#[derive(Debug, Clone)]
pub struct ManisCredentials {
    /// The public identifier.
    pub merchant_id: String,
    /// The secret of the merchant.
    pub secret: Secret,
}

/// See [`Credentials::oauth`].
#[derive(Debug, Clone)]
pub struct OauthCredentials {
    /// The public identifier.
    pub client_id: String,
    /// The secret of the client.
    pub client_secret: Secret,
}

impl Credentials {
    /// As JSON, secrets in clear.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self {
            base_url,
            animeloop,
            pnut,
            token_generator,
            auth_api,
            manis,
            oauth,
        } = self;
        json!({
            "base_url": base_url,
            "animeloop": {
                "username": animeloop.username,
                "password": animeloop.password.expose(),
                "session_secret": animeloop.session_secret.expose(),
            },
            "pnut": {
                "client_id": pnut.client_id,
                "client_secret": pnut.client_secret.expose(),
                "password_grant_secret": pnut.password_grant_secret.expose(),
                "username": pnut.username,
                "password": pnut.password.expose(),
            },
            "token_generator": {
                "secret_id": token_generator.secret_id,
                "secret": token_generator.secret.expose(),
                "user_token": token_generator.user_token.expose(),
            },
            "auth_api": {
                "client_id": auth_api.client_id,
                "client_secret": auth_api.client_secret.expose(),
                "totp_secret": auth_api.totp_secret.expose(),
                "assertion_key_pem": auth_api.assertion_key_pem.expose(),
                "assertion_kid": auth_api.assertion_kid,
            },
            "manis": {
                "merchant_id": manis.merchant_id,
                "secret": manis.secret.expose(),
            },
            "oauth": {
                "client_id": oauth.client_id,
                "client_secret": oauth.client_secret.expose(),
            },
        })
    }

    /// Writes the JSON to `path` at once: a reader sees the old file or the whole new one, and
    /// nobody else can read it.
    ///
    /// # Errors
    /// [`DemoError::Credentials`].
    pub fn write(&self, path: &Path) -> Result<(), DemoError> {
        let text = format!("{:#}\n", self.to_json());
        write_private(path, &text).map_err(|reason| DemoError::Credentials {
            path: path.to_owned(),
            reason,
        })
    }
}

/// Deletes a file of credentials that are about to be replaced, so that it cannot be taken for the new one.
///
/// # Errors
/// [`DemoError::Credentials`].
pub fn forget(path: &Path) -> Result<(), DemoError> {
    let deleted = match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_file() => fs::remove_file(path),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    deleted.map_err(|reason| DemoError::Credentials {
        path: path.to_owned(),
        reason,
    })
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made with mode 0600 where modes exist.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    if let Ok(folder) = fs::File::open(folder) {
        // Some file systems cannot sync a folder; the file itself is safe already.
        let _ = folder.sync_all();
    }
    Ok(())
}
