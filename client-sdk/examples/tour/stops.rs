//! The stops of the tour: the operations of each dialect, and what becomes of its tokens centrally.

use tessera_client::types::{
    AuthApiGrantType, OauthIntrospectionRequest, OauthRevocationRequest, PnutGrantType,
    TokenGeneratorClaims, TokenGeneratorPermission,
};
use tessera_client::{
    CallError, Credential, Credentials, DeclaredHeaders as _, ResponseValue, Secret,
};

use super::{AnimeloopUser, AuthApiClient, Outcome, PnutApp, Tour};

impl Tour {
    pub(super) async fn animeloop(&mut self, user: &AnimeloopUser) -> Outcome {
        let client = self.client.clone();
        // The answer to a login hands a session out, which the client keeps by itself.
        let call = client.animeloop_create_session().body_map(|body| {
            body.username(&user.username)
                .password(user.password.clone())
        });
        let login = self.see("animeloop_create_session", call).await?;
        println!("    a session of {}", login.data.username);
        let created = self
            .see("animeloop_create_token", client.animeloop_create_token())
            .await?;
        let token = &created.data.token;
        let got = self
            .see("animeloop_get_token", client.animeloop_get_token())
            .await?;
        let read = self
            .see("animeloop_read_token", client.animeloop_read_token())
            .await?;
        self.expect("the token is handed out byte for byte", {
            got.data.token == *token && read.data.token == *token
        });
        self.central("animeloop", token).await?;
        let refused = client.animeloop_get_token().await;
        self.expect(
            "animeloop refuses it afterwards",
            code(&refused) == "1340401",
        );
        self.see("animeloop_create_token", client.animeloop_create_token())
            .await?;
        self.see("animeloop_revoke_token", client.animeloop_revoke_token())
            .await?;
        self.see(
            "animeloop_delete_session",
            client.animeloop_delete_session(),
        )
        .await?;
        let refused = client.animeloop_get_token().await;
        self.expect("the session is over", code(&refused) == "1940103");
        Ok(())
    }

    pub(super) async fn pnut(&mut self, app: &PnutApp) -> Outcome {
        let client = self.client.clone();
        let call = client.pnut_create_access_token().body_map(|body| {
            body.grant_type(PnutGrantType::ClientCredentials)
                .client_id(&app.client_id)
                .client_secret(app.client_secret.clone())
        });
        let of_app = self.see("pnut_create_access_token", call).await?;
        client
            .credentials()
            .set(Credential::pnut(&of_app.access_token));
        let refused = client.pnut_get_token().await;
        self.expect("an app token is no user token", code(&refused) == "403");
        for _ in 0..2 {
            let call = client.pnut_create_access_token().body_map(|body| {
                body.grant_type(PnutGrantType::Password)
                    .client_id(&app.client_id)
                    .password_grant_secret(app.password_grant_secret.clone())
                    .username(app.username.clone())
                    .password(app.password.clone())
                    .scope("basic,email".to_owned())
            });
            let of_user = self.see("pnut_create_access_token", call).await?;
            let token = Credential::pnut(&of_user.access_token);
            client.credentials().set(token);
            let got = self.see("pnut_get_token", client.pnut_get_token()).await?;
            println!(
                "    {} <{}>, {} reads left",
                got.data.user.username,
                got.data.email.as_deref().unwrap_or("no email"),
                got.x_rate_limit_remaining().unwrap_or_default()
            );
            // The first token is ended by its dialect, the second one centrally.
            if self.visited.contains("pnut_delete_token") {
                self.central("pnut", &of_user.access_token).await?;
            } else {
                self.see("pnut_delete_token", client.pnut_delete_token())
                    .await?;
            }
            let refused = client.pnut_get_token().await;
            self.expect("pnut refuses it afterwards", code(&refused) == "401");
        }
        Ok(())
    }

    pub(super) async fn token_generator(&mut self) -> Outcome {
        let client = self.client.clone();
        let claims: TokenGeneratorClaims = serde_json::from_value(serde_json::json!({
            "abilities": {"album_id": {"Access": {"see": true, "image_list": true}}},
            "Id": "album_id",
        }))?;
        let call = client
            .token_generator_create_token()
            .body_map(|body| body.permission(TokenGeneratorPermission::from(claims)));
        let issued = self.see("token_generator_create_token", call).await?;
        println!("    good at {}", issued.endpoint);
        self.expect("the caller's token slides", issued.x_token().is_some());
        self.central("token_generator", &issued.token).await?;
        let dead = client.with(Credential::token_generator(&issued.token));
        let refused = dead.token_generator_create_token().await;
        let denial = refused.as_ref().err();
        self.expect("the token generator refuses it afterwards", {
            denial.is_some_and(|denial| {
                denial.status().is_some_and(|status| status == 401)
                    && denial
                        .refusal()
                        .is_some_and(|refusal| refusal.body.is_none())
            })
        });
        Ok(())
    }

    pub(super) async fn auth_api(&mut self, of: &AuthApiClient) -> Outcome {
        let client = self.client.clone();
        let call = client.auth_api_issue_long_token().body_map(|body| {
            body.grant_type(AuthApiGrantType::ClientCredentials)
                .client_id(&of.client_id)
                .client_secret(of.client_secret.clone())
        });
        let long = self.see("auth_api_issue_long_token", call).await?;
        self.expect("X-Token-Id names the token", {
            long.x_token_id() == Some(long.token_id.as_str())
        });
        let credentials = client.credentials();
        credentials.set(Credential::auth_api_long(&long.access_token));
        let call = client.auth_api_issue_short_token();
        let short = self.see("auth_api_issue_short_token", call).await?;
        println!("    {} s, {}", short.expires_in, short.scopes.join(" "));
        credentials.set(Credential::auth_api_short(&short.access_token));

        // This time the short token is the proof.
        let call = client.auth_api_issue_long_token().body_map(|body| {
            body.grant_type(AuthApiGrantType::ClientCredentials)
                .client_id(&of.client_id)
        });
        let further = self.see("auth_api_issue_long_token", call).await?;
        let call = client
            .auth_api_revoke_token()
            .token_id(&further.token_id)
            .body_map(|body| body.reason("the tour is over".to_owned()));
        self.see("auth_api_revoke_token", call).await?;
        self.central("auth_api", &short.access_token).await?;
        self.central("auth_api", &long.access_token).await?;
        let refused = client.auth_api_issue_short_token().await;
        self.expect("auth_api refuses it afterwards", {
            code(&refused) == "invalid_token"
        });
        Ok(())
    }

    pub(super) async fn manis(&mut self) -> Outcome {
        let client = self.client.clone();
        let issued = self
            .see("manis_create_token", client.manis_create_token())
            .await?;
        self.central("manis", &issued.token).await?;
        let wrong = client.with(Credential::manis("nobody", "nothing"));
        let refused = wrong.manis_create_token().await;
        self.expect("a stranger is refused", {
            code(&refused) == "CREDENTIALS_REJECTED"
        });
        Ok(())
    }

    pub(super) async fn oauth(&mut self) -> Outcome {
        let client = self.client.with(Credentials::none());
        let keys = self
            .see("oauth_list_keys", client.oauth_list_keys())
            .await?;
        for key in &keys.keys {
            println!("    {} {}", key.alg, key.kid);
        }
        let metadata = self
            .see("oauth_get_metadata", client.oauth_get_metadata())
            .await?;
        println!("    issued by {}", metadata.issuer);
        let refused = client
            .oauth_introspect_token()
            .body(question(&"x".into()))
            .await;
        self.expect("introspection is not for strangers", {
            code(&refused) == "invalid_client"
        });
        Ok(())
    }

    /// A token of any dialect is described and ended centrally.
    async fn central(&mut self, dialect: &str, token: &Secret) -> Outcome {
        let client = self.client.clone();
        let ask = || client.oauth_introspect_token().body(question(token));
        let before = self.see("oauth_introspect_token", ask()).await?;
        self.expect(format!("a token of {dialect} is active"), {
            before.active && before.dialect.as_deref() == Some(dialect)
        });
        let call = client.oauth_revoke_token().body(OauthRevocationRequest {
            token: token.clone(),
            token_type_hint: None,
            client_id: None,
            client_secret: None,
        });
        self.see("oauth_revoke_token", call).await?;
        let after = self.see("oauth_introspect_token", ask()).await?;
        self.expect(
            format!("a revoked token of {dialect} is not"),
            !after.active,
        );
        Ok(())
    }
}

fn question(token: &Secret) -> OauthIntrospectionRequest {
    OauthIntrospectionRequest {
        token: token.clone(),
        token_type_hint: None,
        client_id: None,
        client_secret: None,
    }
}

/// The dialect's code of a refusal; empty when there is none.
fn code<T, E>(outcome: &Result<ResponseValue<T>, CallError<E>>) -> String {
    let error = outcome.as_ref().err();
    let code = error.and_then(CallError::code);
    code.unwrap_or_default().to_owned()
}
