//! A second principal of every dialect beside the demo's, for tests of what one may do to another.

use serde_json::{Value, json};
use tessera_server::{
    authority::NewSecret,
    domain::{Actor, Dialect, MachineSecret, Principal, PrincipalKind, Secret},
};

use super::{Tessera, credentials::Credentials};
use crate::dialects::token_generator;

/// Makes the second principals and tells what they prove themselves with. The auth API's one-time code and assertion
/// stay those of the demo's client: the second one has neither.
pub async fn principals(server: &Tessera) -> Credentials {
    let mut held = server.credentials.clone();
    let second = Second { server };

    held.animeloop.username = "second_user".to_owned();
    let user = second
        .user(Dialect::new("animeloop"), &held.animeloop.username)
        .await;
    held.animeloop.password = second.password(&user).await;

    held.pnut.client_id = "second-app".to_owned();
    let profile = json!({ "name": "Second App", "url": "https://second.example.com" });
    let client = second
        .client(Dialect::new("pnut"), &held.pnut.client_id, profile)
        .await;
    held.pnut.client_secret = second.random(&client, MachineSecret::Client).await;
    held.pnut.password_grant_secret = second.random(&client, MachineSecret::PasswordGrant).await;
    held.pnut.username = "second".to_owned();
    let user = second.user(Dialect::new("pnut"), &held.pnut.username).await;
    held.pnut.password = second.password(&user).await;

    let holder = second
        .principal(
            Dialect::new("token_generator"),
            PrincipalKind::SecretHolder,
            "second-holder",
            json!({}),
        )
        .await;
    let (id, key) = second.secret(&holder, NewSecret::HmacKey(None)).await;
    held.token_generator.secret_id = id;
    held.token_generator.secret = key.expect("an HMAC key is shown once");
    let payload = json!({ "iss": held.token_generator.secret_id }).to_string();
    held.token_generator.user_token = Secret::new(token_generator::sign(
        held.token_generator.secret.expose(),
        token_generator::HEADER,
        &payload,
    ));

    held.auth_api.client_id = "second_client".to_owned();
    let profile = json!({ "scopes": crate::dialects::auth_api::ALL_SCOPES, "step_up": false });
    let client = second
        .client(Dialect::new("auth_api"), &held.auth_api.client_id, profile)
        .await;
    held.auth_api.client_secret = second.random(&client, MachineSecret::Client).await;

    held.manis.merchant_id = "second-merchant".to_owned();
    let merchant = second
        .principal(
            Dialect::new("manis"),
            PrincipalKind::Merchant,
            &held.manis.merchant_id,
            json!({}),
        )
        .await;
    held.manis.secret = second.random(&merchant, MachineSecret::Merchant).await;

    // It may look at every token and end none but its own.
    held.oauth.client_id = "second-resource-server".to_owned();
    let profile = json!({ "scopes": ["introspect:any"] });
    let client = second
        .client(Dialect::new("oauth"), &held.oauth.client_id, profile)
        .await;
    held.oauth.client_secret = second.random(&client, MachineSecret::Client).await;
    held
}

struct Second<'a> {
    server: &'a Tessera,
}

impl Second<'_> {
    async fn principal(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
        profile: Value,
    ) -> Principal {
        let profile = profile.as_object().cloned();
        let profile = profile.expect("a profile is an object");
        let authority = self.server.authority().registry();
        authority
            .create_principal(&Actor::operator(), dialect, kind, name, profile)
            .await
            .expect("the principal is new")
    }

    async fn user(&self, dialect: Dialect, name: &str) -> Principal {
        let email = format!("{name}@example.com");
        let profile = json!({ "name": "Second User", "email": email });
        self.principal(dialect, PrincipalKind::User, name, profile)
            .await
    }

    async fn client(&self, dialect: Dialect, name: &str, profile: Value) -> Principal {
        self.principal(dialect, PrincipalKind::Client, name, profile)
            .await
    }

    async fn secret(&self, of: &Principal, secret: NewSecret) -> (String, Option<Secret>) {
        let authority = self.server.authority().registry();
        let registered = authority
            .add_secret(&Actor::operator(), of, secret)
            .await
            .expect("a secret can be added");
        (registered.id.as_str().to_owned(), registered.value)
    }

    async fn random(&self, of: &Principal, purpose: MachineSecret) -> Secret {
        let (_, value) = self.secret(of, NewSecret::Random(purpose)).await;
        value.expect("random secrets are shown once")
    }

    async fn password(&self, of: &Principal) -> Secret {
        let password = Secret::new("the_second_password".to_owned());
        let secret = NewSecret::Password {
            password: password.clone(),
            keep_tokens: false,
        };
        self.secret(of, secret).await;
        password
    }
}
