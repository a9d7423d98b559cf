//! Every way in which a token, or a caller, stops being good is seen by the very next look, though copies of it are held.

use serde_json::{Map, json};

use super::{
    Bench, MAC, OPAQUE, Outcome, SELF_SIGNED, SIGNED, TOKEN, by_name, mac_token, nobody, secret,
};
use crate::authority::{
    Extent, IssueRequest, IssuedToken, NewSecret, Revocation, SecretError, TokenError, TokenFacts,
};
use crate::domain::work::{Work, take};
use crate::domain::{
    Actor, Claims, Dialect, MachineSecret, Principal, PrincipalKind, SecretPurpose,
};
use crate::keys::signing::SigningKey;

/// A dialect's user with a token of its own.
struct Held {
    bench: Bench,
    user: Principal,
    client: Principal,
    token: IssuedToken,
}

/// An application's token for a user, copies of which are held.
async fn held() -> Result<Held, Box<dyn std::error::Error>> {
    let bench = Bench::warm().await?;
    let kind = PrincipalKind::Client;
    let client = bench.principal(OPAQUE, kind, "app").await?;
    let user = bench.user("alice", "right").await?;
    let request = IssueRequest::opaque(OPAQUE, TOKEN, client.id, "").subject(user.id);
    let token = bench.authority.tokens().issue(&nobody(), request).await?;
    let held = Held {
        bench,
        user,
        client,
        token,
    };
    held.looked_at().await?;
    Ok(held)
}

impl Held {
    /// What is told of it, the second time from copies alone.
    async fn looked_at(&self) -> Outcome {
        let text = self.token.token.expose();
        for _ in 0..2 {
            take();
            self.bench.authenticated(OPAQUE, text).await?;
        }
        assert_eq!(statements(), 0, "it is told from copies");
        Ok(())
    }

    /// What is told of it now, and, without a question, once more.
    async fn is_told(&self, error: TokenError) {
        let text = self.token.token.expose();
        for _ in 0..3 {
            take();
            let told = self.bench.authenticated(OPAQUE, text).await;
            assert_eq!(told, Err(error));
        }
        assert_eq!(statements(), 0, "a dead one costs no more than a live one");
    }
}

/// Statements since the last look.
pub(super) fn statements() -> usize {
    let statement = |work: &Work| matches!(work, Work::Statement(_));
    take().iter().filter(|work| statement(work)).count()
}

impl Bench {
    /// One whose copies are believed.
    pub(super) async fn warm() -> Result<Self, Box<dyn std::error::Error>> {
        let bench = Self::new().await?;
        bench.authority.believe();
        Ok(bench)
    }

    /// Whose a token is in a dialect.
    pub(super) async fn authenticated(
        &self,
        dialect: Dialect,
        text: &str,
    ) -> Result<String, TokenError> {
        let live = self.authority.tokens().authenticate(dialect, text).await?;
        Ok(live.owner.name.clone())
    }
}

#[tokio::test]
async fn a_revoked_token_is_told_at_once() -> Outcome {
    for extent in [Extent::Token, Extent::Family] {
        let held = held().await?;
        let tokens = held.bench.authority.tokens();
        let record = &held.token.record;
        tokens.revoke(&nobody(), record, extent, None).await?;
        held.is_told(TokenError::Revoked).await;
        // From the copy, too, nobody is told twice that it ended now.
        take();
        let text = held.token.token.expose();
        let again = tokens.revoke_presented(&nobody(), text, None, None).await;
        assert_eq!(again, Ok(Revocation::AlreadyEnded));
        assert_eq!(statements(), 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_disabled_or_changed_principal_is_told_at_once() -> Outcome {
    for of_subject in [false, true] {
        let held = held().await?;
        let registry = held.bench.authority.registry();
        let who = if of_subject { &held.user } else { &held.client };
        let operator = Actor::operator();
        registry.set_enabled(&operator, who, false).await?;
        held.is_told(TokenError::Disabled).await;
        registry.set_enabled(&operator, who, true).await?;
        held.looked_at().await?;
        let mut profile = Map::new();
        profile.insert("name".to_owned(), json!("another"));
        registry
            .ensure_principal(&operator, who.dialect, who.kind, &who.name, profile.clone())
            .await?;
        let text = held.token.token.expose();
        let live = held.bench.authority.tokens().authenticate(OPAQUE, text);
        let live = live.await?;
        let now = if of_subject {
            live.subject.ok_or("nobody")?
        } else {
            live.owner
        };
        assert_eq!(now.profile, profile);
    }
    Ok(())
}

#[tokio::test]
async fn a_changed_or_revoked_password_ends_the_tokens_of_its_user_at_once() -> Outcome {
    for revoking in [false, true] {
        let held = held().await?;
        let (registry, operator) = (held.bench.authority.registry(), Actor::operator());
        if revoking {
            let ids = registry
                .secret_ids(&held.user, SecretPurpose::Password)
                .await?;
            let id = ids.first().ok_or("no password")?;
            registry.revoke_secret(&operator, &held.user, id).await?;
        } else {
            let new = NewSecret::password("another");
            registry.replace_secret(&operator, &held.user, new).await?;
        }
        held.is_told(TokenError::Revoked).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_superseded_token_and_the_child_of_an_ended_one_are_told_at_once() -> Outcome {
    let bench = Bench::warm().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let tokens = bench.authority.tokens();
    let first = tokens.issue(&nobody(), mac_token(&user)).await?;
    bench.authenticated(MAC, first.token.expose()).await?;
    bench.pass(1);
    tokens.issue(&nobody(), mac_token(&user)).await?;
    let told = bench.authenticated(MAC, first.token.expose()).await;
    assert_eq!(told, Err(TokenError::Revoked));

    let kind = PrincipalKind::Client;
    let client = bench.principal(OPAQUE, kind, "app").await?;
    let request = || IssueRequest::opaque(OPAQUE, TOKEN, client.id, "");
    let parent = tokens.issue(&nobody(), request()).await?;
    let child = request().child_of(&parent.record);
    let child = tokens.issue(&nobody(), child).await?;
    bench.authenticated(OPAQUE, child.token.expose()).await?;
    tokens
        .revoke(&nobody(), &parent.record, Extent::Token, None)
        .await?;
    let told = bench.authenticated(OPAQUE, child.token.expose()).await;
    assert_eq!(told, Err(TokenError::Revoked));
    Ok(())
}

#[tokio::test]
async fn a_retired_key_takes_its_tokens_at_once_and_a_new_one_signs() -> Outcome {
    let bench = Bench::warm().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let claims = |facts: &TokenFacts| {
        let claims = Claims::new().with("iss", "i").with("aud", "a");
        claims.with("jti", facts.id.as_str())
    };
    let request = || IssueRequest::jwt(SIGNED, TOKEN, client.id, claims).audience("a");
    let (tokens, registry) = (bench.authority.tokens(), bench.authority.registry());
    let first = tokens.issue(&nobody(), request()).await?;
    bench.authenticated(SIGNED, first.token.expose()).await?;
    bench.pass(1);
    let new = registry.rotate_key(&Actor::operator(), SIGNED).await?;
    let published = tokens.public_keys().await?;
    assert!(published.iter().any(|key| key.id == new));
    bench.authenticated(SIGNED, first.token.expose()).await?;
    let second = tokens.issue(&nobody(), request()).await?;
    assert_eq!(second.record.key_id.as_ref(), Some(&new));
    let old = first.record.key_id.clone().ok_or("no key")?;
    registry.retire_key(&Actor::operator(), &old, true).await?;
    let told = bench.authenticated(SIGNED, first.token.expose()).await;
    assert_eq!(told, Err(TokenError::Unknown));
    assert!(!tokens.public_keys().await?.iter().any(|key| key.id == old));
    bench.authenticated(SIGNED, second.token.expose()).await?;
    Ok(())
}

#[tokio::test]
async fn a_token_that_its_holder_signed_is_over_with_its_secret_or_when_it_is_buried() -> Outcome {
    for burying in [false, true] {
        let bench = Bench::warm().await?;
        let kind = PrincipalKind::SecretHolder;
        let holder = bench.principal(SELF_SIGNED, kind, "holder").await?;
        let (registry, operator) = (bench.authority.registry(), Actor::operator());
        let hmac = NewSecret::HmacKey(None);
        let key = registry.add_secret(&operator, &holder, hmac).await?;
        let signing = SigningKey::hs256(key.value.ok_or("no secret")?.as_bytes());
        let claims = Claims::new().with("iss", key.id.as_str());
        let foreign = signing.sign(r#"{"alg":"HS256"}"#, &claims.to_text())?;
        let tokens = bench.authority.tokens();
        let live = tokens.authenticate(SELF_SIGNED, foreign.expose()).await?;
        let request = IssueRequest::jwt(SELF_SIGNED, TOKEN, holder.id, |facts| {
            Claims::new().with("jti", facts.id.as_str())
        });
        let request = request.derived_from(&live).signed_with(key.id.clone());
        let derived = tokens.issue(&nobody(), request).await?;
        bench
            .authenticated(SELF_SIGNED, derived.token.expose())
            .await?;
        let error = if burying {
            let text = foreign.expose();
            let buried = tokens.revoke_presented(&nobody(), text, None, None).await;
            assert_eq!(buried, Ok(Revocation::Ended));
            TokenError::Revoked
        } else {
            registry.revoke_secret(&operator, &holder, &key.id).await?;
            TokenError::Unknown
        };
        for token in [foreign.expose(), derived.token.expose()] {
            let told = bench.authenticated(SELF_SIGNED, token).await;
            assert_eq!(told, Err(error));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_caller_is_let_in_no_more_once_its_secret_or_itself_is_not_good() -> Outcome {
    for disabling in [false, true] {
        let bench = Bench::warm().await?;
        let kind = PrincipalKind::Client;
        let client = bench.principal(OPAQUE, kind, "app").await?;
        let (registry, operator) = (bench.authority.registry(), Actor::operator());
        let random = || NewSecret::Random(MachineSecret::Client);
        let old = registry.add_secret(&operator, &client, random()).await?;
        let old = old.value.ok_or("no secret")?;
        let proof = |secret| {
            let (authority, client) = (bench.authority.clone(), client.clone());
            async move {
                let (sort, proofs) = (MachineSecret::Client, authority.proofs());
                let actor = nobody();
                let proved = proofs.secret(&actor, by_name(&client), sort, &secret);
                proved.await.map(|client| client.name.clone())
            }
        };
        proof(old.clone()).await?;
        take();
        proof(old.clone()).await?;
        assert_eq!(statements(), 0, "a caller is known by its secret");
        assert_eq!(proof(secret("wrong")).await, Err(SecretError::Wrong));
        if disabling {
            registry.set_enabled(&operator, &client, false).await?;
        } else {
            let new = registry
                .replace_secret(&operator, &client, random())
                .await?;
            let new = new.value.ok_or("no secret")?;
            assert_eq!(proof(new).await.as_deref(), Ok("app"));
        }
        assert_eq!(proof(old).await, Err(SecretError::Wrong));
    }
    Ok(())
}
