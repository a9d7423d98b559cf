//! Seeds the demo's principals: fixed names, as in the document's examples, and fresh secrets.

use serde_json::{Value, json};

use super::{
    Credentials, DemoError,
    credentials::{
        AnimeloopCredentials, AuthApiCredentials, ManisCredentials, OauthCredentials,
        PnutCredentials, TokenGeneratorCredentials,
    },
};
use crate::{
    authority::{IssueRequest, NewSecret, RegisteredSecret, TokenAuthority},
    domain::{
        Actor, Claims, Dialect, KeyAlgorithm, MachineSecret, Principal, PrincipalKind, Secret,
        TokenClass,
    },
    public_url::PublicUrl,
};

/// `kid` of the auth API client's assertion key.
const ASSERTION_KID: &str = "nightly-1";

/// How long the token generator's demo user stays logged in: the demo has no way to log in again.
const USER_TOKEN_SECS: i64 = 30 * 24 * 3600;

/// Makes the principals of every dialect, or gives those that exist new secrets. A user's new password ends the user's sessions and
/// tokens, unless they are to be kept.
///
/// # Errors
/// [`DemoError`]; what was seeded until then stays.
pub async fn seed(
    authority: &TokenAuthority,
    public_url: &PublicUrl,
    keep_tokens: bool,
) -> Result<Credentials, DemoError> {
    let seeding = Seeding {
        authority,
        operator: Actor::operator(),
        keep_tokens,
    };
    Ok(Credentials {
        base_url: public_url.as_str().to_owned(),
        animeloop: seeding.animeloop().await?,
        pnut: seeding.pnut().await?,
        token_generator: seeding.token_generator().await?,
        auth_api: seeding.auth_api().await?,
        manis: seeding.manis().await?,
        oauth: seeding.oauth().await?,
    })
}

struct Seeding<'a> {
    authority: &'a TokenAuthority,
    operator: Actor,
    keep_tokens: bool,
}

impl Seeding<'_> {
    async fn animeloop(&self) -> Result<AnimeloopCredentials, DemoError> {
        let profile = json!({ "email": "demo_user@example.com" });
        let user = self
            .principal(
                Dialect::new("animeloop"),
                PrincipalKind::User,
                "demo_user",
                profile,
            )
            .await?;
        Ok(AnimeloopCredentials {
            password: self.password(&user).await?,
            username: user.name,
            session_secret: self.authority.sessions().secret(),
        })
    }

    async fn pnut(&self) -> Result<PnutCredentials, DemoError> {
        let profile = json!({ "name": "Tessera Demo", "url": "https://example.com" });
        let client_id = "7QdVYmpRkDwz0uNsBh3TgLxA5cJe8fKi";
        let client = self
            .principal(
                Dialect::new("pnut"),
                PrincipalKind::Client,
                client_id,
                profile,
            )
            .await?;
        let profile = json!({
            "name": "Demo User",
            "type": "human",
            "locale": "en_US",
            "timezone": "UTC",
            "email": "demo@example.com",
            "counts": { "clients": 1 },
            "content": {
                "text": "Hello #world, see example.com",
                "html": "<span>Hello #world, see example.com</span>",
                "markdown_text": "Hello #world, see [example.com](https://example.com)",
                "entities": {
                    "links": [
                        { "link": "https://example.com", "text": "example.com", "len": 11, "pos": 18 }
                    ],
                    "mentions": [],
                    "tags": [{ "len": 6, "pos": 6, "text": "world" }],
                },
            },
        });
        let user = self
            .principal(Dialect::new("pnut"), PrincipalKind::User, "demo", profile)
            .await?;
        Ok(PnutCredentials {
            client_secret: self.random(&client, MachineSecret::Client).await?,
            password_grant_secret: self.random(&client, MachineSecret::PasswordGrant).await?,
            client_id: client.name,
            password: self.password(&user).await?,
            username: user.name,
        })
    }

    async fn token_generator(&self) -> Result<TokenGeneratorCredentials, DemoError> {
        let dialect = Dialect::new("token_generator");
        let holder = self
            .principal(
                dialect,
                PrincipalKind::SecretHolder,
                "demo-holder",
                json!({}),
            )
            .await?;
        let registered = self.secret(&holder, NewSecret::HmacKey(None)).await?;
        let user_id = "f551a1cb-930e-4501-87a9-f51a0718da3e";
        let user = self
            .principal(dialect, PrincipalKind::User, user_id, json!({}))
            .await?;
        let request = IssueRequest::jwt(dialect, TokenClass::new("user"), user.id, move |facts| {
            Claims::new()
                .with("exp", facts.expires_at_secs())
                .with("iat", facts.issued_at_secs())
                .with("user_id", user_id)
                .with("jti", facts.id.as_str())
        })
        .lifetime_secs(USER_TOKEN_SECS);
        let issued = self
            .authority
            .tokens()
            .issue(&self.operator, request)
            .await?;
        Ok(TokenGeneratorCredentials {
            secret_id: registered.id.as_str().to_owned(),
            secret: registered.value.ok_or(DemoError::SecretMissing)?,
            user_token: issued.token,
        })
    }

    async fn auth_api(&self) -> Result<AuthApiCredentials, DemoError> {
        let profile = json!({
            "scopes": ["jobs:*", "tokens:write", "tokens:revoke"],
            "step_up": false,
        });
        let client = self
            .principal(
                Dialect::new("auth_api"),
                PrincipalKind::Client,
                "cli_nightly",
                profile,
            )
            .await?;
        let (assertion_key_pem, public_pem) = self.authority.registry().generate_assertion_key()?;
        let assertion_key = NewSecret::AssertionKey {
            kid: ASSERTION_KID.to_owned(),
            algorithm: KeyAlgorithm::EdDsa,
            public_pem,
        };
        self.secret(&client, assertion_key).await?;
        let totp = self.secret(&client, NewSecret::TotpSeed).await?;
        Ok(AuthApiCredentials {
            client_secret: self.random(&client, MachineSecret::Client).await?,
            totp_secret: totp.value.ok_or(DemoError::SecretMissing)?,
            client_id: client.name,
            assertion_key_pem,
            assertion_kid: ASSERTION_KID.to_owned(),
        })
    }

    async fn manis(&self) -> Result<ManisCredentials, DemoError> {
        let merchant = self
            .principal(
                Dialect::new("manis"),
                PrincipalKind::Merchant,
                "demo-merchant",
                json!({}),
            )
            .await?;
        Ok(ManisCredentials {
            secret: self.random(&merchant, MachineSecret::Merchant).await?,
            merchant_id: merchant.name,
        })
    }

    async fn oauth(&self) -> Result<OauthCredentials, DemoError> {
        let profile = json!({ "scopes": ["introspect:any", "tokens:revoke:any"] });
        let client = self
            .principal(
                Dialect::new("oauth"),
                PrincipalKind::Client,
                "demo-resource-server",
                profile,
            )
            .await?;
        Ok(OauthCredentials {
            client_secret: self.random(&client, MachineSecret::Client).await?,
            client_id: client.name,
        })
    }

    async fn principal(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Value,
    ) -> Result<Principal, DemoError> {
        let profile = profile.as_object().cloned().unwrap_or_default();
        Ok(self
            .authority
            .registry()
            .ensure_principal(&self.operator, dialect, kind, name, profile)
            .await?)
    }

    async fn secret(
        &self,
        of: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, DemoError> {
        Ok(self
            .authority
            .registry()
            .replace_secret(&self.operator, of, secret)
            .await?)
    }

    async fn random(&self, of: &Principal, sort: MachineSecret) -> Result<Secret, DemoError> {
        let registered = self.secret(of, NewSecret::Random(sort)).await?;
        registered.value.ok_or(DemoError::SecretMissing)
    }

    /// Word characters only, which Animeloop insists on.
    async fn password(&self, of: &Principal) -> Result<Secret, DemoError> {
        let secret = NewSecret::RandomPassword {
            keep_tokens: self.keep_tokens,
        };
        let registered = self.secret(of, secret).await?;
        registered.value.ok_or(DemoError::SecretMissing)
    }
}
